//! Routes, rules, static addresses and the groups these follow.

use conf::config::{Encap, Network, Route, Rule, RuleAction, Table};
use conf::{Loaded, Severity};
use vrrp::{Family, InstanceId};

use super::{load, logged, with, wrong};

fn routes(lines: &str) -> Loaded {
    with(&format!("virtual_routes {{\n{lines}\n}}"))
}

fn rules(lines: &str) -> Loaded {
    with(&format!("virtual_rules {{\n{lines}\n}}"))
}

#[track_caller]
fn fine(loaded: &Loaded) {
    assert_eq!(loaded.test_exit_code(), 0, "{}", logged(loaded));
}

#[track_caller]
fn route(line: &str) -> Route {
    let loaded = routes(line);
    fine(&loaded);
    loaded.config.instances[0].routes[0].clone()
}

#[track_caller]
fn rule(line: &str) -> Rule {
    let loaded = rules(line);
    fine(&loaded);
    loaded.config.instances[0].rules[0].clone()
}

/// A file with an instance V, a group G of it, and a list of static entries.
fn statics(list: &str, lines: &str) -> Loaded {
    load(&format!(
        "vrrp_instance V {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\n10.0.0.1\n}}\n}}\n\
         track_group G {{\ngroup {{\nV\n}}\n}}\n{list} {{\n{lines}\n}}\n"
    ))
}

#[test]
fn a_plain_route_has_every_default() {
    let network = Network {
        address: "10.2.0.0".parse().unwrap(),
        prefix: 16,
    };
    assert_eq!(route("10.2.0.0/16"), Route::to(Family::V4, network));
    let default = route("default");
    assert_eq!(
        default,
        Route::to(Family::V4, Network::everything(Family::V4))
    );
    assert_eq!(
        (default.table, default.protocol, default.kind),
        (Table::MAIN, 18, 1)
    );
    assert_eq!(route("2001:db8::1").destination.prefix, 128);
}

#[test]
fn the_family_is_told_by_what_is_there() {
    for line in [
        "default via fe80::1",
        "default src ::1",
        "default expires 1",
        "default pref low",
        "default nexthop via fe80::1",
        "inet6 default",
        "default inet6",
        "default6",
        "via inet6 fe80::1 default",
    ] {
        let route = route(line);
        assert_eq!(route.family, Family::V6, "{line}");
        assert_eq!(route.destination, Network::everything(Family::V6), "{line}");
    }
    for line in [
        "default realms 3",
        "default via inet 10.0.0.2",
        "any",
        "all",
    ] {
        assert_eq!(
            route(line).destination,
            Network::everything(Family::V4),
            "{line}"
        );
    }
}

#[test]
fn what_the_original_misreads_is_read_and_noted() {
    for line in ["inet6 ::/0 dev eth0", "src 10.0.0.1 default"] {
        let loaded = routes(line);
        fine(&loaded);
        let mut notes = loaded.diagnostics.iter();
        let note = notes.find(|d| d.message.contains("keepalived itself, up to 2.4"));
        assert!(
            note.is_some_and(|note| note.severity == Severity::Note),
            "{line}"
        );
    }
    let rule = rule("to 10.0.0.0/8 from all sport 80 ipproto 132 table 9 preference 1");
    assert_eq!(rule.from, Some(Network::everything(Family::V4)));
    assert_eq!(
        (rule.source_ports.map(|p| p.last), rule.ip_protocol),
        (Some(80), Some(132))
    );
}

#[test]
fn next_hops_have_options_of_their_own() {
    let route = route(
        "10.0.0.0/8 metric 5 nexthop via 10.0.0.2 dev eth1 weight 3 onlink realms 2/3 \
         nexthop via inet 10.0.0.3 encap ip id 7 dst 10.9.9.9 src 10.9.9.8 tos 4 ttl 63 flags 1 nexthop dev eth0",
    );
    let [first, second, third] = &route.next_hops[..] else {
        panic!("{route:?}");
    };
    assert_eq!(
        (first.weight, first.on_link, first.interface.as_deref()),
        (3, true, Some("eth1"))
    );
    assert_eq!(first.realms.map(|r| (r.from, r.to)), Some((2, 3)));
    let Some(Encap::Ip(tunnel)) = &second.encap else {
        panic!("{second:?}");
    };
    assert_eq!(
        (tunnel.id, tunnel.tos, tunnel.hop_limit, tunnel.flags),
        (Some(7), Some(4), Some(63), Some(1))
    );
    assert_eq!((third.gateway, third.weight), (None, 1));
    assert_eq!(route.metric, Some(5));
}

#[test]
fn braces_of_next_hops_cost_a_message_and_no_more() {
    let loaded = routes(
        "10.1.0.0/16 nexthop { via 10.0.0.2 weight 2 } nexthop { via 10.0.0.3 }\n\
         10.2.0.0/16 nexthop {\nvia 10.0.0.2\nweight 2\n}\n10.3.0.0/16 dev eth0",
    );
    assert_eq!(loaded.test_exit_code(), 5);
    let routes = &loaded.config.instances[0].routes;
    let hops: Vec<_> = routes.iter().map(|route| route.next_hops.len()).collect();
    assert_eq!(hops, [2, 1, 0], "{}", logged(&loaded));
    assert_eq!(routes[1].next_hops[0].weight, 2);
    let lines = logged(&loaded);
    assert_eq!(
        lines.matches("unknown route keyword {").count(),
        2,
        "{lines}"
    );
}

#[test]
fn tunnels() {
    let encap = |text: &str| route(&format!("default dev eth0 encap {text}")).encap;
    assert_eq!(encap("mpls 16"), Some(Encap::Mpls(vec![16])));
    assert_eq!(
        encap("ila 1:2:3:ffff"),
        Some(Encap::Ila(0x0001_0002_0003_ffff))
    );
    let Some(Encap::Ip6(tunnel)) = encap("ip6 dst fe80::1 tc 0x10 hoplimit 9") else {
        panic!("no tunnel");
    };
    assert_eq!(
        (tunnel.id, tunnel.tos, tunnel.hop_limit),
        (None, Some(16), Some(9))
    );
}

#[test]
fn wrong_routes_are_left_out() {
    let rows = [
        (
            "10.0.0.0/8 dev eth0 10.x",
            "VRRP parsed invalid IP 10.x. skipping IP...",
        ),
        ("default encap ip dst x", "Invalid encap ip dst x"),
        (
            "default encap ip src ::1",
            "IPv6 address ::1 not valid for ip encapsulation",
        ),
        (
            "default encap ip6 id x",
            "id x value invalid for IPv6 encapsulation",
        ),
        (
            "default encap ip6 tc x",
            "tc value tc is invalid for ip6 encapsulation",
        ),
        (
            "default encap ip ttl 5",
            "address or id missing for ip encapsulation",
        ),
        (
            "default encap ip id 5 flags 65536",
            "flags 65536 is not valid for ip encapsulation",
        ),
        ("default encap gre", "Unknown encap type - gre"),
        ("default encap", "Missing encap type"),
        (
            "default encap mpls",
            "missing address for MPLS encapsulation",
        ),
        (
            "default encap mpls 1/2/3",
            "invalid mpls address 1/2/3 for encapsulation",
        ),
        ("default encap ila", "missing locator for ILA encapsulation"),
        (
            "default encap ila 1:2:3:10000",
            "invalid locator 1:2:3:10000 for ila encapsulation",
        ),
        ("default rtt 5sx", "Invalid rtt 5sx for route"),
        (
            "default rttvar 1000s",
            "number '1000' outside range [0.000, 480.000]",
        ),
        ("default realms 1/x", "Invalid realms 1/x for route"),
        ("default vrf nosuch", "VRF nosuch not found for route"),
        ("default nexthop via x", "invalid nexthop address x"),
        (
            "default nexthop weight 0",
            "Invalid weight 0 specified for route",
        ),
        (
            "10.0.0.0/8 nexthop via ::1",
            "Address family mismatch for next hop",
        ),
        (
            "10.0.0.0/8 nexthop via inet6 ::1",
            "IPv4/6 mismatch for nexthop",
        ),
        (
            "default nexthop as 10.0.0.2",
            "'as [to]' (nat) not supported",
        ),
        ("default via 10.0.0.2 or x", "Invalid \"or\" address x"),
        (
            "default via 10.0.0.2 or 10.0.0.3 nexthop via 10.0.0.4",
            "Route has trailing nonsense - nexthop",
        ),
        (
            "2001:db8::/32 via 10.0.0.2",
            "Cannot mix IPv4 and IPv6 addresses for route",
        ),
        (
            "10.0.0.0/8 ::/0",
            "Cannot mix IPv4 and IPv6 addresses for route (::/0)",
        ),
        ("to blackhole 10.0.0.0/8", "unknown route keyword blackhole"),
        (
            "10.0.0.0/8 track_group G",
            "unknown route keyword track_group",
        ),
    ];
    wrong(&rows, routes);
    for (line, _) in rows {
        let kept = &routes(line).config.instances[0].routes;
        assert!(kept.is_empty(), "{line}: {kept:?}");
    }
}

#[test]
fn some_mistakes_leave_the_route() {
    let rows = [
        (
            "default dev eth0 nexthop via 10.0.0.2 junk",
            "Route has trailing nonsense after nexthops - junk",
        ),
        (
            "default via 10.0.0.2 or 10.0.0.3 or 10.0.0.4",
            "\"or\" route already specified - ignoring subsequent",
        ),
        (
            "10.0.0.0/33 dev eth0",
            "Invalid address prefix len 33 for address 10.0.0.0/33 - using 32",
        ),
        (
            "default dev eth0 rtt 1.2345s",
            "number '1.2345' has too many decimal places",
        ),
    ];
    wrong(&rows, routes);
    for (line, _) in rows {
        assert_eq!(routes(line).config.instances[0].routes.len(), 1, "{line}");
    }
}

#[test]
fn a_missing_word_ends_the_original_not_us() {
    for (line, log) in [
        (
            "10.1.0.0/24 via",
            "line starting `10.1.0.0/24` is missing a parameter after keyword `via` at word position 3",
        ),
        (
            "blackhole",
            "line starting `blackhole` is missing a parameter after keyword `blackhole` at word position 2",
        ),
        (
            "10.1.0.0/24 nexthop via",
            "is missing a parameter after keyword `via` at word position 4",
        ),
    ] {
        let loaded = routes(&format!("{line}\n10.2.0.0/24 dev eth0"));
        assert_eq!(loaded.test_exit_code(), 2, "{line}");
        assert!(logged(&loaded).contains(log), "{line}: {}", logged(&loaded));
        assert_eq!(loaded.config.instances[0].routes.len(), 1, "{line}");
    }
}

#[test]
fn rules_without_a_preference_count_down_in_each_family() {
    let loaded = load(
        "static_rules {\nfrom all table 9\nfrom x table 9\n}\nvrrp_instance V {\ninterface eth0\n\
         virtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\nvirtual_rules {\nfrom ::/0 table 9\n\
         from all table 9\nfrom all table 9 preference 5\n}\n}\n",
    );
    let preferences = |rules: &[Rule]| rules.iter().map(|r| r.preference).collect::<Vec<_>>();
    assert_eq!(preferences(&loaded.config.static_rules), [16384]);
    let instance = &loaded.config.instances[0];
    assert_eq!(preferences(&instance.rules), [16384, 16383, 5]);
}

#[test]
fn a_plain_rule_has_every_default() {
    let found = rule("table 9 preference 1");
    assert_eq!(
        (found.family, found.action),
        (Family::V4, RuleAction::Table(9))
    );
    assert_eq!(
        (found.from, found.to, found.tos, found.tunnel_id),
        (None, None, 0, 0)
    );
    assert_eq!(
        (found.protocol, found.track, found.invert),
        (18, true, false)
    );
    assert_eq!(rule("from ::/0 l3mdev preference 1").family, Family::V6);
}

#[test]
fn wrong_rules_are_left_out() {
    let rows = [
        (
            "from ::/0 to 10.0.0.0/8 table 9",
            "rule specification has mixed IPv4 and IPv6",
        ),
        (
            "from ::/0 realms 5 table 10",
            "realms is only valid for IPv4",
        ),
        (
            "table 9 table 9",
            "Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable for rule",
        ),
        (
            "goto 20",
            "Invalid rule - goto target 20 specified without preference",
        ),
        ("goto x", "Invalid target goto specified"),
        ("table 9 fwmark 1/x", "Invalid rule fwmark 1/x specified"),
        (
            "table 9 uidrange 1-x",
            "Invalid uidrange uidrange specified",
        ),
        ("table 9 track_group G", "Unknown rule option track_group"),
        ("type table 9", "Unknown rule option table"),
    ];
    wrong(&rows, rules);
    for (line, _) in rows {
        assert!(rules(line).config.instances[0].rules.is_empty(), "{line}");
    }
}

#[test]
fn numbers_that_the_original_cuts_are_refused_without_counting() {
    for line in [
        "table 9 preference 1 sport 70000-80000",
        "table 9 preference 1 dport 90-80",
    ] {
        let loaded = rules(line);
        fine(&loaded);
        assert!(loaded.config.instances[0].rules.is_empty(), "{line}");
    }
    let loaded = rules("table 9 preference 1 sport 80-90x");
    fine(&loaded);
    let ports = loaded.config.instances[0].rules[0].source_ports;
    assert_eq!(ports.map(|ports| (ports.first, ports.last)), Some((80, 90)));
}

#[test]
fn static_addresses_have_the_default_interface() {
    let loaded = statics(
        "static_ipaddress",
        "10.1.0.2/24\n10.1.0.3 dev eth1 track_group G\n::2",
    );
    fine(&loaded);
    let list = &loaded.config.static_addresses;
    let interfaces: Vec<_> = list.iter().map(|a| a.address.interface.as_str()).collect();
    assert_eq!(interfaces, ["eth0", "eth1", "eth0"]);
    assert_eq!(list[1].track_group.as_deref(), Some("G"));
    assert_eq!(list[2].address.preferred_lifetime, Some(0));
    assert_eq!(loaded.config.track_groups[0].members, [InstanceId(0)]);
}

#[test]
fn groups_that_entries_follow() {
    let wrong_ones = [
        ("10.1.0.2 dev eth0 track_group X", "track_group X not found"),
        (
            "10.1.0.2 dev eth0 track_group G track_group H",
            "track_group H is a duplicate",
        ),
        (
            "10.1.0.2 dev eth0 track_group",
            "No track_group parameter specified for 10.1.0.2",
        ),
    ];
    wrong(&wrong_ones, |line| statics("static_ipaddress", line));
    let untracked = statics(
        "static_ipaddress",
        "10.1.0.2 dev eth0 track_group G no_track",
    );
    fine(&untracked);
    assert_eq!(untracked.config.static_addresses[0].track_group, None);
    let blocks = [
        (
            "track_group G {\ngroup {\nV\n}\n}",
            "track_group G already defined",
        ),
        (
            "track_group H {\n}",
            "Static track group H has no members - removing",
        ),
        (
            "track_group H {\ngroup {\nV\n}\ngroup {\nV\n}\n}",
            "Group list already specified for sync group H",
        ),
    ];
    wrong(&blocks, |block| {
        statics("static_routes", &format!("}}\n{block}\nstatic_rules {{"))
    });
}

#[test]
fn a_group_without_instances_is_followed_by_nobody() {
    let loaded = load(
        "track_group G {\ngroup {\nnosuch\n}\n}\nstatic_routes {\ndefault dev eth0 track_group G\n}\n",
    );
    fine(&loaded);
    assert!(loaded.config.track_groups.is_empty());
    assert_eq!(loaded.config.static_routes[0].track_group, None);
    let log = logged(&loaded);
    assert!(
        log.contains("vrrp instance nosuch specified in track group G doesn't exist - ignoring"),
        "{log}"
    );
}

#[test]
fn addresses_are_listed_once_on_each_interface() {
    let rows = [
        (
            "virtual_ipaddress {\n10.0.0.1/24\n}",
            "(V): VIP duplicates a VIP 10.0.0.1/24 - ignoring",
        ),
        (
            "virtual_ipaddress_excluded {\n10.0.0.1\n}",
            "(V): Excluded VIP duplicates a VIP 10.0.0.1 - ignoring",
        ),
        (
            "virtual_ipaddress_excluded {\n::2\n::2\n}",
            "(V): Excluded VIP duplicates an excluded VIP ::2 - ignoring",
        ),
        (
            "virtual_ipaddress_excluded {\n10.0.0.2\n}\nvirtual_ipaddress {\n10.0.0.2\n}",
            "(V): VIP duplicates an excluded VIP 10.0.0.2 - ignoring",
        ),
    ];
    wrong(&rows, with);
    fine(&with(
        "virtual_ipaddress_excluded {\n10.0.0.1 dev eth1\n10.0.0.1 dev eth0\n}",
    ));
}

#[test]
fn options_of_addresses_that_do_not_fit() {
    let rows = [
        (
            "10.1.0.2 dev eth0 dev eth1",
            "Cannot specify ipaddress device more than once for 10.1.0.2",
        ),
        (
            "10.1.0.2 peer ::1",
            "Peer address ::1 does not match address family",
        ),
        (
            "10.1.0.2 peer 10.1.0.3 peer 10.1.0.4",
            "Peer 10.1.0.4 - another peer has already been specified",
        ),
        (
            "10.1.0.2/24 peer 10.1.0.3",
            "Cannot specify address prefix when specifying peer address - ignoring",
        ),
        (
            "10.1.0.2 peer 10.1.0.3 brd 10.1.0.255",
            "Cannot specify broadcast and peer addresses - ignoring broadcast address",
        ),
        (
            "::2 brd 10.1.0.255",
            "VRRP is trying to assign a broadcast brd to the IPv6 address ::2 !!?? WTF... skipping VIP...",
        ),
        (
            "::2 label eth0:1",
            "Cannot specify label for IPv6 addresses (::2) - ignoring label",
        ),
        (
            "::2 scope link",
            "Cannot specify scope for IPv6 addresses (::2) - ignoring scope",
        ),
        (
            "10.1.0.2 track_group G",
            "Unknown configuration entry 'track_group' for ip address - ignoring",
        ),
    ];
    wrong(&rows, |line| {
        with(&format!("virtual_ipaddress_excluded {{\n{line}\n}}"))
    });
}

#[test]
fn global_settings_say_where_names_are_and_which_interface_is_meant() {
    let file = |global: &str, list: &str| load(&format!("global_defs {{\n{global}\n}}\n{list}\n"));
    let moved = file(
        "iproute_etc_dir /elsewhere",
        "static_routes {\ndefault dev eth0 table blue\n}",
    );
    let log = logged(&moved);
    assert!(
        log.contains("Routing table blue not found for route"),
        "{log}"
    );
    let usr = file(
        "iproute_etc_dir /elsewhere\niproute_usr_dir /etc/iproute2",
        "static_routes {\ndefault dev eth0 table blue\n}",
    );
    fine(&usr);
    assert_eq!(usr.config.static_routes[0].table, Table::Number(100));
    let other = file("default_interface eth1", "static_ipaddress {\n10.1.0.2\n}");
    assert_eq!(other.config.static_addresses[0].address.interface, "eth1");
    let missing = file("default_interface eth7", "static_ipaddress {\n10.1.0.2\n}");
    let log = logged(&missing);
    assert!(
        log.contains(
            "Static address 10.1.0.2 requires either an interface or default interface must exist"
        ),
        "{log}"
    );
    assert_eq!(missing.test_exit_code(), 4, "{log}");
}
