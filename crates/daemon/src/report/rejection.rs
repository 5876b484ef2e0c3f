//! Refused packets, in words.

use std::net::IpAddr;

use vrrp::advert::DecodeError;
use vrrp::{InstanceConfig, Transport, Version};

use super::Line;

/// The line for a packet that was refused.
pub(super) fn line(
    instance: Option<&InstanceConfig>,
    interface: &str,
    source: Option<IpAddr>,
    error: DecodeError,
) -> Line {
    let from = source
        .map(|source| format!(" from {source}"))
        .unwrap_or_default();
    let Some(instance) = instance else {
        return foreign(interface, &from, error);
    };
    let name = &instance.name;
    let what = match error {
        DecodeError::Truncated { need, have } => {
            format!("vrrp packet too short, length {have} and expect {need}")
        }
        DecodeError::Length { found, need } => {
            format!("vrrp packet too long, length {found} and expect {need}")
        }
        DecodeError::HopLimit(found) => {
            format!("invalid TTL/HL. Received {found} and expect 255")
        }
        DecodeError::Version { found, need } => {
            format!("wrong version. Received {found} and expect {need}")
        }
        DecodeError::UnknownAuthType(found) => format!("Invalid auth type: {found}"),
        DecodeError::AuthType { found, need } => {
            format!("received a {found} auth, expecting {need}!")
        }
        DecodeError::Password => return Line::warn(invalid_password(name, &from)),
        DecodeError::Interval { found, need } => format!(
            "advertisement interval mismatch mine={} sec rcv'd={} sec",
            need.as_secs_f64(),
            found.as_secs_f64()
        ),
        DecodeError::Type(found) => format!("Invalid packet type. {found} and expect 1"),
        DecodeError::TotalLength { found, need } => {
            format!("ip_tot_len mismatch against received length. {found} and received {need}")
        }
        DecodeError::Checksum { .. } => {
            let number = if instance.version == Version::V2 {
                2
            } else {
                3
            };
            format!("Invalid VRRPv{number} checksum")
        }
        DecodeError::Destination(_) => {
            let (need, found) = match instance.transport {
                Transport::Multicast { .. } => ("mult", "un"),
                Transport::Unicast { .. } => ("un", "mult"),
            };
            format!("Expected {need}icast packet but received {found}icast packet")
        }
        DecodeError::Source(_) => "unicast source address not a unicast peer:".to_owned(),
        DecodeError::IpVersion(_)
        | DecodeError::HeaderLength(_)
        | DecodeError::Protocol(_)
        | DecodeError::UnknownVrid(_) => format!("packet refused: {error},"),
    };
    Line::info(format!("({name}) {what}{from}"))
}

fn invalid_password(name: &str, from: &str) -> String {
    format!("({name}) received an invalid passwd{from}!")
}

/// A packet that could not be told to be anybody's.
fn foreign(interface: &str, from: &str, error: DecodeError) -> Line {
    if let DecodeError::UnknownVrid(vrid) = error {
        let text =
            format!("Unknown VRID({vrid}) received on interface({interface}){from}. ignoring...");
        return Line {
            is_unknown_vrid: true,
            ..Line::info(text)
        };
    }
    Line::info(format!(
        "packet refused on interface({interface}): {error}{from}"
    ))
}
