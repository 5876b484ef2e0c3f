//! Configurations to start from, and their readable form.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vrrp::{
    Authentication, Family, GarpSchedule, GroupConfig, InitialState, InstanceConfig, InstanceId,
    InterfaceId, Preempt, RouterConfig, ScriptConfig, ScriptId, TrackScript, Transport, Version,
    Weight,
};

use crate::node::{NodeId, default_port};

/// 224.0.0.18, RFC 9568 §5.1.1.2.
pub const GROUP_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18));
/// ff02::12, RFC 9568 §5.1.2.2.
pub const GROUP_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12));

/// `VI_N` on eth0, where N = vrid − 50: version 2, one second, IPv4, one address, no authentication.
pub fn instance(vrid: u8, priority: u8) -> InstanceConfig {
    InstanceConfig {
        name: format!("VI_{}", vrid.saturating_sub(50)),
        interface: InterfaceId(0),
        vrid,
        family: Family::V4,
        version: Version::V2,
        priority,
        initial_state: InitialState::Backup,
        advert_interval: Duration::from_secs(1),
        addresses: vec![Ipv4Addr::new(10, 0, 0, vrid.saturating_add(100)).into()],
        authentication: Authentication::None,
        transport: Transport::Multicast { group: GROUP_V4 },
        source: None,
        preempt: Preempt::After(Duration::ZERO),
        down_timer_adverts: 3,
        lower_prio_no_advert: false,
        higher_prio_send_advert: false,
        skip_check_adv_addr: false,
        track_primary: true,
        track_interfaces: vec![],
        address_interfaces: vec![],
        track_scripts: vec![],
        garp: GarpSchedule::default(),
    }
}

/// The same with version 3 adverts at an interval.
pub fn version3(interval: Duration, instance: InstanceConfig) -> InstanceConfig {
    InstanceConfig {
        version: Version::V3,
        advert_interval: interval,
        ..instance
    }
}

/// The same on IPv6.
pub fn ipv6(instance: InstanceConfig) -> InstanceConfig {
    let vrid = u16::from(instance.vrid);
    InstanceConfig {
        family: Family::V6,
        addresses: vec![
            Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 1, vrid).into(),
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 1, vrid).into(),
        ],
        transport: Transport::Multicast { group: GROUP_V6 },
        ..instance
    }
}

/// The same on another interface.
pub fn on(interface: u16, instance: InstanceConfig) -> InstanceConfig {
    InstanceConfig {
        interface: InterfaceId(interface),
        ..instance
    }
}

/// The same by unicast, as node `me` of `count`.
pub fn unicast(me: usize, count: usize, instance: InstanceConfig) -> InstanceConfig {
    let segment = format!("eth{}", instance.interface.0);
    let address = |node| default_port(NodeId(node), &segment).address(instance.family);
    let peers = (0..count)
        .filter(|node| *node != me)
        .filter_map(address)
        .collect();
    let transport = Transport::Unicast {
        peers,
        ttl: 255,
        check_source: true,
    };
    InstanceConfig {
        transport,
        ..instance
    }
}

/// Tracks a script.
pub fn tracking(script: u16, weight: i16, mut instance: InstanceConfig) -> InstanceConfig {
    let weight = Weight {
        value: weight,
        reverse: false,
    };
    instance.track_scripts.push(TrackScript {
        script: ScriptId(script),
        weight,
    });
    instance
}

/// A script that runs every second.
pub fn script(name: &str) -> ScriptConfig {
    ScriptConfig {
        name: name.to_owned(),
        interval: Duration::from_secs(1),
        rise: 1,
        fall: 1,
        init_fail: false,
    }
}

/// A sync group of instances.
pub fn group(name: &str, members: impl IntoIterator<Item = u16>) -> GroupConfig {
    GroupConfig {
        name: name.to_owned(),
        members: members.into_iter().map(InstanceId).collect(),
        track_interfaces: vec![],
        track_scripts: vec![],
        tracking_weight: false,
    }
}

/// A router with these instances, and as many interfaces as they need.
pub fn router(instances: Vec<InstanceConfig>) -> RouterConfig {
    let last = instances
        .iter()
        .map(|instance| instance.interface.0)
        .max()
        .unwrap_or(0);
    let interfaces = (0..=last).map(|number| format!("eth{number}")).collect();
    RouterConfig {
        interfaces,
        instances,
        groups: vec![],
        scripts: vec![],
    }
}

/// A configuration in lines.
pub fn describe(config: &RouterConfig) -> String {
    let mut text = String::new();
    for instance in &config.instances {
        let _ = writeln!(text, "  {}", describe_instance(config, instance));
    }
    for group in &config.groups {
        let members: Vec<u16> = group.members.iter().map(|id| id.0).collect();
        let _ = writeln!(text, "  group {} {members:?}", group.name);
        for track in &group.track_scripts {
            let _ = writeln!(
                text,
                "    script {} weight {}",
                track.script.0, track.weight.value
            );
        }
    }
    for (at, script) in config.scripts.iter().enumerate() {
        let ScriptConfig {
            name,
            interval,
            rise,
            fall,
            init_fail,
        } = script;
        let _ = writeln!(
            text,
            "  script {at} {name} every {interval:?} rise {rise} fall {fall} init-fail {init_fail}"
        );
    }
    text
}

fn describe_instance(config: &RouterConfig, instance: &InstanceConfig) -> String {
    let interface = usize::from(instance.interface.0);
    let segment = config.interfaces.get(interface).map_or("?", String::as_str);
    let mut text = format!(
        "{} {segment} vrid {} priority {} {:?} {:?} every {:?} starts {:?} preempt {:?} down {}",
        instance.name,
        instance.vrid,
        instance.priority,
        instance.version,
        instance.family,
        instance.advert_interval,
        instance.initial_state,
        instance.preempt,
        instance.down_timer_adverts,
    );
    match &instance.transport {
        Transport::Multicast { .. } => {}
        Transport::Unicast { peers, .. } => {
            let _ = write!(text, " unicast {peers:?}");
        }
    }
    for track in &instance.track_scripts {
        let Weight { value, reverse } = track.weight;
        let _ = write!(
            text,
            " script {} weight {value} reverse {reverse}",
            track.script.0
        );
    }
    for track in &instance.track_interfaces {
        let Weight { value, reverse } = track.weight;
        let _ = write!(
            text,
            " interface {} weight {value} reverse {reverse}",
            track.interface.0
        );
    }
    if instance.authentication != Authentication::None {
        text.push_str(" password");
    }
    text
}
