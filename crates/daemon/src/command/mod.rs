//! Subcommands: what the original does not have. Its own command line takes options only, so a first word that is
//! the name of a subcommand can be nothing else.

mod check;
mod dump;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The command line was wrong, or something could not be read or written: the question was not answered.
const NOT_ANSWERED: u8 = 3;

#[derive(Debug, Parser)]
#[command(name = "keepalived", disable_help_subcommand = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tells what is wrong with configuration files, and what they mean that was hardly meant
    Check(check::Options),
    /// Prints a configuration as it is understood, without includes, definitions and comments
    Dump(dump::Options),
}

/// Runs the subcommand that the first argument names; `None` if it names none.
pub(crate) fn run(arguments: &[OsString]) -> Option<ExitCode> {
    let first = arguments.first()?.to_str()?;
    if !Command::has_subcommand(first) {
        return None;
    }
    let name = std::iter::once(OsString::from("keepalived"));
    let line = match Line::try_parse_from(name.chain(arguments.iter().cloned())) {
        Ok(line) => line,
        Err(error) => {
            let _ = error.print();
            // `--help` is no error.
            return Some(match error.use_stderr() {
                true => ExitCode::from(NOT_ANSWERED),
                false => ExitCode::SUCCESS,
            });
        }
    };
    Some(match line.command {
        Command::Check(options) => check::run(&options),
        Command::Dump(options) => dump::run(&options),
    })
}

/// Writes to standard output; a reader that has gone is no error of ours.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Writes a sentence to standard error.
fn complain(sentence: &str) {
    let _ = writeln!(io::stderr(), "keepalived: {sentence}");
}
