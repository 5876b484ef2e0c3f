//! One queue a subject: what is pushed first is started first, one at a time.

use std::collections::{BTreeMap, VecDeque};

/// What may wait for one subject. A script that hangs lets at most one through a minute.
const WAITING_MAX: usize = 1000;

/// Keeps order within a key; keys do not wait for each other.
#[derive(Debug)]
pub(super) struct Queues<K, T>(BTreeMap<K, VecDeque<T>>);

/// What becomes of what was pushed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Push<T> {
    /// It is its turn.
    Start(T),
    /// It waits.
    Waits,
    /// It waits, and the one that waited longest will never be started.
    WaitsInsteadOf(T),
}

impl<K, T> Default for Queues<K, T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, T> Queues<K, T> {
    pub(super) fn push(&mut self, key: K, value: T) -> Push<T> {
        // A key is there as long as one of its scripts runs.
        let Some(waiting) = self.0.get_mut(&key) else {
            self.0.insert(key, VecDeque::new());
            return Push::Start(value);
        };
        waiting.push_back(value);
        match waiting.len() > WAITING_MAX {
            true => waiting
                .pop_front()
                .map_or(Push::Waits, Push::WaitsInsteadOf),
            false => Push::Waits,
        }
    }

    /// The one that was started has ended; this is the next one to start.
    pub(super) fn next(&mut self, key: &K) -> Option<T> {
        let next = self.0.get_mut(key)?.pop_front();
        if next.is_none() {
            self.0.remove(key);
        }
        next
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_in_order() {
        let mut queues = Queues::default();
        assert_eq!(queues.push("VI_1", 1), Push::Start(1));
        assert_eq!(queues.push("VI_1", 2), Push::Waits);
        assert_eq!(queues.push("VI_2", 7), Push::Start(7));
        assert_eq!(queues.push("VI_1", 3), Push::Waits);
        assert_eq!(queues.next(&"VI_1"), Some(2));
        assert_eq!(queues.next(&"VI_1"), Some(3));
        assert!(!queues.is_idle());
        assert_eq!(queues.next(&"VI_1"), None);
        assert_eq!(queues.next(&"VI_2"), None);
        assert!(queues.is_idle());
        assert_eq!(queues.push("VI_1", 4), Push::Start(4));
    }

    #[test]
    fn the_oldest_gives_way_when_too_many_wait() {
        let mut queues = Queues::default();
        assert_eq!(queues.push("VI_1", 0), Push::Start(0));
        for number in 1..=WAITING_MAX {
            assert_eq!(queues.push("VI_1", number), Push::Waits);
        }
        assert_eq!(queues.push("VI_1", 9999), Push::WaitsInsteadOf(1));
        assert_eq!(queues.next(&"VI_1"), Some(2));
    }
}
