//! The dump of `-d` and of USR1 in the original's layout, which people grep and exporters parse.
//!
//! One text for each process of the original. What only a running process knows comes as an argument; without it the
//! lines say what holds right after the start, or are left out where the original leaves them out at the start.

mod checker;
mod virtual_server;

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{Command, Config, User};
use crate::host::UserFacts;

/// What a dump tells that is not in the configuration.
pub trait Machine {
    /// Who runs scripts that name nobody.
    fn script_user(&self) -> UserFacts;
    /// What is executed for a program: its path without symbolic links, a bare name found in PATH.
    fn executed(&self, program: &Path) -> Option<PathBuf>;
    /// The further groups of a user, if scripts have those.
    fn groups(&self, user: UserFacts) -> Vec<u32>;
    /// The umask in force.
    fn umask(&self) -> u32;
}

/// The virtual servers and their checks.
// keepalived: dump_check_data
pub fn checkers(config: &Config, machine: &dyn Machine) -> String {
    text(|out| {
        virtual_server::write(out, config, machine)?;
        checker::write(out, config, machine)
    })
}

fn text(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    write(&mut text).expect("a String takes whatever is written to it");
    text
}

/// `yes`, `no`.
const fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// `ON`, `OFF`.
const fn on(is: bool) -> &'static str {
    if is { "ON" } else { "OFF" }
}

/// `set`, `unset`.
const fn set(is: bool) -> &'static str {
    if is { "set" } else { "unset" }
}

/// `enabled`, `disabled`.
const fn enabled(is: bool) -> &'static str {
    if is { "enabled" } else { "disabled" }
}

/// Seconds with six digits after the point.
// keepalived: format_decimal
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0.as_secs(), self.0.subsec_micros())
    }
}

/// A command as the original runs it.
struct Script<'a> {
    command: &'a Command,
    machine: &'a dyn Machine,
}

impl<'a> Script<'a> {
    fn new(command: &'a Command, machine: &'a dyn Machine) -> Self {
        Self { command, machine }
    }

    fn user(&self) -> UserFacts {
        let named = |user: &User| UserFacts {
            uid: user.uid,
            gid: user.gid,
        };
        self.command
            .user
            .as_ref()
            .map_or_else(|| self.machine.script_user(), named)
    }

    /// The file that is executed, where that is not the program as written.
    fn path(&self) -> Option<PathBuf> {
        let executed = self.machine.executed(&self.command.program);
        executed.filter(|path| *path != self.command.program)
    }

    /// Its words, each in quotes.
    // keepalived: cmd_str
    fn words(&self) -> String {
        let program = self.command.program.to_string_lossy();
        let words = std::iter::once(program.as_ref())
            .chain(self.command.args.iter().map(String::as_str));
        let words: Vec<_> = words.map(quoted).collect();
        words.join(" ")
    }

    /// `WHAT = …` with path, words and user, and a list of groups.
    // keepalived: dump_notify_vs_rs_script, dump_notify_script
    fn write(&self, out: &mut String, what: fmt::Arguments<'_>) -> fmt::Result {
        let (words, UserFacts { uid, gid }) = (self.words(), self.user());
        match self.path() {
            Some(path) => {
                let path = path.display();
                writeln!(out, "   {what} = {path}, params = {words}, uid:gid {uid}:{gid}")?;
            }
            None => writeln!(out, "   {what} = {words}, uid:gid {uid}:{gid}")?,
        }
        self.write_groups(out, "     ")
    }

    fn write_groups(&self, out: &mut String, indent: &str) -> fmt::Result {
        write_groups(out, indent, &self.machine.groups(self.user()))
    }
}

fn write_groups(out: &mut String, indent: &str, groups: &[u32]) -> fmt::Result {
    if !groups.is_empty() {
        writeln!(out, "{indent}Supplementary groups:")?;
    }
    groups
        .iter()
        .try_for_each(|group| writeln!(out, "{indent}  {group}"))
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
