//! An election with the places where everything is written.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Election, Tracker};
use crate::config::Config;
use crate::diagnostic::Place;
use crate::tree::{Statement, Tree};
use crate::word::Word;

/// Settings of instances, and the keywords in `global_defs` that give them to all.
const GLOBAL: &[(&str, &str)] = &[
    ("version", "vrrp_version"),
    ("mcast_dst_ip", "vrrp_mcast_group4"),
    ("mcast_dst_ip", "vrrp_mcast_group6"),
    ("down_timer_adverts", "vrrp_down_timer_adverts"),
];

/// What the instances of one node can come to, and where that is written.
pub(crate) struct Paper<'a> {
    pub(crate) election: Election<'a>,
    tree: &'a Tree,
    instances: BTreeMap<String, &'a Statement>,
    groups: BTreeMap<String, &'a Statement>,
}

impl<'a> Paper<'a> {
    pub(crate) fn new(config: &'a Config, tree: &'a Tree) -> Self {
        Self {
            election: Election::new(config, tree),
            tree,
            instances: named(tree, "vrrp_instance"),
            groups: named(tree, "vrrp_sync_group"),
        }
    }

    /// The statement of an instance that counts, if it is written.
    pub(crate) fn written(&self, at: usize, keyword: &str) -> Option<&'a Statement> {
        self.block(at)?.find(keyword)
    }

    /// The block of an instance. There always is one, but for what is made without a file.
    fn block(&self, at: usize) -> Option<&'a Statement> {
        let name = self.election.standings[at].name();
        self.instances.get(name).copied()
    }

    /// Where a setting of an instance is written, if only for all of them; else the instance's name.
    pub(crate) fn setting(&self, at: usize, keyword: &str) -> Option<&'a Place> {
        let written = self.written(at, keyword).or_else(|| self.for_all(keyword));
        written.or_else(|| self.block(at)).map(first_argument)
    }

    /// Whether a setting of an instance is no default.
    pub(crate) fn is_written(&self, at: usize, keyword: &str) -> bool {
        self.written(at, keyword).is_some() || self.for_all(keyword).is_some()
    }

    /// The statement in `global_defs` that gives all instances a setting.
    fn for_all(&self, keyword: &str) -> Option<&'a Statement> {
        let global = GLOBAL
            .iter()
            .filter(|(of_instance, _)| *of_instance == keyword);
        let mut blocks = global.flat_map(|(_, global)| {
            let blocks = self.tree.statements.iter().rev();
            let blocks = blocks.filter(|s| s.head().is("global_defs"));
            blocks.filter_map(|block| block.find(global))
        });
        blocks.next()
    }

    /// Where one of its addresses is written, in a list of that keyword.
    pub(crate) fn address(&self, at: usize, keyword: &str, address: IpAddr) -> Option<&'a Place> {
        let lists = self.block(at)?.block().iter();
        let entries = lists
            .filter(|s| s.head().is(keyword))
            .flat_map(Statement::block);
        let written = |entry: &&Statement| {
            let word = entry.head().text();
            let ip = word.split('/').next().unwrap_or_default();
            ip.parse() == Ok(address)
        };
        let found = entries.into_iter().find(written);
        found
            .map(|entry| entry.head().place())
            .or_else(|| self.setting(at, keyword))
    }

    /// Where the name of a sync group stands.
    pub(crate) fn group(&self, name: &str) -> Option<&'a Place> {
        self.groups.get(name).map(|block| first_argument(block))
    }

    /// Where it is said what a tracker counts for: its weight, else its name.
    pub(crate) fn tracker(&self, at: usize, tracker: &Tracker<'_>) -> Option<&'a Place> {
        let Some(entry) = self.entry(at, tracker) else {
            return self.setting(at, "interface");
        };
        if let Some(weight) = weight_of(entry) {
            return Some(weight.place());
        }
        let of_definition = self
            .definition(tracker)
            .and_then(|block| block.find("weight"));
        match of_definition.filter(|_| tracker.weight.value != 0) {
            Some(weight) => Some(first_argument(weight)),
            None => Some(entry.head().place()),
        }
    }

    /// The block that defines what is tracked.
    pub(crate) fn definition(&self, tracker: &Tracker<'_>) -> Option<&'a Statement> {
        let mut keywords = tracker.subject.kind.definitions().iter();
        keywords.find_map(|keyword| self.tree.block(keyword, tracker.subject.name))
    }

    /// The entry of a tracker in its instance or group.
    fn entry(&self, at: usize, tracker: &Tracker<'_>) -> Option<&'a Statement> {
        let block = match tracker.of_group {
            true => *self.groups.get(&self.election.team(at)?.core.name)?,
            false => self.block(at)?,
        };
        let keyword = tracker.subject.kind.keyword();
        let lists = block.block().iter().filter(|s| s.head().is(keyword));
        let mut entries = lists.flat_map(Statement::block);
        entries.find(|entry| entry.head().is(tracker.subject.name))
    }
}

fn named<'a>(tree: &'a Tree, keyword: &str) -> BTreeMap<String, &'a Statement> {
    let mut blocks = BTreeMap::new();
    for block in tree.statements.iter().filter(|s| s.head().is(keyword)) {
        if let Some(name) = block.arguments().first() {
            blocks.entry(name.text()).or_insert(block);
        }
    }
    blocks
}

fn weight_of(entry: &Statement) -> Option<&Word> {
    let at = entry
        .arguments()
        .iter()
        .position(|word| word.is("weight"))?;
    entry.arguments().get(at + 1)
}

/// The first argument of a statement, else its keyword.
fn first_argument(statement: &Statement) -> &Place {
    let word = statement.arguments().first();
    word.unwrap_or_else(|| statement.head()).place()
}
