//! When addresses are announced (gratuitous ARP, unsolicited NA) while master.

use std::time::{Duration, Instant};

use crate::config::GarpSchedule;
use crate::timing;

/// The announcements that are still to come.
#[derive(Debug, Clone)]
pub(super) struct Bursts {
    second: Option<Instant>,
    refresh: Option<Instant>,
    /// The second burst after a lower advert.
    lower: Option<Instant>,
    /// The first burst after a lower advert, when it last went out.
    last_lower: Option<Instant>,
}

impl Bursts {
    /// After the first burst of a new master.
    ///
    /// `keepalived: vrrp_state_master_tx`
    pub(super) fn begin(now: Instant, schedule: &GarpSchedule) -> Self {
        let refresh = schedule
            .master_delay
            .saturating_add(schedule.master_refresh);
        Self {
            second: wait(now, schedule.master_delay),
            refresh: wait(now, schedule.master_refresh).map(|_| timing::after(now, refresh)),
            lower: None,
            last_lower: None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.second, self.refresh, self.lower]
            .into_iter()
            .flatten()
            .min()
    }

    /// How many packets per address each burst that is due has.
    pub(super) fn take_due(&mut self, now: Instant, schedule: &GarpSchedule) -> Vec<u32> {
        let mut repeats = Vec::new();
        if self.second.take_if(|at| *at <= now).is_some() {
            repeats.push(schedule.master_repeat);
        }
        if self.lower.take_if(|at| *at <= now).is_some() {
            repeats.push(schedule.lower_prio_repeat);
        }
        if let Some(due) = self.refresh.filter(|at| *at <= now) {
            self.refresh = Some(timing::next_beat(due, schedule.master_refresh, now));
            repeats.push(schedule.master_refresh_repeat);
        }
        repeats
    }

    /// A lower advert was heard: whether there is a burst now. There is one later, in any case.
    ///
    /// The one that is already waiting is not put off, and bursts keep a distance: whoever floods us
    /// with adverts must not make us flood the LAN.
    pub(super) fn on_lower(
        &mut self,
        now: Instant,
        distance: Duration,
        schedule: &GarpSchedule,
    ) -> bool {
        if schedule.lower_prio_repeat == 0 {
            return false;
        }
        self.lower = self.lower.or(wait(now, schedule.lower_prio_delay));
        if self
            .last_lower
            .is_some_and(|last| now < timing::after(last, distance))
        {
            return false;
        }
        self.last_lower = Some(now);
        true
    }

    /// A reload brought addresses: they get their second burst.
    pub(super) fn on_new_addresses(&mut self, now: Instant, schedule: &GarpSchedule) {
        self.second = self.second.or(wait(now, schedule.master_delay));
    }

    /// A reload: what is waiting goes on; with another period a refresh begins, ends or comes earlier.
    pub(super) fn reconfigure(
        &mut self,
        now: Instant,
        old_refresh: Duration,
        schedule: &GarpSchedule,
    ) {
        if old_refresh == schedule.master_refresh {
            return;
        }
        self.refresh = match wait(now, schedule.master_refresh) {
            Some(first) => Some(self.refresh.map_or(first, |next| next.min(first))),
            None => None,
        };
    }
}

/// Zero means never.
fn wait(now: Instant, delay: Duration) -> Option<Instant> {
    (!delay.is_zero()).then(|| timing::after(now, delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "there is no other way to a first Instant; only differences to it are looked at"
    )]
    fn a_refresh_moves_in_a_reload_only_if_its_period_is_another() {
        let now = Instant::now();
        let seconds = Duration::from_secs;
        let schedule = GarpSchedule {
            master_delay: seconds(2),
            master_refresh: seconds(1),
            ..GarpSchedule::default()
        };
        let mut bursts = Bursts::begin(now, &schedule);
        bursts.reconfigure(now, seconds(1), &schedule);
        assert_eq!(bursts.refresh, Some(now + seconds(3)));
        bursts.reconfigure(now, seconds(9), &schedule);
        assert_eq!(bursts.refresh, Some(now + seconds(1)));
    }
}
