//! Instances that would hear each other's adverts as their own.

use std::collections::BTreeMap;

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
        let mut known: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, instance) in instances.iter().enumerate() {
            let others = known
                .entry((instance.vrid, instance.family, instance.interface))
                .or_default();
            let other = others.iter().map(|at| (*at, &instances[*at]));
            if let Some((first, other)) = other.clone().find(|(_, other)| collide(instance, other))
            {
                let interface = interfaces.get(usize::from(instance.interface.0));
                self.duplicate_vrid(instance, other, interface, &places[at], &places[first]);
            }
            others.push(at);
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
            .related(&first.span, format!("{other} is here"))
            .log(log)
            .status(Status::General)
            .effect(Effect::StopsVrrp),
        );
    }
}

/// Whether two instances with one VRID, family and interface hear each other's adverts.
fn collide(one: &InstanceConfig, other: &InstanceConfig) -> bool {
    match (&one.transport, &other.transport) {
        (Transport::Multicast { group: a }, Transport::Multicast { group: b }) => a == b,
        (Transport::Unicast { peers: a, .. }, Transport::Unicast { peers: b, .. }) => {
            a.iter().any(|peer| b.contains(peer))
        }
        (Transport::Multicast { .. }, Transport::Unicast { .. })
        | (Transport::Unicast { .. }, Transport::Multicast { .. }) => false,
    }
}
