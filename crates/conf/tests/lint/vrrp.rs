//! Lints of instances.

use conf::lint::Elsewhere;
use conf::{FakeHost, lint, load_text};

use super::{found, found_on, host, instance};

/// What is found is in the lines that are added, which begin with 6.
#[track_caller]
fn row(lines: &str, expected: &[&str]) {
    assert_eq!(found(&instance(lines)), expected, "{lines}");
}

#[test]
fn unicast() {
    row(" unicast_src_ip 192.0.2.1", &["6 unicast-without-peers"]);
    row(" unicast_peer {\n }", &["6 unicast-without-peers"]);
    let own = " unicast_src_ip 192.0.2.3\n unicast_peer {\n 192.0.2.3\n192.0.2.2\n }";
    row(own, &["8 unicast-peer-is-self"]);
    row(
        " unicast_src_ip 192.0.2.1\n unicast_peer {\n 192.0.2.2\n }",
        &[],
    );
}

#[test]
fn authentication() {
    let block =
        |password| format!(" authentication {{\n auth_type PASS\n auth_pass {password}\n }}");
    row(&block("12345678"), &[]);
    row(&block("123456789"), &["8 password-too-long"]);
    row(
        &format!(" version 3\n{}", block("1234")),
        &["8 authentication-in-version-3"],
    );
}

#[test]
fn times() {
    row(" advert_int 9", &[]);
    row(" advert_int 10", &["6 slow-takeover"]);
    row(
        " advert_int 1\n down_timer_adverts 60",
        &["7 slow-takeover"],
    );
    row(
        " version 3\n advert_int 50",
        &["7 out-of-range", "7 slow-takeover"],
    );
    let script = |lines: &str| {
        format!(
            "global_defs {{ script_user root\n enable_script_security\n}}\nvrrp_script s {{\n script /bin/ok\n{lines}\n}}\n{}",
            instance(" track_script {\n s\n }")
        )
    };
    assert_eq!(
        found(&script(" interval 2\n timeout 3")),
        ["7 script-timeout-over-interval"]
    );
    assert_eq!(found(&script(" interval 2\n timeout 2")), [""; 0]);
    assert_eq!(found(&script(" interval 2")), [""; 0]);
}

#[test]
fn addresses() {
    let two = instance("") + &instance("").replace("V {", "W {").replace("_id 1", "_id 2");
    assert_eq!(found(&two), ["11 duplicate-vip"]);
    let apart =
        two.replacen("192.0.2.9/24", "fe80::9/64", 1)
            .replacen("192.0.2.9/24", "fe80::9/64", 1);
    assert_eq!(found(&apart), ["11 duplicate-vip"]);
    let links = apart.replacen("eth0", "eth1", 1);
    assert_eq!(found(&links), [""; 0]);
    let outside = instance("").replace("192.0.2.9/24", "198.51.100.9");
    assert_eq!(found(&outside), ["4 vip-outside-prefix"]);
    assert_eq!(found(&outside.replace("eth0", "eth1")), [""; 0]);
    assert_eq!(found(&instance("").replace("/24", "/32")), [""; 0]);
    row(
        " virtual_ipaddress_excluded {\n 198.51.100.9 dev eth0\n }",
        &["7 vip-outside-prefix"],
    );
}

#[test]
fn addresses_that_answer_nobody() {
    let lint = "unreachable-vip";
    let lints = |text: &str| {
        let mut all = found(text);
        all.retain(|found| found.ends_with(lint));
        all
    };
    let strict = |lines: &str| format!("global_defs {{\n vrrp_strict\n}}\n{}", instance(lines));
    assert_eq!(lints(&strict("")), ["4 unreachable-vip"]);
    assert_eq!(lints(&strict(" accept")), ["4 unreachable-vip"]);
    assert_eq!(lints(&strict(" version 3\n accept")), [""; 0]);
    assert_eq!(lints(&strict(" strict_mode off")), [""; 0]);
    assert_eq!(lints(&strict(" priority 255")), [""; 0]);
    assert_eq!(lints(&instance(" strict_mode on")), ["1 unreachable-vip"]);
    assert_eq!(lints(&instance(" no_accept")), ["1 unreachable-vip"]);
    assert_eq!(lints(&instance(" no_accept\n accept")), [""; 0]);
}

#[test]
fn words_that_are_not_looked_at() {
    row(" priority 100 200", &["6 ignored-words"]);
    row(" nopreempt no", &["6 flag-with-no"]);
    row(" nopreempt because", &["6 ignored-words"]);
    row(" priority 300 200", &["6 out-of-range"]);
    row(" preempt_delay 5 # seconds", &[]);
}

#[test]
fn placeholders() {
    let vip = |word: &str| instance("").replace("192.0.2.9/24", word);
    assert_eq!(
        found(&vip("<VIP>")),
        ["4 invalid-address", "1 missing-setting"]
    );
    let loaded = super::read(&vip("10.0.0.x"));
    let all = conf::lint::run(&loaded, &host());
    let hint = all.iter().next().and_then(|found| found.hint.clone());
    assert_eq!(
        hint.as_deref(),
        Some("`10.0.0.x` looks like a placeholder: write the value")
    );
    let global = |word: &str| format!("global_defs {{\n router_id {word}\n}}\n");
    assert_eq!(found(&global("${HOSTNAME}")), ["2 definition"]);
    assert_eq!(found(&global("CHANGEME")), ["2 placeholder"]);
    assert_eq!(found(&global("lvs1")), [""; 0]);
}

#[test]
fn secrets_that_all_may_read() {
    let text = instance(" authentication {\n auth_type PASS\n auth_pass 1234\n }");
    let mode = |mode| {
        let mut host = host();
        host.mode = Some(mode);
        found_on(&text, &host)
    };
    assert_eq!(mode(0o644), ["8 secret-readable-by-all"]);
    assert_eq!(mode(0o640), [""; 0]);
}

#[test]
fn scripts() {
    let notify = |script: &str| instance(&format!(" notify {script}"));
    // The loader tells these.
    assert_eq!(found(&notify("/no/such")), ["6 script"]);
    let host = host();
    let elsewhere = lint::Elsewhere::new(&host);
    let lints = |text: &str| {
        let loaded = load_text("k.conf", text.as_bytes(), "director1", &elsewhere);
        let all = lint::run(&loaded, &elsewhere);
        let codes = all.iter().map(|found| found.code.as_str());
        codes.collect::<Vec<_>>()
    };
    let secure = "global_defs { script_user root\n enable_script_security\n}\n";
    let here = format!("{secure}{}", notify("/bin/ok"));
    assert_eq!(lints(&here), [""; 0]);
    let not_here = format!("{secure}{}", notify("\"/no/such with arguments\""));
    assert_eq!(lints(&not_here), ["missing-script"]);
    assert_eq!(lints(&here.replace("eth0", "eth9")), [""; 0]);
}

#[test]
fn users_that_are_to_run_scripts() {
    let text = |globals: &str, words: &str| {
        let globals = format!("global_defs {{ enable_script_security\n{globals}\n}}\n");
        globals + &instance(&format!(" notify_master {words}"))
    };
    let mut elsewhere = host();
    let on = |text: &str, machine: &FakeHost| {
        let machine = Elsewhere::new(machine);
        let loaded = load_text("k.conf", text.as_bytes(), "director1", &machine);
        let all = lint::run(&loaded, &machine);
        let codes = all.iter().map(|found| found.code.as_str());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(on(&text("", "/bin/ok"), &elsewhere), [""; 0]);
    assert_eq!(
        on(&text("", "/bin/ok to master"), &elsewhere),
        ["missing-user"]
    );
    assert_eq!(
        on(&text(" script_user nemo", "/bin/ok"), &elsewhere),
        ["missing-user"]
    );
    elsewhere.users.clear();
    assert_eq!(
        on(&text("", "/bin/ok"), &elsewhere),
        ["missing-default-user"]
    );
    assert_eq!(on(&text("", "/bin/ok root"), &elsewhere), [""; 0]);
    assert_eq!(
        on(&text(" script_user root", "/bin/ok"), &elsewhere),
        [""; 0]
    );
}

#[test]
fn people_are_told_once() {
    let text = instance(" nopreempt because\n track_interface {\n eth0\n }\n promote_secondaries");
    let text = text.clone()
        + &text
            .replace("V {", "W {")
            .replace("_id 1", "_id 2")
            .replace("192.0.2.9", "192.0.2.8");
    let all = lint::run(&super::read(&text), &host());
    let told = conf::told(&all);
    let of = |word: &str| {
        told.iter()
            .filter(|found| found.message.contains(word))
            .count()
    };
    assert_eq!(of("because"), 1);
    assert_eq!(of("own interface"), 1);
    let built = told
        .iter()
        .find(|found| found.message.contains("promote_secondaries"));
    assert!(
        built.is_some_and(|found| found.message.ends_with("(2 places)")),
        "{told:#?}"
    );
}
