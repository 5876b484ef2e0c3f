//! What the shell itself has to say: sending, addresses, announcements.

use std::net::IpAddr;
use std::time::Instant;

use nix::errno::Errno;
use vip::{Address, Change, Failure, Links};
use vrrp::{InstanceId, Packet};

use super::Shell;
use crate::report::{Cause, Line};

impl Shell {
    /// A packet was sent, or was not.
    pub(super) fn say_sent(
        &mut self,
        now: Instant,
        instance: InstanceId,
        packet: &Packet,
        sent: Result<(), Errno>,
    ) {
        let name = self.tables.name(instance);
        if is_priority_zero(packet) {
            self.reporter
                .detailed(|| format!("({name}) sent 0 priority"));
        }
        if let Err(errno) = sent {
            let (number, why) = (errno as i32, errno.desc());
            let line = Line::info(format!("({name}): send advert error {number} ({why})"));
            self.reporter
                .limited(now, Some(Cause::NotSent(instance)), line);
        }
    }

    /// An instance's addresses are wanted, or no longer.
    pub(super) fn say_vips(&mut self, instance: InstanceId, what: &str) {
        let name = self.tables.name(instance);
        self.reporter.detailed(|| format!("({name}) {what} VIPs."));
    }

    /// An address could not be added or removed.
    pub(super) fn say_failure(&mut self, failure: &Failure) {
        let line = Line::warn(failure.to_string());
        self.reporter
            .limited(Instant::now(), Some(Cause::VipNotChanged), line);
    }

    /// An instance's addresses have been announced, or will be when the gap on the link allows it.
    pub(super) fn say_announced(&mut self, instance: InstanceId) {
        if !self.reporter.detail() {
            return;
        }
        let name = self.tables.name(instance);
        for Address {
            address, interface, ..
        } in self.tables.addresses(instance)
        {
            let (many, one) = match address {
                IpAddr::V4(_) => ("gratuitous ARPs", "gratuitous ARP"),
                IpAddr::V6(_) => (
                    "Unsolicited Neighbour Adverts",
                    "unsolicited Neighbour Advert",
                ),
            };
            let first = format!("({name}) Sending/queueing {many} on {interface} for {address}");
            self.reporter.detailed(|| first);
            self.reporter
                .detailed(|| format!("Sending {one} on {interface} for {address}"));
        }
    }

    /// Another program took an address away.
    pub(super) fn say_removed(&mut self, change: &Change) {
        // With `-a` every change is logged, this one too.
        if !self.options.log_addresses {
            self.say(change, Some(Cause::VipRemoved));
        }
    }

    /// `-a`: an address has come or gone.
    pub(super) fn say_change(&mut self, change: &Change) {
        self.say(change, None);
    }

    fn say(&mut self, change: &Change, cause: Option<Cause>) {
        if let Some(text) = wording(change, &self.links) {
            self.reporter
                .limited(Instant::now(), cause, Line::info(text));
        }
    }
}

fn wording(change: &Change, links: &Links) -> Option<String> {
    let name = |index: u32| links.by_index(index).map_or("?", |link| &link.name);
    match change {
        Change::AddressAdded { index, address, .. } => Some(format!(
            "Netlink reflector reports IP {address} added to {}",
            name(*index)
        )),
        Change::AddressRemoved { index, address, .. } => Some(format!(
            "Netlink reflector reports IP {address} removed from {}",
            name(*index)
        )),
        Change::LinkUp { .. }
        | Change::LinkDown { .. }
        | Change::LinkNew { .. }
        | Change::LinkGone { .. }
        | Change::Resynced => None,
    }
}

/// Whether an advert says that its sender stops.
fn is_priority_zero(packet: &Packet) -> bool {
    const PRIORITY: usize = 2;
    let (message, offset) = match packet {
        Packet::V4(bytes) => {
            let words = bytes.first().map_or(0, |first| first & 0x0f);
            (bytes, usize::from(words) * 4)
        }
        Packet::V6 { payload, .. } => (payload, 0),
    };
    message.get(offset + PRIORITY) == Some(&0)
}
