//! `instance`, `group` and `script` lines.

use std::time::Duration;

use vrrp::{
    Authentication, GroupConfig, InitialState, InstanceConfig, InstanceId, InterfaceId, Preempt,
    RouterConfig, ScriptConfig, ScriptId, TrackInterface, TrackScript, Transport, Version, Weight,
};

use crate::common;

pub(crate) fn declare(config: &mut RouterConfig, words: &[&str]) {
    match words {
        ["instance", name, rest @ ..] => {
            let instance = instance(config, name, rest);
            config.instances.push(instance);
        }
        ["group", name, rest @ ..] => {
            let group = group(config, name, rest);
            config.groups.push(group);
        }
        ["script", name, rest @ ..] => config.scripts.push(script(name, rest)),
        other => panic!("what is {other:?}?"),
    }
}

fn instance(config: &mut RouterConfig, name: &str, words: &[&str]) -> InstanceConfig {
    let addresses = words
        .windows(2)
        .find(|pair| pair[0] == "address")
        .map_or(vec![], |pair| pair[1].split(',').collect());
    let mut new = common::instance(name, 1, &addresses);
    new.interface = interface(config, "eth0");
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        if flag(&mut new, word) {
            continue;
        }
        let value = words
            .next()
            .unwrap_or_else(|| panic!("{word} needs a value"));
        set(config, &mut new, word, value);
    }
    new
}

fn flag(new: &mut InstanceConfig, word: &str) -> bool {
    match word {
        "master" => new.initial_state = InitialState::Master,
        "nopreempt" => new.preempt = Preempt::Never,
        "no-track-primary" => new.track_primary = false,
        "lower-prio-no-advert" => new.lower_prio_no_advert = true,
        "higher-prio-send-advert" => new.higher_prio_send_advert = true,
        "skip-check" => new.skip_check_adv_addr = true,
        "check-source" => match &mut new.transport {
            Transport::Unicast { check_source, .. } => *check_source = true,
            Transport::Multicast { .. } => panic!("check-source comes after peers"),
        },
        _ => return false,
    }
    true
}

fn set(config: &mut RouterConfig, new: &mut InstanceConfig, word: &str, value: &str) {
    match word {
        "vrid" => new.vrid = value.parse().unwrap(),
        "priority" => new.priority = value.parse().unwrap(),
        "advert" => new.advert_interval = duration(value),
        "version" => new.version = version(value),
        "address" => {}
        "on" => new.interface = interface(config, value),
        "source" => new.source = Some(value.parse().unwrap()),
        "pass" => new.authentication = password(value),
        "peers" => {
            let peers = value.split(',').map(|peer| peer.parse().unwrap()).collect();
            new.transport = Transport::Unicast {
                peers,
                ttl: 255,
                check_source: false,
            };
        }
        "preempt-delay" => new.preempt = Preempt::After(duration(value)),
        "down-adverts" => new.down_timer_adverts = value.parse().unwrap(),
        "track" => new.track_interfaces.push(track_interface(config, value)),
        "address-on" => new.address_interfaces.push(interface(config, value)),
        "track-script" => new.track_scripts.push(track_script(config, value)),
        "garp-delay" => new.garp.master_delay = duration(value),
        "garp-refresh" => new.garp.master_refresh = duration(value),
        "garp-lower-delay" => new.garp.lower_prio_delay = duration(value),
        "garp-lower-repeat" => new.garp.lower_prio_repeat = value.parse().unwrap(),
        other => panic!("what is {other} of an instance?"),
    }
}

fn group(config: &mut RouterConfig, name: &str, words: &[&str]) -> GroupConfig {
    let mut new = GroupConfig {
        name: name.to_owned(),
        members: vec![],
        track_interfaces: vec![],
        track_scripts: vec![],
        tracking_weight: false,
    };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "members" => new.members = members(config, words.next().unwrap()),
            "track" => new
                .track_interfaces
                .push(track_interface(config, words.next().unwrap())),
            "track-script" => new
                .track_scripts
                .push(track_script(config, words.next().unwrap())),
            "tracking-weight" => new.tracking_weight = true,
            other => panic!("what is {other} of a group?"),
        }
    }
    new
}

fn members(config: &RouterConfig, names: &str) -> Vec<InstanceId> {
    let position = |name| {
        config
            .instances
            .iter()
            .position(|i| i.name == name)
            .unwrap()
    };
    names
        .split(',')
        .map(|name| InstanceId(u16::try_from(position(name)).unwrap()))
        .collect()
}

fn script(name: &str, words: &[&str]) -> ScriptConfig {
    let mut new = ScriptConfig {
        name: name.to_owned(),
        interval: Duration::from_secs(1),
        rise: 1,
        fall: 1,
        init_fail: false,
    };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "interval" => new.interval = duration(words.next().unwrap()),
            "rise" => new.rise = words.next().unwrap().parse().unwrap(),
            "fall" => new.fall = words.next().unwrap().parse().unwrap(),
            "init-fail" => new.init_fail = true,
            other => panic!("what is {other} of a script?"),
        }
    }
    new
}

/// The id of an interface, which begins to exist when it is named.
fn interface(config: &mut RouterConfig, name: &str) -> InterfaceId {
    let known = config.interfaces.iter().position(|known| known == name);
    let position = known.unwrap_or_else(|| {
        config.interfaces.push(name.to_owned());
        config.interfaces.len() - 1
    });
    InterfaceId(u16::try_from(position).unwrap())
}

/// `eth1`, `eth1:-20`, `eth1:20:reverse`
fn track_interface(config: &mut RouterConfig, value: &str) -> TrackInterface {
    let (name, weight) = weighted(value);
    TrackInterface {
        interface: interface(config, name),
        weight,
    }
}

fn track_script(config: &RouterConfig, value: &str) -> TrackScript {
    let (name, weight) = weighted(value);
    let position = config
        .scripts
        .iter()
        .position(|script| script.name == name)
        .unwrap();
    TrackScript {
        script: ScriptId(u16::try_from(position).unwrap()),
        weight,
    }
}

fn weighted(value: &str) -> (&str, Weight) {
    let mut parts = value.split(':');
    let name = parts.next().unwrap();
    let value = parts.next().map_or(0, |weight| weight.parse().unwrap());
    (
        name,
        Weight {
            value,
            reverse: parts.next().is_some(),
        },
    )
}

pub(crate) fn duration(text: &str) -> Duration {
    let millis = text
        .strip_suffix("ms")
        .map(|n| n.parse::<f64>().unwrap() / 1000.0);
    let seconds = millis.unwrap_or_else(|| text.strip_suffix('s').unwrap().parse().unwrap());
    Duration::from_secs_f64(seconds)
}

pub(crate) fn version(text: &str) -> Version {
    match text {
        "2" => Version::V2,
        "3" => Version::V3,
        other => panic!("version {other}?"),
    }
}

pub(crate) fn password(text: &str) -> Authentication {
    let mut password = [0; 8];
    password[..text.len()].copy_from_slice(text.as_bytes());
    Authentication::Pass(password)
}
