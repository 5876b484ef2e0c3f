//! Routes.

use std::net::IpAddr;
use std::time::Duration;

use ::vrrp::Family;
use serde::{Deserialize, Serialize};

use super::{Network, OUR_PROTOCOL, Realms};

/// The number of an ordinary route (RTN_UNICAST).
const UNICAST: u8 = 1;

/// A line of `virtual_routes` or `static_routes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Told by `inet` and `inet6`, by any address, by options of one family only; else IPv4.
    pub family: Family,
    /// Type as `rtnetlink` numbers it: 1 (the default) unicast, 6 blackhole, 7 unreachable, 8 prohibit, 9 throw.
    pub kind: u8,
    /// Destination.
    pub destination: Network,
    /// `from`: only packets of these sources (IPv6).
    pub from: Option<Network>,
    /// `src`: the source address that is preferred.
    pub source: Option<IpAddr>,
    /// `via`: the gateway.
    pub gateway: Option<IpAddr>,
    /// `dev`: the interface packets leave by.
    pub interface: Option<String>,
    /// `onlink`: the gateway is on the link, whatever its prefix says.
    pub on_link: bool,
    /// `tos`, 0..=255 (default 0).
    pub tos: u8,
    /// `table`, or the table of `vrf` (default main).
    pub table: Table,
    /// `protocol`: who the route belongs to; a tracked one is always ours, 18.
    pub protocol: u8,
    /// `scope` as `rtnetlink` numbers it: 0 global, 200 site, 253 link, 254 host. Not given: global.
    pub scope: Option<u8>,
    /// `metric`: the lower comes first. Not given: the kernel's default.
    pub metric: Option<u32>,
    /// `encap`: packets are put into a tunnel.
    pub encap: Option<Encap>,
    /// `realms` (IPv4).
    pub realms: Option<Realms>,
    /// `expires`: the kernel removes the route after so long (IPv6); whole seconds.
    pub expires: Option<Duration>,
    /// What TCP is told about the way.
    pub metrics: RouteMetrics,
    /// `pref`: preference of a router as ICMPv6 numbers it: 0 medium, 1 high, 3 low (IPv6).
    pub preference: Option<u8>,
    /// `ttl-propagate`: the TTL is copied into the MPLS header.
    pub ttl_propagate: Option<bool>,
    /// `add`, `prepend`, `append`: what becomes of it beside a route for the same destination.
    pub mode: RouteMode,
    /// `nexthop`: several ways, by weight.
    pub next_hops: Vec<NextHop>,
    /// Removal by others counts (not `no_track`).
    pub track: bool,
    /// `track_group` of a static route: these instances are in fault while its interface is down.
    pub track_group: Option<String>,
}

impl Route {
    /// An ordinary route without options.
    pub fn to(family: Family, destination: Network) -> Self {
        Self {
            family,
            kind: UNICAST,
            destination,
            from: None,
            source: None,
            gateway: None,
            interface: None,
            on_link: false,
            tos: 0,
            table: Table::MAIN,
            protocol: OUR_PROTOCOL,
            scope: None,
            metric: None,
            encap: None,
            realms: None,
            expires: None,
            metrics: RouteMetrics::default(),
            preference: None,
            ttl_propagate: None,
            mode: RouteMode::default(),
            next_hops: Vec::new(),
            track: true,
            track_group: None,
        }
    }
}

/// A routing table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Table {
    /// By number.
    Number(u32),
    /// The table of a VRF, by the name of its interface.
    Vrf(String),
}

impl Table {
    /// The main table (RT_TABLE_MAIN).
    pub const MAIN: Self = Self::Number(254);
}

/// What becomes of a route beside one for the same destination.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RouteMode {
    /// It goes before that one.
    #[default]
    Prepend,
    /// It is not added.
    Add,
    /// It goes after that one.
    Append,
}

/// One of several ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextHop {
    /// `via`: the gateway.
    pub gateway: Option<IpAddr>,
    /// `dev`: the interface.
    pub interface: Option<String>,
    /// `weight`, 1..=256 (default 1).
    pub weight: u16,
    /// `onlink`.
    pub on_link: bool,
    /// `encap`.
    pub encap: Option<Encap>,
    /// `realms` (IPv4).
    pub realms: Option<Realms>,
}

impl Default for NextHop {
    fn default() -> Self {
        Self {
            gateway: None,
            interface: None,
            weight: 1,
            on_link: false,
            encap: None,
            realms: None,
        }
    }
}

/// A tunnel without an interface of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encap {
    /// In IPv4.
    Ip(IpEncap),
    /// In IPv6.
    Ip6(IpEncap),
    /// In MPLS: labels of 20 bits, the outermost first; one or two.
    Mpls(Vec<u32>),
    /// Identifier-locator addressing: the locator.
    Ila(u64),
}

/// The outer header of IP in IP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpEncap {
    /// `id`: number of the tunnel.
    pub id: Option<u64>,
    /// `dst`: far end; this or `id` is there.
    pub destination: Option<IpAddr>,
    /// `src`: near end.
    pub source: Option<IpAddr>,
    /// `tos` or `tc`.
    pub tos: Option<u8>,
    /// `ttl` or `hoplimit`.
    pub hop_limit: Option<u8>,
    /// `flags`.
    pub flags: Option<u16>,
}

/// A number for TCP, perhaps one the kernel is not to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric<T> {
    /// The value.
    pub value: T,
    /// `lock`.
    pub lock: bool,
}

/// `congctl`: the congestion control algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CongestionControl {
    /// Its name.
    pub name: String,
    /// `lock`.
    pub lock: bool,
}

/// What TCP is told about a way; what is not given, the kernel works out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteMetrics {
    /// `mtu` in bytes.
    pub mtu: Option<Metric<u32>>,
    /// `advmss`: the segment size that is offered, in bytes.
    pub advmss: Option<Metric<u32>>,
    /// `rtt`: round trip, 0.2..=120 s; without a unit it is written in eighths of a millisecond.
    pub rtt: Option<Metric<Duration>>,
    /// `rttvar`: its variance, 0.2..=120 s; without a unit in quarters of a millisecond.
    pub rttvar: Option<Metric<Duration>>,
    /// `rto_min`: least time before a segment is sent again, 0.2..=120 s; without a unit in milliseconds.
    pub rto_min: Option<Metric<Duration>>,
    /// `reordering`: how many segments may overtake one.
    pub reordering: Option<Metric<u32>>,
    /// `cwnd`: most of the congestion window, in segments.
    pub cwnd: Option<Metric<u32>>,
    /// `ssthresh`: first slow start threshold, in segments.
    pub ssthresh: Option<Metric<u32>>,
    /// `congctl`.
    pub congctl: Option<CongestionControl>,
    /// `hoplimit`, 0..=255.
    pub hop_limit: Option<u8>,
    /// `window`: most that is offered, in bytes.
    pub window: Option<u32>,
    /// `initcwnd`: first congestion window, in segments.
    pub initcwnd: Option<u32>,
    /// `initrwnd`: first window that is offered, in segments.
    pub initrwnd: Option<u32>,
    /// `features ecn`.
    pub ecn: bool,
    /// `quickack`.
    pub quickack: Option<bool>,
    /// `fastopen_no_cookie`.
    pub fastopen_no_cookie: Option<bool>,
}
