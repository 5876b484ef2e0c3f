//! `virtual_server_group`: addresses, ranges and firewall marks that share real servers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::service::{plain_address, written_port};
use crate::config::{Family, GroupAddresses, GroupMark, VirtualServerGroup};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value;
use crate::word::Word;

/// One group, as far as it was read.
pub(in crate::typed) struct ServerGroupDraft {
    pub(super) place: Place,
    pub(super) config: VirtualServerGroup,
    /// Addresses or marks of these families are in it.
    pub(super) has_ipv4: bool,
    pub(super) has_ipv6: bool,
    /// A mark has no family.
    pub(super) mark_without_family: bool,
    /// A virtual server refers to it.
    pub(super) used: bool,
}

impl ServerGroupDraft {
    fn new(name: &Word) -> Self {
        let config = VirtualServerGroup {
            name: name.text(),
            addresses: Vec::new(),
            marks: Vec::new(),
        };
        Self {
            place: name.place.clone(),
            config,
            has_ipv4: false,
            has_ipv6: false,
            mark_without_family: false,
            used: false,
        }
    }

    fn has(&mut self, family: Family) {
        match family {
            Family::Inet => self.has_ipv4 = true,
            Family::Inet6 => self.has_ipv6 = true,
        }
    }

    /// The one family of its members.
    pub(super) fn family(&self) -> Option<Family> {
        match (self.has_ipv4, self.has_ipv6) {
            (true, false) => Some(Family::Inet),
            (false, true) => Some(Family::Inet6),
            (true, true) | (false, false) => None,
        }
    }
}

/// Why a range is none: what is said of it, and the original's line and class.
struct BadRange {
    sentence: String,
    log: String,
    status: Status,
}

impl BadRange {
    fn new(sentence: &str, log: String) -> Self {
        Self {
            sentence: sentence.to_owned(),
            log,
            status: Status::General,
        }
    }
}

impl Builder<'_> {
    // keepalived: vsg_handler
    pub(in crate::typed) fn virtual_server_group(&mut self, block: &Statement) {
        let Some(name) = block.arguments().first() else {
            let (place, keyword) = (&block.head().place, "virtual_server_group");
            return self.push(missing_parameter(place, keyword, keyword, 2));
        };
        self.note_not_built(block);
        self.words_after(&block.arguments()[1..], "the name of a group");
        let mut draft = ServerGroupDraft::new(name);
        for entry in &block.block {
            self.group_entry(entry, &mut draft);
        }
        self.keep_server_group(draft, &block.end);
    }

    fn keep_server_group(&mut self, draft: ServerGroupDraft, end: &Place) {
        let name = &draft.config.name;
        let (sentence, log) = if draft.config.addresses.is_empty() && draft.config.marks.is_empty()
        {
            (
                format!("virtual_server_group {name} has no address and no mark; it is left out"),
                format!("virtual server group {name} has no entries - removing"),
            )
        } else if draft.has_ipv4 && draft.has_ipv6 && draft.mark_without_family {
            (
                format!(
                    "virtual_server_group {name} has both families, so each fwmark needs `inet` or `inet6`; it is left out"
                ),
                format!(
                    "virtual server group {name} cannot have IPv4, IPv6 and fwmark without family - removing"
                ),
            )
        } else {
            return self.keep_first_server_group(draft);
        };
        self.push(
            Diagnostic::error(Code::MissingSetting, sentence)
                .at(end)
                .related(&draft.place.span, "the group")
                .log(log)
                .status(Status::General),
        );
    }

    /// The original says nothing of a second group of a name, and never finds it.
    fn keep_first_server_group(&mut self, draft: ServerGroupDraft) {
        let name = draft.config.name.clone();
        let Some(first) = self.server_groups.find(&name) else {
            return self.server_groups.push(name, draft);
        };
        let sentence =
            format!("virtual_server_group {name} is there already; this one is left out");
        let diagnostic = Diagnostic::warning(Code::Duplicate, sentence)
            .at(&draft.place)
            .related(&first.place.span, "the first one");
        self.push(diagnostic);
    }

    // keepalived: alloc_vsg_entry
    fn group_entry(&mut self, entry: &Statement, draft: &mut ServerGroupDraft) {
        let words = &entry.words;
        if entry.head().is("fwmark") {
            self.group_mark(words, draft);
            return;
        }
        self.words_after(words.get(2..).unwrap_or_default(), "a port");
        if let Some(addresses) = self.group_addresses(words) {
            draft.has(Family::of(addresses.first));
            draft.config.addresses.push(addresses);
        }
    }

    fn group_mark(&mut self, words: &[Word], draft: &mut ServerGroupDraft) {
        let name = &draft.config.name;
        let Some(word) = words.get(1) else {
            return self.push(missing_parameter(&words[0].place, "fwmark", "fwmark", 2));
        };
        let log = format!(
            "({name}): fwmark '{}' must be in [0, {}] - ignoring",
            word.text(),
            u32::MAX
        );
        let wrong = Wrong::new("fwmark", "left out", log);
        let Some(mark) = self.unsigned(word, 0..=u32::MAX, &wrong) else {
            return;
        };
        let family = match words.get(2).map(|word| (word, word.text())) {
            None => None,
            Some((_, inet)) if inet == "inet" => Some(Family::Inet),
            Some((_, inet6)) if inet6 == "inet6" => Some(Family::Inet6),
            Some((word, text)) => {
                let log = format!("({name}): fwmark '{mark}' family {text} unknown - ignoring");
                return self.push(
                    Wrong::new("the family of a fwmark", "left out", "")
                        .diagnostic(Code::InvalidValue, word, "inet or inet6")
                        .expected("inet or inet6")
                        .log(log)
                        .status(Status::General),
                );
            }
        };
        self.words_after(words.get(3..).unwrap_or_default(), "a fwmark");
        match family {
            Some(family) => draft.has(family),
            None => draft.mark_without_family = true,
        }
        self.no_mark(mark, word);
        draft.config.marks.push(GroupMark { mark, family });
    }

    /// The original takes 0, and the kernel has no service for it.
    fn no_mark(&mut self, mark: u32, word: &Word) {
        if mark == 0 {
            let sentence =
                "packets without a mark have the mark 0, which the kernel takes for no service";
            self.push(Diagnostic::warning(Code::OutOfRange, sentence).at(&word.place));
        }
    }

    fn group_addresses(&mut self, words: &[Word]) -> Option<GroupAddresses> {
        let (what, word) = ("member of the group", &words[0]);
        let (text, port) = (word.text(), written_port(words.get(1)));
        let log = match port.map(Word::text) {
            Some(port) => {
                format!("Invalid virtual server group IP address {text} /port/{port} - skipping")
            }
            None => format!("Invalid virtual server group IP address {text}  - skipping"),
        };
        let port = self.service_port(what, port, &log)?;
        let Some((first, rest)) = plain_address(&word.bytes) else {
            self.no_address(what, word, log);
            return None;
        };
        match last_address(first, &String::from_utf8_lossy(rest), &text) {
            Ok(last) => Some(GroupAddresses { first, last, port }),
            Err(problem) => {
                let sentence = format!("{}; {text} is left out", problem.sentence);
                let diagnostic = Diagnostic::error(Code::InvalidAddress, sentence);
                let diagnostic = diagnostic.at(&word.place).log(problem.log);
                self.push(diagnostic.status(problem.status));
                None
            }
        }
    }
}

/// The last address of what begins with `first` and goes on with `rest`: a prefix, or the end of a range.
fn last_address(first: IpAddr, rest: &str, text: &str) -> Result<IpAddr, BadRange> {
    if let Some((_, length)) = rest.split_once('/') {
        return last_of_network(first, length, text);
    }
    let Some(end) = rest.strip_prefix('-') else {
        return Ok(first);
    };
    let is_whole = end.contains(if first.is_ipv4() { '.' } else { ':' });
    if !is_whole {
        return last_of_part(first, end, text);
    }
    let Some((last, _)) = plain_address(end.as_bytes()) else {
        return Err(BadRange::new(
            "the end of the range is no address",
            format!("Invalid range end {text} - skipping"),
        ));
    };
    if last < first {
        return Err(BadRange::new(
            "the range ends before it begins",
            format!("Address range end is less than address range start - {text} - skipping"),
        ));
    }
    Ok(last)
}

fn last_of_network(first: IpAddr, length: &str, text: &str) -> Result<IpAddr, BadRange> {
    let longest = value::longest(first);
    let length = length
        .parse()
        .ok()
        .filter(|length| (1..=longest).contains(length));
    let Some(length) = length else {
        return Err(BadRange::new(
            &format!("the length of a prefix must be 1..={longest}"),
            format!("Invalid netmask - {text} - skipping"),
        ));
    };
    let (last, is_network) = match first {
        IpAddr::V4(ip) => {
            let host = u32::MAX.checked_shr(length.into()).unwrap_or(0);
            let last = Ipv4Addr::from_bits(ip.to_bits() | host);
            (IpAddr::V4(last), ip.to_bits() & host == 0)
        }
        IpAddr::V6(ip) => {
            let host = u128::MAX.checked_shr(length.into()).unwrap_or(0);
            let last = Ipv6Addr::from_bits(ip.to_bits() | host);
            (IpAddr::V6(last), ip.to_bits() & host == 0)
        }
    };
    if !is_network {
        return Err(BadRange::new(
            "this is an address in a network, not the network",
            format!("Address mask bits not empty - {text} - skipping"),
        ));
    }
    Ok(last)
}

/// The end is the last octet, or the last four hexadecimal digits.
// keepalived: inet_stor
fn last_of_part(first: IpAddr, end: &str, text: &str) -> Result<IpAddr, BadRange> {
    let (radix, most) = if first.is_ipv4() {
        (10, 0xff)
    } else {
        (16, 0xffff)
    };
    let length = end
        .bytes()
        .take_while(|b| char::from(*b).is_digit(radix))
        .count();
    let (digits, rest) = end.split_at(length);
    if !rest.is_empty() {
        return Err(BadRange {
            sentence: format!("a range ends with a number, and `{rest}` is none"),
            log: format!(
                "Virtual server group range '{text}' has extra characters at end '{rest}'"
            ),
            status: Status::InvalidNumber,
        });
    }
    // Nothing is read as 0.
    let number = if digits.is_empty() {
        Ok(0)
    } else {
        u32::from_str_radix(digits, radix)
    };
    let Some(number) = number.ok().filter(|number| *number <= most) else {
        return Err(BadRange {
            sentence: "the end of the range is more than the last part of an address".to_owned(),
            log: format!("Virtual server group range '{text}' end '{end}' too large"),
            status: Status::InvalidNumber,
        });
    };
    let last = match first {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & !most | number)),
        IpAddr::V6(ip) => {
            let bits = ip.to_bits() & !u128::from(most) | u128::from(number);
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
    };
    if last <= first {
        return Err(BadRange::new(
            "the range ends where it begins, or before",
            format!(
                "Address range end is not greater than address range start - {text} - skipping"
            ),
        ));
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> Result<String, String> {
        let (first, rest) = plain_address(text.as_bytes()).expect("an address");
        let last = last_address(first, &String::from_utf8_lossy(rest), text);
        last.map(|last| last.to_string())
            .map_err(|problem| problem.log)
    }

    #[test]
    fn ranges_and_networks_end_somewhere() {
        for (text, end) in [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1-5", "10.0.0.5"),
            ("10.0.0.1-10.0.2.7", "10.0.2.7"),
            ("10.0.0.9-10.0.0.9", "10.0.0.9"),
            ("10.0.0.0/24", "10.0.0.255"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("fd00::1-ffff", "fd00::ffff"),
            ("fd00::1-fd00::7", "fd00::7"),
            ("fd00::/64", "fd00::ffff:ffff:ffff:ffff"),
            ("fd00::1/128", "fd00::1"),
            ("fd00:0:0:2::/63", "fd00::3:ffff:ffff:ffff:ffff"),
        ] {
            assert_eq!(last(text), Ok(end.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_range_is_told_as_the_original_does() {
        for (text, log) in [
            ("10.0.0.1-300", "end '300' too large"),
            ("10.0.0.1-5x", "extra characters at end 'x'"),
            ("10.0.0.5-5", "end is not greater than address range start"),
            ("10.0.0.5-", "end is not greater than address range start"),
            ("10.0.0.9-10.0.0.7", "end is less than address range start"),
            ("10.0.0.9-10.0.0.x", "Invalid range end"),
            ("10.0.0.1/24", "mask bits not empty"),
            ("10.0.0.0/0", "Invalid netmask"),
            ("10.0.0.0/33", "Invalid netmask"),
            ("fd00::1-10000", "end '10000' too large"),
            ("fd00::1:1/112", "mask bits not empty"),
        ] {
            let found = last(text).expect_err(text);
            assert!(found.contains(log), "{text}: {found}");
        }
    }
}
