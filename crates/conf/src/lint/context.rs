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
    addresses: Vec<LocalAddress>,
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
        let mut blocks = BTreeMap::new();
        for block in loaded.tree.blocks("vrrp_instance") {
            if let Some(name) = block.arguments().first() {
                blocks.entry(name.text()).or_insert(block);
            }
        }
        let both = config.router.instances.iter().zip(&config.instances);
        let written = both.filter_map(|(core, shell)| {
            let block = blocks.get(&core.name)?;
            Some(Written { core, shell, block })
        });
        Self {
            config,
            tree: &loaded.tree,
            host,
            instances: written.collect(),
            addresses: host.addresses(),
        }
    }

    /// The interface of an instance.
    pub(crate) fn interface(&self, instance: &InstanceConfig) -> &'a str {
        let names = &self.config.router.interfaces;
        let name = names.get(usize::from(instance.interface.0));
        name.map_or("", String::as_str)
    }

    /// The addresses that the machine has on an interface.
    pub(crate) fn addresses_of(&self, interface: &str) -> impl Iterator<Item = &LocalAddress> {
        let all = self.addresses.iter();
        all.filter(move |address| address.interface == interface)
    }

    /// The interface that has an address on this machine.
    pub(crate) fn owner_of(&self, ip: IpAddr) -> Option<&str> {
        let found = self.addresses.iter().find(|local| local.address == ip);
        found.map(|local| local.interface.as_str())
    }
}
