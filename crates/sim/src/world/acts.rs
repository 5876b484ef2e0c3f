//! The steps of a script, carried out.

use std::sync::Arc;

use vrrp::{Family, Router, RouterConfig};

use super::World;
use crate::law::drain::News;
use crate::law::{Violation, Watch};
use crate::node::{Frame, Input, Life, NodeId, default_port, empty_view};
use crate::step::Step;
use crate::trace::What;
use crate::wire::Advert;

impl World {
    /// Does something, or tells which law was broken.
    pub fn try_act(&mut self, step: Step) -> Result<(), Violation> {
        let redundant = matches!(&step, Step::Reload { node, config }
            if **config == self.nodes[node.0].config);
        if step.disturbs() && !redundant {
            self.disturbed = self.now;
            self.dirty = true;
        }
        self.trace.push(self.now, What::Step(step.clone()));
        let result = self.perform_step(step);
        self.settle = self.settling_time();
        result
    }

    fn perform_step(&mut self, step: Step) -> Result<(), Violation> {
        match step {
            Step::Start(id) => self.start(id),
            Step::Kill(id) => {
                self.switch_off(id);
                Ok(())
            }
            Step::Stop(id) => self.deliver_alive(id, Input::Shutdown),
            Step::Pause(id) => {
                let node = &mut self.nodes[id.0];
                if node.life == Life::Running {
                    node.life = Life::Paused;
                }
                Ok(())
            }
            Step::Resume(id) => self.resume(id),
            Step::Nudge(id) => self.nudge(id),
            Step::Link { node, segment, up } => self.set_link(node, &segment, up),
            Step::Address {
                node,
                segment,
                family,
                present,
            } => self.set_address(node, &segment, family, present),
            Step::Script {
                node,
                script,
                outcome,
            } => {
                self.nodes[node.0].scripts.insert(script, outcome);
                Ok(())
            }
            Step::VipsLost { node, instance } => {
                self.deliver_alive(node, Input::VipsLost { instance })
            }
            Step::Reload { node, config } => self.reload(node, config),
            Step::Quality { segment, quality } => {
                self.lans.entry(segment).or_default().quality = quality;
                Ok(())
            }
            Step::Split { segment, sides } => {
                self.lans.entry(segment).or_default().split(&sides);
                Ok(())
            }
            Step::Deaf {
                segment,
                from,
                to,
                deaf,
            } => {
                self.lans
                    .entry(segment)
                    .or_default()
                    .set_deaf(from, to, deaf);
                Ok(())
            }
            Step::Heal { segment } => {
                self.lans.entry(segment).or_default().heal();
                Ok(())
            }
            Step::Inject {
                node,
                segment,
                packet,
                harm,
            } => {
                let advert = Advert::read(&packet).ok();
                let frame = Frame {
                    segment,
                    from: None,
                    harm,
                    packet,
                    advert,
                };
                self.deliver(node, Input::Frame(Arc::new(frame)))
            }
        }
    }

    /// Tells a router what it knows.
    fn nudge(&mut self, id: NodeId) -> Result<(), Violation> {
        if !self.nodes[id.0].is_running() {
            return Ok(());
        }
        self.hand_in(id, Input::Timeout)?;
        let known = self.nodes[id.0].surroundings();
        known
            .into_iter()
            .try_for_each(|input| self.hand_in_as(id, input, News::Old))
    }

    /// Delivers to a router that is there; a router that is off, or shut down, gets no signals.
    fn deliver_alive(&mut self, id: NodeId, input: Input) -> Result<(), Violation> {
        match self.nodes[id.0].life {
            Life::Running | Life::Paused => self.deliver(id, input),
            Life::Off | Life::Stopped => Ok(()),
        }
    }

    fn start(&mut self, id: NodeId) -> Result<(), Violation> {
        match self.nodes[id.0].life {
            Life::Running | Life::Paused => return Ok(()),
            Life::Off | Life::Stopped => self.switch_off(id),
        }
        let node = &mut self.nodes[id.0];
        node.router = Some(Router::new(node.config.clone()));
        node.watches = vec![Watch::default(); node.config.instances.len()];
        node.life = Life::Running;
        for input in self.nodes[id.0].surroundings() {
            self.hand_in(id, input)?;
        }
        self.hand_in(id, Input::Start)
    }

    fn switch_off(&mut self, id: NodeId) {
        let node = &mut self.nodes[id.0];
        node.router = None;
        node.life = Life::Off;
        node.wake = None;
        node.runs += 1;
        node.inbox.clear();
        node.running.clear();
        node.watches.clear();
        node.groups_told.clear();
        node.view = empty_view();
    }

    /// What arrived meanwhile comes first, the timer afterwards.
    fn resume(&mut self, id: NodeId) -> Result<(), Violation> {
        let node = &mut self.nodes[id.0];
        if node.life != Life::Paused {
            return Ok(());
        }
        node.life = Life::Running;
        node.excused = self.now;
        for input in std::mem::take(&mut node.inbox) {
            self.hand_in(id, input)?;
        }
        Ok(())
    }

    fn set_link(&mut self, id: NodeId, segment: &str, up: bool) -> Result<(), Violation> {
        let Some(port) = self.nodes[id.0].ports.get_mut(segment) else {
            return Ok(());
        };
        port.up = up;
        self.deliver(
            id,
            Input::Link {
                segment: segment.to_owned(),
                up,
            },
        )
    }

    fn set_address(
        &mut self,
        id: NodeId,
        segment: &str,
        family: Family,
        present: bool,
    ) -> Result<(), Violation> {
        let default = default_port(id, segment);
        let Some(port) = self.nodes[id.0].ports.get_mut(segment) else {
            return Ok(());
        };
        match family {
            Family::V4 => port.v4 = default.v4.filter(|_| present),
            Family::V6 => port.v6 = default.v6.filter(|_| present),
        }
        let address = port.address(family);
        self.deliver(
            id,
            Input::Address {
                segment: segment.to_owned(),
                family,
                address,
            },
        )
    }

    /// New interfaces get their ports, and the router is told again what there is.
    fn reload(&mut self, id: NodeId, config: Box<RouterConfig>) -> Result<(), Violation> {
        let node = &mut self.nodes[id.0];
        let unchanged = *config == node.config;
        match node.life {
            Life::Off | Life::Stopped => {
                node.config = *config;
                node.plug();
                return Ok(());
            }
            Life::Running | Life::Paused => {}
        }
        let interfaces = config.interfaces.clone();
        self.deliver(id, Input::Reload(config))?;
        if unchanged {
            return Ok(());
        }
        for segment in interfaces {
            self.lans.entry(segment.clone()).or_default();
            let port = default_port(id, &segment);
            self.nodes[id.0].ports.entry(segment).or_insert(port);
        }
        self.nodes[id.0].excused = self.now;
        self.nodes[id.0]
            .surroundings()
            .into_iter()
            .try_for_each(|input| self.deliver(id, input))
    }
}
