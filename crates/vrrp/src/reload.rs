//! A new configuration in place of the old one: what goes on, what goes, what begins.
//!
//! Instances are matched by what they are on the wire, not by name; groups and scripts by name. Whatever goes on
//! keeps its state and its deadlines, so a master stays master without a gap, and the same configuration again
//! changes nothing.
//!
//! `keepalived: vrrp_exist, clear_diff_vrrp`

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Instant;

use crate::config::{
    Family, GroupConfig, GroupId, InstanceConfig, InstanceId, InterfaceId, RouterConfig,
    ScriptConfig, ScriptId, Transport,
};
use crate::event::{Action, Fault, NotifyState, State};
use crate::group::Group;
use crate::instance::Instance;
use crate::router::{self, Foreign, Index, Router, Run};
use crate::timing::{Deadlines, Timer};
use crate::track::{Link, Script, Tracked, Trackers};

/// What makes an instance the same one.
type Identity = (u8, Family, String, bool, Option<IpAddr>);

fn identity(config: &InstanceConfig, interfaces: &[String]) -> Identity {
    let interface = interfaces
        .get(usize::from(config.interface.0))
        .cloned()
        .unwrap_or_default();
    let (unicast, address) = match &config.transport {
        Transport::Multicast { group } => (false, Some(*group)),
        Transport::Unicast { .. } => (true, config.source),
    };
    (config.vrid, config.family, interface, unicast, address)
}

/// New ids of what has an id now.
struct Renumbering {
    interfaces: BTreeMap<InterfaceId, InterfaceId>,
    scripts: BTreeMap<ScriptId, ScriptId>,
}

impl Renumbering {
    fn fault(&self, fault: Fault) -> Option<Fault> {
        match fault {
            Fault::Link(id) => self.interfaces.get(&id).copied().map(Fault::Link),
            Fault::Script(id) => self.scripts.get(&id).copied().map(Fault::Script),
            Fault::ScriptPending(id) => self.scripts.get(&id).copied().map(Fault::ScriptPending),
            Fault::NoAddress | Fault::Group => Some(fault),
        }
    }
}

impl Router {
    /// Replaces the configuration.
    pub(crate) fn reload(&mut self, now: Instant, config: RouterConfig) {
        let origins = self.origins(&config);
        self.drop_instances(&origins);
        let kept = origins.iter().map(|(new, old)| (*old, *new)).collect();
        let renumbering = self.renumber(&config);
        let before = self.replace_instances(now, &config, &origins, &renumbering);
        let formed = self.replace_groups(config.groups, &origins);
        self.replace_tracked(now, config.interfaces, config.scripts, &renumbering);
        self.index = Index::new(&self.instances);
        self.foreign.forget();
        self.touched = self.instance_ids().collect();
        self.actions.push(Action::Reloaded { kept });
        if self.run == Run::Started {
            self.bring_up(now, &before, &formed);
        }
    }

    /// The old id of each new instance that goes on. Where several are the same on the wire, names decide.
    fn origins(&self, config: &RouterConfig) -> BTreeMap<InstanceId, InstanceId> {
        let mut old: BTreeMap<Identity, Vec<InstanceId>> = BTreeMap::new();
        for instance in &self.instances {
            let identity = identity(&instance.config, &self.interfaces);
            old.entry(identity).or_default().push(instance.id);
        }
        let mut origins = BTreeMap::new();
        for by_name in [true, false] {
            for (id, new) in router::numbered(&config.instances, InstanceId) {
                let Some(candidates) = old.get_mut(&identity(new, &config.interfaces)) else {
                    continue;
                };
                let same =
                    |old: &InstanceId| !by_name || self.instance(*old).config.name == new.name;
                let found = candidates.iter().position(same);
                if let Some(found) = found.filter(|_| !origins.contains_key(&id)) {
                    origins.insert(id, candidates.remove(found));
                }
            }
        }
        origins
    }

    /// Instances that are gone say so, under their old ids.
    fn drop_instances(&mut self, origins: &BTreeMap<InstanceId, InstanceId>) {
        let kept: BTreeSet<InstanceId> = origins.values().copied().collect();
        let gone: Vec<InstanceId> = self
            .instance_ids()
            .filter(|id| !kept.contains(id))
            .collect();
        for id in &gone {
            let (instance, out) = self.on(*id);
            instance.farewell(out);
        }
        for id in gone {
            let started = self.run == Run::Started;
            let (instance, out) = self.on(id);
            instance.release(out);
            if started {
                instance.notify(NotifyState::Deleted, out);
            }
        }
    }

    fn renumber(&self, config: &RouterConfig) -> Renumbering {
        let names = |list: Vec<&str>| -> BTreeMap<String, u16> {
            list.into_iter()
                .map(str::to_owned)
                .zip(0..=u16::MAX)
                .collect()
        };
        let interfaces = names(config.interfaces.iter().map(String::as_str).collect());
        let scripts = names(
            config
                .scripts
                .iter()
                .map(|script| script.name.as_str())
                .collect(),
        );
        Renumbering {
            interfaces: router::numbered(&self.interfaces, InterfaceId)
                .filter_map(|(id, name)| Some((id, InterfaceId(*interfaces.get(name)?))))
                .collect(),
            scripts: router::numbered(&self.tracked.scripts, ScriptId)
                .filter_map(|(id, script)| Some((id, ScriptId(*scripts.get(script.name())?))))
                .collect(),
        }
    }

    /// Puts the new instances in place; returns the old configuration of those that go on.
    fn replace_instances(
        &mut self,
        now: Instant,
        config: &RouterConfig,
        origins: &BTreeMap<InstanceId, InstanceId>,
        renumbering: &Renumbering,
    ) -> BTreeMap<InstanceId, InstanceConfig> {
        let groups = router::group_of(config);
        let mut old: BTreeMap<InstanceId, Instance> = std::mem::take(&mut self.instances)
            .into_iter()
            .map(|one| (one.id, one))
            .collect();
        let mut before = BTreeMap::new();
        for (id, new) in router::numbered(&config.instances, InstanceId) {
            let group = groups.get(&id).copied();
            let group_config = group.and_then(|group| config.groups.get(usize::from(group.0)));
            let trackers = Trackers::new(new, group_config);
            let instance = match origins.get(&id).and_then(|origin| old.remove(origin)) {
                None => Instance::new(id, new.clone(), group, trackers),
                Some(mut instance) => {
                    before.insert(id, instance.config.clone());
                    instance.faults = instance
                        .faults
                        .iter()
                        .filter_map(|f| renumbering.fault(*f))
                        .collect();
                    instance.reconfigure(now, id, new.clone(), group, trackers);
                    instance
                }
            };
            self.instances.push(instance);
        }
        before
    }

    /// Puts the new groups in place; returns those that did not exist before.
    fn replace_groups(
        &mut self,
        configs: Vec<GroupConfig>,
        origins: &BTreeMap<InstanceId, InstanceId>,
    ) -> Vec<GroupId> {
        let members = self
            .instances
            .iter()
            .filter_map(|instance| Some((instance.id, instance.group?)));
        let groups: BTreeMap<InstanceId, GroupId> = members.collect();
        let mut old: BTreeMap<String, Group> = std::mem::take(&mut self.groups)
            .into_iter()
            .map(|g| (g.name.clone(), g))
            .collect();
        let mut formed = Vec::new();
        for (id, config) in router::numbered(configs, GroupId) {
            let mut group = Group::new(id, config, &groups);
            let old = old.remove(&group.name);
            if !group.take_place_of(old, origins) {
                formed.push(id);
            }
            self.groups.push(group);
        }
        formed
    }

    /// Puts links and scripts in place, with what is known of them.
    fn replace_tracked(
        &mut self,
        now: Instant,
        interfaces: Vec<String>,
        scripts: Vec<ScriptConfig>,
        renumbering: &Renumbering,
    ) {
        let old = std::mem::take(&mut self.tracked);
        let mut links = vec![Link::default(); interfaces.len()];
        for (from, to) in &renumbering.interfaces {
            if let Some(link) = links.get_mut(usize::from(to.0)) {
                *link = old.link(*from);
            }
        }
        let mut known: BTreeMap<String, Script> = old
            .scripts
            .into_iter()
            .map(|script| (script.name().to_owned(), script))
            .collect();
        let scripts = router::ids(scripts, ScriptId, |id, config| (id, config))
            .into_iter()
            .map(|(id, config)| match known.remove(&config.name) {
                None => Script::new(id, config),
                Some(mut script) => {
                    script.reconfigure(now, id, config);
                    script
                }
            })
            .collect();
        self.interfaces = interfaces;
        self.tracked = Tracked { links, scripts };
        self.deadlines = Deadlines::default();
        for (id, script) in router::numbered(&self.tracked.scripts, ScriptId) {
            self.deadlines.set(Timer::Script(id), script.deadline());
        }
    }

    /// What is new begins, what goes on follows what has changed for it.
    fn bring_up(
        &mut self,
        now: Instant,
        before: &BTreeMap<InstanceId, InstanceConfig>,
        formed: &[GroupId],
    ) {
        for (id, before) in before {
            let (instance, out) = self.on(*id);
            instance.replace_addresses(now, before, out);
        }
        for id in self.instance_ids() {
            self.assess(id);
        }
        for id in formed {
            if self.is_mixed(*id) {
                self.back_up(now, *id);
            }
        }
        self.settle_all(now);
        self.start_scripts(now);
    }
}

impl Group {
    /// Goes on for a group of the same name; false if there was none, or nobody of it is left.
    ///
    /// Members that were not in it join later. A group formed of running instances has those.
    fn take_place_of(
        &mut self,
        old: Option<Group>,
        origins: &BTreeMap<InstanceId, InstanceId>,
    ) -> bool {
        let running = |member: &InstanceId| origins.contains_key(member);
        let veterans: BTreeSet<InstanceId> = match &old {
            None => BTreeSet::new(),
            Some(old) => {
                let was_in =
                    |id: &InstanceId| origins.get(id).is_some_and(|o| old.joined.contains(o));
                self.members.iter().copied().filter(was_in).collect()
            }
        };
        if let Some(old) = old.filter(|_| !veterans.is_empty()) {
            self.shown = old.shown;
            self.joined = veterans;
            return true;
        }
        let running: BTreeSet<InstanceId> = self.members.iter().copied().filter(running).collect();
        if !running.is_empty() {
            self.joined = running;
        }
        self.shown = State::Init;
        false
    }
}

impl Foreign {
    /// What was unknown may be known now, and the other way round.
    fn forget(&mut self) {
        self.reported.clear();
        self.vrids.clear();
    }
}
