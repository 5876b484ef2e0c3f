//! `encap`: tunnels of routes and next hops.

use std::net::IpAddr;

use vrrp::Family;

use super::line::{Dropped, Line};
use super::names::NameKind;
use crate::config::{Encap, IpEncap};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value::c_unsigned;
use crate::word::Word;

/// More labels do not fit.
const LABELS: usize = 2;

impl Builder<'_> {
    /// What follows `encap`. The original goes on without a tunnel it does not understand; a packet that was to go
    /// through one must not go without, so the line is left out.
    // keepalived: parse_encap
    pub(super) fn encap_option(
        &mut self,
        line: &mut Line<'_>,
        option: &Word,
    ) -> Result<Encap, Dropped> {
        let Some(word) = line.next() else {
            let sentence = "encap needs the kind of a tunnel; the line is left out";
            let place = &option.place;
            self.push(
                Diagnostic::error(Code::MissingParameter, sentence)
                    .at(place)
                    .expected("ip, ip6, mpls or ila")
                    .log("Missing encap type")
                    .status(Status::General),
            );
            return Err(Dropped);
        };
        match &*word.bytes {
            b"ip" => Ok(Encap::Ip(self.ip_encap(line, word, Family::V4)?)),
            b"ip6" => Ok(Encap::Ip6(self.ip_encap(line, word, Family::V6)?)),
            b"mpls" => Ok(Encap::Mpls(self.mpls_labels(line, word)?)),
            b"ila" => Ok(Encap::Ila(self.ila_locator(line, word)?)),
            _ => {
                let found = word.text();
                self.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        format!("there is no tunnel of kind {found}; the line is left out"),
                    )
                    .at(&word.place)
                    .expected("ip, ip6, mpls or ila")
                    .log(format!("Unknown encap type - {found}"))
                    .status(Status::General),
                );
                Err(Dropped)
            }
        }
    }

    // keepalived: parse_encap_ip, parse_encap_ip6
    fn ip_encap(
        &mut self,
        line: &mut Line<'_>,
        kind: &Word,
        family: Family,
    ) -> Result<IpEncap, Dropped> {
        let mut encap = IpEncap::default();
        while let Some((option, word)) = line.peek_pair() {
            if !self.ip_encap_option(option, word, family, &mut encap)? {
                break;
            }
            line.next();
            line.next();
        }
        if encap.destination.is_none() && encap.id.is_none() {
            let name = kind.text();
            return self.leave_line_out(
                Code::MissingSetting,
                kind,
                format!("encap {name} needs dst or id; the line is left out"),
                format!("address or id missing for {name} encapsulation"),
            );
        }
        Ok(encap)
    }

    /// Whether it is an option of a tunnel.
    fn ip_encap_option(
        &mut self,
        option: &Word,
        word: &Word,
        family: Family,
        encap: &mut IpEncap,
    ) -> Result<bool, Dropped> {
        let (v6, found) = (family == Family::V6, word.text());
        let kind = if v6 { "ip6" } else { "ip" };
        let most = |what| Wrong::new(what, "the line is left out", String::new());
        match &*option.bytes {
            b"id" => {
                let log = if v6 {
                    format!("id {found} value invalid for IPv6 encapsulation")
                } else {
                    format!("encap id {found} value is invalid")
                };
                encap.id = Some(self.wide_number_option(word, "the id of a tunnel", log)?);
            }
            b"dst" => encap.destination = Some(self.end_of_tunnel(word, "dst", family)?),
            b"src" => encap.source = Some(self.end_of_tunnel(word, "src", family)?),
            b"tos" if !v6 => {
                let log = format!("dsfield {found} not valid for ip encapsulation");
                encap.tos = Some(self.named_byte_option(word, NameKind::DsField, log)?);
            }
            b"tc" if v6 => {
                let log = "tc value tc is invalid for ip6 encapsulation";
                encap.tos = Some(self.named_byte_option(word, NameKind::DsField, log)?);
            }
            b"ttl" if !v6 => {
                let log = format!("ttl {found} is not valid for ip encapsulation");
                let wrong = Wrong { log, ..most("ttl") };
                let number = self.unsigned(word, 0..=255, &wrong).ok_or(Dropped)?;
                encap.hop_limit = u8::try_from(number).ok();
            }
            b"hoplimit" if v6 => {
                let log = format!("Invalid hoplimit {found} specified for ip6 encapsulation");
                let wrong = Wrong {
                    log,
                    ..most("hoplimit")
                };
                let number = self.unsigned(word, 0..=255, &wrong).ok_or(Dropped)?;
                encap.hop_limit = u8::try_from(number).ok();
            }
            b"flags" => {
                let log = format!("flags {found} is not valid for {kind} encapsulation");
                let wrong = Wrong {
                    log,
                    ..most("flags")
                };
                let number = self.unsigned(word, 0..=65535, &wrong).ok_or(Dropped)?;
                encap.flags = u16::try_from(number).ok();
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn end_of_tunnel(&mut self, word: &Word, end: &str, family: Family) -> Result<IpAddr, Dropped> {
        let (kind, other) = match family {
            Family::V4 => ("ip", "IPv6"),
            Family::V6 => ("ip6", "IPv4"),
        };
        let found = word.text();
        let what = format!("{end} of a tunnel");
        let address =
            self.plain_address(word, &what, format!("Invalid encap {kind} {end} {found}"))?;
        if Family::of(address) == family {
            return Ok(address);
        }
        self.leave_line_out(
            Code::FamilyMismatch,
            word,
            format!("{found} is {other}, which encap {kind} does not take; the line is left out"),
            format!("{other} address {found} not valid for {kind} encapsulation"),
        )
    }

    // keepalived: parse_mpls_address
    fn mpls_labels(&mut self, line: &mut Line<'_>, kind: &Word) -> Result<Vec<u32>, Dropped> {
        let Some(word) = line.next() else {
            let log = "missing address for MPLS encapsulation";
            return self.leave_line_out(
                Code::MissingParameter,
                kind,
                "encap mpls needs labels; the line is left out",
                log,
            );
        };
        let found = word.text();
        let label = |text: &str| {
            let number = c_unsigned(text).filter(|number| *number < 1 << 20)?;
            u32::try_from(number).ok()
        };
        let labels: Option<Vec<u32>> = found.split('/').map(label).collect();
        match labels {
            Some(labels) if labels.len() <= LABELS => Ok(labels),
            Some(_) | None => {
                self.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        format!(
                            "labels must be LABEL or LABEL/LABEL, each 0..=1048575, found {found}; the line is left out"
                        ),
                    )
                    .at(&word.place)
                    .log(format!("invalid mpls address {found} for encapsulation"))
                    .status(Status::General),
                );
                Err(Dropped)
            }
        }
    }

    // keepalived: get_addr64
    fn ila_locator(&mut self, line: &mut Line<'_>, kind: &Word) -> Result<u64, Dropped> {
        let Some(word) = line.next() else {
            let log = "missing locator for ILA encapsulation";
            return self.leave_line_out(
                Code::MissingParameter,
                kind,
                "encap ila needs a locator; the line is left out",
                log,
            );
        };
        let found = word.text();
        match locator(&found) {
            Some(locator) => Ok(locator),
            None => self.leave_line_out(
                Code::InvalidValue,
                word,
                format!(
                    "a locator must be four hexadecimal numbers with : between them, found {found}; the line is left out"
                ),
                format!("invalid locator {found} for ila encapsulation"),
            ),
        }
    }
}

/// `a:b:c:d`, each of at most 16 bits.
fn locator(text: &str) -> Option<u64> {
    let mut locator = 0u64;
    let mut count = 0;
    for part in text.split(':') {
        if !part.starts_with(|c: char| c.is_ascii_hexdigit()) {
            return None;
        }
        locator = locator << 16 | u64::from(u16::from_str_radix(part, 16).ok()?);
        count += 1;
        if count > 4 {
            return None;
        }
    }
    (count == 4).then_some(locator)
}
