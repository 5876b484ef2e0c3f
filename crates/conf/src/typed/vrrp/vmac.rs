//! `use_vmac`, `use_ipvlan`, `garp_extra_if`: virtual interfaces of an instance.

mod settle;

use std::time::Duration;

use super::instance::InstanceDraft;
use crate::config::global::GarpExtra;
use crate::config::{Ipvlan, IpvlanMode, Vmac};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::typed::net::NameKind;
use crate::typed::read::Wrong;
use crate::value;
use crate::word::Word;

/// The longest name of an interface.
pub(super) const LONGEST_NAME: usize = 15;
/// 00:00:5e:00, what addresses of virtual routers begin with (RFC 9568 §7.3).
const ROUTER_MAC: [u8; 4] = [0, 0, 0x5e, 0];

/// What was read of `use_vmac` and `use_ipvlan`.
#[derive(Default)]
pub(in crate::typed) struct VirtualDraft {
    pub(super) vmac: Option<(Vmac, Place)>,
    pub(super) ipvlan: Option<(Ipvlan, Place)>,
    /// The last byte of the MAC address is the VRID.
    pub(super) mac_of_vrid: bool,
    /// Of either; one instance has one.
    pub(super) name: Option<Word>,
    pub(super) group: Option<u32>,
}

/// The two differ in their wording.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Vmac,
    Ipvlan,
}

impl Builder<'_> {
    // keepalived: vrrp_vmac_handler
    pub(super) fn use_vmac(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let place = &statement.head().place;
        let known = draft.links.vmac.take();
        let (mut vmac, place) = known.unwrap_or_else(|| (Vmac::default(), place.clone()));
        let mut words = statement.arguments().iter();
        while let Some(word) = words.next() {
            match word.text().as_str() {
                text if text.contains(':') => self.vmac_address(word, &mut vmac, draft),
                "netlink_notify_msg" => vmac.netlink_notify = true,
                "group" | "name" => {
                    self.link_pair(statement, word, words.next(), Which::Vmac, draft);
                }
                _ => self.link_name(word, Which::Vmac, draft),
            }
        }
        draft.links.vmac = Some((vmac, place));
    }

    fn vmac_address(&mut self, word: &Word, vmac: &mut Vmac, draft: &mut InstanceDraft) {
        let text = word.text();
        let (sentence, log) = if vmac.mac.is_some() {
            (
                "there is a MAC address already".to_owned(),
                "VMAC interface address already specified".to_owned(),
            )
        } else if !text.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') {
            (
                format!("{text} is no MAC address"),
                format!("VMAC invalid MAC address {text}"),
            )
        } else {
            match mac_address(&text) {
                None => (
                    format!("{text} is no MAC address"),
                    format!("VMAC invalid MAC address {text} - ignored"),
                ),
                Some((mac, _)) if mac[0] & 1 != 0 => (
                    format!("{text} is a multicast address"),
                    format!("VMAC MAC address is multicast {text} - ignoring"),
                ),
                Some((mac, _)) if mac[..4] == ROUTER_MAC && matches!(mac[4], 1 | 2) => (
                    format!("{text} belongs to a virtual router of RFC 9568"),
                    format!(
                        "VMAC MAC address not allowed to be RFC5798 address ({text}) - ignoring"
                    ),
                ),
                Some((mac, is_whole)) => {
                    vmac.mac = Some(mac);
                    draft.links.mac_of_vrid = !is_whole;
                    return;
                }
            }
        };
        self.bad_link_word(
            word,
            &sentence,
            log,
            "six bytes, or five and the VRID: 02:00:5e:00:01:05",
        );
    }

    fn bad_link_word(&mut self, word: &Word, why: &str, log: String, expected: &str) {
        self.push(
            Diagnostic::warning(Code::InvalidValue, format!("{why}; ignored"))
                .at(&word.place)
                .expected(expected)
                .log(log)
                .status(Status::General),
        );
    }

    /// `group GROUP` or `name NAME`.
    fn link_pair(
        &mut self,
        statement: &Statement,
        option: &Word,
        value: Option<&Word>,
        which: Which,
        draft: &mut InstanceDraft,
    ) {
        let name = option.text();
        match value {
            None => {
                let line = statement.head().text();
                let position = statement.words.len() + 1;
                self.push(missing_parameter(&option.place, &line, &name, position));
            }
            Some(value) if name == "group" => self.link_group(value, which, draft),
            Some(value) => self.link_name(value, which, draft),
        }
    }

    fn link_group(&mut self, word: &Word, which: Which, draft: &mut InstanceDraft) {
        let name = word.text();
        if let Some(group) = self.named_number(&name, NameKind::Group) {
            draft.links.group = Some(group);
            return;
        }
        let what = match which {
            Which::Vmac => "VMAC",
            Which::Ipvlan => "ipvlan",
        };
        let (sentence, expected, _) = self.not_named(&name, NameKind::Group);
        let log = format!("{what} group {name} not found");
        self.bad_link_word(word, &sentence, log, &expected);
    }

    fn link_name(&mut self, word: &Word, which: Which, draft: &mut InstanceDraft) {
        let (owner, name) = (draft.name.clone(), word.text());
        if let Some(first) = &draft.links.name {
            let log = match which {
                Which::Vmac => "VMAC interface name already specified".to_owned(),
                Which::Ipvlan => {
                    format!("({owner}) IPVLAN interface already specified - ignoring '{name}'")
                }
            };
            let sentence = format!("there is a name already, {}", first.text());
            return self.bad_link_word(word, &sentence, log, "one name");
        }
        let valid = match which {
            Which::Vmac => is_device_name(&name),
            Which::Ipvlan => name.len() <= LONGEST_NAME,
        };
        if !valid {
            let log = match which {
                Which::Vmac => format!(
                    "VMAC interface name '{name}' too long or invalid characters - ignoring"
                ),
                Which::Ipvlan => {
                    format!("({owner}) IPVLAN interface name '{name}' too long - ignoring")
                }
            };
            let sentence = format!("{name} cannot be the name of an interface");
            return self.bad_link_word(word, &sentence, log, "15 bytes at the most, no / or :");
        }
        if let Some((other, place)) = self.link_names.get(&name) {
            let first = place.span.clone();
            let log =
                format!("({owner}) VRRP instance {other} is already using {name} - ignoring name");
            let sentence = format!("{other} has an interface {name} already; the name is ignored");
            return self.push(
                Diagnostic::warning(Code::Duplicate, sentence)
                    .at(&word.place)
                    .related(&first, "here")
                    .log(log)
                    .status(Status::General),
            );
        }
        if self.is_other_link(&name, which, word, &owner) {
            return;
        }
        self.link_names.insert(name, (owner, word.place.clone()));
        draft.links.name = Some(word.clone());
    }

    /// An interface of that name that is something else. One of our kind may be left over and is used again.
    fn is_other_link(&mut self, name: &str, which: Which, word: &Word, owner: &str) -> bool {
        let Some(facts) = self.interface(name) else {
            return false;
        };
        let is_ours = match which {
            Which::Vmac => facts.macvlan,
            Which::Ipvlan => facts.ipvlan,
        };
        if !is_ours {
            let (kind, words) = match which {
                Which::Vmac => ("a private macvlan; ignoring vmac", "macvlan"),
                Which::Ipvlan => ("an l2 ipvlan; ignoring ipvlan", "ipvlan"),
            };
            let log =
                format!("({owner}) interface {name} already exists and is not {kind} if_name");
            let sentence =
                format!("there is an interface {name} already, which is no {words} of ours");
            self.bad_link_word(word, &sentence, log, "a name that is free");
        }
        !is_ours
    }

    // keepalived: vrrp_ipvlan_handler
    pub(super) fn use_ipvlan(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let owner = draft.name.clone();
        let place = &statement.head().place;
        if let Some((_, first)) = &draft.links.ipvlan {
            let first = first.span.clone();
            return self.push(
                Diagnostic::warning(Code::Duplicate, "use_ipvlan is there already; ignored")
                    .at(place)
                    .related(&first, "the first one")
                    .log(format!("({owner}) use_ipvlan already specified"))
                    .status(Status::General),
            );
        }
        let mut ipvlan = Ipvlan::default();
        let mut has_mode = false;
        let mut words = statement.arguments().iter();
        while let Some(word) = words.next() {
            let text = word.text();
            match text.as_str() {
                mode @ ("bridge" | "private" | "vepa") if has_mode => {
                    let log =
                        format!("({owner}) ipvlan type already specified - ignoring '{mode}'");
                    self.bad_link_word(word, "there is a mode already", log, "one mode");
                }
                "bridge" => (ipvlan.mode, has_mode) = (IpvlanMode::Bridge, true),
                "private" => (ipvlan.mode, has_mode) = (IpvlanMode::Private, true),
                "vepa" => (ipvlan.mode, has_mode) = (IpvlanMode::Vepa, true),
                "group" | "name" => {
                    self.link_pair(statement, word, words.next(), Which::Ipvlan, draft);
                }
                _ => match address_of(&text) {
                    Some(address) => self.ipvlan_address(word, address, &mut ipvlan, draft),
                    None => self.link_name(word, Which::Ipvlan, draft),
                },
            }
        }
        draft.links.ipvlan = Some((ipvlan, place.clone()));
    }

    fn ipvlan_address(
        &mut self,
        word: &Word,
        address: (std::net::IpAddr, Option<u8>),
        ipvlan: &mut Ipvlan,
        draft: &mut InstanceDraft,
    ) {
        let (owner, text) = (draft.name.clone(), word.text());
        if ipvlan.address.is_some() {
            let log = format!("({owner}) ipvlan address already specified - ignoring '{text}'");
            return self.bad_link_word(word, "there is an address already", log, "one address");
        }
        if !draft.fits(address.0) {
            let log = format!(
                "({owner}) ipvlan address[{text}] MUST match vrrp instance family !!! Skipping..."
            );
            let sentence = format!("{text} is of the other family than {owner}");
            return self.bad_link_word(word, &sentence, log, "an address of its family");
        }
        draft
            .source
            .get_or_insert_with(|| (address.0, word.place.clone()));
        ipvlan.address = Some(address);
    }

    /// `[all] SECONDS`.
    // keepalived: vrrp_garp_extra_if_handler
    pub(super) fn garp_extra_if(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let (owner, keyword) = (draft.name.clone(), statement.head().text());
        if keyword == "vmac_garp_intvl" {
            self.push(
                Diagnostic::warning(
                    Code::Deprecated,
                    "vmac_garp_intvl is deprecated; use garp_extra_if",
                )
                .at(&statement.head().place)
                .log("Keyword \"vmac_garp_intvl\" is deprecated - please use \"garp_extra_if\"")
                .status(Status::Deprecated),
            );
        }
        let mut interval = None;
        for word in statement.arguments() {
            if word.is("all") {
                draft.garp_extra_all = true;
                continue;
            }
            let log = format!("({owner}): {keyword} '{}' invalid - ignoring", word.text());
            interval = self.unsigned(word, 0..=86400, &Wrong::new(&keyword, "ignored", log));
            if interval.is_none() {
                return;
            }
        }
        let Some(seconds) = interval else {
            let log = format!("({owner}): {keyword} specified without time - ignoring");
            let sentence = format!("{keyword} needs a number of seconds; ignored");
            return self.no_value(statement, &sentence, log);
        };
        draft.garp_extra = Some(Duration::from_secs(u64::from(seconds)));
    }
}

/// A name the kernel takes for an interface.
fn is_device_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && !matches!(name, "." | "..")
        && !name.contains(|c: char| matches!(c, '/' | ':') || c.is_whitespace())
}

/// Six bytes, or five, which may end in a colon; then the last is zero yet. The flag: whether it is whole.
fn mac_address(text: &str) -> Option<([u8; 6], bool)> {
    let mut mac = [0; 6];
    let mut bytes: Vec<_> = text.split(':').collect();
    if bytes.len() == 6 && bytes[5].is_empty() {
        bytes.pop();
    }
    if !matches!(bytes.len(), 5 | 6) {
        return None;
    }
    for (to, from) in mac.iter_mut().zip(&bytes) {
        if from.is_empty() || from.len() > 2 {
            return None;
        }
        *to = u8::from_str_radix(from, 16).ok()?;
    }
    Some((mac, bytes.len() == 6))
}

/// An address, and the length of its prefix.
fn address_of(text: &str) -> Option<(std::net::IpAddr, Option<u8>)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (text, None),
    };
    let address = value::address(address.as_bytes())?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    prefix
        .is_none_or(|length| length <= longest)
        .then_some((address, prefix))
}

impl InstanceDraft {
    /// `garp_extra_if`, if anything was said.
    pub(in crate::typed) fn garp_extra(&self) -> Option<GarpExtra> {
        Some(GarpExtra {
            interval: self.garp_extra?,
            all: self.garp_extra_all,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mac_addresses() {
        assert_eq!(
            mac_address("02:0:5e:0:1:ff"),
            Some(([2, 0, 0x5e, 0, 1, 255], true))
        );
        assert_eq!(
            mac_address("02:00:5e:00:01"),
            Some(([2, 0, 0x5e, 0, 1, 0], false))
        );
        assert_eq!(mac_address("02:00:5e:00:01:").map(|m| m.1), Some(false));
        for bad in ["02:00", "02:00:5e:00:01:02:03", "002:0:0:0:0:1", "::1"] {
            assert_eq!(mac_address(bad), None, "{bad}");
        }
    }

    #[test]
    fn addresses_with_and_without_a_prefix() {
        assert_eq!(address_of("10.0.0.1/33"), None);
        assert_eq!(address_of("eth0"), None);
        assert!(address_of("fd00::1/64").is_some_and(|(_, prefix)| prefix == Some(64)));
    }
}
