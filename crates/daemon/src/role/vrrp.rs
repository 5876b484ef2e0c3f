//! The VRRP role: the process that speaks the protocol and holds the addresses.
//!
//! ```text
//!            ToRole            Event                 Action
//! supervisor ──────►         ─────────►            ──────────► sockets, addresses, announcements
//!            ◄────── shell ◄─ packets    router ──►  batch  ──► log
//!            FromRole        monitor,                       ──► supervisor (scripts)
//!                            timer
//! ```

mod batch;
mod event_loop;
mod healing;
mod interfaces;
mod process;
mod scheduler;
mod shell;
mod tables;
#[cfg(test)]
mod tests;

use std::io;
use std::process::ExitCode;

use conf::Config;
use tracing::error;

use crate::ipc::{Channel, FromRole, PROTOCOL, RoleOptions, ToRole, memfd};
use event_loop::EventLoop;

/// Exit code of a role that cannot do its work: `keepalived: KEEPALIVED_EXIT_FATAL`.
const FATAL: u8 = 1;

/// Exit code of a role that lacks a permission: `keepalived: KEEPALIVED_EXIT_MISSING_PERMISSION`.
const PERMISSION: u8 = 4;

/// Runs until the supervisor says stop.
pub(crate) fn run() -> ExitCode {
    let parent = process::parent();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(start(parent)),
        Err(_) => ExitCode::from(FATAL),
    }
}

/// Everything up to the main loop, and the main loop.
async fn start(parent: nix::unistd::Pid) -> ExitCode {
    let (channel, options, config) = match first_message().await {
        Ok(first) => first,
        // There is no log yet; the supervisor sees the exit code.
        Err(_) => return ExitCode::from(FATAL),
    };
    let _log = crate::log::init(&options.log);
    process::raise_file_limit();
    process::set_up(&config.global, options.umask);
    if !process::die_with_parent(parent) {
        error!("the supervisor is gone");
        return ExitCode::from(FATAL);
    }
    match EventLoop::open(channel, options, config) {
        Ok(event_loop) => event_loop.run().await,
        Err(error) if error.is_permission() => {
            error!("{error}: this takes root, or CAP_NET_ADMIN and CAP_NET_RAW");
            ExitCode::from(PERMISSION)
        }
        Err(error) => {
            error!("{error}");
            ExitCode::from(FATAL)
        }
    }
}

type First = (Channel<FromRole, ToRole>, RoleOptions, Config);

async fn first_message() -> io::Result<First> {
    let mut channel = Channel::<FromRole, ToRole>::from_stdin()?;
    let Some((
        ToRole::Start {
            protocol: PROTOCOL,
            options,
        },
        Some(config),
    )) = channel.recv().await?
    else {
        return Err(io::Error::other(
            "the first message is not Start, or of another protocol",
        ));
    };
    Ok((channel, options, memfd::read(config)?))
}
