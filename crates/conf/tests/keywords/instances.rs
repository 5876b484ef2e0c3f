//! `vrrp_instance` and its blocks.

use std::time::Duration;

use conf::{Code, Severity};
use vrrp::{InitialState, Preempt, Transport, Version};

use super::*;

#[test]
fn a_plain_instance_has_the_defaults() {
    let i = instance("");
    assert_eq!((i.name.as_str(), i.vrid, i.priority), ("V", 1, 100));
    assert_eq!(
        (i.version, i.initial_state),
        (Version::V2, InitialState::Backup)
    );
    assert_eq!(i.advert_interval, Duration::from_secs(1));
    assert_eq!(i.preempt, Preempt::After(Duration::ZERO));
    assert_eq!(i.down_timer_adverts, 3);
    assert_eq!(i.garp, vrrp::GarpSchedule::default());
    assert_eq!(
        i.transport,
        Transport::Multicast {
            group: "224.0.0.18".parse().unwrap()
        }
    );
    assert_eq!(i.authentication, vrrp::Authentication::None);
    assert!(i.track_primary && !i.lower_prio_no_advert && !i.higher_prio_send_advert);
    assert_eq!(
        i.addresses,
        ["10.0.0.1".parse::<std::net::IpAddr>().unwrap()]
    );
    let loaded = with("");
    assert!(
        loaded.can_run() && loaded.diagnostics.is_empty(),
        "{:?}",
        loaded.diagnostics
    );
    assert_eq!(loaded.config.global.router_id, "director1.example");
    assert_eq!(loaded.config.instances[0].addresses[0].interface, "eth0");
    assert_eq!(loaded.config.router.interfaces, ["eth0"]);
}

#[test]
fn values_of_an_instance() {
    assert_eq!(instance("priority 254").priority, 254);
    assert_eq!(instance("priority 1").priority, 1);
    assert_eq!(
        instance("state MASTER\npriority 5").initial_state,
        InitialState::Master
    );
    assert_eq!(instance("state MASTER").priority, 255);
    assert_eq!(instance("version 3").version, Version::V3);
    assert_eq!(
        instance("version 3\nadvert_int 0.01").advert_interval,
        Duration::from_millis(10)
    );
    assert_eq!(
        instance("advert_int 255").advert_interval,
        Duration::from_secs(255)
    );
    assert_eq!(instance("nopreempt").preempt, Preempt::Never);
    assert_eq!(
        instance("nopreempt\npreempt").preempt,
        Preempt::After(Duration::ZERO)
    );
    let delay = Duration::from_millis(1500);
    assert_eq!(instance("preempt_delay 1.5").preempt, Preempt::After(delay));
    assert_eq!(instance("down_timer_adverts 100").down_timer_adverts, 100);
    assert!(instance("lower_prio_no_advert").lower_prio_no_advert);
    assert!(!instance("lower_prio_no_advert off").lower_prio_no_advert);
    assert!(instance("higher_prio_send_advert true").higher_prio_send_advert);
    assert!(instance("skip_check_adv_addr").skip_check_adv_addr);
    assert!(!instance("dont_track_primary").track_primary);
    let source = instance("mcast_src_ip 10.9.9.9").source;
    assert_eq!(source, Some("10.9.9.9".parse().unwrap()));
    let group = Transport::Multicast {
        group: "224.0.0.99".parse().unwrap(),
    };
    assert_eq!(instance("mcast_dst_ip 224.0.0.99").transport, group);
    let _ = (
        instance("debug 4"),
        instance("accept"),
        instance("virtual_router_id 255"),
    );
}

#[test]
fn unicast() {
    let i = instance(
        "unicast_src_ip 10.0.0.9\nunicast_ttl 5\ncheck_unicast_src\nunicast_peer {\n10.0.0.8\n10.0.0.7\n}",
    );
    let peers = vec!["10.0.0.8".parse().unwrap(), "10.0.0.7".parse().unwrap()];
    assert_eq!(
        i.transport,
        Transport::Unicast {
            peers,
            ttl: 5,
            check_source: true
        }
    );
    assert_eq!(i.source, Some("10.0.0.9".parse().unwrap()));
}

#[test]
fn gratuitous_arp() {
    let own = "garp_master_delay 1\ngarp_master_repeat 2\ngarp_master_refresh 3\n\
               garp_master_refresh_repeat 4\ngarp_lower_prio_delay 6\ngarp_lower_prio_repeat 0";
    let g = instance(own).garp;
    let seconds = Duration::from_secs;
    assert_eq!((g.master_delay, g.master_repeat), (seconds(1), 2));
    assert_eq!((g.master_refresh, g.master_refresh_repeat), (seconds(3), 4));
    assert_eq!((g.lower_prio_delay, g.lower_prio_repeat), (seconds(6), 0));
    // What follows a lower advert does not come from the instance, but from the globals.
    let g = instance("garp_master_delay 7\ngarp_master_repeat 8").garp;
    assert_eq!((g.lower_prio_delay, g.lower_prio_repeat), (seconds(5), 5));
    let loaded = global("vrrp_garp_master_delay 9\nvrrp_garp_lower_prio_repeat 3");
    let g = loaded.config.router.instances[0].garp;
    assert_eq!(
        (g.master_delay, g.lower_prio_delay, g.lower_prio_repeat),
        (seconds(9), seconds(9), 3)
    );
    let g = global("vrrp_min_garp").config.router.instances[0].garp;
    assert_eq!((g.master_delay, g.master_repeat), (Duration::ZERO, 1));
}

#[test]
fn wrong_values_of_an_instance() {
    let rows = [
        (
            "priority 300",
            "(V) Priority not valid! must be between 1 & 255. Using default 100",
        ),
        ("priority x", "invalid number 'x'"),
        (
            "virtual_router_id 0",
            "(V): VRID '0' not valid - must be between 1 & 255",
        ),
        ("virtual_router_id -1", "negative number '-1'"),
        (
            "state MASTRE",
            "(V) unknown state 'MASTRE', defaulting to BACKUP",
        ),
        (
            "state MASTER\npriority 9\nstate BACKUP",
            "(V) state previously set as MASTER - ignoring BACKUP",
        ),
        ("version 4", "(V): Version must be either 2 or 3"),
        (
            "advert_int 0",
            "number '0' outside range [0.010000, 255.000000]",
        ),
        (
            "advert_int 1.5",
            "(V) VRRPv2 advertisement interval 1.500000s must be an integer. rounding",
        ),
        (
            "version 3\nadvert_int 0.015",
            "(V) VRRPv3 advertisement interval 0.015000s must be in units of 10ms - rounding",
        ),
        (
            "version 3\nadvert_int 50",
            "interval 50.00s is out of range. Must be less than 40.96s. Setting to 40.95s",
        ),
        (
            "advert_int 1.0000001",
            "number '1.0000001' has too many decimal places",
        ),
        (
            "preempt_delay 1001",
            "(V) Preempt_delay not valid! must be between 0-1000",
        ),
        (
            "nopreempt\npreempt_delay 5",
            "(V) preempt_delay is incompatible with nopreempt mode - resetting",
        ),
        (
            "state MASTER\npriority 9\nnopreempt",
            "(V) Warning - nopreempt will not work with initial state MASTER - clearing",
        ),
        (
            "priority 255\nnopreempt",
            "(V) nopreempt is incompatible with priority 255. resetting nopreempt",
        ),
        (
            "state MASTER\npriority 9\npreempt_delay 5",
            "(V) Warning - preempt delay will not work with initial state MASTER - clearing",
        ),
        (
            "down_timer_adverts 0",
            "(V): Invalid down_timer_adverts [1:100] '0'",
        ),
        (
            "lower_prio_no_advert x",
            "(V) invalid lower_prio_no_advert x specified",
        ),
        (
            "higher_prio_send_advert 1",
            "(V) invalid higher_prio_send_advert 1 specified",
        ),
        (
            "skip_check_adv_addr x",
            "(V) invalid skip_check_adv_addr x specified",
        ),
        (
            "debug 5",
            "(V) Debug value '5' not valid; must be between 0-4",
        ),
        (
            "native_ipv6",
            "(V) Cannot specify native_ipv6 with IPv4 addresses",
        ),
        (
            "mcast_src_ip x",
            "VRRP instance[V] malformed src address[x]. Skipping...",
        ),
        (
            "mcast_src_ip fe80::1",
            "src address[fe80::1] MUST be of the same family",
        ),
        (
            "mcast_dst_ip 10.0.0.1",
            "(V) mcast_dst_ip 10.0.0.1 not multicast. Skipping...",
        ),
        (
            "mcast_dst_ip x",
            "(V) malformed mcast dest address x. Skipping...",
        ),
        (
            "unicast_ttl 5",
            "(V): Cannot use unicast_ttl without unicast peers - resetting",
        ),
        (
            "unicast_ttl 256",
            "(V): TTL '256' not valid - must be between 0 & 255",
        ),
        (
            "check_unicast_src",
            "A unicast keyword has been specified without any unicast peers.",
        ),
        (
            "unicast_peer {\nfe80::9\n}",
            "unicast peer address[fe80::9] MUST be of the same family",
        ),
        (
            "unicast_peer {\nx\n}",
            "malformed unicast peer address[x]. Skipping...",
        ),
        (
            "unicast_peer {\n10.0.0.8 10.0.0.7\n}",
            "(V) 10.0.0.8 - 10.0.0.7 is missing a value",
        ),
        (
            "unicast_peer {\n10.0.0.8\n}\nmcast_dst_ip 224.0.0.9",
            "(V) multicast destination specified with unicast - ignoring",
        ),
        (
            "garp_master_delay 1.5",
            "(V): garp_master_delay '1.5' invalid - ignoring",
        ),
        (
            "garp_master_repeat 0",
            "(V): garp_master_repeat must be greater than 0, setting to 1",
        ),
        (
            "garp_master_refresh x",
            "(V): Invalid garp_master_refresh 'x' - ignoring",
        ),
        (
            "garp_master_refresh_repeat 0",
            "garp_master_refresh_repeat must be greater than 0",
        ),
        (
            "garp_lower_prio_delay x",
            "(V): garp_lower_prio_delay 'x' invalid - ignoring",
        ),
        (
            "garp_lower_prio_repeat 2147483648",
            "(V): Invalid garp_lower_prio_repeat '2147483648'",
        ),
        (
            "interface eth9",
            "WARNING - interface eth9 for vrrp_instance V doesn't exist",
        ),
        (
            "interface lo",
            "(V) cannot use a loopback interface (lo) for vrrp - ignoring",
        ),
        (
            "authentication {\nauth_type FOO\n}",
            "(V) unknown authentication type 'FOO'",
        ),
        (
            "authentication {\nauth_type PASS\n}",
            "(V) Authentication specified but no password given. Ignoring",
        ),
        (
            "authentication {\nauth_type PASS\nauth_pass 123456789\n}",
            "Truncating auth_pass to 8 characters",
        ),
        (
            "version 3\nauthentication {\nauth_type PASS\nauth_pass a\n}",
            "(V) VRRP version 3 does not support authentication. Ignoring.",
        ),
        (
            "notify_master /bin/ok\nnotify_master /bin/ok",
            "(V) notify_master script already specified - ignoring /bin/ok",
        ),
        (
            "track_interface {\neth1 weight x\n}",
            "(V) weight x for eth1 must be between [-253..253] inclusive. Ignoring...",
        ),
        (
            "track_interface {\neth0\n}",
            "(V) Ignoring track_interface eth0 since own interface",
        ),
        (
            "track_interface {\neth9\n}",
            "(V) tracked interface eth9 doesn't exist",
        ),
        (
            "track_interface {\neth1\neth1\n}",
            "(V) duplicate track_interface eth1 - ignoring",
        ),
        (
            "priority 255\ntrack_interface {\neth1 weight 5\n}",
            "(V) ignoring eth1 tracked interface due to address owner",
        ),
        (
            "track_script {\ns\n}",
            "(V) track script s not found, ignoring...",
        ),
        (
            "virtual_ipaddress {\nfe80::1\n}",
            "(V): address family must match VRRP instance [fe80::1] - ignoring",
        ),
    ];
    wrong(&rows, with);
}

#[test]
fn authentication() {
    let pass = |text: &str| {
        instance(&format!(
            "authentication {{\nauth_type PASS\nauth_pass {text}\n}}"
        ))
        .authentication
    };
    assert_eq!(pass("abc"), vrrp::Authentication::Pass(*b"abc\0\0\0\0\0"));
    assert_eq!(pass("12345678"), vrrp::Authentication::Pass(*b"12345678"));
    let latin = load_text(
        "f",
        b"vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n\
          authentication {\nauth_type PASS\nauth_pass \xe9\xff\n}\n}",
        "",
        &host(),
    );
    let bytes = vrrp::Authentication::Pass([0xe9, 0xff, 0, 0, 0, 0, 0, 0]);
    assert_eq!(latin.config.router.instances[0].authentication, bytes);
}

#[test]
fn a_protection_that_is_not_built_stops_the_instance() {
    for body in [
        "authentication {\nauth_type AH\nauth_pass a\n}",
        "auth_hmac {\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 1\n}",
    ] {
        let loaded = with(body);
        assert!(loaded.config.router.instances.is_empty(), "{body}");
        assert_eq!(loaded.config.withheld.len(), 1, "{body}");
        assert!(
            loaded
                .diagnostics
                .iter()
                .any(|d| d.severity == Severity::Error && d.code == Code::NotSupported)
        );
        assert_eq!(loaded.test_exit_code(), 0, "{body}");
    }
    for body in ["no_accept", "strict_mode", "use_vmac", "use_ipvlan"] {
        let loaded = with(body);
        assert_eq!(loaded.config.router.instances.len(), 1, "{body}");
        assert!(
            loaded
                .diagnostics
                .iter()
                .any(|d| d.severity == Severity::Warning && d.code == Code::NotSupported)
        );
    }
}

#[test]
fn a_missing_value_ends_with_2() {
    let words = [
        "state",
        "interface",
        "virtual_router_id",
        "priority",
        "version",
        "advert_int",
        "preempt_delay",
        "mcast_src_ip",
        "mcast_dst_ip",
        "unicast_src_ip",
        "unicast_ttl",
        "garp_master_delay",
        "garp_master_repeat",
        "garp_master_refresh",
        "garp_master_refresh_repeat",
        "garp_lower_prio_delay",
        "garp_lower_prio_repeat",
        "down_timer_adverts",
        "debug",
        "notify",
        "notify_master",
        "notify_backup",
        "notify_fault",
        "notify_stop",
        "notify_master_rx_lower_pri",
    ];
    for word in words {
        let loaded = with(word);
        assert_eq!(loaded.test_exit_code(), 2, "{word}");
        assert_eq!(
            (loaded.start_exit_code(), loaded.can_run()),
            (2, false),
            "{word}"
        );
        let line = format!(
            "*** Configuration line starting `{word}` is missing a parameter after keyword `{word}` at word position 2"
        );
        assert!(logged(&loaded).contains(&line), "{word}");
    }
}

#[test]
fn families() {
    let six = |more: &str| {
        load(&format!(
            "vrrp_instance A {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\nfe80::1\n}}\n{more}\n}}\n"
        ))
    };
    let loaded = six("");
    let i = &loaded.config.router.instances[0];
    assert_eq!((i.version, i.family), (Version::V3, vrrp::Family::V6));
    assert_eq!(
        i.transport,
        Transport::Multicast {
            group: "ff02::12".parse().unwrap()
        }
    );
    let loaded = six("version 2");
    assert_eq!(loaded.config.router.instances[0].version, Version::V3);
    let conflict = "(A) vrrp_version 2 conflicts with configured or deduced version 0; ignoring.";
    assert!(logged(&loaded).contains(conflict), "{}", logged(&loaded));
    let before = load(
        "vrrp_instance A {\ninterface eth0\nversion 2\nvirtual_router_id 1\nvirtual_ipaddress {\nfe80::1\n}\n}\n",
    );
    assert_eq!(before.config.router.instances[0].version, Version::V2);
    assert_eq!(before.test_exit_code(), 0);
    let loaded = load(
        "global_defs {\nvrrp_mcast_group6 ff02::13\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nnative_ipv6\nno_virtual_ipaddress\n}\n",
    );
    let i = &loaded.config.router.instances[0];
    assert_eq!(
        i.transport,
        Transport::Multicast {
            group: "ff02::13".parse().unwrap()
        }
    );
}

#[test]
fn too_many_addresses_go_to_the_excluded_ones() {
    let many = |prefix: &str, count: u32| {
        let lines: String = (1..=count).map(|n| format!("{prefix}{n:x}\n")).collect();
        let lines = if prefix.contains(':') {
            lines
        } else {
            (1..=count)
                .map(|n| format!("{prefix}{}.{}\n", n / 250, n % 250 + 1))
                .collect()
        };
        load(&format!(
            "vrrp_instance A {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\n{lines}}}\n}}\n"
        ))
    };
    for (prefix, count, most) in [("10.1.", 300, 255), ("fe80::1:", 100, 89)] {
        let loaded = many(prefix, count);
        let line = format!(
            "(A) Number of VIPs ({count}) exceeds maximum/space available in packet (max {most} addresses) - excess moved to eVIPs"
        );
        assert!(logged(&loaded).contains(&line), "{}", logged(&loaded));
        assert_eq!(loaded.config.router.instances[0].addresses.len(), most);
        assert_eq!(
            loaded.config.instances[0].excluded.len(),
            usize::try_from(count).unwrap() - most
        );
    }
}
