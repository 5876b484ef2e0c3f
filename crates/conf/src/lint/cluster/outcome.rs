//! Who is master of what when all is well, and who comes next.

use std::collections::BTreeSet;
use std::time::Duration;

use ::vrrp::{InitialState, Preempt};

use super::agreement::seconds;
use super::lints::{
    ALL_MASTER, ELECTION, EQUAL_PRIORITIES, NOPREEMPT, OWNERS, PREEMPT_DELAY, STATE,
};
use super::{Cluster, Member, View, listed, related};
use crate::diagnostic::{Diagnostic, Place, Severity};

impl Cluster<'_> {
    /// One line for every virtual router: who has it, and who gets it.
    ///
    /// `deaf`: those whose members do not understand each other.
    pub(super) fn elections(&self, deaf: &BTreeSet<usize>, found: &mut Vec<Diagnostic>) {
        for (id, router) in self.routers.iter().enumerate() {
            let view = View {
                cluster: self,
                router,
            };
            if view.strangers().is_some() {
                continue;
            }
            found.extend(match deaf.contains(&id) {
                true => Some(view.no_election()),
                false => view.election(),
            });
        }
    }
}

impl<'a> View<'_, 'a> {
    pub(super) fn outcome(&self, found: &mut Vec<Diagnostic>) {
        let ranking = self.ranking();
        let (Some((first, high)), Some((second, low))) = (ranking.first(), ranking.get(1)) else {
            return;
        };
        if high == low && *high == 255 {
            found.push(self.owners(*first, *second));
        } else if high == low {
            let equal = ranking.iter().filter(|(_, priority)| priority == high);
            let equal: Vec<Member> = equal.map(|(member, _)| *member).collect();
            found.push(self.equal(&equal, *high));
        } else {
            self.states(&ranking, found);
            found.extend(self.nopreempt(&ranking));
            found.extend(self.preempt_delay(&ranking));
        }
    }

    fn priority_place(&self, member: Member) -> Option<&'a Place> {
        self.place(member, "priority")
    }

    fn owners(&self, first: Member, second: Member) -> Diagnostic {
        let (name, here, there) = (self.name(), self.node(first), self.node(second));
        let addresses = self.addresses_in_words(first);
        let message = format!(
            "{name}: {here} and {there} both have priority 255, which says that {addresses} is the router's own: both are master at once"
        );
        let diagnostic = OWNERS.told(self.priority_place(first), message);
        related(diagnostic, self.priority_place(second), format!("priority 255 on {there}"))
            .hint("give both a priority of 1..=254, and not the same; write it, because `state MASTER` alone means 255")
    }

    fn equal(&self, equal: &[Member], priority: u8) -> Diagnostic {
        let nodes: Vec<&str> = equal.iter().map(|m| self.node(*m)).collect();
        let sources: Option<Vec<_>> = equal.iter().map(|m| self.core(*m).source).collect();
        let highest = sources.and_then(|_| equal.iter().max_by_key(|m| self.core(**m).source));
        let winner = match highest {
            Some(member) => format!("{}, whose address is higher", self.node(*member)),
            None => "whoever has the higher address".to_owned(),
        };
        let message = format!(
            "{}: {} have the same priority, {priority}: who begins first stays master; when they begin together it is {winner}",
            self.name(),
            listed(&nodes)
        );
        let mut diagnostic = EQUAL_PRIORITIES.told(self.priority_place(equal[0]), message);
        if equal.iter().all(|member| self.never_preempts(*member)) {
            // Then it seems to be meant that it does not matter who is master.
            diagnostic.severity = Severity::Note;
        }
        for other in &equal[1..] {
            let there = format!("{priority} on {}", self.node(*other));
            diagnostic = related(diagnostic, self.priority_place(*other), there);
        }
        diagnostic.hint("give one a higher priority, so that you know which one it is")
    }

    /// `state` that says another thing than the priorities.
    fn states(&self, ranking: &[(Member, u8)], found: &mut Vec<Diagnostic>) {
        let says_master =
            |member: &Member| self.core(*member).initial_state == InitialState::Master;
        let masters: Vec<_> = ranking
            .iter()
            .filter(|(member, _)| says_master(member))
            .collect();
        let (winner, high) = ranking[0];
        let here = self.node(winner);
        if masters.len() > 1 {
            let both = if masters.len() == 2 { "both" } else { "all" };
            let nodes: Vec<&str> = masters
                .iter()
                .map(|(member, _)| self.node(*member))
                .collect();
            let message = format!(
                "{}: {} {both} say state MASTER; the priorities decide, and {here} is master with {high}",
                self.name(),
                listed(&nodes)
            );
            let mut diagnostic = ALL_MASTER.told(self.place(masters[0].0, "state"), message);
            for (other, _) in &masters[1..] {
                let there = format!("MASTER on {}, too", self.node(*other));
                diagnostic = related(diagnostic, self.place(*other, "state"), there);
            }
            found.push(diagnostic);
        } else if let [(member, low)] = masters.as_slice()
            && *member != winner
        {
            let there = self.node(*member);
            let message = format!(
                "{}: {there} says state MASTER, but its priority is {low} and that of {here} is {high}: {here} is master",
                self.name()
            );
            let diagnostic = STATE.told(self.place(*member, "state"), message);
            let diagnostic = related(
                diagnostic,
                self.priority_place(winner),
                format!("{high} on {here}"),
            );
            found.push(diagnostic.hint(
                "state decides nothing: give the router that is to be master the higher priority",
            ));
        }
    }

    /// On some routers, but not on the one that it would keep from taking the addresses back.
    fn nopreempt(&self, ranking: &[(Member, u8)]) -> Option<Diagnostic> {
        let (winner, high) = ranking[0];
        if self.never_preempts(winner) {
            return None;
        }
        let with = ranking[1..]
            .iter()
            .find(|(member, _)| self.never_preempts(*member))?
            .0;
        let (name, here, there) = (self.name(), self.node(winner), self.node(with));
        let message = format!(
            "{name}: nopreempt is on {there}, but not on {here}, which has the higher priority ({high}): {here} takes the addresses back when it returns"
        );
        let diagnostic = NOPREEMPT.told(self.place(with, "nopreempt"), message);
        let hint =
            format!("give {here} nopreempt, too (with state BACKUP), or remove it from {there}");
        Some(
            related(
                diagnostic,
                self.priority_place(winner),
                format!("no nopreempt on {here}"),
            )
            .hint(hint),
        )
    }

    fn delay(&self, member: Member) -> Duration {
        match self.core(member).preempt {
            Preempt::After(delay) => delay,
            Preempt::Never => Duration::ZERO,
        }
    }

    fn preempt_delay(&self, ranking: &[(Member, u8)]) -> Option<Diagnostic> {
        let (winner, _) = ranking[0];
        let with = ranking[1..]
            .iter()
            .find(|(m, _)| !self.delay(*m).is_zero())?
            .0;
        if !self.delay(winner).is_zero() || self.never_preempts(winner) {
            return None;
        }
        let (name, here, there) = (self.name(), self.node(winner), self.node(with));
        let delay = seconds(&self.delay(with));
        let message = format!(
            "{name}: preempt_delay is on {there}, but not on {here}, which has the higher priority: {here} takes the addresses back at once when it returns, and {there} waits {delay} when the priority of {here} falls"
        );
        let diagnostic = PREEMPT_DELAY.told(self.place(with, "preempt_delay"), message);
        Some(related(
            diagnostic,
            self.priority_place(winner),
            format!("no preempt_delay on {here}"),
        ))
    }

    fn no_election(&self) -> Diagnostic {
        let members = &self.router.members;
        let nodes: Vec<&str> = members.iter().map(|m| self.node(*m)).collect();
        let (vrid, addresses) = (
            self.core(members[0]).vrid,
            self.addresses_in_words(members[0]),
        );
        let message = format!(
            "{} (VRID {vrid}, {addresses}): {} can be master at the same time, for the reasons above",
            self.name(),
            listed(&nodes)
        );
        ELECTION.found(message)
    }

    /// `VI_1 (VRID 51, 10.0.0.1): lb1 is master with 100, then lb2 (99); …`.
    fn election(&self) -> Option<Diagnostic> {
        let ranking = self.ranking();
        let (winner, high) = *ranking.first()?;
        let here = self.node(winner);
        let (vrid, addresses) = (self.core(winner).vrid, self.addresses_in_words(winner));
        let others: Vec<String> = ranking[1..]
            .iter()
            .map(|(member, priority)| format!("{} ({priority})", self.node(*member)))
            .collect();
        let name = self.name();
        let Some((next, second)) = ranking.get(1) else {
            let message = format!(
                "{name} (VRID {vrid}, {addresses}): {here} is master with priority {high}; when it fails nobody takes over"
            );
            return Some(ELECTION.found(message));
        };
        if *second == high {
            let first = ranking.iter().filter(|(_, priority)| *priority == high);
            let first: Vec<&str> = first.map(|(member, _)| self.node(*member)).collect();
            let message = format!(
                "{name} (VRID {vrid}, {addresses}): of {}, which have priority {high}, whoever begins first is master until it fails",
                listed(&first)
            );
            return Some(ELECTION.found(message));
        }
        let next = self.node(*next);
        let returns = match (self.never_preempts(winner), self.delay(winner)) {
            (true, _) => format!("{next} keeps it when {here} returns"),
            (false, Duration::ZERO) => format!("{here} takes it back when it returns"),
            (false, delay) => format!("{here} takes it back {} after it returns", seconds(&delay)),
        };
        let then = others.join(", then ");
        let message = format!(
            "{name} (VRID {vrid}, {addresses}): {here} is master with priority {high}, then {then}; when {here} fails {next} takes over, and {returns}"
        );
        Some(ELECTION.found(message))
    }
}
