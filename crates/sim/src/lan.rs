//! One broadcast segment: who hears whom, how late, how often.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::node::NodeId;
use crate::rng::Rng;

/// How a segment treats frames. Chances are in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// Least time from sender to receiver.
    pub latency: Duration,
    /// Added at random, keeping the order between two nodes.
    pub jitter: Duration,
    /// Frames lost, each receiver for itself.
    pub loss: u16,
    /// Frames that arrive twice.
    pub duplicate: u16,
    /// Frames that are held back up to four latencies and may be overtaken.
    pub reorder: u16,
}

impl Quality {
    /// A quiet switch.
    pub const GOOD: Self = Self {
        latency: Duration::from_micros(100),
        jitter: Duration::from_micros(50),
        loss: 0,
        duplicate: 0,
        reorder: 0,
    };

    /// The longest a frame can take when nothing is reordered.
    pub fn longest(self) -> Duration {
        self.latency + self.jitter
    }

    /// Every frame arrives once and in order.
    pub fn is_clean(self) -> bool {
        self.loss == 0 && self.reorder == 0
    }
}

/// A broadcast segment.
#[derive(Debug, Clone)]
pub struct Lan {
    /// How it treats frames.
    pub quality: Quality,
    /// Side of the partition of each node; nodes not listed are on side 0.
    sides: BTreeMap<NodeId, usize>,
    /// Directions that are lost: from, to.
    deaf: BTreeSet<(NodeId, NodeId)>,
    /// Last arrival between two nodes, so that jitter does not reorder.
    arrivals: BTreeMap<(NodeId, NodeId), Duration>,
}

impl Default for Lan {
    fn default() -> Self {
        Self {
            quality: Quality::GOOD,
            sides: BTreeMap::new(),
            deaf: BTreeSet::new(),
            arrivals: BTreeMap::new(),
        }
    }
}

impl Lan {
    /// Splits the segment. Nodes that are not named stay on the first side.
    pub fn split(&mut self, sides: &[Vec<NodeId>]) {
        self.sides.clear();
        for (side, nodes) in sides.iter().enumerate() {
            self.sides.extend(nodes.iter().map(|node| (*node, side)));
        }
    }

    /// Loses everything from one node to another, or nothing any more.
    pub fn set_deaf(&mut self, from: NodeId, to: NodeId, deaf: bool) {
        if deaf {
            self.deaf.insert((from, to));
        } else {
            self.deaf.remove(&(from, to));
        }
    }

    /// Ends partitions and one-way losses.
    pub fn heal(&mut self) {
        self.sides.clear();
        self.deaf.clear();
    }

    /// The side of the partition that a node is on.
    pub fn side(&self, node: NodeId) -> usize {
        self.sides.get(&node).copied().unwrap_or(0)
    }

    /// Nobody is cut off from anybody.
    pub fn is_whole(&self) -> bool {
        self.deaf.is_empty() && self.sides.values().all(|side| *side == 0)
    }

    /// Nodes of one side hear each other, reliably.
    pub fn is_orderly(&self) -> bool {
        self.deaf.is_empty() && self.quality.is_clean()
    }

    /// When the copies of a frame arrive; none where it is lost.
    pub fn arrivals(
        &mut self,
        now: Duration,
        from: NodeId,
        to: NodeId,
        rng: &mut Rng,
    ) -> Vec<Duration> {
        let cut = self.side(from) != self.side(to) || self.deaf.contains(&(from, to));
        if cut || rng.chance(self.quality.loss) {
            return Vec::new();
        }
        let copies = 1 + usize::from(rng.chance(self.quality.duplicate));
        (0..copies)
            .map(|_| self.arrival(now, from, to, rng))
            .collect()
    }

    fn arrival(&mut self, now: Duration, from: NodeId, to: NodeId, rng: &mut Rng) -> Duration {
        let at = now + self.quality.latency + rng.up_to(self.quality.jitter);
        if rng.chance(self.quality.reorder) {
            return at + rng.up_to(self.quality.latency * 4);
        }
        let last = self.arrivals.entry((from, to)).or_default();
        *last = at.max(*last);
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    #[test]
    fn jitter_keeps_the_order() {
        let mut lan = Lan::default();
        lan.quality.jitter = Duration::from_millis(5);
        let mut rng = Rng::new(3);
        let mut last = Duration::ZERO;
        for micros in 0..500 {
            for at in lan.arrivals(Duration::from_micros(micros), A, B, &mut rng) {
                assert!(at >= last);
                last = at;
            }
        }
    }

    #[test]
    fn cuts_are_by_side_and_by_direction() {
        let mut lan = Lan::default();
        let mut rng = Rng::new(3);
        let mut hears =
            |lan: &mut Lan, from, to| !lan.arrivals(Duration::ZERO, from, to, &mut rng).is_empty();
        lan.split(&[vec![A], vec![B]]);
        assert!(!hears(&mut lan, A, B) && !hears(&mut lan, B, A));
        lan.heal();
        lan.set_deaf(A, B, true);
        assert!(!hears(&mut lan, A, B) && hears(&mut lan, B, A));
        assert!(!lan.is_whole() && !lan.is_orderly());
        lan.set_deaf(A, B, false);
        assert!(lan.is_whole() && lan.is_orderly());
    }
}
