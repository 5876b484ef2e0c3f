//! What an operator reads when something is wrong: each finding says what, where, what happens then, and what
//! to do about it.

use conf::{FakeHost, Severity, load_text};

const GOOD: &str = "global_defs { script_user root
    router_id lvs1
    enable_script_security
}
vrrp_script chk_nginx {
    script /bin/ok
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 100
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    track_script {
        chk_nginx
    }
    virtual_ipaddress {
        10.0.0.100/24
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    virtual_ipaddress {
        10.1.0.100/24
    }
}
";

/// What is said about the good file with its first `from` replaced.
#[track_caller]
fn said(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    about(&GOOD.replacen(from, to, 1))
}

fn about(text: &str) -> String {
    let host = FakeHost::with_interfaces(&["eth0", "eth1", "lo"]).with_script("/bin/ok");
    let loaded = load_text("keepalived.conf", text.as_bytes(), "director1", &host);
    let found = loaded.diagnostics.iter();
    let found = found.filter(|d| d.severity > Severity::Note);
    found.map(|d| d.render(false)).collect()
}

#[test]
fn nothing_is_said_about_a_good_file() {
    assert_eq!(about(GOOD), "");
}

#[test]
fn a_missing_closing_brace() {
    assert_eq!(
        said("/bin/ok\n}", "/bin/ok"),
        "keepalived.conf:5:1: error: vrrp_script chk_nginx is not closed: `}` is missing before vrrp_instance VI_1
   5 | vrrp_script chk_nginx {
     | ^^^^^^^^^^^
  keepalived.conf:7:1: it is missing before this line
   7 | vrrp_instance VI_1 {
     | ^^^^^^^^^^^^^
"
    );
    assert_eq!(
        said("1111\n    }", "1111"),
        "keepalived.conf:13:5: error: authentication is not closed: `}` is missing before track_script
  13 |     authentication {
     |     ^^^^^^^^^^^^^^
  keepalived.conf:16:5: it is missing before this line
  16 |     track_script {
     |     ^^^^^^^^^^^^
"
    );
    assert_eq!(
        said("10.0.0.100/24\n    }", "10.0.0.100/24"),
        "keepalived.conf:8:1: error: vrrp_instance VI_1 is not closed: `}` is missing before vrrp_instance VI_2
   8 | vrrp_instance VI_1 {
     | ^^^^^^^^^^^^^
  keepalived.conf:23:1: it is missing before this line
  23 | vrrp_instance VI_2 {
     | ^^^^^^^^^^^^^
  keepalived.conf:22:1: this one closes virtual_ipaddress of line 20, but does not stand below it: is another missing?
  22 | }
     | ^
"
    );
    assert_eq!(
        about(GOOD.trim_end().trim_end_matches('}')),
        "keepalived.conf:24:1: error: vrrp_instance VI_2 is not closed: `}` is missing at the end of the file
  24 | vrrp_instance VI_2 {
     | ^^^^^^^^^^^^^
"
    );
}

#[test]
fn braces_that_are_missing_or_too_many() {
    assert_eq!(
        said("virtual_ipaddress {", "virtual_ipaddress"),
        "keepalived.conf:20:22: error: `{` is missing after virtual_ipaddress; what follows is read as its block
  20 |     virtual_ipaddress
     |                      ^
"
    );
    assert_eq!(
        said("    track_script", "    }\n    track_script"),
        "keepalived.conf:18:5: error: `track_script` is not allowed at the outermost level; ignored
  18 |     track_script {
     |     ^^^^^^^^^^^^
  hint: `track_script` is allowed in vrrp_sync_group, in vrrp_instance
keepalived.conf:21:5: error: `virtual_ipaddress` is not allowed at the outermost level; ignored
  21 |     virtual_ipaddress {
     |     ^^^^^^^^^^^^^^^^^
  hint: `virtual_ipaddress` is allowed in vrrp_instance
keepalived.conf:24:1: error: this `}` closes nothing; ignored
  24 | }
     | ^
  keepalived.conf:17:5: this one closes vrrp_instance VI_1 of line 8
  17 |     }
     |     ^
keepalived.conf:5:13: nothing tracks vrrp_script chk_nginx; it is not run
   5 | vrrp_script chk_nginx {
     |             ^^^^^^^^^
keepalived.conf:8:15: VI_1 has no virtual_ipaddress; at least one is sensible
   8 | vrrp_instance VI_1 {
     |               ^^^^
"
    );
}

#[test]
fn a_word_that_is_no_keyword_here() {
    let rows = [
        ("priority 100", "prioirty 100", "did you mean `priority`?"),
        (
            "priority 100",
            "auth_pass x",
            "`auth_pass` is allowed in authentication of vrrp_instance",
        ),
        (
            "router_id lvs1",
            "priority 100",
            "`priority` is allowed in vrrp_instance",
        ),
        (
            "priority 100",
            "priority=100",
            "`priority` and its value are parted by a blank, not by `=`",
        ),
        (
            "virtual_ipaddress {",
            "virtual_ip {",
            "did you mean `virtual_ipaddress`?",
        ),
    ];
    for (from, to, hint) in rows {
        let said = said(from, to);
        assert!(said.contains(&format!("  hint: {hint}\n")), "{to}: {said}");
    }
}

#[test]
fn states() {
    assert_eq!(
        said("state BACKUP", "state SLAVE"),
        "keepalived.conf:9:11: state must be MASTER or BACKUP, found SLAVE; using BACKUP
   9 |     state SLAVE
     |           ^^^^^
  hint: a router that waits for the master to fail is a BACKUP
"
    );
    assert!(said("state BACKUP", "state master").contains("in capitals: MASTER\n"));
}

#[test]
fn ids() {
    assert_eq!(
        said("    virtual_router_id 51\n", ""),
        "keepalived.conf:8:15: error: VI_1 has no valid virtual_router_id
   8 | vrrp_instance VI_1 {
     |               ^^^^
  keepalived does not run with this
  hint: give it `virtual_router_id N`, 1..=255: the number that its other routers have
"
    );
    assert_eq!(
        about(&GOOD.replace("eth1", "eth0").replace("52", "51")),
        "keepalived.conf:26:23: error: VI_2 has the virtual_router_id of VI_1, 51, on the same interface
  26 |     virtual_router_id 51
     |                       ^^
  keepalived does not run with this
  hint: virtual routers on one interface need different numbers
  keepalived.conf:11:23: the one of VI_1
  11 |     virtual_router_id 51
     |                       ^^
"
    );
}

#[test]
fn values() {
    assert_eq!(
        said("auth_pass 1111", "auth_pass correcthorse"),
        "keepalived.conf:15:19: auth_pass has 8 bytes at the most, found 12; the first 8 are used
  15 |         auth_pass ************
     |                   ^^^^^^^^^^^^
  hint: adverts are understood by routers whose first 8 bytes are the same
"
    );
    assert_eq!(
        said("priority 100", "priority high"),
        "keepalived.conf:12:14: priority must be a number in 1..=255, found high; using 100
  12 |     priority high
     |              ^^^^
"
    );
    assert_eq!(
        said("10.0.0.100/24", "10.0.0.100/24\n        fd00::1/64"),
        "keepalived.conf:22:9: error: fd00::1/64 is IPv6, but the addresses above make VI_1 an IPv4 instance; left out
  22 |         fd00::1/64
     |         ^^^^^^^^^^
  hint: put it into virtual_ipaddress_excluded, or into an instance of its own
"
    );
}

#[test]
fn scripts_that_are_not_there_or_too_late() {
    let tracked = said("        chk_nginx", "        haproxy");
    assert!(
        tracked.starts_with(
            "keepalived.conf:18:9: error: there is no vrrp_script haproxy above; not tracked
  18 |         haproxy
     |         ^^^^^^^
  hint: define `vrrp_script haproxy { … }` above what tracks it
"
        ),
        "{tracked}"
    );
    let empty = said("    script /bin/ok\n", "");
    assert!(
        empty.contains("  hint: vrrp_script chk_nginx was left out, as said further up\n"),
        "{empty}"
    );
    let script = "vrrp_script chk_nginx {\n    script /bin/ok\n}\n";
    let late = about(&(GOOD.replacen(script, "", 1) + script));
    assert!(
        late.starts_with(
            "keepalived.conf:15:9: error: there is no vrrp_script chk_nginx above; not tracked
  15 |         chk_nginx
     |         ^^^^^^^^^
  keepalived.conf:28:13: it must be above what tracks it: move this block up
  28 | vrrp_script chk_nginx {
     |             ^^^^^^^^^
"
        ),
        "{late}"
    );
}

#[test]
fn an_include_of_a_missing_file() {
    assert_eq!(
        about(&format!("include /nowhere/x.conf\n{GOOD}")),
        "keepalived.conf:1:1: /nowhere/x.conf does not exist; nothing is included
   1 | include /nowhere/x.conf
     | ^^^^^^^^^^^^^^^^^^^^^^^
"
    );
    let strict = about(&format!("includea /nowhere/x.conf\n{GOOD}"));
    assert!(
        strict.ends_with("  keepalived does not run with this\n"),
        "{strict}"
    );
}
