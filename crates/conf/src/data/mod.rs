//! The dump of `-d` and of USR1 in the original's layout, which people grep and exporters parse.
//!
//! One text for each process of the original. What only a running process knows comes as an argument; without it the
//! lines say what holds right after the start, or are left out where the original leaves them out at the start.

mod bfd;
mod checker;
mod global;
mod group;
mod instance;
mod interface;
mod net;
mod state;
mod tracker;
mod tracking;
mod virtual_server;

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{Command, Config, User};
use crate::host::UserFacts;
pub use global::Part;
pub use state::{Interface, Moments, VrrpState};

/// When a dump is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// By `-d`, before anything has happened: states are left out.
    Start,
    /// On a signal.
    Running,
}

/// What a dump tells that is not in the configuration.
pub trait Machine {
    /// Who runs scripts that name nobody.
    fn script_user(&self) -> UserFacts;
    /// Where a bare name is found.
    fn found(&self, name: &Path) -> Option<PathBuf>;
    /// What is executed for a program: its path without symbolic links.
    fn executed(&self, program: &Path) -> Option<PathBuf>;
    /// The further groups of a user, if scripts have those.
    fn groups(&self, user: UserFacts) -> Vec<u32>;
    /// The umask in force.
    fn umask(&self) -> u32;
    /// `Fri Nov 20 23:57:29 2026`, in the local time zone, of so many seconds since the epoch.
    fn local_time(&self, seconds: u64) -> String;
}

/// What each process begins with.
pub fn global(config: &Config, part: Part, machine: &dyn Machine) -> String {
    text(|out| global::write(out, &config.global, part, machine))
}

/// Instances, groups, trackers, static addresses, routes and rules.
// keepalived: dump_data_vrrp
pub fn vrrp(config: &Config, state: &VrrpState, when: When, machine: &dyn Machine) -> String {
    text(|out| write_vrrp(out, config, state, when, machine))
}

/// The BFD sessions, as they are at the start.
pub fn bfd(config: &Config) -> String {
    text(|out| bfd::write(out, config))
}

fn write_vrrp(
    out: &mut String,
    config: &Config,
    state: &VrrpState,
    when: When,
    machine: &dyn Machine,
) -> fmt::Result {
    let entries = instance::entries(config);
    tracker::write_pauses(out, config)?;
    net::write_static(out, config)?;
    if !entries.is_empty() {
        writeln!(out, "------< VRRP Topology >------")?;
    }
    let writer = instance::Writer {
        config,
        state,
        when,
        machine,
    };
    entries
        .iter()
        .try_for_each(|entry| writer.write(out, entry))?;
    if when == When::Running {
        interface::write_sockets(out, &entries, state)?;
    }
    group::write(out, config, state, machine)?;
    tracker::write(out, config, &entries, state, when, machine)?;
    interface::write_interfaces(out, config, &entries, state)
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

/// `Yes`, `No`.
const fn capital_yes(is: bool) -> &'static str {
    if is { "Yes" } else { "No" }
}

/// `true`, `false`.
const fn truth(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

/// `on`, `off`.
const fn on_off(is: bool) -> &'static str {
    if is { "on" } else { "off" }
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

/// Six digits, without zeros at the end (`%g` of `printf(3)`, for numbers that are neither huge nor tiny).
fn general(number: f64) -> String {
    let places = match number {
        number if number >= 10_000.0 => 1,
        number if number >= 1_000.0 => 2,
        number if number >= 100.0 => 3,
        number if number >= 10.0 => 4,
        number if number >= 1.0 => 5,
        _ => 6,
    };
    let text = format!("{number:.places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A moment since the epoch, as number and in words.
struct Time<'a>(Duration, &'a dyn Machine);

impl fmt::Display for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.1.local_time(self.0.as_secs());
        // The fraction goes before the year.
        let (time, year) = words.rsplit_once(' ').unwrap_or((&words, ""));
        let micros = self.0.subsec_micros();
        write!(f, "{} ({time}.{micros:06} {year})", Seconds(self.0))
    }
}

/// A command as the original runs it.
struct Script<'a> {
    command: &'a Command,
    /// Its path, wherever it was found.
    program: Cow<'a, Path>,
    machine: &'a dyn Machine,
}

impl<'a> Script<'a> {
    fn new(command: &'a Command, machine: &'a dyn Machine) -> Self {
        let program = &command.program;
        let bare = !program.as_os_str().as_bytes().contains(&b'/');
        let found = bare.then(|| machine.found(program)).flatten();
        Self {
            command,
            program: found.map_or(Cow::Borrowed(program), Cow::Owned),
            machine,
        }
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
        let executed = self.machine.executed(&self.program);
        executed.filter(|path| *path != self.program)
    }

    /// Its words, each in quotes.
    // keepalived: cmd_str
    fn words(&self) -> String {
        let program = self.program.to_string_lossy();
        let words =
            std::iter::once(program.as_ref()).chain(self.command.args.iter().map(String::as_str));
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
                writeln!(
                    out,
                    "   {what} = {path}, params = {words}, uid:gid {uid}:{gid}"
                )?;
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
