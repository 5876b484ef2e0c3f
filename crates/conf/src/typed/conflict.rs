//! Instances that would hear each other's adverts as their own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;

use vrrp::{InstanceConfig, Transport};

use super::Builder;
use crate::diagnostic::{Code, Diagnostic, Effect, Place, Status};

impl Builder<'_> {
    // keepalived: check_vrid_conflicts
    pub(super) fn duplicate_vrids(
        &mut self,
        instances: &[InstanceConfig],
        interfaces: &[String],
        places: &[Place],
    ) {
        let mut known: BTreeMap<_, usize> = BTreeMap::new();
        for (at, instance) in instances.iter().enumerate() {
            let domain = (instance.vrid, instance.family, instance.interface);
            let mut first = None;
            for heard in channels(&instance.transport) {
                match known.entry((domain, heard)) {
                    Entry::Vacant(free) => {
                        free.insert(at);
                    }
                    Entry::Occupied(other) => {
                        first = Some(
                            first.map_or(*other.get(), |first: usize| first.min(*other.get())),
                        );
                    }
                }
            }
            if let Some(first) = first {
                let interface = interfaces.get(usize::from(instance.interface.0));
                let other = &instances[first];
                self.duplicate_vrid(instance, other, interface, &places[at], &places[first]);
            }
        }
    }

    fn duplicate_vrid(
        &mut self,
        instance: &InstanceConfig,
        other: &InstanceConfig,
        interface: Option<&String>,
        place: &Place,
        first: &Place,
    ) {
        let (name, other, vrid) = (&instance.name, &other.name, instance.vrid);
        let interface = interface.map_or("", String::as_str);
        let family = match instance.family {
            vrrp::Family::V4 => "IPv4",
            vrrp::Family::V6 => "IPv6",
        };
        let log = match &instance.transport {
            Transport::Multicast { .. } => {
                format!(
                    "{other} and {name} both use VRID {vrid} with {family} on interface {interface}"
                )
            }
            Transport::Unicast { .. } => {
                format!("({other}) duplicate VRID conflict with {name} VRID {vrid}")
            }
        };
        self.push(
            Diagnostic::error(
                Code::Duplicate,
                format!(
                    "{name} has the virtual_router_id of {other}, {vrid}, on the same interface"
                ),
            )
            .about(place)
            .related(&first.span, format!("the one of {other}"))
            .hint("virtual routers on one interface need different numbers")
            .log(log)
            .status(Status::General)
            .effect(Effect::StopsVrrp),
        );
    }
}

/// What two instances of one VRID, family and interface must not share: then they hear each other's adverts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Channel {
    Group(IpAddr),
    Peer(IpAddr),
}

fn channels(transport: &Transport) -> Vec<Channel> {
    match transport {
        Transport::Multicast { group } => vec![Channel::Group(*group)],
        Transport::Unicast { peers, .. } => peers.iter().copied().map(Channel::Peer).collect(),
    }
}
