//! The election on paper, of one file.

use conf::lint;

use super::{host, read};

const SCRIPT: &str = "vrrp_script chk {\n script /bin/ok\n interval 2\n}\n";

fn instance(name: &str, lines: &str) -> String {
    format!(
        "vrrp_instance {name} {{\n interface eth0\n virtual_router_id {}\n virtual_ipaddress {{\n 192.0.2.{}/24\n }}\n{lines}\n}}\n",
        name.len(),
        name.len()
    )
}

/// The codes of the election and their sentences.
fn said(text: &str) -> Vec<(String, String)> {
    const CODES: [&str; 5] = [
        "priority-limit",
        "nopreempt-weight",
        "sync-group-priorities",
        "sync-group-weight",
        "always-fault",
    ];
    let all = lint::run(&read(text), &host());
    let ours = all
        .iter()
        .filter(|found| CODES.contains(&found.code.as_str()));
    ours.map(|found| (found.code.as_str().to_owned(), found.message.clone()))
        .collect()
}

#[track_caller]
fn one(text: &str, code: &str, message: &str) {
    assert_eq!(said(text), [(code.to_owned(), message.to_owned())]);
}

#[test]
fn priorities_end_at_254() {
    let tracked = |priority: u8, weight: &str| {
        let lines = format!("priority {priority}\ntrack_script {{\n chk weight {weight}\n}}");
        SCRIPT.to_owned() + &instance("V", &lines)
    };
    one(
        &tracked(250, "20"),
        "priority-limit",
        "V: priority 250 and the weights of what it tracks come to 270, but priorities end at 254: when chk fails it falls by 4 to 250, not by 20",
    );
    one(
        &tracked(254, "2"),
        "priority-limit",
        "V: priority 254 and the weights of what it tracks come to 256, but priorities end at 254: when chk fails it stays 254",
    );
    for (priority, weight) in [
        (234, "20"),
        (254, "-20"),
        (100, "-253"),
        (255, "0"),
        (254, "0"),
    ] {
        assert_eq!(said(&tracked(priority, weight)), [], "{priority} {weight}");
    }
}

#[test]
fn nopreempt_and_weights() {
    let text = |weight: &str| {
        let lines = format!("state BACKUP\nnopreempt\ntrack_script {{\n chk weight {weight}\n}}");
        SCRIPT.to_owned() + &instance("V", &lines)
    };
    one(
        &text("-20"),
        "nopreempt-weight",
        "V has nopreempt and weight -20 for script chk: when chk fails its priority falls, but routers with nopreempt take nothing from a master that they hear",
    );
    assert_eq!(said(&text("0")), []);
}

#[test]
fn groups_that_cannot_move() {
    let group = |more: &str, one: &str, two: &str| {
        let group = format!("vrrp_sync_group G {{\n group {{\n V\n VI\n }}\n{more}\n}}\n");
        SCRIPT.to_owned() + &group + &instance("V", one) + &instance("VI", two)
    };
    let tracked = "track_script {\n chk weight -20\n}";
    one(
        &group("", "priority 100", "priority 150"),
        "sync-group-priorities",
        "sync group G: V has priority 100, but VI has 150: the group becomes master only where both can",
    );
    one(
        &group("sync_group_tracking_weight", tracked, ""),
        "sync-group-weight",
        "sync group G: when chk fails the priority of V falls, but VI keeps its own, and the other router takes over both or neither: nothing moves",
    );
    for (more, lines) in [
        ("sync_group_tracking_weight", tracked),
        ("track_script {\n chk weight -20\n}", ""),
    ] {
        assert_eq!(said(&group(more, lines, lines)), [], "{more}");
    }
}

#[test]
fn always_in_fault() {
    let text = SCRIPT.to_owned()
        + "vrrp_sync_group G {\n group {\n V\n VI\n }\n track_script {\n chk weight 0 reverse\n }\n}\n"
        + &instance("V", "track_script {\n chk weight 0\n}")
        + &instance("VI", "");
    one(
        &text,
        "always-fault",
        "V tracks script chk both as it is and in reverse: it is in FAULT whatever happens",
    );
}
