//! The election on paper: which priorities the instances of one node can have, and what brings each of them about.

mod absent;
mod paper;
pub(super) mod rules;
mod tracker;

use std::collections::BTreeMap;

use vrrp::{GroupConfig, InstanceConfig};

use crate::config::{Config, Group, Instance};
use crate::tree::Tree;
use absent::Absent;
pub(crate) use paper::Paper;
pub(crate) use tracker::{Counts, Is, Subject, Tracker};

/// What an instance comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It takes no part.
    Fault,
    /// It takes part with this priority.
    Priority(u8),
    /// A number in a file decides.
    Open,
}

/// One instance and all that its priority depends on.
#[derive(Debug)]
pub(crate) struct Standing<'c> {
    pub(crate) core: &'c InstanceConfig,
    pub(crate) settings: &'c Instance,
    /// Its sync group, by position.
    pub(crate) group: Option<usize>,
    pub(crate) trackers: Vec<Tracker<'c>>,
}

impl<'c> Standing<'c> {
    pub(crate) fn name(&self) -> &'c str {
        &self.core.name
    }

    /// What it comes to with everything it watches in the state that `state` tells, its group left aside.
    pub(crate) fn outcome(&self, state: impl Fn(Subject<'c>) -> Is) -> Outcome {
        let mut sum = i32::from(self.core.priority);
        let mut open = false;
        for tracker in &self.trackers {
            match tracker.counts(state(tracker.subject)) {
                Counts::Fault => return Outcome::Fault,
                Counts::Adds(number) => sum += i32::from(number),
                Counts::Any => open = true,
            }
        }
        match open {
            true => Outcome::Open,
            false => Outcome::Priority(self.clamped(sum)),
        }
    }

    /// The lowest and the highest priority that it can have while it takes part.
    pub(crate) fn range(&self) -> (u8, u8) {
        let base = i32::from(self.core.priority);
        let (mut low, mut high) = (base, base);
        for tracker in &self.trackers {
            let (least, most) = bounds(tracker);
            low += i32::from(least);
            high += i32::from(most);
        }
        (self.clamped(low), self.clamped(high))
    }

    /// `keepalived: vrrp_set_effective_priority`
    fn clamped(&self, sum: i32) -> u8 {
        if self.core.is_owner() {
            return self.core.priority;
        }
        u8::try_from(sum.clamp(1, 254)).expect("clamped to 1..=254")
    }
}

/// The least and the most that a tracker adds.
fn bounds(tracker: &Tracker<'_>) -> (i16, i16) {
    const MOST: i16 = 253;
    let adds = |counts| match counts {
        Counts::Fault => None,
        Counts::Adds(number) => Some((number, number)),
        Counts::Any => Some((-MOST, MOST)),
    };
    match (adds(tracker.up), adds(tracker.down)) {
        (Some(up), Some(down)) => (up.0.min(down.0), up.1.max(down.1)),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => (0, 0),
    }
}

/// Who watches a subject.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Its state when all is well.
    pub(crate) good: Is,
    /// Those whose trackers name it, by position, without repetition.
    pub(crate) watchers: Vec<usize>,
}

/// A sync group, and who is in it.
#[derive(Debug)]
pub(crate) struct Team<'c> {
    pub(crate) core: &'c GroupConfig,
    /// Positions of [`Election::standings`].
    pub(crate) members: Vec<usize>,
}

/// All instances of one node.
#[derive(Debug)]
pub(crate) struct Election<'c> {
    pub(crate) standings: Vec<Standing<'c>>,
    pub(crate) teams: Vec<Team<'c>>,
    pub(crate) watches: BTreeMap<Subject<'c>, Watch>,
}

impl<'c> Election<'c> {
    /// Works out what can happen on one node.
    pub(crate) fn new(config: &'c Config, tree: &'c Tree) -> Self {
        let absent = Absent::new(config, tree);
        let groups = group_of(config);
        let core = config.router.instances.iter().zip(&config.instances);
        let mut standings = Vec::new();
        for (at, (core, settings)) in core.enumerate() {
            let group = groups.get(&at).copied();
            let both = group.and_then(|at| group_at(config, at));
            standings.push(Standing {
                core,
                settings,
                group,
                trackers: tracker::trackers(config, core, settings, both, &absent),
            });
        }
        for withheld in &config.withheld {
            let (core, settings) = (&withheld.core, &withheld.settings);
            standings.push(Standing {
                core,
                settings,
                group: None,
                trackers: tracker::trackers(config, core, settings, None, &absent),
            });
        }
        let watches = watches(&standings);
        Self {
            teams: teams(config, &groups),
            standings,
            watches,
        }
    }

    /// The state of a subject when all is well.
    pub(crate) fn good(&self, subject: Subject<'_>) -> Is {
        self.watches
            .get(&subject)
            .map_or(Is::Up, |watch| watch.good)
    }

    /// What an instance comes to when all is well.
    pub(crate) fn well(&self, at: usize) -> Outcome {
        self.together(at, |subject| self.good(subject))
    }

    /// Its priority when all is well; `None`: it can never take part.
    pub(crate) fn well_priority(&self, at: usize) -> Option<u8> {
        match self.well(at) {
            Outcome::Priority(priority) => Some(priority),
            Outcome::Fault | Outcome::Open => None,
        }
    }

    /// What an instance comes to when one subject fails and all else is well.
    pub(crate) fn after(&self, failed: Subject<'c>, at: usize) -> Outcome {
        self.together(at, |subject| {
            let good = self.good(subject);
            match subject == failed {
                true => good.other(),
                false => good,
            }
        })
    }

    /// What an instance comes to when everything that only changes its priority fails.
    pub(crate) fn lowest(&self, at: usize) -> u8 {
        self.standings[at].range().0
    }

    /// With its sync group: a fault of one is a fault of all.
    fn together(&self, at: usize, state: impl Fn(Subject<'c>) -> Is) -> Outcome {
        let outcome = self.standings[at].outcome(&state);
        let others = self.team(at).map_or(&[][..], |team| &team.members);
        let faulty = |other: &usize| {
            *other != at && self.standings[*other].outcome(&state) == Outcome::Fault
        };
        match others.iter().any(faulty) {
            true => Outcome::Fault,
            false => outcome,
        }
    }

    /// The sync group of an instance.
    pub(crate) fn team(&self, at: usize) -> Option<&Team<'c>> {
        self.teams.get(self.standings[at].group?)
    }
}

/// The group of each instance that is in one. An instance is in the first that names it.
fn group_of(config: &Config) -> BTreeMap<usize, usize> {
    let mut groups = BTreeMap::new();
    for (at, group) in config.router.groups.iter().enumerate() {
        for member in &group.members {
            groups.entry(usize::from(member.0)).or_insert(at);
        }
    }
    groups
}

fn group_at(config: &Config, at: usize) -> Option<(&GroupConfig, &Group)> {
    Some((config.router.groups.get(at)?, config.groups.get(at)?))
}

fn teams<'c>(config: &'c Config, groups: &BTreeMap<usize, usize>) -> Vec<Team<'c>> {
    let groups_of_config = config.router.groups.iter();
    let mut teams: Vec<_> = groups_of_config
        .map(|core| Team {
            core,
            members: Vec::new(),
        })
        .collect();
    for (instance, group) in groups {
        teams[*group].members.push(*instance);
    }
    teams
}

fn watches<'c>(standings: &[Standing<'c>]) -> BTreeMap<Subject<'c>, Watch> {
    let mut watches: BTreeMap<_, Watch> = BTreeMap::new();
    for (at, standing) in standings.iter().enumerate() {
        for tracker in &standing.trackers {
            let watch = watches.entry(tracker.subject).or_insert_with(|| Watch {
                good: tracker.good(),
                watchers: Vec::new(),
            });
            // Where trackers disagree, up is good: a script is written to succeed.
            watch.good = watch.good.min(tracker.good());
            if watch.watchers.last() != Some(&at) {
                watch.watchers.push(at);
            }
        }
    }
    watches
}

#[cfg(test)]
mod tests;
