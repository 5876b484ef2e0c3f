//! Adverts seen from outside: read strictly to judge what routers send, and forged to attack them. It shares no
//! code with the core, so that a mistake there is not repeated here.
//!
//! ```text
//! v2  0x21 vrid priority count  auth-type interval(s) checksum   addresses  8 bytes of authentication (IPv4)
//! v3  0x31 vrid priority count  0000 interval(cs, 12) checksum   addresses
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vrrp::{Packet, Version};

/// VRRP's protocol number.
const PROTOCOL: u8 = 112;
const IPV4_HEADER: usize = 20;
const VRRP_HEADER: usize = 8;
const AUTH_DATA: usize = 8;

/// An advert, read or to be forged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advert {
    /// Source of the packet.
    pub source: IpAddr,
    /// Destination of the packet.
    pub destination: IpAddr,
    /// TTL or hop limit.
    pub hop_limit: u8,
    /// Protocol version.
    pub version: Version,
    /// Virtual router id.
    pub vrid: u8,
    /// Priority.
    pub priority: u8,
    /// Advert interval.
    pub interval: Duration,
    /// The virtual addresses.
    pub addresses: Vec<IpAddr>,
    /// Password (v2 on IPv4; all zero where there is none).
    pub password: Option<[u8; 8]>,
}

impl Advert {
    /// Reads a packet that a router of ours sent: everything has to be right.
    pub fn read(packet: &Packet) -> Result<Self, String> {
        match packet {
            Packet::V4(bytes) => read_v4(bytes),
            Packet::V6 {
                source,
                destination,
                hop_limit,
                payload,
            } => {
                let ends = (IpAddr::V6(*source), IpAddr::V6(*destination));
                read_message(payload, ends, *hop_limit)
            }
        }
    }

    /// The packet, as the receiving kernel hands it over.
    pub fn packet(&self) -> Packet {
        let mut message = self.message();
        let sum = self.sum(&message);
        message[6..8].copy_from_slice(&sum.to_be_bytes());
        match (self.source, self.destination) {
            (IpAddr::V6(source), IpAddr::V6(destination)) => Packet::V6 {
                source,
                destination,
                hop_limit: self.hop_limit,
                payload: message,
            },
            (source, destination) => {
                Packet::V4(ipv4(v4(source), v4(destination), self.hop_limit, &message))
            }
        }
    }

    fn message(&self) -> Vec<u8> {
        let count = u8::try_from(self.addresses.len()).unwrap_or(u8::MAX);
        let timing = match self.version {
            Version::V2 => {
                let kind = u8::from(self.password.is_some_and(|word| word != [0; 8]));
                [
                    kind,
                    u8::try_from(self.interval.as_secs()).unwrap_or(u8::MAX),
                ]
            }
            Version::V3 => centis(self.interval).to_be_bytes(),
        };
        let mut message = vec![version_byte(self.version), self.vrid, self.priority, count];
        message.extend(timing);
        message.extend([0, 0]);
        for address in &self.addresses {
            match address {
                IpAddr::V4(address) => message.extend(address.octets()),
                IpAddr::V6(address) => message.extend(address.octets()),
            }
        }
        if self.version == Version::V2 && self.source.is_ipv4() {
            message.extend(self.password.unwrap_or_default());
        }
        message
    }

    fn sum(&self, message: &[u8]) -> u16 {
        match (self.version, self.source.is_ipv4()) {
            (Version::V2, true) => checksum(&[message]),
            (Version::V2 | Version::V3, _) => checksum(&[
                &pseudo(self.source, self.destination, message.len()),
                message,
            ]),
        }
    }
}

fn version_byte(version: Version) -> u8 {
    match version {
        Version::V2 => 0x21,
        Version::V3 => 0x31,
    }
}

fn centis(interval: Duration) -> u16 {
    u16::try_from(interval.as_millis() / 10).unwrap_or(u16::MAX)
}

fn v4(address: IpAddr) -> Ipv4Addr {
    match address {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
    }
}

/// An IPv4 packet of protocol 112, header checksum and all.
pub fn ipv4(source: Ipv4Addr, destination: Ipv4Addr, ttl: u8, message: &[u8]) -> Vec<u8> {
    let total = u16::try_from(IPV4_HEADER + message.len()).unwrap_or(u16::MAX);
    let mut bytes = vec![0x45, 0xc0];
    bytes.extend(total.to_be_bytes());
    bytes.extend([0, 1, 0, 0, ttl, PROTOCOL, 0, 0]);
    bytes.extend(source.octets());
    bytes.extend(destination.octets());
    let sum = checksum(&[&bytes]);
    bytes[10..12].copy_from_slice(&sum.to_be_bytes());
    bytes.extend(message);
    bytes
}

/// What the kernel does to a packet on its way out: the header checksum (`IP_HDRINCL`), or the message's
/// (`IPV6_CHECKSUM`).
pub fn through_kernel(mut packet: Packet) -> Packet {
    match &mut packet {
        Packet::V4(bytes) if bytes.len() >= IPV4_HEADER && bytes[10..12] == [0, 0] => {
            let sum = checksum(&[&bytes[..IPV4_HEADER]]);
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        Packet::V6 {
            source,
            destination,
            payload,
            ..
        } if payload.len() >= VRRP_HEADER => {
            payload[6..8].fill(0);
            let ends = (IpAddr::V6(*source), IpAddr::V6(*destination));
            let sum = checksum(&[&pseudo(ends.0, ends.1, payload.len()), payload]);
            payload[6..8].copy_from_slice(&sum.to_be_bytes());
        }
        Packet::V4(_) | Packet::V6 { .. } => {}
    }
    packet
}

fn read_v4(bytes: &[u8]) -> Result<Advert, String> {
    let header = bytes.get(..IPV4_HEADER).ok_or("no IPv4 header")?;
    let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[0] != 0x45 || header[9] != PROTOCOL || header[1] != 0xc0 {
        return Err(format!("IPv4 header {:02x?}", &header[..12]));
    }
    if total != bytes.len() {
        return Err(format!("total length {total}, packet has {}", bytes.len()));
    }
    let address = |at: usize| {
        IpAddr::V4(Ipv4Addr::new(
            header[at],
            header[at + 1],
            header[at + 2],
            header[at + 3],
        ))
    };
    let ends = (address(12), address(16));
    let advert = read_message(&bytes[IPV4_HEADER..], ends, header[8])?;
    let mut message = bytes[IPV4_HEADER..].to_vec();
    let found = u16::from_be_bytes([message[6], message[7]]);
    message[6..8].fill(0);
    match advert.sum(&message) {
        right if right == found => Ok(advert),
        right => Err(format!("checksum {found:#06x}, right is {right:#06x}")),
    }
}

fn read_message(
    message: &[u8],
    (source, destination): (IpAddr, IpAddr),
    hop_limit: u8,
) -> Result<Advert, String> {
    let header = message.get(..VRRP_HEADER).ok_or("no VRRP header")?;
    let (version, interval) = match header[0] {
        0x21 => (Version::V2, Duration::from_secs(header[5].into())),
        0x31 => {
            let centis = u16::from_be_bytes([header[4], header[5]]);
            (Version::V3, Duration::from_millis(u64::from(centis) * 10))
        }
        other => return Err(format!("version and type {other:#04x}")),
    };
    let (size, trailer) = match (source.is_ipv4(), version) {
        (true, Version::V2) => (4, AUTH_DATA),
        (true, Version::V3) => (4, 0),
        (false, Version::V2 | Version::V3) => (16, 0),
    };
    let need = VRRP_HEADER + size * usize::from(header[3]) + trailer;
    if message.len() != need {
        return Err(format!("{} bytes, needs {need}", message.len()));
    }
    let (list, trailer) = message[VRRP_HEADER..].split_at(need - VRRP_HEADER - trailer);
    Ok(Advert {
        source,
        destination,
        hop_limit,
        version,
        vrid: header[1],
        priority: header[2],
        interval,
        addresses: list.chunks_exact(size).map(address).collect(),
        password: trailer.try_into().ok(),
    })
}

fn address(bytes: &[u8]) -> IpAddr {
    match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
        (Ok(four), _) => Ipv4Addr::from(four).into(),
        (Err(_), Ok(sixteen)) => Ipv6Addr::from(sixteen).into(),
        (Err(_), Err(_)) => Ipv4Addr::UNSPECIFIED.into(),
    }
}

fn pseudo(source: IpAddr, destination: IpAddr, len: usize) -> Vec<u8> {
    let len = u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes();
    let mut block = Vec::new();
    for address in [source, destination] {
        match address {
            IpAddr::V4(address) => block.extend(address.octets()),
            IpAddr::V6(address) => block.extend(address.octets()),
        }
    }
    if source.is_ipv4() {
        block.extend([0, PROTOCOL, len[0], len[1]]);
    } else {
        block.extend([0, 0, len[0], len[1], 0, 0, 0, PROTOCOL]);
    }
    block
}

/// RFC 1071, over blocks of which all but the last have an even length.
fn checksum(blocks: &[&[u8]]) -> u16 {
    let words = blocks.iter().flat_map(|block| block.chunks(2));
    let mut sum: u32 = words
        .map(|pair| {
            u32::from(u16::from_be_bytes([
                pair[0],
                pair.get(1).copied().unwrap_or(0),
            ]))
        })
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advert() -> Advert {
        Advert {
            source: "10.0.0.1".parse().unwrap(),
            destination: "224.0.0.18".parse().unwrap(),
            hop_limit: 255,
            version: Version::V2,
            vrid: 51,
            priority: 100,
            interval: Duration::from_secs(1),
            addresses: vec!["10.0.0.100".parse().unwrap()],
            password: Some(*b"secret\0\0"),
        }
    }

    #[test]
    fn what_is_forged_is_read_again() {
        let v3 = Advert {
            version: Version::V3,
            password: None,
            ..advert()
        };
        let v6 = Advert {
            source: "fe80::1".parse().unwrap(),
            destination: "ff02::12".parse().unwrap(),
            addresses: vec!["fe80::64".parse().unwrap(), "2001:db8::64".parse().unwrap()],
            ..v3.clone()
        };
        for advert in [advert(), v3, v6] {
            assert_eq!(Advert::read(&advert.packet()), Ok(advert.clone()));
            assert_eq!(through_kernel(advert.packet()), advert.packet());
        }
    }

    #[test]
    fn a_flipped_bit_is_found() {
        let Packet::V4(bytes) = advert().packet() else {
            unreachable!()
        };
        for at in IPV4_HEADER..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 1;
            assert!(Advert::read(&Packet::V4(broken)).is_err(), "byte {at}");
        }
    }
}
