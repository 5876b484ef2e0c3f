//! The whole vocabulary between the core and its shell: what comes in ([`Event`]), what goes out
//! ([`Action`]), and what there is to see ([`Snapshot`]). Plain data: no clock, no handle, no lifetime.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::advert::DecodeError;
use crate::config::{Family, GroupId, InstanceId, InterfaceId, RouterConfig, ScriptId};

/// A packet of protocol 112, as the socket gives and takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// A whole IPv4 packet, header first (raw socket; `IP_HDRINCL` when sending: the kernel fills in the
    /// header checksum).
    V4(Vec<u8>),
    /// The VRRP message; the kernel keeps the IPv6 header. The checksum field is the kernel's too
    /// (`IPV6_CHECKSUM`): verified before we see it, filled in after.
    V6 {
        /// Source address.
        source: Ipv6Addr,
        /// Destination address.
        destination: Ipv6Addr,
        /// Hop limit.
        hop_limit: u8,
        /// The VRRP message.
        payload: Vec<u8>,
    },
}

/// What happens to a router. The only way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The shell has handed in what it knows of links and addresses: instances leave INIT.
    Start,
    /// The time that `poll_timeout` gave has come. Early and spurious ones are harmless.
    Timeout,
    /// A packet was received on an interface.
    Datagram {
        /// Where.
        interface: InterfaceId,
        /// What.
        packet: Packet,
    },
    /// The state of a link is known, or has changed. A link not heard of is down.
    Link {
        /// Which.
        interface: InterfaceId,
        /// Up means IFF_UP and IFF_RUNNING.
        up: bool,
    },
    /// The interface's own address (not one of our virtual ones) from which adverts of this family leave:
    /// the first IPv4 address, the link-local IPv6 one. `None`: it has none.
    Address {
        /// Which.
        interface: InterfaceId,
        /// Of which family.
        family: Family,
        /// The address.
        address: Option<IpAddr>,
    },
    /// A run of a track script has ended.
    ScriptDone {
        /// Which.
        script: ScriptId,
        /// How.
        outcome: ScriptOutcome,
    },
    /// Another program keeps removing the instance's virtual addresses; a master gives up.
    VipsLost {
        /// Whose.
        instance: InstanceId,
    },
    /// All counters begin again at zero.
    ClearCounters,
    /// The configuration is replaced. Ids in later events are the new ones.
    Reload(Box<RouterConfig>),
    /// The daemon stops: masters say so, addresses go, nothing happens afterwards.
    Shutdown,
}

/// How a run of a track script ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScriptOutcome {
    /// Exited with this status; 0 is success.
    Exited(i32),
    /// Ended by this signal.
    Signalled(i32),
    /// Ran longer than its time-out and was killed.
    TimedOut,
    /// Could not be started.
    NotRun,
}

impl ScriptOutcome {
    /// Only exit status 0 is good.
    pub fn is_success(self) -> bool {
        self == Self::Exited(0)
    }
}

/// What the shell has to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send a packet out of an interface.
    Send {
        /// On whose behalf.
        instance: InstanceId,
        /// Where.
        interface: InterfaceId,
        /// What.
        packet: Packet,
    },
    /// The instance's virtual addresses are wanted from here on.
    AddVips {
        /// Whose.
        instance: InstanceId,
    },
    /// They are no longer wanted, and announcements not yet sent are dropped.
    RemoveVips {
        /// Whose.
        instance: InstanceId,
    },
    /// Send gratuitous ARP or unsolicited NA for every virtual address, `repeat` times over.
    Announce {
        /// Whose.
        instance: InstanceId,
        /// Packets per address.
        repeat: u32,
    },
    /// Run the notify scripts for a change.
    Notify {
        /// Of whom.
        subject: Subject,
        /// What it is now.
        state: NotifyState,
        /// Effective priority of the instance; 0 for a group.
        priority: u8,
    },
    /// Start a run of a track script; its end comes back as [`Event::ScriptDone`].
    RunScript {
        /// Which.
        script: ScriptId,
    },
    /// Something an operator may want to read. The shell words it.
    Report(Report),
    /// A reload: what follows names instances by their new ids. Old ids that are not listed are gone
    /// (their last actions came before this one).
    Reloaded {
        /// Old and new id of every instance that goes on.
        kept: Vec<(InstanceId, InstanceId)>,
    },
}

/// An instance or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    /// An instance.
    Instance(InstanceId),
    /// A sync group.
    Group(GroupId),
}

/// State of an instance or a group, as users see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Not started.
    Init,
    /// Listens.
    Backup,
    /// Sends adverts and holds the addresses.
    Master,
    /// Cannot take part; why is in [`InstanceView::faults`].
    Fault,
}

/// The state that notify scripts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NotifyState {
    /// Entered MASTER.
    Master,
    /// Entered BACKUP.
    Backup,
    /// Entered FAULT.
    Fault,
    /// The daemon stops.
    Stop,
    /// Gone in a reload.
    Deleted,
    /// A master heard a lower priority one.
    MasterRxLowerPri,
}

/// Why an instance is in FAULT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fault {
    /// Its interface, or one it tracks without weight, or one of its virtual addresses', is down.
    Link(InterfaceId),
    /// Its interface has no address to send adverts from.
    NoAddress,
    /// A script it tracks without weight fails.
    Script(ScriptId),
    /// A script it tracks without weight has not run yet. Silent: not logged, not notified.
    ScriptPending(ScriptId),
    /// Another member of its sync group is in FAULT.
    Group,
}

/// What an operator may want to read. Info and above; the shell words and rate-limits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// An instance entered a state; `from` is [`State::Init`] at start.
    Entered {
        /// Who.
        instance: InstanceId,
        /// Before.
        from: State,
        /// Now.
        to: State,
    },
    /// A group entered a state.
    GroupEntered {
        /// Which.
        group: GroupId,
        /// Before.
        from: State,
        /// Now.
        to: State,
    },
    /// A fault was added; the instance may be in FAULT already.
    FaultAdded {
        /// Who.
        instance: InstanceId,
        /// Why.
        fault: Fault,
    },
    /// A fault is over.
    FaultCleared {
        /// Who.
        instance: InstanceId,
        /// Which.
        fault: Fault,
    },
    /// The master was silent for the master-down time (`Receive advertisement timeout`).
    MasterDown {
        /// Who noticed.
        instance: InstanceId,
    },
    /// A backup did not yield to a lower priority advert.
    LowerDiscarded {
        /// Who.
        instance: InstanceId,
        /// From where.
        source: IpAddr,
        /// Its priority.
        priority: u8,
    },
    /// A master heard a lower one, and answers (`forcing new election`).
    LowerHeard {
        /// Who.
        instance: InstanceId,
        /// From where.
        source: IpAddr,
        /// Its priority.
        priority: u8,
        /// Ours.
        ours: u8,
    },
    /// A master heard a higher one, and yields.
    HigherHeard {
        /// Who.
        instance: InstanceId,
        /// From where.
        source: IpAddr,
        /// Its priority.
        priority: u8,
        /// Ours.
        ours: u8,
    },
    /// Another router sends with our priority and our address.
    SameAddress {
        /// Who.
        instance: InstanceId,
        /// The address.
        source: IpAddr,
    },
    /// Another router says that it owns the same addresses.
    DuplicateOwner {
        /// Who.
        instance: InstanceId,
        /// From where.
        source: IpAddr,
    },
    /// A preempt delay has begun.
    PreemptDelayStarted {
        /// Who.
        instance: InstanceId,
        /// How long.
        delay: Duration,
    },
    /// A preempt delay is over because a higher master appeared.
    PreemptDelayStopped {
        /// Who.
        instance: InstanceId,
    },
    /// The effective priority changed.
    Priority {
        /// Who.
        instance: InstanceId,
        /// Before.
        from: u8,
        /// Now.
        to: u8,
    },
    /// A packet was refused. Reported once per reason until the state changes; counted always.
    Rejected {
        /// Who, where the packet could be told to be somebody's.
        instance: Option<InstanceId>,
        /// On which interface.
        interface: InterfaceId,
        /// From where.
        source: Option<IpAddr>,
        /// Why.
        error: DecodeError,
    },
    /// An advert carries other addresses than ours. It is used all the same.
    AddressMismatch {
        /// Who.
        instance: InstanceId,
        /// From where.
        source: IpAddr,
    },
    /// A v3 master has another interval than ours. Its interval is used.
    IntervalMismatch {
        /// Who.
        instance: InstanceId,
        /// From where.
        source: IpAddr,
        /// Theirs.
        theirs: Duration,
    },
    /// A script's result counts as up or down from here on (after rise and fall).
    ScriptChanged {
        /// Which.
        script: ScriptId,
        /// Up or down.
        up: bool,
        /// The run that decided.
        outcome: ScriptOutcome,
    },
    /// A script's single outcome differs from the one before (`now returning`).
    ScriptReturned {
        /// Which.
        script: ScriptId,
        /// The outcome.
        outcome: ScriptOutcome,
    },
    /// A script was due while its previous run had not ended.
    ScriptStillRunning {
        /// Which.
        script: ScriptId,
    },
}

/// When to hand in [`Event::Timeout`] and everything there is to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// By [`InstanceId`].
    pub instances: Vec<InstanceView>,
    /// By [`GroupId`].
    pub groups: Vec<GroupView>,
    /// By [`ScriptId`].
    pub scripts: Vec<ScriptView>,
    /// Packets that were nobody's: unknown VRID, or not VRRP at all.
    pub foreign_packets: u64,
}

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceView {
    /// Name.
    pub name: String,
    /// State.
    pub state: State,
    /// Why it is in FAULT.
    pub faults: Vec<Fault>,
    /// Configured priority.
    pub base_priority: u8,
    /// Priority after tracking.
    pub effective_priority: u8,
    /// Our address.
    pub source: Option<IpAddr>,
    /// Source and priority of the master heard last.
    pub master: Option<(IpAddr, u8)>,
    /// Interval of the master.
    pub master_interval: Duration,
    /// Counters.
    pub counters: Counters,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// Name.
    pub name: String,
    /// State.
    pub state: State,
}

/// One track script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptView {
    /// Name.
    pub name: String,
    /// Whether it counts as up.
    pub up: bool,
    /// Whether it has ended at least once.
    pub has_run: bool,
    /// Whether it is running.
    pub running: bool,
    /// Its last outcome.
    pub last: Option<ScriptOutcome>,
}

/// Counters of one instance, as the original's statistics name them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Adverts received and accepted.
    pub advert_received: u64,
    /// Adverts sent.
    pub advert_sent: u64,
    /// Times it became master.
    pub become_master: u64,
    /// Times it gave mastership up.
    pub release_master: u64,
    /// Bad length.
    pub packet_length_errors: u64,
    /// Interval mismatch.
    pub advert_interval_errors: u64,
    /// TTL not 255.
    pub ttl_errors: u64,
    /// Type not 1.
    pub invalid_type: u64,
    /// Other addresses than ours.
    pub address_list_errors: u64,
    /// Authentication type unknown.
    pub invalid_auth_type: u64,
    /// Authentication type not ours.
    pub auth_type_mismatch: u64,
    /// Wrong password.
    pub auth_failure: u64,
    /// Wrong checksum.
    pub checksum_errors: u64,
    /// Wrong version.
    pub version_errors: u64,
    /// Adverts with priority 0 received.
    pub priority_zero_received: u64,
    /// Adverts with priority 0 sent.
    pub priority_zero_sent: u64,
    /// Multicast for a unicast instance or the reverse, or not from a peer.
    pub addressing_errors: u64,
}
