//! Numbers in rules: preferences, marks, ports, users and protocols.

use std::collections::BTreeMap;
use std::path::Path;

use super::line::{Dropped, Line};
use super::names::NameKind;
use super::rule::RuleDraft;
use crate::config::{FirewallMark, Range};
use crate::diagnostic::{Code, Diagnostic};
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value::c_unsigned;
use crate::word::Word;

/// Protocols that need no `/etc/protocols`.
const PROTOCOLS: [(&str, u8); 9] = [
    ("icmp", 1),
    ("tcp", 6),
    ("udp", 17),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("vrrp", 112),
    ("sctp", 132),
];

impl Builder<'_> {
    /// Numbers that a packet is known by, and the preference.
    pub(super) fn rule_numbers(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RuleDraft,
    ) -> Result<bool, Dropped> {
        let rule = &mut draft.rule;
        match &*option.bytes {
            b"preference" | b"order" | b"priority" => {
                draft.preference = Some(self.rule_preference(option, line)?);
            }
            b"tos" | b"dsfield" => {
                let word = self.option_word(line)?;
                let log = format!("TOS value {} is invalid", word.text());
                rule.tos = self.named_byte_option(word, NameKind::DsField, log)?;
            }
            b"fwmark" => rule.mark = Some(self.mark_option(line)?),
            b"tunnel-id" => {
                let word = self.option_word(line)?;
                // The original names the option where the value belongs.
                let log = "Invalid tunnel-id tunnel-id specified".to_owned();
                rule.tunnel_id = self.wide_number_option(word, "tunnel-id", log)?;
            }
            b"uidrange" => rule.users = Some(self.user_range(line)?),
            b"sport" => rule.source_ports = Some(self.port_range(line, "sport")?),
            b"dport" => rule.destination_ports = Some(self.port_range(line, "dport")?),
            b"ipproto" => rule.ip_protocol = Some(self.ip_protocol_option(line)?),
            b"protocol" => {
                let word = self.option_word(line)?;
                let log = format!("Invalid protocol {}", word.text());
                let number = self.unsigned(word, 0..=255, &Wrong::new("protocol", "ignored", log));
                let number = number.and_then(|number| u8::try_from(number).ok());
                draft.protocol = number
                    .map(|number| (number, word.clone()))
                    .or(draft.protocol.take());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rule_preference(&mut self, option: &Word, line: &mut Line<'_>) -> Result<u32, Dropped> {
        let word = self.option_word(line)?;
        let number = c_unsigned(&word.text()).and_then(|number| u32::try_from(number).ok());
        if let Some(number) = number {
            return Ok(number);
        }
        let name = option.text();
        let log = format!("Invalid rule preference {name} specified");
        let wrong = Wrong::new(&name, "the line is left out", log);
        self.unsigned(word, 0..=u32::MAX, &wrong).ok_or(Dropped)
    }

    /// `MARK[/MASK]`.
    fn mark_option(&mut self, line: &mut Line<'_>) -> Result<FirewallMark, Dropped> {
        let word = self.option_word(line)?;
        let found = word.text();
        let number = |text: &str| u32::try_from(c_unsigned(text)?).ok();
        let mark = match found.split_once('/') {
            Some((mark, mask)) => number(mark)
                .zip(number(mask))
                .map(|(mark, mask)| FirewallMark {
                    mark,
                    mask: Some(mask),
                }),
            None => number(&found).map(|mark| FirewallMark { mark, mask: None }),
        };
        match mark {
            Some(mark) => Ok(mark),
            None => self.leave_line_out(
                Code::InvalidNumber,
                word,
                format!("fwmark must be MARK or MARK/MASK, each 0..=4294967295, found {found}; the line is left out"),
                format!("Invalid rule fwmark {found} specified"),
            ),
        }
    }

    /// `FIRST-LAST`, as the original finds it in a word. `None`: there is no such thing in it.
    fn range_option(
        &mut self,
        word: &Word,
        what: &str,
        most: u32,
        ends: Option<Ends<'_>>,
    ) -> Result<Option<Range<u32>>, Dropped> {
        let Some((first, last, rest)) = ends else {
            return Ok(None);
        };
        let number = |number: u64| u32::try_from(number).ok().filter(|n| *n <= most);
        let found = word.text();
        let sentence = match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => {
                if rest.is_empty() {
                    return Ok(Some(Range { first, last }));
                }
                let sentence = format!("{what} is {first}-{last}; {rest} behind it is ignored");
                self.push(Diagnostic::warning(Code::ExtraWords, sentence).at(&word.place));
                return Ok(Some(Range { first, last }));
            }
            (Some(_), Some(_)) => format!("{what} must go upwards, found {found}"),
            (_, None) | (None, _) => format!("{what} must be 0..={most}, found {found}"),
        };
        // The original takes it, with the bits that fit.
        let sentence = format!("{sentence}; the line is left out");
        self.push(Diagnostic::error(Code::OutOfRange, sentence).at(&word.place));
        Err(Dropped)
    }

    fn user_range(&mut self, line: &mut Line<'_>) -> Result<Range<u32>, Dropped> {
        let word = self.option_word(line)?;
        let found = word.text();
        let range = self.range_option(word, "uidrange", u32::MAX, ends(&found))?;
        match range {
            Some(range) => Ok(range),
            // The original names the option where the value belongs.
            None => self.leave_line_out(
                Code::InvalidNumber,
                word,
                format!("uidrange must be FIRST-LAST, found {found}; the line is left out"),
                "Invalid uidrange uidrange specified",
            ),
        }
    }

    /// `FIRST-LAST` or `PORT`. The original takes a rule without the ports it does not understand, and it fits all.
    fn port_range(&mut self, line: &mut Line<'_>, what: &str) -> Result<Range<u16>, Dropped> {
        let word = self.option_word(line)?;
        let found = word.text();
        if let Ok(port) = found.parse() {
            self.better_here(word, "does not take one port, and leaves the ports out");
            return Ok(Range {
                first: port,
                last: port,
            });
        }
        let Some(Range { first, last }) = self.range_option(word, what, 65535, ends(&found))?
        else {
            return self.leave_line_out(
                Code::InvalidNumber,
                word,
                format!("{what} must be PORT or FIRST-LAST, each 0..=65535, found {found}; the line is left out"),
                format!("invalid {what} range {found}"),
            );
        };
        let port = |number| u16::try_from(number).map_err(|_| Dropped);
        Ok(Range {
            first: port(first)?,
            last: port(last)?,
        })
    }

    /// A protocol by its name.
    fn ip_protocol(&mut self, name: &str) -> Option<u8> {
        let host = self.host;
        let protocols = self.statics.ip_protocols.get_or_insert_with(|| {
            let file = host.text(Path::new("/etc/protocols"));
            ip_protocols(&file.unwrap_or_default())
        });
        protocols.get(name).copied()
    }

    // keepalived: inet_proto_a2n
    fn ip_protocol_option(&mut self, line: &mut Line<'_>) -> Result<u8, Dropped> {
        /// The original's largest number.
        const USUAL: u8 = 127;
        let word = self.option_word(line)?;
        let found = word.text();
        if let Ok(number) = found.parse() {
            if number > USUAL {
                self.better_here(word, "does not take it, and leaves the protocol out");
            }
            return Ok(number);
        }
        match self.ip_protocol(&found) {
            Some(number) => Ok(number),
            None => self.leave_line_out(
                Code::UnknownName,
                word,
                format!("there is no IP protocol {found}; the line is left out"),
                format!("Invalid ipproto {found}"),
            ),
        }
    }
}

/// Two numbers, and what stands behind them.
type Ends<'a> = (u64, u64, &'a str);

/// `A-B` at the beginning of a word.
fn ends(text: &str) -> Option<Ends<'_>> {
    let number = |text: &'_ str| -> (Option<u64>, usize) {
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        let digits = &text[..length];
        // More digits than fit are too many whatever they are.
        let number = (length > 0).then(|| digits.parse().unwrap_or(u64::MAX));
        (number, length)
    };
    let (first, length) = number(text);
    let rest = text[length..].strip_prefix('-')?;
    let (last, length) = number(rest);
    Some((first?, last?, &rest[length..]))
}

/// The protocols of a machine by their names and aliases, the first of a name.
fn ip_protocols(file: &str) -> BTreeMap<String, u8> {
    let mut protocols = BTreeMap::new();
    for line in file.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(number)) = (words.next(), words.next()) else {
            continue;
        };
        if let Ok(number) = number.parse() {
            for name in [name].into_iter().chain(words) {
                protocols.entry(name.to_owned()).or_insert(number);
            }
        }
    }
    for (name, number) in PROTOCOLS {
        protocols.entry(name.to_owned()).or_insert(number);
    }
    protocols
}
