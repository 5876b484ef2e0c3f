//! A new configuration: the router decides who goes on, the shell gives them their new lists.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use conf::Config;
use vip::{Address, Owner};
use vrrp::{Event, InstanceId};

use super::Shell;
use crate::ipc::FromRole;
use crate::report::Line;
use crate::role::vrrp::interfaces::{Interfaces, Look as Seen};
use crate::role::vrrp::process;

impl Shell {
    /// A new configuration.
    pub(in crate::role::vrrp) fn on_reload(&mut self, config: Config) {
        self.reporter
            .limited(Instant::now(), None, Line::info("Reloading".to_owned()));
        if config.global != self.tables.config().global {
            process::set_up(&config.global, self.options.umask);
        }
        self.introduce(&config.router.interfaces);
        let router = Box::new(config.router.clone());
        self.incoming = Some(config);
        self.reporter.set_beginning(true);
        self.handle(Event::Reload(router));
        // The router names the instances that go on, once.
        self.replace_tables(&[]);
        if self.sync_receivers() {
            self.refresh(Seen::Again);
        }
        for event in self.interfaces.tell_all() {
            self.handle(event);
        }
        self.reporter.set_beginning(false);
    }

    /// Makes the router know interfaces before anything runs on them: an instance that begins on one would
    /// begin in FAULT.
    fn introduce(&mut self, names: &[String]) {
        let mut wider = self.tables.config().router.clone();
        let known = wider.interfaces.len();
        let is_new = |name: &&String| !self.tables.config().router.interfaces.contains(name);
        wider
            .interfaces
            .extend(names.iter().filter(is_new).cloned());
        if wider.interfaces.len() == known {
            return;
        }
        let virtuals = self.tables.virtual_addresses();
        let seen = Interfaces::seen(&wider.interfaces, &self.links, virtuals);
        self.handle(Event::Reload(Box::new(wider)));
        for event in seen.tell_all() {
            self.handle(event);
        }
    }

    /// Puts the incoming configuration in force.
    pub(super) fn replace_tables(&mut self, kept: &[(InstanceId, InstanceId)]) {
        let Some(config) = self.incoming.take() else {
            return;
        };
        self.announcer
            .set_intervals(config.global.garp_interval, config.global.gna_interval);
        self.reporter.reset(config.global.log_unknown_vrids);
        let before = self.tables.wanted_lists();
        let replaced = self.tables.replace(config, kept);
        let names = &self.tables.config().router.interfaces;
        self.interfaces = Interfaces::seen(names, &self.links, self.tables.virtual_addresses());
        for owner in replaced.gone {
            self.announcer.drop_owner(owner);
            self.removals.forget(owner);
            self.manager.release(owner);
        }
        for instance in replaced.wanted {
            self.want_replaced(instance, &before);
        }
        self.batch.tell.push(FromRole::Reloaded);
    }

    /// A master goes on with a list that may be another one.
    fn want_replaced(&mut self, instance: InstanceId, before: &BTreeMap<Owner, Vec<Address>>) {
        let Some(owner) = self.tables.owner(instance) else {
            return;
        };
        let addresses = self.tables.addresses(instance);
        let old: BTreeSet<&Address> = before.get(&owner).into_iter().flatten().collect();
        if addresses.iter().any(|address| !old.contains(address)) {
            let repeat = self.tables.garp_repeat(instance);
            self.batch.announce.push((instance, repeat));
        }
        self.manager.want(owner, addresses);
    }
}
