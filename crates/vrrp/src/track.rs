//! What instances track: links, own addresses, scripts.
//!
//! Faults and priorities are always worked out anew from the state of everything that is tracked, so that they
//! cannot drift away from it.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Instant;

use crate::config::{
    Family, GroupConfig, InstanceConfig, InterfaceId, ScriptConfig, ScriptId, TrackInterface,
    TrackScript, Weight,
};
use crate::event::{Action, Fault, Report, ScriptOutcome, ScriptView};
use crate::router::Actions;
use crate::timing;

/// What is known of one interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Link {
    /// False only between a reload that named the interface first and the shell's word about it. Until then
    /// it is no reason for anything: whoever runs goes on, whoever is new waits.
    pub(crate) heard_of: bool,
    pub(crate) up: bool,
    pub(crate) v4: Option<IpAddr>,
    pub(crate) v6: Option<IpAddr>,
}

impl Link {
    pub(crate) fn set_up(&mut self, up: bool) {
        self.heard_of = true;
        self.up = up;
    }

    fn is_down(&self) -> bool {
        self.heard_of && !self.up
    }

    pub(crate) fn address(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::V4 => self.v4,
            Family::V6 => self.v6,
        }
    }

    pub(crate) fn set_address(&mut self, family: Family, address: Option<IpAddr>) {
        // An address of the other family is no address to send from.
        let address = address.filter(|address| Family::of(*address) == family);
        match family {
            Family::V4 => self.v4 = address,
            Family::V6 => self.v6 = address,
        }
    }
}

/// The state of everything that can be tracked.
#[derive(Debug, Default)]
pub(crate) struct Tracked {
    pub(crate) links: Vec<Link>,
    pub(crate) scripts: Vec<Script>,
}

impl Tracked {
    pub(crate) fn link(&self, id: InterfaceId) -> Link {
        self.links
            .get(usize::from(id.0))
            .copied()
            .unwrap_or_default()
    }

    /// What was not heard of until the start is down.
    pub(crate) fn start(&mut self) {
        for link in &mut self.links {
            link.heard_of = true;
        }
    }

    fn script(&self, id: ScriptId) -> Option<&Script> {
        self.scripts.get(usize::from(id.0))
    }
}

/// What one instance tracks, on its own account and its group's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trackers {
    fault_links: BTreeSet<InterfaceId>,
    reverse_fault_links: BTreeSet<InterfaceId>,
    weighted_links: Vec<TrackInterface>,
    fault_scripts: Vec<TrackScript>,
    weighted_scripts: Vec<TrackScript>,
}

impl Trackers {
    /// Sorts out what counts as a fault and what changes the priority.
    pub(crate) fn new(config: &InstanceConfig, group: Option<&GroupConfig>) -> Self {
        let mut trackers = Self::default();
        if config.track_primary {
            trackers.fault_links.insert(config.interface);
        }
        trackers
            .fault_links
            .extend(config.address_interfaces.iter().copied());

        // Members of a group move together, so they must not differ in priority by what they track themselves;
        // what the group tracks counts the same for all of them.
        // keepalived: vrrp_complete_instance, sync_group_tracking_init
        let own_weights = group.is_none_or(|group| group.tracking_weight);
        let group_links = group.map_or(&[][..], |group| &group.track_interfaces);
        let own_links = config.track_interfaces.iter().map(|t| (t, own_weights));
        for (track, weights) in own_links.chain(group_links.iter().map(|t| (t, true))) {
            if track.interface != config.interface {
                trackers.add_link(*track, weights, config.is_owner());
            }
        }
        let group_scripts = group.map_or(&[][..], |group| &group.track_scripts);
        let own_scripts = config.track_scripts.iter().map(|t| (t, own_weights));
        for (track, weights) in own_scripts.chain(group_scripts.iter().map(|t| (t, true))) {
            trackers.add_script(*track, weights, config.is_owner());
        }
        trackers
    }

    fn add_link(&mut self, track: TrackInterface, weights: bool, owner: bool) {
        if track.weight.value == 0 || !weights {
            match track.weight.reverse {
                false => self.fault_links.insert(track.interface),
                true => self.reverse_fault_links.insert(track.interface),
            };
        } else if !owner {
            self.weighted_links.push(track);
        }
    }

    fn add_script(&mut self, track: TrackScript, weights: bool, owner: bool) {
        if track.weight.value == 0 {
            self.fault_scripts.push(track);
        } else if weights && !owner {
            self.weighted_scripts.push(track);
        }
    }

    /// Every interface it looks at.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = InterfaceId> {
        let weighted = self.weighted_links.iter().map(|track| track.interface);
        self.fault_links
            .iter()
            .chain(&self.reverse_fault_links)
            .copied()
            .chain(weighted)
    }

    /// Every script it looks at.
    pub(crate) fn scripts(&self) -> impl Iterator<Item = ScriptId> {
        self.fault_scripts
            .iter()
            .chain(&self.weighted_scripts)
            .map(|track| track.script)
    }

    /// Whether something is not known yet that may turn out to be a fault.
    pub(crate) fn is_waiting(&self, config: &InstanceConfig, tracked: &Tracked) -> bool {
        let links = self.fault_links.iter().chain(&self.reverse_fault_links);
        let own = std::iter::once(&config.interface);
        links.chain(own).any(|id| !tracked.link(*id).heard_of)
    }

    /// Why an instance with these trackers and this address cannot take part.
    pub(crate) fn faults(
        &self,
        config: &InstanceConfig,
        tracked: &Tracked,
        address: Option<IpAddr>,
    ) -> BTreeSet<Fault> {
        let down = self
            .fault_links
            .iter()
            .filter(|id| tracked.link(**id).is_down());
        let up = self
            .reverse_fault_links
            .iter()
            .filter(|id| tracked.link(**id).up);
        let mut faults: BTreeSet<Fault> = down.chain(up).map(|id| Fault::Link(*id)).collect();
        if address.is_none() && tracked.link(config.interface).heard_of {
            faults.insert(Fault::NoAddress);
        }
        for track in &self.fault_scripts {
            match tracked.script(track.script) {
                Some(script) if !script.has_run => {
                    faults.insert(Fault::ScriptPending(track.script));
                }
                Some(script) if script.up == track.weight.reverse => {
                    faults.insert(Fault::Script(track.script));
                }
                Some(_) | None => {}
            }
        }
        faults
    }

    /// The effective priority.
    pub(crate) fn priority(&self, config: &InstanceConfig, tracked: &Tracked) -> u8 {
        if config.is_owner() {
            return config.priority;
        }
        let links = self
            .weighted_links
            .iter()
            .map(|track| contribution(track.weight, !tracked.link(track.interface).is_down()));
        let scripts = self.weighted_scripts.iter().map(|track| {
            contribution(
                track.weight,
                tracked.script(track.script).is_some_and(|s| s.up),
            )
        });
        let sum = i32::from(config.priority) + links.chain(scripts).sum::<i32>();
        u8::try_from(sum.clamp(1, 254)).expect("clamped to 1..=254")
    }
}

/// `keepalived: vrrp_set_effective_priority`
fn contribution(weight: Weight, up: bool) -> i32 {
    let counts = if weight.value > 0 { up } else { !up };
    match (counts, weight.reverse) {
        (false, _) => 0,
        (true, false) => i32::from(weight.value),
        (true, true) => -i32::from(weight.value),
    }
}

/// A track script: when it runs, and what its results come to.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    id: ScriptId,
    config: ScriptConfig,
    /// Counts as good.
    up: bool,
    /// Has ended at least once.
    has_run: bool,
    running: bool,
    /// Results in a row that contradict `up`.
    against: u32,
    last: Option<ScriptOutcome>,
    next_run: Option<Instant>,
}

impl Script {
    pub(crate) fn new(id: ScriptId, config: ScriptConfig) -> Self {
        let up = !config.init_fail;
        Self {
            id,
            config,
            up,
            has_run: false,
            running: false,
            against: 0,
            last: None,
            next_run: None,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.config.name
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next_run
    }

    /// The first run.
    pub(crate) fn start(&mut self, now: Instant, out: &mut Actions) {
        if self.next_run.is_none() {
            self.next_run = Some(now);
            self.on_timeout(now, out);
        }
    }

    /// Runs it if it is due and not running. The period counts from start to start.
    pub(crate) fn on_timeout(&mut self, now: Instant, out: &mut Actions) {
        let Some(due) = self.next_run.filter(|due| *due <= now) else {
            return;
        };
        let period = self
            .config
            .interval
            .max(std::time::Duration::from_millis(1));
        self.next_run = Some(timing::next_beat(due, period, now));
        if self.running {
            out.report(Report::ScriptStillRunning { script: self.id });
        } else {
            self.running = true;
            out.push(Action::RunScript { script: self.id });
        }
    }

    /// Takes in a result; whether trackers have to be looked at again.
    ///
    /// The first run decides alone, after it `rise` or `fall` in a row are needed.
    ///
    /// `keepalived: vrrp_script_child_thread`
    pub(crate) fn on_done(&mut self, outcome: ScriptOutcome, out: &mut Actions) -> bool {
        if !self.running {
            return false;
        }
        self.running = false;
        // Before the first run the original holds an exit status of 0.
        if self.last.unwrap_or(ScriptOutcome::Exited(0)) != outcome {
            out.report(Report::ScriptReturned {
                script: self.id,
                outcome,
            });
        }
        self.last = Some(outcome);

        let success = outcome.is_success();
        let needed = match (self.has_run, success) {
            (false, _) => 0,
            (true, true) => self.config.rise,
            (true, false) => self.config.fall,
        };
        if self.has_run && success == self.up {
            self.against = 0;
            return false;
        }
        self.against += 1;
        if self.against < needed {
            return false;
        }
        self.has_run = true;
        self.against = 0;
        self.up = success;
        out.report(Report::ScriptChanged {
            script: self.id,
            up: success,
            outcome,
        });
        true
    }

    /// Goes on under a new id and definition. A run of before the reload is no longer waited for.
    pub(crate) fn reconfigure(&mut self, now: Instant, id: ScriptId, config: ScriptConfig) {
        self.id = id;
        self.running = false;
        if (config.rise, config.fall) != (self.config.rise, self.config.fall) {
            self.against = 0;
        }
        if config.interval < self.config.interval {
            let soonest = timing::after(now, config.interval);
            self.next_run = self.next_run.map(|at| at.min(soonest));
        }
        self.config = config;
    }

    pub(crate) fn view(&self) -> ScriptView {
        ScriptView {
            name: self.config.name.clone(),
            up: self.up,
            has_run: self.has_run,
            running: self.running,
            last: self.last,
        }
    }
}
