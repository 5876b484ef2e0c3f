//! What tracking means for an instance: faults, priority, source.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::config::Family;
use crate::event::{Fault, Report, State};
use crate::router::Actions;
use crate::timing;

use super::{Instance, Phase};

impl Instance {
    /// A new effective priority: it goes into the next advert, or moves a backup's timer by what its skew changes.
    pub(crate) fn set_priority(&mut self, priority: u8, out: &mut Actions) {
        let priority = if self.reduced { 254 } else { priority };
        if priority == self.priority {
            return;
        }
        out.report(Report::Priority {
            instance: self.id,
            from: self.priority,
            to: priority,
        });
        let old = self.skew();
        self.priority = priority;
        let new = self.skew();
        if let Phase::Backup(backup) = &mut self.phase {
            backup.master_down = timing::shifted(backup.master_down, old, new);
        }
    }

    /// Why it cannot take part from here on. That a script has not run yet is silent.
    pub(crate) fn set_faults(&mut self, faults: BTreeSet<Fault>, out: &mut Actions) {
        let instance = self.id;
        let loud = |fault: &&Fault| !matches!(fault, Fault::ScriptPending(_));
        for &fault in faults.difference(&self.faults).filter(loud) {
            out.report(Report::FaultAdded { instance, fault });
        }
        for &fault in self.faults.difference(&faults).filter(loud) {
            out.report(Report::FaultCleared { instance, fault });
        }
        self.faults = faults;
    }

    /// Whether another member of its sync group has a fault.
    pub(crate) fn set_group_fault(&mut self, faulty: bool, out: &mut Actions) {
        let mut faults = self.faults.clone();
        let changed = if faulty {
            faults.insert(Fault::Group)
        } else {
            faults.remove(&Fault::Group)
        };
        if changed {
            self.set_faults(faults, out);
        }
    }

    /// A fault that others of its sync group have to follow.
    pub(crate) fn has_own_fault(&self) -> bool {
        self.faults.iter().any(|fault| match fault {
            Fault::Link(_) | Fault::NoAddress | Fault::Script(_) => true,
            Fault::ScriptPending(_) | Fault::Group => false,
        })
    }

    /// Has to be in FAULT.
    pub(crate) fn is_faulty(&self) -> bool {
        self.has_own_fault() || self.faults.contains(&Fault::Group)
    }

    /// It cannot leave INIT or FAULT before a script has run, or a link was heard of. Silent.
    pub(crate) fn is_pending(&self) -> bool {
        let script = |fault: &Fault| matches!(fault, Fault::ScriptPending(_));
        self.awaits_link || self.faults.iter().any(script)
    }

    /// In INIT or FAULT.
    pub(crate) fn is_held(&self) -> bool {
        match self.state() {
            State::Init | State::Fault => true,
            State::Backup | State::Master => false,
        }
    }

    /// The address that adverts leave from. Without one the last stays, for a last advert.
    pub(crate) fn set_source(&mut self, source: Option<IpAddr>) {
        if source.is_some() {
            self.source = source;
        }
    }

    /// The address that it would send from.
    pub(crate) fn source_for(&self, own: Option<IpAddr>) -> Option<IpAddr> {
        let configured = self
            .config
            .source
            .filter(|ip| Family::of(*ip) == self.config.family);
        configured.or(own)
    }

    /// An owner that had given way, and is alone again.
    pub(super) fn restore_owner(&mut self, out: &mut Actions) {
        if self.reduced {
            self.reduced = false;
            self.set_priority(self.config.priority, out);
        }
    }
}
