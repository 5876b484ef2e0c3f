//! What holds for all virtual servers.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The load balancer as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lvs {
    /// `lvs_timeouts`.
    pub timeouts: LvsTimeouts,
    /// `lvs_flush`: the kernel's table is emptied at the start.
    pub flush: bool,
    /// `lvs_flush_on_stop`.
    pub flush_on_stop: FlushOnStop,
    /// `lvs_sync_daemon`.
    pub sync_daemon: Option<SyncDaemon>,
    /// `checker_log_all_failures`: each failed try is logged, not only the change.
    pub log_all_failures: bool,
    /// `rs_init_notifies`: scripts also run for the state that a real server begins with.
    pub init_notifies: bool,
}

/// How long the kernel remembers idle connections: 0..=31 days; `None` or 0 leaves it as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LvsTimeouts {
    /// `tcp`.
    pub tcp: Option<Duration>,
    /// `tcpfin`: after a FIN.
    pub tcp_fin: Option<Duration>,
    /// `udp`.
    pub udp: Option<Duration>,
}

/// What is taken out of the kernel at the stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlushOnStop {
    /// What we put in, one by one.
    #[default]
    Nothing,
    /// Everything, whoever put it in.
    Everything,
    /// Our virtual services, with whatever is in them.
    VirtualServices,
}

/// The kernel's daemon that tells another director of connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncDaemon {
    /// The interface it uses; 15 bytes at the most.
    pub interface: String,
    /// The instance whose state says whether it sends or receives; `None`: it does both.
    pub instance: Option<String>,
    /// `id`: 0..=255; default the virtual router id of the instance, else 0.
    pub id: u8,
    /// `maxlen`: the longest datagram, 1..=65507 bytes; `None`: the kernel's.
    pub max_length: Option<u16>,
    /// `port`: 1..=65535; `None`: the kernel's, 8848.
    pub port: Option<u16>,
    /// `ttl`: 1..=255; `None`: the kernel's, 1.
    pub ttl: Option<u8>,
    /// `group`: multicast address; `None`: the kernel's, 224.0.0.81.
    pub group: Option<IpAddr>,
}
