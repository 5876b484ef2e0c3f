//! What wakes the role, and in which order it looks at things when it is awake.

use std::io;
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use conf::Config;
use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};
use vip::{Change, Monitor};

use super::shell::{Parts, Shell};
use crate::ipc::{Channel, FromRole, RoleOptions, ToRole, memfd};
use crate::socket::{Look, Senders};
use crate::timer::Timer;

/// Packets taken off one socket per wake-up: more than its buffer holds, so that a router that was stopped
/// has heard everything before it takes over, and a flood cannot keep it from the timer.
const BUDGET: usize = 1_024;

/// How long the supervisor may take to read our last messages.
const GOODBYE: Duration = Duration::from_millis(200);

/// Pause after the monitor failed: it lists everything anew afterwards.
const MONITOR_PAUSE: Duration = Duration::from_millis(100);

/// The role cannot work.
#[derive(Debug, Error)]
pub(super) enum Fatal {
    /// A socket of ours.
    #[error("{what}: {source}")]
    Open {
        /// Which.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The VIP manager's.
    #[error(transparent)]
    Vip(#[from] vip::Error),
}

impl Fatal {
    /// Whether a capability is missing.
    pub(super) fn is_permission(&self) -> bool {
        let denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
        match self {
            Self::Open { source, .. } | Self::Vip(vip::Error::Open { source, .. }) => {
                denied(source)
            }
            Self::Vip(_) => false,
        }
    }
}

/// The role's sources of events, and the shell that handles them.
pub(super) struct EventLoop {
    shell: Shell,
    monitor: Monitor,
    monitor_rests_until: Option<Instant>,
    timer: Timer,
    signals: Signals,
}

/// Why the role is awake.
enum Wake {
    /// There are packets, a deadline has passed, or there is work left: the shell looks itself.
    Look,
    Changes(Result<Vec<Change>, vip::Error>),
    Message(io::Result<Option<Received>>),
    /// USR1 was sent to us, not to the supervisor, or to both.
    Data,
    Stop,
}

type Received = (ToRole, Option<OwnedFd>);

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Go,
    Stop,
}

impl EventLoop {
    /// Opens everything, removes what a crash left behind, and starts the router.
    pub(super) fn open(
        channel: Channel<FromRole, ToRole>,
        options: RoleOptions,
        config: Config,
    ) -> Result<Self, Fatal> {
        let opening = |what| move |source| Fatal::Open { what, source };
        let signals = Signals::new().map_err(opening("signals"))?;
        let senders = Senders::open().map_err(opening("open the sending sockets"))?;
        let timer = Timer::new().map_err(opening("open the timer"))?;
        let (monitor, links) = Monitor::open()?;
        let shell = Shell::new(Parts {
            channel,
            options,
            config,
            links,
            senders,
        })?;
        Ok(Self {
            shell,
            monitor,
            monitor_rests_until: None,
            timer,
            signals,
        })
    }

    /// Runs until it is told to stop.
    pub(super) async fn run(mut self) -> ExitCode {
        self.shell.log_configuration();
        self.shell.start();
        loop {
            self.set_timer();
            let wake = self.wait().await;
            if self.turn(wake) == Flow::Stop {
                return self.stop().await;
            }
        }
    }

    /// Waits for the next thing to do. Every branch is cancel safe.
    async fn wait(&mut self) -> Wake {
        if self.shell.has_work() {
            // Only to let the runtime look at its sources in between.
            tokio::task::yield_now().await;
            return Wake::Look;
        }
        let shell = &mut self.shell;
        let monitor_rests = self.monitor_rests_until.is_some();
        tokio::select! {
            biased;
            wake = self.signals.next() => wake,
            () = shell.receivers.readable() => Wake::Look,
            result = self.timer.expired() => {
                if let Err(error) = result {
                    error!("timer: {error}");
                }
                Wake::Look
            }
            changes = self.monitor.next(&mut shell.links), if !monitor_rests => Wake::Changes(changes),
            message = shell.channel.recv() => Wake::Message(message),
        }
    }

    fn turn(&mut self, wake: Wake) -> Flow {
        let due = self.shell.router_is_due(Instant::now());
        let look = if due {
            Look::Everywhere
        } else {
            Look::Reported
        };
        // Who was stalled listens before it takes over: what has come in counts before the deadline does.
        self.shell.receive(look, BUDGET);
        let flow = match wake {
            Wake::Look => Flow::Go,
            Wake::Changes(changes) => self.on_changes(changes),
            Wake::Message(message) => self.on_message(message),
            Wake::Data => {
                self.shell.on_snapshot(0);
                Flow::Go
            }
            Wake::Stop => Flow::Stop,
        };
        if flow == Flow::Go && due {
            self.shell.on_timeout();
        }
        if flow == Flow::Go {
            self.shell.work();
        }
        flow
    }

    fn set_timer(&mut self) {
        if self
            .monitor_rests_until
            .is_some_and(|until| until <= Instant::now())
        {
            self.monitor_rests_until = None;
        }
        let deadlines = [self.shell.deadline(), self.monitor_rests_until];
        if let Err(error) = self.timer.set(deadlines.into_iter().flatten().min()) {
            error!("timer: {error}");
        }
    }

    fn on_changes(&mut self, changes: Result<Vec<Change>, vip::Error>) -> Flow {
        match changes {
            Ok(changes) => self.shell.on_changes(&changes),
            Err(error) => {
                warn!("link monitor: {error}");
                self.monitor_rests_until = Some(Instant::now() + MONITOR_PAUSE);
            }
        }
        Flow::Go
    }

    fn on_message(&mut self, message: io::Result<Option<Received>>) -> Flow {
        match message {
            Ok(Some((message, attachment))) => self.on_order(message, attachment),
            Ok(None) => {
                error!("the supervisor is gone");
                Flow::Stop
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                warn!("message from the supervisor: {error}");
                Flow::Go
            }
            Err(error) => {
                error!("socket to the supervisor: {error}");
                Flow::Stop
            }
        }
    }

    fn on_order(&mut self, message: ToRole, attachment: Option<OwnedFd>) -> Flow {
        match message {
            ToRole::Start { .. } => warn!("started twice"),
            ToRole::Ping { number } => self.shell.tell(&FromRole::Alive { number }),
            ToRole::Reload => match read_config(attachment) {
                Ok(config) => self.shell.on_reload(config),
                Err(reason) => self.shell.tell(&FromRole::ReloadRefused { reason }),
            },
            ToRole::ScriptDone {
                script,
                generation,
                outcome,
            } => {
                self.shell.on_script_done(script, generation, outcome);
            }
            ToRole::Snapshot { number } => self.shell.on_snapshot(number),
            ToRole::ClearCounters => self.shell.clear_counters(),
            ToRole::Stop => return Flow::Stop,
        }
        Flow::Go
    }

    /// The LAN is told first, then the addresses go, then the supervisor is told.
    async fn stop(mut self) -> ExitCode {
        self.shell.stop();
        let _ = tokio::time::timeout(GOODBYE, self.shell.channel.flush()).await;
        info!("Stopped");
        ExitCode::SUCCESS
    }
}

/// What came with a reload, or why it is none: the supervisor waits for an answer in both cases.
fn read_config(attachment: Option<OwnedFd>) -> Result<Config, String> {
    let memory = attachment.ok_or("the new configuration is missing")?;
    memfd::read(memory).map_err(|error| format!("the new configuration: {error}"))
}

/// TERM and INT stop the role, USR1 has it tell what it knows; the others are the supervisor's, and must not end
/// a role that `killall` hits together with it.
struct Signals {
    term: Signal,
    int: Signal,
    data: Signal,
    _ignored: Vec<Signal>,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let real_time = [
            nix::libc::SIGRTMIN() + 2,
            nix::libc::SIGRTMAX() - 1,
            nix::libc::SIGRTMAX(),
        ];
        let kinds = [SignalKind::hangup(), SignalKind::user_defined2()];
        let all = kinds.into_iter().chain(real_time.map(SignalKind::from_raw));
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            data: signal(SignalKind::user_defined1())?,
            _ignored: all.map(signal).collect::<io::Result<_>>()?,
        })
    }

    /// The next one. Cancel safe.
    async fn next(&mut self) -> Wake {
        tokio::select! {
            _ = self.term.recv() => Wake::Stop,
            _ = self.int.recv() => Wake::Stop,
            _ = self.data.recv() => Wake::Data,
        }
    }
}
