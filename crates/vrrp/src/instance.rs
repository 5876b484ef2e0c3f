//! One virtual router: its state, its timers, and what it does when either changes.

mod bursts;
mod receive;
mod reconfigure;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::advert::{self, Advert};
use crate::config::{
    Family, GroupId, InitialState, InstanceConfig, InstanceId, Preempt, Transport, Version,
};
use crate::event::{Action, Counters, Fault, InstanceView, NotifyState, Report, State, Subject};
use crate::router::Actions;
use crate::stats::Reported;
use crate::timing;
use crate::track::Trackers;

use bursts::Bursts;
pub(crate) use receive::Heard;

/// Priority of an advert that says "I stop".
const STOPPING: u8 = 0;

/// What an instance does at the moment, with every deadline that exists while it does it.
#[derive(Debug, Clone)]
enum Phase {
    /// Not started, or held until its scripts have run once. Silent.
    Init,
    /// Why: [`Instance::faults`].
    Fault,
    /// Listens.
    Backup(Backup),
    /// Sends.
    Master(Master),
}

#[derive(Debug, Clone)]
struct Backup {
    master_down: Instant,
    /// When the preempt delay ends that a lower master's advert has begun.
    preempt_at: Option<Instant>,
    /// Its time has come, but others of its sync group are not ready.
    wants_master: bool,
}

#[derive(Debug, Clone)]
struct Master {
    next_advert: Instant,
    bursts: Bursts,
    /// When a lower advert was last answered.
    answered: Option<Instant>,
    rival: Option<Rival>,
}

/// How far we are with another router that says it owns the addresses, too.
///
/// `keepalived: vrrp_state_master_rx`
#[derive(Debug, Clone, Copy)]
enum Rival {
    /// It gets this many more adverts before it must have stopped.
    Told { adverts: u8, interval: Duration },
    /// Heard again before that, it will never stop.
    Doubted { until: Instant },
}

/// One virtual router.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) id: InstanceId,
    pub(crate) config: InstanceConfig,
    pub(crate) group: Option<GroupId>,
    pub(crate) trackers: Trackers,
    /// Why it cannot take part: a set of reasons, so that nothing is counted twice or forgotten.
    pub(crate) faults: BTreeSet<Fault>,
    phase: Phase,
    /// The state that users were told last: an owner starts without a word about BACKUP.
    shown: State,
    /// Where adverts come from. The last known one while the interface has none.
    source: Option<IpAddr>,
    /// Effective priority.
    priority: u8,
    /// An owner that gave way to another owner: 254 until that one is gone.
    reduced: bool,
    /// Interval of the master: ours, or learnt from a v3 master.
    master_interval: Duration,
    master: Option<(IpAddr, u8)>,
    ip_id: u16,
    counters: Counters,
    reported: Reported,
}

impl Instance {
    pub(crate) fn new(
        id: InstanceId,
        config: InstanceConfig,
        group: Option<GroupId>,
        trackers: Trackers,
    ) -> Self {
        Self {
            id,
            group,
            trackers,
            faults: BTreeSet::new(),
            phase: Phase::Init,
            shown: State::Init,
            source: None,
            priority: config.priority,
            reduced: false,
            master_interval: config.advert_interval,
            master: None,
            ip_id: 0,
            counters: Counters::default(),
            reported: Reported::default(),
            config,
        }
    }

    pub(crate) fn state(&self) -> State {
        match self.phase {
            Phase::Init => State::Init,
            Phase::Fault => State::Fault,
            Phase::Backup(_) => State::Backup,
            Phase::Master(_) => State::Master,
        }
    }

    /// The state that users know of.
    pub(crate) fn shown(&self) -> State {
        self.shown
    }

    /// The first of its deadlines.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Init | Phase::Fault => None,
            Phase::Backup(backup) => Some(backup.master_down),
            Phase::Master(master) => {
                let burst = master.bursts.deadline();
                Some(burst.map_or(master.next_advert, |burst| burst.min(master.next_advert)))
            }
        }
    }

    /// Whether it would be master if its sync group let it, or is.
    pub(crate) fn wants_master(&self) -> bool {
        match &self.phase {
            Phase::Init | Phase::Fault => false,
            Phase::Backup(backup) => backup.wants_master,
            Phase::Master(_) => true,
        }
    }

    /// Our interval; a senseless one would keep the loop spinning.
    fn interval(&self) -> Duration {
        self.config.advert_interval.max(Duration::from_millis(10))
    }

    /// An owner keeps an owner's skew when it has reduced itself to 254.
    fn skew(&self) -> Duration {
        let priority = if self.config.is_owner() {
            self.config.priority
        } else {
            self.priority
        };
        timing::skew(self.config.version, priority, self.master_interval)
    }

    /// How long a master may be silent.
    ///
    /// `RFC 9568 §6.1`, `RFC 3768 §6.1`
    fn master_down_time(&self) -> Duration {
        let adverts = u32::from(self.config.down_timer_adverts.max(1));
        self.master_interval
            .saturating_mul(adverts)
            .saturating_add(self.skew())
    }

    // Transitions

    /// Leaves INIT or FAULT. `at_once`: an owner that nobody of its group holds back.
    ///
    /// `state MASTER` shortens the first wait of a sync group's member, and of nobody else.
    ///
    /// `keepalived: vrrp_init_state, try_up_instance`
    pub(crate) fn enter_backup(&mut self, now: Instant, at_once: bool, out: &mut Actions) {
        let first = self.state() == State::Init;
        let master = self.config.initial_state == InitialState::Master;
        let grouped = self.group.is_some();
        self.master_interval = self.interval();
        self.master = None;
        let wait = if at_once {
            timing::AT_ONCE
        } else if first && master && grouped {
            let version = self.config.version;
            self.master_interval + timing::skew(version, 255, self.master_interval)
        } else {
            self.master_down_time()
        };
        self.phase = Phase::Backup(Backup {
            master_down: timing::after(now, wait),
            preempt_at: None,
            wants_master: at_once || (first && master && grouped),
        });
        if at_once {
            self.reported.clear();
        } else {
            self.show(State::Backup, out);
            self.notify(NotifyState::Backup, out);
        }
    }

    /// Takes over.
    ///
    /// The advert goes first: the old master must drop the addresses before we announce them.
    ///
    /// `RFC 9568 §6.4.2`, `keepalived: vrrp_state_become_master`
    pub(crate) fn become_master(&mut self, now: Instant, out: &mut Actions) {
        self.restore_owner(out);
        self.master_interval = self.interval();
        self.send_advert(self.priority, out);
        self.phase = Phase::Master(Master {
            next_advert: timing::after(now, self.interval()),
            bursts: Bursts::begin(now, &self.config.garp),
            answered: None,
            rival: None,
        });
        self.counters.become_master += 1;
        self.show(State::Master, out);
        out.push(Action::AddVips { instance: self.id });
        self.announce(self.config.garp.master_repeat, out);
        self.notify(NotifyState::Master, out);
    }

    /// Stops being master, without a fault: whoever takes over needs no priority 0.
    ///
    /// `keepalived: vrrp_state_leave_master`
    pub(crate) fn yield_master(&mut self, now: Instant, out: &mut Actions) {
        if self.state() != State::Master {
            return;
        }
        self.phase = Phase::Backup(Backup {
            master_down: timing::after(now, self.master_down_time()),
            preempt_at: None,
            wants_master: false,
        });
        self.counters.release_master += 1;
        self.show(State::Backup, out);
        out.push(Action::RemoveVips { instance: self.id });
        self.notify(NotifyState::Backup, out);
    }

    /// Cannot take part any longer. A master says so while it still can.
    pub(crate) fn enter_fault(&mut self, out: &mut Actions) {
        if self.state() == State::Fault {
            return;
        }
        self.show(State::Fault, out);
        self.farewell(out);
        self.release(out);
        self.phase = Phase::Fault;
        self.notify(NotifyState::Fault, out);
    }

    /// Priority 0, if it is master.
    pub(crate) fn farewell(&mut self, out: &mut Actions) {
        if self.state() == State::Master {
            self.send_advert(STOPPING, out);
            self.counters.priority_zero_sent += 1;
        }
    }

    /// Gives the addresses up, if it is master; it is nothing afterwards.
    pub(crate) fn release(&mut self, out: &mut Actions) {
        if self.state() == State::Master {
            self.counters.release_master += 1;
            out.push(Action::RemoveVips { instance: self.id });
            self.phase = Phase::Init;
        }
    }

    fn show(&mut self, to: State, out: &mut Actions) {
        if self.shown != to {
            out.report(Report::Entered {
                instance: self.id,
                from: self.shown,
                to,
            });
            self.shown = to;
        }
        self.reported.clear();
    }

    pub(crate) fn notify(&self, state: NotifyState, out: &mut Actions) {
        let subject = Subject::Instance(self.id);
        out.push(Action::Notify {
            subject,
            state,
            priority: self.priority,
        });
    }

    // Timers

    /// Does what is due. Returns whether it wants to be master from here on.
    pub(crate) fn on_timeout(&mut self, now: Instant, out: &mut Actions) -> bool {
        match &mut self.phase {
            Phase::Init | Phase::Fault => false,
            Phase::Backup(backup) if backup.master_down <= now => {
                backup.wants_master = true;
                out.report(Report::MasterDown { instance: self.id });
                true
            }
            Phase::Backup(_) => false,
            Phase::Master(_) => {
                self.on_master_timeout(now, out);
                false
            }
        }
    }

    /// The others of its sync group are not ready: it waits once more.
    ///
    /// `keepalived: vrrp_sync_can_goto_master`
    pub(crate) fn wait_for_group(&mut self, now: Instant) {
        let next = timing::after(now, self.master_down_time());
        if let Phase::Backup(backup) = &mut self.phase {
            backup.master_down = next;
        }
    }

    /// Adverts keep their phase: a late wake-up does not delay those that follow, and never makes two of them.
    fn on_master_timeout(&mut self, now: Instant, out: &mut Actions) {
        let interval = self.interval();
        let Phase::Master(master) = &mut self.phase else {
            return;
        };
        let repeats = master.bursts.take_due(now, &self.config.garp);
        let due = master.next_advert;
        if due <= now {
            master.next_advert = timing::next_beat(due, interval, now);
            master.rival = master.rival.map(|rival| rival.advert_sent(now, interval));
            self.send_advert(self.priority, out);
        }
        for repeat in repeats {
            self.announce(repeat, out);
        }
    }

    fn announce(&self, repeat: u32, out: &mut Actions) {
        if repeat > 0 {
            out.push(Action::Announce {
                instance: self.id,
                repeat,
            });
        }
    }

    // Tracking

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

    /// A script has to run before it can leave INIT or FAULT.
    pub(crate) fn is_pending(&self) -> bool {
        self.faults
            .iter()
            .any(|fault| matches!(fault, Fault::ScriptPending(_)))
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
    fn restore_owner(&mut self, out: &mut Actions) {
        if self.reduced {
            self.reduced = false;
            self.set_priority(self.config.priority, out);
        }
    }

    // Sending

    /// One advert, to the group or to each peer.
    fn send_advert(&mut self, priority: u8, out: &mut Actions) {
        let Some(source) = self.source else {
            return;
        };
        // 0 would let the kernel choose.
        self.ip_id = self.ip_id.checked_add(1).unwrap_or(1);
        self.counters.advert_sent += 1;
        let (destinations, hop_limit) = match &self.config.transport {
            Transport::Multicast { group } => (std::slice::from_ref(group), advert::HOP_LIMIT),
            Transport::Unicast { peers, ttl, .. } => (peers.as_slice(), *ttl),
        };
        for destination in destinations {
            if Family::of(*destination) != self.config.family {
                continue;
            }
            let packet = advert::encode(&Advert {
                source,
                destination: *destination,
                hop_limit,
                ip_id: self.ip_id,
                version: self.config.version,
                vrid: self.config.vrid,
                priority,
                interval: self.config.advert_interval,
                authentication: self.config.authentication.clone(),
                addresses: self.config.addresses.clone(),
            });
            let interface = self.config.interface;
            out.push(Action::Send {
                instance: self.id,
                interface,
                packet,
            });
        }
    }

    // Looking

    pub(crate) fn clear_counters(&mut self) {
        self.counters = Counters::default();
    }

    pub(crate) fn view(&self) -> InstanceView {
        let addressless = self.faults.contains(&Fault::NoAddress);
        InstanceView {
            name: self.config.name.clone(),
            state: self.state(),
            faults: self.faults.iter().copied().collect(),
            base_priority: self.config.priority,
            effective_priority: self.priority,
            source: self.source.filter(|_| !addressless),
            master: self.master,
            master_interval: self.master_interval,
            counters: self.counters,
        }
    }
}

impl Rival {
    fn advert_sent(self, now: Instant, ours: Duration) -> Self {
        match self {
            Self::Told { adverts, interval } if adverts > 1 => Self::Told {
                adverts: adverts - 1,
                interval,
            },
            Self::Told { interval, .. } => Self::Doubted {
                until: timing::after(now, interval.max(ours) * 6 / 5),
            },
            Self::Doubted { until } => Self::Doubted { until },
        }
    }
}

/// Whether a backup leaves a lower master in place for the time being.
fn holds_back(config: &InstanceConfig, backup: &Backup, now: Instant) -> bool {
    match config.preempt {
        _ if config.is_owner() => false,
        Preempt::Never => true,
        Preempt::After(delay) => !delay.is_zero() && backup.preempt_at.is_none_or(|at| at > now),
    }
}

/// Whether an instance learns the master's interval.
fn learns_interval(config: &InstanceConfig) -> bool {
    config.version == Version::V3
}
