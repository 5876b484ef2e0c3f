//! Arithmetic of the timers, and the one set that all deadlines live in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::config::{InstanceId, ScriptId, Version};

/// How long an owner waits at start: the next time-out, but through the same door as everybody else.
///
/// `keepalived: vrrp_init_state`
pub(crate) const AT_ONCE: Duration = Duration::from_micros(1);

/// Longest interval that fits the 12 bits of a v3 advert.
const MAX_CENTISECONDS: u16 = 0x0fff;

/// What an interval is in a v3 advert, limited to what fits.
pub(crate) fn centiseconds(interval: Duration) -> u16 {
    u16::try_from(interval.as_millis() / 10)
        .unwrap_or(MAX_CENTISECONDS)
        .min(MAX_CENTISECONDS)
}

/// What an interval is in a v2 advert, limited to what fits.
pub(crate) fn seconds(interval: Duration) -> u8 {
    u8::try_from(interval.as_secs()).unwrap_or(u8::MAX)
}

/// How much longer a lower priority waits.
///
/// Whole microseconds out of whole centiseconds: at the shortest interval a result in centiseconds would be
/// zero for every priority, and all backups would take over at once.
///
/// `RFC 9568 §6.1`, `RFC 3768 §6.1`, `keepalived: VRRP_TIMER_SKEW`
pub(crate) fn skew(version: Version, priority: u8, master_interval: Duration) -> Duration {
    let rest = 256 - u64::from(priority);
    let micros = match version {
        Version::V2 => rest * 1_000_000 / 256,
        Version::V3 => rest * u64::from(centiseconds(master_interval)) * 625 / 16,
    };
    Duration::from_micros(micros)
}

/// A moment that far ahead; the far future instead of an overflow.
pub(crate) fn after(now: Instant, wait: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    now.checked_add(wait.min(FAR)).unwrap_or(now)
}

/// The same deadline when its waiting time has changed from `old` to `new`.
pub(crate) fn shifted(deadline: Instant, old: Duration, new: Duration) -> Instant {
    if new >= old {
        after(deadline, new - old)
    } else {
        deadline.checked_sub(old - new).unwrap_or(deadline)
    }
}

/// The beat that follows `due`: in phase, so that adverts do not drift, unless one was missed altogether.
pub(crate) fn next_beat(due: Instant, period: Duration, now: Instant) -> Instant {
    let next = after(due, period);
    if next > now { next } else { after(now, period) }
}

/// Whose deadline it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// An instance's next one.
    Instance(InstanceId),
    /// A script's next run.
    Script(ScriptId),
}

/// Every deadline of the router, in order. One each: who has several hands in the first.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    order: BTreeSet<(Instant, Timer)>,
    armed: BTreeMap<Timer, Instant>,
}

impl Deadlines {
    /// Moves a deadline, or removes it.
    pub(crate) fn set(&mut self, timer: Timer, deadline: Option<Instant>) {
        let old = match deadline {
            Some(deadline) => self.armed.insert(timer, deadline),
            None => self.armed.remove(&timer),
        };
        if old == deadline {
            return;
        }
        if let Some(old) = old {
            self.order.remove(&(old, timer));
        }
        if let Some(deadline) = deadline {
            self.order.insert((deadline, timer));
        }
    }

    /// The first one.
    pub(crate) fn first(&self) -> Option<Instant> {
        self.order.first().map(|(deadline, _)| *deadline)
    }

    /// That of one of them.
    pub(crate) fn of(&self, timer: Timer) -> Option<Instant> {
        self.armed.get(&timer).copied()
    }

    /// Whose deadlines have passed, oldest first.
    pub(crate) fn due(&self, now: Instant) -> Vec<Timer> {
        self.order
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, timer)| *timer)
            .collect()
    }
}
