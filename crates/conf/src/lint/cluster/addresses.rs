//! The virtual addresses: the same on all nodes, or some do not move.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vip::Address;

use super::lints::{ADDRESS_ORDER, ADDRESS_PREFIX, ADDRESSES};
use super::{Member, View, listed, related};
use crate::diagnostic::Diagnostic;

/// More than so many addresses are counted, not listed.
const LISTED: usize = 4;

impl View<'_, '_> {
    pub(super) fn addresses(&self, found: &mut Vec<Diagnostic>) {
        let first = self.router.members[0];
        for other in &self.router.members[1..] {
            let pair = Pair {
                view: *self,
                first,
                other: *other,
            };
            let same = pair.contents(found);
            pair.prefixes(found);
            if same {
                pair.order(found);
            }
        }
    }
}

/// Two members and their addresses.
#[derive(Clone, Copy)]
struct Pair<'v, 'a> {
    view: View<'v, 'a>,
    first: Member,
    other: Member,
}

impl Pair<'_, '_> {
    fn advertised(&self, member: Member) -> BTreeSet<IpAddr> {
        self.view.core(member).addresses.iter().copied().collect()
    }

    fn all(&self, member: Member) -> BTreeMap<IpAddr, &Address> {
        let settings = self.view.settings(member);
        let all = settings.addresses.iter().chain(&settings.excluded);
        all.map(|address| (address.address, address)).collect()
    }

    /// Whether both advertise the same addresses.
    fn contents(&self, found: &mut Vec<Diagnostic>) -> bool {
        let (first, other) = (self.first, self.other);
        let sides = [(first, other), (other, first)];
        for (with, without) in sides {
            let (here, there) = (self.all(with), self.all(without));
            let only: Vec<IpAddr> = here
                .keys()
                .filter(|ip| !there.contains_key(ip))
                .copied()
                .collect();
            if let Some(one) = only.first() {
                found.push(self.only_on(with, without, &only, *one));
            }
        }
        let (here, there) = (self.advertised(first), self.advertised(other));
        let both: Vec<IpAddr> = here.symmetric_difference(&there).copied().collect();
        let excluded = both
            .iter()
            .find(|ip| self.all(first).contains_key(ip) && self.all(other).contains_key(ip));
        if let Some(ip) = excluded {
            found.push(self.excluded_on_one(*ip, here.contains(ip)));
        }
        here == there
    }

    fn only_on(&self, with: Member, without: Member, only: &[IpAddr], one: IpAddr) -> Diagnostic {
        let view = &self.view;
        let (name, here, there) = (view.name(), view.node(with), view.node(without));
        let shown: Vec<String> = only.iter().take(LISTED).map(IpAddr::to_string).collect();
        let more = match only.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (is, has) = match only.len() {
            1 => ("is", "has it"),
            _ => ("are", "has them"),
        };
        let message = format!(
            "{name}: {}{more} {is} on {here}, but not on {there}: nobody {has} while {there} is master",
            listed(&shown)
        );
        let place = self.place_of(with, one);
        let their = view.place(without, "virtual_ipaddress");
        related(ADDRESSES.told(place, message), their, format!("the addresses of {there}"))
            .hint("the adverts differ too: 2.4 logs that and uses them, older releases and other routers drop them")
    }

    fn excluded_on_one(&self, ip: IpAddr, first_advertises: bool) -> Diagnostic {
        let view = &self.view;
        let (advertises, excludes) = match first_advertises {
            true => (self.first, self.other),
            false => (self.other, self.first),
        };
        let (name, here, there) = (view.name(), view.node(advertises), view.node(excludes));
        let message = format!(
            "{name}: {ip} is in virtual_ipaddress on {here}, but in virtual_ipaddress_excluded on {there}: the adverts have other addresses, and some routers drop them"
        );
        let diagnostic = ADDRESSES.told(self.place_of(advertises, ip), message);
        related(
            diagnostic,
            self.place_of(excludes, ip),
            format!("excluded on {there}"),
        )
    }

    fn prefixes(&self, found: &mut Vec<Diagnostic>) {
        let view = &self.view;
        let there = self.all(self.other);
        let mut both = self.all(self.first).into_iter();
        let differs = both.find_map(|(ip, address)| {
            let their = there
                .get(&ip)
                .filter(|their| their.prefix != address.prefix)?;
            Some((ip, address.prefix, their.prefix))
        });
        let Some((ip, here, there)) = differs else {
            return;
        };
        let (name, one, two) = (view.name(), view.node(self.first), view.node(self.other));
        let message = format!(
            "{name}: {ip} is a /{here} on {one}, but a /{there} on {two}: the routes that come with it change with the master"
        );
        let diagnostic = ADDRESS_PREFIX.told(self.place_of(self.first, ip), message);
        let place = self.place_of(self.other, ip);
        found.push(related(diagnostic, place, format!("/{there} on {two}")));
    }

    fn order(&self, found: &mut Vec<Diagnostic>) {
        let view = &self.view;
        let (here, there) = (
            &view.core(self.first).addresses,
            &view.core(self.other).addresses,
        );
        let Some((one, two)) = here.iter().zip(there).find(|(one, two)| one != two) else {
            return;
        };
        let (name, first, other) = (view.name(), view.node(self.first), view.node(self.other));
        let message = format!(
            "{name}: the same addresses in another order: {one} on {first} is where {other} has {two}; keepalived does not mind, other routers may"
        );
        let diagnostic = ADDRESS_ORDER.told(self.place_of(self.first, *one), message);
        let place = self.place_of(self.other, *two);
        found.push(related(diagnostic, place, format!("here on {other}")));
    }

    fn place_of(&self, member: Member, ip: IpAddr) -> Option<&crate::diagnostic::Place> {
        let settings = self.view.settings(member);
        let keyword = match settings.addresses.iter().any(|a| a.address == ip) {
            true => "virtual_ipaddress",
            false => "virtual_ipaddress_excluded",
        };
        let paper = &self.view.cluster.node(member).paper;
        paper.address(member.at, keyword, ip)
    }
}
