//! The lists of an instance: virtual addresses, those that adverts do not carry, routes and rules.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::address::Vip;
use super::statics::Kind;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::vrrp::InstanceDraft;

/// Where the addresses of an instance stand: an excluded one may come again, on another interface.
#[derive(Default)]
pub(in crate::typed) struct VipPlaces {
    excluded: BTreeMap<(IpAddr, String), Place>,
}

impl Builder<'_> {
    /// `virtual_ipaddress`.
    // keepalived: alloc_vrrp_vip
    pub(in crate::typed) fn addresses(&mut self, block: &Statement, draft: &mut InstanceDraft) {
        for entry in &block.block {
            let Some(vip) = self.vip_line(entry) else {
                continue;
            };
            let ip = vip.address.address;
            if !draft.fits(ip) {
                self.vip_of_other_family(entry, ip, &draft.name);
                continue;
            }
            if let Some(first) = draft.addresses.find(&ip) {
                let first = first.place.clone();
                self.vip_twice(entry, &first, draft, "VIP duplicates a VIP");
            } else if let Some(first) = draft.seen.excluded.get(&on(&vip)) {
                let first = first.clone();
                self.vip_twice(entry, &first, draft, "VIP duplicates an excluded VIP");
            } else {
                draft.addresses.push(ip, vip);
            }
        }
    }

    /// `virtual_ipaddress_excluded`.
    // keepalived: alloc_vrrp_evip
    pub(in crate::typed) fn excluded_addresses(
        &mut self,
        block: &Statement,
        draft: &mut InstanceDraft,
    ) {
        for entry in &block.block {
            let Some(vip) = self.vip_line(entry) else {
                continue;
            };
            let on = on(&vip);
            let same = draft.addresses.find(&on.0);
            let same = same.filter(|first| first.address.interface == on.1);
            if let Some(first) = same {
                let first = first.place.clone();
                self.vip_twice(entry, &first, draft, "Excluded VIP duplicates a VIP");
            } else if let Some(first) = draft.seen.excluded.get(&on) {
                let first = first.clone();
                let log = "Excluded VIP duplicates an excluded VIP";
                self.vip_twice(entry, &first, draft, log);
            } else {
                draft.seen.excluded.insert(on, vip.place.clone());
                draft.excluded.push(vip);
            }
        }
    }

    /// `virtual_routes`.
    pub(in crate::typed) fn instance_routes(
        &mut self,
        block: &Statement,
        draft: &mut InstanceDraft,
    ) {
        self.not_built(block);
        let routes = self.routes(block, Kind::OfInstance);
        draft.routes.extend(routes);
    }

    /// `virtual_rules`.
    pub(in crate::typed) fn instance_rules(
        &mut self,
        block: &Statement,
        draft: &mut InstanceDraft,
    ) {
        self.not_built(block);
        let rules = self.rules(block, Kind::OfInstance);
        draft.rules.extend(rules);
    }

    fn vip_twice(&mut self, entry: &Statement, first: &Place, draft: &InstanceDraft, log: &str) {
        let written = entry.head().text();
        self.push(
            Diagnostic::warning(
                Code::Duplicate,
                format!("{written} is there already; left out"),
            )
            .at(&entry.head().place)
            .related(&first.span, "the first one")
            .log(format!("({}): {log} {written} - ignoring", draft.name))
            .status(Status::General),
        );
    }

    fn vip_of_other_family(&mut self, entry: &Statement, ip: IpAddr, instance: &str) {
        let written = entry.head().text();
        self.push(
            Diagnostic::error(
                Code::FamilyMismatch,
                format!(
                    "{written} is {}, but the addresses above make {instance} an {} instance; left out",
                    family_name(ip.is_ipv4()),
                    family_name(ip.is_ipv6()),
                ),
            )
            .at(&entry.head().place)
            .hint("put it into virtual_ipaddress_excluded, or into an instance of its own")
            .log(format!(
                "({instance}): address family must match VRRP instance [{written}] - ignoring"
            ))
            .status(Status::General),
        );
    }
}

/// An address and its interface, as it is written.
fn on(vip: &Vip) -> (IpAddr, String) {
    (vip.address.address, vip.address.interface.clone())
}

fn family_name(is_ipv4: bool) -> &'static str {
    if is_ipv4 { "IPv4" } else { "IPv6" }
}
