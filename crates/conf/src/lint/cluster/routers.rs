//! Which instances of several files are one virtual router.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ::vrrp::{Family, InstanceConfig, Transport};

use super::lints::{ONLY_ON_SOME, OTHER_VRID, VRID_TAKEN};
use super::{Member, Node, View, listed, related};
use crate::diagnostic::Diagnostic;

/// Instances of different nodes that are one virtual router; one of a node at the most.
#[derive(Debug)]
pub(super) struct Router {
    pub(super) members: Vec<Member>,
}

/// By what instances are found to be one, the surest first.
#[derive(Clone, Copy)]
enum By {
    /// The VRID and the name.
    Both,
    /// The VRID, and an address or the interface.
    Vrid,
    /// The name and an address.
    Name,
    /// An address.
    Address,
}

/// What the routers that were found so far are known by.
#[derive(Default)]
struct Known {
    by_vrid: BTreeMap<(u8, Family), Vec<usize>>,
    by_name: BTreeMap<(String, Family), Vec<usize>>,
    by_address: BTreeMap<IpAddr, Vec<usize>>,
}

/// Every virtual router, in the order of the first file that has it.
pub(super) fn matched(nodes: &[Node<'_>]) -> Vec<Router> {
    let mut routers: Vec<Router> = Vec::new();
    let mut known = Known::default();
    for (node, _) in nodes.iter().enumerate() {
        let mut left: Vec<_> = instances(nodes, node).collect();
        for by in [By::Both, By::Vrid, By::Name, By::Address] {
            left.retain(|member| {
                let found = candidates(&known, nodes, *member, by);
                let is_free = |id: &&usize| {
                    let members = &routers[**id].members;
                    members.iter().all(|other| other.node != node)
                        && fits(nodes, members[0], *member, by)
                };
                let Some(id) = found.iter().find(is_free) else {
                    return true;
                };
                routers[*id].members.push(*member);
                false
            });
        }
        for member in left {
            routers.push(Router {
                members: vec![member],
            });
        }
        for (id, router) in routers.iter().enumerate() {
            if let Some(member) = router.members.last().filter(|m| m.node == node) {
                known.learn(nodes, *member, id);
            }
        }
    }
    routers
}

fn instances(nodes: &[Node<'_>], node: usize) -> impl Iterator<Item = Member> {
    let count = nodes[node].paper.election.standings.len();
    (0..count).map(move |at| Member { node, at })
}

impl Known {
    fn learn(&mut self, nodes: &[Node<'_>], member: Member, id: usize) {
        let core = nodes[member.node].paper.election.standings[member.at].core;
        let family = core.family;
        add(self.by_vrid.entry((core.vrid, family)).or_default(), id);
        let name = (core.name.clone(), family);
        add(self.by_name.entry(name).or_default(), id);
        for address in &core.addresses {
            add(self.by_address.entry(*address).or_default(), id);
        }
    }
}

fn add(list: &mut Vec<usize>, id: usize) {
    if list.last() != Some(&id) {
        list.push(id);
    }
}

fn candidates(known: &Known, nodes: &[Node<'_>], member: Member, by: By) -> Vec<usize> {
    let core = nodes[member.node].paper.election.standings[member.at].core;
    let found = match by {
        By::Both | By::Vrid => known.by_vrid.get(&(core.vrid, core.family)),
        By::Name => known.by_name.get(&(core.name.clone(), core.family)),
        By::Address => {
            let mut lists = core.addresses.iter();
            lists.find_map(|address| known.by_address.get(address))
        }
    };
    found.cloned().unwrap_or_default()
}

fn fits(nodes: &[Node<'_>], first: Member, other: Member, by: By) -> bool {
    let standing = |member: Member| &nodes[member.node].paper.election.standings[member.at];
    let (one, two) = (standing(first).core, standing(other).core);
    let shares = || {
        one.addresses
            .iter()
            .any(|address| two.addresses.contains(address))
    };
    match by {
        By::Both => one.name == two.name,
        By::Vrid if shares() => true,
        // Unicast adverts reach their peers only: one VRID may be several virtual routers.
        By::Vrid => {
            let is_multicast =
                |core: &InstanceConfig| matches!(core.transport, Transport::Multicast { .. });
            is_multicast(one)
                && is_multicast(two)
                && interface(nodes, first) == interface(nodes, other)
        }
        By::Name | By::Address => shares(),
    }
}

fn interface<'n>(nodes: &'n [Node<'_>], member: Member) -> &'n str {
    let node = &nodes[member.node];
    let core = node.paper.election.standings[member.at].core;
    let names = &node.loaded.config.router.interfaces;
    names
        .get(usize::from(core.interface.0))
        .map_or("", String::as_str)
}

impl View<'_, '_> {
    /// Nodes that do not have it, and nodes that have it under another VRID.
    pub(super) fn missing(&self, found: &mut Vec<Diagnostic>) {
        let members = &self.router.members;
        let nodes = self.cluster.nodes.iter().enumerate();
        let without = nodes.filter(|(node, _)| members.iter().all(|m| m.node != *node));
        let without: Vec<&str> = without.map(|(_, node)| node.name).collect();
        if !without.is_empty() {
            found.push(self.only_on_some(&without));
        }
        let first = members[0];
        let vrid = self.core(first).vrid;
        for other in &members[1..] {
            let theirs = self.core(*other).vrid;
            if theirs != vrid {
                found.push(self.other_vrid(first, *other));
            }
        }
    }

    fn only_on_some(&self, without: &[&str]) -> Diagnostic {
        let members = &self.router.members;
        let with: Vec<&str> = members.iter().map(|m| self.node(*m)).collect();
        let (name, vrid) = (self.name(), self.core(members[0]).vrid);
        let (with, without) = (listed(&with), listed(without));
        let addresses = self.addresses_in_words(members[0]);
        let consequence = match members.len() {
            1 => format!("when {with} fails, nobody takes over {addresses}"),
            _ => format!("{without} never takes over {addresses}"),
        };
        let place = self.place(members[0], "virtual_router_id");
        ONLY_ON_SOME
            .told(
                place,
                format!("{name} (VRID {vrid}) is on {with}, but not on {without}: {consequence}"),
            )
            .hint(format!(
                "give {without} a vrrp_instance with virtual_router_id {vrid} and these addresses"
            ))
    }

    fn other_vrid(&self, first: Member, other: Member) -> Diagnostic {
        let (one, two) = (self.core(first), self.core(other));
        let (here, there) = (self.node(first), self.node(other));
        let addresses = self.addresses_in_words(first);
        let message = format!(
            "{} on {here} and {} on {there} look like one virtual router, but the VRID is {} on {here} and {} on {there}: they do not hear each other, and both are master of {addresses}",
            one.name, two.name, one.vrid, two.vrid
        );
        let diagnostic = OTHER_VRID.told(self.place(first, "virtual_router_id"), message);
        let place = self.place(other, "virtual_router_id");
        related(diagnostic, place, format!("VRID {} on {there}", two.vrid)).hint(
            "give both the same virtual_router_id, one that nothing else on this network uses",
        )
    }

    /// Instances that have nothing in common but their VRID and the interface.
    pub(super) fn strangers(&self) -> Option<Diagnostic> {
        let first = self.router.members[0];
        let one = self.core(first);
        let is_strange = |other: &&Member| {
            let two = self.core(**other);
            let shares = one
                .addresses
                .iter()
                .any(|address| two.addresses.contains(address));
            let both_have_some = !one.addresses.is_empty() && !two.addresses.is_empty();
            one.vrid == two.vrid && one.name != two.name && both_have_some && !shares
        };
        let other = *self.router.members[1..].iter().find(is_strange)?;
        let (here, there) = (self.node(first), self.node(other));
        let (mine, theirs) = (
            self.addresses_in_words(first),
            self.addresses_in_words(other),
        );
        let message = format!(
            "VRID {} is {} with {mine} on {here}, but {} with {theirs} on {there}: they take each other for one virtual router, and only one of them is master",
            one.vrid,
            one.name,
            self.core(other).name
        );
        let diagnostic = VRID_TAKEN.told(self.place(first, "virtual_router_id"), message);
        let place = self.place(other, "virtual_router_id");
        Some(
            related(diagnostic, place, format!("the same on {there}"))
                .hint("give one of them another virtual_router_id"),
        )
    }

    /// The first address of a member and how many more: `10.0.0.1 and 2 more`.
    pub(super) fn addresses_in_words(&self, member: Member) -> String {
        let addresses = &self.settings(member).addresses;
        match addresses.as_slice() {
            [] => "its addresses".to_owned(),
            [one] => one.address.to_string(),
            [one, two] => format!("{} and {}", one.address, two.address),
            [one, others @ ..] => format!("{} and {} more", one.address, others.len()),
        }
    }
}
