//! The typed configuration: what every role gets, parsed once.

mod bfd;
mod checker;
mod command;
pub mod global;
mod hmac;
mod http_check;
mod net;
mod track;
mod virtual_server;
mod vrrp;

use ::vrrp::RouterConfig;
use serde::{Deserialize, Serialize};

pub use self::vrrp::{
    Group, Instance, Ipvlan, IpvlanMode, Notify, OldChecksum, Peer, Vmac, Withheld,
};
pub use bfd::Bfd;
pub use checker::{
    BfdCheck, Checker, CheckerKind, Connection, DnsCheck, DnsType, FileCheck, MiscCheck, SmtpCheck,
    Socket, UdpCheck,
};
pub use command::{Command, User};
pub use global::Global;
pub use hmac::{AntiReplay, Hmac, HmacKey, HmacMode, Secret};
pub use http_check::{HttpCheck, HttpProtocol, Regex, RegexOption, RegexStack, StatusCodes, Url};
pub use net::{
    CongestionControl, Encap, FirewallMark, IpEncap, Metric, Network, NextHop, OUR_PROTOCOL, Range,
    Realms, Route, RouteMetrics, RouteMode, Rule, RuleAction, StaticAddress, Table, TrackGroup,
};
pub use track::{
    Check, GarpGroup, InitFile, LinkBeat, LinkBeatMethod, LinkDelay, ParamMatch, TrackFile,
    TrackProcess, TrackScriptCommand, Tracked,
};
pub use virtual_server::{
    CheckTiming, Family, Forwarding, Granularity, GroupAddresses, GroupMark, Persistence, Protocol,
    RealServer, Scheduler, SchedulerFlags, Service, SorryServer, Ssl, Tunnel, TunnelChecksum,
    VirtualServer, VirtualServerGroup,
};

/// A whole `keepalived.conf`, checked and with every default filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// `global_defs` and the root keywords.
    pub global: Global,
    /// What the core works from.
    pub router: RouterConfig,
    /// What the shell keeps beside each instance; as long as `router.instances`.
    pub instances: Vec<Instance>,
    /// What the shell keeps beside each sync group; as long as `router.groups`.
    pub groups: Vec<Group>,
    /// What the script runner keeps beside each track script; as long as `router.scripts`.
    pub scripts: Vec<TrackScriptCommand>,
    /// Instances that must not run before what they need is built.
    pub withheld: Vec<Withheld>,
    /// `track_file`, `vrrp_track_file`.
    pub track_files: Vec<TrackFile>,
    /// `vrrp_track_process`.
    pub track_processes: Vec<TrackProcess>,
    /// `bfd_instance`.
    pub bfds: Vec<Bfd>,
    /// `garp_group`.
    pub garp_groups: Vec<GarpGroup>,
    /// `linkbeat_interfaces`.
    pub link_beats: Vec<LinkBeat>,
    /// `interface_up_down_delays`.
    pub link_delays: Vec<LinkDelay>,
    /// `SSL`.
    pub ssl: Option<Ssl>,
    /// `virtual_server_group`s.
    pub virtual_server_groups: Vec<VirtualServerGroup>,
    /// `virtual_server`s.
    pub virtual_servers: Vec<VirtualServer>,
    /// `static_ipaddress`, in the order of the file.
    pub static_addresses: Vec<StaticAddress>,
    /// `static_routes`, in the order of the file.
    pub static_routes: Vec<Route>,
    /// `static_rules`, in the order of the file.
    pub static_rules: Vec<Rule>,
    /// `track_group`.
    pub track_groups: Vec<TrackGroup>,
    /// Blocks that are there but whose feature is not built yet (`virtual_server`, …), for one warning each.
    pub not_built: Vec<String>,
}
