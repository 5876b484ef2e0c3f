//! What the router is told to do: plain data, checked by whoever made it (`conf`, a test, the simulator).
//!
//! Ids are positions in the lists of one [`RouterConfig`]; they are stable until the next reload.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Position of an instance in [`RouterConfig::instances`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceId(pub u16);

/// Position of a sync group in [`RouterConfig::groups`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId(pub u16);

/// Position of a track script in [`RouterConfig::scripts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScriptId(pub u16);

/// Position of an interface name in [`RouterConfig::interfaces`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InterfaceId(pub u16);

/// Everything a [`crate::Router`] works from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouterConfig {
    /// Names of the interfaces that instances run on or track.
    pub interfaces: Vec<String>,
    /// The virtual routers, in the order of the configuration.
    pub instances: Vec<InstanceConfig>,
    /// The sync groups. An instance is in one group at the most.
    pub groups: Vec<GroupConfig>,
    /// The scripts that are tracked by somebody.
    pub scripts: Vec<ScriptConfig>,
}

/// Address family of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family that an address belongs to.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }
}

/// Protocol version of the adverts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Version {
    /// VRRPv2, RFC 3768 (with the authentication of RFC 2338). IPv6 is an extension of keepalived's.
    V2,
    /// VRRPv3, RFC 9568.
    V3,
}

/// `state` of an instance: what it is at start. MASTER only shortens the first timer, and only in a sync group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InitialState {
    /// In a sync group, begins with a master-down timer of one interval and the least skew.
    Master,
    /// Begins with the full master-down timer.
    Backup,
}

/// Whether a backup with a higher priority takes over from a master with a lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preempt {
    /// It does, `delay` after it first heard the lower one (0..=1000 s, `preempt_delay`).
    After(Duration),
    /// It does not (`nopreempt`). An owner (priority 255) preempts all the same.
    Never,
}

/// How adverts are authenticated. Version 2 only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authentication {
    /// None (type 0).
    None,
    /// Simple text password (type 1, RFC 2338 §5.3.6), zero padded.
    Pass([u8; 8]),
}

/// Where adverts go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transport {
    /// To a multicast group: 224.0.0.18 or ff02::12 unless configured otherwise.
    Multicast {
        /// The destination.
        group: IpAddr,
    },
    /// To each peer (`unicast_peer`).
    Unicast {
        /// The other routers.
        peers: Vec<IpAddr>,
        /// TTL or hop limit of our adverts (`unicast_ttl`, default 255).
        ttl: u8,
        /// Adverts from other sources are dropped (`check_unicast_src`).
        check_source: bool,
    },
}

/// One virtual router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceConfig {
    /// Name in the configuration, for logs and scripts.
    pub name: String,
    /// Where it sends and listens.
    pub interface: InterfaceId,
    /// Virtual router id, 1..=255.
    pub vrid: u8,
    /// Family of the adverts.
    pub family: Family,
    /// Version of the adverts.
    pub version: Version,
    /// Base priority, 1..=255; 255 is the address owner.
    pub priority: u8,
    /// State at start.
    pub initial_state: InitialState,
    /// Advert interval: v2 whole seconds 1..=255, v3 10 ms..=40.95 s in steps of 10 ms.
    pub advert_interval: Duration,
    /// The virtual addresses in adverts, in this order, 255 at the most.
    pub addresses: Vec<IpAddr>,
    /// Authentication.
    pub authentication: Authentication,
    /// Multicast or unicast.
    pub transport: Transport,
    /// Source of the adverts (`mcast_src_ip`, `unicast_src_ip`), else the interface's own address.
    pub source: Option<IpAddr>,
    /// Whether a lower master is left in place.
    pub preempt: Preempt,
    /// Adverts that may be missed before take-over, 1..=100 (default 3).
    pub down_timer_adverts: u8,
    /// A master does not answer a lower priority advert with its own.
    pub lower_prio_no_advert: bool,
    /// A master sends one more advert before it yields to a higher one.
    pub higher_prio_send_advert: bool,
    /// The address list is not compared again in adverts of the same master.
    pub skip_check_adv_addr: bool,
    /// A fault of the own interface is a fault of the instance (not `dont_track_primary`).
    pub track_primary: bool,
    /// Interfaces that must be up, or change the priority.
    pub track_interfaces: Vec<TrackInterface>,
    /// Interfaces of tracked virtual addresses besides [`Self::interface`]: down is a fault.
    pub address_interfaces: Vec<InterfaceId>,
    /// Scripts that must succeed, or change the priority.
    pub track_scripts: Vec<TrackScript>,
    /// When addresses are announced.
    pub garp: GarpSchedule,
}

impl InstanceConfig {
    /// Whether this router owns the addresses (priority 255, RFC 9568 §1.7).
    pub fn is_owner(&self) -> bool {
        self.priority == 255
    }
}

/// A tracked interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackInterface {
    /// Which.
    pub interface: InterfaceId,
    /// How it counts.
    pub weight: Weight,
}

/// A tracked script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackScript {
    /// Which.
    pub script: ScriptId,
    /// How it counts.
    pub weight: Weight,
}

/// How a tracked object counts. 0: down is a fault (reversed: up is). Otherwise a positive weight is added
/// while the object is up, a negative one while it is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Weight {
    /// -253..=253.
    pub value: i16,
    /// The contribution's sign is flipped.
    pub reverse: bool,
}

/// When gratuitous ARP (or unsolicited NA) packets go out. Counts are packets per address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarpSchedule {
    /// Delay of the second burst after becoming master; zero: there is none (default 5 s).
    pub master_delay: Duration,
    /// Packets per burst, at least 1 (default 5).
    pub master_repeat: u32,
    /// Period of the refresh bursts while master; zero: none (default).
    pub master_refresh: Duration,
    /// Packets per refresh, at least 1 (default 1).
    pub master_refresh_repeat: u32,
    /// Delay of the second burst after a lower priority advert (default the `master_delay` of all instances).
    pub lower_prio_delay: Duration,
    /// Packets per burst after a lower priority advert, 0: none (default the
    /// `master_repeat` of all instances).
    pub lower_prio_repeat: u32,
}

impl Default for GarpSchedule {
    fn default() -> Self {
        Self {
            master_delay: Duration::from_secs(5),
            master_repeat: 5,
            master_refresh: Duration::ZERO,
            master_refresh_repeat: 1,
            lower_prio_delay: Duration::from_secs(5),
            lower_prio_repeat: 5,
        }
    }
}

/// A set of instances that change state together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupConfig {
    /// Name in the configuration.
    pub name: String,
    /// Members; each instance in one group only.
    pub members: Vec<InstanceId>,
    /// Tracked for all members.
    pub track_interfaces: Vec<TrackInterface>,
    /// Tracked for all members.
    pub track_scripts: Vec<TrackScript>,
    /// Members may have weights of their own, and so differ in priority (`sync_group_tracking_weight`).
    pub tracking_weight: bool,
}

/// A track script. The command itself is the shell's business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptConfig {
    /// Name in the configuration.
    pub name: String,
    /// Time from the start of a run to the start of the next, at least 1 ms (default 1 s).
    pub interval: Duration,
    /// Successes needed to come up, at least 1.
    pub rise: u32,
    /// Failures needed to go down, at least 1.
    pub fall: u32,
    /// Counts as failed until the first success.
    pub init_fail: bool,
}
