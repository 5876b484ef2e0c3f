//! The IP header around an advert.

use std::net::{IpAddr, Ipv4Addr};

use crate::config::Family;
use crate::event::Packet;

use super::{DecodeError, IPV4_HEADER_LEN, PROTOCOL};

/// A packet with its IP header read, whatever its message says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(super) hop_limit: u8,
    pub(super) ip_id: u16,
    /// What the IPv4 header says; the kernel has cut an IPv6 payload to its length.
    pub(super) total_len: Option<usize>,
    /// Length of the header that came with the message.
    pub(super) header_len: usize,
    /// All that follows the header, padding too.
    pub(super) message: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads the IP header.
    pub(crate) fn parse(packet: &'a Packet) -> Result<Self, DecodeError> {
        match packet {
            Packet::V4(bytes) => Self::parse_v4(bytes),
            Packet::V6 {
                source,
                destination,
                hop_limit,
                payload,
            } => Ok(Self {
                source: IpAddr::V6(*source),
                destination: IpAddr::V6(*destination),
                hop_limit: *hop_limit,
                ip_id: 0,
                total_len: None,
                header_len: 0,
                message: payload,
            }),
        }
    }

    fn parse_v4(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let header = bytes
            .first_chunk::<IPV4_HEADER_LEN>()
            .ok_or(DecodeError::Truncated {
                need: IPV4_HEADER_LEN,
                have: bytes.len(),
            })?;
        if header[0] >> 4 != 4 {
            return Err(DecodeError::IpVersion(header[0] >> 4));
        }
        let header_len = usize::from(header[0] & 0x0f) * 4;
        if header_len < IPV4_HEADER_LEN {
            return Err(DecodeError::HeaderLength(header_len));
        }
        let message = bytes.get(header_len..).ok_or(DecodeError::Truncated {
            need: header_len,
            have: bytes.len(),
        })?;
        // An authentication header (51) where none is configured, or something else altogether.
        if header[9] != PROTOCOL {
            return Err(DecodeError::Protocol(header[9]));
        }
        Ok(Self {
            source: address(header, 12),
            destination: address(header, 16),
            hop_limit: header[8],
            ip_id: u16::from_be_bytes([header[4], header[5]]),
            total_len: Some(usize::from(u16::from_be_bytes([header[2], header[3]]))),
            header_len,
            message,
        })
    }

    /// Family of the packet.
    pub(crate) fn family(&self) -> Family {
        Family::of(self.source)
    }

    /// Whom the message is for, if it is long enough to say.
    pub(crate) fn vrid(&self) -> Option<u8> {
        self.message.get(1).copied()
    }
}

fn address(header: &[u8; IPV4_HEADER_LEN], at: usize) -> IpAddr {
    Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]).into()
}
