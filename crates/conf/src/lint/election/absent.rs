//! Scripts that are tracked but not there: the loader leaves them out. The machine of the check is often not the one
//! the file is for, so the election is worked out as if they were there; that they are not is told elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use vrrp::Weight;

use crate::config::Config;
use crate::tree::{Statement, Tree};
use crate::word::Word;

/// A script and what it counts for.
pub(super) type Tracked<'c> = (&'c str, Weight);

/// Who tracks what was left out.
#[derive(Debug, Default)]
pub(super) struct Absent<'c> {
    instances: BTreeMap<&'c str, Vec<Tracked<'c>>>,
    groups: BTreeMap<&'c str, Vec<Tracked<'c>>>,
}

impl<'c> Absent<'c> {
    pub(super) fn new(config: &'c Config, tree: &'c Tree) -> Self {
        let known: BTreeSet<&str> = config
            .router
            .scripts
            .iter()
            .map(|s| s.name.as_str())
            .collect();
        let mut left_out: BTreeMap<&str, &Statement> = BTreeMap::new();
        for block in tree
            .statements
            .iter()
            .filter(|s| s.head().is("vrrp_script"))
        {
            if let Some(name) = name(block).filter(|name| !known.contains(name)) {
                left_out.entry(name).or_insert(block);
            }
        }
        let mut absent = Self::default();
        if left_out.is_empty() {
            return absent;
        }
        for block in &tree.statements {
            let owners = match block.head() {
                head if head.is("vrrp_instance") => &mut absent.instances,
                head if head.is("vrrp_sync_group") => &mut absent.groups,
                _ => continue,
            };
            let tracked: Vec<_> = tracked(block, &left_out).collect();
            if let Some(name) = name(block).filter(|_| !tracked.is_empty()) {
                owners.entry(name).or_insert(tracked);
            }
        }
        absent
    }

    pub(super) fn of_instance(&self, name: &str) -> &[Tracked<'c>] {
        self.instances.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn of_group(&self, name: &str) -> &[Tracked<'c>] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }
}

fn tracked<'c>(
    block: &'c Statement,
    left_out: &BTreeMap<&str, &'c Statement>,
) -> impl Iterator<Item = Tracked<'c>> {
    let lists = block.block().iter().filter(|s| s.head().is("track_script"));
    lists.flat_map(Statement::block).filter_map(|entry| {
        let name = text(entry.head())?;
        let definition = *left_out.get(name)?;
        let at = entry.arguments().iter().position(|word| word.is("weight"));
        let own = at.map_or(&[][..], |at| &entry.arguments()[at + 1..]);
        let default = definition
            .find("weight")
            .map_or(&[][..], Statement::arguments);
        Some((name, weight(own, weight(default, Weight::default()))))
    })
}

/// `N [reverse|noreverse]`; what is not said is as in the definition.
fn weight(words: &[Word], default: Weight) -> Weight {
    const MOST: i16 = 253;
    let number = words
        .first()
        .and_then(|word| word.text().parse::<i16>().ok());
    let option = words.get(1);
    Weight {
        value: number.map_or(default.value, |number| number.clamp(-MOST, MOST)),
        reverse: match option {
            Some(word) if word.is("reverse") => true,
            Some(word) if word.is("noreverse") => false,
            Some(_) | None => default.reverse,
        },
    }
}

fn name(block: &Statement) -> Option<&str> {
    text(block.arguments().first()?)
}

fn text(word: &Word) -> Option<&str> {
    std::str::from_utf8(&word.bytes).ok()
}
