//! Every keyword that is built: its value, its default, and what is said about a wrong one.

mod checkers;
mod checks;
mod globals;
mod instances;
mod net;
mod others;
mod rows;

use conf::{DirectoryFacts, FakeHost, KeyFile, Loaded, PathFacts, Severity, load_text};
use vrrp::InstanceConfig;

pub(crate) fn host() -> FakeHost {
    let mut host = FakeHost::with_interfaces(&["eth0", "eth1", "lo"]).with_script("/bin/ok");
    host.users.insert(
        "nobody".into(),
        conf::UserFacts {
            uid: 65534,
            gid: 65534,
        },
    );
    host.directories
        .insert("/proc".into(), DirectoryFacts::Unwatchable);
    host.directories
        .insert("/nowhere".into(), DirectoryFacts::Missing);
    let key = KeyFile::Read {
        bytes: b"0123456789abcdef0123456789abcdef\n".to_vec(),
        open_to_others: false,
    };
    host.key_files.insert("/key".into(), key);
    host.hosts.insert("relay".into(), [10, 0, 0, 25].into());
    host.environment.insert("SITE".into(), "north".into());
    let setting = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports";
    for (path, facts) in [
        ("/var", PathFacts::Directory),
        ("/var/save/", PathFacts::Directory),
        ("/etc/passwd", PathFacts::Other),
        (setting, PathFacts::Other),
    ] {
        host.paths.insert(path.into(), facts);
    }
    host.vrfs.insert("red".into());
    for (file, names) in [
        ("rt_tables", "100 blue\n"),
        ("rt_dsfield", "0x28 AF11\n"),
        ("rt_realms", "5 cosmos\n"),
        ("group", "7 inner\n"),
    ] {
        let path = format!("/etc/iproute2/{file}");
        host.files.insert(path.into(), names.to_owned());
    }
    host
}

pub(crate) fn load(text: &str) -> Loaded {
    load_text("test.conf", text.as_bytes(), "director1", &host())
}

pub(crate) const SAFE: &str = "global_defs { script_user root\n enable_script_security\n}\n";

/// A file with one instance that has `body` in it.
pub(crate) fn with(body: &str) -> Loaded {
    load(&format!(
        "{SAFE}vrrp_instance V {{\n interface eth0\n virtual_router_id 1\n \
         virtual_ipaddress {{\n 10.0.0.1\n }}\n {body}\n}}\n"
    ))
}

pub(crate) fn instance(body: &str) -> InstanceConfig {
    let loaded = with(body);
    assert_eq!(
        loaded.test_exit_code(),
        0,
        "{body}: {}",
        loaded.diagnostics.render(false)
    );
    loaded.config.router.instances[0].clone()
}

pub(crate) fn global(body: &str) -> Loaded {
    load(&format!(
        "global_defs {{\n {body}\n}}\nvrrp_instance V {{\n interface eth0\n virtual_router_id 1\n \
         virtual_ipaddress {{\n 10.0.0.1\n }}\n}}\n"
    ))
}

pub(crate) fn logged(loaded: &Loaded) -> String {
    let lines = loaded.diagnostics.log_lines();
    lines
        .iter()
        .filter(|(s, _)| *s != Severity::Note)
        .map(|(_, l)| format!("{l}\n"))
        .collect()
}

/// Body, the original's line, exit status.
#[track_caller]
pub(crate) fn wrong(rows: &[(&str, &str)], file: impl Fn(&str) -> Loaded) {
    for (body, expected) in rows {
        let loaded = file(body);
        let log = logged(&loaded);
        assert!(
            log.contains(expected),
            "{body}: {expected} is not in\n{log}"
        );
        assert_eq!(loaded.test_exit_code(), 5, "{body}: {log}");
    }
}
