//! `keepalived check lb1.conf lb2.conf`: what a colleague says who has read both files.
//!
//! `said/NAME.txt` is all that is said of a case. `UPDATE=1` writes it.

mod cases;

use std::path::Path;

use conf::lint::cluster::compare;
use conf::{Code, Diagnostic, FakeHost, Loaded, Severity, load_text};

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
        .filter(|d| d.severity == Severity::Error && d.code != Code::MissingSetting)
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

fn rendered(found: &[Diagnostic]) -> String {
    found.iter().map(|d| d.render(false)).collect()
}

fn warnings(found: &[Diagnostic]) -> Vec<&Diagnostic> {
    let found = found.iter();
    found.filter(|d| d.severity > Severity::Note).collect()
}

#[test]
fn nothing_is_wrong_with_good_pairs() {
    for pair in [DUAL, GATEWAY] {
        let found = changed(pair, &[]);
        assert!(warnings(&found).is_empty(), "{}", rendered(&found));
    }
}

#[test]
fn nothing_is_wrong_with_the_pairs_that_we_ship() {
    let conf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conf");
    let mut pairs = 0;
    for directory in std::fs::read_dir(conf).expect("conf").flatten() {
        let read = |name| std::fs::read_to_string(directory.path().join(name));
        let (Ok(one), Ok(two)) = (read("director1.conf"), read("director2.conf")) else {
            continue;
        };
        let texts = [one, two].map(|text| text.replace("/usr/bin/grep", "/bin/ok"));
        let found = compared(&texts);
        assert!(warnings(&found).is_empty(), "{}", rendered(&found));
        pairs += 1;
    }
    assert!(pairs >= 4, "{pairs}");
}

#[test]
fn each_case_is_told_as_it_was_read_over() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/said");
    let mut differ = Vec::new();
    for (name, pair, changes) in cases::CASES {
        let found = rendered(&changed(**pair, changes));
        let snapshot = directory.join(format!("{name}.txt"));
        let wanted = std::fs::read_to_string(&snapshot).unwrap_or_default();
        if found == wanted {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&snapshot, &found).expect("the snapshot is written");
        } else {
            println!("{name}:\n{found}\ninstead of\n{wanted}");
            differ.push(name);
        }
    }
    assert!(
        differ.is_empty(),
        "read them, then run with UPDATE=1: {differ:?}"
    );
}

#[test]
fn no_password_is_shown() {
    for (name, pair, changes) in cases::CASES {
        let found = changed(**pair, changes);
        let all = rendered(&found)
            + &format!("{:?}", found.iter().map(|d| &d.message).collect::<Vec<_>>());
        for secret in ["k4tr9mZq", "k5tr9mZq", "w7Lx2bVd", "geheim"] {
            assert!(!all.contains(secret), "{name}: {secret}");
        }
    }
}

#[test]
fn three_routers() {
    let three = |one: &str, two: &str, three: &str| {
        let text = |priority: &str| {
            format!(
                "vrrp_instance V {{\n interface eth0\n virtual_router_id 7\n priority {priority}\n virtual_ipaddress {{\n 10.0.0.7\n }}\n}}\n"
            )
        };
        let found = compared(&[text(one), text(two), text(three)]);
        found.iter().map(|d| d.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        three("100", "120", "90"),
        [
            "V (VRID 7, 10.0.0.7): lb2 is master with priority 120, then lb1 (100), then lb3 (90); when lb2 fails lb1 takes over, and lb2 takes it back when it returns"
        ]
    );
    assert_eq!(
        three("100", "100\n advert_int 3", "100")[0],
        "V: advert_int is 1 s (not written) on lb1 and lb3, but 3 s on lb2: those that differ drop each other's adverts, and each becomes master"
    );
    assert!(three("100", "100", "90")[0].contains("lb1 and lb2 have the same priority, 100"));
}

/// One file for all, with lines for each.
#[test]
fn one_file_as_several_routers() {
    let text = "vrrp_instance V {\n interface eth0\n virtual_router_id 7\n@lb1 priority 150\n@lb2 priority 100\n@lb2 advert_int 2\n virtual_ipaddress {\n 10.0.0.7\n }\n}\n";
    let found = compared(&[text.to_owned(), text.to_owned()]);
    let messages: Vec<_> = warnings(&found).iter().map(|d| d.message.clone()).collect();
    assert_eq!(
        messages,
        [
            "V: advert_int is 1 s (not written) on lb1, but 2 s on lb2: each drops the adverts of the other, and both become master"
        ]
    );
}

#[test]
fn a_comment_silences() {
    let equal = [(1, "    priority 100", "    priority 99")];
    assert_eq!(warnings(&changed(DUAL, &equal)).len(), 1);
    let allowed = [(
        1,
        "    priority 100",
        "    priority 99   # keepalived: allow(cluster-equal-priorities)",
    )];
    assert!(warnings(&changed(DUAL, &allowed)).is_empty());
}

#[test]
fn broken_files_are_not_compared() {
    let host = FakeHost::with_interfaces(&["eth0"]);
    let broken = load_text(
        "lb1.conf",
        b"vrrp_instance V {\n interface eth0\nvrrp_instance W {\n}\n",
        "lb1",
        &host,
    );
    let good = load("lb2", DUAL[1]);
    let found = compare(&[("lb1", &broken), ("lb2", &good)]);
    let codes: Vec<_> = found.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["cluster-not-compared"]);
}

/// Two thousand instances are compared at once, not each with each.
#[test]
fn many_instances() {
    let text = |priority: u16| -> String {
        let one = |id: u16| {
            let (vrid, link, low) = (id % 255 + 1, id / 255, id % 250 + 1);
            format!(
                "vrrp_instance V{id} {{\n interface eth{link}\n virtual_router_id {vrid}\n priority {priority}\n virtual_ipaddress {{\n 10.{link}.{}.{low}\n }}\n}}\n",
                id / 250
            )
        };
        (0..2000).map(one).collect()
    };
    let links: Vec<String> = (0..8).map(|link| format!("eth{link}")).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let host = FakeHost::with_interfaces(&links);
    let [one, two] =
        [100, 90].map(|priority| load_text("f.conf", text(priority).as_bytes(), "lb", &host));
    let begin = std::time::Instant::now();
    let found = compare(&[("lb1", &one), ("lb2", &two)]);
    assert_eq!(found.len(), 2000);
    assert!(warnings(&found).is_empty());
    assert!(
        begin.elapsed() < std::time::Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
}
