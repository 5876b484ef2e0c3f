//! Nodes and segments in virtual time.

mod acts;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use vrrp::{Action, InstanceView, Packet, Router, RouterConfig, State};

use crate::lan::Lan;
use crate::law::drain::{self, Before, News};
use crate::law::{self, Broken, Law, Violation, settled, timing};
use crate::node::{Frame, Input, Life, Node, NodeId};
use crate::rng::Rng;
use crate::step::{Harm, Step};
use crate::trace::{Trace, What};
use crate::wire::{Advert, through_kernel};

/// How long a run of a script takes.
const SCRIPT_TIME: Duration = Duration::from_millis(5);
/// More actions than that from one event are an endless loop.
const ACTION_LIMIT: usize = 10_000;

/// Time zero of every world. The only look at a clock: its value is never seen, only differences to it.
#[allow(
    clippy::disallowed_methods,
    reason = "an Instant cannot be made in any other way; all times are relative to this one"
)]
fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// What is under way.
#[derive(Debug)]
enum Arrival {
    Frame(NodeId, Arc<Frame>),
    ScriptEnd {
        node: NodeId,
        runs: u32,
        script: String,
    },
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    now: Duration,
    nodes: Vec<Node>,
    lans: BTreeMap<String, Lan>,
    queue: BTreeMap<(Duration, u64), Arrival>,
    /// Numbers what is queued, so that equal times keep their order.
    queued: u64,
    rng: Rng,
    trace: Trace,
    disturbed: Duration,
    settle: Duration,
    /// Something changed since the settled laws were checked.
    dirty: bool,
}

impl World {
    /// An empty world whose chances follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            now: Duration::ZERO,
            nodes: Vec::new(),
            lans: BTreeMap::new(),
            queue: BTreeMap::new(),
            queued: 0,
            rng: Rng::new(seed),
            trace: Trace::default(),
            disturbed: Duration::ZERO,
            settle: Duration::ZERO,
            dirty: false,
        }
    }

    /// Adds a node, switched off, with a port on the segment of every interface it names.
    pub fn add(&mut self, config: RouterConfig) -> NodeId {
        let id = NodeId(self.nodes.len());
        let node = Node::new(id, config);
        for segment in node.ports.keys() {
            self.lans.entry(segment.clone()).or_default();
        }
        self.nodes.push(node);
        id
    }

    /// The time.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// How long after the last disturbance the settled laws begin to be checked.
    pub fn settling_time(&self) -> Duration {
        let latency = self.lans.values().map(|lan| lan.quality.longest()).max();
        let latency = latency.unwrap_or_default();
        let one = |node: &Node| settled::settling_time(&node.config, latency);
        self.nodes.iter().map(one).max().unwrap_or_default()
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// What a node shows of an instance.
    pub fn view(&self, id: NodeId, instance: &str) -> Option<&InstanceView> {
        self.node(id)
            .view
            .instances
            .iter()
            .find(|view| view.name == instance)
    }

    /// The state of an instance of a running node.
    pub fn state(&self, id: NodeId, instance: &str) -> Option<State> {
        let running = matches!(self.node(id).life, Life::Running | Life::Paused);
        self.view(id, instance)
            .filter(|_| running)
            .map(|view| view.state)
    }

    /// The running nodes that are master of an instance.
    pub fn masters(&self, instance: &str) -> Vec<NodeId> {
        let ids = self.nodes.iter().map(|node| node.id);
        ids.filter(|id| self.state(*id, instance) == Some(State::Master))
            .collect()
    }

    /// What has happened.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The trace, when the world is no longer needed.
    pub fn into_trace(self) -> Trace {
        self.trace
    }

    /// Starts every node.
    pub fn start_all(&mut self) {
        let result = self.try_start_all();
        self.expect(result);
    }

    /// Starts every node, or tells which law was broken.
    pub fn try_start_all(&mut self) -> Result<(), Violation> {
        (0..self.nodes.len()).try_for_each(|at| self.try_act(Step::Start(NodeId(at))))
    }

    /// Does something. Panics with the trace when a law is broken.
    pub fn act(&mut self, step: Step) {
        let result = self.try_act(step);
        self.expect(result);
    }

    /// Lets time pass. Panics with the trace when a law is broken.
    pub fn run(&mut self, time: Duration) {
        let result = self.advance(self.now + time);
        self.expect(result);
    }

    /// Lets time pass until an instance is in a state; how long that took. Panics when it takes longer than
    /// `limit`, or when a law is broken.
    pub fn wait_for(
        &mut self,
        id: NodeId,
        instance: &str,
        state: State,
        limit: Duration,
    ) -> Duration {
        let from = self.now;
        while self.state(id, instance) != Some(state) {
            let next = self.next_time().filter(|at| *at <= from + limit);
            let Some(at) = next else {
                panic!(
                    "{id} {instance} is not {state:?} within {limit:?}\n{}",
                    self.trace.tail()
                );
            };
            let result = self.advance(at);
            self.expect(result);
        }
        self.now - from
    }

    fn expect(&self, result: Result<(), Violation>) {
        if let Err(violation) = result {
            panic!("{}\n{violation}", self.trace.tail());
        }
    }

    /// Lets time pass up to a point, or to the first broken law.
    pub fn advance(&mut self, until: Duration) -> Result<(), Violation> {
        while let Some(at) = self.next_time().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.turn()?;
            self.check_settled()?;
        }
        self.now = self.now.max(until);
        for at in 0..self.nodes.len() {
            let result = timing::overdue(&self.nodes[at], self.now);
            result.map_err(|broken| self.violation(Some(NodeId(at)), broken))?;
        }
        self.check_settled()
    }

    fn next_time(&self) -> Option<Duration> {
        let arrival = self.queue.first_key_value().map(|((at, _), _)| *at);
        let wakes = self.nodes.iter().filter(|node| node.life != Life::Paused);
        wakes.filter_map(|node| node.wake).chain(arrival).min()
    }

    /// One arrival or one time-out: arrivals first, as the role loop empties its sockets before it looks at
    /// the clock.
    fn turn(&mut self) -> Result<(), Violation> {
        if let Some(entry) = self.queue.first_entry()
            && entry.key().0 <= self.now
        {
            let arrival = entry.remove();
            return self.arrive(arrival);
        }
        let due = |node: &&Node| {
            node.life != Life::Paused && node.wake.is_some_and(|wake| wake <= self.now)
        };
        match self.nodes.iter().find(due).map(|node| node.id) {
            Some(id) => self.hand_in(id, Input::Timeout),
            None => Ok(()),
        }
    }

    fn arrive(&mut self, arrival: Arrival) -> Result<(), Violation> {
        match arrival {
            Arrival::Frame(id, frame) => {
                let up = self.nodes[id.0]
                    .ports
                    .get(&frame.segment)
                    .is_some_and(|port| port.up);
                if up {
                    self.deliver(id, Input::Frame(frame))
                } else {
                    Ok(())
                }
            }
            Arrival::ScriptEnd {
                node: id,
                runs,
                script,
            } => {
                let node = &mut self.nodes[id.0];
                if node.runs != runs {
                    return Ok(());
                }
                node.running.remove(&script);
                let outcome = node.outcome(&script);
                self.deliver(id, Input::ScriptDone { script, outcome })
            }
        }
    }

    /// Hands in, or queues while the process is stopped by SIGSTOP.
    fn deliver(&mut self, id: NodeId, input: Input) -> Result<(), Violation> {
        if self.nodes[id.0].life == Life::Paused {
            self.nodes[id.0].queue(input);
            return Ok(());
        }
        self.hand_in(id, input)
    }

    fn hand_in(&mut self, id: NodeId, input: Input) -> Result<(), Violation> {
        let config = &self.nodes[id.0].config;
        let unchanged = matches!(&input, Input::Reload(next) if **next == *config);
        self.hand_in_as(id, input, if unchanged { News::Old } else { News::New })
    }

    fn hand_in_as(&mut self, id: NodeId, input: Input, news: News) -> Result<(), Violation> {
        let begin = self.trace.entries.len() + 1;
        let node = &mut self.nodes[id.0];
        if node.router.is_none() {
            return Ok(());
        }
        let overdue = timing::overdue(node, self.now);
        overdue.map_err(|broken| self.violation(Some(id), broken))?;
        let node = &mut self.nodes[id.0];
        let Some(event) = node.event(&input) else {
            return Ok(());
        };
        let Some(mut router) = node.router.take() else {
            return Ok(());
        };
        timing::hear(node, self.now, &input);
        if let Input::Reload(config) = &input {
            node.next_config = Some(config.as_ref().clone());
        }
        let (wake, life) = (node.wake, node.life);
        node.sent.clear();
        node.reloading = matches!(input, Input::Reload(_));
        self.trace.push(self.now, What::In(id, input.clone()));
        router.handle(origin() + self.now, event);
        let drained = self.drain(id, &mut router);
        let node = &mut self.nodes[id.0];
        node.wake = router.poll_timeout().map(|at| at.duration_since(origin()));
        let view = std::mem::replace(&mut node.view, router.snapshot());
        node.router = Some(router);
        if matches!(input, Input::Shutdown) {
            node.life = Life::Stopped;
        }
        let before = Before {
            view,
            wake,
            news,
            life,
        };
        let out = &self.trace.entries[begin..];
        let judged = drained.and_then(|()| drain::check(node, self.now, &input, &before, out));
        self.dirty |= judged.map_err(|broken| self.violation(Some(id), broken))?;
        Ok(())
    }

    fn drain(&mut self, id: NodeId, router: &mut Router) -> Result<(), Broken> {
        for _ in 0..ACTION_LIMIT {
            let Some(action) = router.poll_action() else {
                return Ok(());
            };
            self.perform(id, action)?;
        }
        Err((Law::Deadline, "endless actions".to_owned()))
    }

    fn perform(&mut self, id: NodeId, action: Action) -> Result<(), Broken> {
        let advert = if let Action::Send { packet, .. } = &action {
            Some(Advert::read(packet))
        } else {
            None
        };
        let advert = advert.transpose().map_err(|why| (Law::SoundAdvert, why));
        let node = &mut self.nodes[id.0];
        let name = law::action::name(node, &action).unwrap_or_else(|| "?".to_owned());
        self.trace
            .push(self.now, What::Out(id, name.clone(), action.clone()));
        if node.life == Life::Stopped {
            return Ok(());
        }
        let advert = advert?;
        law::action::check(node, self.now, &action, advert.as_ref())?;
        match action {
            Action::Send {
                interface, packet, ..
            } => {
                let segment = node.segment(interface).map(str::to_owned);
                if let (Some(segment), Some(advert)) = (segment, advert) {
                    self.transmit(id, &segment, packet, advert);
                }
            }
            Action::RunScript { .. } => {
                let runs = node.runs;
                let end = Arrival::ScriptEnd {
                    node: id,
                    runs,
                    script: name,
                };
                self.enqueue(self.now + SCRIPT_TIME, end);
            }
            Action::AddVips { .. }
            | Action::RemoveVips { .. }
            | Action::Announce { .. }
            | Action::Notify { .. }
            | Action::Report(_)
            | Action::Reloaded { .. } => {}
        }
        Ok(())
    }

    fn enqueue(&mut self, at: Duration, arrival: Arrival) {
        self.queue.insert((at, self.queued), arrival);
        self.queued += 1;
    }

    /// Carries a packet to everybody it is for.
    fn transmit(&mut self, from: NodeId, segment: &str, packet: Packet, advert: Advert) {
        if !self.nodes[from.0]
            .ports
            .get(segment)
            .is_some_and(|port| port.up)
        {
            return;
        }
        let packet = through_kernel(packet);
        let destination = advert.destination;
        let frame = Frame {
            segment: segment.to_owned(),
            from: Some(from),
            harm: Harm::Genuine,
            packet,
            advert: Some(advert),
        };
        let frame = Arc::new(frame);
        for at in 0..self.nodes.len() {
            let to = NodeId(at);
            let Some(port) = self.nodes[at].ports.get(segment) else {
                continue;
            };
            if to == from || !(destination.is_multicast() || port.holds(destination)) {
                continue;
            }
            let Some(lan) = self.lans.get_mut(segment) else {
                continue;
            };
            for arrival in lan.arrivals(self.now, from, to, &mut self.rng) {
                self.enqueue(arrival, Arrival::Frame(to, Arc::clone(&frame)));
            }
        }
    }

    fn check_settled(&mut self) -> Result<(), Violation> {
        if !self.dirty || self.now < self.disturbed + self.settle {
            return Ok(());
        }
        self.dirty = false;
        let result = settled::check(&self.nodes, &self.lans);
        result.map_err(|(node, broken)| self.violation(node, broken))
    }

    fn violation(&self, node: Option<NodeId>, (law, detail): Broken) -> Violation {
        Violation {
            law,
            at: self.now,
            node,
            detail,
        }
    }
}
