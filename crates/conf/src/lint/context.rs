//! What a lint looks at: the typed configuration, where it is written, and the machine.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ::vrrp::InstanceConfig;

use crate::Loaded;
use crate::config::{Config, Instance};
use crate::host::{Host, LocalAddress};
use crate::tree::{Statement, Tree};

/// One file, as every lint gets it.
pub(crate) struct Context<'a> {
    /// What it means.
    pub(crate) config: &'a Config,
    /// What is written.
    pub(crate) tree: &'a Tree,
    /// The machine, which need not be the one the file is for.
    pub(crate) host: &'a dyn Host,
    /// The instances.
    pub(crate) instances: Vec<Written<'a>>,
    scripts: BTreeMap<String, &'a Statement>,
    by_interface: BTreeMap<String, Vec<LocalAddress>>,
    owners: BTreeMap<IpAddr, String>,
}

/// An instance, and the block in which it is written.
#[derive(Clone, Copy)]
pub(crate) struct Written<'a> {
    /// What the core works from.
    pub(crate) core: &'a InstanceConfig,
    /// What the shell keeps beside it.
    pub(crate) shell: &'a Instance,
    /// `vrrp_instance NAME { ... }`.
    pub(crate) block: &'a Statement,
}

impl<'a> Written<'a> {
    /// The statement that a setting comes from; the instance's name if it is a default.
    pub(crate) fn place(&self, keyword: &str) -> &'a crate::Place {
        let written = self.block.find(keyword);
        match written.and_then(|s| s.arguments().first().or(Some(s.head()))) {
            Some(word) => word.place(),
            None => self.name_place(),
        }
    }

    /// Where its name stands.
    pub(crate) fn name_place(&self) -> &'a crate::Place {
        let name = self.block.arguments().first();
        name.unwrap_or(self.block.head()).place()
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(loaded: &'a Loaded, host: &'a dyn Host) -> Self {
        let config = &loaded.config;
        let blocks = by_name(&loaded.tree, "vrrp_instance");
        let both = config.router.instances.iter().zip(&config.instances);
        let written = both.filter_map(|(core, shell)| {
            let block = blocks.get(&core.name)?;
            Some(Written { core, shell, block })
        });
        let mut by_interface: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut owners = BTreeMap::new();
        for local in host.addresses() {
            owners.insert(local.address, local.interface.clone());
            let interface = by_interface.entry(local.interface.clone());
            interface.or_default().push(local);
        }
        Self {
            config,
            tree: &loaded.tree,
            host,
            instances: written.collect(),
            scripts: by_name(&loaded.tree, "vrrp_script"),
            by_interface,
            owners,
        }
    }

    /// The addresses that the machine has on an interface.
    pub(crate) fn addresses_of(&self, interface: &str) -> &[LocalAddress] {
        self.by_interface.get(interface).map_or(&[], Vec::as_slice)
    }

    /// The interface that has an address on this machine.
    pub(crate) fn owner_of(&self, ip: IpAddr) -> Option<&str> {
        self.owners.get(&ip).map(String::as_str)
    }

    /// The block of a script.
    pub(crate) fn script(&self, name: &str) -> Option<&'a Statement> {
        self.scripts.get(name).copied()
    }

    /// Every statement and every entry of a list, in the order of the file.
    pub(crate) fn statements(&self, mut each: impl FnMut(&Statement)) {
        let mut waiting: Vec<_> = self.tree.statements.iter().rev().collect();
        while let Some(statement) = waiting.pop() {
            each(statement);
            waiting.extend(statement.block().iter().rev());
        }
    }
}

/// Blocks by their name; the first of a name is the one that counts.
fn by_name<'a>(tree: &'a Tree, keyword: &str) -> BTreeMap<String, &'a Statement> {
    let mut blocks = BTreeMap::new();
    for block in tree.statements.iter().filter(|s| s.head().is(keyword)) {
        if let Some(name) = block.arguments().first() {
            blocks.entry(name.text()).or_insert(block);
        }
    }
    blocks
}
