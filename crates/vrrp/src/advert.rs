//! Adverts on the wire.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Version| Type  |     VRID      |   Priority    | Address count |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   v2: Auth type | Interval/s  |           Checksum            |
//! |   v3: 0 | Interval/10 ms      |                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Address (1) …                          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |         v2 over IPv4: 8 bytes of authentication data          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! `RFC 9568 §5.2`, `RFC 3768 §5.1`, `RFC 2338 §5.1` (authentication data)

mod checksum;
mod error;
mod frame;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::auth;
use crate::config::{Authentication, Family, InstanceConfig, Transport, Version};
use crate::event::Packet;
use crate::timing;

pub use error::DecodeError;
pub(crate) use frame::Frame;

/// Protocol number of VRRP.
pub const PROTOCOL: u8 = 112;

/// TTL or hop limit that a multicast advert arrives with, so that it cannot come from another link.
///
/// `RFC 9568 §5.1.1.3`
pub const HOP_LIMIT: u8 = 255;

/// The only type there is.
const ADVERTISEMENT: u8 = 1;
/// Bytes before the addresses.
const HEADER_LEN: usize = 8;
/// An IPv4 header without options.
const IPV4_HEADER_LEN: usize = 20;
/// Internetwork control.
const TRAFFIC_CLASS: u8 = 0xc0;
/// Longest IPv4 packet that an Ethernet frame may have padded: 60 bytes less its header.
const PADDED_LEN: usize = 46;

/// One advert, with what its IP header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advert {
    /// Who sent it.
    pub source: IpAddr,
    /// To whom: a multicast group or a peer.
    pub destination: IpAddr,
    /// TTL or hop limit.
    pub hop_limit: u8,
    /// Identification in the IPv4 header; 0 over IPv6.
    pub ip_id: u16,
    /// Protocol version.
    pub version: Version,
    /// Virtual router id.
    pub vrid: u8,
    /// Priority: 255 owner, 0 stopping.
    pub priority: u8,
    /// Advert interval.
    pub interval: Duration,
    /// Authentication (v2).
    pub authentication: Authentication,
    /// The virtual addresses, all of one family.
    pub addresses: Vec<IpAddr>,
}

impl Advert {
    /// Family of the packet.
    pub fn family(&self) -> Family {
        Family::of(self.source)
    }
}

/// Puts an advert into a packet.
///
/// Over IPv4 with its header, checksums filled in; over IPv6 the checksum is left to the kernel (0).
pub fn encode(advert: &Advert) -> Packet {
    match (advert.source, advert.destination) {
        (IpAddr::V6(source), IpAddr::V6(destination)) => Packet::V6 {
            source,
            destination,
            hop_limit: advert.hop_limit,
            payload: message(advert, Family::V6),
        },
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            Packet::V4(ipv4_packet(advert, source, destination))
        }
        // Mixed families cannot be sent at all; an address that cannot exist makes that visible.
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Packet::V4(ipv4_packet(
            advert,
            Ipv4Addr::UNSPECIFIED,
            Ipv4Addr::UNSPECIFIED,
        )),
    }
}

/// Reads a packet without knowing whom it is for: form, length, version, type, checksum.
///
/// # Errors
/// The first thing that is wrong.
pub fn decode(packet: &Packet) -> Result<Advert, DecodeError> {
    read(&Frame::parse(packet)?, None)
}

/// Reads a packet that is for an instance: as [`decode`], and as the instance is configured.
///
/// The order of the checks is the original's, because the counters show it.
///
/// `keepalived: vrrp_check_packet`
pub(crate) fn read(
    frame: &Frame<'_>,
    expect: Option<&InstanceConfig>,
) -> Result<Advert, DecodeError> {
    let header = Header::of(frame)?;
    let length = check_length(frame, &header, expect)?;
    check_hop_limit(frame, expect)?;
    let version = header.check_version(expect)?;
    let message = frame.message.get(..length).unwrap_or(frame.message);
    let authentication = read_authentication(message, &header, version, frame.family(), expect)?;
    let interval = header.check_interval(version, expect)?;
    if header.kind != ADVERTISEMENT {
        return Err(DecodeError::Type(header.kind));
    }
    check_total_length(frame, length)?;
    check_checksum(frame, message, version)?;
    check_addressing(frame, expect)?;
    Ok(Advert {
        source: frame.source,
        destination: frame.destination,
        hop_limit: frame.hop_limit,
        ip_id: frame.ip_id,
        version,
        vrid: header.vrid,
        priority: header.priority,
        interval,
        authentication,
        addresses: read_addresses(message, header.count, frame.family()),
    })
}

/// The eight bytes that every advert begins with.
#[derive(Debug, Clone, Copy)]
struct Header {
    version: u8,
    kind: u8,
    vrid: u8,
    priority: u8,
    count: usize,
    timing: [u8; 2],
}

impl Header {
    fn of(frame: &Frame<'_>) -> Result<Self, DecodeError> {
        let &[first, vrid, priority, count, high, low, _, _] = frame
            .message
            .first_chunk::<HEADER_LEN>()
            .ok_or(DecodeError::Truncated {
                need: frame.header_len + HEADER_LEN,
                have: frame.header_len + frame.message.len(),
            })?;
        Ok(Self {
            version: first >> 4,
            kind: first & 0x0f,
            vrid,
            priority,
            count: usize::from(count),
            timing: [high, low],
        })
    }

    fn known_version(&self) -> Option<Version> {
        match self.version {
            2 => Some(Version::V2),
            3 => Some(Version::V3),
            _ => None,
        }
    }

    fn check_version(&self, expect: Option<&InstanceConfig>) -> Result<Version, DecodeError> {
        let need = expect.map(|config| config.version);
        match self.known_version() {
            Some(found) if need.is_none_or(|need| need == found) => Ok(found),
            Some(_) | None => Err(DecodeError::Version {
                found: self.version,
                need: version_number(need.unwrap_or(Version::V3)),
            }),
        }
    }

    /// A v2 interval must be ours; a v3 one is learnt, and only nonsense is refused: an interval of zero
    /// would make every backup take over at once.
    fn check_interval(
        &self,
        version: Version,
        expect: Option<&InstanceConfig>,
    ) -> Result<Duration, DecodeError> {
        let [high, low] = self.timing;
        let found = match version {
            Version::V2 => Duration::from_secs(u64::from(low)),
            Version::V3 => {
                Duration::from_millis(10 * u64::from(u16::from_be_bytes([high & 0x0f, low])))
            }
        };
        let need = expect.map_or(found, |config| config.advert_interval);
        let mismatch = match version {
            Version::V2 => seconds_differ(found, need),
            Version::V3 => found.is_zero(),
        };
        if mismatch {
            Err(DecodeError::Interval { found, need })
        } else {
            Ok(found)
        }
    }
}

fn seconds_differ(found: Duration, need: Duration) -> bool {
    timing::seconds(found) != timing::seconds(need)
}

fn version_number(version: Version) -> u8 {
    match version {
        Version::V2 => 2,
        Version::V3 => 3,
    }
}

fn address_len(family: Family) -> usize {
    match family {
        Family::V4 => 4,
        Family::V6 => 16,
    }
}

/// Whether authentication data follows the addresses.
fn data_len(version: Version, family: Family) -> usize {
    match (version, family) {
        (Version::V2, Family::V4) => auth::DATA_LEN,
        (Version::V2, Family::V6) | (Version::V3, Family::V4 | Family::V6) => 0,
    }
}

/// The length must be exact; Ethernet may have padded a short packet. Returns the message's length.
fn check_length(
    frame: &Frame<'_>,
    header: &Header,
    expect: Option<&InstanceConfig>,
) -> Result<usize, DecodeError> {
    let family = frame.family();
    let version = header
        .known_version()
        .or(expect.map(|config| config.version))
        .unwrap_or(Version::V3);
    let length = HEADER_LEN + header.count * address_len(family) + data_len(version, family);
    let need = frame.header_len + length;
    let have = frame.header_len + frame.message.len();
    if have < need {
        return Err(DecodeError::Truncated { need, have });
    }
    let padded = family == Family::V4 && have <= PADDED_LEN;
    if have > need && !padded {
        return Err(DecodeError::Length { found: have, need });
    }
    Ok(length)
}

/// Only multicast is sure to come from the same link.
fn check_hop_limit(frame: &Frame<'_>, expect: Option<&InstanceConfig>) -> Result<(), DecodeError> {
    let multicast =
        expect.is_some_and(|config| matches!(config.transport, Transport::Multicast { .. }));
    if multicast && frame.hop_limit != HOP_LIMIT {
        return Err(DecodeError::HopLimit(frame.hop_limit));
    }
    Ok(())
}

fn read_authentication(
    message: &[u8],
    header: &Header,
    version: Version,
    family: Family,
    expect: Option<&InstanceConfig>,
) -> Result<Authentication, DecodeError> {
    let [found, _] = header.timing;
    let data = match data_len(version, family) {
        0 => None,
        _ => message.last_chunk().copied(),
    };
    match (version, expect) {
        (Version::V3, _) => Ok(Authentication::None),
        (Version::V2, None) => auth::read(found, data),
        (Version::V2, Some(config)) => {
            // Over IPv6 there is no room for a password.
            let need = match family {
                Family::V4 => &config.authentication,
                Family::V6 => &Authentication::None,
            };
            auth::check(need, found, data).map(|()| need.clone())
        }
    }
}

fn check_total_length(frame: &Frame<'_>, length: usize) -> Result<(), DecodeError> {
    let need = frame.header_len + length;
    match frame.total_len {
        Some(found) if found != need => Err(DecodeError::TotalLength { found, need }),
        Some(_) | None => Ok(()),
    }
}

/// Over IPv6 the kernel has checked it.
fn check_checksum(frame: &Frame<'_>, message: &[u8], version: Version) -> Result<(), DecodeError> {
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (frame.source, frame.destination) else {
        return Ok(());
    };
    let found = message
        .get(6..8)
        .map_or(0, |field| u16::from_be_bytes([field[0], field[1]]));
    let need = checksum::of_message(message, version, source, destination);
    if found == need {
        Ok(())
    } else {
        Err(DecodeError::Checksum { found, need })
    }
}

/// Multicast or unicast as configured, and unicast from a peer where that is asked for.
fn check_addressing(frame: &Frame<'_>, expect: Option<&InstanceConfig>) -> Result<(), DecodeError> {
    let Some(config) = expect else {
        return Ok(());
    };
    match &config.transport {
        Transport::Multicast { .. } if !frame.destination.is_multicast() => {
            Err(DecodeError::Destination(frame.destination))
        }
        Transport::Unicast { .. } if frame.destination.is_multicast() => {
            Err(DecodeError::Destination(frame.destination))
        }
        Transport::Unicast {
            peers,
            check_source: true,
            ..
        } if !peers.contains(&frame.source) => Err(DecodeError::Source(frame.source)),
        Transport::Multicast { .. } | Transport::Unicast { .. } => Ok(()),
    }
}

fn read_addresses(message: &[u8], count: usize, family: Family) -> Vec<IpAddr> {
    let bytes = message.get(HEADER_LEN..).unwrap_or_default();
    match family {
        Family::V4 => bytes
            .as_chunks::<4>()
            .0
            .iter()
            .take(count)
            .map(|&a| a.into())
            .collect(),
        Family::V6 => bytes
            .as_chunks::<16>()
            .0
            .iter()
            .take(count)
            .map(|&a| a.into())
            .collect(),
    }
}

/// The VRRP message, with its checksum as zero.
fn message(advert: &Advert, family: Family) -> Vec<u8> {
    // The configuration holds 255 at the most; whoever ignores that gets the first 255.
    let count = u8::try_from(advert.addresses.len()).unwrap_or(u8::MAX);
    let [high, low] = match advert.version {
        Version::V2 => [
            auth::wire_type(&advert.authentication),
            timing::seconds(advert.interval),
        ],
        Version::V3 => timing::centiseconds(advert.interval).to_be_bytes(),
    };
    let first = version_number(advert.version) << 4 | ADVERTISEMENT;
    let mut bytes = vec![first, advert.vrid, advert.priority, count, high, low, 0, 0];
    for address in advert.addresses.iter().take(usize::from(count)) {
        match address {
            IpAddr::V4(address) => bytes.extend(address.octets()),
            IpAddr::V6(address) => bytes.extend(address.octets()),
        }
    }
    if data_len(advert.version, family) > 0 {
        bytes.extend(auth::wire_data(&advert.authentication));
    }
    bytes
}

fn ipv4_packet(advert: &Advert, source: Ipv4Addr, destination: Ipv4Addr) -> Vec<u8> {
    let mut message = message(advert, Family::V4);
    let sum = checksum::of_message(&message, advert.version, source, destination);
    message[6..8].copy_from_slice(&sum.to_be_bytes());

    let total = u16::try_from(IPV4_HEADER_LEN + message.len()).unwrap_or(u16::MAX);
    let mut packet = Vec::with_capacity(IPV4_HEADER_LEN + message.len());
    packet.extend([0x45, TRAFFIC_CLASS]);
    packet.extend(total.to_be_bytes());
    packet.extend(advert.ip_id.to_be_bytes());
    packet.extend([0, 0, advert.hop_limit, PROTOCOL, 0, 0]);
    packet.extend(source.octets());
    packet.extend(destination.octets());
    let sum = checksum::of(&[&packet]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend(message);
    packet
}
