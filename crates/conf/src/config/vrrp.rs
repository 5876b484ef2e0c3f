//! What is kept of instances and groups beside what the core works from.

use std::net::IpAddr;

use ::vrrp::InstanceConfig;
use serde::{Deserialize, Serialize};
use vip::Address;

use super::global::GarpExtra;
use super::{Command, Hmac, Route, Rule, Secret, Tracked};

/// What the shell keeps beside an instance, with what it takes from the globals and its group filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// `interface`; `None`: a unicast instance that has its source address only.
    pub interface: Option<String>,
    /// `vrf`: the VRF of a unicast instance without `interface`.
    pub vrf: Option<String>,
    /// `virtual_ipaddress`.
    pub addresses: Vec<Address>,
    /// `virtual_ipaddress_excluded`.
    pub excluded: Vec<Address>,
    /// `no_virtual_ipaddress`: it is meant to have no addresses.
    pub no_addresses: bool,
    /// `use_vmac`.
    pub vmac: Option<Vmac>,
    /// `vmac_xmit_base`: adverts leave by the interface below the virtual one.
    pub vmac_xmit_base: bool,
    /// `use_vmac_addr`: virtual interfaces also for addresses on other interfaces.
    pub vmac_addresses: bool,
    /// `use_ipvlan`.
    pub ipvlan: Option<Ipvlan>,
    /// `garp_extra_if`: gratuitous ARP on further interfaces.
    pub garp_extra: Option<GarpExtra>,
    /// `promote_secondaries`: the sysctl of the interface is set.
    pub promote_secondaries: bool,
    /// `linkbeat_use_polling`: the link state of the interface is asked for.
    pub linkbeat_polling: bool,
    /// `strict_mode`, else `vrrp_strict`: to the letter of the RFC.
    pub strict: bool,
    /// `accept`, `no_accept`: packets to the virtual addresses are accepted; default true, in strict mode only
    /// for the address owner.
    pub accept: bool,
    /// `debug`: 0..=4, without effect.
    pub debug: u8,
    /// `unicast_peer`, in the order of the file.
    pub peers: Vec<Peer>,
    /// `unicast_fault_no_peer`: without peers it stays in FAULT, and does not fall back to multicast.
    pub unicast_fault_no_peer: bool,
    /// `old_unicast_checksum`.
    pub old_unicast_checksum: OldChecksum,
    /// `v3_checksum_as_v2`: the checksum of version 3 is without the pseudo header.
    pub v3_checksum_as_v2: bool,
    /// `track_src_ip`: FAULT while the configured source address is not there.
    pub track_source: bool,
    /// `track_file`.
    pub track_files: Vec<Tracked>,
    /// `track_process`.
    pub track_processes: Vec<Tracked>,
    /// `track_bfd`.
    pub track_bfds: Vec<Tracked>,
    /// `owner_ignore_adverts`: the address owner does not look at adverts.
    pub owner_ignore_adverts: bool,
    /// `timer_expired_backup`: the highest priority of others, 1..=254. A master whose timer ran so late that such
    /// a one has taken over goes to BACKUP.
    pub timer_expired_backup: Option<u8>,
    /// `kernel_rx_buf_size`: bytes, 0..=4294967295; default the global policy.
    pub receive_buffer: Option<u32>,
    /// `auth_type AH`: the password.
    pub ah_password: Option<Secret>,
    /// `auth_hmac`.
    pub hmac: Option<Hmac>,
    /// `lvs_sync_daemon_interface`: deprecated; the first one of the file, unless `lvs_sync_daemon` is there.
    pub lvs_sync_interface: Option<String>,
    /// `smtp_alert`, else `smtp_alert_vrrp`, else the global `smtp_alert`: mail at a change of state.
    pub smtp_alert: bool,
    /// `notify_priority_changes`, else the group's, else `vrrp_notify_priority_changes`.
    pub notify_priority_changes: bool,
    /// `virtual_routes`: there while it is master.
    pub routes: Vec<Route>,
    /// `virtual_rules`: there while it is master.
    pub rules: Vec<Rule>,
    /// Scripts.
    pub notify: Notify,
}

/// An instance that is understood but must not run, because what protects it, or what it runs on, is not built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// What the core would work from; its interface means nothing if `settings.interface` is `None`.
    pub core: InstanceConfig,
    /// What the shell would keep beside it.
    pub settings: Instance,
    /// The feature that is missing.
    pub feature: String,
}

/// `use_vmac`: a virtual interface with a MAC address of its own.
// keepalived: vrrp_vmac_handler
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vmac {
    /// Its name, 15 bytes at the most; default of the form `vrrp.51`.
    pub name: Option<String>,
    /// Its address; default 00:00:5e:00:01:VRID, for IPv6 00:00:5e:00:02:VRID.
    pub mac: Option<[u8; 6]>,
    /// `netlink_notify_msg`.
    pub netlink_notify: bool,
    /// `group`: number of its link group.
    pub group: Option<u32>,
}

/// `use_ipvlan`: a virtual interface that shares the MAC address.
// keepalived: vrrp_ipvlan_handler
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ipvlan {
    /// Its name, 15 bytes at the most; default of the form `vrrp.51`.
    pub name: Option<String>,
    /// Its own address, with the length of its prefix if that is written; IPv4 needs one.
    pub address: Option<(IpAddr, Option<u8>)>,
    /// How ports talk to each other.
    pub mode: IpvlanMode,
    /// `group`: number of its link group.
    pub group: Option<u32>,
}

/// Flags of an ipvlan interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IpvlanMode {
    /// Ports of one parent talk to each other.
    #[default]
    Bridge,
    /// They do not.
    Private,
    /// They do by way of the switch.
    Vepa,
}

/// A unicast peer.
// keepalived: alloc_vrrp_unicast_peer
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// `min_ttl`: the lowest TTL accepted from it, default 0.
    pub min_ttl: u8,
    /// `max_ttl`: the highest TTL accepted from it, default 255.
    pub max_ttl: u8,
}

/// Checksums of version 3 unicast adverts as releases up to 1.3.6 made them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OldChecksum {
    /// Once the peer makes them (the default).
    #[default]
    Detected,
    /// `never`.
    Never,
    /// Always.
    Always,
}

/// What the shell keeps beside a sync group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// `track_file`, for all members.
    pub track_files: Vec<Tracked>,
    /// `track_process`, for all members.
    pub track_processes: Vec<Tracked>,
    /// `track_bfd`, for all members.
    pub track_bfds: Vec<Tracked>,
    /// `smtp_alert`, else `smtp_alert_vrrp`, else the global `smtp_alert`: mail at a change of state.
    pub smtp_alert: bool,
    /// `notify_priority_changes`: for members that do not say; `None`: the global setting.
    pub notify_priority_changes: Option<bool>,
    /// Scripts.
    pub notify: Notify,
}

/// `notify*` of an instance or a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// `notify`: gets `INSTANCE|GROUP NAME STATE PRIORITY` appended.
    pub any: Option<Command>,
    /// `notify_master`.
    pub master: Option<Command>,
    /// `notify_backup`.
    pub backup: Option<Command>,
    /// `notify_fault`.
    pub fault: Option<Command>,
    /// `notify_stop`.
    pub stop: Option<Command>,
    /// `notify_deleted`.
    pub deleted: Option<Command>,
    /// `notify_deleted` is present, with or without a script: the state word is DELETED, else FAULT.
    pub notify_deleted: bool,
    /// `notify_master_rx_lower_pri`.
    pub master_rx_lower_pri: Option<Command>,
}
