//! What the monitor tells, and what the manager makes of it.

use std::net::IpAddr;

use rtnetlink::sys::{Socket, SocketAddr, protocols};
use vip::{Change, Owner};

use crate::namespace::{Host, ME, address, in_namespace, ip, seen_addresses};

fn no_address(_: IpAddr) -> bool {
    false
}

#[test]
fn removal_by_others_is_noticed_and_mended() {
    in_namespace(|| {
        let mut host = Host::new();
        host.want(ME, &[address("10.0.0.1/24")]);
        host.want(Owner(2), &[address("fd00::1/128"), address("fd00::2/64")]);
        assert_eq!(host.catch_up().1, []);
        for (victim, owner) in [
            ("10.0.0.1/24", ME),
            ("fd00::1/128", Owner(2)),
            ("fd00::2/64", Owner(2)),
        ] {
            ip(&format!("addr del {victim} dev v0"));
            assert_eq!(host.catch_up().1, [owner], "{victim}");
            assert_eq!(host.reconcile().added, 1);
            assert_eq!(host.catch_up().1, []);
        }
        ip("addr flush dev v0 scope global");
        assert_eq!(host.catch_up().1.len(), 3);
        assert_eq!(host.reconcile().added, 3);
    });
}

#[test]
fn untracked_addresses_are_mended_quietly() {
    in_namespace(|| {
        let mut host = Host::new();
        host.want(
            ME,
            &[vip::Address {
                track: false,
                ..address("10.0.0.1/24")
            }],
        );
        ip("addr del 10.0.0.1/24 dev v0");
        assert_eq!(host.catch_up().1, []);
        assert_eq!(host.reconcile().added, 1);
    });
}

/// The events of our own removals come late, when the addresses may be wanted again.
#[test]
fn own_removals_are_told_from_others() {
    in_namespace(|| {
        let mut host = Host::new();
        let vips = [
            address("10.0.0.1/24"),
            address("10.0.0.2/24"),
            address("fd00::1/128"),
            address("fd00::2/64"),
        ];
        for _ in 0..50 {
            host.want(ME, &vips);
            host.manager.release(ME);
            host.reconcile();
        }
        host.want(ME, &vips);
        assert_eq!(host.catch_up().1, []);
        assert_eq!(host.reconcile(), vip::Outcome::default());
        // The secondary first, it would go with its primary.
        for victim in vips.iter().rev() {
            ip(&format!(
                "addr del {}/{} dev v0",
                victim.address, victim.prefix
            ));
        }
        assert_eq!(host.catch_up().1.len(), vips.len());
    });
}

#[test]
fn a_link_that_comes_back_gets_its_addresses_back() {
    in_namespace(|| {
        let mut host = Host::new();
        let vips = [
            address("10.0.0.1/24"),
            address("fd00::1/128"),
            address("fd00::2/64"),
        ];
        host.want(ME, &vips);
        ip("link set v0 down");
        let (changes, robbed) = host.catch_up();
        assert!(
            changes
                .iter()
                .any(|c| matches!(c, Change::LinkDown { name, .. } if name == "v0"))
        );
        assert_eq!(robbed, [], "nobody took them");
        assert!(!host.links.by_name("v0").unwrap().up);
        assert_eq!(seen_addresses(), ["10.0.0.1"]);

        ip("link set v0 up");
        host.until(|c| matches!(c, Change::LinkUp { name, .. } if name == "v0"));
        assert!(host.links.by_name("v0").unwrap().up);
        assert_eq!(host.reconcile().added, 2);
        assert_eq!(seen_addresses().len(), 3);
    });
}

#[test]
fn a_link_without_carrier_is_down() {
    in_namespace(|| {
        let mut host = Host::new();
        ip("link set p0 down");
        host.until(|c| matches!(c, Change::LinkDown { name, .. } if name == "v0"));
        ip("link set p0 up");
        host.until(|c| matches!(c, Change::LinkUp { name, .. } if name == "v0"));
    });
}

#[test]
fn links_come_go_and_change_their_names() {
    in_namespace(|| {
        let mut host = Host::new();
        ip("link add w0 type veth peer name w1");
        host.until(|c| matches!(c, Change::LinkNew { name, .. } if name == "w0"));
        assert!(!host.links.by_name("w0").unwrap().up);
        let index = host.links.by_name("w0").unwrap().index;

        ip("link set w0 name x0");
        let (changes, _) =
            host.until(|c| matches!(c, Change::LinkNew { name, .. } if name == "x0"));
        assert!(changes.contains(&Change::LinkGone {
            index,
            name: "w0".into()
        }));
        assert!(host.links.by_name("w0").is_none());

        let vip = vip::Address {
            interface: "x0".into(),
            ..address("10.0.0.1/24")
        };
        host.want(ME, std::slice::from_ref(&vip));
        ip("link del x0");
        let (_, robbed) =
            host.until(|c| matches!(c, Change::LinkGone { name, .. } if name == "x0"));
        assert_eq!(robbed, []);
        assert!(host.links.by_index(index).is_none());

        ip("link add x0 type veth peer name x1");
        host.until(|c| matches!(c, Change::LinkNew { name, .. } if name == "x0"));
        assert_eq!(host.reconcile().added, 1);
    });
}

/// A port that leaves its bridge is reported as deleted, by the bridge.
#[test]
fn leaving_a_bridge_is_not_deletion() {
    in_namespace(|| {
        let mut host = Host::new();
        ip("link add br0 type bridge");
        ip("link set v0 master br0");
        ip("link set v0 nomaster");
        host.catch_up();
        assert!(host.links.by_name("v0").is_some());
    });
}

#[test]
fn own_addresses_of_a_link() {
    in_namespace(|| {
        let mut host = Host::new();
        ip("addr add 10.0.0.9/24 dev v0");
        ip("addr add 10.0.0.1/24 dev v0");
        host.catch_up();
        let nine: IpAddr = "10.0.0.9".parse().unwrap();
        assert_eq!(
            host.links.primary_v4("v0", &no_address).map(IpAddr::from),
            Some(nine)
        );
        let second = host.links.primary_v4("v0", &|a| a == nine);
        assert_eq!(second, Some("10.0.0.1".parse().unwrap()));
        assert_eq!(host.links.primary_v4("p0", &no_address), None);

        // Tentative for a second or two, then usable, which is told.
        ip("link set v0 addrgenmode none");
        ip("addr flush dev v0 scope link");
        ip("addr add fe80::5/64 dev v0");
        host.catch_up();
        while host.links.link_local_v6("v0", &no_address).is_none() {
            host.next();
        }
        assert_eq!(
            host.links.link_local_v6("v0", &no_address),
            Some("fe80::5".parse().unwrap())
        );
        assert_eq!(host.links.link_local_v6("v0", &|_| true), None);
    });
}

/// More events than the socket holds, while nobody reads: the table is right again afterwards, and what others
/// did meanwhile is found out.
#[test]
fn an_overrun_is_made_good() {
    in_namespace(|| {
        let mut host = Host::new();
        let many: Vec<_> = (0..4000_u32)
            .map(|n| address(&format!("10.1.{}.{}/32", n / 250, n % 250 + 1)))
            .collect();
        host.want(Owner(2), &[address("10.0.0.1/24"), address("fd00::1/64")]);
        // The kernel tells of it late, from a work queue.
        let v6: IpAddr = "fd00::1".parse().unwrap();
        host.until(|c| matches!(c, Change::AddressAdded { address, .. } if *address == v6));
        for _ in 0..4 {
            host.want(ME, &many);
            host.want(ME, &[]);
        }
        ip("addr del 10.0.0.1/24 dev v0");
        ip("addr del fd00::1/64 dev v0");
        let (changes, robbed) = host.until(|c| *c == Change::Resynced);
        assert_eq!(robbed, [Owner(2), Owner(2)]);
        assert!(changes.len() < 40_000);
        assert_eq!(host.reconcile().added, 2);
        host.catch_up();
    });
}

/// Root may send to anybody's netlink port, and say what it likes.
#[test]
fn only_the_kernel_is_believed() {
    in_namespace(|| {
        let mut host = Host::new();
        let index = host.links.by_name("v0").unwrap().index;
        let mut lie = Vec::new();
        for word in [32, 0x0000_0011, 0, 0, 0, index, 0, 0_u32] {
            lie.extend(word.to_le_bytes());
        }
        let stranger = Socket::new(protocols::NETLINK_ROUTE).unwrap();
        let sockets = std::fs::read_to_string("/proc/thread-self/net/netlink").unwrap();
        let ports = sockets.lines().skip(1).filter_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let is_route = fields.next() == Some("0");
            fields
                .next()?
                .parse()
                .ok()
                .filter(|port| is_route && *port != 0)
        });
        let told = ports
            .map(|port| stranger.send_to(&lie, &SocketAddr::new(port, 0), 0))
            .filter(Result::is_ok);
        assert!(told.count() >= 3, "monitor, listing and requests");
        host.catch_up();
        assert!(host.links.by_index(index).is_some());
        assert_eq!(host.want(ME, &[address("10.0.0.1/24")]).added, 1);
    });
}
