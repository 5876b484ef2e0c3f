//! What is wanted: plain data.

use std::net::{IpAddr, Ipv4Addr};

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// One address that is wanted on an interface.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// The address.
    pub address: IpAddr,
    /// Prefix length, 0..=32 or 0..=128 (default: the longest).
    pub prefix: u8,
    /// Name of the interface.
    pub interface: String,
    /// Label (IPv4), 15 bytes at the most.
    pub label: Option<String>,
    /// Scope as `rtnetlink` numbers it: 0 global, 200 site, 253 link, 254 host. IPv4 only.
    pub scope: u8,
    /// Far end of a point-to-point link, with its prefix length.
    pub peer: Option<(IpAddr, u8)>,
    /// Broadcast address (`+` and `-` are already worked out).
    pub broadcast: Option<Ipv4Addr>,
    /// Flags.
    pub flags: AddressFlags,
    /// Preferred lifetime in seconds (IPv6), `u32::MAX` is for ever. `None`: not given, which is for ever except
    /// for an IPv6 /128, where it is 0.
    pub preferred_lifetime: Option<u32>,
    /// Removal by others counts, and so does its interface going down (not `no_track`).
    pub track: bool,
    /// It belongs on a virtual interface with a virtual MAC, though its instance may have none (`use_vmac`).
    pub use_vmac: bool,
}

bitflags! {
    /// Flags of an address.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    pub struct AddressFlags: u8 {
        /// No duplicate address detection (IPv6; on unless `-nodad`).
        const NODAD = 1;
        /// No prefix route.
        const NOPREFIXROUTE = 2;
        /// Joins the multicast group.
        const MCAUTOJOIN = 4;
        /// Home address (IPv6).
        const HOMEADDRESS = 8;
        /// Temporary addresses are made from it (IPv6).
        const MANAGETEMPADDR = 16;
    }
}
