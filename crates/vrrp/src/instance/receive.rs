//! What an instance does with a packet that is for it.
//!
//! A deadline moves only for a reason that the RFC gives. What is refused is counted, reported once, and changes
//! nothing.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::advert::{self, Advert, DecodeError, Frame};
use crate::config::{InterfaceId, Preempt};
use crate::event::Report;
use crate::router::Actions;
use crate::stats::Once;
use crate::timing;

use super::{Instance, Master, Phase, Rival, holds_back, learns_interval};

/// What the router has to see to in the rest of the sync group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing.
    Nothing,
    /// A master has answered a lower one.
    Lower,
    /// A master has yielded.
    Higher,
}

impl Instance {
    /// Checks a packet and acts on the advert in it.
    ///
    /// `keepalived: vrrp_dispatcher_read` (FAULT and INIT do not listen)
    pub(crate) fn on_frame(
        &mut self,
        now: Instant,
        interface: InterfaceId,
        frame: &Frame<'_>,
        out: &mut Actions,
    ) -> Heard {
        match self.phase {
            Phase::Init | Phase::Fault => return Heard::Nothing,
            Phase::Backup(_) | Phase::Master(_) => {}
        }
        match advert::read(frame, Some(&self.config)) {
            Ok(advert) => {
                self.counters.advert_received += 1;
                self.compare(&advert, out);
                self.on_advert(now, &advert, out)
            }
            Err(error) => {
                self.refuse(interface, frame.source, error, out);
                Heard::Nothing
            }
        }
    }

    fn refuse(
        &mut self,
        interface: InterfaceId,
        source: IpAddr,
        error: DecodeError,
        out: &mut Actions,
    ) {
        self.counters.reject(error);
        if self.reported.first(Once::Rejected(error)) {
            let instance = Some(self.id);
            out.report(Report::Rejected {
                instance,
                interface,
                source: Some(source),
                error,
            });
        }
    }

    /// Notes where an advert differs from our configuration, and is used all the same.
    fn compare(&mut self, advert: &Advert, out: &mut Actions) {
        let (instance, source) = (self.id, advert.source);
        let known = self.config.skip_check_adv_addr
            && self.master.is_some_and(|(master, _)| master == source);
        if !known && !same_addresses(&advert.addresses, &self.config.addresses) {
            self.counters.address_list_errors += 1;
            if self.reported.first(Once::AddressMismatch) {
                out.report(Report::AddressMismatch { instance, source });
            }
        }
        if advert.interval != self.config.advert_interval {
            self.counters.advert_interval_errors += 1;
            if self.reported.first(Once::IntervalMismatch) {
                let theirs = advert.interval;
                out.report(Report::IntervalMismatch {
                    instance,
                    source,
                    theirs,
                });
            }
        }
    }

    fn on_advert(&mut self, now: Instant, advert: &Advert, out: &mut Actions) -> Heard {
        if advert.priority == super::STOPPING {
            self.counters.priority_zero_received += 1;
            self.on_stopping(now, out);
            return Heard::Nothing;
        }
        match self.phase {
            Phase::Init | Phase::Fault => Heard::Nothing,
            Phase::Backup(_) => {
                self.on_backup_advert(now, advert, out);
                Heard::Nothing
            }
            Phase::Master(_) => self.on_master_advert(now, advert, out),
        }
    }

    /// Another router stops. A backup waits for its skew only, a master says that it is there.
    ///
    /// A timer that ends sooner anyway stays: repeated often enough, priority 0 would hold a take-over up for ever.
    ///
    /// `RFC 9568 §6.4.2, §6.4.3`
    fn on_stopping(&mut self, now: Instant, out: &mut Actions) {
        let soonest = timing::after(now, self.skew());
        match &mut self.phase {
            Phase::Init | Phase::Fault => {}
            Phase::Backup(backup) => backup.master_down = backup.master_down.min(soonest),
            Phase::Master(_) => {
                if self.may_answer(now) {
                    self.send_answer(now, out);
                }
            }
        }
    }

    /// `RFC 9568 §6.4.2`, `keepalived: vrrp_state_backup`
    fn on_backup_advert(&mut self, now: Instant, advert: &Advert, out: &mut Actions) {
        if advert.priority != 255 {
            self.restore_owner(out);
        }
        self.master = Some((advert.source, advert.priority));
        let Phase::Backup(backup) = &mut self.phase else {
            return;
        };
        let lower = advert.priority < self.priority;
        if lower && !holds_back(&self.config, backup, now) {
            if self.reported.first(Once::LowerDiscarded) {
                let (source, priority) = (advert.source, advert.priority);
                out.report(Report::LowerDiscarded {
                    instance: self.id,
                    source,
                    priority,
                });
            }
            return;
        }
        self.follow(now, advert);
        self.time_preemption(now, lower, out);
    }

    /// Accepts a master.
    fn follow(&mut self, now: Instant, advert: &Advert) {
        if learns_interval(&self.config) {
            self.master_interval = advert.interval;
        }
        let master_down = timing::after(now, self.master_down_time());
        if let Phase::Backup(backup) = &mut self.phase {
            backup.master_down = master_down;
            // A master that we accept is one we do not want to replace, whatever our group waits for.
            backup.wants_master = false;
        }
    }

    /// The preempt delay begins with the first lower advert and ends when somebody is higher.
    fn time_preemption(&mut self, now: Instant, lower: bool, out: &mut Actions) {
        let Phase::Backup(backup) = &mut self.phase else {
            return;
        };
        let Preempt::After(delay) = self.config.preempt else {
            return;
        };
        if !lower && backup.preempt_at.take().is_some() {
            out.report(Report::PreemptDelayStopped { instance: self.id });
        } else if lower && backup.preempt_at.is_none() {
            backup.preempt_at = Some(timing::after(now, delay));
            out.report(Report::PreemptDelayStarted {
                instance: self.id,
                delay,
            });
        }
    }

    /// `RFC 9568 §6.4.3`, `keepalived: vrrp_state_master_rx`
    fn on_master_advert(&mut self, now: Instant, advert: &Advert, out: &mut Actions) -> Heard {
        let owners = advert.priority == 255 && self.priority == 255;
        match self.rank(advert) {
            Ordering::Equal => {
                if self.reported.first(Once::SameAddress) {
                    out.report(Report::SameAddress {
                        instance: self.id,
                        source: advert.source,
                    });
                }
                Heard::Nothing
            }
            Ordering::Less if owners => self.on_rival(now, advert, out),
            Ordering::Less => self.on_lower(now, advert, out),
            Ordering::Greater => {
                if owners {
                    self.report_rival(advert, out);
                }
                self.on_higher(now, advert, out)
            }
        }
    }

    /// Where an advert stands against us: its priority, then its address.
    fn rank(&self, advert: &Advert) -> Ordering {
        let by_priority = advert.priority.cmp(&self.priority);
        by_priority.then_with(|| Some(advert.source).cmp(&self.source))
    }

    fn on_higher(&mut self, now: Instant, advert: &Advert, out: &mut Actions) -> Heard {
        out.report(Report::HigherHeard {
            instance: self.id,
            source: advert.source,
            priority: advert.priority,
            ours: self.priority,
        });
        if self.config.higher_prio_send_advert {
            self.send_advert(self.priority, out);
        }
        if learns_interval(&self.config) {
            self.master_interval = advert.interval;
        }
        self.master = Some((advert.source, advert.priority));
        self.yield_master(now, out);
        Heard::Higher
    }

    /// Answers a lower master, and makes the LAN find us again.
    fn on_lower(&mut self, now: Instant, advert: &Advert, out: &mut Actions) -> Heard {
        if !self.may_answer(now) {
            return Heard::Nothing;
        }
        out.report(Report::LowerHeard {
            instance: self.id,
            source: advert.source,
            priority: advert.priority,
            ours: self.priority,
        });
        if !self.config.lower_prio_no_advert {
            self.send_answer(now, out);
        }
        self.announce_after_lower(now, out);
        Heard::Lower
    }

    /// The bursts after a lower advert, heard by this instance or another of its sync group.
    pub(crate) fn announce_after_lower(&mut self, now: Instant, out: &mut Actions) {
        let distance = self.interval().max(Duration::from_secs(1)) / 2;
        let Phase::Master(master) = &mut self.phase else {
            return;
        };
        if master.bursts.on_lower(now, distance, &self.config.garp) {
            self.announce(self.config.garp.lower_prio_repeat, out);
        }
    }

    /// Whether an advert that calls for an answer gets one: one in half an interval at the most.
    ///
    /// A lower master at the usual rate is answered each time. A flood gets two adverts an interval, and
    /// whoever was not answered hears our regular advert within an interval of the last answer.
    fn may_answer(&mut self, now: Instant) -> bool {
        let distance = self.interval() / 2;
        let Phase::Master(master) = &mut self.phase else {
            return false;
        };
        if master
            .answered
            .is_some_and(|last| now < timing::after(last, distance))
        {
            return false;
        }
        master.answered = Some(now);
        true
    }

    /// An advert out of turn; the next is an interval away.
    fn send_answer(&mut self, now: Instant, out: &mut Actions) {
        let interval = self.interval();
        if let Phase::Master(master) = &mut self.phase {
            master.next_advert = timing::after(now, interval);
            master.rival = master.rival.map(|rival| rival.advert_sent(now, interval));
        }
        self.send_advert(self.priority, out);
    }

    /// Another owner, with a lower address. It ought to yield; if it never does, we must.
    ///
    /// `keepalived: vrrp_state_master_rx`
    fn on_rival(&mut self, now: Instant, advert: &Advert, out: &mut Actions) -> Heard {
        let Phase::Master(Master { rival, .. }) = &mut self.phase else {
            return Heard::Nothing;
        };
        match *rival {
            Some(Rival::Doubted { until }) if now <= until => {
                self.reduced = true;
                self.set_priority(254, out);
                return self.on_higher(now, advert, out);
            }
            Some(Rival::Told { .. }) => {}
            Some(Rival::Doubted { .. }) | None => {
                *rival = Some(Rival::Told {
                    adverts: 2,
                    interval: advert.interval,
                });
                self.report_rival(advert, out);
            }
        }
        self.on_lower(now, advert, out)
    }

    fn report_rival(&mut self, advert: &Advert, out: &mut Actions) {
        if self.reported.first(Once::DuplicateOwner) {
            let source = advert.source;
            out.report(Report::DuplicateOwner {
                instance: self.id,
                source,
            });
        }
    }
}

/// The same addresses in any order.
fn same_addresses(theirs: &[IpAddr], ours: &[IpAddr]) -> bool {
    if theirs == ours {
        return true;
    }
    let sorted = |list: &[IpAddr]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    theirs.len() == ours.len() && sorted(theirs) == sorted(ours)
}
