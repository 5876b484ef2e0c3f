//! Addresses, routes and rules.

mod address;
mod route;
mod rule;

use std::net::IpAddr;

use ::vrrp::{Family, InstanceId};
use serde::{Deserialize, Serialize};

pub use address::StaticAddress;
pub use route::{
    CongestionControl, Encap, IpEncap, Metric, NextHop, Route, RouteMetrics, RouteMode, Table,
};
pub use rule::{FirewallMark, Range, Rule, RuleAction};

/// The protocol number that says that a route or rule is ours (RTPROT_KEEPALIVED).
pub const OUR_PROTOCOL: u8 = 18;

/// An address with a prefix length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The address; the bits behind the prefix are as they were written.
    pub address: IpAddr,
    /// Prefix length, 0..=32 or 0..=128 (default: the longest).
    pub prefix: u8,
}

impl Network {
    /// Everything of a family: `default`, `any`, `all`.
    pub fn everything(family: Family) -> Self {
        let address = match family {
            Family::V4 => IpAddr::from([0; 4]),
            Family::V6 => IpAddr::from([0; 16]),
        };
        Self { address, prefix: 0 }
    }
}

/// Routing realms, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Realms {
    /// Realm of the source, 0..=255; 0 (the default) is none.
    pub from: u8,
    /// Realm of the destination, 0..=255.
    pub to: u8,
}

/// `track_group`: instances whose fate static entries follow that name the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackGroup {
    /// Its name, unique.
    pub name: String,
    /// `group`: its members that exist; at least one.
    pub members: Vec<InstanceId>,
}
