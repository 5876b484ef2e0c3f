//! What is wanted against what is installed, as an ordered list of steps. Pure.
//!
//! Removals come first, newest address first, so that a primary goes after its secondaries. The kernel drops
//! the IPv4 secondaries of a subnet together with their primary (unless `promote_secondaries` is set): those
//! that stay wanted are put back right after the removals, and only then comes what is new. Putting back what is
//! still there is harmless.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use crate::spec::{Address, AddressFlags};

/// What the kernel tells addresses apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Number of the link.
    pub index: u32,
    /// The address.
    pub address: IpAddr,
    /// Prefix length, of the peer if there is one.
    pub prefix: u8,
    /// The far end.
    pub peer: Option<IpAddr>,
}

impl Key {
    /// The key of an address on a link.
    pub fn new(index: u32, address: &Address) -> Self {
        let peer = address.peer.filter(|(peer, _)| *peer != address.address);
        let prefix = address.peer.map_or(address.prefix, |(_, prefix)| prefix);
        Self {
            index,
            address: address.address,
            prefix,
            peer: peer.map(|(peer, _)| peer),
        }
    }

    /// The IPv4 network, on its link, within which addresses are primary and secondary.
    fn subnet(&self) -> Option<(u32, u8, u32)> {
        let IpAddr::V4(far_end) = self.peer.unwrap_or(self.address) else {
            return None;
        };
        Some((self.index, self.prefix, network(far_end, self.prefix)))
    }
}

fn network(address: Ipv4Addr, prefix: u8) -> u32 {
    let host_bits = 32_u32.saturating_sub(u32::from(prefix));
    address.to_bits().checked_shr(host_bits).unwrap_or(0)
}

/// An address that we put on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// As it was wanted.
    pub address: Address,
    /// Grows with every installation.
    pub order: u64,
}

/// One change to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Take it away: nobody wants it, or not in this form.
    Remove(u32, Address),
    /// It should still be there, but a removal before may have taken it along.
    Restore(u32, Address),
    /// Put it on the link.
    Add(u32, Address),
}

/// The steps from what is installed to what is wanted. Of two wanted addresses with one key the first counts.
/// Installed addresses that are `doubtful` may be gone: they are put back too.
pub fn plan<'a>(
    wanted: impl IntoIterator<Item = (u32, &'a Address)>,
    installed: &BTreeMap<Key, Installed>,
    doubtful: &BTreeSet<Key>,
) -> Vec<Step> {
    let mut seen = BTreeSet::new();
    let wanted: Vec<_> = wanted
        .into_iter()
        .map(|(index, address)| (Key::new(index, address), address))
        .filter(|(key, _)| seen.insert(*key))
        .collect();
    let is_there = |key: &Key, address: &Address| {
        installed
            .get(key)
            .is_some_and(|i| is_same(&i.address, address))
    };
    let (kept, new): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .partition(|(key, address)| is_there(key, address));

    let keys: BTreeSet<Key> = kept.iter().map(|(key, _)| *key).collect();
    let mut gone: Vec<_> = installed
        .iter()
        .filter(|(key, _)| !keys.contains(key))
        .collect();
    gone.sort_by_key(|(_, installed)| std::cmp::Reverse(installed.order));
    let disturbed: BTreeSet<_> = gone.iter().filter_map(|(key, _)| key.subnet()).collect();
    let in_danger = |key: &Key| {
        let disturbed = key
            .subnet()
            .is_some_and(|subnet| disturbed.contains(&subnet));
        disturbed || doubtful.contains(key)
    };

    let removals = gone
        .iter()
        .map(|(key, i)| Step::Remove(key.index, i.address.clone()));
    let restored = kept
        .iter()
        .filter(|(key, _)| in_danger(key))
        .map(|(k, a)| Step::Restore(k.index, (*a).clone()));
    let additions = new
        .iter()
        .map(|(key, address)| Step::Add(key.index, (*address).clone()));
    removals.chain(restored).chain(additions).collect()
}

/// Whether two addresses of one key are the same to the kernel. Tracking is not the kernel's business, and the
/// name of the link may have changed.
fn is_same(a: &Address, b: &Address) -> bool {
    type Form<'a> = (
        Option<&'a String>,
        u8,
        Option<Ipv4Addr>,
        AddressFlags,
        Option<u32>,
    );
    fn form(x: &Address) -> Form<'_> {
        (
            x.label.as_ref(),
            x.scope,
            x.broadcast,
            x.flags,
            x.preferred_lifetime,
        )
    }
    form(a) == form(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        let (address, prefix) = text.split_once('/').unwrap();
        crate::testing::address(address, prefix.parse().unwrap())
    }

    fn installed(list: &[&Address]) -> BTreeMap<Key, Installed> {
        let numbered = (1..).zip(list.iter().copied().cloned());
        numbered
            .map(|(order, address)| (Key::new(1, &address), Installed { address, order }))
            .collect()
    }

    fn steps(wanted: &[&Address], there: &[&Address]) -> Vec<String> {
        steps_in_doubt(wanted, there, &[])
    }

    fn steps_in_doubt(
        wanted: &[&Address],
        there: &[&Address],
        doubtful: &[&Address],
    ) -> Vec<String> {
        let doubtful = doubtful
            .iter()
            .map(|address| Key::new(1, address))
            .collect();
        let steps = plan(
            wanted.iter().map(|address| (1, *address)),
            &installed(there),
            &doubtful,
        );
        let words = steps.iter().map(|step| match step {
            Step::Remove(_, a) => format!("- {}", a.address),
            Step::Restore(_, a) => format!("= {}", a.address),
            Step::Add(_, a) => format!("+ {}", a.address),
        });
        words.collect()
    }

    #[test]
    fn adds_in_order_and_removes_in_reverse() {
        let (a, b, c) = (
            address("10.0.0.2/32"),
            address("10.0.0.1/32"),
            address("fd00::1/64"),
        );
        assert_eq!(
            steps(&[&a, &b, &c], &[]),
            ["+ 10.0.0.2", "+ 10.0.0.1", "+ fd00::1"]
        );
        assert_eq!(
            steps(&[], &[&a, &b, &c]),
            ["- fd00::1", "- 10.0.0.1", "- 10.0.0.2"]
        );
    }

    #[test]
    fn nothing_to_do_is_nothing() {
        let (a, b) = (address("10.0.0.1/24"), address("fd00::1/128"));
        let untracked = Address {
            track: false,
            ..a.clone()
        };
        assert!(steps(&[&b, &untracked], &[&a, &b]).is_empty());
        assert!(steps(&[], &[]).is_empty());
    }

    #[test]
    fn the_first_of_two_wishes_counts() {
        let a = address("10.0.0.1/24");
        let b = Address {
            label: Some("eth0:b".into()),
            ..a.clone()
        };
        assert_eq!(steps(&[&a, &b], &[]), ["+ 10.0.0.1"]);
        assert!(steps(&[&a, &b], &[&a]).is_empty());
    }

    #[test]
    fn another_form_is_removed_and_added() {
        let a = address("10.0.0.1/24");
        let changes = [
            Address {
                label: Some("eth0:b".into()),
                ..a.clone()
            },
            Address {
                scope: 253,
                ..a.clone()
            },
            Address {
                prefix: 25,
                ..a.clone()
            },
            Address {
                broadcast: Some(Ipv4Addr::BROADCAST),
                ..a.clone()
            },
            Address {
                flags: AddressFlags::NOPREFIXROUTE,
                ..a.clone()
            },
            Address {
                peer: Some(("10.0.0.2".parse().unwrap(), 24)),
                ..a.clone()
            },
        ];
        for other in &changes {
            assert_eq!(
                steps(&[other], &[&a]),
                ["- 10.0.0.1", "+ 10.0.0.1"],
                "{other:?}"
            );
        }
    }

    #[test]
    fn secondaries_of_a_removed_primary_are_put_back_before_anything_new() {
        let primary = address("10.0.0.1/24");
        let secondary = address("10.0.0.2/24");
        let elsewhere = address("10.0.1.1/24");
        let longer = address("10.0.0.3/25");
        let new = address("10.0.0.4/24");
        let v6 = address("fd00::1/64");
        assert_eq!(
            steps(
                &[&secondary, &elsewhere, &longer, &v6, &new],
                &[&primary, &secondary, &elsewhere, &longer, &v6]
            ),
            ["- 10.0.0.1", "= 10.0.0.2", "+ 10.0.0.4"]
        );
    }

    #[test]
    fn what_may_be_gone_is_put_back_or_removed() {
        let (a, b, c) = (
            address("10.0.0.1/32"),
            address("fd00::1/64"),
            address("10.0.0.3/32"),
        );
        let steps = steps_in_doubt(&[&a, &c], &[&a, &b, &c], &[&b, &c]);
        assert_eq!(steps, ["- fd00::1", "= 10.0.0.3"]);
    }

    #[test]
    fn subnets_of_any_length() {
        for prefix in 0..=32 {
            let a = Address {
                prefix,
                ..address("10.0.0.1/0")
            };
            let gone = Address {
                prefix,
                ..address("10.0.0.0/0")
            };
            let same = prefix < 32;
            assert_eq!(steps(&[&a], &[&gone, &a]).len() == 2, same, "/{prefix}");
        }
    }
}
