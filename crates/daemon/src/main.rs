//! The keepalived executable.

mod check;
mod cli;
mod command;
mod data;
mod inherited;
mod ipc;
mod loader;
mod log;
mod namespace;
mod notify;
mod pid_file;
mod program;
mod report;
mod role;
mod script;
mod signals;
mod socket;
mod supervisor;
#[cfg(test)]
mod testing;
mod timer;

use std::io::{self, Write as _};
use std::process::ExitCode;

use cli::Cli;
use program::Program;

fn main() -> ExitCode {
    inherited::reset_signals();
    let program = Program::new(std::env::args_os());
    if let [option, role, ..] = program.arguments()
        && option == program::ROLE_OPTION
    {
        return run_role(&role.to_string_lossy());
    }
    match program.applet().to_str() {
        Some(applet @ ("genhash" | "ipvsadm" | "ldirectord")) => {
            refuse(&format!("keepalived-rs has no {applet} yet"))
        }
        _ => command::run(program.arguments()).unwrap_or_else(|| run_daemon(program)),
    }
}

/// The original's command line: options only.
fn run_daemon(program: Program) -> ExitCode {
    match Cli::read(program.arguments().iter().cloned()) {
        Ok(cli) => run(&cli, program),
        Err(sentence) => refuse(&sentence),
    }
}

/// A process that the supervisor has started.
fn run_role(role: &str) -> ExitCode {
    inherited::take_name_of_supervisor();
    match role {
        "vrrp" => role::vrrp::run(),
        "config" => loader::run(),
        _ => refuse("--role is for keepalived's own use"),
    }
}

fn run(cli: &Cli, program: Program) -> ExitCode {
    if cli.version {
        return say(&cli::version_text());
    }
    if cli.help {
        return say(&Cli::help_text());
    }
    if let Some(function) = &cli.signum {
        return print_signum(function);
    }
    if let Some(sentence) = cli.not_built() {
        return refuse(sentence);
    }
    match &cli.config_test {
        Some(log_file) => check::run(cli, log_file.as_ref()),
        None => supervisor::run(cli, program),
    }
}

fn print_signum(function: &str) -> ExitCode {
    let Some(number) = cli::signum(function) else {
        return refuse(&format!("Unknown sigfunc {function}"));
    };
    match writeln!(io::stdout(), "{number}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The original says everything on standard error, the version and the help too.
fn say(text: &str) -> ExitCode {
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn refuse(sentence: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{sentence}");
    ExitCode::FAILURE
}
