//! Every file of the corpus of real configurations, where it is found: no panic, no hang, and how often the
//! status of `-t` is the original's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use conf::{FakeHost, InterfaceFacts, LoadOptions, ScriptFacts, load};

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("KEEPALIVED_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    named
        .or(Some(beside))
        .filter(|path| path.join("verdicts.tsv").is_file())
}

/// The environment that the corpus calls `bare`.
fn bare() -> FakeHost {
    let names = [
        "eth0", "eth1", "eth2", "eth3", "ens3", "ens18", "ens32", "ens33", "ens160", "ens192",
        "enp0s3", "enp0s8", "em1", "em2", "eno1", "bond0", "lo",
    ];
    let mut host = FakeHost::with_interfaces(&names);
    host.interfaces.insert(
        "lo".into(),
        InterfaceFacts {
            loopback: true,
            mtu: 65536,
        },
    );
    for program in [
        "/usr/bin/killall",
        "killall",
        "/bin/pidof",
        "pidof",
        "/bin/sh",
        "/bin/bash",
        "/usr/bin/pgrep",
        "pgrep",
        "/bin/true",
        "true",
        "/bin/false",
        "/usr/bin/true",
        "/bin/kill",
        "kill",
        "sh",
        "bash",
        "/usr/bin/killall",
        "/bin/pgrep",
        "/bin/killall",
        "/usr/bin/pidof",
        "/usr/bin/test",
        "test",
        "/bin/ping",
        "echo",
        "/bin/echo",
        "/usr/bin/ping",
        "ping",
        "ls",
        "/bin/ls",
        "date",
        "/bin/date",
        "/sbin/pidof",
        "/usr/sbin/pidof",
        "[",
        "stat",
        "/bin/touch",
        "/usr/bin/touch",
        "nc",
        "ip",
        "systemctl",
        "/bin/systemctl",
        "/usr/bin/systemctl",
    ] {
        let found = ScriptFacts::Found {
            executable: true,
            insecure: None,
        };
        host.scripts.insert(program.into(), found);
    }
    host
}

#[test]
fn no_file_of_the_corpus_panics_or_hangs() {
    let Some(corpus) = corpus() else { return };
    let verdicts = std::fs::read_to_string(corpus.join("verdicts.tsv")).expect("the verdicts");
    let host = bare();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in verdicts.lines().skip(1) {
        let fields: Vec<_> = row.split('\t').collect();
        let (name, expected) = (fields[0], fields[1]);
        let path = corpus.join("keepalived").join(name);
        let path = if path.is_dir() {
            path.join("keepalived.conf")
        } else {
            path
        };
        let start = Instant::now();
        let loaded = load(
            &LoadOptions {
                path,
                config_id: Some("vm".into()),
                ..LoadOptions::default()
            },
            &host,
        );
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
        let _ = loaded.diagnostics.render(true);
        let lines = loaded.diagnostics.log_lines();
        let ours = loaded.test_exit_code().to_string();
        let kind = if fields[6].contains("vrrp_only") {
            "vrrp only"
        } else {
            "with others"
        };
        let count = counts.entry(kind).or_default();
        count.1 += 1;
        if ours == expected {
            count.0 += 1;
        } else {
            println!("{name} ({kind}): ours {ours}, the original's {expected}");
            for (severity, line) in lines.iter().take(6) {
                println!("    {severity:?} {line}");
            }
        }
    }
    for (kind, (same, all)) in counts {
        println!(
            "{kind}: {same} of {all} exit codes agree ({} %)",
            same * 100 / all.max(1)
        );
    }
}
