//! What the shell knows, for those who want to see.

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use conf::data::{self, Interface, Moments, Part, VrrpState, When};
use tracing::info;
use vip::Link;
use vrrp::InstanceId;

use super::Shell;
use crate::data::System;
use crate::ipc::FromRole;
use crate::log;

impl Shell {
    /// Somebody wants to see.
    pub(in crate::role::vrrp) fn on_snapshot(&mut self, number: u64) {
        let pid = std::process::id();
        info!("Printing VRRP data for process({pid}) on signal");
        let message = FromRole::Snapshot {
            number,
            generation: self.tables.generation(),
            state: Box::new(self.view()),
        };
        self.tell(&message);
    }

    /// `-d`, before anything has happened.
    pub(in crate::role::vrrp) fn log_configuration(&self) {
        if !self.options.dump_conf {
            return;
        }
        let config = self.tables.config();
        let machine = System::new(config, self.options.umask);
        log::lines(&data::global(config, Part::Vrrp, &machine));
        let state = VrrpState {
            interfaces: self.interfaces_seen(),
            ..VrrpState::default()
        };
        log::lines(&data::vrrp(config, &state, When::Start, &machine));
    }

    fn view(&self) -> VrrpState {
        let now = (Instant::now(), SystemTime::now());
        let noted = self.tables.noted();
        let moments = noted.map(|(id, transition, advert)| Moments {
            transition: transition.map(since_epoch),
            timeout: self
                .router
                .instance_timeout(id)
                .map(|at| since_epoch(now.1 + at.saturating_duration_since(now.0))),
            advert: advert.map(since_epoch),
            sockets: self.sockets(id),
        });
        VrrpState {
            router: Some(self.router.snapshot()),
            moments: moments.collect(),
            interfaces: self.interfaces_seen(),
        }
    }

    fn sockets(&self, id: InstanceId) -> Option<(i32, i32)> {
        let instances = &self.tables.config().router.instances;
        let instance = instances.get(usize::from(id.0))?;
        let index = self.interfaces.index(instance.interface)?;
        let input = self.receivers.descriptor(index, instance.family)?;
        Some((input, self.senders.descriptor(instance.family)?))
    }

    fn interfaces_seen(&self) -> Vec<Interface> {
        let virtuals = self.tables.virtual_addresses();
        let seen = |link| seen(link, |address| virtuals.contains(address));
        let mut interfaces: Vec<_> = self.links.iter().map(seen).collect();
        interfaces.sort_unstable_by_key(|interface| interface.index);
        interfaces
    }
}

fn seen(link: &Link, is_virtual: impl Fn(&IpAddr) -> bool) -> Interface {
    let addresses = link.addresses().map(|address| address.address);
    Interface {
        index: link.index,
        name: link.name.clone(),
        addresses: addresses.filter(|address| !is_virtual(address)).collect(),
        mac: link.mac,
        up: link.up,
        loopback: link.loopback,
        point_to_point: link.point_to_point,
        no_arp: link.noarp,
        mtu: link.mtu,
    }
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}
