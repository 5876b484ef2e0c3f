//! What is inherited, what is put right, and what the original leaves to chance.

use std::time::Duration;

use conf::config::{
    Family, Forwarding, Granularity, RealServer, Scheduler, Service, Tunnel, VirtualServer,
};
use conf::{Loaded, Severity};

use super::load;

const PLAIN: &str = "protocol TCP\nlb_algo rr\nlb_kind NAT\n";

fn servers(text: &str) -> Vec<VirtualServer> {
    load("test.conf", text).config.virtual_servers
}

/// One virtual server with `body` in it.
fn server(body: &str) -> VirtualServer {
    let text = format!("virtual_server 10.0.0.1 80 {{\n{body}\n}}\n");
    let mut servers = servers(&text);
    assert_eq!(servers.len(), 1, "{text}");
    servers.remove(0)
}

/// What is said beside notes, without what counts.
fn uncounted(loaded: &Loaded) -> String {
    let of_ours = loaded.diagnostics.iter();
    of_ours
        .filter(|d| d.status.is_none() && d.severity != Severity::Note)
        .map(|d| format!("{}\n", d.message))
        .collect()
}

fn addresses(servers: &[RealServer]) -> Vec<String> {
    servers.iter().map(|s| s.address.to_string()).collect()
}

#[test]
fn a_real_server_has_what_its_virtual_server_has_at_the_end() {
    let server = server(&format!(
        "{PLAIN}real_server 10.0.0.2 80 {{\n retry 2\n TCP_CHECK {{\n connect_timeout 1\n }}\n}}\n\
         weight 7\nalpha\ninhibit_on_failure\nretry 9\ndelay_loop 3\nwarmup 0\nconnect_timeout 4"
    ));
    let real = &server.real_servers[0];
    assert_eq!(
        (real.weight, real.alpha, real.inhibit_on_failure),
        (7, true, true)
    );
    assert_eq!((real.timing.retry, server.timing.retry), (Some(2), Some(9)));
    assert_eq!(real.timing.delay_loop, Duration::from_secs(3));
    assert_eq!(real.timing.warmup, Some(Duration::ZERO));
    let checker = &real.checkers[0];
    assert_eq!((checker.retry, checker.alpha), (2, true));
    assert_eq!(checker.delay_loop, Duration::from_secs(3));
}

#[test]
fn the_method_is_that_above_a_real_server_or_else_the_last() {
    let tunnel = Forwarding::Tunnel(Tunnel::Gre { checksum: true });
    let two = server(
        "protocol TCP\nlb_algo rr\nreal_server 10.0.0.2 80 {\n}\nlb_kind TUN type gre csum\n\
         real_server 10.0.0.3 80 {\n}\nlb_kind DR\nreal_server 10.0.0.4 80 {\nlvs_method TUN\n}",
    );
    let methods: Vec<_> = two.real_servers.iter().map(|s| s.forwarding).collect();
    assert_eq!(
        methods,
        [
            Forwarding::DirectRouting,
            tunnel,
            Forwarding::Tunnel(Tunnel::Ipip)
        ]
    );
}

#[test]
fn what_is_missing_is_filled_in() {
    let server = server("real_server 10.0.0.2 {\n}\nsorry_server 10.0.0.9");
    assert_eq!(server.scheduler, Scheduler::Wlc);
    assert_eq!(server.protocol, Some(conf::config::Protocol::Udp));
    assert_eq!((server.quorum, server.hysteresis), (1, 0));
    assert_eq!(addresses(&server.real_servers), ["10.0.0.2:80"]);
    // NAT needs none: the packet keeps its own.
    let sorry = server.sorry_server.expect("a sorry server");
    assert_eq!(
        (sorry.address.port(), sorry.forwarding),
        (0, Forwarding::Nat)
    );
}

#[test]
fn a_quorum_that_nobody_can_reach_stays_one() {
    let server = server(&format!(
        "{PLAIN}quorum 3\nhysteresis 3\nreal_server 10.0.0.2 80 {{\nweight 0\n}}"
    ));
    assert_eq!((server.quorum, server.hysteresis), (1, 0));
}

#[test]
fn servers_that_become_the_same_are_one() {
    let text = format!(
        "virtual_server 10.0.0.1 80 {{\n{PLAIN}quorum 2\nreal_server 10.0.0.2 {{\n}}\n\
         real_server 10.0.0.2 80 {{\n}}\nreal_server 10.0.0.3 80 {{\n}}\n}}\n"
    );
    let loaded = load("test.conf", &text);
    let server = &loaded.config.virtual_servers[0];
    assert_eq!(
        addresses(&server.real_servers),
        ["10.0.0.2:80", "10.0.0.3:80"]
    );
    assert_eq!(loaded.test_exit_code(), 0);
    assert!(
        uncounted(&loaded).contains("10.0.0.2:80 again"),
        "{}",
        uncounted(&loaded)
    );
}

#[test]
fn families_of_marks() {
    let family = |body: &str| {
        let text = format!("virtual_server fwmark 5 {{\nlb_algo rr\n{body}\n}}\n");
        servers(&text)[0].family
    };
    assert_eq!(
        family("lb_kind NAT\nreal_server fd00::2 {\n}"),
        Some(Family::Inet6)
    );
    assert_eq!(
        family("lb_kind TUN\nreal_server fd00::2 {\n}"),
        Some(Family::Inet6)
    );
    let both = "lb_kind TUN\nreal_server fd00::2 {\n}\nreal_server 10.0.0.2 {\n}";
    assert_eq!(family(both), Some(Family::Inet));
    assert_eq!(
        family(&format!("ip_family inet6\n{both}")),
        Some(Family::Inet6)
    );
}

const GROUPS: &str = "virtual_server_group V4 {\n10.0.0.1 80\n}\nvirtual_server_group Both {\n\
                      10.0.0.1 80\nfd00::1 80\n}\nvirtual_server_group Mark {\nfwmark 5\n}\n";

#[test]
fn groups_and_their_families() {
    let text = |group: &str, kind: &str, ip: &str| {
        format!(
            "{GROUPS}virtual_server group {group} {{\nprotocol TCP\nlb_algo rr\nlb_kind {kind}\n\
             real_server {ip} {{\n}}\n}}\n"
        )
    };
    let family = |group, kind, ip| {
        let found = servers(&text(group, kind, ip));
        found.first().map(|server| server.family)
    };
    assert_eq!(family("V4", "NAT", "10.0.0.2"), Some(Some(Family::Inet)));
    assert_eq!(family("V4", "TUN", "fd00::2"), Some(Some(Family::Inet)));
    assert_eq!(family("V4", "NAT", "fd00::2"), None);
    assert_eq!(family("Both", "TUN", "fd00::2"), Some(None));
    assert_eq!(family("Both", "NAT", "10.0.0.2"), None);
    assert_eq!(family("Mark", "TUN", "fd00::2"), Some(Some(Family::Inet)));
    assert_eq!(family("No", "NAT", "10.0.0.2"), None);
    let told = uncounted(&load("test.conf", &text("v4", "NAT", "10.0.0.2")));
    assert!(
        told.contains("there is no virtual_server_group v4"),
        "{told}"
    );
    assert!(
        told.contains("nothing uses virtual_server_group V4"),
        "{told}"
    );
}

#[test]
fn virtual_servers_of_a_group_are_counted() {
    let one = format!("virtual_server group V4 {{\n{PLAIN}real_server 10.0.0.2 {{\n}}\n}}\n");
    let other = one.replace("V4", "Mark");
    let found = servers(&format!("{one}{other}{one}{GROUPS}"));
    let services: Vec<_> = found.into_iter().map(|server| server.service).collect();
    let group = |index, sequence| Service::Group { index, sequence };
    assert_eq!(services, [group(0, 0), group(2, 0), group(0, 1)]);
}

#[test]
fn what_the_original_passes_over_is_told_and_does_not_count() {
    for (text, told) in [
        (
            format!("virtual_server 10.0.0.1/24 80 {{\n{PLAIN}real_server 10.0.0.2 {{\n}}\n}}\n"),
            "`/24` has no meaning here",
        ),
        (
            format!("virtual_server 10.0.0.1 80 tcp {{\n{PLAIN}real_server 10.0.0.2 {{\n}}\n}}\n"),
            "`tcp` follows the service",
        ),
        (
            format!(
                "virtual_server 10.0.0.1 80 {{\n{PLAIN}inhibit_on_failure no\nreal_server 10.0.0.2 {{\n}}\n}}\n"
            ),
            "inhibit_on_failure takes no value; `no` is ignored, and it is on",
        ),
        (
            format!(
                "virtual_server 10.0.0.1 80 {{\n{PLAIN}persistence_granularity 24\nreal_server 10.0.0.2 {{\n}}\n}}\n"
            ),
            "taken for the mask 255.255.255.0",
        ),
        (
            format!(
                "virtual_server_group G {{\n10.0.0.1 80\n}}\nvirtual_server_group G {{\n10.0.0.2 80\n}}\n\
                 virtual_server group G {{\n{PLAIN}real_server 10.0.0.2 {{\n}}\n}}\n"
            ),
            "virtual_server_group G is there already",
        ),
        (
            format!("virtual_server 10.0.0.1 80 {{\n{PLAIN}real_server 10.0.0.2 {{\n}}\n}}\n")
                .repeat(2),
            "this service is there already",
        ),
    ] {
        let loaded = load("test.conf", &text);
        let found = uncounted(&loaded);
        assert!(found.contains(told), "{text}: {found}");
        assert_eq!(loaded.test_exit_code(), 0, "{text}");
    }
    let granularity = server(&format!(
        "{PLAIN}persistence_granularity 24\nreal_server 10.0.0.2 {{\n}}"
    ));
    let mask = Granularity::Mask("255.255.255.0".parse().expect("a mask"));
    let persistence = granularity.persistence.expect("persistence");
    assert_eq!(persistence.granularity, Some(mask));
    assert_eq!(persistence.timeout, Duration::from_secs(360));
}

#[test]
fn what_crashes_the_original_is_a_mistake_here() {
    for (text, exit) in [
        ("virtual_server group {\n}\n", 2),
        ("virtual_server fwmark {\n}\n", 2),
        ("virtual_server {\n}\n", 2),
        ("virtual_server_group {\n}\n", 2),
        ("virtual_server_group G {\nfwmark\n}\n", 2),
        ("virtual_server 10.0.0.1 80 {\nreal_server {\n}\n}\n", 2),
        (
            "virtual_server fwmark 0 {\nreal_server 10.0.0.2 {\n}\n}\n",
            5,
        ),
    ] {
        let loaded = load("test.conf", text);
        assert_eq!(loaded.test_exit_code(), exit, "{text}");
        assert!(loaded.config.virtual_servers.is_empty(), "{text}");
    }
}

#[test]
fn mail_is_as_the_global_settings_say_or_for_real_servers_only() {
    let alerts = |global: &str, own: &str| {
        let text = format!(
            "virtual_server 10.0.0.1 80 {{\n{PLAIN}{own}\nreal_server 10.0.0.2 80 {{\n}}\n}}\n\
             global_defs {{\n{global}\n}}\n"
        );
        let server = servers(&text).remove(0);
        (server.smtp_alert, server.real_servers[0].smtp_alert)
    };
    assert_eq!(alerts("", ""), (false, true));
    assert_eq!(alerts("", "smtp_alert"), (true, true));
    assert_eq!(alerts("smtp_alert on", ""), (true, true));
    assert_eq!(alerts("smtp_alert off", ""), (false, false));
    assert_eq!(
        alerts("smtp_alert on\nsmtp_alert_checker off", ""),
        (false, false)
    );
}
