//! A role's process, seen from the supervisor.

use std::future::pending;
use std::io;
use std::os::fd::AsFd as _;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use super::restart::{Beat, Heartbeat};
use crate::ipc::{Channel, FromRole, PROTOCOL, RoleOptions, ToRole, memfd};
use crate::program::Program;
use conf::Config;

/// The VRRP role.
#[derive(Debug)]
pub(crate) struct Role {
    pid: u32,
    process: Child,
    channel: Channel<ToRole, FromRole>,
    channel_is_open: bool,
    heart: Heartbeat,
    since: Instant,
}

/// What a role does that the supervisor has not asked for.
#[derive(Debug)]
pub(crate) enum RoleEvent {
    /// It says something.
    Message(FromRole),
    /// It has ended, and has said everything.
    Ended(ExitStatus),
    /// What it says is no message, or its end cannot be waited for.
    Broken(io::Error),
}

impl Role {
    /// Starts it and gives it its configuration.
    pub(crate) fn start(
        program: &Program,
        options: &RoleOptions,
        config: &Config,
    ) -> io::Result<Self> {
        let memory = memfd::write("keepalived configuration", config)?;
        let (mut channel, theirs) = Channel::pair()?;
        let mut command = Command::from(program.role("vrrp"));
        // A group of its own: Ctrl-C in a terminal is the supervisor's to hear, which stops it in good order.
        let process = command
            .stdin(Stdio::from(theirs))
            .process_group(0)
            .spawn()?;
        let start = ToRole::Start {
            protocol: PROTOCOL,
            options: options.clone(),
        };
        channel.send(&start, Some(memory.as_fd()))?;
        Ok(Self {
            pid: process.id().unwrap_or_default(),
            process,
            channel,
            channel_is_open: true,
            heart: Heartbeat::default(),
            since: Instant::now(),
        })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// How long it has been running.
    pub(crate) fn ran(&self) -> Duration {
        self.since.elapsed()
    }

    /// Whether it answers.
    pub(crate) fn is_well(&self) -> bool {
        self.heart.is_well()
    }

    /// Hands over a new configuration.
    pub(crate) fn reload(&mut self, config: &Config) -> io::Result<()> {
        let memory = memfd::write("keepalived configuration", config)?;
        self.channel.send(&ToRole::Reload, Some(memory.as_fd()))
    }

    /// Says something. That it is gone will be seen by [`next`] soon enough; that it does not listen, by the
    /// heartbeat.
    pub(crate) fn tell(&mut self, message: &ToRole) {
        if let Err(error) = self.channel.send(message, None) {
            tracing::debug!("VRRP process({}): {error}", self.pid);
        }
    }

    /// Its start is over.
    pub(crate) fn on_started(&mut self) {
        self.heart.started();
    }

    /// It answers.
    pub(crate) fn on_alive(&mut self, number: u64) {
        self.heart.alive(number);
    }

    /// Asks whether it is still there; kills it when it has not answered for too long.
    pub(crate) fn beat(&mut self) {
        match self.heart.beat() {
            Beat::Ping(number) => self.tell(&ToRole::Ping { number }),
            Beat::Dead => {
                tracing::error!("VRRP child process({}) does not answer: killed", self.pid);
                self.kill();
            }
        }
    }

    /// Ends it without asking.
    pub(crate) fn kill(&mut self) {
        if let Err(error) = self.process.start_kill() {
            tracing::debug!("kill VRRP process({}): {error}", self.pid);
        }
    }

    async fn next(&mut self) -> RoleEvent {
        if self.channel_is_open {
            match self.channel.recv().await {
                Ok(Some((message, _))) => return RoleEvent::Message(message),
                Ok(None) => self.channel_is_open = false,
                Err(error) => {
                    self.channel_is_open = false;
                    return RoleEvent::Broken(error);
                }
            }
        }
        match self.process.wait().await {
            Ok(status) => RoleEvent::Ended(status),
            Err(error) => RoleEvent::Broken(error),
        }
    }
}

/// The next event of a role that may not be there. Cancel safe.
pub(crate) async fn next(role: &mut Option<Role>) -> RoleEvent {
    match role {
        Some(role) => role.next().await,
        None => pending().await,
    }
}
