//! What a reload changes in an instance that goes on.

use std::time::Instant;

use crate::config::{GroupId, InstanceConfig, InstanceId, Preempt, Version};
use crate::event::Action;
use crate::router::Actions;
use crate::timing;
use crate::track::Trackers;

use super::{Instance, Phase};

impl Instance {
    /// Goes on under a new id and configuration, in the state it is in and with the deadlines it has.
    ///
    /// Faults and priority are worked out afterwards, by the router.
    pub(crate) fn reconfigure(
        &mut self,
        now: Instant,
        id: InstanceId,
        config: InstanceConfig,
        group: Option<GroupId>,
        trackers: Trackers,
    ) {
        let old_wait = self.master_down_time();
        self.id = id;
        self.group = group;
        self.trackers = trackers;
        self.reduced &= config.is_owner();
        let old_refresh = std::mem::replace(&mut self.config, config)
            .garp
            .master_refresh;
        if !self.keeps_master_interval() {
            self.master_interval = self.interval();
        }
        let (interval, new_wait) = (self.interval(), self.master_down_time());
        match &mut self.phase {
            Phase::Init | Phase::Fault => {}
            Phase::Backup(backup) => {
                backup.master_down = timing::shifted(backup.master_down, old_wait, new_wait);
                match self.config.preempt {
                    Preempt::After(delay) if !delay.is_zero() => {}
                    Preempt::After(_) | Preempt::Never => backup.preempt_at = None,
                }
            }
            Phase::Master(master) => {
                master.next_advert = master.next_advert.min(timing::after(now, interval));
                master
                    .bursts
                    .reconfigure(now, old_refresh, &self.config.garp);
            }
        }
    }

    /// A v3 backup goes by the interval of the master it hears.
    fn keeps_master_interval(&self) -> bool {
        let backup = matches!(self.phase, Phase::Backup(_));
        self.config.version == Version::V3 && backup && self.master.is_some()
    }

    /// The addresses in its adverts were these. A master has others installed, and announced if they are new.
    pub(crate) fn replace_addresses(
        &mut self,
        now: Instant,
        before: &InstanceConfig,
        out: &mut Actions,
    ) {
        let Phase::Master(master) = &mut self.phase else {
            return;
        };
        if self.config.addresses == before.addresses {
            return;
        }
        out.push(Action::AddVips { instance: self.id });
        if self
            .config
            .addresses
            .iter()
            .any(|address| !before.addresses.contains(address))
        {
            master.bursts.on_new_addresses(now, &self.config.garp);
            self.announce(self.config.garp.master_repeat, out);
        }
    }
}
