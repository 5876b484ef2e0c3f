//! The Internet checksum (RFC 1071) over an advert.

use std::net::Ipv4Addr;

use crate::config::Version;

use super::PROTOCOL;

/// Checksum of parts that each begin at an even offset.
pub(super) fn of(parts: &[&[u8]]) -> u16 {
    let mut sum: u64 = 0;
    for part in parts {
        let (words, rest) = part.as_chunks::<2>();
        sum += words
            .iter()
            .map(|&word| u64::from(u16::from_be_bytes(word)))
            .sum::<u64>();
        sum += rest.first().map_or(0, |&last| u64::from(last) << 8);
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).expect("folded to 16 bits above")
}

/// Checksum of a message over IPv4, its own field taken as zero. Version 3 has a pseudo header.
///
/// `RFC 9568 §5.2.8`, `RFC 3768 §5.3.8`
pub(super) fn of_message(
    message: &[u8],
    version: Version,
    source: Ipv4Addr,
    destination: Ipv4Addr,
) -> u16 {
    let (before, after) = message.split_at(message.len().min(6));
    let after = after.get(2..).unwrap_or_default();
    match version {
        Version::V2 => of(&[before, after]),
        Version::V3 => {
            let [high, low] = u16::try_from(message.len())
                .unwrap_or(u16::MAX)
                .to_be_bytes();
            let pseudo = [0, PROTOCOL, high, low];
            of(&[
                &source.octets(),
                &destination.octets(),
                &pseudo,
                before,
                after,
            ])
        }
    }
}
