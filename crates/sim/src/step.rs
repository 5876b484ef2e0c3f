//! What a script does to the world.

use std::fmt;
use std::time::Duration;

use vrrp::{Family, Packet, RouterConfig, ScriptOutcome};

use crate::lan::Quality;
use crate::node::NodeId;
use crate::topology;
use crate::trace::{Trace, seconds};
use crate::world::World;
use crate::{Violation, wire};

/// What an injected packet may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// It is one of ours: whatever the protocol says.
    Genuine,
    /// It must change no state and no deadline.
    Harmless,
    /// It looks genuine, so the protocol believes it.
    Plausible,
}

/// One act of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Starts a node that is off.
    Start(NodeId),
    /// The whole host dies: no goodbye, addresses gone.
    Kill(NodeId),
    /// Graceful stop.
    Stop(NodeId),
    /// SIGSTOP.
    Pause(NodeId),
    /// SIGCONT: what has arrived is handed in first, the timer afterwards.
    Resume(NodeId),
    /// A node is handed a time-out that nobody asked for, and told again what it knows of its links.
    Nudge(NodeId),
    /// A link goes up or down.
    Link {
        /// Whose.
        node: NodeId,
        /// Which.
        segment: String,
        /// Up or down.
        up: bool,
    },
    /// The own address goes, or comes back.
    Address {
        /// Whose.
        node: NodeId,
        /// On which segment.
        segment: String,
        /// Of which family.
        family: Family,
        /// Whether it is there afterwards.
        present: bool,
    },
    /// Runs of a script end differently from here on.
    Script {
        /// Whose.
        node: NodeId,
        /// Which.
        script: String,
        /// How.
        outcome: ScriptOutcome,
    },
    /// Another program removes the addresses of an instance.
    VipsLost {
        /// Whose.
        node: NodeId,
        /// Which.
        instance: String,
    },
    /// SIGHUP.
    Reload {
        /// Whose.
        node: NodeId,
        /// The new configuration.
        config: Box<RouterConfig>,
    },
    /// A segment treats frames differently from here on.
    Quality {
        /// Which.
        segment: String,
        /// How.
        quality: Quality,
    },
    /// A segment falls apart. Nodes that are not named stay with the first side.
    Split {
        /// Which.
        segment: String,
        /// The sides.
        sides: Vec<Vec<NodeId>>,
    },
    /// A segment loses everything in one direction, or no longer.
    Deaf {
        /// Which.
        segment: String,
        /// Who is not heard.
        from: NodeId,
        /// By whom.
        to: NodeId,
        /// Lost or not.
        deaf: bool,
    },
    /// Partitions and one-way losses of a segment end.
    Heal {
        /// Which.
        segment: String,
    },
    /// A packet of an attacker reaches a node.
    Inject {
        /// Whom.
        node: NodeId,
        /// Where.
        segment: String,
        /// The packet.
        packet: Packet,
        /// What it may do.
        harm: Harm,
    },
}

impl Step {
    /// Whether the LAN has to settle anew.
    pub fn disturbs(&self) -> bool {
        !matches!(
            self,
            Self::Nudge(_)
                | Self::Inject {
                    harm: Harm::Harmless,
                    ..
                }
        )
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(node) => write!(f, "start {node}"),
            Self::Kill(node) => write!(f, "kill {node}"),
            Self::Stop(node) => write!(f, "stop {node}"),
            Self::Pause(node) => write!(f, "pause {node}"),
            Self::Resume(node) => write!(f, "resume {node}"),
            Self::Nudge(node) => write!(f, "nudge {node}"),
            Self::Link { node, segment, up } => {
                write!(
                    f,
                    "link {node} {segment} {}",
                    if *up { "up" } else { "down" }
                )
            }
            Self::Address {
                node,
                segment,
                family,
                present,
            } => {
                let what = if *present { "add" } else { "remove" };
                write!(f, "address {node} {segment} {family:?} {what}")
            }
            Self::Script {
                node,
                script,
                outcome,
            } => {
                write!(f, "script {node} {script} {outcome:?}")
            }
            Self::VipsLost { node, instance } => write!(f, "vips-lost {node} {instance}"),
            Self::Reload { node, config } => {
                write!(f, "reload {node}\n{}", topology::describe(config))
            }
            Self::Quality { segment, quality } => write!(f, "quality {segment} {quality:?}"),
            Self::Split { segment, sides } => {
                write!(f, "split {segment}")?;
                sides.iter().try_for_each(|side| {
                    let names: Vec<String> = side.iter().map(NodeId::to_string).collect();
                    write!(f, " [{}]", names.join(" "))
                })
            }
            Self::Deaf {
                segment,
                from,
                to,
                deaf,
            } => {
                write!(
                    f,
                    "deaf {segment} {from}->{to} {}",
                    if *deaf { "on" } else { "off" }
                )
            }
            Self::Heal { segment } => write!(f, "heal {segment}"),
            Self::Inject {
                node,
                segment,
                packet,
                harm,
            } => {
                write!(f, "inject {node} {segment} {harm:?} ")?;
                describe_packet(packet, f)
            }
        }
    }
}

/// Writes a packet: the advert in it, or its bytes.
pub(crate) fn describe_packet(packet: &Packet, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Ok(advert) = wire::Advert::read(packet) {
        let wire::Advert {
            source,
            destination,
            vrid,
            priority,
            ..
        } = advert;
        return write!(
            f,
            "vrid {vrid} priority {priority} {source} -> {destination}"
        );
    }
    let bytes = match packet {
        Packet::V4(bytes) => bytes,
        Packet::V6 { payload, .. } => payload,
    };
    write!(f, "{} bytes ", bytes.len())?;
    bytes
        .iter()
        .take(48)
        .try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Nodes, and what happens to them when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Seed of the LAN's chances.
    pub seed: u64,
    /// The nodes; all are started at time zero.
    pub nodes: Vec<RouterConfig>,
    /// The steps in order of time.
    pub steps: Vec<(Duration, Step)>,
    /// When to look for the last time.
    pub end: Duration,
}

impl Scenario {
    /// Runs it, until the end or the first broken law.
    pub fn run(&self) -> (Trace, Result<(), Violation>) {
        let mut world = World::new(self.seed);
        for config in &self.nodes {
            world.add(config.clone());
        }
        let result = self.play(&mut world);
        (world.into_trace(), result)
    }

    fn play(&self, world: &mut World) -> Result<(), Violation> {
        world.try_start_all()?;
        for (at, step) in &self.steps {
            world.advance(*at)?;
            world.try_act(step.clone())?;
        }
        world.advance(self.end)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        for (at, config) in self.nodes.iter().enumerate() {
            write!(f, "node {}\n{}", NodeId(at), topology::describe(config))?;
        }
        for (at, step) in &self.steps {
            writeln!(f, "at {} {step}", seconds(*at))?;
        }
        writeln!(f, "end {}", seconds(self.end))
    }
}
