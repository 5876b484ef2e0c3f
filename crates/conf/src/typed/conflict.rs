//! Instances that would hear each other's adverts as their own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vrrp::{InstanceConfig, Transport};

use super::Builder;
use crate::diagnostic::{Code, Diagnostic, Effect, Place, Status};

/// An instance, the name of its interface, and where its VRID is.
pub(super) type Known = (InstanceConfig, Option<String>, Place);

impl Builder<'_> {
    // keepalived: check_vrid_conflicts
    pub(super) fn duplicate_vrids(&mut self, instances: &[Known]) {
        let mut known: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, (instance, interface, _)) in instances.iter().enumerate() {
            let source = match &instance.transport {
                Transport::Multicast { .. } => None,
                Transport::Unicast { .. } => instance.source,
            };
            let domain = (instance.vrid, instance.family, interface, source);
            let mut others = BTreeSet::new();
            for heard in channels(&instance.transport) {
                let channel = known.entry((domain, heard)).or_default();
                // One of many is enough, once nobody would be told of the others.
                let told = match self.diagnostics.has_room() {
                    true => channel.len(),
                    false => 1,
                };
                others.extend(channel.iter().take(told).copied());
                channel.push(at);
            }
            for other in others {
                self.duplicate_vrid(&instances[at], &instances[other]);
            }
        }
    }

    fn duplicate_vrid(&mut self, again: &Known, first: &Known) {
        let (instance, interface, place) = again;
        let (other, _, first) = first;
        let (name, other, vrid) = (&instance.name, &other.name, instance.vrid);
        let interface = interface.as_deref().unwrap_or_default();
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
