//! Virtual addresses that two instances have, or that no host on the link reaches.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ::vip::Address;

use super::{Context, Lint, Written};
use crate::Place;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::host::LocalAddress;
use crate::tree::Statement;

pub(super) const IN_TWO_INSTANCES: Lint = Lint {
    code: "duplicate-vip",
    severity: Severity::Warning,
    title: "Two instances have the same virtual address",
    why: "Each of them adds and removes the address with its own state. When one leaves MASTER it takes the address \
          away from the other, and two routers may each have it for one of the instances.",
    what_to_do: "Leave the address in one instance. Instances that have to move together belong in a \
                 `vrrp_sync_group`.",
};

pub(super) const OUTSIDE: Lint = Lint {
    code: "vip-outside-prefix",
    severity: Severity::Warning,
    title: "A virtual address is in no network of its interface",
    why: "Hosts of the link do not look for the address there: they send to a router, and nobody answers. The check \
          looks at the addresses that this machine has on the interface; it says nothing where the interface is not \
          here, and it is a note where nothing else in the file belongs to this machine.",
    what_to_do: "Correct the address or the interface (`dev`). If a route leads to the address on purpose, allow this \
                 with a comment.",
};

/// Addresses with the lines that they are written in.
fn written<'a>(instance: &Written<'a>) -> impl Iterator<Item = (&'a Address, &'a Place)> {
    let lists = ["virtual_ipaddress", "virtual_ipaddress_excluded"];
    let blocks = instance.block.block().iter();
    let blocks = blocks.filter(move |s| lists.iter().any(|list| s.head().is(list)));
    let entries = blocks.flat_map(Statement::block);
    let places = entries.filter_map(|entry| {
        let text = entry.head().text();
        let ip: IpAddr = text.split('/').next()?.parse().ok()?;
        Some((ip, entry.head().place()))
    });
    let places: BTreeMap<_, _> = places.collect();
    let addresses = instance
        .shell
        .addresses
        .iter()
        .chain(&instance.shell.excluded);
    addresses.filter_map(move |address| Some((address, *places.get(&address.address)?)))
}

/// The same address in two instances. A link-local one is another on each interface.
pub(super) fn in_two_instances(context: &Context<'_>, found: &mut Diagnostics) {
    let mut known = BTreeMap::new();
    for instance in &context.instances {
        for (address, place) in written(instance) {
            let link = is_link_local(address.address).then_some(address.interface.as_str());
            let name = instance.core.name.as_str();
            let (first, first_place) = *known
                .entry((address.address, link))
                .or_insert((name, place));
            if first != name {
                let ip = address.address;
                let sentence = format!("{ip} is a virtual address of {first} too");
                let diagnostic = IN_TWO_INSTANCES.at(place, sentence);
                found.push(diagnostic.related(&first_place.span, "the other one"));
            }
        }
    }
}

/// Addresses that are in no network of their interface, where that is known.
pub(super) fn outside_of_networks(context: &Context<'_>, found: &mut Diagnostics) {
    let (mut outside, mut fits) = (Vec::new(), false);
    for instance in &context.instances {
        let source = instance.core.source;
        fits |= source.is_some_and(|ip| context.owner_of(ip).is_some());
        for (address, place) in written(instance) {
            match misplaced(context, address) {
                Some(true) => outside.extend(tell(context, address, place)),
                Some(false) => fits = true,
                None => {}
            }
        }
    }
    for mut diagnostic in outside {
        // Nothing says that the file is for this machine.
        if !fits {
            diagnostic.severity = Severity::Note;
        }
        found.push(diagnostic);
    }
}

/// The networks of an address's interface that it may belong to.
fn networks<'c>(
    context: &'c Context<'_>,
    address: &'c Address,
) -> impl Iterator<Item = &'c LocalAddress> {
    let ip = address.address;
    let local = context.addresses_of(&address.interface).iter();
    local
        .filter(move |local| local.address.is_ipv4() == ip.is_ipv4())
        .filter(move |local| local.address != ip && !is_link_local(local.address))
}

/// Whether an address is in no network of its interface; `None` if there is none or it needs none.
fn misplaced(context: &Context<'_>, address: &Address) -> Option<bool> {
    let ip = address.address;
    if is_link_local(ip) || address.peer.is_some() {
        return None;
    }
    let mut networks = networks(context, address).peekable();
    networks.peek()?;
    Some(!networks.any(|local| is_in(ip, local.address, local.prefix)))
}

fn tell(context: &Context<'_>, address: &Address, place: &Place) -> Option<Diagnostic> {
    let local = networks(context, address).next()?;
    let (ip, interface) = (address.address, &address.interface);
    let (own, prefix) = (local.address, local.prefix);
    let sentence =
        format!("{ip} is in no network of {interface}, which on this machine has {own}/{prefix}");
    Some(OUTSIDE.at(place, sentence))
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn is_in(ip: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let prefix = u32::from(prefix);
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let host = u32::MAX.checked_shr(prefix).unwrap_or(0);
            ip.to_bits() | host == network.to_bits() | host
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let host = u128::MAX.checked_shr(prefix).unwrap_or(0);
            ip.to_bits() | host == network.to_bits() | host
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}
