//! The router: all instances, groups and scripts of one daemon.

use std::collections::VecDeque;
use std::time::Instant;

use crate::config::RouterConfig;
use crate::event::{Action, Event, Snapshot};

/// All virtual routers of one daemon.
#[derive(Debug)]
pub struct Router {
    config: RouterConfig,
    actions: VecDeque<Action>,
}

impl Router {
    /// A router that has not started: hand in links and addresses, then [`Event::Start`].
    pub fn new(config: RouterConfig) -> Self {
        Self {
            config,
            actions: VecDeque::new(),
        }
    }

    /// Takes in what happened at `now`.
    pub fn handle(&mut self, _now: Instant, _event: Event) {}

    /// The next thing to do; drain after every [`Self::handle`].
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to hand in [`Event::Timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// What there is to see.
    pub fn snapshot(&self) -> Snapshot {
        let _ = &self.config;
        Snapshot {
            instances: vec![],
            groups: vec![],
            scripts: vec![],
            foreign_packets: 0,
        }
    }
}
