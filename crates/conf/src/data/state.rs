//! What only a running VRRP process knows.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vrrp::{InstanceId, InstanceView, ScriptId, ScriptView, Snapshot};

/// What a running VRRP process knows. Nothing: it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VrrpState {
    /// Of instances, groups and scripts.
    pub router: Option<Snapshot>,
    /// By [`InstanceId`].
    pub moments: Vec<Moments>,
    /// The interfaces of the system, in the order of their indexes.
    pub interfaces: Vec<Interface>,
}

/// When something happened to an instance or will, since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    /// The last change of its state.
    pub transition: Option<Duration>,
    /// Its timer's next end.
    pub timeout: Option<Duration>,
    /// Its last advert.
    pub advert: Option<Duration>,
    /// Its sockets, for receiving and for sending.
    pub sockets: Option<(i32, i32)>,
}

/// An interface of the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Its index.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its addresses, without virtual ones.
    pub addresses: Vec<IpAddr>,
    /// Its MAC address, if it is of 6 bytes.
    pub mac: Option<[u8; 6]>,
    /// It is up and has a carrier.
    pub up: bool,
    /// It is a loopback interface.
    pub loopback: bool,
    /// It has a peer, and no neighbours.
    pub point_to_point: bool,
    /// It does without ARP.
    pub no_arp: bool,
    /// Its MTU in bytes.
    pub mtu: u32,
}

impl VrrpState {
    pub(super) fn instance(&self, id: InstanceId) -> Option<&InstanceView> {
        self.router.as_ref()?.instances.get(usize::from(id.0))
    }

    pub(super) fn script(&self, id: ScriptId) -> Option<&ScriptView> {
        self.router.as_ref()?.scripts.get(usize::from(id.0))
    }

    pub(super) fn moments(&self, id: InstanceId) -> Moments {
        let known = self.moments.get(usize::from(id.0));
        known.copied().unwrap_or_default()
    }

    pub(super) fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces.iter().find(|known| known.name == name)
    }
}
