//! `keepalived check lb1.conf lb2.conf`: what a colleague says who has read both files.

use conf::lint::cluster::compare;
use conf::{Diagnostic, FakeHost, Loaded, Severity, load_text};

/// The pair that we ship.
const DUAL: [&str; 2] = [
    include_str!("../../../../conf/dual-master/director1.conf"),
    include_str!("../../../../conf/dual-master/director2.conf"),
];

/// A pair of gateways that check a service.
const GATEWAY: [&str; 2] = [include_str!("gateway1.conf"), include_str!("gateway2.conf")];

fn load(name: &str, text: &str) -> Loaded {
    let host = FakeHost::with_interfaces(&["eth0", "eth1", "eth2"]).with_script("/bin/ok");
    let loaded = load_text(&format!("{name}.conf"), text.as_bytes(), name, &host);
    let wrong: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    loaded
}

fn compared(texts: &[String]) -> Vec<Diagnostic> {
    let names = ["lb1", "lb2", "lb3"];
    let loaded: Vec<_> = names
        .iter()
        .zip(texts)
        .map(|(name, text)| (*name, load(name, text)))
        .collect();
    let nodes: Vec<_> = loaded
        .iter()
        .map(|(name, loaded)| (*name, loaded))
        .collect();
    compare(&nodes)
}

/// A pair with replacements: in which file, what, by what.
fn changed(pair: [&str; 2], changes: &[(usize, &str, &str)]) -> Vec<Diagnostic> {
    let mut texts = pair.map(str::to_owned);
    for (file, from, to) in changes {
        let text = &mut texts[*file - 1];
        assert!(text.contains(from), "{from}");
        *text = text.replacen(from, to, 1);
    }
    compared(&texts)
}

fn rendered(found: &[Diagnostic], least: Severity) -> String {
    let found = found.iter().filter(|d| d.severity >= least);
    found.map(|d| d.render(false)).collect()
}

#[test]
fn show() {
    let weight = "track_script {\n chk weight -5\n}\nvirtual_ipaddress {";
    let chk = "vrrp_script chk {\n script /bin/ok\n}\nglobal_defs {";
    for changes in [
        &[][..],
        &[(1, "    priority 100", "priority 99")],
        &[
            (1, "    priority 100", "priority 255"),
            (2, "    priority 99", "priority 255"),
        ],
        &[(1, "advert_int 1", "advert_int 2")],
        &[(1, "auth_pass k4", "auth_pass k5")],
        &[(1, "auth_type PASS\n        auth_pass k4tr9mZq", "")],
        &[(
            1,
            "10.10.0.101/24\n",
            "10.10.0.101/16\n10.10.0.103/24\n10.10.0.104/24\n",
        )],
        &[(1, "virtual_router_id 51", "virtual_router_id 61")],
        &[
            (1, "global_defs {", chk),
            (1, "virtual_ipaddress {", weight),
            (1, "    priority 100", "priority 110"),
        ],
        &[
            (1, "global_defs {", chk),
            (1, "virtual_ipaddress {", weight),
            (1, "    priority 100", "priority 103"),
            (2, "state BACKUP", "state BACKUP\nnopreempt"),
        ],
        &[(2, "state BACKUP", "state MASTER")],
        &[
            (2, "state BACKUP", "state MASTER"),
            (1, "state MASTER", "state BACKUP"),
        ],
        &[
            (2, "vrrp_instance VI_1", "vrrp_instance WEB"),
            (2, "virtual_router_id 51", "virtual_router_id 99"),
            (2, "10.10.0.101", "10.10.0.201"),
        ],
        &[(
            2,
            "    priority 99",
            "priority 99\nunicast_peer {\n10.10.0.1\n}",
        )],
        &[
            (
                1,
                "    priority 100",
                "priority 100\nunicast_src_ip 10.10.0.1\nunicast_peer {\n10.10.0.2\n}",
            ),
            (
                2,
                "    priority 99",
                "priority 99\nunicast_src_ip 10.10.0.3\nunicast_peer {\n10.10.0.1\n}",
            ),
        ],
    ] {
        println!(
            "==== {changes:?}\n{}",
            rendered(&changed(DUAL, changes), Severity::Note)
        );
    }
    println!(
        "#### \n{}",
        rendered(&changed(GATEWAY, &[]), Severity::Note)
    );
}
