//! The table of links and their addresses, as the kernel last described them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rtnetlink::packet_route::address::AddressFlags;
use rtnetlink::packet_route::link::LinkFlags;

use crate::message::{AddressEvent, Body, LinkEvent, Message};

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// `IFF_UP` and `IFF_RUNNING`.
    pub up: bool,
    /// Its Ethernet address, if it is an Ethernet-like link.
    pub mac: Option<[u8; 6]>,
    /// `IFF_LOOPBACK`.
    pub loopback: bool,
    /// `IFF_NOARP`.
    pub noarp: bool,
    /// `IFF_POINTOPOINT`.
    pub point_to_point: bool,
    /// Largest packet.
    pub mtu: u32,
    addresses: Addresses,
}

/// Addresses by what the kernel tells them apart by, each with its place in the order they became known in.
type Addresses = BTreeMap<(IpAddr, u8, Option<IpAddr>), (u64, LinkAddress)>;

impl Link {
    /// Its addresses.
    pub fn addresses(&self) -> impl Iterator<Item = &LinkAddress> {
        self.addresses.values().map(|(_, address)| address)
    }

    /// One of its addresses.
    pub fn address(
        &self,
        address: IpAddr,
        prefix: u8,
        peer: Option<IpAddr>,
    ) -> Option<&LinkAddress> {
        self.addresses
            .get(&(address, prefix, peer))
            .map(|(_, address)| address)
    }

    /// The first address for which `pick` gives something.
    fn first<T>(&self, pick: impl Fn(&LinkAddress) -> Option<T>) -> Option<T> {
        let picked = self
            .addresses
            .values()
            .filter_map(|(order, address)| Some((order, pick(address)?)));
        picked
            .min_by_key(|(order, _)| *order)
            .map(|(_, picked)| picked)
    }
}

/// An address on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAddress {
    /// The local address.
    pub address: IpAddr,
    /// Prefix length, of the peer if there is one.
    pub prefix: u8,
    /// The far end.
    pub peer: Option<IpAddr>,
    /// Scope as `rtnetlink` numbers it.
    pub scope: u8,
    /// Label (IPv4).
    pub label: Option<String>,
    /// Broadcast address (IPv4).
    pub broadcast: Option<Ipv4Addr>,
    /// Who put it there (`IFA_PROTO`, 18 is keepalived), 0 if unknown.
    pub protocol: u8,
    /// `IFA_F_*`.
    pub flags: u32,
}

impl LinkAddress {
    /// Whether it may be used as a source: duplicate address detection has neither to run nor has failed.
    pub fn is_usable(&self) -> bool {
        let flags = AddressFlags::from_bits_retain(self.flags);
        let tentative =
            flags.contains(AddressFlags::Tentative) && !flags.contains(AddressFlags::Optimistic);
        !tentative && !flags.contains(AddressFlags::Dadfailed)
    }

    fn key(&self) -> (IpAddr, u8, Option<IpAddr>) {
        (self.address, self.prefix, self.peer)
    }
}

/// What has changed. Addresses here include our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A link has come up.
    LinkUp {
        /// Its number.
        index: u32,
        /// Its name.
        name: String,
    },
    /// A link has gone down.
    LinkDown {
        /// Its number.
        index: u32,
        /// Its name.
        name: String,
    },
    /// There is a new link, or a link has got this name. It is down unless [`Change::LinkUp`] follows.
    LinkNew {
        /// Its number.
        index: u32,
        /// Its name.
        name: String,
    },
    /// A link was deleted, or has lost this name ([`Change::LinkNew`] with the same index follows).
    LinkGone {
        /// Its number.
        index: u32,
        /// The name it had.
        name: String,
    },
    /// An address was added, or has become usable or unusable (duplicate address detection).
    AddressAdded {
        /// On which link.
        index: u32,
        /// The address.
        address: IpAddr,
        /// Its prefix length.
        prefix: u8,
    },
    /// An address was removed. (Also told of one that was not in the table: the kernel may announce an IPv6
    /// address late, and not at all if it is gone by then.)
    AddressRemoved {
        /// From which link.
        index: u32,
        /// The address.
        address: IpAddr,
        /// Its prefix length.
        prefix: u8,
        /// Netlink port of the socket that asked for it; 0: the kernel does not tell, or did it itself.
        port: u32,
    },
    /// Events were lost; the changes after this one are worked out from a full listing.
    Resynced,
}

/// The table of links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    links: BTreeMap<u32, Link>,
    indices: BTreeMap<String, u32>,
    order: u64,
}

impl Links {
    /// The link of a name.
    pub fn by_name(&self, name: &str) -> Option<&Link> {
        self.by_index(*self.indices.get(name)?)
    }

    /// The link of a number.
    pub fn by_index(&self, index: u32) -> Option<&Link> {
        self.links.get(&index)
    }

    /// All links, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Link> {
        self.links.values()
    }

    /// The first IPv4 address of a link that is not one of ours.
    pub fn primary_v4(&self, name: &str, ours: &dyn Fn(IpAddr) -> bool) -> Option<Ipv4Addr> {
        self.by_name(name)?.first(|a| match a.address {
            IpAddr::V4(v4) if !ours(a.address) => Some(v4),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        })
    }

    /// The first usable link-local IPv6 address of a link that is not one of ours.
    pub fn link_local_v6(&self, name: &str, ours: &dyn Fn(IpAddr) -> bool) -> Option<Ipv6Addr> {
        self.by_name(name)?.first(|a| match a.address {
            IpAddr::V6(v6) if v6.is_unicast_link_local() && a.is_usable() && !ours(a.address) => {
                Some(v6)
            }
            IpAddr::V6(_) | IpAddr::V4(_) => None,
        })
    }

    /// Takes in one message of the kernel and appends what it changes.
    pub(crate) fn apply(&mut self, message: Message, changes: &mut Vec<Change>) {
        match message.body {
            Body::NewLink(event) => self.on_new_link(event, changes),
            Body::DelLink { index } => self.on_gone_link(index, changes),
            Body::NewAddress(event) => self.on_new_address(event, changes),
            Body::DelAddress(event) => self.on_gone_address(event, message.port, changes),
            Body::Error { .. } | Body::Done { .. } | Body::Other => {}
        }
    }

    fn on_new_link(&mut self, mut event: LinkEvent, changes: &mut Vec<Change>) {
        let Some(old) = self.links.remove(&event.index) else {
            self.announce_new(event.into_link(Addresses::new()), changes);
            return;
        };
        // Events of wireless links say less.
        event.mac = event.mac.or(old.mac);
        event.mtu = event.mtu.or(Some(old.mtu));
        let Link {
            index,
            name,
            up,
            addresses,
            ..
        } = old;
        let new = event.into_link(addresses);
        if name != new.name {
            self.forget_name(&name, index);
            changes.push(Change::LinkGone { index, name });
            self.announce_new(new, changes);
            return;
        }
        if up != new.up {
            changes.push(up_or_down(&new));
        }
        self.links.insert(index, new);
    }

    fn announce_new(&mut self, link: Link, changes: &mut Vec<Change>) {
        changes.push(Change::LinkNew {
            index: link.index,
            name: link.name.clone(),
        });
        if link.up {
            changes.push(up_or_down(&link));
        }
        self.indices.insert(link.name.clone(), link.index);
        self.links.insert(link.index, link);
    }

    fn on_gone_link(&mut self, index: u32, changes: &mut Vec<Change>) {
        let Some(link) = self.links.remove(&index) else {
            return;
        };
        self.forget_name(&link.name, index);
        changes.push(Change::LinkGone {
            index,
            name: link.name,
        });
    }

    /// Two renames in a row may have given the name to another link already.
    fn forget_name(&mut self, name: &str, index: u32) {
        if self.indices.get(name) == Some(&index) {
            self.indices.remove(name);
        }
    }

    fn on_new_address(&mut self, event: AddressEvent, changes: &mut Vec<Change>) {
        let AddressEvent {
            index,
            address: new,
        } = event;
        let Some(link) = self.links.get_mut(&index) else {
            return;
        };
        let change = added(index, &new);
        match link.addresses.get_mut(&new.key()) {
            Some((_, old)) => {
                if old.is_usable() != new.is_usable() {
                    changes.push(change);
                }
                *old = new;
            }
            None => {
                self.order += 1;
                link.addresses.insert(new.key(), (self.order, new));
                changes.push(change);
            }
        }
    }

    fn on_gone_address(&mut self, event: AddressEvent, port: u32, changes: &mut Vec<Change>) {
        let AddressEvent {
            index,
            address: gone,
        } = event;
        if let Some(link) = self.links.get_mut(&index) {
            link.addresses.remove(&gone.key());
        }
        changes.push(Change::AddressRemoved {
            index,
            address: gone.address,
            prefix: gone.prefix,
            port,
        });
    }

    /// Replaces the table by a full listing and appends what that changes.
    pub(crate) fn replace(&mut self, new: Links, changes: &mut Vec<Change>) {
        changes.push(Change::Resynced);
        let old = std::mem::replace(self, new);
        for link in old.links.values() {
            match self
                .links
                .get(&link.index)
                .filter(|new| new.name == link.name)
            {
                Some(new) => compare(link, new, changes),
                None => vanished(link, changes),
            }
        }
        let known = |link: &&Link| {
            old.links
                .get(&link.index)
                .is_some_and(|o| o.name == link.name)
        };
        for link in self.links.values().filter(|link| !known(link)) {
            appeared(link, changes);
        }
    }
}

fn compare(old: &Link, new: &Link, changes: &mut Vec<Change>) {
    if old.up != new.up {
        changes.push(up_or_down(new));
    }
    let only_in = |a: &Link, b: &Link| -> Vec<LinkAddress> {
        let missing = |address: &&LinkAddress| !b.addresses.contains_key(&address.key());
        a.addresses().filter(missing).cloned().collect()
    };
    changes.extend(only_in(old, new).iter().map(|a| removed(old.index, a)));
    changes.extend(only_in(new, old).iter().map(|a| added(new.index, a)));
    let changed = |a: &&LinkAddress| {
        let before = old.addresses.get(&a.key());
        before.is_some_and(|(_, before)| before.is_usable() != a.is_usable())
    };
    changes.extend(new.addresses().filter(changed).map(|a| added(new.index, a)));
}

fn vanished(link: &Link, changes: &mut Vec<Change>) {
    if link.up {
        changes.push(Change::LinkDown {
            index: link.index,
            name: link.name.clone(),
        });
    }
    changes.extend(link.addresses().map(|a| removed(link.index, a)));
    changes.push(Change::LinkGone {
        index: link.index,
        name: link.name.clone(),
    });
}

fn appeared(link: &Link, changes: &mut Vec<Change>) {
    changes.push(Change::LinkNew {
        index: link.index,
        name: link.name.clone(),
    });
    if link.up {
        changes.push(up_or_down(link));
    }
    changes.extend(link.addresses().map(|a| added(link.index, a)));
}

fn added(index: u32, a: &LinkAddress) -> Change {
    Change::AddressAdded {
        index,
        address: a.address,
        prefix: a.prefix,
    }
}

fn removed(index: u32, a: &LinkAddress) -> Change {
    Change::AddressRemoved {
        index,
        address: a.address,
        prefix: a.prefix,
        port: 0,
    }
}

fn up_or_down(link: &Link) -> Change {
    let (index, name) = (link.index, link.name.clone());
    if link.up {
        Change::LinkUp { index, name }
    } else {
        Change::LinkDown { index, name }
    }
}

impl LinkEvent {
    fn into_link(self, addresses: Addresses) -> Link {
        let flags = self.flags;
        Link {
            index: self.index,
            name: self.name,
            up: flags.contains(LinkFlags::Up | LinkFlags::Running),
            mac: self.mac,
            loopback: flags.contains(LinkFlags::Loopback),
            noarp: flags.contains(LinkFlags::Noarp),
            point_to_point: flags.contains(LinkFlags::Pointopoint),
            mtu: self.mtu.unwrap_or(0),
            addresses,
        }
    }
}
