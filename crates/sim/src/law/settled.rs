//! Laws about the whole LAN, once nothing has happened for long enough.

use std::collections::BTreeMap;
use std::time::Duration;

use vrrp::{
    Family, InstanceConfig, InterfaceId, Preempt, RouterConfig, ScriptId, State, TrackScript,
    Transport, Version, Weight,
};

use super::{Broken, Law, require, timing};
use crate::lan::Lan;
use crate::node::{Node, NodeId};

type Lans = BTreeMap<String, Lan>;
type Found = Result<(), (Option<NodeId>, Broken)>;

/// How long after the last disturbance everything has found its place.
pub(crate) fn settling_time(config: &RouterConfig, latency: Duration) -> Duration {
    let election = config
        .instances
        .iter()
        .map(master_down)
        .max()
        .unwrap_or_default();
    let delay = config
        .instances
        .iter()
        .map(|instance| match instance.preempt {
            Preempt::After(delay) => delay,
            Preempt::Never => Duration::ZERO,
        });
    let scripts = config
        .scripts
        .iter()
        .map(|script| script.interval * (script.rise.max(script.fall) + 1));
    let rounds = if config.groups.is_empty() { 2 } else { 4 };
    election * rounds
        + delay.max().unwrap_or_default()
        + scripts.max().unwrap_or_default()
        + latency * 20
}

fn master_down(instance: &InstanceConfig) -> Duration {
    let skew = timing::skew(instance.version, instance.advert_interval, 0);
    instance.advert_interval * (u32::from(instance.down_timer_adverts) + 1) + skew
}

/// Judges a LAN that has settled.
pub(crate) fn check(nodes: &[Node], lans: &Lans) -> Found {
    for node in nodes.iter().filter(|node| node.is_running()) {
        faults(node)
            .and_then(|()| priorities(node))
            .map_err(|broken| (Some(node.id), broken))?;
    }
    if lans.values().any(|lan| !lan.is_orderly()) {
        return Ok(());
    }
    let whole = lans.values().all(Lan::is_whole);
    for ((segment, _, vrid, _), members) in islands(nodes, lans) {
        one_master(nodes, &members, whole)
            .map_err(|(law, detail)| (None, (law, format!("{segment} vrid {vrid}: {detail}"))))?;
    }
    Ok(())
}

/// A virtual router on a segment, and the part of the segment in which everybody hears everybody.
type Island<'a> = (&'a str, Family, u8, usize);

fn islands<'a>(nodes: &'a [Node], lans: &Lans) -> BTreeMap<Island<'a>, Vec<(NodeId, usize)>> {
    let mut islands = BTreeMap::<Island, Vec<(NodeId, usize)>>::new();
    for node in nodes.iter().filter(|node| node.is_running()) {
        for (at, instance) in node.config.instances.iter().enumerate() {
            let Some(segment) = node.segment(instance.interface) else {
                continue;
            };
            let up = node.ports.get(segment).is_some_and(|port| port.up);
            let alone = usize::MAX - node.id.0;
            let side = if up {
                lans.get(segment).map_or(0, |lan| lan.side(node.id))
            } else {
                alone
            };
            let island = (segment, instance.family, instance.vrid, side);
            islands.entry(island).or_default().push((node.id, at));
        }
    }
    islands
}

fn one_master(nodes: &[Node], members: &[(NodeId, usize)], whole: bool) -> Result<(), Broken> {
    let config = |(node, at): (NodeId, usize)| &nodes[node.0].config.instances[at];
    let view = |(node, at): (NodeId, usize)| &nodes[node.0].view.instances[at];
    let Some(first) = members.first() else {
        return Ok(());
    };
    if !members
        .iter()
        .all(|member| understand(config(*first), config(*member)))
    {
        return Ok(());
    }
    let masters: Vec<_> = members
        .iter()
        .filter(|member| view(**member).state == State::Master)
        .collect();
    let text = || {
        let one = |member: &(NodeId, usize)| {
            let view = view(*member);
            format!("{} {:?} {}", member.0, view.state, view.effective_priority)
        };
        members.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    require(masters.len() <= 1, Law::OneMaster, text)?;
    let healthy = |member: &&(NodeId, usize)| view(**member).state != State::Fault;
    let grouped = |(node, at): &(NodeId, usize)| is_grouped(&nodes[node.0].config, *at);
    let Some(master) = masters.first() else {
        // On a LAN in pieces a group waits for members that somebody else is master of.
        let excused = !whole && members.iter().any(grouped);
        return require(
            excused || !members.iter().any(|it| healthy(&it)),
            Law::SomeMaster,
            text,
        );
    };
    let highest = members
        .iter()
        .filter(healthy)
        .filter(|member| config(**member).preempt != Preempt::Never)
        .filter(|member| whole || !grouped(member))
        .map(|member| view(*member).effective_priority)
        .max();
    let ours = view(**master).effective_priority;
    require(
        highest.is_none_or(|highest| highest <= ours),
        Law::HighestWins,
        text,
    )
}

fn is_grouped(config: &RouterConfig, at: usize) -> bool {
    config
        .groups
        .iter()
        .any(|group| group.members.iter().any(|it| usize::from(it.0) == at))
}

/// Whether two configurations of a virtual router accept each other's adverts.
fn understand(a: &InstanceConfig, b: &InstanceConfig) -> bool {
    let kind = |config: &InstanceConfig| matches!(config.transport, Transport::Multicast { .. });
    a.version == b.version
        && a.authentication == b.authentication
        && kind(a) == kind(b)
        && (a.version == Version::V3 || a.advert_interval == b.advert_interval)
}

fn faults(node: &Node) -> Result<(), Broken> {
    for (at, (config, view)) in node
        .config
        .instances
        .iter()
        .zip(&node.view.instances)
        .enumerate()
    {
        let group = node
            .config
            .groups
            .iter()
            .find(|group| group.members.iter().any(|it| usize::from(it.0) == at));
        let reason = match group {
            None => own_reason(node, config),
            Some(group) => group
                .members
                .iter()
                .filter_map(|member| node.config.instances.get(usize::from(member.0)))
                .find_map(|member| own_reason(node, member))
                .or_else(|| {
                    group.track_interfaces.iter().find_map(|track| {
                        interface_reason(node, config, track.interface, track.weight)
                    })
                })
                .or_else(|| {
                    group
                        .track_scripts
                        .iter()
                        .find_map(|track| script_reason(node, track))
                }),
        };
        let faulty = view.state == State::Fault;
        require(faulty == reason.is_some(), Law::FaultHasReason, || {
            format!(
                "{} is {:?} {:?}, reason: {reason:?}",
                config.name, view.state, view.faults
            )
        })?;
    }
    Ok(())
}

fn is_up(node: &Node, interface: InterfaceId) -> bool {
    let segment = node.segment(interface);
    segment
        .and_then(|segment| node.ports.get(segment))
        .is_some_and(|port| port.up)
}

fn is_good(node: &Node, script: ScriptId) -> bool {
    let config = node.config.scripts.get(usize::from(script.0));
    config.is_some_and(|script| node.outcome(&script.name).is_success())
}

fn own_reason(node: &Node, config: &InstanceConfig) -> Option<&'static str> {
    if config.track_primary && !is_up(node, config.interface) {
        return Some("link down");
    }
    if config.source.is_none()
        && node
            .port(config)
            .and_then(|port| port.address(config.family))
            .is_none()
    {
        return Some("no address");
    }
    if config
        .address_interfaces
        .iter()
        .any(|interface| !is_up(node, *interface))
    {
        return Some("address interface down");
    }
    let interfaces = config.track_interfaces.iter();
    interfaces
        .map(|track| interface_reason(node, config, track.interface, track.weight))
        .chain(
            config
                .track_scripts
                .iter()
                .map(|track| script_reason(node, track)),
        )
        .find_map(|reason| reason)
}

fn interface_reason(
    node: &Node,
    config: &InstanceConfig,
    interface: InterfaceId,
    weight: Weight,
) -> Option<&'static str> {
    let own = interface == config.interface;
    let fault = weight.value == 0 && is_up(node, interface) == weight.reverse && !own;
    fault.then_some("tracked interface")
}

fn script_reason(node: &Node, track: &TrackScript) -> Option<&'static str> {
    let fault = track.weight.value == 0 && is_good(node, track.script) == track.weight.reverse;
    fault.then_some("tracked script")
}

fn priorities(node: &Node) -> Result<(), Broken> {
    for (at, (config, view)) in node
        .config
        .instances
        .iter()
        .zip(&node.view.instances)
        .enumerate()
    {
        if is_grouped(&node.config, at) {
            continue;
        }
        let scripts = config
            .track_scripts
            .iter()
            .map(|it| share(it.weight, is_good(node, it.script)));
        let interfaces = config
            .track_interfaces
            .iter()
            .filter(|it| it.interface != config.interface)
            .map(|it| share(it.weight, is_up(node, it.interface)));
        let sum = i32::from(config.priority) + scripts.chain(interfaces).sum::<i32>();
        let right = if config.is_owner() {
            255
        } else {
            sum.clamp(1, 254)
        };
        require(
            i32::from(view.effective_priority) == right,
            Law::EffectivePriority,
            || {
                format!(
                    "{} has {}, right is {right}",
                    config.name, view.effective_priority
                )
            },
        )?;
    }
    Ok(())
}

/// A positive weight counts while up, a negative one while down; reversed, with the other sign.
fn share(weight: Weight, up: bool) -> i32 {
    let counts = (weight.value > 0) == up;
    let value = if counts { i32::from(weight.value) } else { 0 };
    if weight.reverse { -value } else { value }
}
