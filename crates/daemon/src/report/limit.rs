//! A token bucket for each cause.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Lines that may come at once.
const BURST: u32 = 10;

/// Time after which one more may come.
const REFILL: Duration = Duration::from_secs(6);

/// Whether a line may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may, and stands for this many that were not.
    Pass {
        /// How many.
        suppressed: u64,
    },
    /// It may not.
    Suppress,
}

/// Limits lines by their cause. There are as many buckets as causes: instances and interfaces, not peers.
#[derive(Debug)]
pub(super) struct Limiter<K> {
    buckets: BTreeMap<K, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: u32,
    refilled: Instant,
    suppressed: u64,
}

impl<K> Default for Limiter<K> {
    fn default() -> Self {
        Self {
            buckets: BTreeMap::new(),
        }
    }
}

impl<K: Ord> Limiter<K> {
    /// Counts one line.
    pub(super) fn ask(&mut self, now: Instant, cause: K) -> Verdict {
        let full = Bucket {
            tokens: BURST,
            refilled: now,
            suppressed: 0,
        };
        self.buckets.entry(cause).or_insert(full).ask(now)
    }
}

impl Bucket {
    fn ask(&mut self, now: Instant) -> Verdict {
        self.refill(now);
        if self.tokens == 0 {
            self.suppressed += 1;
            return Verdict::Suppress;
        }
        self.tokens -= 1;
        Verdict::Pass {
            suppressed: std::mem::take(&mut self.suppressed),
        }
    }

    fn refill(&mut self, now: Instant) {
        let periods = now.saturating_duration_since(self.refilled).as_secs() / REFILL.as_secs();
        let more = u32::try_from(periods).unwrap_or(u32::MAX);
        if more >= BURST - self.tokens {
            self.tokens = BURST;
            self.refilled = now;
        } else {
            self.tokens += more;
            self.refilled += REFILL * more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_rest_is_counted() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        for _ in 0..BURST {
            assert_eq!(limiter.ask(start, 'a'), Verdict::Pass { suppressed: 0 });
        }
        for _ in 0..1_000 {
            assert_eq!(limiter.ask(start, 'a'), Verdict::Suppress);
        }
        assert_eq!(
            limiter.ask(start + REFILL, 'a'),
            Verdict::Pass { suppressed: 1_000 }
        );
        assert_eq!(limiter.ask(start + REFILL, 'a'), Verdict::Suppress);
    }

    #[test]
    fn causes_do_not_share() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        for _ in 0..=BURST {
            limiter.ask(start, 'a');
        }
        assert_eq!(limiter.ask(start, 'a'), Verdict::Suppress);
        assert_eq!(limiter.ask(start, 'b'), Verdict::Pass { suppressed: 0 });
    }

    #[test]
    fn a_quiet_hour_fills_the_bucket_and_no_more() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        limiter.ask(start, 'a');
        let later = start + Duration::from_secs(3_600);
        let passed = (0..100)
            .filter(|_| limiter.ask(later, 'a') != Verdict::Suppress)
            .count();
        assert_eq!(passed, usize::try_from(BURST).unwrap());
    }

    #[test]
    fn a_part_of_a_period_is_not_lost() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        for _ in 0..BURST {
            limiter.ask(start, 'a');
        }
        let half = REFILL / 2;
        assert_eq!(limiter.ask(start + half, 'a'), Verdict::Suppress);
        assert_eq!(
            limiter.ask(start + half * 2, 'a'),
            Verdict::Pass { suppressed: 1 }
        );
        assert_eq!(limiter.ask(start + half * 3, 'a'), Verdict::Suppress);
        assert_eq!(
            limiter.ask(start + half * 4, 'a'),
            Verdict::Pass { suppressed: 1 }
        );
    }
}
