//! `UDP_CHECK` and `DNS_CHECK`.

use super::{Kept, Settings};
use crate::config::{CheckerKind, DnsCheck, DnsType, UdpCheck};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::lvs::real_server::RealServerDraft;
use crate::word::Word;

impl Builder<'_> {
    pub(super) fn udp_check(&mut self, block: &Statement, server: &mut RealServerDraft) {
        let mut settings = Settings::connecting(server);
        let mut udp = UdpCheck::default();
        for statement in &block.block {
            match statement.keyword.map_or("", |keyword| keyword.keyword) {
                "payload" => self.payload(statement, &mut udp),
                "require_reply" => self.require_reply(statement, &mut udp),
                "min_reply_length" => {
                    let read = self.int_setting(statement, "");
                    udp.min_reply_length = read.unwrap_or(udp.min_reply_length);
                }
                "max_reply_length" => {
                    let read = self.int_setting(statement, "");
                    udp.max_reply_length = read.unwrap_or(udp.max_reply_length);
                }
                _ => self.checker_setting(statement, &mut settings),
            }
        }
        let (min, max) = (udp.min_reply_length, udp.max_reply_length);
        let kind = CheckerKind::Udp(Box::new(udp));
        let kept = self.keep_checker(block, kind, settings, server);
        if min > max && kept == Kept::Yes {
            self.push(
                Diagnostic::warning(
                    Code::Conflict,
                    format!(
                        "min_reply_length {min} is more than max_reply_length {max}: no reply is ever right"
                    ),
                )
                .at(&block.end)
                .log(format!(
                    "UDP_CHECK min_reply length {min} > max_reply_length {max} - will always fail"
                ))
                .status(Status::General),
            );
        }
    }

    fn payload(&mut self, statement: &Statement, udp: &mut UdpCheck) {
        if statement.arguments().is_empty() {
            return self.missing_value(statement, "UDP_CHECK payload requires a payload");
        }
        match hex(statement.arguments(), Wildcards::Refused) {
            Some(hex) => udp.payload = Some(hex.bytes),
            None => self.wrong_hex(statement),
        }
    }

    fn require_reply(&mut self, statement: &Statement, udp: &mut UdpCheck) {
        udp.require_reply = true;
        if statement.arguments().is_empty() {
            return;
        }
        match hex(statement.arguments(), Wildcards::Taken) {
            Some(hex) => (udp.reply, udp.reply_mask) = (hex.bytes, hex.mask),
            None => self.wrong_hex(statement),
        }
    }

    fn wrong_hex(&mut self, statement: &Statement) {
        let (Some(row), Some(word)) = (statement.keyword, statement.arguments().first()) else {
            return;
        };
        let name = row.keyword;
        let expected = match name {
            "payload" => "pairs of hexadecimal digits",
            _ => "pairs of hexadecimal digits, x for any digit",
        };
        let found: Vec<_> = statement.arguments().iter().map(Word::text).collect();
        let found = found.join(" ");
        let sentence = format!("{name} must be {expected}, found {found}; ignored");
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&word.place)
                .expected(expected)
                .log(row.log.unwrap_or_default())
                .status(Status::General),
        );
    }

    pub(super) fn dns_check(&mut self, block: &Statement, server: &mut RealServerDraft) {
        let mut settings = Settings::connecting(server);
        let (mut record, mut name) = (DnsType::default(), None);
        for statement in &block.block {
            match statement.keyword.map_or("", |keyword| keyword.keyword) {
                "type" => {
                    let read = self.choice_setting(statement, "").and_then(dns_type);
                    record = read.unwrap_or(record);
                }
                "name" => self.dns_name(statement, &mut name),
                _ => self.checker_setting(statement, &mut settings),
            }
        }
        let dns = DnsCheck {
            record,
            name: name.unwrap_or_default(),
        };
        let kind = CheckerKind::Dns(Box::new(dns));
        self.keep_checker(block, kind, settings, server);
    }

    // keepalived: dns_name_handler
    fn dns_name(&mut self, statement: &Statement, slot: &mut Option<String>) {
        let Some(word) = statement.arguments().first() else {
            return;
        };
        let name = word.text();
        if let Some(first) = slot {
            let sentence = format!("name is {first} already; {name} is ignored");
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence)
                .at(&word.place)
                .log("DNS_CHECK name already specified - ignoring")
                .status(Status::General);
            return self.push(diagnostic);
        }
        let labels = name.strip_suffix('.').unwrap_or(&name);
        if !labels.is_empty() && labels.split('.').any(str::is_empty) {
            let sentence = format!("{name} has an empty part between its dots; ignored");
            let diagnostic = Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&word.place)
                .log(format!(
                    "DNS_CHECK name '{name}' has empty label - ignoring"
                ))
                .status(Status::General);
            return self.push(diagnostic);
        }
        if labels.len() > 253 || labels.split('.').any(|label| label.len() > 63) {
            let sentence = format!(
                "{name} is too long for a name: 253 bytes, and 63 between dots; the check will fail"
            );
            self.push(Diagnostic::warning(Code::InvalidValue, sentence).at(&word.place));
        }
        *slot = Some(name);
    }
}

fn dns_type(word: &str) -> Option<DnsType> {
    Some(match word {
        "A" => DnsType::A,
        "NS" => DnsType::Ns,
        "CNAME" => DnsType::Cname,
        "SOA" => DnsType::Soa,
        "MX" => DnsType::Mx,
        "TXT" => DnsType::Txt,
        "AAAA" => DnsType::Aaaa,
        "RRSIG" => DnsType::Rrsig,
        "DNSKEY" => DnsType::Dnskey,
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wildcards {
    Refused,
    Taken,
}

/// Bytes, and which of their bits may be anything.
#[derive(Debug, PartialEq, Eq)]
struct Hex {
    bytes: Vec<u8>,
    /// Empty: all bits count.
    mask: Vec<u8>,
}

/// Pairs of digits, blanks between them; a digit before a blank is a byte by itself. `None`: something else, or nothing.
// keepalived: read_hex_str
fn hex(words: &[Word], wildcards: Wildcards) -> Option<Hex> {
    let (mut bytes, mut mask) = (Vec::new(), Vec::new());
    for word in words {
        let parts = word.bytes.split(|byte| matches!(byte, b' ' | b'\t'));
        for pair in parts.flat_map(|part| part.chunks(2)) {
            let (mut byte, mut any) = (0, 0);
            for digit in pair {
                let (value, wild) = nibble(*digit, wildcards)?;
                byte = byte << 4 | value;
                any = any << 4 | wild;
            }
            bytes.push(byte);
            mask.push(any);
        }
    }
    if mask.iter().all(|any| *any == 0) {
        mask.clear();
    }
    (!bytes.is_empty()).then_some(Hex { bytes, mask })
}

/// A digit and its mask.
fn nibble(digit: u8, wildcards: Wildcards) -> Option<(u8, u8)> {
    if digit.eq_ignore_ascii_case(&b'x') && wildcards == Wildcards::Taken {
        return Some((0, 0xf));
    }
    let value = char::from(digit).to_digit(16)?;
    Some((u8::try_from(value).ok()?, 0))
}
