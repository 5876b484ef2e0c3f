//! What the ids of the router mean to the shell: addresses, owners, generation.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::SystemTime;

use conf::Config;
use vip::{Address, Owner};
use vrrp::{InstanceId, Transport};

use super::interfaces::Interfaces;
use crate::socket::Needs;

/// The configuration in force, and what the shell keeps for each instance in it.
#[derive(Debug)]
pub(super) struct Tables {
    config: Config,
    generation: u32,
    /// By [`InstanceId`].
    entries: Vec<Entry>,
    next_owner: u32,
    /// Addresses of the configuration: none of them is an interface's own.
    virtuals: BTreeSet<IpAddr>,
}

/// An instance's name towards the VIP manager, which it keeps for life, whatever its id becomes.
#[derive(Debug, Clone, Copy)]
struct Entry {
    owner: Owner,
    wanted: bool,
    /// Its last change of state.
    transition: Option<SystemTime>,
    /// Its last advert.
    advert: Option<SystemTime>,
}

/// What a reload leaves to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Replaced {
    /// Owners that are no more.
    pub(super) gone: Vec<Owner>,
    /// Instances, by their new ids, whose addresses are wanted: the lists may differ.
    pub(super) wanted: Vec<InstanceId>,
}

impl Tables {
    /// Nothing is wanted yet.
    pub(super) fn new(config: Config) -> Self {
        let mut tables = Self {
            virtuals: virtuals(&config),
            config,
            generation: 0,
            entries: Vec::new(),
            next_owner: 0,
        };
        tables.entries = (0..tables.config.instances.len())
            .map(|_| tables.entry())
            .collect();
        tables
    }

    /// The configuration in force.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// One more with each reload.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    /// Who an instance is to the VIP manager.
    pub(super) fn owner(&self, instance: InstanceId) -> Option<Owner> {
        Some(self.entries.get(usize::from(instance.0))?.owner)
    }

    /// Whose addresses an owner's are, where they are wanted.
    pub(super) fn holder(&self, owner: Owner) -> Option<InstanceId> {
        let position = self.entries.iter().position(|entry| entry.owner == owner)?;
        let wanted = self.entries[position].wanted;
        u16::try_from(position)
            .ok()
            .filter(|_| wanted)
            .map(InstanceId)
    }

    /// Notes whether addresses are wanted.
    pub(super) fn set_wanted(&mut self, instance: InstanceId, wanted: bool) {
        if let Some(entry) = self.entries.get_mut(usize::from(instance.0)) {
            entry.wanted = wanted;
        }
    }

    /// An instance has changed its state.
    pub(super) fn note_transition(&mut self, instance: InstanceId) {
        if let Some(entry) = self.entries.get_mut(usize::from(instance.0)) {
            entry.transition = Some(SystemTime::now());
        }
    }

    /// An instance has sent an advert.
    pub(super) fn note_advert(&mut self, instance: InstanceId) {
        if let Some(entry) = self.entries.get_mut(usize::from(instance.0)) {
            entry.advert = Some(SystemTime::now());
        }
    }

    /// The last change of state and the last advert of each instance.
    pub(super) fn noted(
        &self,
    ) -> impl Iterator<Item = (InstanceId, Option<SystemTime>, Option<SystemTime>)> {
        let entries = (0..).map(InstanceId).zip(&self.entries);
        entries.map(|(id, entry)| (id, entry.transition, entry.advert))
    }

    /// All addresses of an instance, those in the advert first.
    pub(super) fn addresses(&self, instance: InstanceId) -> Vec<Address> {
        let instance = self.config.instances.get(usize::from(instance.0));
        let lists = instance.map(|instance| [&instance.addresses, &instance.excluded]);
        lists.into_iter().flatten().flatten().cloned().collect()
    }

    /// What an instance is called.
    pub(super) fn name(&self, instance: InstanceId) -> &str {
        let instances = &self.config.router.instances;
        instances
            .get(usize::from(instance.0))
            .map_or("?", |instance| &instance.name)
    }

    /// Packets of a burst of announcements.
    pub(super) fn garp_repeat(&self, instance: InstanceId) -> u32 {
        let instances = &self.config.router.instances;
        instances
            .get(usize::from(instance.0))
            .map_or(0, |instance| instance.garp.master_repeat)
    }

    /// The addresses of every owner that wants them.
    pub(super) fn wanted_lists(&self) -> BTreeMap<Owner, Vec<Address>> {
        let list = |id: InstanceId| Some((self.owner(id)?, self.addresses(id)));
        self.wanted().into_iter().filter_map(list).collect()
    }

    /// All addresses of all instances.
    pub(super) fn all_addresses(&self) -> Vec<Address> {
        let lists = self
            .config
            .instances
            .iter()
            .flat_map(|i| [&i.addresses, &i.excluded]);
        lists.flatten().cloned().collect()
    }

    /// The virtual addresses: never the source of an advert unless they are configured as such.
    pub(super) fn virtual_addresses(&self) -> &BTreeSet<IpAddr> {
        &self.virtuals
    }

    /// The receive sockets that the instances need on the interfaces that exist.
    pub(super) fn needs(&self, interfaces: &Interfaces) -> Needs {
        let mut needs = Needs::new();
        for instance in &self.config.router.instances {
            let Some((index, name)) = interfaces.existing(instance.interface) else {
                continue;
            };
            let need = needs.entry((index, instance.family)).or_default();
            name.clone_into(&mut need.name);
            if let Transport::Multicast { group } = instance.transport {
                need.groups.insert(group);
            }
        }
        needs
    }

    /// Puts another configuration in force. `kept` has the old and new ids of the instances that go on.
    pub(super) fn replace(
        &mut self,
        config: Config,
        kept: &[(InstanceId, InstanceId)],
    ) -> Replaced {
        let before = std::mem::take(&mut self.entries);
        self.virtuals = virtuals(&config);
        self.config = config;
        self.generation = self.generation.wrapping_add(1);
        self.entries = (0..self.config.instances.len())
            .map(|_| self.entry())
            .collect();
        let mut stays = vec![false; before.len()];
        for &(old, new) in kept {
            let (old, new) = (usize::from(old.0), usize::from(new.0));
            if let (Some(&entry), Some(slot)) = (before.get(old), self.entries.get_mut(new)) {
                *slot = entry;
                stays[old] = true;
            }
        }
        let gone = before.iter().zip(stays).filter(|(_, stays)| !stays);
        Replaced {
            gone: gone.map(|(entry, _)| entry.owner).collect(),
            wanted: self.wanted(),
        }
    }

    fn wanted(&self) -> Vec<InstanceId> {
        let ids = (0..).map(InstanceId);
        ids.zip(&self.entries)
            .filter(|(_, entry)| entry.wanted)
            .map(|(id, _)| id)
            .collect()
    }

    fn entry(&mut self) -> Entry {
        let owner = Owner(self.next_owner);
        self.next_owner += 1;
        Entry {
            owner,
            wanted: false,
            transition: None,
            advert: None,
        }
    }
}

fn virtuals(config: &Config) -> BTreeSet<IpAddr> {
    let lists = config
        .instances
        .iter()
        .flat_map(|i| [&i.addresses, &i.excluded]);
    lists.flatten().map(|address| address.address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(number: u16) -> InstanceId {
        InstanceId(number)
    }

    fn config(instances: usize) -> Config {
        Config {
            instances: vec![conf::Instance::default(); instances],
            ..Config::default()
        }
    }

    #[test]
    fn owners_follow_their_instances() {
        let mut tables = Tables::new(config(3));
        tables.set_wanted(id(0), true);
        tables.set_wanted(id(2), true);
        let replaced = tables.replace(config(3), &[(id(2), id(0)), (id(1), id(2))]);
        assert_eq!(
            replaced,
            Replaced {
                gone: vec![Owner(0)],
                wanted: vec![id(0)]
            }
        );
        assert_eq!(tables.owner(id(0)), Some(Owner(2)));
        assert_eq!(tables.owner(id(2)), Some(Owner(1)));
        assert_eq!(
            tables.owner(id(1)),
            Some(Owner(4)),
            "a new one is nobody's successor"
        );
        assert_eq!(tables.generation(), 1);
    }

    #[test]
    fn the_same_configuration_changes_nothing() {
        let mut tables = Tables::new(config(2));
        tables.set_wanted(id(1), true);
        let replaced = tables.replace(config(2), &[(id(0), id(0)), (id(1), id(1))]);
        assert_eq!(
            replaced,
            Replaced {
                gone: vec![],
                wanted: vec![id(1)]
            }
        );
        assert_eq!(tables.owner(id(1)), Some(Owner(1)));
    }

    #[test]
    fn only_wanted_addresses_have_a_holder() {
        let mut tables = Tables::new(config(2));
        assert_eq!(tables.holder(Owner(1)), None);
        tables.set_wanted(id(1), true);
        assert_eq!(tables.holder(Owner(1)), Some(id(1)));
        assert_eq!(tables.holder(Owner(9)), None);
    }

    #[test]
    fn ids_out_of_range_are_nobody() {
        let mut tables = Tables::new(config(1));
        assert_eq!(tables.owner(id(1)), None);
        tables.set_wanted(id(7), true);
        assert!(tables.addresses(id(7)).is_empty());
        let replaced = tables.replace(config(1), &[(id(5), id(0)), (id(0), id(9))]);
        assert_eq!(replaced.gone, [Owner(0)]);
    }
}
