//! Rules of policy routing.

use ::vrrp::Family;
use serde::{Deserialize, Serialize};

use super::{Network, Realms};

/// A line of `virtual_rules` or `static_rules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Told by `inet` and `inet6`, by any address, by `realms`; else IPv4.
    pub family: Family,
    /// `preference`: the lower is asked first. One that is not given counts down from 16384, per family.
    pub preference: u32,
    /// What is done with packets that it fits.
    pub action: RuleAction,
    /// `not`: it fits the other packets.
    pub invert: bool,
    /// `from`.
    pub from: Option<Network>,
    /// `to`.
    pub to: Option<Network>,
    /// `tos`, 0..=255; 0 (the default) is any.
    pub tos: u8,
    /// `fwmark`.
    pub mark: Option<FirewallMark>,
    /// `iif` or `dev`: the interface packets come in by.
    pub input: Option<String>,
    /// `oif`: the interface that local packets are bound to.
    pub output: Option<String>,
    /// `tunnel-id`; 0 (the default) is any.
    pub tunnel_id: u64,
    /// `uidrange`.
    pub users: Option<Range<u32>>,
    /// `ipproto`: number of the IP protocol.
    pub ip_protocol: Option<u8>,
    /// `sport`.
    pub source_ports: Option<Range<u16>>,
    /// `dport`.
    pub destination_ports: Option<Range<u16>>,
    /// `realms` (IPv4).
    pub realms: Option<Realms>,
    /// `suppress_prefixlength`: a route with a prefix not longer than this does not count.
    pub suppress_prefix_length: Option<u32>,
    /// `suppress_ifgroup`: a route over an interface of this group does not count.
    pub suppress_group: Option<u32>,
    /// `protocol`: who the rule belongs to; a tracked one is always ours, 18.
    pub protocol: u8,
    /// Removal by others counts (not `no_track`).
    pub track: bool,
    /// `track_group` of a static rule: these instances are in fault while its input interface is down.
    pub track_group: Option<String>,
}

/// What is done with a packet that a rule fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleAction {
    /// `table`: the route is looked up there; never 0.
    Table(u32),
    /// `l3mdev`: in the table of the VRF that the packet belongs to.
    L3mdev,
    /// `goto`: the rules from that preference on are asked.
    Goto(u32),
    /// Nothing: the next rule is asked.
    Nop,
    /// Dropped without a word.
    Blackhole,
    /// Dropped as unreachable.
    Unreachable,
    /// Dropped as prohibited.
    Prohibit,
}

/// `fwmark`: the mark of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirewallMark {
    /// The mark.
    pub mark: u32,
    /// The bits that count (default: all).
    pub mask: Option<u32>,
}

/// From the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range<T> {
    /// The first.
    pub first: T,
    /// The last.
    pub last: T,
}
