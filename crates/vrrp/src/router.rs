//! The router: all instances, groups and scripts of one daemon.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Instant;

use crate::advert::{DecodeError, Frame};
use crate::config::{
    Family, GroupId, InstanceConfig, InstanceId, InterfaceId, RouterConfig, ScriptId, Transport,
};
use crate::event::{
    Action, Event, Fault, NotifyState, Packet, Report, ScriptOutcome, Snapshot, State, Subject,
};
use crate::group::Group;
use crate::instance::{Heard, Instance};
use crate::stats::{Once, Reported};
use crate::timing::{Deadlines, Timer};
use crate::track::{Link, Script, Tracked, Trackers};

/// What the shell has yet to fetch.
#[derive(Debug, Default)]
pub(crate) struct Actions(VecDeque<Action>);

impl Actions {
    pub(crate) fn push(&mut self, action: Action) {
        self.0.push_back(action);
    }

    pub(crate) fn report(&mut self, report: Report) {
        self.push(Action::Report(report));
    }
}

/// How far the router is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    /// Learns of links and addresses.
    Waiting,
    /// Has had [`Event::Start`].
    Started,
    /// Has had [`Event::Shutdown`]. Nothing comes after it.
    Stopped,
}

/// Who has to look when something changes; worked out once for each configuration.
#[derive(Debug, Default)]
pub(crate) struct Index {
    addressees: BTreeMap<(InterfaceId, Family, u8), Vec<InstanceId>>,
    by_interface: BTreeMap<InterfaceId, Vec<InstanceId>>,
    by_script: BTreeMap<ScriptId, Vec<InstanceId>>,
}

/// All virtual routers of one daemon.
#[derive(Debug)]
pub struct Router {
    pub(crate) run: Run,
    pub(crate) interfaces: Vec<String>,
    pub(crate) instances: Vec<Instance>,
    pub(crate) groups: Vec<Group>,
    pub(crate) tracked: Tracked,
    pub(crate) index: Index,
    pub(crate) deadlines: Deadlines,
    /// Instances whose deadline may have moved in this `handle`.
    pub(crate) touched: Vec<InstanceId>,
    pub(crate) actions: Actions,
    pub(crate) foreign: Foreign,
}

/// Packets that are nobody's.
#[derive(Debug, Default)]
pub(crate) struct Foreign {
    count: u64,
    pub(crate) reported: BTreeMap<InterfaceId, Reported>,
    pub(crate) vrids: BTreeSet<(InterfaceId, u8)>,
}

impl Router {
    /// A router that has not started: hand in links and addresses, then [`Event::Start`].
    pub fn new(config: RouterConfig) -> Self {
        let groups = group_of(&config);
        let mut router = Self {
            run: Run::Waiting,
            tracked: Tracked {
                links: vec![Link::default(); config.interfaces.len()],
                scripts: ids(config.scripts, ScriptId, Script::new),
            },
            interfaces: config.interfaces,
            instances: Vec::with_capacity(config.instances.len()),
            groups: Vec::new(),
            index: Index::default(),
            deadlines: Deadlines::default(),
            touched: Vec::new(),
            actions: Actions::default(),
            foreign: Foreign::default(),
        };
        for (id, instance) in numbered(config.instances, InstanceId) {
            let group = groups.get(&id).copied();
            let group_config = group.and_then(|group| config.groups.get(usize::from(group.0)));
            let trackers = Trackers::new(&instance, group_config);
            router
                .instances
                .push(Instance::new(id, instance, group, trackers));
        }
        router.groups = ids(config.groups, GroupId, |id, config| {
            Group::new(id, config, &groups)
        });
        router.index = Index::new(&router.instances);
        router
    }

    /// Takes in what happened at `now`.
    pub fn handle(&mut self, now: Instant, event: Event) {
        match self.run {
            Run::Waiting => self.before_start(now, event),
            Run::Started => self.react(now, event),
            Run::Stopped => return,
        }
        self.rearm();
    }

    /// There is no deadline, no socket, no run and no address of ours yet.
    fn before_start(&mut self, now: Instant, event: Event) {
        match event {
            Event::Start => self.start(now),
            Event::Timeout
            | Event::Datagram { .. }
            | Event::ScriptDone { .. }
            | Event::VipsLost { .. } => {}
            Event::Link { .. }
            | Event::Address { .. }
            | Event::ClearCounters
            | Event::Reload(_)
            | Event::Shutdown => self.react(now, event),
        }
    }

    fn react(&mut self, now: Instant, event: Event) {
        match event {
            Event::Start => {}
            Event::Timeout => self.on_timeout(now),
            Event::Datagram { interface, packet } => self.on_datagram(now, interface, &packet),
            Event::Link { interface, up } => self.on_link(now, interface, |link| link.set_up(up)),
            Event::Address {
                interface,
                family,
                address,
            } => {
                self.on_link(now, interface, |link| link.set_address(family, address));
            }
            Event::ScriptDone { script, outcome } => self.on_script(now, script, outcome),
            Event::VipsLost { instance } => self.on_vips_lost(now, instance),
            Event::ClearCounters => self.clear_counters(),
            Event::Reload(config) => self.reload(now, *config),
            Event::Shutdown => self.shutdown(),
        }
    }

    /// The next thing to do; drain after every [`Self::handle`].
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.0.pop_front()
    }

    /// When to hand in [`Event::Timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first()
    }

    /// When an instance's timer ends.
    pub fn instance_timeout(&self, instance: InstanceId) -> Option<Instant> {
        self.deadlines.of(Timer::Instance(instance))
    }

    /// What there is to see.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            instances: self.instances.iter().map(Instance::view).collect(),
            groups: self.groups.iter().map(Group::view).collect(),
            scripts: self.tracked.scripts.iter().map(Script::view).collect(),
            foreign_packets: self.foreign.count,
        }
    }

    // Who is meant

    /// One of our instances, with somewhere to put its actions. Its deadline is looked at again afterwards.
    pub(crate) fn on(&mut self, id: InstanceId) -> (&mut Instance, &mut Actions) {
        self.touched.push(id);
        (&mut self.instances[usize::from(id.0)], &mut self.actions)
    }

    pub(crate) fn instance(&self, id: InstanceId) -> &Instance {
        &self.instances[usize::from(id.0)]
    }

    pub(crate) fn instance_ids(&self) -> impl Iterator<Item = InstanceId> + use<> {
        numbered(0..self.instances.len(), InstanceId).map(|(id, _)| id)
    }

    pub(crate) fn group_ids(&self) -> impl Iterator<Item = GroupId> + use<> {
        numbered(0..self.groups.len(), GroupId).map(|(id, _)| id)
    }

    fn rearm(&mut self) {
        for id in std::mem::take(&mut self.touched) {
            let deadline = match self.run {
                Run::Waiting | Run::Stopped => None,
                Run::Started => self.instance(id).deadline(),
            };
            self.deadlines.set(Timer::Instance(id), deadline);
        }
    }

    // Start and stop

    /// Group notifications go before those of instances here, and only here.
    fn start(&mut self, now: Instant) {
        self.run = Run::Started;
        self.tracked.start();
        for id in self.instance_ids() {
            self.assess(id);
        }
        self.announce_groups();
        self.settle_all(now);
        self.start_scripts(now);
    }

    pub(crate) fn start_scripts(&mut self, now: Instant) {
        for (id, script) in numbered(&mut self.tracked.scripts, ScriptId) {
            script.start(now, &mut self.actions);
            self.deadlines.set(Timer::Script(id), script.deadline());
        }
    }

    /// The adverts first, all of them: until they are out nobody takes over.
    fn shutdown(&mut self) {
        let started = self.run == Run::Started;
        for id in self.instance_ids() {
            let (instance, out) = self.on(id);
            instance.farewell(out);
        }
        for id in self.instance_ids() {
            let (instance, out) = self.on(id);
            instance.release(out);
        }
        for id in self.instance_ids().filter(|_| started) {
            let (instance, out) = self.on(id);
            instance.notify(NotifyState::Stop, out);
        }
        for id in self.group_ids().filter(|_| started) {
            let subject = Subject::Group(id);
            self.actions.push(Action::Notify {
                subject,
                state: NotifyState::Stop,
                priority: 0,
            });
        }
        self.run = Run::Stopped;
        self.deadlines = Deadlines::default();
    }

    // Timers

    /// Everything that is due. Of a sync group, all members whose time has come are looked at together.
    fn on_timeout(&mut self, now: Instant) {
        let mut candidates: BTreeMap<GroupId, Vec<InstanceId>> = BTreeMap::new();
        for timer in self.deadlines.due(now) {
            match timer {
                Timer::Script(id) => self.on_script_timeout(now, id),
                Timer::Instance(id) => {
                    let (instance, out) = self.on(id);
                    if !instance.on_timeout(now, out) {
                        continue;
                    }
                    match instance.group {
                        None => instance.become_master(now, out),
                        Some(group) => candidates.entry(group).or_default().push(id),
                    }
                }
            }
        }
        for (group, members) in candidates {
            self.take_over(now, group, &members);
        }
    }

    fn on_script_timeout(&mut self, now: Instant, id: ScriptId) {
        if let Some(script) = self.tracked.scripts.get_mut(usize::from(id.0)) {
            script.on_timeout(now, &mut self.actions);
            self.deadlines.set(Timer::Script(id), script.deadline());
        }
    }

    // Packets

    fn on_datagram(&mut self, now: Instant, interface: InterfaceId, packet: &Packet) {
        let frame = match Frame::parse(packet) {
            Ok(frame) => frame,
            Err(error) => return self.refuse(interface, None, error),
        };
        let vrid = match frame.vrid() {
            Ok(vrid) => vrid,
            Err(error) => return self.refuse(interface, Some(frame.source), error),
        };
        let key = (interface, frame.family(), vrid);
        let Some(id) = self
            .index
            .addressees
            .get(&key)
            .and_then(|ids| self.addressee(ids, &frame))
        else {
            return self.refuse(
                interface,
                Some(frame.source),
                DecodeError::UnknownVrid(vrid),
            );
        };
        let (instance, out) = self.on(id);
        let shown = instance.shown();
        let heard = instance.on_frame(now, interface, &frame, out);
        let news = instance.group.filter(|_| instance.shown() != shown);
        self.spread(now, id, heard);
        // An owner that gives way to another one is a backup that was not to be seen before.
        if let Some(group) = news {
            self.show_group(group);
        }
    }

    /// Which of several instances with one VRID a packet is for. If it is for none, the first one refuses it.
    ///
    /// `keepalived: vrrp_exist`
    fn addressee(&self, ids: &[InstanceId], frame: &Frame<'_>) -> Option<InstanceId> {
        let fits = |id: &&InstanceId| match &self.instance(**id).config.transport {
            Transport::Multicast { group } => *group == frame.destination,
            Transport::Unicast { peers, .. } => {
                !frame.destination.is_multicast() && peers.contains(&frame.source)
            }
        };
        match ids {
            [only] => Some(*only),
            several => several.iter().find(fits).or(several.first()).copied(),
        }
    }

    fn refuse(&mut self, interface: InterfaceId, source: Option<IpAddr>, error: DecodeError) {
        self.foreign.count += 1;
        let first = if let DecodeError::UnknownVrid(vrid) = error {
            self.foreign.vrids.insert((interface, vrid))
        } else {
            let reported = self.foreign.reported.entry(interface).or_default();
            reported.first(Once::Rejected(error))
        };
        if first {
            self.actions.report(Report::Rejected {
                instance: None,
                interface,
                source,
                error,
            });
        }
    }

    /// What an advert means for the rest of the sync group.
    fn spread(&mut self, now: Instant, id: InstanceId, heard: Heard) {
        let group = self.instance(id).group;
        match (heard, group) {
            (Heard::Nothing, _) | (Heard::Higher, None) => {}
            (Heard::Higher, Some(group)) => self.back_up(now, group),
            (Heard::Lower, group) => {
                if let Some(group) = group {
                    self.announce_after_lower(now, group, id);
                }
                let (instance, out) = self.on(id);
                instance.notify(NotifyState::MasterRxLowerPri, out);
            }
        }
    }

    // Links, scripts, addresses

    fn on_link(&mut self, now: Instant, interface: InterfaceId, change: impl FnOnce(&mut Link)) {
        let Some(link) = self.tracked.links.get_mut(usize::from(interface.0)) else {
            return;
        };
        let before = *link;
        change(link);
        if *link != before {
            let users = self
                .index
                .by_interface
                .get(&interface)
                .cloned()
                .unwrap_or_default();
            self.look_again(now, &users);
        }
    }

    fn on_script(&mut self, now: Instant, id: ScriptId, outcome: ScriptOutcome) {
        let Some(script) = self.tracked.scripts.get_mut(usize::from(id.0)) else {
            return;
        };
        if script.on_done(outcome, &mut self.actions) {
            let users = self.index.by_script.get(&id).cloned().unwrap_or_default();
            self.look_again(now, &users);
        }
    }

    fn on_vips_lost(&mut self, now: Instant, id: InstanceId) {
        if usize::from(id.0) >= self.instances.len() || self.instance(id).state() != State::Master {
            return;
        }
        let (instance, out) = self.on(id);
        instance.yield_master(now, out);
        if let Some(group) = instance.group {
            self.back_up(now, group);
        }
    }

    fn clear_counters(&mut self) {
        self.foreign.count = 0;
        self.instances.iter_mut().for_each(Instance::clear_counters);
    }

    // Faults and priorities

    /// Something that these instances track has changed. Each group is settled once, its first changed member first.
    fn look_again(&mut self, now: Instant, ids: &[InstanceId]) {
        if self.run != Run::Started {
            return;
        }
        let mut groups = BTreeMap::new();
        for id in ids {
            self.assess(*id);
            match self.instance(*id).group {
                None => self.settle(now, *id),
                Some(group) => {
                    groups.entry(group).or_insert(*id);
                }
            }
        }
        for (group, cause) in groups {
            self.settle_group(now, group, Some(cause));
        }
    }

    /// Works out faults, source and priority from everything that is tracked.
    pub(crate) fn assess(&mut self, id: InstanceId) {
        self.touched.push(id);
        let instance = &mut self.instances[usize::from(id.0)];
        let link = self.tracked.link(instance.config.interface);
        let source = instance.source_for(link.address(instance.config.family));
        let mut faults = instance
            .trackers
            .faults(&instance.config, &self.tracked, source);
        instance.awaits_link = instance
            .trackers
            .is_waiting(&instance.config, &self.tracked);
        if instance.group.is_some() && instance.faults.contains(&Fault::Group) {
            faults.insert(Fault::Group);
        }
        instance.set_source(source);
        instance.set_faults(faults, &mut self.actions);
        let priority = instance.trackers.priority(&instance.config, &self.tracked);
        instance.set_priority(priority, &mut self.actions);
    }

    /// Follows the faults of an instance that is in no group.
    pub(crate) fn settle(&mut self, now: Instant, id: InstanceId) {
        let (instance, out) = self.on(id);
        if instance.is_faulty() {
            instance.enter_fault(out);
        } else if instance.is_held() && !instance.is_pending() {
            let at_once = instance.config.is_owner();
            instance.enter_backup(now, at_once, out);
        }
    }

    pub(crate) fn settle_all(&mut self, now: Instant) {
        for id in self.instance_ids() {
            if self.instance(id).group.is_none() {
                self.settle(now, id);
            }
        }
        for group in self.group_ids() {
            self.settle_group(now, group, None);
        }
    }
}

impl Index {
    pub(crate) fn new(instances: &[Instance]) -> Self {
        let mut index = Self::default();
        for Instance {
            id,
            config,
            trackers,
            ..
        } in instances
        {
            index.addressees.entry(key(config)).or_default().push(*id);
            let own = std::iter::once(config.interface);
            for interface in trackers.interfaces().chain(own).collect::<BTreeSet<_>>() {
                index.by_interface.entry(interface).or_default().push(*id);
            }
            for script in trackers.scripts().collect::<BTreeSet<_>>() {
                index.by_script.entry(script).or_default().push(*id);
            }
        }
        index
    }
}

fn key(config: &InstanceConfig) -> (InterfaceId, Family, u8) {
    (config.interface, config.family, config.vrid)
}

/// Which group an instance is in: the first that names it.
pub(crate) fn group_of(config: &RouterConfig) -> BTreeMap<InstanceId, GroupId> {
    let mut groups = BTreeMap::new();
    for (id, group) in numbered(&config.groups, GroupId) {
        for member in &group.members {
            if usize::from(member.0) < config.instances.len() {
                groups.entry(*member).or_insert(id);
            }
        }
    }
    groups
}

/// A list with its ids.
pub(crate) fn numbered<I: IntoIterator, Id>(
    list: I,
    id: impl Fn(u16) -> Id,
) -> impl Iterator<Item = (Id, I::Item)> {
    (0..=u16::MAX).map(id).zip(list)
}

/// A list made from a list, with ids.
pub(crate) fn ids<C, Id, T>(
    list: Vec<C>,
    id: impl Fn(u16) -> Id,
    make: impl Fn(Id, C) -> T,
) -> Vec<T> {
    numbered(list, id)
        .map(|(id, config)| make(id, config))
        .collect()
}
