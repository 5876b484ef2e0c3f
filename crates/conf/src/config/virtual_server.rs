//! Virtual servers, real servers and their groups.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Checker, Command};

/// `virtual_server`: one service (or a group of them) and the real servers behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualServer {
    /// What is served.
    pub service: Service,
    /// `protocol`; none for firewall marks alone, else UDP where nothing is said.
    pub protocol: Option<Protocol>,
    /// `ip_family`, or that of the addresses. `None`: a group of both families.
    pub family: Option<Family>,
    /// `lvs_sched`, default wlc.
    pub scheduler: Scheduler,
    /// `ops`, `flag-1` to `flag-3`, `sh-*` and `mh-*`.
    pub flags: SchedulerFlags,
    /// `lvs_method`, default NAT: what real servers and the sorry server take that have none of their own.
    pub forwarding: Forwarding,
    /// `persistence_timeout` and `persistence_granularity`.
    pub persistence: Option<Persistence>,
    /// `persistence_engine`, 15 bytes at the most.
    pub persistence_engine: Option<String>,
    /// `ha_suspend`: checks run only while the address is on this host.
    pub ha_suspend: bool,
    /// `smtp_alert`: mail when the quorum is gained or lost. Default `smtp_alert_checker`, `smtp_alert`, false.
    pub smtp_alert: bool,
    /// `virtualhost`: the Host header of HTTP checks that have none.
    pub virtualhost: Option<String>,
    /// `snmp_name`.
    pub snmp_name: Option<String>,
    /// `alpha`: real servers are down until their first check.
    pub alpha: bool,
    /// `omega`: the scripts for down run at stop.
    pub omega: bool,
    /// `inhibit_on_failure`: default of real servers.
    pub inhibit_on_failure: bool,
    /// `quorum`: the weight that must be up, 1 or more, default 1; at most what all real servers weigh.
    pub quorum: u32,
    /// `hysteresis`: margin around the quorum, less than it; default 0.
    pub hysteresis: u32,
    /// `quorum_up`.
    pub quorum_up: Option<Box<Command>>,
    /// `quorum_down`.
    pub quorum_down: Option<Box<Command>>,
    /// `weight`: default of real servers, 1..=2147483647, default 1.
    pub weight: u32,
    /// What checkers inherit.
    pub timing: CheckTiming,
    /// `sorry_server`: serves while the quorum is lost.
    pub sorry_server: Option<SorryServer>,
    /// `real_server`s, at least one.
    pub real_servers: Vec<RealServer>,
}

/// What a virtual server serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Service {
    /// `IP [PORT]`; port 0 is every port, with persistence only.
    Address(SocketAddr),
    /// `fwmark N`.
    FirewallMark(u32),
    /// `group NAME`.
    Group {
        /// Its position in `virtual_server_groups`.
        index: usize,
        /// Which of the virtual servers of that group it is, from 0.
        sequence: usize,
    },
}

/// The protocol of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// `inet`.
    Inet,
    /// `inet6`.
    Inet6,
}

impl Family {
    /// That of an address.
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() {
            Self::Inet
        } else {
            Self::Inet6
        }
    }
}

/// A scheduler of IPVS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the kernel's")]
pub enum Scheduler {
    Rr,
    Wrr,
    Lc,
    Wlc,
    Lblc,
    Lblcr,
    Sh,
    Mh,
    Dh,
    Fo,
    Ovf,
    Sed,
    Nq,
    Twos,
}

/// How a service is scheduled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulerFlags {
    /// `ops`: each packet by itself; UDP or firewall marks.
    pub one_packet: bool,
    /// `flag-1`; `sh-fallback`, `mh-fallback`.
    pub flag_1: bool,
    /// `flag-2`; `sh-port`, `mh-port`.
    pub flag_2: bool,
    /// `flag-3`.
    pub flag_3: bool,
}

/// How packets get to a real server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Forwarding {
    /// `NAT`.
    #[default]
    Nat,
    /// `DR`.
    DirectRouting,
    /// `TUN`.
    Tunnel(Tunnel),
}

/// The tunnel to a real server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tunnel {
    /// `type ipip`, the default.
    Ipip,
    /// `type gue port N`.
    Gue {
        /// UDP port, 1..=65535.
        port: u16,
        /// Its checksum.
        checksum: TunnelChecksum,
    },
    /// `type gre`.
    Gre {
        /// Whether it has a checksum (`csum`).
        checksum: bool,
    },
}

/// The checksum of a tunnel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TunnelChecksum {
    /// `nocsum`, the default.
    #[default]
    None,
    /// `csum`.
    Full,
    /// `remcsum`: left to the network card.
    Remote,
}

/// For how long, and for whom, a client stays with its real server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persistence {
    /// `persistence_timeout`, whole seconds, 1..=2678400; 360 where nothing is said.
    pub timeout: Duration,
    /// `persistence_granularity`; `None`: each host by itself.
    pub granularity: Option<Granularity>,
}

/// Which clients count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Granularity {
    /// A netmask; the kernel takes any.
    Mask(Ipv4Addr),
    /// A prefix length, 1..=128.
    Prefix(u8),
}

/// What checkers take that say nothing themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckTiming {
    /// `delay_loop`: from one check to the next, 1 µs and more, default 60 s.
    pub delay_loop: Duration,
    /// `connect_timeout`: 1 µs and more, default 5 s.
    pub connect_timeout: Duration,
    /// `retry`: 1 and more. `None`: each kind of checker has its own default.
    pub retry: Option<u32>,
    /// `delay_before_retry`. `None`: each kind of checker has its own default.
    pub delay_before_retry: Option<Duration>,
    /// `warmup`: the first check comes within this. `None`: `delay_loop`.
    pub warmup: Option<Duration>,
}

/// `real_server`: what it has of its own, its virtual server's settings and the defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealServer {
    /// Where packets go; port 0 is the port they came to.
    pub address: SocketAddr,
    /// `weight`: 0..=2147483647.
    pub weight: u32,
    /// `lvs_method`.
    pub forwarding: Forwarding,
    /// `uthreshold`: no more connections than this; 0 is no limit.
    pub upper_threshold: u32,
    /// `lthreshold`: below this a full server gets connections again; 0 leaves it to the kernel.
    pub lower_threshold: u32,
    /// `inhibit_on_failure`: weight 0, not removed.
    pub inhibit_on_failure: bool,
    /// `alpha`: down until its first check.
    pub alpha: bool,
    /// `smtp_alert`: mail on a change. Default `smtp_alert_checker`, `smtp_alert`, true.
    pub smtp_alert: bool,
    /// `notify_up`.
    pub notify_up: Option<Box<Command>>,
    /// `notify_down`.
    pub notify_down: Option<Box<Command>>,
    /// `virtualhost`, not inherited: checkers ask this one, then that of the virtual server.
    pub virtualhost: Option<Box<str>>,
    /// `snmp_name`.
    pub snmp_name: Option<Box<str>>,
    /// What its checkers inherit.
    pub timing: CheckTiming,
    /// Its checks; without any it is up for ever.
    pub checkers: Vec<Checker>,
}

/// `sorry_server`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SorryServer {
    /// Where packets go; port 0 is the port they came to.
    pub address: SocketAddr,
    /// `sorry_server_lvs_method`, default the virtual server's.
    pub forwarding: Forwarding,
    /// `sorry_server_inhibit`: weight 0 while it is not needed, not removed.
    pub inhibit: bool,
    /// One of the real servers is the same.
    pub is_real_server: bool,
}

/// `virtual_server_group`: services with the same real servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualServerGroup {
    /// Its name.
    pub name: String,
    /// Addresses, at least one or a mark.
    pub addresses: Vec<GroupAddresses>,
    /// Firewall marks.
    pub marks: Vec<GroupMark>,
}

/// One address or a range of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupAddresses {
    /// The first one.
    pub first: IpAddr,
    /// The last one: of the same family, not less.
    pub last: IpAddr,
    /// The port; 0 is every port.
    pub port: u16,
}

/// One firewall mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMark {
    /// The mark.
    pub mark: u32,
    /// Its family, if one is said.
    pub family: Option<Family>,
}

/// `SSL`: the certificate of checkers that speak TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ssl {
    /// `password` of the key.
    pub password: Option<String>,
    /// `ca`: PEM.
    pub ca: Option<PathBuf>,
    /// `certificate`: PEM.
    pub certificate: Option<PathBuf>,
    /// `key`: PEM.
    pub key: Option<PathBuf>,
}
