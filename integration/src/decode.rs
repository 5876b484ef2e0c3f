//! Frames to records: written apart from the product's own codec, because it checks it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// An Ethernet address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

/// What a captured frame holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// A VRRP advertisement, right or wrong.
    Vrrp(Advert),
    /// An ARP packet for IPv4 over Ethernet.
    Arp(Arp),
    /// An ICMPv6 neighbour advertisement.
    NeighbourAdvert(NeighbourAdvert),
    /// Something else, or something too short to be read.
    Other,
}

/// A VRRP advertisement as it is on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advert {
    /// IP source.
    pub source: IpAddr,
    /// IP destination.
    pub destination: IpAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// TOS or traffic class.
    pub traffic_class: u8,
    /// 2 or 3.
    pub version: u8,
    /// 1 is an advertisement.
    pub kind: u8,
    /// Virtual router id.
    pub vrid: u8,
    /// Priority on the wire; 0 means that the master stops.
    pub priority: u8,
    /// The advertised interval.
    pub interval: Duration,
    /// Version 2: 0 none, 1 simple password, 2 AH.
    pub auth_type: u8,
    /// What follows the addresses.
    pub auth: Vec<u8>,
    /// The addresses in their order.
    pub addresses: Vec<IpAddr>,
    /// Whether the VRRP checksum is right.
    pub checksum_ok: bool,
}

/// An ARP packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arp {
    /// 1 request, 2 reply.
    pub operation: u16,
    /// Sender's Ethernet address.
    pub sender_mac: Mac,
    /// Sender's IP address.
    pub sender: Ipv4Addr,
    /// Target's Ethernet address.
    pub target_mac: Mac,
    /// Target's IP address.
    pub target: Ipv4Addr,
}

/// A neighbour advertisement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeighbourAdvert {
    /// IP source.
    pub source: Ipv6Addr,
    /// IP destination.
    pub destination: Ipv6Addr,
    /// Whose Ethernet address is told.
    pub target: Ipv6Addr,
    /// R, S, O in the highest three bits.
    pub flags: u8,
}

impl Arp {
    /// Whether it tells the sender's own address to everyone.
    pub fn gratuitous(&self) -> bool {
        self.sender == self.target
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// Reads an Ethernet frame.
pub fn decode(frame: &[u8]) -> Packet {
    inner(frame).unwrap_or(Packet::Other)
}

fn inner(frame: &[u8]) -> Option<Packet> {
    let payload = frame.get(14..)?;
    match u16_at(frame, 12)? {
        0x0800 => ipv4(payload),
        0x0806 => arp(payload),
        0x86dd => ipv6(payload),
        _ => None,
    }
}

fn arp(bytes: &[u8]) -> Option<Packet> {
    if bytes.get(..6)? != [0, 1, 8, 0, 6, 4] {
        return None;
    }
    Some(Packet::Arp(Arp {
        operation: u16_at(bytes, 6)?,
        sender_mac: Mac(array(bytes, 8)?),
        sender: Ipv4Addr::from(array::<4>(bytes, 14)?),
        target_mac: Mac(array(bytes, 18)?),
        target: Ipv4Addr::from(array::<4>(bytes, 24)?),
    }))
}

fn ipv4(bytes: &[u8]) -> Option<Packet> {
    let header = usize::from(bytes.first()? & 15) * 4;
    let length = usize::from(u16_at(bytes, 2)?);
    let message = bytes.get(header..length.min(bytes.len()))?;
    let ip = Ip {
        source: Ipv4Addr::from(array::<4>(bytes, 12)?).into(),
        destination: Ipv4Addr::from(array::<4>(bytes, 16)?).into(),
        ttl: *bytes.get(8)?,
        traffic_class: *bytes.get(1)?,
    };
    match bytes.get(9)? {
        112 => vrrp(&ip, message),
        51 => vrrp(&ip, message.get(24..)?),
        _ => None,
    }
}

fn ipv6(bytes: &[u8]) -> Option<Packet> {
    let message = bytes.get(40..)?;
    let message = message
        .get(..usize::from(u16_at(bytes, 4)?))
        .unwrap_or(message);
    let source = Ipv6Addr::from(array::<16>(bytes, 8)?);
    let destination = Ipv6Addr::from(array::<16>(bytes, 24)?);
    let ttl = *bytes.get(7)?;
    let traffic_class = (bytes.first()? & 15) << 4 | bytes.get(1)? >> 4;
    match bytes.get(6)? {
        112 => {
            let (source, destination) = (source.into(), destination.into());
            vrrp(
                &Ip {
                    source,
                    destination,
                    ttl,
                    traffic_class,
                },
                message,
            )
        }
        58 if *message.first()? == 136 => Some(Packet::NeighbourAdvert(NeighbourAdvert {
            source,
            destination,
            target: Ipv6Addr::from(array::<16>(message, 8)?),
            flags: *message.get(4)?,
        })),
        _ => None,
    }
}

/// What of the IP header matters here.
struct Ip {
    source: IpAddr,
    destination: IpAddr,
    ttl: u8,
    traffic_class: u8,
}

fn vrrp(ip: &Ip, message: &[u8]) -> Option<Packet> {
    let version = message.first()? >> 4;
    let count = usize::from(*message.get(3)?);
    let width = if ip.source.is_ipv4() { 4 } else { 16 };
    let end = 8 + count * width;
    let addresses = message.get(8..end)?.chunks_exact(width);
    let address = |chunk: &[u8]| match width {
        4 => array::<4>(chunk, 0).map(|octets| IpAddr::from(Ipv4Addr::from(octets))),
        _ => array::<16>(chunk, 0).map(|octets| IpAddr::from(Ipv6Addr::from(octets))),
    };
    let timing = u16_at(message, 4)?;
    let [first, second] = timing.to_be_bytes();
    Some(Packet::Vrrp(Advert {
        source: ip.source,
        destination: ip.destination,
        ttl: ip.ttl,
        traffic_class: ip.traffic_class,
        version,
        kind: message.first()? & 15,
        vrid: *message.get(1)?,
        priority: *message.get(2)?,
        interval: match version {
            3 => Duration::from_millis(u64::from(timing & 0xfff) * 10),
            _ => Duration::from_secs(u64::from(second)),
        },
        auth_type: if version == 3 { 0 } else { first },
        auth: message.get(end..)?.to_vec(),
        addresses: addresses.filter_map(address).collect(),
        checksum_ok: checksum_ok(ip, version, message),
    }))
}

/// RFC 3768 §5.3.8: the message alone; RFC 9568 §5.2.8: with a pseudo header.
fn checksum_ok(ip: &Ip, version: u8, message: &[u8]) -> bool {
    let mut bytes = Vec::new();
    let length = u32::try_from(message.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    match (ip.source, ip.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) if version == 3 => {
            bytes.extend([source.octets(), destination.octets()].concat());
            bytes.extend([0, 112, length[2], length[3]]);
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            bytes.extend([source.octets(), destination.octets()].concat());
            bytes.extend(length);
            bytes.extend([0, 0, 0, 112]);
        }
        _ => {}
    }
    bytes.extend(message);
    checksum(&bytes) == 0
}

/// RFC 1071: what belongs into a zeroed checksum field; 0 over data whose checksum is right.
pub fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| match *pair {
        [high, low] => u64::from(u16::from_be_bytes([high, low])),
        [high] => u64::from(high) << 8,
        _ => 0,
    });
    let mut sum: u64 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(u16::MAX)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array::<2>(bytes, at).map(u16::from_be_bytes)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_advert_of_the_reference() {
        // Seen on the wire: 2.2.7, version 2, PASS "secret12".
        let mut frame = vec![0x01, 0, 0x5e, 0, 0, 18, 2, 0, 10, 10, 0, 1, 8, 0];
        frame.extend([
            0x45, 0xc0, 0, 40, 0, 1, 0, 0, 255, 112, 0, 0, 10, 10, 0, 1, 224, 0, 0, 18,
        ]);
        let mut message = vec![0x21, 51, 100, 1, 1, 1, 0, 0, 10, 10, 0, 100];
        message.extend(b"secret12");
        let sum = checksum(&message).to_be_bytes();
        message[6..8].copy_from_slice(&sum);
        frame.extend(&message);
        let Packet::Vrrp(advert) = decode(&frame) else {
            panic!("no advert")
        };
        assert!(advert.checksum_ok);
        assert_eq!((advert.vrid, advert.priority, advert.ttl), (51, 100, 255));
        assert_eq!(advert.auth, b"secret12");
        assert_eq!(advert.interval, Duration::from_secs(1));
        assert_eq!(advert.addresses, [IpAddr::from([10, 10, 0, 100])]);
    }

    #[test]
    fn any_cut_is_survived() {
        let frame = [0x45; 80];
        for end in 0..frame.len() {
            decode(&frame[..end]);
        }
    }
}
