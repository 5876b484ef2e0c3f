//! What only the end of the file can tell: groups, ids, conflicts between instances, what nobody uses.

use std::collections::{BTreeMap, BTreeSet};

use vrrp::{
    GroupConfig, InstanceConfig, InstanceId, InterfaceId, ScriptConfig, ScriptId, TrackInterface,
    TrackScript,
};

use super::Builder;
use super::complete::placed;
use super::group::GroupDraft;
use super::instance::InstanceDraft;
use super::script::ScriptDraft;
use super::track::Tracked;
use crate::config::{Config, Group, Instance, TrackScriptCommand};
use crate::diagnostic::{Code, Diagnostic, Effect, Place, Status};

/// Ids are 16 bits wide.
const MOST: usize = 60_000;

/// Names of interfaces and scripts with the ids they have got.
#[derive(Default)]
struct Ids {
    interfaces: Vec<String>,
    interface_ids: BTreeMap<String, InterfaceId>,
    scripts: BTreeMap<String, ScriptId>,
}

impl Ids {
    fn interface(&mut self, name: &str) -> InterfaceId {
        if let Some(id) = self.interface_ids.get(name) {
            return *id;
        }
        let id = InterfaceId(narrow(self.interfaces.len()));
        self.interfaces.push(name.to_owned());
        self.interface_ids.insert(name.to_owned(), id);
        id
    }
}

/// What a group does to the tracking of its members.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Membership {
    Alone,
    /// In a group whose members keep one priority.
    SamePriority,
    /// In a group with `sync_group_tracking_weight`.
    OwnPriority,
}

impl Builder<'_> {
    /// What everything that was read comes to.
    pub(crate) fn finish(mut self) -> Config {
        self.limit_sizes();
        self.finish_global();
        self.finish_global_scripts();
        let mut config = Config::default();
        self.finish_servers(&mut config);
        let mut ids = Ids::default();
        let groups = self.resolve_groups();
        if !self.instances.is_empty() {
            self.check_scripts();
        }
        self.keep_scripts(&mut config, &mut ids);
        let kept = self.complete_instances(&groups, &mut config, &mut ids);
        self.complete_groups(groups, &kept, &mut config, &mut ids);
        config.router.interfaces = ids.interfaces;
        self.finish_statics(&mut config);
        self.missing_interfaces();
        self.finish_sync_daemon(&config.router.instances);
        self.report_violation();
        config.not_built = self.not_built;
        config.global = self.global.config;
        config
    }

    fn limit_sizes(&mut self) {
        let longest = self
            .instances
            .len()
            .max(self.scripts.len())
            .max(self.groups.len());
        if longest <= MOST {
            return;
        }
        let sentence =
            format!("more than {MOST} instances, groups or scripts; the rest is left out");
        self.push(
            Diagnostic::error(Code::TooLarge, sentence)
                .status(Status::General)
                .effect(Effect::StopsVrrp),
        );
        self.instances.split_off(MOST);
        self.groups.split_off(MOST);
        self.scripts.split_off(MOST);
    }

    /// The groups that have members, and the members by position.
    // keepalived: vrrp_sync_set_group
    fn resolve_groups(&mut self) -> Vec<(GroupDraft, Vec<usize>)> {
        let mut taken: BTreeMap<usize, Place> = BTreeMap::new();
        let mut groups = Vec::new();
        for draft in std::mem::take(&mut self.groups) {
            let mut members = Vec::new();
            for word in &draft.members {
                match self.instances.position(&word.text()) {
                    None => self.unknown_member(&draft, word),
                    Some(at) => match taken.get(&at) {
                        Some(first) => {
                            let first = first.clone();
                            self.second_group(&draft, word, &first);
                        }
                        None => {
                            taken.insert(at, word.place.clone());
                            members.push(at);
                        }
                    },
                }
            }
            if self.is_worth_keeping(&draft, members.len()) {
                groups.push((draft, members));
            }
        }
        groups
    }

    fn unknown_member(&mut self, group: &GroupDraft, word: &crate::word::Word) {
        let (name, group) = (word.text(), &group.name);
        let near = self.near(&name, &self.instances);
        self.push(
            Diagnostic::error(
                Code::UnknownName,
                format!("there is no vrrp_instance {name}; left out of {group}"),
            )
            .about(&word.place)
            .maybe_hint(near)
            .log(format!(
                "Virtual router {name} specified in sync group {group} doesn't exist - ignoring"
            ))
            .status(Status::General),
        );
    }

    fn second_group(&mut self, group: &GroupDraft, word: &crate::word::Word, first: &Place) {
        let (name, group) = (word.text(), &group.name);
        self.push(
            Diagnostic::error(
                Code::Duplicate,
                format!("{name} is in a group already; left out of {group}"),
            )
            .about(&word.place)
            .related(&first.span, "here")
            .log(format!(
                "Virtual router {name} cannot exist in more than one sync group; ignoring {group}"
            ))
            .status(Status::General),
        );
    }

    fn is_worth_keeping(&mut self, draft: &GroupDraft, members: usize) -> bool {
        let name = &draft.name;
        let (sentence, log) = match members {
            0 if draft.members.is_empty() => (
                format!("sync group {name} has no members; it is left out"),
                format!("Sync group {name} has no virtual router(s). removing"),
            ),
            0 => (
                format!("sync group {name} has no members left; it is left out"),
                format!(
                    "Sync group {name}, no matching virtual router found in group declaration - removing"
                ),
            ),
            1 => (
                format!("sync group {name} has one member only, which is hardly what is meant"),
                format!(
                    "Sync group {name} has only 1 virtual router(s) - this probably isn't what you want"
                ),
            ),
            _ => return true,
        };
        self.push(
            Diagnostic::warning(Code::MissingSetting, sentence)
                .about(&draft.place)
                .log(log)
                .status(Status::General),
        );
        members > 0
    }

    /// Scripts that are tracked and can run; the others are dropped.
    fn keep_scripts(&mut self, config: &mut Config, ids: &mut Ids) {
        for script in std::mem::take(&mut self.scripts) {
            if !script.used {
                self.unused_script(&script);
                continue;
            }
            let Some(what) = script.what.filter(|_| !script.disabled) else {
                continue;
            };
            let id = ScriptId(narrow(config.router.scripts.len()));
            ids.scripts.insert(script.name.clone(), id);
            config.router.scripts.push(ScriptConfig {
                name: script.name,
                interval: script.interval,
                rise: script.rise,
                fall: script.fall,
                init_fail: script.init_fail,
            });
            config.scripts.push(TrackScriptCommand {
                check: Self::check_of(&what, script.user.as_ref()),
                timeout: script.timeout.unwrap_or(script.interval),
            });
        }
    }

    fn unused_script(&mut self, script: &ScriptDraft) {
        let name = &script.name;
        self.push(
            Diagnostic::warning(
                Code::Unused,
                format!("nothing tracks vrrp_script {name}; it is not run"),
            )
            .about(&script.place)
            .log(format!("VRRP script {name} is not used - removing")),
        );
    }

    /// The instances that can run, and which id each has got.
    fn complete_instances(
        &mut self,
        groups: &[(GroupDraft, Vec<usize>)],
        config: &mut Config,
        ids: &mut Ids,
    ) -> BTreeMap<usize, InstanceId> {
        let mut membership = vec![Membership::Alone; self.instances.len()];
        for (group, members) in groups {
            for member in members {
                membership[*member] = if group.tracking_weight {
                    Membership::OwnPriority
                } else {
                    Membership::SamePriority
                };
            }
        }
        let mut kept = BTreeMap::new();
        let mut places = Vec::new();
        let drafts = std::mem::take(&mut self.instances);
        for ((at, draft), membership) in drafts.into_iter().enumerate().zip(membership) {
            let place = draft.vrid.as_ref().map_or(&draft.place, |(_, place)| place);
            let place = place.clone();
            let Some((core, shell)) = self.complete(draft, membership, ids) else {
                continue;
            };
            kept.insert(at, InstanceId(narrow(config.router.instances.len())));
            config.router.instances.push(core);
            config.instances.push(shell);
            places.push(place);
        }
        self.duplicate_vrids(&config.router.instances, &ids.interfaces, &places);
        kept
    }

    fn complete(
        &mut self,
        mut draft: InstanceDraft,
        membership: Membership,
        ids: &mut Ids,
    ) -> Option<(InstanceConfig, Instance)> {
        let settled = self.settle(&mut draft);
        let vrid = self.vrid(&draft);
        let interface = self.own_interface(&draft);
        let notify = self.finish_notify(std::mem::take(&mut draft.notify));
        let (settled, vrid, interface) = (settled?, vrid?, interface?);
        if draft.refused {
            return None;
        }
        let owner = settled.priority == 255;
        let track_interfaces = self.instance_interfaces(&draft, &interface, owner, membership, ids);
        let track_scripts = self.instance_scripts(&draft, owner, membership, ids);
        let own = ids.interface(&interface);
        let addresses = placed(draft.addresses, &interface);
        let excluded = placed(draft.excluded, &interface);
        let mut address_interfaces = Vec::new();
        let mut seen = BTreeSet::from([own]);
        for address in addresses
            .iter()
            .chain(&excluded)
            .filter(|a| a.track && draft.track_primary)
        {
            let id = ids.interface(&address.interface);
            if seen.insert(id) {
                address_interfaces.push(id);
            }
        }
        let core = InstanceConfig {
            name: draft.name,
            interface: own,
            vrid,
            family: settled.family,
            version: settled.version,
            priority: settled.priority,
            initial_state: settled.initial_state,
            advert_interval: settled.advert_interval,
            addresses: addresses.iter().map(|address| address.address).collect(),
            authentication: settled.authentication,
            transport: settled.transport,
            source: draft.source.map(|(source, _)| source),
            preempt: settled.preempt,
            down_timer_adverts: draft
                .down_timer_adverts
                .or(self.global.down_timer_adverts)
                .unwrap_or(3),
            lower_prio_no_advert: draft
                .lower_prio_no_advert
                .unwrap_or(self.global.lower_prio_no_advert),
            higher_prio_send_advert: draft
                .higher_prio_send_advert
                .unwrap_or(self.global.higher_prio_send_advert),
            skip_check_adv_addr: draft
                .skip_check_adv_addr
                .unwrap_or(self.global.skip_check_adv_addr),
            track_primary: draft.track_primary,
            track_interfaces,
            address_interfaces,
            track_scripts,
            garp: draft.garp.schedule(&self.global.garp, self.global.min_garp),
        };
        Some((
            core,
            Instance {
                addresses,
                excluded,
                routes: draft.routes,
                rules: draft.rules,
                notify,
            },
        ))
    }

    fn vrid(&mut self, draft: &InstanceDraft) -> Option<u8> {
        if let Some((vrid, _)) = &draft.vrid {
            return Some(*vrid);
        }
        let name = &draft.name;
        self.push(
            Diagnostic::error(
                Code::MissingSetting,
                format!("{name} has no valid virtual_router_id"),
            )
            .about(&draft.place)
            .hint("give it `virtual_router_id N`, 1..=255: the number that its other routers have")
            .log(format!("({name}) the virtual router id must be set"))
            .status(Status::General)
            .effect(Effect::StopsVrrp),
        );
        None
    }

    fn own_interface(&mut self, draft: &InstanceDraft) -> Option<String> {
        if let Some(word) = &draft.interface {
            return Some(word.text());
        }
        let name = &draft.name;
        let hint = draft.unicast.is_some().then(|| {
            "unicast without an interface is not supported yet: name the interface of unicast_src_ip".to_owned()
        });
        self.push(
            Diagnostic::error(Code::MissingSetting, format!("{name} has no interface"))
                .about(&draft.place)
                .maybe_hint(hint)
                .log(format!("({name}) Unknown interface!"))
                .status(Status::General)
                .effect(Effect::StopsVrrp),
        );
        None
    }

    fn instance_interfaces(
        &mut self,
        draft: &InstanceDraft,
        own: &str,
        owner: bool,
        membership: Membership,
        ids: &mut Ids,
    ) -> Vec<TrackInterface> {
        let mut list = Vec::new();
        for tracked in draft.track_interfaces.iter() {
            let (name, mut weight) = (&tracked.name, tracked.weight);
            let weighted = weight.value != 0;
            let problem = if name == own {
                Some((
                    "an instance's own interface is tracked anyway; ignored",
                    format!("Ignoring track_interface {name} since own interface"),
                ))
            } else if weighted && owner {
                Some((
                    "the priority of an address owner does not change; ignored",
                    format!("ignoring {name} tracked interface due to address owner"),
                ))
            } else {
                None
            };
            if let Some((sentence, log)) = problem {
                self.untracked(draft, tracked, sentence, &log);
                continue;
            }
            if weighted && membership == Membership::SamePriority {
                let sentence =
                    "members of a sync group have no weights of their own; down is a fault";
                self.untracked(
                    draft,
                    tracked,
                    sentence,
                    &format!("ignoring {name} tracked interface weight due to SYNC group"),
                );
                weight.value = 0;
            }
            list.push(TrackInterface {
                interface: ids.interface(name),
                weight,
            });
        }
        list
    }

    fn instance_scripts(
        &mut self,
        draft: &InstanceDraft,
        owner: bool,
        membership: Membership,
        ids: &Ids,
    ) -> Vec<TrackScript> {
        let mut list = Vec::new();
        for tracked in draft.track_scripts.iter() {
            let Some(script) = ids.scripts.get(&tracked.name).copied() else {
                continue;
            };
            let (name, weight) = (&tracked.name, tracked.weight);
            if weight.value != 0 && owner {
                let sentence = "the priority of an address owner does not change; ignored";
                self.untracked(
                    draft,
                    tracked,
                    sentence,
                    &format!("ignoring tracked script {name} due to address owner"),
                );
            } else if weight.value != 0 && membership == Membership::SamePriority {
                let sentence = "members of a sync group have no weights of their own; ignored";
                self.untracked(
                    draft,
                    tracked,
                    sentence,
                    &format!("ignoring tracked script {name} with weights due to SYNC group"),
                );
            } else {
                list.push(TrackScript { script, weight });
            }
        }
        list
    }

    fn untracked(&mut self, draft: &InstanceDraft, tracked: &Tracked, sentence: &str, log: &str) {
        self.push(
            Diagnostic::warning(Code::Conflict, sentence)
                .about(&tracked.place)
                .log(format!("({}) {log}", draft.name))
                .status(Status::General),
        );
    }

    fn complete_groups(
        &mut self,
        groups: Vec<(GroupDraft, Vec<usize>)>,
        kept: &BTreeMap<usize, InstanceId>,
        config: &mut Config,
        ids: &mut Ids,
    ) {
        for (draft, members) in groups {
            let members: Vec<_> = members
                .iter()
                .filter_map(|at| kept.get(at).copied())
                .collect();
            let notify = self.finish_notify(draft.notify);
            if members.is_empty() {
                continue;
            }
            let track_interfaces = draft.track_interfaces.iter().map(|tracked| TrackInterface {
                interface: ids.interface(&tracked.name),
                weight: tracked.weight,
            });
            let track_interfaces = track_interfaces.collect();
            let track_scripts = draft.track_scripts.iter().filter_map(|tracked| {
                let script = *ids.scripts.get(&tracked.name)?;
                Some(TrackScript {
                    script,
                    weight: tracked.weight,
                })
            });
            config.router.groups.push(GroupConfig {
                name: draft.name,
                members,
                track_interfaces,
                track_scripts: track_scripts.collect(),
                tracking_weight: draft.tracking_weight,
            });
            config.groups.push(Group { notify });
        }
    }

    fn missing_interfaces(&mut self) {
        if self.missing_interface {
            self.push(
                Diagnostic::error(
                    Code::UnknownInterface,
                    "an interface that the configuration names does not exist",
                )
                .hint("`dynamic_interfaces` in global_defs allows interfaces that come later")
                .log("Non-existent interface specified in configuration")
                .status(Status::BadInterface)
                .effect(Effect::StopsVrrp),
            );
        }
    }
}

/// Positions are below [`MOST`]; interfaces are bounded by the size of the configuration's text.
fn narrow(position: usize) -> u16 {
    u16::try_from(position).unwrap_or(u16::MAX)
}
