//! Blocks about interfaces: `garp_group`, `linkbeat_interfaces`, `interface_up_down_delays`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{GarpGroup, LinkBeat, LinkBeatMethod, LinkDelay};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

/// The longest delay of a change of a link, in microseconds.
const LONGEST_DELAY: u64 = 255_000_000;
const LARGE_GAP: Duration = Duration::from_secs(1);

/// Everything that was read of them.
#[derive(Default)]
pub(in crate::typed) struct Links {
    pub(in crate::typed) groups: Vec<GarpGroup>,
    /// Which interfaces are in a group.
    grouped: BTreeMap<String, Place>,
    /// How many blocks `interfaces` there were: the original numbers groups by them.
    lists: usize,
    pub(in crate::typed) beats: Vec<LinkBeat>,
    pub(in crate::typed) delays: Vec<LinkDelay>,
}

impl Builder<'_> {
    // keepalived: garp_group_handler
    pub(in crate::typed) fn garp_group(&mut self, block: &Statement) {
        self.not_built(block);
        let mut group = GarpGroup::default();
        let mut members = Vec::new();
        for statement in &block.block {
            match statement.head().text().as_str() {
                "garp_interval" => {
                    group.garp_interval = self.garp_gap(statement).or(group.garp_interval);
                }
                "gna_interval" => {
                    group.gna_interval = self.garp_gap(statement).or(group.gna_interval);
                }
                "interface" => self.group_interface(&statement.words[1], &mut members),
                "interfaces" => self.group_interfaces(statement, &mut members),
                _ => self.not_built(statement),
            }
        }
        self.keep_garp_group(group, members, &block.end);
    }

    fn garp_gap(&mut self, statement: &Statement) -> Option<Duration> {
        let gap = self.time_setting(statement, "")?;
        if gap >= LARGE_GAP {
            let (name, word) = (statement.head().text(), &statement.words[1]);
            let found = word.text();
            let sentence = format!("{name} is very large: {found} s between packets");
            let diagnostic = Diagnostic::warning(Code::Adjusted, sentence).at(&word.place);
            self.push(diagnostic.log(format!("The {name} is very large - {found} seconds")));
        }
        Some(gap)
    }

    fn group_interfaces(&mut self, block: &Statement, members: &mut Vec<Word>) {
        let words: Vec<_> = block.block.iter().flat_map(|entry| &entry.words).collect();
        if words.is_empty() {
            return self.push(
                Diagnostic::warning(Code::MissingSetting, "no interfaces")
                    .at(&block.head().place)
                    .related(&block.end.span, "the block ends here")
                    .log("Warning - empty garp_group interfaces block")
                    .status(Status::General),
            );
        }
        self.links.lists += 1;
        for word in words {
            self.group_interface(word, members);
        }
    }

    // keepalived: garp_group_interface_handler
    fn group_interface(&mut self, word: &Word, members: &mut Vec<Word>) {
        let name = word.text();
        if self.interface(&name).is_none() && !self.global.config.dynamic_interfaces {
            self.missing_interface = true;
            return self.push(
                Diagnostic::error(
                    Code::UnknownInterface,
                    format!("there is no interface {name}"),
                )
                .at(&word.place)
                .log(format!(
                    "WARNING - interface {name} specified for garp_group doesn't exist"
                ))
                .status(Status::General),
            );
        }
        if let Some(first) = self.links.grouped.get(&name) {
            let first = first.span.clone();
            return self.push(
                Diagnostic::warning(
                    Code::Duplicate,
                    format!("{name} is in a garp_group already; ignored"),
                )
                .at(&word.place)
                .related(&first, "here")
                .log(format!(
                    "garp_group already specified for {name} - ignoring"
                ))
                .status(Status::General),
            );
        }
        self.links.grouped.insert(name, word.place.clone());
        members.push(word.clone());
    }

    // keepalived: garp_group_end_handler
    fn keep_garp_group(&mut self, mut group: GarpGroup, members: Vec<Word>, end: &Place) {
        let names = members.iter().map(Word::text);
        if group.garp_interval.is_none() && group.gna_interval.is_none() {
            names.for_each(|name| {
                self.links.grouped.remove(&name);
            });
            let log = format!(
                "garp group {} does not have any delay set - removing",
                self.links.lists
            );
            return self.push(
                Diagnostic::error(
                    Code::MissingSetting,
                    "garp_group has neither garp_interval nor gna_interval; it is left out",
                )
                .at(end)
                .log(log)
                .status(Status::General),
            );
        }
        group.interfaces = names.collect();
        self.links.groups.push(group);
    }

    // keepalived: alloc_linkbeat_interface
    pub(in crate::typed) fn linkbeat_interfaces(&mut self, block: &Statement) {
        self.not_built(block);
        for entry in &block.block {
            let interface = entry.head();
            let log =
                |name: &str| format!("unknown interface {name} specified for linkbeat interface");
            if !self.is_known_link(interface, log) {
                continue;
            }
            let method = entry.words.get(1).and_then(method);
            if let Some(option) = entry.words.get(if method.is_some() { 2 } else { 1 }) {
                let log = format!(
                    "extra characters {} in linkbeat interface",
                    entry.words[1].text()
                );
                self.unknown_option(option, "MII, ETHTOOL or IOCTL", log);
            }
            self.links.beats.push(LinkBeat {
                interface: interface.text(),
                method,
            });
        }
    }

    fn is_known_link(&mut self, word: &Word, log: impl FnOnce(&str) -> String) -> bool {
        let name = word.text();
        let known = self.interface(&name).is_some() || self.global.config.dynamic_interfaces;
        if !known {
            self.push(
                Diagnostic::error(
                    Code::UnknownInterface,
                    format!("there is no interface {name}; this line is left out"),
                )
                .at(&word.place)
                .log(log(&name))
                .status(Status::Fatal),
            );
        }
        known
    }

    // keepalived: alloc_if_up_down_delay
    pub(in crate::typed) fn interface_up_down_delays(&mut self, block: &Statement) {
        self.not_built(block);
        for entry in &block.block {
            let interface = entry.head();
            let log = |name: &str| format!("unknown interface {name} specified for up/down delay");
            if !self.is_known_link(interface, log) {
                continue;
            }
            let name = interface.text();
            let Some(down) = entry.words.get(1) else {
                let sentence = format!("{name} has no delays; this line is left out");
                let diagnostic = Diagnostic::warning(Code::MissingParameter, sentence);
                self.push(
                    diagnostic
                        .at(&interface.place)
                        .log(format!("No timeouts specified for {name} up/down delays")),
                );
                continue;
            };
            if let Some(extra) = entry.words.get(3) {
                let sentence = "an interface has a down and an up delay only; the rest is ignored";
                let log = format!("Too many parameters for {name} up/down delays");
                let diagnostic = Diagnostic::warning(Code::ExtraWords, sentence);
                self.push(diagnostic.at(&extra.place).log(log));
            }
            let Some(down) = self.link_delay(down, "down", &name) else {
                continue;
            };
            let up = match entry.words.get(2) {
                Some(word) => self.link_delay(word, "up", &name),
                None => Some(Duration::ZERO),
            };
            if let Some(up) = up {
                self.links.delays.push(LinkDelay {
                    interface: name,
                    down,
                    up,
                });
            }
        }
    }

    fn link_delay(&mut self, word: &Word, which: &str, interface: &str) -> Option<Duration> {
        let log = format!("Invalid {which} delay {} for {interface}", word.text());
        let what = format!("the {which} delay of {interface}");
        let wrong = Wrong::new(&what, "this line is left out", log);
        self.seconds(word, &(0..=LONGEST_DELAY), &wrong)
    }
}

fn method(word: &Word) -> Option<LinkBeatMethod> {
    Some(match word.text().as_str() {
        "MII" => LinkBeatMethod::Mii,
        "ETHTOOL" => LinkBeatMethod::Ethtool,
        "IOCTL" => LinkBeatMethod::Ioctl,
        _ => return None,
    })
}
