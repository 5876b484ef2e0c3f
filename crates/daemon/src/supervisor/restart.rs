//! When a role that died is started again, and when one that says nothing counts as dead.

use std::time::Duration;

/// A role that ran this long starts again at once.
const STABLE: Duration = Duration::from_secs(60);

/// No longer than this.
const LONGEST: Duration = Duration::from_secs(60);

/// Between one ping and the next.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(1);

/// Pings without an answer before a role that has started counts as dead. Counted, not timed: when the whole
/// machine stood still, nobody failed to answer.
const SILENCE: u32 = 5;

/// The same before it has said that it has started: opening sockets for many instances takes its time.
const SILENCE_AT_START: u32 = 30;

/// Delays of restarts: 0, 1, 2, 4 … 60 s.
// keepalived: report_child_status, calc_restart_delay
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    delay: Duration,
}

impl Backoff {
    /// How long to wait, after a role that died `ran` after its start.
    pub(crate) fn died(&mut self, ran: Duration) -> Duration {
        if ran >= STABLE {
            self.delay = Duration::ZERO;
            return Duration::ZERO;
        }
        let delay = self.delay;
        self.delay = (delay * 2).clamp(Duration::from_secs(1), LONGEST);
        delay
    }
}

/// What to do when a ping is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Send this number.
    Ping(u64),
    /// Nothing came back for too long.
    Dead,
}

/// Pings and their answers.
#[derive(Debug, Default)]
pub(crate) struct Heartbeat {
    sent: u64,
    answered: u64,
    started: bool,
}

impl Heartbeat {
    /// The role works from here on.
    pub(crate) fn started(&mut self) {
        self.started = true;
        self.answered = self.sent;
    }

    /// An answer, to whichever ping.
    pub(crate) fn alive(&mut self, number: u64) {
        self.answered = self.answered.max(number.min(self.sent));
    }

    /// It is time for a ping.
    pub(crate) fn beat(&mut self) -> Beat {
        let limit = if self.started {
            SILENCE
        } else {
            SILENCE_AT_START
        };
        if self.sent - self.answered >= u64::from(limit) {
            return Beat::Dead;
        }
        self.sent += 1;
        Beat::Ping(self.sent)
    }

    /// Whether it answers.
    pub(crate) fn is_well(&self) -> bool {
        self.sent - self.answered < u64::from(SILENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_minute() {
        let mut backoff = Backoff::default();
        let mut died = || backoff.died(Duration::from_secs(1)).as_secs();
        let delays: Vec<_> = (0..9).map(|_| died()).collect();
        assert_eq!(delays, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_long_run_is_forgiven() {
        let mut backoff = Backoff::default();
        backoff.died(Duration::ZERO);
        backoff.died(Duration::ZERO);
        assert_eq!(backoff.died(Duration::from_secs(60)), Duration::ZERO);
        assert_eq!(backoff.died(Duration::ZERO), Duration::ZERO);
        assert_eq!(backoff.died(Duration::ZERO), Duration::from_secs(1));
    }

    #[test]
    fn silence_is_five_pings() {
        let mut heart = Heartbeat::default();
        heart.started();
        for number in 1..=5 {
            assert_eq!(heart.beat(), Beat::Ping(number));
        }
        assert_eq!(heart.beat(), Beat::Dead);
        heart.alive(3);
        assert_eq!(heart.beat(), Beat::Ping(6));
        assert!(heart.is_well());
    }

    #[test]
    fn more_patience_before_the_start() {
        let mut heart = Heartbeat::default();
        for number in 1..=30 {
            assert_eq!(heart.beat(), Beat::Ping(number));
        }
        assert_eq!(heart.beat(), Beat::Dead);
        heart.started();
        assert_eq!(heart.beat(), Beat::Ping(31));
    }

    #[test]
    fn an_answer_from_the_future_is_no_excuse() {
        let mut heart = Heartbeat::default();
        heart.started();
        heart.alive(u64::MAX);
        for _ in 1..=5 {
            assert!(matches!(heart.beat(), Beat::Ping(_)));
        }
        assert_eq!(heart.beat(), Beat::Dead);
    }
}
