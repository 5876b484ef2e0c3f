//! What only the end of the file can tell: groups, ids, conflicts between instances, what nobody uses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vrrp::{
    GroupConfig, InstanceConfig, InstanceId, InterfaceId, ScriptId, TrackInterface, TrackScript,
};

use super::Builder;
use super::track::{Fixed, Membership, Tracking, tracked};
use super::vrrp::{GroupDraft, InstanceDraft, Router, Settled};
use crate::config::{Config, Group, Instance, Withheld};
use crate::diagnostic::{Code, Diagnostic, Effect, Span, Status};

/// Ids are 16 bits wide.
const MOST: usize = 60_000;

/// Names of interfaces and scripts with the ids they have got.
#[derive(Default)]
pub(super) struct Ids {
    interfaces: Vec<String>,
    interface_ids: BTreeMap<String, InterfaceId>,
    pub(super) scripts: BTreeMap<String, ScriptId>,
}

impl Ids {
    pub(super) fn interface(&mut self, name: &str) -> InterfaceId {
        if let Some(id) = self.interface_ids.get(name) {
            return *id;
        }
        let id = InterfaceId(narrow(self.interfaces.len()));
        self.interfaces.push(name.to_owned());
        self.interface_ids.insert(name.to_owned(), id);
        id
    }
}

/// An instance that is worked out.
struct Completed {
    core: InstanceConfig,
    settings: Instance,
    /// What is not built and it must not run without.
    missing: Option<&'static str>,
    /// Interfaces that it tracks by name, its own among them.
    interfaces: BTreeSet<String>,
}

/// What groups need to know of an instance.
struct Member {
    /// `None`: it does not run.
    id: Option<InstanceId>,
    name: String,
    owner: bool,
    interfaces: BTreeSet<String>,
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
        let members = self.complete_instances(&groups, &mut config, &mut ids);
        self.complete_groups(groups, &members, &mut config, &mut ids);
        self.drop_untracked_scripts(&mut config);
        config.router.interfaces = ids.interfaces;
        self.finish_trackers(&mut config);
        config.garp_groups = std::mem::take(&mut self.links.groups);
        config.link_beats = std::mem::take(&mut self.links.beats);
        config.link_delays = std::mem::take(&mut self.links.delays);
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

    /// The instances that can run, and what groups need to know of each.
    fn complete_instances(
        &mut self,
        groups: &[(GroupDraft, Vec<usize>)],
        config: &mut Config,
        ids: &mut Ids,
    ) -> BTreeMap<usize, Member> {
        let mut group_of = vec![None; self.instances.len()];
        for (group, members) in groups {
            for member in members {
                group_of[*member] = Some(group);
            }
        }
        let mut members = BTreeMap::new();
        let mut known = Vec::new();
        let drafts = std::mem::take(&mut self.instances);
        for ((at, draft), group) in drafts.into_iter().enumerate().zip(group_of) {
            let place = draft.place_of("virtual_router_id").clone();
            let Some(completed) = self.complete(*draft, group, ids) else {
                continue;
            };
            let Completed {
                core,
                settings,
                missing,
                interfaces,
            } = completed;
            let mut member = Member {
                id: None,
                name: core.name.clone(),
                owner: core.is_owner(),
                interfaces,
            };
            known.push(Router::new(&core, settings.interface.as_deref(), &place));
            match missing {
                Some(feature) => config.withheld.push(Withheld {
                    core,
                    settings,
                    feature: feature.to_owned(),
                }),
                None => {
                    member.id = Some(InstanceId(narrow(config.router.instances.len())));
                    config.router.instances.push(core);
                    config.instances.push(settings);
                }
            }
            members.insert(at, member);
        }
        self.duplicate_vrids(&known);
        members
    }

    fn complete(
        &mut self,
        mut draft: InstanceDraft,
        group: Option<&GroupDraft>,
        ids: &mut Ids,
    ) -> Option<Completed> {
        let mut must_not_run = self.must_not_run(&draft);
        let settled = self.settle(&mut draft);
        if settled
            .as_ref()
            .is_some_and(|settled| settled.ah_password.is_some())
        {
            let name = &draft.name;
            let sentence = format!(
                "auth_type AH is not supported yet; {name} is not run, because it would accept adverts of anybody"
            );
            let place = draft.place_of("authentication");
            self.push(Diagnostic::error(Code::NotSupported, sentence).at(place));
            must_not_run = Some("AH authentication");
        }
        let vrid = self.vrid(&draft);
        let can_run = self.own_interface(&draft);
        let notify = self.finish_notify(std::mem::take(&mut draft.notify));
        let (settled, vrid) = (settled?, vrid?);
        can_run?;
        let interface = draft.interface.as_ref().map(|word| word.text());
        let membership = match group {
            None => Membership::Alone,
            Some(group) if group.tracking_weight => Membership::OwnPriority,
            Some(_) => Membership::SamePriority,
        };
        let fixed = Fixed::of(settled.priority == 255, membership);
        let tracking = self.instance_tracking(&draft, interface.as_deref(), fixed, ids);
        let mut interfaces: BTreeSet<_> = draft
            .tracks
            .interfaces
            .keys()
            .filter(|name| interface.as_ref() != Some(name))
            .cloned()
            .collect();
        if draft.track_primary {
            interfaces.extend(interface.clone());
        }
        let missing = must_not_run.or(interface.is_none().then_some("unicast without interface"));
        let mut settings = self.settings(&mut draft, &settled, vrid, group);
        settings.notify = notify;
        let core = core(draft, settled, vrid, &mut settings, tracking, ids);
        Some(Completed {
            core,
            settings,
            missing,
            interfaces,
        })
    }

    /// A protection that is asked for but not built. To run without it would be worse than not to run.
    fn must_not_run(&mut self, draft: &InstanceDraft) -> Option<&'static str> {
        let name = &draft.name;
        if let Some(hmac) = &draft.hmac {
            let sentence = format!(
                "auth_hmac is not supported yet; {name} is not run, because it would accept adverts of anybody"
            );
            let place = hmac.place.clone();
            self.push(Diagnostic::error(Code::NotSupported, sentence).at(&place));
            return Some("message authentication (auth_hmac)");
        }
        if draft.settings.unicast_fault_no_peer && draft.peers.is_empty() {
            return Some("unicast safety options");
        }
        None
    }

    /// What the shell keeps, but for the scripts and what the core's interfaces tell.
    fn settings(
        &mut self,
        draft: &mut InstanceDraft,
        settled: &Settled,
        vrid: u8,
        group: Option<&GroupDraft>,
    ) -> Instance {
        let own = std::mem::take(&mut draft.settings);
        let interface = draft.interface.as_ref().map(|word| word.text());
        let (vmac, ipvlan) = std::mem::take(&mut draft.links).finish(vrid);
        let choices = &draft.choices;
        let global = &self.global.config;
        let alert = global.mail.vrrp_default().unwrap_or(false);
        let checksum = global.vrrp.v3_checksum_as_v2;
        let (changes, extra) = (global.fifos.priority_changes, global.vmac.extra_garp);
        let of_group = group.and_then(|group| group.notify_priority_changes);
        Instance {
            vrf: draft.vrf.as_ref().map(|word| word.text()),
            vmac,
            ipvlan,
            garp_extra: draft.garp_extra().or(extra),
            strict: self.is_strict(draft),
            accept: settled.inherited.accept,
            peers: draft.peers.iter().map(|(peer, _)| peer.clone()).collect(),
            v3_checksum_as_v2: choices.v3_checksum_as_v2.unwrap_or(checksum),
            owner_ignore_adverts: settled.inherited.owner_ignore_adverts,
            ah_password: settled.ah_password.clone(),
            hmac: settled.hmac.clone(),
            smtp_alert: choices.smtp_alert.unwrap_or(alert),
            notify_priority_changes: choices
                .notify_priority_changes
                .or(of_group)
                .unwrap_or(changes),
            addresses: self.place_addresses(draft, false, interface.as_deref()),
            excluded: self.place_addresses(draft, true, interface.as_deref()),
            interface,
            routes: std::mem::take(&mut draft.routes),
            rules: std::mem::take(&mut draft.rules),
            ..own
        }
    }

    fn vrid(&mut self, draft: &InstanceDraft) -> Option<u8> {
        if let Some(vrid) = draft.vrid {
            return Some(vrid);
        }
        let name = &draft.name;
        let cause = self.cause("virtual_router_id", draft);
        self.push_following(
            cause.as_ref(),
            Diagnostic::error(
                Code::MissingSetting,
                format!("{name} has no virtual_router_id"),
            )
            .about(&draft.place)
            .hint("give it `virtual_router_id N`, 1..=255: the number that its other routers have")
            .log(format!("({name}) the virtual router id must be set"))
            .status(Status::General)
            .effect(Effect::StopsVrrp),
        );
        None
    }

    /// Where an instance has a keyword that counts for nothing, as is said there.
    pub(super) fn cause(&self, keyword: &str, draft: &InstanceDraft) -> Option<Span> {
        let written = draft.written(keyword).cloned();
        let (from, to) = (&draft.place.span, &draft.end.span);
        written.or_else(|| self.diagnostics.meant(keyword, from, to))
    }

    /// Whether it has what it runs on.
    // keepalived: chk_min_cfg
    fn own_interface(&mut self, draft: &InstanceDraft) -> Option<()> {
        if draft.interface.is_some() {
            return Some(());
        }
        let name = &draft.name;
        let source = draft.source.as_ref().map(|(source, _)| *source);
        let link_local = matches!(source, Some(IpAddr::V6(ip)) if ip.is_unicast_link_local());
        let (sentence, log) = if draft.unicast.is_none() {
            (
                format!("{name} has no interface"),
                format!("({name}) Unknown interface!"),
            )
        } else if source.is_none() {
            (
                format!("{name} has neither interface nor unicast_src_ip"),
                format!("({name}): Unicast instances must have unicast_src_ip or interface"),
            )
        } else if link_local {
            (
                format!("{name} has no interface, and a link-local address does not tell one"),
                format!("({name}) Non link-local address required if interface omitted"),
            )
        } else {
            let sentence = format!(
                "unicast without interface is not supported yet; {name} is not run: name the interface of unicast_src_ip"
            );
            self.push(Diagnostic::error(Code::NotSupported, sentence).about(&draft.place));
            return Some(());
        };
        let cause = self.cause("interface", draft);
        self.push_following(
            cause.as_ref(),
            Diagnostic::error(Code::MissingSetting, sentence)
                .about(&draft.place)
                .hint("give it `interface NAME`: the one that its adverts go out on")
                .log(log)
                .status(Status::General)
                .effect(Effect::StopsVrrp),
        );
        None
    }

    fn complete_groups(
        &mut self,
        groups: Vec<(GroupDraft, Vec<usize>)>,
        known: &BTreeMap<usize, Member>,
        config: &mut Config,
        ids: &mut Ids,
    ) {
        for (mut draft, members) in groups {
            let members: Vec<_> = members.iter().filter_map(|at| known.get(at)).collect();
            if members.iter().any(|member| member.owner) {
                self.clear_group_weights(&mut draft);
            }
            for member in &members {
                self.tracked_twice(&draft, &member.name, &member.interfaces);
            }
            let notify = self.finish_notify(std::mem::take(&mut draft.notify));
            let members: Vec<_> = members.iter().filter_map(|member| member.id).collect();
            if members.is_empty() {
                continue;
            }
            let tracks = &draft.tracks;
            let track_interfaces = tracks.interfaces.iter().map(|tracked| TrackInterface {
                interface: ids.interface(&tracked.name),
                weight: tracked.weight,
            });
            let track_interfaces = track_interfaces.collect();
            let track_scripts = tracks.scripts.iter().filter_map(|tracked| {
                let script = *ids.scripts.get(&tracked.name)?;
                Some(TrackScript {
                    script,
                    weight: tracked.weight,
                })
            });
            config.router.groups.push(GroupConfig {
                members,
                track_interfaces,
                track_scripts: track_scripts.collect(),
                tracking_weight: draft.tracking_weight,
                name: draft.name.clone(),
            });
            let alert = self.global.config.mail.vrrp_default().unwrap_or(false);
            config.groups.push(Group {
                track_files: tracked(&tracks.files),
                track_processes: tracked(&tracks.processes),
                track_bfds: tracked(&tracks.bfds),
                smtp_alert: draft.smtp_alert.unwrap_or(alert),
                notify_priority_changes: draft.notify_priority_changes,
                notify,
            });
        }
    }

    fn missing_interfaces(&mut self) {
        if self.missing_interface {
            let hint = "correct the name; `dynamic_interfaces` in global_defs allows interfaces that come later";
            self.diagnostics
                .all_prevent_start(Code::UnknownInterface, hint);
            self.push(
                Diagnostic::error(
                    Code::UnknownInterface,
                    "an interface that the configuration names does not exist",
                )
                .following()
                .log("Non-existent interface specified in configuration")
                .status(Status::BadInterface)
                .effect(Effect::StopsVrrp),
            );
        }
    }
}

/// What the core works from. What it tracks of what it does not know goes to the settings.
fn core(
    draft: InstanceDraft,
    settled: Settled,
    vrid: u8,
    settings: &mut Instance,
    tracking: Tracking,
    ids: &mut Ids,
) -> InstanceConfig {
    let interface = match &settings.interface {
        Some(name) => ids.interface(name),
        None => InterfaceId(u16::MAX),
    };
    let addresses = settings.addresses.iter().chain(&settings.excluded);
    let mut seen = BTreeSet::from([interface]);
    let address_interfaces = addresses
        .filter(|address| address.track && draft.track_primary)
        .map(|address| ids.interface(&address.interface))
        .filter(|id| seen.insert(*id))
        .collect();
    (
        settings.track_files,
        settings.track_processes,
        settings.track_bfds,
    ) = (tracking.files, tracking.processes, tracking.bfds);
    InstanceConfig {
        name: draft.name,
        interface,
        vrid,
        family: settled.family,
        version: settled.version,
        priority: settled.priority,
        initial_state: settled.initial_state,
        advert_interval: settled.advert_interval,
        addresses: settings.addresses.iter().map(|a| a.address).collect(),
        authentication: settled.authentication,
        transport: settled.transport,
        source: draft.source.map(|(source, _)| source),
        preempt: settled.preempt,
        down_timer_adverts: settled.inherited.down_timer_adverts,
        lower_prio_no_advert: settled.inherited.lower_prio_no_advert,
        higher_prio_send_advert: settled.inherited.higher_prio_send_advert,
        skip_check_adv_addr: settled.inherited.skip_check_adv_addr,
        track_primary: draft.track_primary,
        track_interfaces: tracking.interfaces,
        address_interfaces,
        track_scripts: tracking.scripts,
        garp: settled.inherited.garp,
    }
}

/// Positions are below [`MOST`]; interfaces are bounded by the size of the configuration's text.
pub(super) fn narrow(position: usize) -> u16 {
    u16::try_from(position).unwrap_or(u16::MAX)
}
