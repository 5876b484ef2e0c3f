//! Lists of peers: each router must be in the list of every other.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ::vrrp::Transport;

use super::lints::{PEERS, SAME_SOURCE, UNKNOWN_PEER};
use super::{Member, View, related};
use crate::diagnostic::Diagnostic;

impl View<'_, '_> {
    pub(super) fn unicast(&self, found: &mut Vec<Diagnostic>) {
        let members = &self.router.members;
        for (at, one) in members.iter().enumerate() {
            for other in &members[at + 1..] {
                found.extend(self.same_source(*one, *other));
            }
            let Some(peers) = self.peers(*one) else {
                continue;
            };
            let others = || members.iter().copied().filter(|other| other != one);
            for other in others().filter(|other| self.peers(*other).is_some()) {
                found.extend(self.not_a_peer(*one, peers, other));
            }
            let sources: Option<BTreeSet<IpAddr>> = others().map(|m| self.core(m).source).collect();
            match sources {
                Some(sources) => found.extend(self.nobodys_peer(*one, peers, &sources)),
                None => found.extend(self.too_few_peers(*one, peers)),
            }
        }
    }

    fn peers(&self, member: Member) -> Option<&[IpAddr]> {
        match &self.core(member).transport {
            Transport::Multicast { .. } => None,
            Transport::Unicast { peers, .. } => Some(peers),
        }
    }

    fn source_keyword(&self, member: Member) -> &'static str {
        match self.is_written(member, "unicast_src_ip") {
            true => "unicast_src_ip",
            false => "mcast_src_ip",
        }
    }

    fn same_source(&self, one: Member, other: Member) -> Option<Diagnostic> {
        let source = self.core(one).source?;
        if self.core(other).source != Some(source) {
            return None;
        }
        let (name, here, there) = (self.name(), self.node(one), self.node(other));
        let message = format!(
            "{name}: {here} and {there} both send from {source}: one of them does not have that address"
        );
        let diagnostic = SAME_SOURCE.told(self.place(one, self.source_keyword(one)), message);
        let place = self.place(other, self.source_keyword(other));
        Some(related(diagnostic, place, format!("the same on {there}")))
    }

    fn not_a_peer(&self, from: Member, peers: &[IpAddr], to: Member) -> Option<Diagnostic> {
        let source = self.core(to).source?;
        if peers.contains(&source) || self.core(from).source == Some(source) {
            return None;
        }
        let (name, here, there) = (self.name(), self.node(from), self.node(to));
        let message = format!(
            "{name}: {there} sends from {source}, which is not in unicast_peer of {here}: {there} hears nothing of {here}, and becomes master beside it"
        );
        let diagnostic = PEERS.told(self.place(from, "unicast_peer"), message);
        let place = self.place(to, self.source_keyword(to));
        let diagnostic = related(diagnostic, place, format!("the address of {there}"));
        Some(diagnostic.hint(format!("add {source} to unicast_peer on {here}")))
    }

    fn nobodys_peer(
        &self,
        from: Member,
        peers: &[IpAddr],
        sources: &BTreeSet<IpAddr>,
    ) -> Option<Diagnostic> {
        let own = self.core(from).source;
        let nobody = peers
            .iter()
            .find(|peer| !sources.contains(peer) && own != Some(**peer))?;
        let paper = &self.cluster.node(from).paper;
        let place = paper.address(from.at, "unicast_peer", *nobody);
        let (name, here) = (self.name(), self.node(from));
        let message = format!(
            "{name}: {here} sends to {nobody}, which is the address of none of the routers whose files are compared"
        );
        Some(
            UNKNOWN_PEER
                .told(place, message)
                .hint("compare all routers at once, or remove what is no longer there"),
        )
    }

    /// Who the others are is not written, but how many they are is known.
    fn too_few_peers(&self, from: Member, peers: &[IpAddr]) -> Option<Diagnostic> {
        let others = self.router.members.len() - 1;
        if peers.len() >= others {
            return None;
        }
        let (name, here) = (self.name(), self.node(from));
        let peers = peers.len();
        let message = format!(
            "{name}: {here} has {peers} unicast_peer but there are {others} other routers: those that are missing hear nothing of {here}, and become master beside it"
        );
        Some(PEERS.told(self.place(from, "unicast_peer"), message))
    }
}
