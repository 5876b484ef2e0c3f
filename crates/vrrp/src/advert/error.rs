//! What can be wrong with a packet.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// Why a packet is not an advert for us: what was found, and what was needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// Shorter than its headers say, or than any advert is.
    Truncated {
        /// Bytes needed.
        need: usize,
        /// Bytes there.
        have: usize,
    },
    /// Longer than its headers say, and not by Ethernet padding.
    Length {
        /// Bytes there.
        found: usize,
        /// Bytes needed.
        need: usize,
    },
    /// The IP header is of another version than 4.
    IpVersion(u8),
    /// The IPv4 header says that it is shorter than one can be, in bytes.
    HeaderLength(usize),
    /// Another protocol than VRRP: 51 is an authentication header, which we do not use.
    Protocol(u8),
    /// TTL or hop limit of a multicast advert is not 255.
    HopLimit(u8),
    /// Another version of VRRP.
    Version {
        /// In the advert.
        found: u8,
        /// Ours.
        need: u8,
    },
    /// An authentication type that does not exist.
    UnknownAuthType(u8),
    /// Another authentication type than ours.
    AuthType {
        /// In the advert.
        found: u8,
        /// Ours.
        need: u8,
    },
    /// Another password than ours.
    Password,
    /// Another interval than ours (v2), or none at all (v3).
    Interval {
        /// In the advert.
        found: Duration,
        /// Ours.
        need: Duration,
    },
    /// Another type than advertisement (1).
    Type(u8),
    /// The IPv4 header's total length is not the advert's.
    TotalLength {
        /// In the header.
        found: usize,
        /// Bytes of the advert.
        need: usize,
    },
    /// Wrong checksum.
    Checksum {
        /// In the advert.
        found: u16,
        /// Of the bytes.
        need: u16,
    },
    /// Multicast for a unicast instance, or the reverse.
    Destination(IpAddr),
    /// Not from one of the unicast peers.
    Source(IpAddr),
    /// No instance on that interface has this virtual router id.
    UnknownVrid(u8),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { need, have } => write!(f, "advert needs {need} bytes, has {have}"),
            Self::Length { found, need } => write!(f, "advert has {found} bytes, needs {need}"),
            Self::IpVersion(found) => write!(f, "IP version is {found}, needs 4"),
            Self::HeaderLength(found) => write!(f, "IP header has {found} bytes, needs 20"),
            Self::Protocol(found) => write!(f, "IP protocol is {found}, needs 112"),
            Self::HopLimit(found) => write!(f, "TTL is {found}, needs 255"),
            Self::Version { found, need } => write!(f, "version is {found}, needs {need}"),
            Self::UnknownAuthType(found) => write!(f, "authentication type {found} is unknown"),
            Self::AuthType { found, need } => {
                write!(f, "authentication type is {found}, needs {need}")
            }
            Self::Password => f.write_str("password is wrong"),
            Self::Interval { found, need } => {
                write!(f, "advert interval is {found:?}, needs {need:?}")
            }
            Self::Type(found) => write!(f, "type is {found}, needs 1"),
            Self::TotalLength { found, need } => {
                write!(f, "IP total length is {found}, needs {need}")
            }
            Self::Checksum { found, need } => {
                write!(f, "checksum is {found:#06x}, needs {need:#06x}")
            }
            Self::Destination(found) => write!(f, "sent to {found}"),
            Self::Source(found) => write!(f, "{found} is not a peer"),
            Self::UnknownVrid(found) => write!(f, "virtual router id {found} is unknown"),
        }
    }
}

impl std::error::Error for DecodeError {}
