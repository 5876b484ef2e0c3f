//! What holds for all instances, and what they inherit.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vrrp::{GarpSchedule, Version};

/// What an instance has that says nothing of its own; applied to the instances already.
// keepalived: set_vrrp_defaults
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VrrpDefaults {
    /// `vrrp_version`: 2 or 3, default 2; IPv6 is always 3.
    pub version: Version,
    /// `vrrp_mcast_group4`: default 224.0.0.18.
    pub group4: Ipv4Addr,
    /// `vrrp_mcast_group6`: default ff02::12.
    pub group6: Ipv6Addr,
    /// `vrrp_garp_*` and `vrrp_min_garp`.
    pub garp: GarpSchedule,
    /// `vrrp_down_timer_adverts`: 1..=100, default 3.
    pub down_timer_adverts: u8,
    /// `vrrp_lower_prio_no_advert`.
    pub lower_prio_no_advert: bool,
    /// `vrrp_higher_prio_send_advert`.
    pub higher_prio_send_advert: bool,
    /// `vrrp_check_unicast_src`.
    pub check_unicast_src: bool,
    /// `vrrp_skip_check_adv_addr`.
    pub skip_check_adv_addr: bool,
    /// `vrrp_strict`.
    pub strict: bool,
    /// `vrrp_owner_ignore_adverts`: an address owner looks at no advert.
    pub owner_ignore_adverts: bool,
    /// `v3_checksum_as_v2`: version 3 checksums of IPv4 leave the pseudo header out.
    pub v3_checksum_as_v2: bool,
}

impl Default for VrrpDefaults {
    fn default() -> Self {
        Self {
            version: Version::V2,
            group4: Ipv4Addr::new(224, 0, 0, 18),
            group6: Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12),
            garp: GarpSchedule::default(),
            down_timer_adverts: 3,
            lower_prio_no_advert: false,
            higher_prio_send_advert: false,
            check_unicast_src: false,
            skip_check_adv_addr: false,
            strict: false,
            owner_ignore_adverts: false,
            v3_checksum_as_v2: false,
        }
    }
}

/// Interfaces made for instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vmac {
    /// `vmac_prefix`: what the names of VMAC and ipvlan interfaces begin with, default `vrrp`.
    pub prefix: String,
    /// `vmac_addr_prefix`: the same for those made for single addresses, default `vmac_prefix`.
    pub address_prefix: String,
    /// `vrrp_garp_extra_if`: gratuitous ARP on the interface below as well.
    pub extra_garp: Option<GarpExtra>,
}

impl Default for Vmac {
    fn default() -> Self {
        Self {
            prefix: "vrrp".to_owned(),
            address_prefix: "vrrp".to_owned(),
            extra_garp: None,
        }
    }
}

/// `vrrp_garp_extra_if`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarpExtra {
    /// How often while master: 1..=86400 s.
    pub interval: Duration,
    /// On every interface that has one of the addresses.
    pub all: bool,
}

/// Buffers of sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiveBuffers {
    /// `vrrp_netlink_cmd_rcv_bufs`.
    pub vrrp_commands: ReceiveBuffer,
    /// `vrrp_netlink_monitor_rcv_bufs`.
    pub vrrp_monitor: ReceiveBuffer,
    /// `process_monitor_rcv_bufs`.
    pub process_monitor: ReceiveBuffer,
    /// `lvs_netlink_cmd_rcv_bufs`.
    pub lvs_commands: ReceiveBuffer,
    /// `lvs_netlink_monitor_rcv_bufs`.
    pub lvs_monitor: ReceiveBuffer,
    /// `vrrp_rx_bufs_policy`: the sockets that adverts come by.
    pub adverts: AdvertBuffer,
    /// `vrrp_rx_bufs_multiplier`: how many adverts or MTUs, at least 1, default 3.
    pub advert_multiplier: u32,
}

impl Default for ReceiveBuffers {
    fn default() -> Self {
        let kernel = ReceiveBuffer::default();
        Self {
            vrrp_commands: kernel,
            vrrp_monitor: kernel,
            process_monitor: kernel,
            lvs_commands: kernel,
            lvs_monitor: kernel,
            adverts: AdvertBuffer::Kernel,
            advert_multiplier: 3,
        }
    }
}

/// The receive buffer of a netlink socket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiveBuffer {
    /// Bytes; `None` (or 0 in the file): the kernel's default.
    pub bytes: Option<u32>,
    /// `*_force`: also above the system's limit.
    pub force: bool,
}

/// `vrrp_rx_bufs_policy`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdvertBuffer {
    /// Not there: the kernel's default.
    #[default]
    Kernel,
    /// `MTU`: some times the MTU of the interface.
    Mtu,
    /// `ADVERT`: some times the size of an advert.
    Advert,
    /// That many bytes.
    Bytes(u32),
}
