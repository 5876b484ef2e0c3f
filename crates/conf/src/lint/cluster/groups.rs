//! Sync groups: the same instances move together everywhere, and one node can have them all.

use std::collections::BTreeSet;

use super::lints::{GROUP_MEMBERS, GROUP_SPLIT};
use super::{Cluster, Member, View, listed, related};
use crate::diagnostic::Diagnostic;

impl Cluster<'_> {
    pub(super) fn groups(&self, found: &mut Vec<Diagnostic>) {
        let mut told = BTreeSet::new();
        for (node, here) in self.nodes.iter().enumerate() {
            for team in &here.paper.election.teams {
                let routers: BTreeSet<usize> = team
                    .members
                    .iter()
                    .map(|at| self.router_of[node][*at])
                    .collect();
                for other in node + 1..self.nodes.len() {
                    self.other_members(node, &routers, &team.core.name, other, found);
                }
                if told.insert(routers.clone()) {
                    found.extend(self.split(node, &team.members, &team.core.name));
                }
            }
        }
    }

    /// The name that a router has on a node, else the one that it has elsewhere.
    fn router_name(&self, router: usize) -> String {
        let router = &self.routers[router];
        View {
            cluster: self,
            router,
        }
        .name()
    }

    /// Groups of another node that share a member with this one, but not all.
    fn other_members(
        &self,
        node: usize,
        routers: &BTreeSet<usize>,
        name: &str,
        other: usize,
        found: &mut Vec<Diagnostic>,
    ) {
        let there = &self.nodes[other].paper.election;
        let theirs = |at: &usize| self.router_of[other][*at];
        let shares = |team: &&super::super::election::Team<'_>| {
            team.members.iter().any(|at| routers.contains(&theirs(at)))
        };
        let (here_name, there_name) = (self.nodes[node].name, self.nodes[other].name);
        let teams: Vec<_> = there.teams.iter().filter(shares).collect();
        let both = |router: &usize| self.member_on(*router, other).is_some();
        if teams.is_empty() && routers.len() > 1 && routers.iter().any(both) {
            let message = format!(
                "sync group {name} is on {here_name}, but not on {there_name}: there its instances change hands one by one, and the two routers can each have some of them"
            );
            found.push(GROUP_MEMBERS.told(self.nodes[node].paper.group(name), message));
        }
        for team in teams {
            let their: BTreeSet<usize> = team.members.iter().map(theirs).collect();
            let different: Vec<String> = routers
                .symmetric_difference(&their)
                .map(|router| self.router_name(*router))
                .collect();
            if different.is_empty() {
                continue;
            }
            let their_name = &team.core.name;
            let message = format!(
                "sync group {name} on {here_name} and {their_name} on {there_name} have other members: {} is in one of them only, so the two routers do not move the same addresses together",
                listed(&different)
            );
            let diagnostic = GROUP_MEMBERS.told(self.nodes[node].paper.group(name), message);
            let place = self.nodes[other].paper.group(their_name);
            found.push(related(
                diagnostic,
                place,
                format!("the members on {there_name}"),
            ));
        }
    }

    /// Members whose priorities would give them to different nodes.
    fn split(&self, node: usize, members: &[usize], name: &str) -> Option<Diagnostic> {
        let wins = |at: &usize| {
            let router = &self.routers[self.router_of[node][*at]];
            let view = View {
                cluster: self,
                router,
            };
            let ranking = view.ranking();
            let (winner, priority) = *ranking.first()?;
            let is_clear = ranking.get(1).is_none_or(|(_, second)| *second < priority);
            is_clear.then_some((view.name(), winner, priority))
        };
        let winners: Vec<(String, Member, u8)> = members.iter().filter_map(wins).collect();
        let (one, first, high) = winners.first()?;
        let (two, other, higher) = winners
            .iter()
            .find(|(_, winner, _)| winner.node != first.node)?;
        let (here, there) = (self.nodes[first.node].name, self.nodes[other.node].name);
        let message = format!(
            "sync group {name}: {one} has its highest priority on {here} ({high}), but {two} on {there} ({higher}): neither can take the group from the other, so whoever begins first stays master"
        );
        let place = |member: &Member| self.node(*member).paper.setting(member.at, "priority");
        let diagnostic = GROUP_SPLIT.told(place(first), message);
        let diagnostic = related(diagnostic, place(other), format!("{higher} on {there}"));
        Some(diagnostic.hint("give all members of the group one priority on each router"))
    }
}
