//! Adverts captured from keepalived 2.2.7, both ways, and one row for each field and each refusal.
#![allow(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod common;

use std::net::IpAddr;
use std::time::Duration;

use vrrp::advert::{self, Advert, DecodeError};
use vrrp::{
    Action, Authentication, Event, Family, InstanceConfig, InterfaceId, Packet, Report, Router,
    RouterConfig, Transport, Version,
};

const V2_PASS: &str = "45c0 0028 0001 0000 ff70 d091 0a00 0001 e000 0012 \
                       2133 ff01 0101 984b 0a00 0064 7333 6372 6574 0000";
const V3: &str = "45c0 0024 0001 0000 ff70 d095 0a00 0001 e000 0012 \
                  3135 9602 0004 395f 0a00 0068 0a00 0069";
const UNICAST: &str = "45c0 0028 0001 0000 ff70 a6a2 0a00 0001 0a00 0002 \
                       2138 6501 0001 6f5b 0a00 006a 0000 0000 0000 0000";

fn v2_pass() -> Advert {
    Advert {
        source: ip("10.0.0.1"),
        destination: ip("224.0.0.18"),
        hop_limit: 255,
        ip_id: 1,
        version: Version::V2,
        vrid: 51,
        priority: 255,
        interval: Duration::from_secs(1),
        authentication: Authentication::Pass(*b"s3cret\0\0"),
        addresses: vec![ip("10.0.0.100")],
    }
}

fn v3() -> Advert {
    Advert {
        version: Version::V3,
        vrid: 53,
        priority: 150,
        interval: Duration::from_millis(40),
        authentication: Authentication::None,
        addresses: vec![ip("10.0.0.104"), ip("10.0.0.105")],
        ..v2_pass()
    }
}

fn unicast() -> Advert {
    Advert {
        destination: ip("10.0.0.2"),
        vrid: 56,
        priority: 101,
        authentication: Authentication::None,
        addresses: vec![ip("10.0.0.106")],
        ..v2_pass()
    }
}

fn v6(version: Version, vrid: u8, priority: u8, addresses: &[&str]) -> Advert {
    Advert {
        source: ip("fe80::ff:fe00:a"),
        destination: ip("ff02::12"),
        ip_id: 0,
        version,
        vrid,
        priority,
        authentication: Authentication::None,
        addresses: addresses.iter().map(|a| ip(a)).collect(),
        ..v2_pass()
    }
}

/// What was on the wire, and what it says.
fn captured() -> Vec<(&'static str, Packet, Advert)> {
    let three = Advert {
        vrid: 52,
        priority: 100,
        interval: Duration::from_secs(2),
        authentication: Authentication::None,
        addresses: vec![ip("10.0.0.101"), ip("10.0.0.103"), ip("10.0.0.102")],
        ..v2_pass()
    };
    vec![
        ("v2, password", packet_v4(V2_PASS), v2_pass()),
        (
            "v2, stopping",
            packet_v4(
                "45c0 0028 0008 0000 ff70 d08a 0a00 0001 e000 0012 \
                 2133 0001 0101 974c 0a00 0064 7333 6372 6574 0000",
            ),
            Advert {
                priority: 0,
                ip_id: 8,
                ..v2_pass()
            },
        ),
        (
            "v2, three addresses",
            packet_v4(
                "45c0 0030 0001 0000 ff70 d089 0a00 0001 e000 0012 \
                 2134 6403 0002 5b94 0a00 0065 0a00 0067 0a00 0066 0000 0000 0000 0000",
            ),
            three.clone(),
        ),
        ("v2, unicast", packet_v4(UNICAST), unicast()),
        ("v3, two addresses", packet_v4(V3), v3()),
        (
            "v3, stopping",
            packet_v4(
                "45c0 0024 00ac 0000 ff70 cfea 0a00 0001 e000 0012 \
                 3135 0002 0004 cf5f 0a00 0068 0a00 0069",
            ),
            Advert {
                priority: 0,
                ip_id: 0xac,
                ..v3()
            },
        ),
        (
            "v3 over IPv6",
            packet_v6(
                "3136 fe02 0064 a6ed fe80 0000 0000 0000 0000 0000 0001 0001 \
                 2001 0db8 0000 0000 0000 0000 0000 0001",
            ),
            v6(Version::V3, 54, 254, &["fe80::1:1", "2001:db8::1"]),
        ),
        (
            "v2 over IPv6: no authentication data",
            packet_v6("2137 6501 0001 7e1a fe80 0000 0000 0000 0000 0000 0001 0002"),
            v6(Version::V2, 55, 101, &["fe80::1:2"]),
        ),
    ]
}

#[test]
fn captured_adverts_decode() {
    for (what, packet, advert) in captured() {
        assert_eq!(advert::decode(&packet), Ok(advert), "{what}");
    }
}

#[test]
fn captured_adverts_encode() {
    for (what, packet, advert) in captured() {
        assert_eq!(
            advert::encode(&advert),
            without_kernel_checksum(packet),
            "{what}"
        );
    }
}

/// Where each field is.
#[test]
fn fields() {
    type Change = fn(&mut Advert);
    let rows: [(&str, usize, &[u8], Change); 11] = [
        ("identification", 4, &[0x12, 0x34], |a| a.ip_id = 0x1234),
        ("TTL", 8, &[7], |a| a.hop_limit = 7),
        ("source", 12, &[192, 0, 2, 1], |a| {
            a.source = ip("192.0.2.1")
        }),
        ("destination", 16, &[192, 0, 2, 2], |a| {
            a.destination = ip("192.0.2.2")
        }),
        ("vrid", 21, &[9], |a| a.vrid = 9),
        ("priority", 22, &[1], |a| a.priority = 1),
        ("count", 23, &[2], |a| a.addresses.push(ip("10.0.0.9"))),
        ("authentication type", 24, &[0], |a| {
            a.authentication = Authentication::None
        }),
        ("interval", 25, &[255], |a| {
            a.interval = Duration::from_secs(255)
        }),
        ("address", 28, &[10, 9, 8, 7], |a| {
            a.addresses = vec![ip("10.9.8.7")]
        }),
        ("password", 32, b"abcdefgh", |a| {
            a.authentication = Authentication::Pass(*b"abcdefgh");
        }),
    ];
    for (what, at, bytes, change) in rows {
        let mut advert = v2_pass();
        change(&mut advert);
        let packet = advert::encode(&advert);
        assert_eq!(&bytes_of(&packet)[at..at + bytes.len()], bytes, "{what}");
        assert_eq!(advert::decode(&packet), Ok(advert), "{what}");
    }
}

#[test]
fn v3_interval_has_twelve_bits() {
    let advert = Advert {
        interval: Duration::from_millis(40_950),
        ..v3()
    };
    let packet = advert::encode(&advert);
    assert_eq!(&bytes_of(&packet)[24..26], &[0x0f, 0xff]);
    assert_eq!(advert::decode(&packet), Ok(advert));
    // The four bits before are reserved, and ignored.
    let packet = summed(patched(packet, &[(24, 0xff)]));
    assert_eq!(
        advert::decode(&packet).unwrap().interval,
        Duration::from_millis(40_950)
    );
}

#[test]
fn most_addresses() {
    let addresses = (0..255).map(|n| IpAddr::from([10, 0, 1, n])).collect();
    let advert = Advert { addresses, ..v3() };
    assert_eq!(advert::decode(&advert::encode(&advert)), Ok(advert));
    let none = Advert {
        addresses: vec![],
        ..v3()
    };
    assert_eq!(advert::decode(&advert::encode(&none)), Ok(none));
}

#[test]
fn ethernet_padding_is_tolerated() {
    let Packet::V4(mut bytes) = packet_v4(V2_PASS) else {
        unreachable!()
    };
    bytes.resize(46, 0);
    assert_eq!(advert::decode(&Packet::V4(bytes.clone())), Ok(v2_pass()));
    bytes.push(0);
    assert_eq!(
        advert::decode(&Packet::V4(bytes)),
        Err(DecodeError::Length {
            found: 47,
            need: 40
        })
    );
}

#[test]
fn ip_options_are_skipped() {
    let Packet::V4(mut bytes) = packet_v4(V2_PASS) else {
        unreachable!()
    };
    bytes.splice(20..20, [1, 1, 1, 0]);
    bytes[0] = 0x46;
    bytes[3] = 44;
    assert_eq!(advert::decode(&Packet::V4(bytes)), Ok(v2_pass()));
}

/// Each way in which a captured advert can be wrong for the instance that it would have been right for.
#[test]
fn refusals() {
    type Error = DecodeError;
    let v2 = || packet_v4(V2_PASS);
    let rows: Vec<(&str, Packet, Error)> = vec![
        (
            "no IP header",
            cut(v2(), 19),
            Error::Truncated { need: 20, have: 19 },
        ),
        (
            "IP version",
            patched(v2(), &[(0, 0x65)]),
            Error::IpVersion(6),
        ),
        (
            "IP header length",
            patched(v2(), &[(0, 0x44)]),
            Error::HeaderLength(16),
        ),
        (
            "IP header cut",
            patched(v2(), &[(0, 0x4f)]),
            Error::Truncated { need: 60, have: 40 },
        ),
        (
            "authentication header",
            patched(v2(), &[(9, 51)]),
            Error::Protocol(51),
        ),
        (
            "no VRRP header",
            cut(v2(), 27),
            Error::Truncated { need: 28, have: 27 },
        ),
        (
            "addresses cut",
            cut(v2(), 39),
            Error::Truncated { need: 40, have: 39 },
        ),
        (
            "count",
            patched(v2(), &[(23, 9)]),
            Error::Truncated { need: 72, have: 40 },
        ),
        ("TTL", patched(v2(), &[(8, 254)]), Error::HopLimit(254)),
        (
            "version 3",
            patched(v2(), &[(20, 0x31)]),
            Error::Version { found: 3, need: 2 },
        ),
        (
            "version 4",
            patched(v2(), &[(20, 0x41)]),
            Error::Version { found: 4, need: 2 },
        ),
        (
            "no authentication",
            patched(v2(), &[(24, 0)]),
            Error::AuthType { found: 0, need: 1 },
        ),
        (
            "AH",
            patched(v2(), &[(24, 2)]),
            Error::AuthType { found: 2, need: 1 },
        ),
        (
            "authentication type",
            patched(v2(), &[(24, 3)]),
            Error::UnknownAuthType(3),
        ),
        ("password", patched(v2(), &[(37, b'T')]), Error::Password),
        (
            "longer password",
            patched(v2(), &[(38, b's')]),
            Error::Password,
        ),
        ("interval", patched(v2(), &[(25, 2)]), interval(2, 1)),
        ("type", patched(v2(), &[(20, 0x22)]), Error::Type(2)),
        (
            "total length",
            patched(v2(), &[(3, 41)]),
            Error::TotalLength {
                found: 41,
                need: 40,
            },
        ),
        (
            "checksum",
            patched(v2(), &[(22, 254)]),
            Error::Checksum {
                found: 0x984b,
                need: 0x994b,
            },
        ),
        (
            "to a host",
            summed(patched(v2(), &[(16, 10)])),
            Error::Destination(ip("10.0.0.18")),
        ),
        ("vrid", patched(v2(), &[(21, 52)]), Error::UnknownVrid(52)),
    ];
    for (what, packet, error) in rows {
        assert_eq!(refusal(&v2_pass(), packet), Some(error), "{what}");
    }
    assert_eq!(refusal(&v2_pass(), v2()), None, "as it was captured");
}

#[test]
fn refusals_of_version_3() {
    let v3_packet = || packet_v4(V3);
    let zero = summed_v3(patched(v3_packet(), &[(25, 0)]));
    let need = Duration::from_millis(40);
    assert_eq!(
        refusal(&v3(), zero),
        Some(DecodeError::Interval {
            found: Duration::ZERO,
            need
        }),
        "an interval of nothing"
    );
    // The checksum covers the addresses of the IP header.
    assert_eq!(
        refusal(&v3(), patched(v3_packet(), &[(15, 2)])),
        Some(DecodeError::Checksum {
            found: 0x395f,
            need: 0x395e
        }),
    );
    assert_eq!(refusal(&v3(), v3_packet()), None);
}

#[test]
fn refusals_of_unicast() {
    let packet = packet_v4(UNICAST);
    let from_host = |last| patched(packet.clone(), &[(15, last)]);
    assert_eq!(
        refusal(&unicast(), from_host(7)),
        Some(DecodeError::Source(ip("10.0.0.7")))
    );
    let group = patched(packet.clone(), &[(16, 224), (17, 0), (18, 0), (19, 18)]);
    assert_eq!(
        refusal(&unicast(), group),
        Some(DecodeError::Destination(ip("224.0.0.18")))
    );
    assert_eq!(
        refusal(&unicast(), patched(packet, &[(8, 3)])),
        None,
        "any TTL will do"
    );
}

#[test]
fn refusals_over_ipv6() {
    let advert = v6(Version::V3, 54, 254, &["fe80::1:1", "2001:db8::1"]);
    let refused = |change: fn(&mut Packet)| {
        let mut packet = advert::encode(&advert);
        change(&mut packet);
        refusal(&advert, packet)
    };
    assert_eq!(refused(|_| {}), None);
    assert_eq!(
        refused(|packet| {
            let Packet::V6 { hop_limit, .. } = packet else {
                unreachable!()
            };
            *hop_limit = 64;
        }),
        Some(DecodeError::HopLimit(64)),
    );
    assert_eq!(
        refused(|packet| bytes_mut(packet).truncate(39)),
        Some(DecodeError::Truncated { need: 40, have: 39 }),
    );
    assert_eq!(
        refused(|packet| bytes_mut(packet).push(0)),
        Some(DecodeError::Length {
            found: 41,
            need: 40
        }),
    );
    assert_eq!(
        refused(|packet| bytes_mut(packet).clear()),
        Some(DecodeError::Truncated { need: 8, have: 0 }),
    );
}

#[test]
fn errors_say_what_was_found_and_needed() {
    let short = DecodeError::Truncated { need: 20, have: 12 };
    assert_eq!(short.to_string(), "advert needs 20 bytes, has 12");
    let interval = interval(2, 1);
    assert_eq!(interval.to_string(), "advert interval is 2s, needs 1s");
}

// What the tables are written with

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn interval(found: u64, need: u64) -> DecodeError {
    DecodeError::Interval {
        found: Duration::from_secs(found),
        need: Duration::from_secs(need),
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap())
        .collect()
}

fn packet_v4(text: &str) -> Packet {
    Packet::V4(hex(text))
}

fn packet_v6(text: &str) -> Packet {
    Packet::V6 {
        source: "fe80::ff:fe00:a".parse().unwrap(),
        destination: "ff02::12".parse().unwrap(),
        hop_limit: 255,
        payload: hex(text),
    }
}

fn bytes_of(packet: &Packet) -> &[u8] {
    let (Packet::V4(bytes) | Packet::V6 { payload: bytes, .. }) = packet;
    bytes
}

fn bytes_mut(packet: &mut Packet) -> &mut Vec<u8> {
    let (Packet::V4(bytes) | Packet::V6 { payload: bytes, .. }) = packet;
    bytes
}

fn patched(mut packet: Packet, changes: &[(usize, u8)]) -> Packet {
    for &(at, byte) in changes {
        bytes_mut(&mut packet)[at] = byte;
    }
    packet
}

fn cut(mut packet: Packet, length: usize) -> Packet {
    bytes_mut(&mut packet).truncate(length);
    packet
}

/// Over IPv6 the kernel fills the checksum in.
fn without_kernel_checksum(packet: Packet) -> Packet {
    match packet {
        Packet::V4(_) => packet,
        Packet::V6 { .. } => patched(packet, &[(6, 0), (7, 0)]),
    }
}

/// With the checksum that the error message asks for.
fn summed(packet: Packet) -> Packet {
    match advert::decode(&packet) {
        Err(DecodeError::Checksum { need, .. }) => {
            let [high, low] = need.to_be_bytes();
            patched(packet, &[(26, high), (27, low)])
        }
        _ => packet,
    }
}

/// As [`summed`], where another check comes first: the interval is made right for a moment.
fn summed_v3(packet: Packet) -> Packet {
    let right = summed(patched(packet, &[(25, 4)]));
    let sum = u16::from_be_bytes([bytes_of(&right)[26], bytes_of(&right)[27]]) + 4;
    let [high, low] = sum.to_be_bytes();
    patched(right, &[(25, 0), (26, high), (27, low)])
}

/// What an instance that sends such adverts says to a packet.
fn refusal(ours: &Advert, packet: Packet) -> Option<DecodeError> {
    let now = common::epoch();
    let config = RouterConfig {
        interfaces: vec![String::from("eth0")],
        instances: vec![instance_for(ours)],
        ..RouterConfig::default()
    };
    let mut router = Router::new(config);
    let interface = InterfaceId(0);
    let family = ours.family();
    let address = Some(match family {
        Family::V4 => ip("10.0.0.9"),
        Family::V6 => ip("fe80::9"),
    });
    router.handle(
        now,
        Event::Link {
            interface,
            up: true,
        },
    );
    router.handle(
        now,
        Event::Address {
            interface,
            family,
            address,
        },
    );
    router.handle(now, Event::Start);
    while router.poll_action().is_some() {}
    router.handle(now, Event::Datagram { interface, packet });
    let mut refused = None;
    while let Some(action) = router.poll_action() {
        if let Action::Report(Report::Rejected { error, .. }) = action {
            refused = Some(error);
        }
    }
    let accepted = router.snapshot().instances[0].counters.advert_received;
    assert_eq!(accepted, u64::from(refused.is_none()));
    refused
}

fn instance_for(advert: &Advert) -> InstanceConfig {
    let addresses: Vec<String> = advert.addresses.iter().map(IpAddr::to_string).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let transport = match advert.destination.is_multicast() {
        true => Transport::Multicast {
            group: advert.destination,
        },
        false => Transport::Unicast {
            peers: vec![advert.source],
            ttl: 255,
            check_source: true,
        },
    };
    InstanceConfig {
        version: advert.version,
        advert_interval: advert.interval,
        authentication: advert.authentication.clone(),
        transport,
        ..common::instance("VI_1", advert.vrid, &addresses)
    }
}
