//! Random scenarios: any seed gives nodes that could be a cluster, and a bad day for them.

use std::time::Duration;

use vrrp::{
    Authentication, Family, InitialState, InstanceConfig, InterfaceId, Preempt, RouterConfig,
    ScriptConfig, ScriptId, ScriptOutcome, TrackInterface, TrackScript, Version, Weight,
};

use crate::forge;
use crate::lan::Quality;
use crate::law::settled;
use crate::node::{NodeId, default_port};
use crate::rng::Rng;
use crate::step::{Harm, Scenario, Step};
use crate::topology;

/// Bad luck lasts this many advert intervals.
const TROUBLE: u32 = 10;
/// Its consequences are over this much later.
const CONSEQUENCES: u32 = 6;

/// The scenario of a seed.
pub fn scenario(seed: u64) -> Scenario {
    let rng = Rng::new(seed);
    let mut day = Day::new(rng);
    let mut steps = day.fates();
    let count = 1 + day.rng.index(6);
    let trouble = day.unit * TROUBLE;
    for _ in 0..count {
        let at = day.rng.up_to(trouble);
        day.fault(at, &mut steps);
    }
    let repair = trouble + day.unit * CONSEQUENCES;
    day.repair(repair, &mut steps);
    steps.sort_by_key(|(at, _)| *at);
    let settle = day
        .nodes
        .iter()
        .map(|node| settled::settling_time(node, day.latency * 2));
    let end = repair + settle.max().unwrap_or_default() + day.unit * 3;
    Scenario {
        seed,
        nodes: day.nodes,
        steps,
        end,
    }
}

type Steps = Vec<(Duration, Step)>;

struct Day {
    rng: Rng,
    unit: Duration,
    latency: Duration,
    segments: u16,
    grouped: u16,
    nodes: Vec<RouterConfig>,
}

impl Day {
    fn new(mut rng: Rng) -> Self {
        let unit = Duration::from_millis(*rng.pick(&[1000, 1000, 100, 10]));
        let segments = 1 + u16::from(rng.chance(400));
        let latency = unit / 1000 + rng.up_to(unit / 60);
        let mut day = Self {
            rng,
            unit,
            latency,
            segments,
            grouped: 0,
            nodes: Vec::new(),
        };
        day.populate();
        day
    }

    fn populate(&mut self) {
        let nodes = 2 + self.rng.index(3);
        let instances = 1 + self.rng.below(4);
        if instances > 1 && self.rng.chance(350) {
            self.grouped = u16::try_from(2 + self.rng.below(instances - 1)).unwrap_or(2);
        }
        let models: Vec<InstanceConfig> = (0..instances)
            .map(|at| self.model(u8::try_from(at).unwrap_or(0)))
            .collect();
        let scripts = if self.rng.chance(350) {
            vec![self.script()]
        } else {
            vec![]
        };
        for node in 0..nodes {
            let config = self.node(node, nodes, &models, &scripts);
            self.nodes.push(config);
        }
    }

    /// What all nodes agree on.
    fn model(&mut self, at: u8) -> InstanceConfig {
        let rng = &mut self.rng;
        let mut model = topology::instance(51 + at, 100);
        if self.unit < Duration::from_secs(1) || rng.chance(500) {
            model = topology::version3(self.unit, model);
        }
        if rng.chance(300) {
            model = topology::ipv6(model);
        } else if model.version == Version::V2 && rng.chance(400) {
            model.authentication = Authentication::Pass(*b"secret\0\0");
        }
        model.interface = InterfaceId(u16::from(rng.chance(400)) % self.segments);
        model.down_timer_adverts = *rng.pick(&[3, 3, 3, 2, 4]);
        model.preempt = match rng.below(10) {
            0..6 => Preempt::After(Duration::ZERO),
            6 | 7 => Preempt::After(self.unit * 2),
            _ => Preempt::Never,
        };
        model.lower_prio_no_advert = rng.chance(100);
        model.higher_prio_send_advert = rng.chance(100);
        model
    }

    fn script(&mut self) -> ScriptConfig {
        let rng = &mut self.rng;
        ScriptConfig {
            name: "check".to_owned(),
            interval: self.unit,
            rise: 1 + u32::from(rng.chance(300)),
            fall: 1 + u32::from(rng.chance(300)),
            init_fail: rng.chance(200),
        }
    }

    fn node(
        &mut self,
        me: usize,
        count: usize,
        models: &[InstanceConfig],
        scripts: &[ScriptConfig],
    ) -> RouterConfig {
        // Members of a group share the node's rank and one way to preempt, so that no two of them want different masters.
        let rank = self.priority();
        let mut instances = Vec::new();
        for (at, model) in models.iter().enumerate() {
            let member = at < usize::from(self.grouped);
            let (priority, preempt) = match member {
                true => (rank, models[0].preempt),
                false if me == 0 && self.rng.chance(100) => (255, model.preempt),
                false => (self.priority(), model.preempt),
            };
            let mut instance = InstanceConfig {
                priority,
                preempt,
                ..model.clone()
            };
            if model.vrid % 4 == 2 {
                instance = topology::unicast(me, count, instance);
            }
            if self.rng.chance(250) {
                instance.initial_state = InitialState::Master;
            }
            self.track(member, scripts, &mut instance);
            instances.push(instance);
        }
        let mut config = topology::router(instances);
        config.interfaces = (0..self.segments).map(|at| format!("eth{at}")).collect();
        config.scripts = scripts.to_vec();
        if self.grouped > 0 {
            config.groups.push(topology::group("G", 0..self.grouped));
        }
        config
    }

    fn priority(&mut self) -> u8 {
        100 + u8::try_from(self.rng.below(5)).unwrap_or(0) * 20
    }

    fn track(&mut self, member: bool, scripts: &[ScriptConfig], instance: &mut InstanceConfig) {
        let rng = &mut self.rng;
        let weight = |rng: &mut Rng| {
            let value = if member || rng.chance(400) {
                0
            } else {
                *rng.pick(&[-70, -10, 10, 70])
            };
            Weight {
                value,
                reverse: rng.chance(50),
            }
        };
        if !scripts.is_empty() && rng.chance(600) {
            let weight = weight(rng);
            instance.track_scripts.push(TrackScript {
                script: ScriptId(0),
                weight,
            });
        }
        if self.segments > 1 && rng.chance(200) {
            let weight = weight(rng);
            let interface = InterfaceId(1 - instance.interface.0);
            instance
                .track_interfaces
                .push(TrackInterface { interface, weight });
        }
    }

    /// The weather.
    fn fates(&mut self) -> Steps {
        let rough = self.rng.chance(400);
        (0..self.segments)
            .map(|at| {
                let mut quality = self.good();
                if rough {
                    quality.loss = *self.rng.pick(&[0, 10, 100, 400]);
                    quality.duplicate = *self.rng.pick(&[0, 50]);
                    quality.reorder = *self.rng.pick(&[0, 0, 50]);
                }
                (
                    Duration::ZERO,
                    Step::Quality {
                        segment: format!("eth{at}"),
                        quality,
                    },
                )
            })
            .collect()
    }

    fn good(&self) -> Quality {
        Quality {
            latency: self.latency,
            jitter: self.latency / 2,
            ..Quality::GOOD
        }
    }

    fn someone(&mut self) -> NodeId {
        NodeId(self.rng.index(self.nodes.len()))
    }

    fn segment(&mut self) -> String {
        format!("eth{}", self.rng.below(self.segments.into()))
    }

    /// One thing that goes wrong, and mostly its end.
    fn fault(&mut self, at: Duration, steps: &mut Steps) {
        let node = self.someone();
        let (step, end) = self.trouble(node);
        steps.push((at, step));
        if let Some(end) = end
            && self.rng.chance(800)
        {
            let later = at + self.rng.up_to(self.unit * CONSEQUENCES);
            steps.push((later, end));
        }
    }

    fn trouble(&mut self, node: NodeId) -> (Step, Option<Step>) {
        let segment = self.segment();
        let link = |up| Step::Link {
            node,
            segment: segment.clone(),
            up,
        };
        match self.rng.below(14) {
            0 => (Step::Kill(node), Some(Step::Start(node))),
            1 => (Step::Stop(node), Some(Step::Start(node))),
            2 => (Step::Pause(node), Some(Step::Resume(node))),
            3 | 4 => (link(false), Some(link(true))),
            5 => {
                let family = *self.rng.pick(&[Family::V4, Family::V6]);
                let change = |present| Step::Address {
                    node,
                    segment: segment.clone(),
                    family,
                    present,
                };
                (change(false), Some(change(true)))
            }
            6 => {
                let outcome = |outcome| Step::Script {
                    node,
                    script: "check".to_owned(),
                    outcome,
                };
                let bad = *self
                    .rng
                    .pick(&[ScriptOutcome::Exited(1), ScriptOutcome::TimedOut]);
                (outcome(bad), Some(outcome(ScriptOutcome::Exited(0))))
            }
            7 => {
                let sides = vec![vec![], vec![node]];
                (
                    Step::Split {
                        segment: segment.clone(),
                        sides,
                    },
                    Some(Step::Heal { segment }),
                )
            }
            8 => {
                let to = self.someone();
                let deaf = Step::Deaf {
                    segment: segment.clone(),
                    from: node,
                    to,
                    deaf: true,
                };
                (deaf, Some(Step::Heal { segment }))
            }
            9 => (self.reload(node), None),
            10 => (self.attack(node), None),
            11 => (Step::Nudge(node), None),
            12 => {
                let at = self.rng.index(self.nodes[node.0].instances.len());
                let instance = self.nodes[node.0].instances[at].name.clone();
                (Step::VipsLost { node, instance }, None)
            }
            _ => (self.attack(node), Some(Step::Nudge(node))),
        }
    }

    fn reload(&mut self, node: NodeId) -> Step {
        let mut config = self.nodes[node.0].clone();
        match self.rng.below(4) {
            0 => {
                let priority = self.priority();
                let count = usize::from(self.grouped.max(1));
                for instance in config.instances.iter_mut().take(count) {
                    instance.priority = priority;
                }
            }
            1 if config.instances.len() > usize::from(self.grouped.max(1)) => {
                config.instances.pop();
            }
            2 => {
                for instance in &mut config.instances {
                    instance.name.push_str("_renamed");
                }
            }
            _ => {}
        }
        Step::Reload {
            node,
            config: Box::new(config),
        }
    }

    fn attack(&mut self, node: NodeId) -> Step {
        let instances = &self.nodes[node.0].instances;
        let config = instances[self.rng.index(instances.len())].clone();
        let segment = format!("eth{}", config.interface.0);
        let port = default_port(node, &segment);
        let priority = *self.rng.pick(&[0, 1, 100, 254, 255]);
        if self.rng.chance(200) {
            let packet = forge::plausible(&config, priority, &port).packet();
            return Step::Inject {
                node,
                segment,
                packet,
                harm: Harm::Plausible,
            };
        }
        let packet = if self.rng.chance(200) {
            forge::garbage(&mut self.rng)
        } else {
            let all = forge::invalid(&config, priority, &port);
            self.rng.pick(&all).1.clone()
        };
        Step::Inject {
            node,
            segment,
            packet,
            harm: Harm::Harmless,
        }
    }

    /// The LAN becomes reliable; sometimes everything else is mended too, sometimes it stays as it is.
    fn repair(&mut self, at: Duration, steps: &mut Steps) {
        let quality = self.good();
        let mend = self.rng.chance(600);
        for segment in (0..self.segments).map(|at| format!("eth{at}")) {
            steps.push((
                at,
                Step::Quality {
                    segment: segment.clone(),
                    quality,
                },
            ));
            if !mend {
                continue;
            }
            steps.push((
                at,
                Step::Heal {
                    segment: segment.clone(),
                },
            ));
            for node in (0..self.nodes.len()).map(NodeId) {
                steps.push((
                    at,
                    Step::Link {
                        node,
                        segment: segment.clone(),
                        up: true,
                    },
                ));
                for family in [Family::V4, Family::V6] {
                    let segment = segment.clone();
                    steps.push((
                        at,
                        Step::Address {
                            node,
                            segment,
                            family,
                            present: true,
                        },
                    ));
                }
            }
        }
        for node in (0..self.nodes.len()).map(NodeId) {
            steps.push((at, Step::Resume(node)));
            if mend {
                let outcome = ScriptOutcome::Exited(0);
                steps.push((at, Step::Start(node)));
                steps.push((
                    at,
                    Step::Script {
                        node,
                        script: "check".to_owned(),
                        outcome,
                    },
                ));
            }
        }
    }
}
