//! Who an instance talks to: source, multicast group, unicast peers.

use std::net::IpAddr;

use super::instance::InstanceDraft;
use crate::config::Peer;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

impl Builder<'_> {
    // keepalived: vrrp_srcip_handler
    pub(super) fn source(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let Some(ip) = self.ip_setting(statement, &draft.name) else {
            return;
        };
        let word = &statement.words[1];
        if !draft.fits(ip) {
            let log = format!(
                "Configuration error: VRRP instance[{}] and src address[{}] MUST be of the same family !!! Skipping...",
                draft.name,
                word.text()
            );
            let why = "the source address is of the other family";
            return self.bad_instance_address(word, why, log);
        }
        draft.source = Some((ip, word.place.clone()));
    }

    // keepalived: vrrp_mcast_dstip_handler
    pub(super) fn group(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let Some(ip) = self.ip_setting(statement, &draft.name) else {
            return;
        };
        let word = &statement.words[1];
        let (name, found) = (draft.name.clone(), word.text());
        if !draft.fits(ip) {
            let log = format!(
                "({name}) mcast dest address {found} MUST match VRRP instance family. Skipping..."
            );
            let why = "the multicast address is of the other family";
            return self.bad_instance_address(word, why, log);
        }
        let (fits, kind) = match ip {
            IpAddr::V4(ip) => (ip.is_multicast(), ""),
            IpAddr::V6(ip) => (
                ip.is_multicast() && ip.octets()[1] & 0xf == 2,
                " link-local",
            ),
        };
        if !fits {
            let log = format!("({name}) mcast_dst_ip {found} not{kind} multicast. Skipping...");
            let why = format!("a{kind} multicast address is needed");
            return self.bad_instance_address(word, &why, log);
        }
        draft.group = Some(ip);
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

    // keepalived: alloc_vrrp_unicast_peer
    pub(super) fn unicast_peers(&mut self, block: &Statement, draft: &mut InstanceDraft) {
        for entry in &block.block {
            let (word, name) = (entry.head(), draft.name.clone());
            let found = word.text();
            let Some(ip) = self.lone_address(word) else {
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
            let peer = self.unicast_peer(entry, ip, draft);
            if let Some((_, first)) = draft.peers.find(&ip) {
                let first = first.span.clone();
                let sentence = format!("peer {ip} is there already; left out");
                let diagnostic = Diagnostic::warning(Code::Duplicate, sentence)
                    .at(&word.place)
                    .related(&first, "the first one")
                    .log(format!("({name}) {found} - duplicate unicast_peer"));
                self.push(diagnostic.status(Status::General));
                continue;
            }
            draft.peers.push(ip, (peer, word.place.clone()));
        }
    }

    /// `min_ttl N`, `max_ttl N`: they turn the check of the source on.
    fn unicast_peer(
        &mut self,
        entry: &Statement,
        address: IpAddr,
        draft: &mut InstanceDraft,
    ) -> Peer {
        let mut peer = Peer {
            address,
            min_ttl: 0,
            max_ttl: 255,
        };
        let about = format!("({}) {}", draft.name, entry.head().text());
        for option in entry.words[1..].chunks(2) {
            let [option, value] = option else {
                let sentence = format!("`{}` is not understood here; ignored", option[0].text());
                let log = format!("{about} - {} is missing a value", option[0].text());
                let diagnostic = Diagnostic::warning(Code::MissingParameter, sentence);
                let diagnostic = diagnostic.at(&option[0].place).hint("one peer a line");
                self.push(diagnostic.log(log).status(Status::General));
                break;
            };
            let name = option.text();
            let Some(ttl) = self.unsigned(value, 0..=255, &Wrong::new(&name, "ignored", "")) else {
                continue;
            };
            let ttl = u8::try_from(ttl).unwrap_or(u8::MAX);
            match name.as_str() {
                "min_ttl" => peer.min_ttl = ttl,
                "max_ttl" => peer.max_ttl = ttl,
                _ => {
                    let log = format!("{about} - unknown unicast_peer option {name}");
                    self.unknown_option(option, "min_ttl N or max_ttl N", log);
                    break;
                }
            }
            draft.check_source = true;
            let sentence = format!(
                "{name} is not supported yet: adverts are accepted with any TTL from a configured peer"
            );
            self.push(Diagnostic::warning(Code::NotSupported, sentence).at(&option.place));
        }
        if peer.min_ttl > peer.max_ttl {
            let (min, max) = (peer.min_ttl, peer.max_ttl);
            let sentence =
                format!("min_ttl {min} is above max_ttl {max}: no advert of this peer is accepted");
            let log =
                format!("{about} - min_ttl {min} > max_ttl {max} - all packets will be discarded");
            let diagnostic = Diagnostic::warning(Code::Conflict, sentence).at(&entry.head().place);
            self.push(diagnostic.log(log).status(Status::General));
        }
        peer
    }
}
