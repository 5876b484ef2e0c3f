//! For each thing that the master watches: whether its failure makes another router take over.

use std::collections::BTreeSet;

use super::lints::{NEEDS_SEVERAL, NO_FAILOVER, NOPREEMPT_TRACKER, TRACKERS_DIFFER};
use super::{Member, View, listed, related};
use crate::diagnostic::Diagnostic;
use crate::lint::election::{Counts, Outcome, Subject, Tracker};

/// What a failure on the master comes to.
enum Effect {
    /// Another router takes over.
    Moves,
    /// Nobody is higher than what is left of the priority.
    Stays,
    /// Somebody is higher, but other members of the sync group keep their priority.
    HeldByGroup { holding: Member },
    /// Somebody is higher, but all those have nopreempt.
    HeldByNopreempt { waiting: Member },
}

impl<'a> View<'_, 'a> {
    pub(super) fn trackers(&self, found: &mut Vec<Diagnostic>) {
        self.other_trackers(found);
        let ranking = self.ranking();
        let [(winner, _), (second, low), ..] = ranking.as_slice() else {
            return;
        };
        let mut stays = Vec::new();
        for (subject, lowered) in self.weakening(*winner) {
            if self.is_told_elsewhere(*winner, subject) {
                continue;
            }
            match self.effect(*winner, subject, lowered) {
                Effect::Moves => {}
                Effect::Stays => stays.push((subject, lowered)),
                Effect::HeldByGroup { holding } => {
                    found.push(self.held_by_group(*winner, subject, lowered, holding));
                }
                Effect::HeldByNopreempt { waiting } => {
                    found.push(self.held_by_nopreempt(*winner, subject, lowered, waiting));
                }
            }
        }
        let lowest = self.cluster.node(*winner).paper.election.lowest(winner.at);
        if lowest < *low && stays.len() > 1 {
            found.push(self.needs_several(*winner, &stays, lowest, *second, *low));
            return;
        }
        for (subject, lowered) in stays {
            found.push(self.no_failover(*winner, subject, lowered, *second, *low));
        }
    }

    /// What lowers the priority of a member when it fails, and to what.
    fn weakening(&self, member: Member) -> Vec<(Subject<'a>, u8)> {
        let election = &self.cluster.node(member).paper.election;
        let Some(well) = election.well_priority(member.at) else {
            return Vec::new();
        };
        let trackers = self.cluster.standing(member).trackers.iter();
        let weighted = trackers.filter(|tracker| tracker.is_weighted());
        let subjects: BTreeSet<_> = weighted.map(|tracker| tracker.subject).collect();
        let lowered = |subject| match election.after(subject, member.at) {
            Outcome::Priority(after) if after <= well => Some((subject, after)),
            Outcome::Priority(_) | Outcome::Fault | Outcome::Open => None,
        };
        subjects.into_iter().filter_map(lowered).collect()
    }

    /// Whether a tracker of a sync group is told of at an earlier member that the same node is master of.
    fn is_told_elsewhere(&self, winner: Member, subject: Subject<'a>) -> bool {
        let election = &self.cluster.node(winner).paper.election;
        let of_group = self
            .tracker(winner, subject)
            .is_some_and(|tracker| tracker.of_group);
        let Some(team) = election.team(winner.at).filter(|_| of_group) else {
            return false;
        };
        let mut earlier = team.members.iter().take_while(|at| **at < winner.at);
        earlier.any(|at| {
            let id = self.cluster.router_of[winner.node][*at];
            let router = &self.cluster.routers[id];
            let view = View { router, ..*self };
            view.ranking()
                .first()
                .is_some_and(|(first, _)| first.node == winner.node)
        })
    }

    fn effect(&self, winner: Member, subject: Subject<'a>, lowered: u8) -> Effect {
        let others = self
            .router
            .members
            .iter()
            .filter(|other| other.node != winner.node);
        let higher = others.filter(|other| self.cluster.priority(**other) > Some(lowered));
        let higher: Vec<Member> = higher.copied().collect();
        let Some(waiting) = higher.first().copied() else {
            return Effect::Stays;
        };
        let mut holding = None;
        let mut waits = false;
        for other in higher {
            match self.holder(winner, subject, other.node) {
                Some(member) => holding = Some(member),
                None if self.never_preempts(other) => waits = true,
                None => return Effect::Moves,
            }
        }
        match holding.filter(|_| !waits) {
            Some(holding) => Effect::HeldByGroup { holding },
            None => Effect::HeldByNopreempt { waiting },
        }
    }

    /// The member of the master's sync group that still beats a node when a subject fails: the node's group takes
    /// over as a whole.
    fn holder(&self, winner: Member, subject: Subject<'a>, node: usize) -> Option<Member> {
        let election = &self.cluster.node(winner).paper.election;
        let team = election.team(winner.at)?;
        let holds = |at: &&usize| {
            let router = self.cluster.router_of[winner.node][**at];
            let Some(theirs) = self.cluster.member_on(router, node) else {
                return false;
            };
            let is_grouped = self
                .cluster
                .node(theirs)
                .paper
                .election
                .team(theirs.at)
                .is_some();
            match election.after(subject, **at) {
                Outcome::Priority(after) => {
                    is_grouped && Some(after) >= self.cluster.priority(theirs)
                }
                Outcome::Fault | Outcome::Open => false,
            }
        };
        let at = *team.members.iter().find(holds)?;
        Some(Member {
            node: winner.node,
            at,
        })
    }

    /// The first tracker of a member that is about a subject and has a weight.
    fn tracker(&self, member: Member, subject: Subject<'_>) -> Option<&Tracker<'a>> {
        let mut trackers = self.cluster.standing(member).trackers.iter();
        trackers.find(|tracker| tracker.subject == subject && tracker.is_weighted())
    }

    /// A finding at the weight of a tracker.
    fn at_tracker(
        &self,
        lint: &'static super::Lint,
        member: Member,
        subject: Subject<'a>,
        message: String,
    ) -> Diagnostic {
        let paper = &self.cluster.node(member).paper;
        let tracker = self.tracker(member, subject);
        lint.told(
            tracker.and_then(|tracker| paper.tracker(member.at, tracker)),
            message,
        )
    }

    /// `when chk_nginx fails on lb1`.
    fn when(&self, member: Member, subject: Subject<'a>) -> String {
        let election = &self.cluster.node(member).paper.election;
        let good = election.good(subject);
        format!(
            "when {} on {}",
            subject.becomes(good.other()),
            self.node(member)
        )
    }

    fn no_failover(
        &self,
        winner: Member,
        subject: Subject<'a>,
        lowered: u8,
        second: Member,
        low: u8,
    ) -> Diagnostic {
        let paper = &self.cluster.node(winner).paper;
        let (here, there) = (self.node(winner), self.node(second));
        let lowest = match paper.election.lowest(winner.at) == lowered {
            true => ", the lowest that is possible there",
            false => "",
        };
        let falls = match self.cluster.priority(winner) == Some(lowered) {
            true => format!("its priority stays {lowered}"),
            false => format!("its priority falls to {lowered}{lowest}"),
        };
        let message = format!(
            "{}: {}, {falls}; {there} has {low}, so {here} stays master",
            self.name(),
            self.when(winner, subject)
        );
        let diagnostic = self.at_tracker(&NO_FAILOVER, winner, subject, message);
        let place = self.place(second, "priority");
        related(diagnostic, place, format!("{low} on {there}"))
            .hint(self.better_weight(winner, subject, lowered, second, low))
    }

    /// Which weight would do.
    fn better_weight(
        &self,
        winner: Member,
        subject: Subject<'a>,
        lowered: u8,
        second: Member,
        low: u8,
    ) -> String {
        let fault = "without a weight its failure is a fault, which always moves the addresses";
        let (Some(tracker), Some(well)) =
            (self.tracker(winner, subject), self.cluster.priority(winner))
        else {
            return fault.to_owned();
        };
        let added = |tracker: &Tracker<'_>| match (tracker.up, tracker.down) {
            (Counts::Adds(up), Counts::Adds(0)) if up > 0 => Some(i32::from(up)),
            (Counts::Fault | Counts::Adds(_) | Counts::Any, _) => None,
        };
        let gains = |member| self.tracker(member, subject).and_then(added);
        let (lowered, low, well) = (i32::from(lowered), i32::from(low), i32::from(well));
        let here = self.node(winner);
        let weight = match (added(tracker), gains(second)) {
            // The weight is counted on both, so a larger one lifts the other above what is left here.
            (Some(_), Some(theirs)) => lowered - (low - theirs) + 1,
            // It lifts only this one: what helps is to lower it.
            (Some(ours), None) => low - 1 - (well - ours),
            (None, _) => low - 1 - well,
        };
        let enough = if weight > 0 { "or more" } else { "or less" };
        let where_ = if weight > 0 {
            "on both".to_owned()
        } else {
            format!("on {here}")
        };
        match weight {
            -253..=253 if !tracker.weight.reverse => {
                format!("give it weight {weight} {enough} {where_}; {fault}")
            }
            _ => fault.to_owned(),
        }
    }

    fn needs_several(
        &self,
        winner: Member,
        stays: &[(Subject<'a>, u8)],
        lowest: u8,
        second: Member,
        low: u8,
    ) -> Diagnostic {
        let (here, there) = (self.node(winner), self.node(second));
        let each: Vec<String> = stays
            .iter()
            .map(|(subject, lowered)| format!("{} ({lowered})", subject.name))
            .collect();
        let message = format!(
            "{}: no single failure of {} takes {here} below the {low} of {there}; several together do, down to {lowest}",
            self.name(),
            each.join(" or ")
        );
        let diagnostic = self.at_tracker(&NEEDS_SEVERAL, winner, stays[0].0, message);
        related(
            diagnostic,
            self.place(second, "priority"),
            format!("{low} on {there}"),
        )
    }

    fn held_by_group(
        &self,
        winner: Member,
        subject: Subject<'a>,
        lowered: u8,
        holding: Member,
    ) -> Diagnostic {
        let paper = &self.cluster.node(winner).paper;
        let here = self.node(winner);
        let group = paper
            .election
            .team(winner.at)
            .map_or("", |team| &team.core.name);
        let keeps = &self.core(holding).name;
        let message = format!(
            "{}: {}, its priority falls to {lowered}, but {keeps} of the same sync group stays above its peer, and {group} changes hands only as a whole: {here} stays master",
            self.name(),
            self.when(winner, subject),
        );
        let diagnostic = self.at_tracker(&NO_FAILOVER, winner, subject, message);
        related(
            diagnostic,
            paper.group(group),
            format!("the sync group on {here}"),
        )
        .hint(
            "track it in the vrrp_sync_group, where it counts for all members, or without a weight",
        )
    }

    fn held_by_nopreempt(
        &self,
        winner: Member,
        subject: Subject<'a>,
        lowered: u8,
        waiting: Member,
    ) -> Diagnostic {
        let (here, there) = (self.node(winner), self.node(waiting));
        let message = format!(
            "{}: {}, its priority falls to {lowered}; {there} is higher, but has nopreempt and takes nothing from a master that it hears: {here} stays master",
            self.name(),
            self.when(winner, subject),
        );
        let diagnostic = self.at_tracker(&NOPREEMPT_TRACKER, winner, subject, message);
        let place = self.place(waiting, "nopreempt");
        related(diagnostic, place, format!("nopreempt on {there}"))
            .hint("track it without a weight: then its failure is a fault, and the addresses move; or remove nopreempt")
    }

    /// What one node watches and another does not.
    fn other_trackers(&self, found: &mut Vec<Diagnostic>) {
        let first = self.router.members[0];
        let watched = |member: Member| -> BTreeSet<Subject<'a>> {
            let trackers = self.cluster.standing(member).trackers.iter();
            let own = self.cluster.standing(member).core.interface;
            let names = &self.cluster.node(member).loaded.config.router.interfaces;
            let own = names.get(usize::from(own.0)).map_or("", String::as_str);
            trackers
                .map(|tracker| tracker.subject)
                .filter(|subject| subject.name != own)
                .collect()
        };
        let here = watched(first);
        for other in &self.router.members[1..] {
            let there = watched(*other);
            for (with, without, only) in [
                (first, *other, here.difference(&there)),
                (*other, first, there.difference(&here)),
            ] {
                let only: Vec<&Subject<'_>> = only.collect();
                if !only.is_empty() {
                    found.push(self.watched_on_one(with, without, &only));
                }
            }
        }
    }

    fn watched_on_one(&self, with: Member, without: Member, only: &[&Subject<'a>]) -> Diagnostic {
        let names: Vec<String> = only.iter().map(ToString::to_string).collect();
        let (name, here, there) = (self.name(), self.node(with), self.node(without));
        let message = format!("{name}: {here} tracks {}, {there} does not", listed(&names));
        let place = only.first().and_then(|subject| {
            let paper = &self.cluster.node(with).paper;
            let mut trackers = self.cluster.standing(with).trackers.iter();
            let tracker = trackers.find(|tracker| tracker.subject == **subject)?;
            paper.tracker(with.at, tracker)
        });
        TRACKERS_DIFFER.told(place, message)
    }
}
