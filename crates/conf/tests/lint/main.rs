//! Lints: what each finds and leaves alone, and how a file silences them.

mod election;
mod silence;
mod virtual_server;
mod vrrp;

use conf::{FakeHost, Loaded, UserFacts, lint, load_text};

/// The machine of these tests.
pub(crate) fn host() -> FakeHost {
    let mut host = FakeHost::with_interfaces(&["eth0", "eth1", "lo"])
        .with_script("/bin/ok")
        .with_address("eth0", [192, 0, 2, 1].into(), 24);
    let runs_scripts = UserFacts { uid: 990, gid: 990 };
    host.users.insert("keepalived_script".into(), runs_scripts);
    host
}

pub(crate) fn read(text: &str) -> Loaded {
    load_text("k.conf", text.as_bytes(), "director1", &host())
}

/// `LINE code` of everything that is found, the best first.
pub(crate) fn found(text: &str) -> Vec<String> {
    found_on(text, &host())
}

pub(crate) fn found_on(text: &str, host: &FakeHost) -> Vec<String> {
    let all = lint::run(&read(text), host);
    let line = |found: &conf::Diagnostic| found.span.as_ref().map_or(0, conf::Span::line);
    all.iter()
        .map(|found| format!("{} {}", line(found), found.code.as_str()))
        .collect()
}

/// An instance with these lines in it, which begin in line 6.
pub(crate) fn instance(lines: &str) -> String {
    format!(
        "vrrp_instance V {{\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {{ 192.0.2.9/24\n }}\n{lines}\n}}\n"
    )
}
