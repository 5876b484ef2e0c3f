//! What the supervisor and a role say to each other.
//!
//! One `SOCK_SEQPACKET` pair a role, the role's end is its standard input. A message is one packet: a postcard
//! encoded [`ToRole`] or [`FromRole`]; a configuration travels as a sealed memfd beside it (`SCM_RIGHTS`),
//! because it has no upper size.

mod channel;
pub(crate) mod memfd;

pub(crate) use channel::Channel;

use serde::{Deserialize, Serialize};

use crate::log::LogOptions;
use conf::data::VrrpState;
use vrrp::{NotifyState, ScriptId, ScriptOutcome, Subject};

/// Number of this protocol; both ends are the same executable, an upgrade may mix two.
pub(crate) const PROTOCOL: u32 = 2;

/// From the supervisor to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ToRole {
    /// The first message. Carries the configuration memfd.
    Start {
        /// [`PROTOCOL`].
        protocol: u32,
        /// Options of the command line that a role needs.
        options: RoleOptions,
    },
    /// Still there? Answered by [`FromRole::Alive`] from the main loop.
    Ping {
        /// Comes back in the answer.
        number: u64,
    },
    /// A new configuration. Carries its memfd. Answered by [`FromRole::Reloaded`] or
    /// [`FromRole::ReloadRefused`].
    Reload,
    /// A track script's run has ended.
    ScriptDone {
        /// Which.
        script: ScriptId,
        /// The configuration generation it was started under: of another one, it is not for us.
        generation: u32,
        /// How.
        outcome: ScriptOutcome,
    },
    /// Answered by [`FromRole::Snapshot`].
    Snapshot {
        /// Comes back in the answer.
        number: u64,
    },
    /// Zero the counters (after a snapshot was taken, for STATS_CLEAR).
    ClearCounters,
    /// Stop in good order: priority 0, release, [`FromRole::Stopping`], exit 0.
    Stop,
}

/// From a role to the supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FromRole {
    /// Configured, sockets open, started.
    Started,
    /// Answer to [`ToRole::Ping`].
    Alive {
        /// The ping's number.
        number: u64,
    },
    /// The new configuration is in force; later ids are its.
    Reloaded,
    /// The new configuration cannot be used; the one before stays in force, and so does its generation.
    ReloadRefused {
        /// Why.
        reason: String,
    },
    /// Run a track script.
    RunScript {
        /// Which.
        script: ScriptId,
        /// The role's configuration generation: 0 at start, one more with each reload.
        generation: u32,
    },
    /// Run the notify scripts for a change.
    Notify {
        /// Of whom, by the ids of `generation`.
        subject: Subject,
        /// What it is now.
        state: NotifyState,
        /// Effective priority, 0 for a group.
        priority: u8,
        /// See [`FromRole::RunScript`]; deleted instances are named by the generation before.
        generation: u32,
    },
    /// Answer to [`ToRole::Snapshot`]; also sent when the role itself is sent USR1, with number 0.
    Snapshot {
        /// The request's number.
        number: u64,
        /// See [`FromRole::RunScript`].
        generation: u32,
        /// What there is to see.
        state: Box<VrrpState>,
    },
    /// Everything is released; the process ends when this has been sent. No message follows.
    Stopping,
}

/// Options of the command line that a role needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoleOptions {
    /// `-D` given: 0, 1 or 2 times.
    pub(crate) detail: u8,
    /// `-V`: addresses stay, no priority 0 at stop.
    pub(crate) keep_vips: bool,
    /// `-X`.
    pub(crate) release_vips: bool,
    /// `-a`: every address change is logged.
    pub(crate) log_addresses: bool,
    /// `-d`: its configuration is logged at the start.
    pub(crate) dump_conf: bool,
    /// Umask for what the role creates.
    pub(crate) umask: u32,
    /// Where the role's log records go.
    pub(crate) log: LogOptions,
}
