//! The files of several routers side by side: whether they understand each other, who is master, who takes over.

mod addresses;
mod agreement;
mod groups;
pub(super) mod lints;
mod outcome;
mod routers;
mod servers;
mod trackers;
mod unicast;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::net::IpAddr;

use ::vrrp::{InstanceConfig, Preempt};

use super::Lint;
use super::election::{Paper, Standing};
use super::silence::Silences;
use crate::Loaded;
use crate::config::Instance;
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Severity};
use lints::NOT_COMPARED;
use routers::Router;

/// What there is to say about the files of two or more routers, each with the name that it is to be called by: what
/// differs, who is master of what, and what happens when something fails.
pub fn compare(nodes: &[(&str, &Loaded)]) -> Vec<Diagnostic> {
    let is_broken = |loaded: &Loaded| loaded.diagnostics.iter().any(Diagnostic::breaks_structure);
    if let Some((name, _)) = nodes.iter().find(|(_, loaded)| is_broken(loaded)) {
        let message =
            format!("the files are not compared before braces and quotes are right in {name}");
        return vec![NOT_COMPARED.found(message)];
    }
    let cluster = Cluster::new(nodes);
    let mut found = Vec::new();
    let mut deaf = BTreeSet::new();
    for (id, router) in cluster.routers.iter().enumerate() {
        let before = found.len();
        let view = View {
            cluster: &cluster,
            router,
        };
        if let Some(strangers) = view.strangers() {
            found.push(strangers);
            continue;
        }
        view.missing(&mut found);
        view.agreement(&mut found);
        view.unicast(&mut found);
        view.addresses(&mut found);
        view.outcome(&mut found);
        view.trackers(&mut found);
        if found[before..]
            .iter()
            .any(|d| d.severity == Severity::Error)
        {
            deaf.insert(id);
        }
    }
    cluster.groups(&mut found);
    cluster.servers(&mut found);
    cluster.elections(&deaf, &mut found);
    silence(nodes, &mut found);
    // The order of the findings of one severity is that of the first file.
    found.sort_by_key(|diagnostic| Reverse(diagnostic.severity));
    found
}

/// Leaves out what one of the files says is not to be said at a place in it.
fn silence(nodes: &[(&str, &Loaded)], found: &mut Vec<Diagnostic>) {
    for (_, loaded) in nodes {
        // What is wrong with the comments is told where the file is checked on its own.
        let silences = Silences::new(loaded, &mut Diagnostics::default());
        found.retain(|diagnostic| !silences.hides(diagnostic));
    }
}

/// One file.
struct Node<'a> {
    name: &'a str,
    loaded: &'a Loaded,
    paper: Paper<'a>,
}

/// All files, and which of their instances are one virtual router.
struct Cluster<'a> {
    nodes: Vec<Node<'a>>,
    routers: Vec<Router>,
    /// For each node, which router each instance is of.
    router_of: Vec<Vec<usize>>,
}

impl<'a> Cluster<'a> {
    fn new(nodes: &[(&'a str, &'a Loaded)]) -> Self {
        let node = |(name, loaded): &(&'a str, &'a Loaded)| Node {
            name,
            loaded,
            paper: Paper::new(&loaded.config, &loaded.tree),
        };
        let nodes: Vec<_> = nodes.iter().map(node).collect();
        let routers = routers::matched(&nodes);
        let sizes = nodes.iter().map(|node| node.paper.election.standings.len());
        let mut router_of: Vec<_> = sizes.map(|size| vec![0; size]).collect();
        for (id, router) in routers.iter().enumerate() {
            for member in &router.members {
                router_of[member.node][member.at] = id;
            }
        }
        Self {
            nodes,
            routers,
            router_of,
        }
    }

    fn node(&self, member: Member) -> &Node<'a> {
        &self.nodes[member.node]
    }

    fn standing(&self, member: Member) -> &Standing<'a> {
        &self.node(member).paper.election.standings[member.at]
    }

    /// Its priority when all is well.
    fn priority(&self, member: Member) -> Option<u8> {
        self.node(member).paper.election.well_priority(member.at)
    }

    /// The member of a router on a node.
    fn member_on(&self, router: usize, node: usize) -> Option<Member> {
        let members = self.routers[router].members.iter();
        members.copied().find(|member| member.node == node)
    }
}

/// One instance of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    node: usize,
    at: usize,
}

/// One virtual router, seen with everything around it.
#[derive(Clone, Copy)]
struct View<'v, 'a> {
    cluster: &'v Cluster<'a>,
    router: &'v Router,
}

impl<'a> View<'_, 'a> {
    fn core(&self, member: Member) -> &'a InstanceConfig {
        self.cluster.standing(member).core
    }

    fn settings(&self, member: Member) -> &'a Instance {
        self.cluster.standing(member).settings
    }

    /// The name of the member's node.
    fn node(&self, member: Member) -> &'a str {
        self.cluster.node(member).name
    }

    /// The name of the virtual router, or the names that it has.
    fn name(&self) -> String {
        let first = self.router.members[0];
        let name = &self.core(first).name;
        let mut others = self.router.members[1..].iter();
        match others.find(|other| self.core(**other).name != *name) {
            None => name.clone(),
            Some(other) => {
                let (theirs, node) = (&self.core(*other).name, self.node(*other));
                format!("{name} ({theirs} on {node})")
            }
        }
    }

    /// Where a setting of a member is written, else its name.
    fn place(&self, member: Member, keyword: &str) -> Option<&'a Place> {
        self.cluster.node(member).paper.setting(member.at, keyword)
    }

    fn is_written(&self, member: Member, keyword: &str) -> bool {
        let paper = &self.cluster.node(member).paper;
        paper.is_written(member.at, keyword)
    }

    /// The members, the one that is master when all is well first; each with its priority.
    fn ranking(&self) -> Vec<(Member, u8)> {
        let priority = |member: &Member| Some((*member, self.cluster.priority(*member)?));
        let mut ranking: Vec<_> = self.router.members.iter().filter_map(priority).collect();
        let source = |member: Member| -> Option<IpAddr> { self.core(member).source };
        ranking.sort_by(|(one, high), (other, low)| {
            let by_address = || source(*other).cmp(&source(*one));
            low.cmp(high)
                .then_with(by_address)
                .then_with(|| one.cmp(other))
        });
        ranking
    }

    fn never_preempts(&self, member: Member) -> bool {
        let core = self.core(member);
        core.preempt == Preempt::Never && !core.is_owner()
    }
}

impl Lint {
    /// A finding at a place that only a configuration without a file does not have.
    fn told(&'static self, place: Option<&Place>, message: impl Into<String>) -> Diagnostic {
        match place {
            Some(place) => self.at(place, message),
            None => self.found(message),
        }
    }
}

/// Adds another place, if there is one.
fn related(found: Diagnostic, place: Option<&Place>, message: impl Into<String>) -> Diagnostic {
    match place {
        Some(place) => found.related(&place.span, message),
        None => found,
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
