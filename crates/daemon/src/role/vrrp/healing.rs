//! How often an address that another program removes is put back.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use vip::Owner;

/// Removals that are repaired within [`WINDOW`].
const REPAIRS: usize = 5;

/// See [`REPAIRS`].
const WINDOW: Duration = Duration::from_secs(10);

/// What to do about a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Healing {
    /// Put it back.
    Repair,
    /// The other program means it.
    GiveUp,
}

/// Removals of late, by owner.
#[derive(Debug, Default)]
pub(super) struct Removals {
    recent: BTreeMap<Owner, VecDeque<Instant>>,
}

impl Removals {
    /// Counts a removal.
    pub(super) fn count(&mut self, now: Instant, owner: Owner) -> Healing {
        let recent = self.recent.entry(owner).or_default();
        while recent
            .front()
            .is_some_and(|&first| now.duration_since(first) >= WINDOW)
        {
            recent.pop_front();
        }
        if recent.len() >= REPAIRS {
            self.recent.remove(&owner);
            return Healing::GiveUp;
        }
        recent.push_back(now);
        Healing::Repair
    }

    /// An owner is no more.
    pub(super) fn forget(&mut self, owner: Owner) {
        self.recent.remove(&owner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_up_at_the_sixth_removal_in_ten_seconds() {
        let start = Instant::now();
        let mut removals = Removals::default();
        for _ in 0..REPAIRS {
            assert_eq!(removals.count(start, Owner(1)), Healing::Repair);
        }
        assert_eq!(removals.count(start, Owner(2)), Healing::Repair);
        assert_eq!(
            removals.count(start + WINDOW / 2, Owner(1)),
            Healing::GiveUp
        );
    }

    #[test]
    fn rare_removals_are_always_repaired() {
        let mut now = Instant::now();
        let mut removals = Removals::default();
        for _ in 0..100 {
            assert_eq!(removals.count(now, Owner(1)), Healing::Repair);
            now += WINDOW / u32::try_from(REPAIRS).unwrap();
        }
    }
}
