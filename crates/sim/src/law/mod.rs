//! What must be true after every event, whatever happened before.

pub(crate) mod action;
pub(crate) mod drain;
pub(crate) mod settled;
pub(crate) mod timing;

use std::fmt;
use std::time::Duration;

use vrrp::{NotifyState, State};

use crate::node::NodeId;
use crate::trace::seconds;

/// Slack for deadlines: nothing in virtual time is later than this without a reason.
pub(crate) const SLACK: Duration = Duration::from_millis(1);

/// The laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Once the LAN has settled, nobody but one is master of a virtual router among those who hear each other.
    OneMaster,
    /// Once the LAN has settled, somebody is, where anybody is healthy.
    SomeMaster,
    /// Once the LAN has settled, no healthy backup that may preempt has a higher priority than the master.
    HighestWins,
    /// Once settled, an instance is in FAULT exactly while there is a reason.
    FaultHasReason,
    /// Once settled, the effective priority is the base plus what the trackers say.
    EffectivePriority,
    /// A backup takes over no later than its master-down time after the last advert it respects.
    TakeOver,
    /// A backup takes over no sooner than that; with nopreempt any advert counts.
    NoHaste,
    /// A master sends at its interval, beginning when it becomes master.
    Pace,
    /// The virtual addresses are installed exactly while the instance is master.
    VipsFollowState,
    /// Members of a sync group are in the same state after every event.
    GroupMovesTogether,
    /// Nothing happens after a shutdown.
    QuietAfterShutdown,
    /// A master that stops says goodbye: priority 0, once to everybody.
    Goodbye,
    /// Adverts are well formed, as configured, and sent by masters only.
    SoundAdvert,
    /// Early time-outs do nothing, due ones move the deadline ahead.
    Deadline,
    /// Invalid, spoofed, truncated and replayed packets change neither state nor deadline.
    Harmless,
    /// Being told again what is known changes nothing; so does a reload of the same configuration.
    Unchanged,
    /// The last notify of an instance or group tells its state, and only changes are told.
    NotifyFollowsState,
    /// Reported changes of state join to a chain of legal changes.
    ReportFollowsState,
    /// A script is not started while it runs.
    OneRunPerScript,
    /// Actions name what is configured.
    KnownIds,
}

/// A law was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub law: Law,
    /// When.
    pub at: Duration,
    /// On which node, where it is about one.
    pub node: Option<NodeId>,
    /// What was found.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.law, seconds(self.at))?;
        if let Some(node) = self.node {
            write!(f, " on {node}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

/// A law and what was found; the caller knows when and where.
pub(crate) type Broken = (Law, String);

pub(crate) fn require(
    holds: bool,
    law: Law,
    detail: impl FnOnce() -> String,
) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err((law, detail())) }
}

/// What the laws remember of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watch {
    /// After the last event.
    pub(crate) state: State,
    /// At the end of the chain of reports.
    pub(crate) reported: State,
    /// The last notify about a state.
    pub(crate) notified: Option<NotifyState>,
    /// Whether its addresses are installed.
    pub(crate) installed: bool,
    /// When it entered its state.
    pub(crate) since: Duration,
    /// Whether it has been in BACKUP for the first time only.
    pub(crate) first: bool,
    /// Its last advert with a priority other than 0.
    pub(crate) sent: Option<Duration>,
    /// The last advert that it has to respect, and its interval.
    pub(crate) heard: Option<(Duration, Duration)>,
    /// A goodbye after that.
    pub(crate) goodbye: Option<Duration>,
    /// The last effective priority, and when it changed: that may move a deadline into the past.
    pub(crate) priority: (u8, Duration),
    /// The configuration changed since, so that the next take-over cannot be foretold.
    pub(crate) blind: bool,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            state: State::Init,
            reported: State::Init,
            notified: None,
            installed: false,
            since: Duration::ZERO,
            first: true,
            sent: None,
            heard: None,
            goodbye: None,
            priority: (0, Duration::ZERO),
            blind: false,
        }
    }
}
