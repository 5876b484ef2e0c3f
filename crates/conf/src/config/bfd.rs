//! BFD sessions.

use std::net::IpAddr;
use std::time::Duration;

use ::vrrp::Weight;
use serde::{Deserialize, Serialize};

/// A `bfd_instance`: one session with a neighbour (RFC 5880).
// keepalived: alloc_bfd, bfd_end_handler
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bfd {
    /// Its name, 31 bytes at the most.
    pub name: String,
    /// `neighbor_ip`: the peer.
    pub neighbor: IpAddr,
    /// `source_ip`: of the neighbour's family; default the kernel's choice.
    pub source: Option<IpAddr>,
    /// `min_rx`: required minimum interval of received packets, 1 ms..=4294967 ms, default 10 ms.
    pub min_rx: Duration,
    /// `min_tx`: desired minimum interval of sent packets, 1 ms..=4294967 ms, default 10 ms.
    pub min_tx: Duration,
    /// `idle_tx`: interval of sent packets while the session is not up, 1000 ms..=4294967 ms, default 1000 ms.
    pub idle_tx: Duration,
    /// `multiplier`: packets that may be missed, 1..=255, default 5.
    pub multiplier: u8,
    /// `passive`: the neighbour begins.
    pub passive: bool,
    /// `ttl`, `hoplimit`: of packets we send, 1..=255, default 255 for IPv4 and 64 for IPv6.
    pub ttl: u8,
    /// `max_hops`: how far packets we receive may have come, 0..=`ttl`, default 0; `None`: -1, not checked.
    pub max_hops: Option<u8>,
    /// `multihop`: port 4784 (RFC 5883) in place of 3784.
    pub multihop: bool,
    /// `weight`: for VRRP instances that track it and say no other; -253..=253, default 0.
    pub weight: Weight,
    /// `vrrp`: its events go to VRRP; true unless only `checker` is there.
    pub vrrp: bool,
    /// `checker`: its events go to the health checkers; true unless only `vrrp` is there.
    pub checker: bool,
}
