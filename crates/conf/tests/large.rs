//! Large files load within an ordinary test's time: nothing is looked for by walking a list.

use std::fmt::Write as _;
use std::time::Instant;

use conf::{FakeHost, Loaded, load_text};

/// Instances in groups of ten; each tracks a script of its own and one with everybody else.
fn many_instances(count: usize) -> String {
    let mut text = String::from(
        "global_defs { script_user root\n enable_script_security\n}\nvrrp_script chk_all {\n script /bin/ok\n}\n",
    );
    for i in 0..count {
        let _ = write!(
            text,
            "vrrp_script chk_{i} {{\n script /bin/ok\n}}\n\
             vrrp_instance VI_{i} {{\n interface if{}\n virtual_router_id {}\n\
             virtual_ipaddress {{\n 10.{}.{}.{}/24 dev if{}\n }}\n\
             track_script {{\n chk_{i} weight -2\n chk_all\n }}\n\
             track_interface {{\n if{}\n }}\n notify /bin/ok\n}}\n",
            i / 255,
            i % 255 + 1,
            i >> 16,
            i >> 8 & 255,
            i & 255,
            i % 500,
            480 + i % 10,
        );
        if i % 10 == 9 {
            let _ = write!(text, "vrrp_sync_group G_{i} {{\n group {{\n");
            for member in i - 9..=i {
                let _ = write!(text, " VI_{member}");
            }
            text.push_str("\n}\n sync_group_tracking_weight\n}\n");
        }
    }
    text
}

fn read(text: &str) -> Loaded {
    let names: Vec<_> = (0..500).map(|i| format!("if{i}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let host = FakeHost::with_interfaces(&names).with_script("/bin/ok");
    let start = Instant::now();
    let loaded = load_text("large.conf", text.as_bytes(), "id", &host);
    eprintln!("{} bytes in {:?}", text.len(), start.elapsed());
    loaded
}

#[test]
fn many_instances_scripts_and_groups() {
    for count in [2_000, 20_000] {
        let loaded = read(&many_instances(count));
        let router = &loaded.config.router;
        assert_eq!(
            (
                router.instances.len(),
                router.scripts.len(),
                router.groups.len()
            ),
            (count, count + 1, count / 10),
            "{}",
            loaded.diagnostics.render(false)
        );
        assert_eq!(loaded.test_exit_code(), 0);
    }
}

/// Everything that is looked for by name, in one instance.
#[test]
fn long_lists_in_one_instance() {
    const COUNT: usize = 20_000;
    let address = |i: usize| format!("10.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255);
    let mut text = String::from("global_defs { script_user root\n enable_script_security\n}\n");
    for i in 0..COUNT {
        let _ = writeln!(text, "vrrp_script chk_{i} {{\n script /bin/ok\n}}");
    }
    text.push_str("vrrp_instance V {\n interface if0\n virtual_router_id 1\n");
    text.push_str("track_script {\n");
    (0..COUNT).for_each(|i| writeln!(text, "chk_{i}").expect("a string"));
    text.push_str("}\nunicast_peer {\n");
    (0..COUNT).for_each(|i| writeln!(text, "{}", address(i)).expect("a string"));
    text.push_str("}\nvirtual_ipaddress {\n");
    (0..COUNT).for_each(|i| writeln!(text, "{} dev if{}", address(i), i % 500).expect("a string"));
    text.push_str("}\n}\n");
    let loaded = read(&text);
    let (instance, shell) = (
        &loaded.config.router.instances[0],
        &loaded.config.instances[0],
    );
    assert_eq!(instance.track_scripts.len(), COUNT);
    assert_eq!(instance.address_interfaces.len(), 499);
    assert_eq!(shell.addresses.len() + shell.excluded.len(), COUNT);
}

/// Unicast instances of one id on one interface, which share no peer, and then one that does.
#[test]
fn many_instances_of_one_id() {
    const COUNT: usize = 20_000;
    let mut text = String::new();
    for (at, i) in (0..COUNT).chain([7]).enumerate() {
        let _ = writeln!(
            text,
            "vrrp_instance V_{at} {{\n interface if0\n virtual_router_id 1\n unicast_peer {{\n \
             10.{}.{}.1\n }}\n virtual_ipaddress {{\n 10.0.0.1\n }}\n}}",
            i >> 8,
            i & 255,
        );
    }
    let loaded = read(&text);
    let told = loaded.diagnostics.render(false);
    assert!(
        told.contains("V_20000 has the virtual_router_id of V_7, 1"),
        "{told}"
    );
}

/// A file in which every name is wrong costs no more for each than a good one.
#[test]
fn many_wrong_names() {
    let mut text = many_instances(5_000).replace("chk_all\n", "chk_al\n");
    text.push_str("vrrp_sync_group G {\n group {\n");
    (0..5_000).for_each(|i| writeln!(text, "VI_{i}x").expect("a string"));
    text.push_str("}\n}\n");
    let loaded = read(&text);
    assert!(loaded.diagnostics.dropped() > 5_000);
    assert_eq!(loaded.test_exit_code(), 5);
}

/// Real servers with a check each, and what they inherit.
#[test]
fn many_real_servers() {
    const SERVICES: usize = 500;
    const EACH: usize = 100;
    let mut text = String::new();
    for service in 0..SERVICES {
        let _ = writeln!(
            text,
            "virtual_server 10.0.{}.{} 80 {{\n protocol TCP\n lb_algo rr\n lb_kind NAT",
            service >> 8,
            service & 255,
        );
        for server in 0..EACH {
            let _ = writeln!(
                text,
                " real_server 172.16.{server}.1 80 {{\n  weight 2\n  TCP_CHECK {{\n   retry 3\n  }}\n }}"
            );
        }
        text.push_str("}\n");
    }
    let loaded = read(&text);
    let servers = &loaded.config.virtual_servers;
    assert_eq!(servers.len(), SERVICES);
    assert!(
        servers
            .iter()
            .all(|server| server.real_servers.len() == EACH)
    );
    assert_eq!(loaded.test_exit_code(), 0);
}

/// All that compares servers: with one another, and each with every address of a group.
#[test]
fn many_real_servers_of_one_group() {
    const COUNT: usize = 20_000;
    let address = |i: usize| format!("{}.{}.{}", i >> 16, i >> 8 & 255, i & 255);
    let mut text = String::from("virtual_server_group G {\n");
    (0..COUNT).for_each(|i| writeln!(text, "10.{} 80", address(i)).expect("a string"));
    text.push_str("}\nvirtual_server group G {\n protocol TCP\n lb_algo rr\n lb_kind DR\n");
    for i in (0..COUNT).chain(0..10) {
        let _ = writeln!(text, " real_server 172.{} 81 {{\n }}", address(i));
    }
    text.push_str("}\n");
    let loaded = read(&text);
    let servers = &loaded.config.virtual_servers[0].real_servers;
    assert_eq!(servers.len(), COUNT);
    assert_eq!(loaded.test_exit_code(), 5);
    assert!(loaded.diagnostics.dropped() > COUNT / 2);
}
