//! Who an instance talks to: source, multicast group, unicast peers, authentication.

use std::net::IpAddr;

use super::Builder;
use super::instance::{AuthenticationKind, InstanceDraft};
use super::read::Wrong;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::lint::authentication::LONG_PASSWORD;
use crate::mend;
use crate::tree::{Statement, missing_parameter};
use crate::value;
use crate::word::Word;

impl Builder<'_> {
    // keepalived: vrrp_srcip_handler
    pub(super) fn source(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let (name, found) = (draft.name.clone(), word.text());
        let Some(ip) = value::address(&word.bytes) else {
            let log = format!(
                "Configuration error: VRRP instance[{name}] malformed src address[{found}]. Skipping..."
            );
            return self.bad_instance_address(word, "a source address must be numeric", log);
        };
        if !draft.fits(ip) {
            let log = format!(
                "Configuration error: VRRP instance[{name}] and src address[{found}] MUST be of the same family !!! Skipping..."
            );
            return self.bad_instance_address(
                word,
                "the source address is of the other family",
                log,
            );
        }
        draft.source = Some((ip, word.place.clone()));
    }

    pub(super) fn group(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let (name, found) = (draft.name.clone(), word.text());
        let Some(ip) = value::address(&word.bytes) else {
            let log = format!("({name}) malformed mcast dest address {found}. Skipping...");
            return self.bad_instance_address(word, "a multicast address must be numeric", log);
        };
        let link_local = match ip {
            IpAddr::V4(_) => true,
            IpAddr::V6(ip) => ip.octets()[1] & 0xf == 2,
        };
        if !ip.is_multicast() || !link_local {
            let log = format!("({name}) mcast_dst_ip {found} not multicast. Skipping...");
            return self.bad_instance_address(
                word,
                "a multicast address is needed, a link-local one for IPv6",
                log,
            );
        }
        if !draft.fits(ip) {
            let log = format!(
                "({name}) mcast dest address {found} MUST match VRRP instance family. Skipping..."
            );
            return self.bad_instance_address(
                word,
                "the multicast address is of the other family",
                log,
            );
        }
        draft.group = Some((ip, word.place.clone()));
    }

    fn bad_instance_address(&mut self, word: &Word, why: &str, log: String) {
        let sentence = format!("{why}, found {}; ignored", word.text());
        self.push(
            Diagnostic::error(Code::InvalidAddress, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: vrrp_unicast_peer_handler
    pub(super) fn unicast_peers(&mut self, block: &Statement, draft: &mut InstanceDraft) {
        draft.unicast.get_or_insert(block.head().place.clone());
        for entry in &block.block {
            let (word, name) = (entry.head(), draft.name.clone());
            let found = word.text();
            let Some(ip) = value::address(&word.bytes) else {
                let log = format!(
                    "Configuration error: VRRP instance[{name}] malformed unicast peer address[{found}]. Skipping..."
                );
                self.bad_instance_address(word, "a peer's address must be numeric", log);
                continue;
            };
            if !draft.fits(ip) {
                let log = format!(
                    "Configuration error: VRRP instance[{name}] and unicast peer address[{found}] MUST be of the same family !!! Skipping..."
                );
                self.bad_instance_address(word, "the peer is of the other family", log);
                continue;
            }
            self.peer_options(entry, draft);
            if let Some((_, first)) = draft.peers.find(&ip) {
                let first = first.span.clone();
                let sentence = format!("peer {ip} is there already; left out");
                let diagnostic = Diagnostic::warning(Code::Duplicate, sentence);
                self.push(diagnostic.at(&word.place).related(&first, "the first one"));
                continue;
            }
            draft.peers.push(ip, (ip, word.place.clone()));
        }
    }

    /// `min_ttl N`, `max_ttl N`: they turn the check of the source on.
    fn peer_options(&mut self, entry: &Statement, draft: &mut InstanceDraft) {
        let mut options = entry.words[1..].chunks(2);
        while let Some([option, rest @ ..]) = options.next() {
            let name = option.text();
            let Some(value) = rest.first() else {
                self.push(
                    Diagnostic::warning(
                        Code::MissingParameter,
                        format!("`{name}` is not understood here; ignored"),
                    )
                    .at(&option.place)
                    .hint("one peer a line")
                    .log(format!("({}) {name} is missing a value", draft.name))
                    .status(Status::General),
                );
                return;
            };
            if !matches!(name.as_str(), "min_ttl" | "max_ttl") {
                self.push(
                    Diagnostic::warning(
                        Code::InvalidValue,
                        format!("a peer has no option {name}; ignored"),
                    )
                    .at(&option.place)
                    .expected("min_ttl N or max_ttl N")
                    .log(format!(
                        "({}) unknown unicast peer option {name}",
                        draft.name
                    ))
                    .status(Status::General),
                );
            } else if self
                .unsigned(value, 0..=255, &Wrong::new(&name, "ignored", ""))
                .is_some()
            {
                draft.check_source = true;
                let sentence = format!(
                    "{name} is not supported yet: adverts are accepted with any TTL from a configured peer"
                );
                self.push(Diagnostic::warning(Code::NotSupported, sentence).at(&option.place));
            }
        }
    }

    pub(super) fn authentication(&mut self, block: &Statement, draft: &mut InstanceDraft) {
        for statement in &block.block {
            let (keyword, word) = (statement.head().text(), statement.arguments().first());
            match (keyword.as_str(), word) {
                ("auth_type", Some(word)) => self.auth_type(word, draft),
                ("auth_pass", Some(word)) => self.auth_pass(word, draft),
                (_, None) => {
                    let place = &statement.head().place;
                    self.push(missing_parameter(place, &keyword, &keyword, 2));
                }
                _ => self.not_built(statement),
            }
        }
    }

    fn auth_type(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let kind = match word.text().as_str() {
            "PASS" => AuthenticationKind::Pass,
            "AH" => AuthenticationKind::Ah,
            other => {
                return self.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        format!("auth_type must be PASS or AH, found {other}; ignored"),
                    )
                    .at(&word.place)
                    .expected("PASS or AH")
                    .log(format!(
                        "({}) unknown authentication type '{other}'",
                        draft.name
                    ))
                    .status(Status::General),
                );
            }
        };
        draft.authentication.kind = Some((kind, word.place.clone()));
    }

    fn auth_pass(&mut self, word: &Word, draft: &mut InstanceDraft) {
        const LONGEST: usize = 8;
        let mut password = word.bytes.to_vec();
        if password.len() > LONGEST {
            password.truncate(LONGEST);
            self.push(
                LONG_PASSWORD.found(format!(
                        "auth_pass has {LONGEST} bytes at the most, found {}; the first {LONGEST} are used",
                        word.bytes.len()
))
                .at(&word.place)
                .hint("adverts are understood by routers whose first 8 bytes are the same")
                .maybe_fix(&word.place, mend::password(&password))
                .log(format!("Truncating auth_pass to {LONGEST} characters"))
                .status(Status::General),
            );
        }
        draft.authentication.password = Some((password, word.place.clone()));
    }
}
