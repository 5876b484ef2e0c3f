//! What is tracked, at the end of the file: who may have weights, which scripts run.

use std::collections::BTreeSet;

use vrrp::{ScriptConfig, ScriptId, TrackInterface, TrackScript, Weight};

use super::entry::{TrackedDraft, Tracks};
use crate::config::{Config, TrackScriptCommand, Tracked};
use crate::diagnostic::{Code, Diagnostic, Effect, Place, Status};
use crate::typed::Builder;
use crate::typed::finish::{Ids, narrow};
use crate::typed::listed::Listed;
use crate::typed::vrrp::{GroupDraft, InstanceDraft};

/// What a group does to the tracking of its members.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::typed) enum Membership {
    Alone,
    /// In a group whose members keep one priority.
    SamePriority,
    /// In a group with `sync_group_tracking_weight`.
    OwnPriority,
}

/// Why the priority of an instance does not change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::typed) enum Fixed {
    InGroup,
    Owner,
}

impl Fixed {
    pub(in crate::typed) fn of(owner: bool, membership: Membership) -> Option<Self> {
        match membership {
            Membership::SamePriority => Some(Self::InGroup),
            Membership::Alone | Membership::OwnPriority => owner.then_some(Self::Owner),
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::InGroup => {
                "members of a sync group have no weights of their own (without sync_group_tracking_weight)"
            }
            Self::Owner => {
                "the priority of an address owner (255) does not change, so nothing that it tracks has a weight"
            }
        }
    }

    /// In the original's sentences but the one about interfaces.
    fn words(self) -> &'static str {
        match self {
            Self::InGroup => "SYNC group",
            Self::Owner => "address_owner",
        }
    }
}

/// What an instance tracks, with ids for what the core knows.
pub(in crate::typed) struct Tracking {
    pub(in crate::typed) interfaces: Vec<TrackInterface>,
    pub(in crate::typed) scripts: Vec<TrackScript>,
    pub(in crate::typed) files: Vec<Tracked>,
    pub(in crate::typed) processes: Vec<Tracked>,
    pub(in crate::typed) bfds: Vec<Tracked>,
}

impl Builder<'_> {
    /// Scripts that are tracked and can run; the others are dropped.
    pub(in crate::typed) fn keep_scripts(&mut self, config: &mut Config, ids: &mut Ids) {
        for script in std::mem::take(&mut self.scripts) {
            if !script.used {
                let name = &script.name;
                let hint = format!(
                    "name it in a vrrp_instance, `track_script {{ {name} }}`, or delete the block"
                );
                self.unused_script(name, &script.place, Some(hint));
                continue;
            }
            let Some(what) = script.what.filter(|_| !script.disabled) else {
                continue;
            };
            let id = ScriptId(narrow(config.router.scripts.len()));
            ids.scripts.insert(script.name.clone(), id);
            self.script_places.push(script.place);
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
                weight: script.weight,
            });
        }
    }

    /// The original says so when it runs, not when it tests.
    fn unused_script(&mut self, name: &str, place: &Place, hint: Option<String>) {
        let cause = self.diagnostics.names(name, &place.span);
        self.push_following(
            cause.as_ref(),
            Diagnostic::warning(
                Code::Unused,
                format!("nothing tracks vrrp_script {name}; it is not run"),
            )
            .about(place)
            .maybe_hint(hint)
            .log(format!("Warning - script {name} is not used")),
        );
    }

    /// Whoever names a script may turn out not to track it: an address owner, a group without members, what is left
    /// out itself. A script that nobody waits for is not run.
    // keepalived: vrrp_complete_init
    pub(in crate::typed) fn drop_untracked_scripts(&mut self, config: &mut Config) {
        let mut is_tracked = vec![false; config.router.scripts.len()];
        each_tracked(config, |tracked| {
            is_tracked[usize::from(tracked.script.0)] = true;
        });
        let places = std::mem::take(&mut self.script_places);
        if is_tracked.iter().all(|tracked| *tracked) {
            return;
        }
        let scripts = std::mem::take(&mut config.router.scripts);
        let commands = std::mem::take(&mut config.scripts);
        // An instance that is left out for a mistake is no reason to look at its scripts.
        let is_told = self.diagnostics.effect() == Effect::Runs;
        let mut ids = Vec::with_capacity(scripts.len());
        let each = scripts.into_iter().zip(commands).zip(places);
        for (((script, command), place), tracked) in each.zip(is_tracked) {
            ids.push(ScriptId(narrow(config.router.scripts.len())));
            if tracked {
                config.router.scripts.push(script);
                config.scripts.push(command);
            } else if is_told {
                self.unused_script(&script.name, &place, None);
            }
        }
        each_tracked(config, |tracked| {
            tracked.script = ids[usize::from(tracked.script.0)];
        });
    }

    // keepalived: vrrp_complete_instance
    pub(in crate::typed) fn instance_tracking(
        &mut self,
        draft: &InstanceDraft,
        own: Option<&str>,
        fixed: Option<Fixed>,
        ids: &mut Ids,
    ) -> Tracking {
        let owner = &draft.name;
        Tracking {
            interfaces: self.own_interfaces(draft, own, fixed, ids),
            scripts: self.own_scripts(owner, &draft.tracks.scripts, fixed, ids),
            files: self.own_files(owner, &draft.tracks.files, fixed),
            processes: tracked(&draft.tracks.processes),
            bfds: self.own_bfds(owner, &draft.tracks.bfds, fixed),
        }
    }

    fn own_interfaces(
        &mut self,
        draft: &InstanceDraft,
        own: Option<&str>,
        fixed: Option<Fixed>,
        ids: &mut Ids,
    ) -> Vec<TrackInterface> {
        let mut list = Vec::new();
        for tracked in draft.tracks.interfaces.iter() {
            let (name, mut weight) = (&tracked.name, tracked.weight);
            if own == Some(name.as_str()) {
                let log = format!("Ignoring track_interface {name} since own interface");
                self.own_interface_tracked(draft, tracked, &log);
                continue;
            }
            match fixed.filter(|_| weight.value != 0) {
                Some(Fixed::InGroup) => {
                    let log = format!("ignoring {name} tracked interface weight due to SYNC group");
                    let sentence = format!("{}; down is a fault", Fixed::InGroup.why());
                    self.untracked(&draft.name, tracked, &sentence, &log);
                    weight.value = 0;
                }
                Some(Fixed::Owner) => {
                    let log = format!("ignoring {name} tracked interface due to address owner");
                    let sentence = format!("{}; ignored", Fixed::Owner.why());
                    self.untracked(&draft.name, tracked, &sentence, &log);
                    continue;
                }
                None => {}
            }
            list.push(TrackInterface {
                interface: ids.interface(name),
                weight,
            });
        }
        list
    }

    fn own_interface_tracked(&mut self, draft: &InstanceDraft, tracked: &TrackedDraft, log: &str) {
        let (sentence, hint) = if !draft.track_primary {
            (
                "dont_track_primary is about this interface, so it is not tracked",
                "remove dont_track_primary to have it tracked",
            )
        } else if tracked.weight.value != 0 {
            (
                "an instance's own interface has no weight: when it is down that is a fault; ignored",
                "delete the line",
            )
        } else {
            (
                "an instance's own interface is tracked anyway; ignored",
                "delete the line",
            )
        };
        let diagnostic = Diagnostic::warning(Code::Conflict, sentence).about(&tracked.place);
        let log = format!("({}) {log}", draft.name);
        self.push(diagnostic.hint(hint).log(log).status(Status::General));
    }

    fn own_scripts(
        &mut self,
        owner: &str,
        scripts: &Listed<String, TrackedDraft>,
        fixed: Option<Fixed>,
        ids: &Ids,
    ) -> Vec<TrackScript> {
        let mut list = Vec::new();
        for tracked in scripts.iter() {
            let (name, weight) = (&tracked.name, tracked.weight);
            let script = ids.scripts.get(name).copied();
            if script.is_none() && self.left_out_scripts.contains(name) {
                let sentence = format!("vrrp_script {name} was left out; not tracked");
                let log = format!("({owner}) track script {name} not found, ignoring...");
                let diagnostic = Diagnostic::error(Code::UnknownName, sentence);
                let diagnostic = diagnostic.at(&tracked.place).log(log);
                self.push(diagnostic.status(Status::General).following());
            } else if let Some(fixed) = fixed.filter(|_| weight.value != 0) {
                let log = format!(
                    "ignoring tracked script {name} with weights due to {}",
                    fixed.words()
                );
                let why = fixed.why();
                let sentence =
                    format!("{why}; not tracked: with `weight 0` its failure would be a fault");
                self.untracked(owner, tracked, &sentence, &log);
            } else if let Some(script) = script {
                list.push(TrackScript { script, weight });
            }
        }
        list
    }

    /// The default weight of a file is 1: that becomes 0, where another goes with its file.
    fn own_files(
        &mut self,
        owner: &str,
        files: &Listed<String, TrackedDraft>,
        fixed: Option<Fixed>,
    ) -> Vec<Tracked> {
        let mut list = Vec::new();
        for draft in files.iter() {
            let (name, mut weight) = (&draft.name, draft.weight);
            if let Some(fixed) = fixed.filter(|_| weight.value != 0) {
                let (words, value) = (fixed.words(), weight.value);
                let (then, log) = if value == 1 {
                    (
                        "other than 0 is a fault",
                        format!(
                            "ignoring weight from tracked file {name} due to {words}. specify weight 0"
                        ),
                    )
                } else {
                    (
                        "ignored",
                        format!("ignoring tracked file {name} with weight {value} due to {words}"),
                    )
                };
                self.untracked(owner, draft, &format!("{}; {then}", fixed.why()), &log);
                if value != 1 {
                    continue;
                }
                weight.value = 0;
            }
            list.push(Tracked {
                name: name.clone(),
                weight,
            });
        }
        list
    }

    fn own_bfds(
        &mut self,
        owner: &str,
        bfds: &Listed<String, TrackedDraft>,
        fixed: Option<Fixed>,
    ) -> Vec<Tracked> {
        let mut list = Vec::new();
        for draft in bfds.iter() {
            let (name, weight) = (&draft.name, draft.weight);
            if let Some(fixed) = fixed.filter(|_| weight.value != 0) {
                let log = format!(
                    "ignoring tracked bfd {name} with weight {} due to {}",
                    weight.value,
                    fixed.words()
                );
                let sentence = format!("{}; ignored", fixed.why());
                self.untracked(owner, draft, &sentence, &log);
                continue;
            }
            list.push(Tracked {
                name: name.clone(),
                weight,
            });
        }
        list
    }

    fn untracked(&mut self, owner: &str, tracked: &TrackedDraft, sentence: &str, log: &str) {
        let log = format!("({owner}) {log}");
        self.say(Code::Conflict, &tracked.place, sentence, log);
    }

    /// A member that owns the addresses has no weights, so the group has none.
    // keepalived: sync_group_tracking_init
    pub(in crate::typed) fn clear_group_weights(&mut self, group: &mut GroupDraft) {
        let name = group.name.clone();
        let Tracks {
            interfaces,
            scripts,
            files,
            processes,
            bfds,
        } = &mut group.tracks;
        let kinds = [
            ("script", "clearing weight", scripts),
            ("file", "setting weight 0", files),
            ("process", "setting weight 0", processes),
            ("bfd", "setting weight 0", bfds),
            ("interface", "clearing weight", interfaces),
        ];
        for (kind, then, list) in kinds {
            for tracked in list.iter_mut().filter(|tracked| tracked.weight.value != 0) {
                let log = format!(
                    "Cannot have weighted track {kind} '{}' with member having priority 255 - {then}",
                    tracked.name
                );
                let sentence = "a member of the group owns its addresses, so nothing has a weight; it is a fault";
                self.untracked(&name, tracked, sentence, &log);
                tracked.weight = Weight {
                    value: 0,
                    ..tracked.weight
                };
            }
        }
    }

    /// An interface that the group and a member track, or that is the member's own.
    // keepalived: add_vrrp_to_interface
    pub(in crate::typed) fn tracked_twice(
        &mut self,
        group: &GroupDraft,
        member: &str,
        known: &BTreeSet<String>,
    ) {
        for tracked in group.tracks.interfaces.iter() {
            let name = &tracked.name;
            if !known.contains(name) {
                continue;
            }
            let log = format!(
                "({member}) track_interface {name} is configured on VRRP instance and sync group. Remove vrrp instance or sync group config"
            );
            let sentence = format!("{member} tracks {name} already; once is enough");
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence).about(&tracked.place);
            self.push(diagnostic.log(log).status(Status::General));
        }
    }
}

/// As it is written.
pub(in crate::typed) fn tracked(list: &Listed<String, TrackedDraft>) -> Vec<Tracked> {
    let entry = |draft: &TrackedDraft| Tracked {
        name: draft.name.clone(),
        weight: draft.weight,
    };
    list.iter().map(entry).collect()
}

/// Every reference to a script.
fn each_tracked(config: &mut Config, mut act: impl FnMut(&mut TrackScript)) {
    let router = &mut config.router;
    let instances = router.instances.iter_mut();
    let withheld = config.withheld.iter_mut().map(|one| &mut one.core);
    for instance in instances.chain(withheld) {
        instance.track_scripts.iter_mut().for_each(&mut act);
    }
    for group in &mut router.groups {
        group.track_scripts.iter_mut().for_each(&mut act);
    }
}
