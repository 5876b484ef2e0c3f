//! The keepalived executable.

mod ipc;
mod log;
mod report;
mod role;
mod socket;
mod timer;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "--role") {
        return role::vrrp::run();
    }
    ExitCode::SUCCESS
}
