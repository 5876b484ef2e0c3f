//! Instances that would hear each other's adverts as their own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vrrp::{Family, InstanceConfig, Transport};

use crate::diagnostic::{Code, Diagnostic, Effect, Place, Status};
use crate::typed::Builder;

/// What is compared of an instance.
pub(in crate::typed) struct Router {
    name: String,
    domain: Domain,
    hears: Vec<Channel>,
    /// Its `virtual_router_id`.
    place: Place,
}

/// Instances that differ in any of these do not meet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Domain {
    vrid: u8,
    family: Family,
    interface: Option<String>,
    /// Of unicast adverts.
    source: Option<IpAddr>,
}

/// What two instances of one domain must not share: then they hear each other's adverts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Channel {
    Group(IpAddr),
    Peer(IpAddr),
}

impl Router {
    pub(in crate::typed) fn new(
        instance: &InstanceConfig,
        interface: Option<&str>,
        place: &Place,
    ) -> Self {
        let (source, hears) = match &instance.transport {
            Transport::Multicast { group } => (None, vec![Channel::Group(*group)]),
            Transport::Unicast { peers, .. } => {
                let hears = peers.iter().copied().map(Channel::Peer);
                (instance.source, hears.collect())
            }
        };
        Self {
            name: instance.name.clone(),
            domain: Domain {
                vrid: instance.vrid,
                family: instance.family,
                interface: interface.map(str::to_owned),
                source,
            },
            hears,
            place: place.clone(),
        }
    }
}

impl Builder<'_> {
    // keepalived: check_vrid_conflicts
    pub(in crate::typed) fn duplicate_vrids(&mut self, routers: &[Router]) {
        let mut known: BTreeMap<(&Domain, Channel), Vec<usize>> = BTreeMap::new();
        for (at, router) in routers.iter().enumerate() {
            let mut others = BTreeSet::new();
            for heard in &router.hears {
                let heard = known.entry((&router.domain, *heard)).or_default();
                // One of many is enough, once nobody would be told of the others.
                let told = match self.diagnostics.has_room() {
                    true => heard.len(),
                    false => 1,
                };
                others.extend(heard.iter().take(told).copied());
                heard.push(at);
            }
            for other in others {
                self.duplicate_vrid(router, &routers[other]);
            }
        }
    }

    fn duplicate_vrid(&mut self, again: &Router, first: &Router) {
        let (name, other, vrid) = (&again.name, &first.name, again.domain.vrid);
        let interface = again.domain.interface.as_deref().unwrap_or_default();
        let family = match again.domain.family {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        };
        let log = match again.hears.first() {
            Some(Channel::Peer(_)) => {
                format!("({other}) duplicate VRID conflict with {name} VRID {vrid}")
            }
            Some(Channel::Group(_)) | None => format!(
                "{other} and {name} both use VRID {vrid} with {family} on interface {interface}"
            ),
        };
        let sentence =
            format!("{name} has the virtual_router_id of {other}, {vrid}, on the same interface");
        self.push(
            Diagnostic::error(Code::Duplicate, sentence)
                .about(&again.place)
                .related(&first.place.span, format!("the one of {other}"))
                .hint("virtual routers on one interface need different numbers")
                .log(log)
                .status(Status::General)
                .effect(Effect::StopsVrrp),
        );
    }
}
