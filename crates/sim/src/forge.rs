//! Packets that must do nothing: broken, forged, not meant for the receiver.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use vrrp::{InstanceConfig, Packet, Transport, Version};

use crate::node::{NodeId, Port, default_port};
use crate::rng::Rng;
use crate::wire::{Advert, ipv4};

/// Where the attacker sits: a host number that no node has.
const ATTACKER: NodeId = NodeId(65);

/// A sound advert for an instance, as any host of the segment could send it.
pub fn plausible(config: &InstanceConfig, priority: u8, receiver: &Port) -> Advert {
    let segment = format!("eth{}", config.interface.0);
    let attacker = default_port(ATTACKER, &segment).address(config.family);
    let (source, destination) = match &config.transport {
        Transport::Multicast { group } => (attacker, Some(*group)),
        Transport::Unicast { peers, .. } => {
            (peers.first().copied(), receiver.address(config.family))
        }
    };
    let password = match (&config.authentication, config.version, config.family) {
        (vrrp::Authentication::Pass(word), Version::V2, vrrp::Family::V4) => Some(*word),
        (vrrp::Authentication::None, Version::V2, vrrp::Family::V4) => Some([0; 8]),
        (_, Version::V2 | Version::V3, _) => None,
    };
    Advert {
        source: source.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        destination: destination.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        hop_limit: 255,
        version: config.version,
        vrid: config.vrid,
        priority,
        interval: config.advert_interval,
        addresses: config.addresses.clone(),
        password,
    }
}

/// Every way in which a packet for an instance can be wrong, with its name. `priority` is what the packets
/// claim; the attacker's favourite are 254, to take over, and 0, to cause elections.
pub fn invalid(config: &InstanceConfig, priority: u8, receiver: &Port) -> Vec<(String, Packet)> {
    let advert = plausible(config, priority, receiver);
    let mut all = changed_fields(config, &advert);
    let message = message(&advert.packet());
    for len in 0..message.len() {
        all.push((
            format!("{len} bytes"),
            with_message(&advert, &message[..len]),
        ));
    }
    let long = [message.clone(), vec![0; 3]].concat();
    all.push(("3 bytes too many".to_owned(), with_message(&advert, &long)));
    // IPv6 packets with a wrong checksum stay in the kernel.
    if advert.source.is_ipv4() {
        all.extend(flipped(&advert, &message));
        all.extend(broken_headers(&advert));
    }
    all
}

fn changed_fields(config: &InstanceConfig, advert: &Advert) -> Vec<(String, Packet)> {
    let mut list = vec![(
        "unknown vrid",
        Advert {
            vrid: 250,
            ..advert.clone()
        },
    )];
    let other = match advert.version {
        Version::V2 => Version::V3,
        Version::V3 => Version::V2,
    };
    list.push((
        "other version",
        Advert {
            version: other,
            ..advert.clone()
        },
    ));
    match &config.transport {
        Transport::Multicast { .. } => {
            list.push((
                "far away",
                Advert {
                    hop_limit: 254,
                    ..advert.clone()
                },
            ));
            list.push((
                "by unicast",
                Advert {
                    destination: advert.source,
                    ..advert.clone()
                },
            ));
        }
        Transport::Unicast {
            check_source: true, ..
        } => {
            let segment = format!("eth{}", config.interface.0);
            if let Some(source) = default_port(ATTACKER, &segment).address(config.family) {
                list.push((
                    "not a peer",
                    Advert {
                        source,
                        ..advert.clone()
                    },
                ));
            }
        }
        Transport::Unicast {
            check_source: false,
            ..
        } => {}
    }
    if config.version == Version::V2 {
        let interval = config.advert_interval + Duration::from_secs(1);
        list.push((
            "other interval",
            Advert {
                interval,
                ..advert.clone()
            },
        ));
        if let Some(word) = advert.password {
            let wrong = Some(if word == [0; 8] { *b"password" } else { [0; 8] });
            list.push((
                "wrong password",
                Advert {
                    password: wrong,
                    ..advert.clone()
                },
            ));
        }
    }
    list.into_iter()
        .map(|(name, advert)| (name.to_owned(), advert.packet()))
        .collect()
}

/// One bit wrong, the checksum as it was.
fn flipped(advert: &Advert, message: &[u8]) -> Vec<(String, Packet)> {
    // The authentication bytes of v2 are covered too.
    (0..message.len())
        .map(|at| {
            let mut message = message.to_vec();
            message[at] ^= 0x10;
            (format!("byte {at} flipped"), with_message(advert, &message))
        })
        .collect()
}

fn broken_headers(advert: &Advert) -> Vec<(String, Packet)> {
    let Packet::V4(bytes) = advert.packet() else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for len in 0..20 {
        list.push((format!("IPv4 header of {len} bytes"), bytes[..len].to_vec()));
    }
    for (name, at, value) in [
        ("IP version 6", 0, 0x65),
        ("IP header length 4", 0, 0x41),
        ("IP header length 60", 0, 0x4f),
        ("total length 65535", 2, 0xff),
    ] {
        let mut broken = bytes.clone();
        broken[at] = value;
        list.push((name.to_owned(), broken));
    }
    list.into_iter()
        .map(|(name, bytes)| (name, Packet::V4(bytes)))
        .collect()
}

/// Any bytes at all.
pub fn garbage(rng: &mut Rng) -> Packet {
    let len = rng.index(64);
    Packet::V4((0..len).map(|_| rng.byte()).collect())
}

fn message(packet: &Packet) -> Vec<u8> {
    match packet {
        Packet::V4(bytes) => bytes[20..].to_vec(),
        Packet::V6 { payload, .. } => payload.clone(),
    }
}

fn with_message(advert: &Advert, message: &[u8]) -> Packet {
    match (advert.source, advert.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            Packet::V4(ipv4(source, destination, advert.hop_limit, message))
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => Packet::V6 {
            source,
            destination,
            hop_limit: advert.hop_limit,
            payload: message.to_vec(),
        },
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Packet::V4(Vec::new()),
    }
}
