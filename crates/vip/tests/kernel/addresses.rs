//! Adding, removing, and leaving alone.

use std::fs;
use std::time::Instant;

use serde_json::{Value, json};
use vip::{Act, Address, AddressFlags, Manager, Owner, Reason};

use crate::namespace::{Host, ME, address, in_namespace, ip, seen, seen_addresses};

/// One row: what is wanted, and how `ip` shows what keepalived 2.2.7 makes of it.
fn rows() -> Vec<(Address, Value)> {
    let v4 = address("10.0.0.100/32");
    let v6 = address("fd00::1/128");
    let peer = |text: &str, prefix| Some((text.parse().unwrap(), prefix));
    let with = |flags| AddressFlags::NODAD | flags;
    use AddressFlags as Flags;
    vec![
        (
            v4.clone(),
            json!({"local": "10.0.0.100", "prefixlen": 32, "scope": "global", "label": "v0"}),
        ),
        (
            Address {
                broadcast: Some([10, 0, 0, 255].into()),
                ..address("10.0.0.102/24")
            },
            json!({"local": "10.0.0.102", "prefixlen": 24, "broadcast": "10.0.0.255", "scope": "global",
                   "label": "v0"}),
        ),
        (
            Address {
                label: Some("v0:a".into()),
                scope: 253,
                ..address("10.0.1.103/24")
            },
            json!({"local": "10.0.1.103", "prefixlen": 24, "scope": "link", "label": "v0:a"}),
        ),
        (
            Address {
                scope: 254,
                ..address("10.0.0.99/32")
            },
            json!({"local": "10.0.0.99", "prefixlen": 32, "scope": "host", "label": "v0"}),
        ),
        (
            Address {
                flags: Flags::NOPREFIXROUTE,
                ..address("10.0.2.104/24")
            },
            json!({"local": "10.0.2.104", "prefixlen": 24, "scope": "global", "label": "v0",
                   "noprefixroute": true}),
        ),
        (
            Address {
                preferred_lifetime: Some(77),
                ..address("10.0.0.106/32")
            },
            json!({"local": "10.0.0.106", "prefixlen": 32, "scope": "global", "label": "v0"}),
        ),
        (
            Address {
                peer: peer("10.0.9.2", 32),
                ..address("10.0.0.108/16")
            },
            json!({"local": "10.0.0.108", "address": "10.0.9.2", "prefixlen": 32, "scope": "global",
                   "label": "v0"}),
        ),
        (
            Address {
                flags: Flags::MCAUTOJOIN,
                ..address("239.1.1.1/32")
            },
            json!({"local": "239.1.1.1", "prefixlen": 32, "scope": "global", "autojoin": true, "label": "v0"}),
        ),
        (
            v6.clone(),
            json!({"local": "fd00::1", "prefixlen": 128, "scope": "global", "nodad": true, "deprecated": true,
                   "preferred_life_time": 0}),
        ),
        (
            address("fd00::2/64"),
            json!({"local": "fd00::2", "prefixlen": 64, "scope": "global", "nodad": true}),
        ),
        (
            Address {
                flags: with(Flags::HOMEADDRESS | Flags::NOPREFIXROUTE),
                ..address("fd00::4/64")
            },
            json!({"local": "fd00::4", "prefixlen": 64, "scope": "global", "nodad": true, "home": true,
                   "noprefixroute": true}),
        ),
        (
            Address {
                flags: with(Flags::MANAGETEMPADDR),
                ..address("fd00::5/64")
            },
            json!({"local": "fd00::5", "prefixlen": 64, "scope": "global", "nodad": true, "mngtmpaddr": true}),
        ),
        (
            Address {
                preferred_lifetime: Some(u32::MAX),
                ..address("fd00::6/128")
            },
            json!({"local": "fd00::6", "prefixlen": 128, "scope": "global", "nodad": true}),
        ),
        (
            Address {
                preferred_lifetime: Some(4_000_000_000),
                ..address("fd00::7/64")
            },
            json!({"local": "fd00::7", "prefixlen": 64, "scope": "global", "nodad": true,
                   "preferred_life_time": 4_000_000_000_u32}),
        ),
        (
            Address {
                peer: peer("fd00:1::8", 128),
                ..address("fd00::8/64")
            },
            json!({"local": "fd00::8", "address": "fd00:1::8", "prefixlen": 128, "scope": "global",
                   "nodad": true, "deprecated": true, "preferred_life_time": 0}),
        ),
        (
            Address {
                flags: with(Flags::MCAUTOJOIN),
                ..address("ff02::55/128")
            },
            json!({"local": "ff02::55", "prefixlen": 128, "scope": "link", "nodad": true, "deprecated": true,
                   "autojoin": true, "preferred_life_time": 0}),
        ),
    ]
}

/// What every row has in common is left out of the table.
fn complete(mut row: Value) -> Value {
    let map = row.as_object_mut().unwrap();
    let family = if map["local"].as_str().unwrap().contains(':') {
        "inet6"
    } else {
        "inet"
    };
    map.insert("family".into(), json!(family));
    map.insert("valid_life_time".into(), json!(u32::MAX));
    map.entry("preferred_life_time").or_insert(json!(u32::MAX));
    row
}

#[test]
fn addresses_look_as_the_original_installs_them() {
    in_namespace(|| {
        let mut host = Host::new();
        let (wanted, shown): (Vec<_>, Vec<_>) = rows().into_iter().unzip();
        assert_eq!(host.want(ME, &wanted).added, wanted.len());
        let seen = seen();
        for expected in shown.into_iter().map(complete) {
            let same = seen.iter().find(|a| a["local"] == expected["local"]);
            // A lifetime may have lost a second by now.
            let mut same = same
                .unwrap_or_else(|| panic!("{expected} is missing"))
                .clone();
            if same["preferred_life_time"] == json!(3_999_999_999_u32) {
                same["preferred_life_time"] = json!(4_000_000_000_u32);
            }
            assert_eq!(same, expected);
        }
        assert_eq!(seen.len(), wanted.len());

        host.catch_up();
        let v0 = host.links.by_name("v0").unwrap();
        let ours = v0.addresses().filter(|a| a.protocol == 18).count();
        assert_eq!(
            ours,
            wanted.len(),
            "all carry the protocol number of keepalived"
        );

        host.manager.release(ME);
        assert_eq!(host.reconcile().removed, wanted.len());
        assert!(seen_addresses().is_empty(), "{:?}", seen_addresses());
        assert_eq!(host.reconcile(), vip::Outcome::default());
    });
}

#[test]
fn a_thousand_addresses() {
    in_namespace(|| {
        let mut host = Host::new();
        let number = |n: u32| address(&format!("10.1.{}.{}/32", n / 250, n % 250 + 1));
        let wanted: Vec<_> = (0..1000).map(number).collect();
        host.manager.want(ME, wanted.clone());
        let start = Instant::now();
        let outcome = host.manager.reconcile_some(&host.links, 50);
        assert_eq!((outcome.added, outcome.more), (50, true));
        assert_eq!(host.reconcile().added, 950);
        println!("1,000 addresses in {:?}", start.elapsed());
        assert_eq!(seen_addresses().len(), 1000);

        // Other wishes while there is work left.
        host.want(ME, &wanted[..10]);
        assert_eq!(seen_addresses().len(), 10);
        host.catch_up();
        assert_eq!(
            host.links
                .by_name("v0")
                .unwrap()
                .addresses()
                .filter(|a| a.address.is_ipv4())
                .count(),
            10
        );
    });
}

#[test]
fn nobody_elses_address_is_touched() {
    in_namespace(|| {
        ip("addr add 10.0.0.1/24 dev v0");
        ip("addr add fd00::1/64 dev v0 nodad");
        let mut host = Host::new();
        host.want(ME, &[address("10.0.0.2/24"), address("fd00::2/64")]);
        host.manager.release(ME);
        host.reconcile();
        assert_eq!(seen_addresses(), ["10.0.0.1", "fd00::1"]);
    });
}

#[test]
fn an_address_may_change_hands_without_a_system_call() {
    in_namespace(|| {
        let mut host = Host::new();
        let vip = address("10.0.0.2/24");
        host.want(ME, std::slice::from_ref(&vip));
        host.manager.release(ME);
        assert_eq!(host.want(Owner(2), &[vip]), vip::Outcome::default());
        assert_eq!(seen_addresses(), ["10.0.0.2"]);
    });
}

#[test]
fn one_failure_does_not_stop_the_rest() {
    in_namespace(|| {
        let mut host = Host::new();
        let nowhere = Address {
            interface: "eth7".into(),
            ..address("10.0.0.1/24")
        };
        let odd_scope = Address {
            scope: 253,
            ..address("10.0.0.3/24")
        };
        let wanted = vec![
            nowhere,
            address("10.0.0.2/24"),
            odd_scope,
            address("10.0.0.4/24"),
        ];
        host.manager.want(ME, wanted);
        let outcome = host.manager.reconcile(&host.links);
        let said: Vec<_> = outcome.failed.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(said[0], "add 10.0.0.1/24 to eth7: no such device");
        assert!(
            said[1].starts_with("add 10.0.0.3/24 to v0: invalid argument"),
            "{said:?}"
        );
        assert_eq!(seen_addresses(), ["10.0.0.2", "10.0.0.4"]);

        // The link appears: the wish is still there.
        ip("link add eth7 type veth peer name q7");
        host.catch_up();
        let outcome = host.manager.reconcile(&host.links);
        assert_eq!((outcome.added, outcome.failed.len()), (1, 1));
    });
}

#[test]
fn an_address_that_is_there_already_is_taken_over() {
    in_namespace(|| {
        ip("addr add 10.0.0.1/24 dev v0");
        ip("addr add 10.0.1.1/24 dev v0 label v0:x");
        ip("addr add fd00::1/64 dev v0");
        let mut host = Host::new();
        let wanted = vec![
            address("10.0.0.1/24"),
            address("10.0.1.1/24"),
            address("fd00::1/64"),
        ];
        host.manager.want(ME, wanted.clone());
        let outcome = host.manager.reconcile(&host.links);
        assert_eq!(outcome.added, 0);
        let failed: Vec<_> = outcome
            .failed
            .iter()
            .map(|f| (f.act, &f.address, &f.reason))
            .collect();
        assert_eq!(failed, [(Act::Add, &wanted[1], &Reason::Different)]);
        assert_eq!(host.reconcile(), vip::Outcome::default(), "said once");
        host.manager.release(ME);
        assert_eq!(host.reconcile().removed, 3);
    });
}

#[test]
fn what_is_gone_already_needs_no_removal() {
    in_namespace(|| {
        let mut host = Host::new();
        let elsewhere = Address {
            interface: "p0".into(),
            ..address("10.0.1.1/24")
        };
        host.want(
            ME,
            &[address("10.0.0.1/24"), address("fd00::1/64"), elsewhere],
        );
        ip("addr del 10.0.0.1/24 dev v0");
        ip("addr del fd00::1/64 dev v0");
        ip("link del p0");
        host.manager.release(ME);
        let outcome = host.reconcile();
        assert_eq!(outcome.removed, 0);
    });
}

#[test]
fn secondaries_survive_their_primary() {
    in_namespace(|| {
        fs::write("/proc/sys/net/ipv4/conf/v0/promote_secondaries", "0").unwrap();
        let mut host = Host::new();
        host.want(ME, &[address("10.0.0.1/24")]);
        host.want(Owner(2), &[address("10.0.0.2/24"), address("10.0.0.3/24")]);
        host.manager.release(ME);
        let outcome = host.reconcile();
        assert_eq!((outcome.removed, outcome.added), (1, 2));
        assert_eq!(seen_addresses(), ["10.0.0.2", "10.0.0.3"]);
        let (_, robbed) = host.catch_up();
        assert_eq!(robbed, [], "the kernel took them along on our behalf");
        assert_eq!(host.reconcile(), vip::Outcome::default());
    });
}

/// The promise to put secondaries back outlives a change of mind in between.
#[test]
fn secondaries_survive_a_reconciliation_in_small_steps() {
    in_namespace(|| {
        fs::write("/proc/sys/net/ipv4/conf/v0/promote_secondaries", "0").unwrap();
        let mut host = Host::new();
        host.want(ME, &[address("10.0.0.1/24")]);
        host.want(Owner(2), &[address("10.0.0.2/24")]);
        host.want(Owner(3), &[address("10.0.0.3/24")]);
        host.manager.release(ME);
        assert_eq!(host.manager.reconcile_some(&host.links, 1).removed, 1);
        assert!(seen_addresses().is_empty());
        host.manager.release(Owner(3));
        host.manager.want(Owner(4), vec![address("10.0.1.1/24")]);
        assert_eq!(host.reconcile().added, 2);
        assert_eq!(seen_addresses(), ["10.0.0.2", "10.0.1.1"]);
    });
}

#[test]
fn leftovers_are_removed_or_adopted() {
    in_namespace(|| {
        let leftovers = [
            address("10.0.0.1/24"),
            address("10.0.0.2/24"),
            address("fd00::1/128"),
        ];
        {
            let mut crashed = Manager::open().unwrap();
            crashed.want(ME, leftovers.to_vec());
            crashed.reconcile(&Host::new().links);
        }
        ip("addr add 10.0.0.9/24 dev v0");
        ip("addr add 10.0.0.3/25 dev v0");
        let mut host = Host::new();
        host.manager.want(ME, vec![leftovers[0].clone()]);
        let of_the_file = [
            &leftovers[..],
            &[address("10.0.0.3/24"), address("10.0.0.4/24")],
        ]
        .concat();
        let outcome = host.manager.adopt_or_clean(&of_the_file, &host.links);
        assert_eq!(
            (outcome.removed, outcome.added, outcome.failed.len()),
            (2, 0, 0)
        );
        assert_eq!(
            host.reconcile(),
            vip::Outcome::default(),
            "the adopted one is there"
        );
        let mut seen = seen_addresses();
        seen.sort();
        assert_eq!(seen, ["10.0.0.1", "10.0.0.3", "10.0.0.9"]);
        host.manager.release(ME);
        assert_eq!(host.reconcile().removed, 1);
    });
}
