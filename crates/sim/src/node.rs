//! One host: a router, and the shell around it as far as the router can tell.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use vrrp::{
    Event, Family, InstanceConfig, InstanceId, InterfaceId, NotifyState, Packet, Router,
    RouterConfig, ScriptId, ScriptOutcome, Snapshot,
};

use crate::law::Watch;
use crate::step::Harm;
use crate::wire::Advert;

/// Datagrams that a stopped process's socket holds; what comes later is lost.
const SOCKET_BUFFER: usize = 64;

/// Position of a node in the world. Shown as a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = u8::try_from(self.0)
            .ok()
            .filter(|n| *n < 26)
            .map(|n| char::from(b'a' + n));
        write!(f, "{}", letter.unwrap_or('?'))
    }
}

/// What a node is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Never started, or killed.
    Off,
    /// Running.
    Running,
    /// Stopped by SIGSTOP: what arrives waits.
    Paused,
    /// Shut down gracefully. Events go on to be handed in, to see that nothing comes of them.
    Stopped,
}

/// A packet on a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Where it is.
    pub segment: String,
    /// Who sent it; nobody where it was injected.
    pub from: Option<NodeId>,
    /// What it may do to its receiver.
    pub harm: Harm,
    /// The packet.
    pub packet: Packet,
    /// The advert in it, if it is a sound one.
    pub advert: Option<Advert>,
}

/// What happens to a node, by name: ids change with a reload, and an input may wait longer than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Leaves INIT.
    Start,
    /// The time of the router's deadline has come.
    Timeout,
    /// A packet came in.
    Frame(Arc<Frame>),
    /// The state of a link.
    Link {
        /// Which.
        segment: String,
        /// Up or down.
        up: bool,
    },
    /// The own address on a segment.
    Address {
        /// Which segment.
        segment: String,
        /// Of which family.
        family: Family,
        /// The address.
        address: Option<IpAddr>,
    },
    /// A run of a script ended.
    ScriptDone {
        /// Which.
        script: String,
        /// How.
        outcome: ScriptOutcome,
    },
    /// Another program removes the addresses.
    VipsLost {
        /// Whose.
        instance: String,
    },
    /// A new configuration.
    Reload(Box<RouterConfig>),
    /// Graceful stop.
    Shutdown,
}

/// A node's end of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// IFF_UP and IFF_RUNNING.
    pub up: bool,
    /// The first IPv4 address.
    pub v4: Option<Ipv4Addr>,
    /// The link-local IPv6 address.
    pub v6: Option<Ipv6Addr>,
}

impl Port {
    /// The address of a family.
    pub fn address(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::V4 => self.v4.map(IpAddr::V4),
            Family::V6 => self.v6.map(IpAddr::V6),
        }
    }

    /// Whether an address is this port's.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.address(Family::of(address)) == Some(address)
    }
}

/// A host.
#[derive(Debug)]
pub struct Node {
    /// Which.
    pub id: NodeId,
    /// The running configuration.
    pub config: RouterConfig,
    /// What it is doing.
    pub life: Life,
    /// Its ends of the segments, by interface name.
    pub ports: BTreeMap<String, Port>,
    /// How runs of scripts end, by name; success where nothing else was said.
    pub scripts: BTreeMap<String, ScriptOutcome>,
    /// What there was to see after the last event.
    pub view: Snapshot,
    pub(crate) router: Option<Router>,
    /// Configuration of a reload that the router has not acknowledged.
    pub(crate) next_config: Option<RouterConfig>,
    pub(crate) wake: Option<Duration>,
    pub(crate) inbox: VecDeque<Input>,
    pub(crate) running: BTreeSet<String>,
    pub(crate) watches: Vec<Watch>,
    /// The last notify of each group.
    pub(crate) groups_told: BTreeMap<String, NotifyState>,
    /// Who sent which priority because of the last event.
    pub(crate) sent: Vec<(InstanceId, u8)>,
    /// A reload is being handed in.
    pub(crate) reloading: bool,
    /// Counts starts and reloads, so that no script run of before them arrives after.
    pub(crate) runs: u32,
    /// Until when lateness is the pause's fault.
    pub(crate) excused: Duration,
}

impl Node {
    pub(crate) fn new(id: NodeId, config: RouterConfig) -> Self {
        let mut node = Self {
            id,
            config,
            life: Life::Off,
            ports: BTreeMap::new(),
            scripts: BTreeMap::new(),
            view: empty_view(),
            router: None,
            next_config: None,
            wake: None,
            inbox: VecDeque::new(),
            running: BTreeSet::new(),
            watches: Vec::new(),
            groups_told: BTreeMap::new(),
            sent: Vec::new(),
            reloading: false,
            runs: 0,
            excused: Duration::ZERO,
        };
        node.plug();
        node
    }

    /// Gives every interface of the configuration a port, up and with its addresses.
    pub(crate) fn plug(&mut self) {
        for name in self.config.interfaces.clone() {
            let port = default_port(self.id, &name);
            self.ports.entry(name).or_insert(port);
        }
    }

    /// Everything the shell knows of links and addresses.
    pub(crate) fn surroundings(&self) -> Vec<Input> {
        let mut inputs = Vec::new();
        for (segment, port) in &self.ports {
            inputs.push(Input::Link {
                segment: segment.clone(),
                up: port.up,
            });
            for family in [Family::V4, Family::V6] {
                let (segment, address) = (segment.clone(), port.address(family));
                inputs.push(Input::Address {
                    segment,
                    family,
                    address,
                });
            }
        }
        inputs
    }

    pub(crate) fn queue(&mut self, input: Input) {
        let waiting = |input: &&Input| matches!(input, Input::Frame(_));
        let full = self.inbox.iter().filter(waiting).count() >= SOCKET_BUFFER;
        if !(full && matches!(input, Input::Frame(_))) {
            self.inbox.push_back(input);
        }
    }

    /// The event for an input; none where nothing in the configuration has its name.
    pub(crate) fn event(&self, input: &Input) -> Option<Event> {
        Some(match input {
            Input::Start => Event::Start,
            Input::Timeout => Event::Timeout,
            Input::Frame(frame) => {
                let interface = self.interface(&frame.segment)?;
                Event::Datagram {
                    interface,
                    packet: frame.packet.clone(),
                }
            }
            Input::Link { segment, up } => Event::Link {
                interface: self.interface(segment)?,
                up: *up,
            },
            Input::Address {
                segment,
                family,
                address,
            } => {
                let interface = self.interface(segment)?;
                Event::Address {
                    interface,
                    family: *family,
                    address: *address,
                }
            }
            Input::ScriptDone { script, outcome } => Event::ScriptDone {
                script: self.script(script)?,
                outcome: *outcome,
            },
            Input::VipsLost { instance } => Event::VipsLost {
                instance: self.instance(instance)?,
            },
            Input::Reload(config) => Event::Reload(config.clone()),
            Input::Shutdown => Event::Shutdown,
        })
    }

    fn interface(&self, name: &str) -> Option<InterfaceId> {
        let at = self
            .config
            .interfaces
            .iter()
            .position(|other| other == name)?;
        u16::try_from(at).ok().map(InterfaceId)
    }

    fn script(&self, name: &str) -> Option<ScriptId> {
        let at = self
            .config
            .scripts
            .iter()
            .position(|other| other.name == name)?;
        u16::try_from(at).ok().map(ScriptId)
    }

    /// The id of an instance.
    pub fn instance(&self, name: &str) -> Option<InstanceId> {
        let at = self
            .config
            .instances
            .iter()
            .position(|other| other.name == name)?;
        u16::try_from(at).ok().map(InstanceId)
    }

    /// The name of an interface.
    pub fn segment(&self, id: InterfaceId) -> Option<&str> {
        self.config
            .interfaces
            .get(usize::from(id.0))
            .map(String::as_str)
    }

    /// The port that an instance uses.
    pub fn port(&self, instance: &InstanceConfig) -> Option<&Port> {
        self.ports.get(self.segment(instance.interface)?)
    }

    /// Whether the router is there to be judged.
    pub fn is_running(&self) -> bool {
        self.life == Life::Running
    }

    /// How a run of a script would end.
    pub fn outcome(&self, script: &str) -> ScriptOutcome {
        self.scripts
            .get(script)
            .copied()
            .unwrap_or(ScriptOutcome::Exited(0))
    }
}

pub(crate) fn empty_view() -> Snapshot {
    Snapshot {
        instances: vec![],
        groups: vec![],
        scripts: vec![],
        foreign_packets: 0,
    }
}

/// The addresses of a node on a segment: `10.0.S.N` and `fe80::S:N`, where S is the number at the end of the
/// interface's name and N counts from 1.
pub fn default_port(node: NodeId, segment: &str) -> Port {
    let digits = segment.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number: u8 = digits.parse().unwrap_or(0);
    let host = u8::try_from(node.0 + 1).unwrap_or(u8::MAX);
    Port {
        up: true,
        v4: Some(Ipv4Addr::new(10, 0, number, host)),
        v6: Some(Ipv6Addr::new(
            0xfe80,
            0,
            0,
            0,
            0,
            0,
            number.into(),
            host.into(),
        )),
    }
}
