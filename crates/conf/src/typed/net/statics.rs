//! `static_ipaddress`, `static_routes`, `static_rules`, and `track_group`, which they may follow.

use std::collections::{BTreeMap, BTreeSet};

use vrrp::InstanceId;

use super::line::Dropped;
use super::names::Names;
use super::rule::Preferences;
use crate::config::{Config, Route, Rule, StaticAddress, TrackGroup};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::listed::Listed;
use crate::word::Word;

/// Whose an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::typed) enum Kind {
    /// There while an instance is master.
    OfInstance,
    /// Always there.
    Static,
}

/// What is there whoever is master, and what lines of all lists share.
#[derive(Default)]
pub(in crate::typed) struct Statics {
    pub(super) names: Names,
    pub(super) preferences: Preferences,
    /// `/etc/protocols`, once it was asked for.
    pub(super) ip_protocols: Option<BTreeMap<String, u8>>,
    /// Interfaces of which it is known whether they are masters of VRFs.
    pub(super) vrfs: BTreeMap<String, bool>,
    addresses: Vec<StaticAddress>,
    routes: Vec<Route>,
    rules: Vec<Rule>,
    groups: Listed<String, GroupDraft>,
}

/// A `track_group`: where it is, and the names of its members.
struct GroupDraft {
    name: Word,
    members: Vec<Word>,
}

impl Builder<'_> {
    /// A block of static entries, or a group of instances for them.
    pub(in crate::typed) fn static_block(&mut self, block: &Statement) {
        self.not_built(block);
        match block.head().text().as_str() {
            "static_ipaddress" => {
                let entries = block.block.iter();
                let addresses = entries.filter_map(|entry| self.static_address(entry).ok());
                let addresses: Vec<_> = addresses.collect();
                self.statics.addresses.extend(addresses);
            }
            "static_routes" => {
                let routes = self.routes(block, Kind::Static);
                self.statics.routes.extend(routes);
            }
            "static_rules" => {
                let rules = self.rules(block, Kind::Static);
                self.statics.rules.extend(rules);
            }
            _ => self.track_group_block(block),
        }
    }

    fn static_address(&mut self, entry: &Statement) -> Result<StaticAddress, Dropped> {
        let (mut address, mut track_group) = self.address_line(entry, Kind::Static)?;
        let head = entry.head();
        if address.interface.is_empty() {
            address.interface = self.interface_of_static(head)?;
        }
        self.settle_track_group(head, address.track, &mut track_group);
        Ok(StaticAddress {
            address,
            track_group,
        })
    }

    // keepalived: get_default_if
    fn interface_of_static(&mut self, word: &Word) -> Result<String, Dropped> {
        let name = self.global.config.default_interface.clone();
        if self.interface(&name).is_some() || self.global.config.dynamic_interfaces {
            return Ok(name);
        }
        self.missing_interface = true;
        let address = word.text();
        self.push(
            Diagnostic::error(
                Code::UnknownInterface,
                format!("{address} names no interface, and there is no {name}, which is used then; the line is left out"),
            )
            .at(&word.place)
            .hint("give it `dev IFNAME`, or set default_interface in global_defs")
            .log(format!("Static address {address} requires either an interface or default interface must exist"))
            .status(Status::Fatal),
        );
        Err(Dropped)
    }

    // keepalived: static_track_group_handler
    fn track_group_block(&mut self, block: &Statement) {
        let [name] = block.arguments() else {
            return self.push(
                Diagnostic::error(
                    Code::MissingParameter,
                    "track_group takes one name; the group is left out",
                )
                .at(&block.place())
                .log("track_group must have a name - skipping")
                .status(Status::General),
            );
        };
        let text = name.text();
        if let Some(first) = self.statics.groups.find(&text) {
            let first = first.name.place.span.clone();
            return self.push(
                Diagnostic::error(
                    Code::Duplicate,
                    format!("track_group {text} is there already; this one is left out"),
                )
                .at(&name.place)
                .related(&first, "the first one")
                .log(format!("track_group {text} already defined"))
                .status(Status::General),
            );
        }
        let members = self.track_group_members(block, &text);
        if members.is_empty() {
            return self.push(
                Diagnostic::warning(
                    Code::MissingSetting,
                    format!("track_group {text} has no members; it is left out"),
                )
                .at(&block.end)
                .log(format!(
                    "Static track group {text} has no members - removing"
                ))
                .status(Status::General),
            );
        }
        let name = name.clone();
        self.statics.groups.push(text, GroupDraft { name, members });
    }

    fn track_group_members(&mut self, block: &Statement, group: &str) -> Vec<Word> {
        let mut lists = block.block.iter().filter(|s| s.head().is("group"));
        let Some(list) = lists.next() else {
            return Vec::new();
        };
        let members = list.block.iter().flat_map(|entry| &entry.words);
        let members: Vec<_> = members.cloned().collect();
        if members.is_empty() {
            self.push(
                Diagnostic::warning(
                    Code::MissingSetting,
                    format!("group of track_group {group} is empty"),
                )
                .at(&list.end)
                .log(format!(
                    "Warning - track group {group} has empty group block"
                ))
                .status(Status::General),
            );
        }
        for again in lists {
            self.push(
                Diagnostic::warning(
                    Code::Duplicate,
                    format!(
                        "track_group {group} has a list of members already; this one is ignored"
                    ),
                )
                .at(&again.head().place)
                .related(&list.head().place.span, "the first one")
                .log(format!(
                    "Group list already specified for sync group {group}"
                ))
                .status(Status::General),
            );
        }
        members
    }

    /// The group that an entry is to follow, which must stand above it. `Err`: the entry has one already.
    pub(in crate::typed) fn set_track_group(
        &mut self,
        word: &Word,
        group: &mut Option<String>,
    ) -> Result<(), Dropped> {
        let name = word.text();
        if let Some(first) = group {
            let sentence = format!("the line follows {first} already, not {name} too");
            self.push(
                Diagnostic::warning(Code::Duplicate, sentence)
                    .at(&word.place)
                    .log(format!("track_group {name} is a duplicate"))
                    .status(Status::General),
            );
            return Err(Dropped);
        }
        if self.statics.groups.find(&name).is_some() {
            *group = Some(name);
            return Ok(());
        }
        let near = self.near(&name, &self.statics.groups);
        self.push(
            Diagnostic::warning(
                Code::UnknownName,
                format!("there is no track_group {name} above this line; ignored"),
            )
            .at(&word.place)
            .maybe_hint(near)
            .log(format!("track_group {name} not found"))
            .status(Status::General),
        );
        Ok(())
    }

    /// What is not tracked follows nobody.
    pub(super) fn settle_track_group(
        &mut self,
        head: &Word,
        track: bool,
        group: &mut Option<String>,
    ) {
        if group.is_some() && !track {
            *group = None;
            let sentence = "the line has no_track, so its track_group has no effect";
            self.push(Diagnostic::note(Code::Conflict, sentence).at(&head.place));
        }
    }

    /// A group is for entries with an interface whose state is followed.
    pub(super) fn useless_track_group(&mut self, head: &Word, option: &str, log: &str) {
        let sentence = format!("track_group needs {option}, whose interface is followed; ignored");
        self.push(
            Diagnostic::warning(Code::Conflict, sentence)
                .at(&head.place)
                .log(log)
                .status(Status::General),
        );
    }

    /// Puts everything static into the configuration, once the instances are there.
    pub(in crate::typed) fn finish_statics(&mut self, config: &mut Config) {
        let statics = std::mem::take(&mut self.statics);
        let ids = instance_ids(config);
        for group in statics.groups {
            let mut members = Vec::new();
            for word in &group.members {
                match ids.get(word.text().as_str()) {
                    Some(id) => members.push(*id),
                    None => self.no_member(&group, word),
                }
            }
            if members.is_empty() {
                self.no_members(&group);
                continue;
            }
            let name = group.name.text();
            config.track_groups.push(TrackGroup { name, members });
        }
        config.static_addresses = statics.addresses;
        config.static_routes = statics.routes;
        config.static_rules = statics.rules;
        forget_lost_groups(config);
    }

    fn no_member(&mut self, group: &GroupDraft, word: &Word) {
        let (name, group) = (word.text(), group.name.text());
        self.push(
            Diagnostic::warning(
                Code::UnknownName,
                format!("there is no vrrp_instance {name}; left out of {group}"),
            )
            .about(&word.place)
            .log(format!(
                "vrrp instance {name} specified in track group {group} doesn't exist - ignoring"
            )),
        );
    }

    fn no_members(&mut self, group: &GroupDraft) {
        let name = group.name.text();
        self.push(
            Diagnostic::warning(
                Code::MissingSetting,
                format!("track_group {name} has no members left; it is left out"),
            )
            .about(&group.name.place)
            .log(format!("Static track group {name} has no VRRP instance(s)"))
            .log(format!("Static track group {name} init fails - removing")),
        );
    }
}

fn instance_ids(config: &Config) -> BTreeMap<String, InstanceId> {
    let instances = config.router.instances.iter().map(|i| i.name.clone());
    instances.zip((0..).map(InstanceId)).collect()
}

/// Entries do not follow a group that is left out.
fn forget_lost_groups(config: &mut Config) {
    let kept: BTreeSet<_> = config
        .track_groups
        .iter()
        .map(|g| g.name.as_str())
        .collect();
    let addresses = config
        .static_addresses
        .iter_mut()
        .map(|a| &mut a.track_group);
    let routes = config.static_routes.iter_mut().map(|r| &mut r.track_group);
    let rules = config.static_rules.iter_mut().map(|r| &mut r.track_group);
    for group in addresses.chain(routes).chain(rules) {
        if group.as_deref().is_some_and(|name| !kept.contains(name)) {
            *group = None;
        }
    }
}
