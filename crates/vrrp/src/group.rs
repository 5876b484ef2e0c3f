//! Sync groups: members change state together, as one state machine.
//!
//! - One member in FAULT holds all in FAULT; they leave it together.
//! - A member whose time to take over has come waits until all others want to be master, too.
//! - One member that yields takes all back to BACKUP.
//!
//! A member that a reload brings joins the others once it is where they are; until then it follows them, and
//! they do not follow it.
//!
//! `keepalived: vrrp_sync.c`

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::config::{GroupConfig, GroupId, InstanceId};
use crate::event::{Action, GroupView, NotifyState, Report, State, Subject};
use crate::router::Router;
use crate::timing;

/// Least time between two rounds of announcements for lower adverts that members heard.
const ROUND: Duration = Duration::from_millis(500);

/// A sync group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) members: Vec<InstanceId>,
    /// Those whose state is the group's.
    pub(crate) joined: BTreeSet<InstanceId>,
    /// The state that users were told last.
    pub(crate) shown: State,
    /// When all members last announced their addresses for a lower advert.
    round: Option<Instant>,
}

impl Group {
    /// A group of the members that are in it and in no other.
    pub(crate) fn new(
        id: GroupId,
        config: GroupConfig,
        groups: &BTreeMap<InstanceId, GroupId>,
    ) -> Self {
        let joined: BTreeSet<InstanceId> = config
            .members
            .into_iter()
            .filter(|member| groups.get(member) == Some(&id))
            .collect();
        Self {
            name: config.name,
            members: joined.iter().copied().collect(),
            joined,
            shown: State::Init,
            round: None,
        }
    }

    pub(crate) fn view(&self) -> GroupView {
        GroupView {
            name: self.name.clone(),
            state: self.shown,
        }
    }

    /// Whether another member than this one is among `ids`.
    fn another(ids: &BTreeSet<InstanceId>, member: InstanceId) -> bool {
        ids.len() > usize::from(ids.contains(&member))
    }
}

impl Router {
    fn group(&self, id: GroupId) -> &Group {
        &self.groups[usize::from(id.0)]
    }

    /// The members, the one that things began with first.
    fn members(&self, id: GroupId, cause: Option<InstanceId>) -> Vec<InstanceId> {
        let others = self
            .group(id)
            .members
            .iter()
            .copied()
            .filter(|id| Some(*id) != cause);
        cause.into_iter().chain(others).collect()
    }

    /// Follows the faults of all members.
    pub(crate) fn settle_group(&mut self, now: Instant, id: GroupId, cause: Option<InstanceId>) {
        let members = self.members(id, cause);
        let faulty = self.joined_where(id, |router, id| router.instance(id).has_own_fault());
        let held = self.joined_where(id, |router, id| {
            let instance = router.instance(id);
            instance.is_held() && instance.is_pending()
        });
        let at_once = members
            .iter()
            .all(|id| self.instance(*id).config.is_owner());
        for member in &members {
            let faulty = Group::another(&faulty, *member);
            let held = Group::another(&held, *member);
            let (instance, out) = self.on(*member);
            instance.set_group_fault(faulty, out);
            if instance.is_faulty() {
                instance.enter_fault(out);
            } else if instance.is_held() && !instance.is_pending() && !held {
                instance.enter_backup(now, at_once, out);
            }
        }
        self.show_group(id);
    }

    fn joined_where(
        &self,
        id: GroupId,
        holds: impl Fn(&Self, InstanceId) -> bool,
    ) -> BTreeSet<InstanceId> {
        self.group(id)
            .joined
            .iter()
            .copied()
            .filter(|id| holds(self, *id))
            .collect()
    }

    /// Some members want to be master. All become it, or these wait.
    pub(crate) fn take_over(&mut self, now: Instant, id: GroupId, candidates: &[InstanceId]) {
        let ready = self
            .group(id)
            .joined
            .iter()
            .all(|id| self.instance(*id).wants_master());
        if !ready {
            for member in candidates {
                self.on(*member).0.wait_for_group(now);
            }
            return;
        }
        let joined = self.group(id).joined.clone();
        let rest = joined.iter().filter(|id| !candidates.contains(id));
        for member in candidates.iter().chain(rest) {
            let (instance, out) = self.on(*member);
            if instance.state() == State::Backup {
                instance.become_master(now, out);
            }
        }
        self.show_group(id);
    }

    /// One member has yielded: the others do the same.
    pub(crate) fn back_up(&mut self, now: Instant, id: GroupId) {
        for member in self.members(id, None) {
            let (instance, out) = self.on(member);
            instance.yield_master(now, out);
        }
        self.show_group(id);
    }

    /// A member heard a lower advert: whoever sent it may have had the addresses of all of them.
    ///
    /// `keepalived: vrrp_state_master_rx`
    pub(crate) fn announce_after_lower(&mut self, now: Instant, id: GroupId, cause: InstanceId) {
        let group = &mut self.groups[usize::from(id.0)];
        if group
            .round
            .is_some_and(|last| now < timing::after(last, ROUND))
        {
            return;
        }
        group.round = Some(now);
        for member in self.members(id, Some(cause)) {
            let (instance, out) = self.on(member);
            if member != cause {
                instance.announce_after_lower(now, out);
            }
        }
    }

    /// Tells the state that the members have come to, if it is news.
    pub(crate) fn show_group(&mut self, id: GroupId) {
        let state = self.common_state(id);
        let joining: Vec<InstanceId> = self
            .members(id, None)
            .into_iter()
            .filter(|id| {
                let instance = self.instance(*id);
                instance.shown() == state && !instance.has_own_fault()
            })
            .collect();
        self.groups[usize::from(id.0)].joined.extend(joining);
        self.tell_group(id, state);
    }

    fn common_state(&self, id: GroupId) -> State {
        let states = || {
            self.group(id)
                .joined
                .iter()
                .map(|id| self.instance(*id).state())
        };
        if states().any(|state| state == State::Fault) {
            State::Fault
        } else if states().any(|state| state == State::Init) || states().next().is_none() {
            State::Init
        } else if states().all(|state| state == State::Master) {
            State::Master
        } else {
            State::Backup
        }
    }

    fn tell_group(&mut self, id: GroupId, to: State) {
        let group = &mut self.groups[usize::from(id.0)];
        let from = std::mem::replace(&mut group.shown, to);
        let state = match to {
            _ if from == to => return,
            // Waiting for scripts is silent.
            State::Init => return,
            State::Backup => NotifyState::Backup,
            State::Master => NotifyState::Master,
            State::Fault => NotifyState::Fault,
        };
        self.actions.report(Report::GroupEntered {
            group: id,
            from,
            to,
        });
        let subject = Subject::Group(id);
        self.actions.push(Action::Notify {
            subject,
            state,
            priority: 0,
        });
    }

    /// At start groups are told before their members.
    pub(crate) fn announce_groups(&mut self) {
        for id in self.group_ids() {
            let members = || self.group(id).joined.iter().map(|id| self.instance(*id));
            let state = if members().any(|instance| instance.has_own_fault()) {
                State::Fault
            } else if members().any(|instance| instance.is_pending())
                || members().all(|instance| instance.config.is_owner())
            {
                State::Init
            } else {
                State::Backup
            };
            self.tell_group(id, state);
        }
    }

    /// Whether some members are master and others are not.
    pub(crate) fn is_mixed(&self, id: GroupId) -> bool {
        let states = || {
            self.group(id)
                .joined
                .iter()
                .map(|id| self.instance(*id).state())
        };
        states().any(|state| state == State::Master) && states().any(|state| state != State::Master)
    }
}
