//! What the demo says at its end.

use std::time::{Duration, Instant};

use integration::{Capture, Stamp};

use super::client::{Sample, Tally};
use super::view::milliseconds;
use super::{VIPS, Vip};

/// When what happened, on both clocks where both are needed.
pub(super) struct Story {
    /// Director 1 lost its power.
    pub(super) cut: (Instant, Stamp),
    /// Director 2 held VI_1.
    pub(super) moved: Instant,
    /// Director 1 was switched on.
    pub(super) back: (Instant, Stamp),
    /// Director 1 held VI_1 again.
    pub(super) returned: Instant,
}

impl Story {
    /// Prints the summary.
    pub(super) fn print(&self, samples: &[Sample], capture: &Capture) {
        println!("\nSummary");
        println!(
            "  director 1 off  → VI_1 on director 2 after {}",
            milliseconds(self.moved - self.cut.0)
        );
        if let Some(silence) = self.silence(capture) {
            println!(
                "                    {} after its last advert; three intervals and director 2's skew are {}",
                milliseconds(silence),
                milliseconds(MASTER_DOWN),
            );
        }
        println!(
            "  director 1 back → VI_1 on director 1 after {}",
            milliseconds(self.returned - self.back.0)
        );
        let split = samples.partition_point(|sample| sample.begun < self.back.0);
        let (failure, comeback) = samples.split_at(split);
        println!();
        println!("  client's loss       power lost                        power back");
        for vip in VIPS {
            let row = [failure, comeback].map(|part| loss(vip, part));
            println!(
                "  {} {:<13}  {:<32}  {}",
                vip.name, vip.address, row[0], row[1]
            );
        }
    }

    /// From the last advert of VI_1 before the cut to the first one after it.
    fn silence(&self, capture: &Capture) -> Option<Duration> {
        let adverts = capture.adverts(VIPS[0].vrid);
        let (before, after): (Vec<Stamp>, Vec<Stamp>) = adverts
            .iter()
            .map(|record| record.time)
            .partition(|stamp| *stamp < self.cut.1);
        Some(*after.first()? - *before.last()?)
    }
}

/// `conf/dual-master`: three intervals of a second, and (256 - 99) / 256 s. RFC 3768 §6.1.
const MASTER_DOWN: Duration = Duration::from_micros(3_613_281);

fn loss(vip: Vip, samples: &[Sample]) -> String {
    let tally = Tally::of(vip.address, samples);
    let (lost, requests) = (tally.lost(), tally.requests());
    let gap = tally.outages.iter().map(|outage| outage.gap).max();
    gap.map_or_else(
        || format!("none of {requests} requests"),
        |gap| format!("{lost} of {requests} requests, {}", milliseconds(gap)),
    )
}
