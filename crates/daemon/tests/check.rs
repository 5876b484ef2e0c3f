//! `keepalived check`: what it prints, writes and ends with.

mod scratch;

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use scratch::Scratch;
use serde_json::Value;

/// A state that is none, a password that is too long, a keyword with a wrong letter.
const WRONG: &str = "vrrp_instance V {
    state SLAVE
    interface no_such_if
    virtual_router_id 51
    priorty 100
    authentication {
        auth_type PASS
        auth_pass geheimnis-42
    }
    virtual_ipaddress {
        192.0.2.9 /24
    }
}
";

/// Nobody else may read a file that has a password in it.
fn write(scratch: &Scratch, text: &str) {
    scratch.write("a.conf", text);
    let path = scratch.path().join("a.conf");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("ours");
}

fn check(scratch: &Scratch, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepalived"));
    command
        .current_dir(scratch.path())
        .arg("check")
        .args(line.split_whitespace());
    command.output().expect("the executable runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn for_people() {
    let scratch = Scratch::new("check-human");
    write(&scratch, WRONG);
    let output = check(&scratch, "a.conf");
    let text = stdout(&output);
    assert!(
        text.starts_with("a.conf:5:5: error: unknown keyword `priorty`"),
        "{text}"
    );
    assert!(
        text.contains("found SLAVE") && text.ends_with("1 error, 3 warnings\n"),
        "{text}"
    );
    assert!(
        !text.contains("geheimnis") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert!(!text.contains("no_such_if"), "{text}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn for_programs() {
    let scratch = Scratch::new("check-json");
    write(&scratch, WRONG);
    let output = check(&scratch, "--format json a.conf");
    assert!(
        !stdout(&output).contains("geheimnis"),
        "{}",
        stdout(&output)
    );
    let found = json(&output);
    let first = &found[0];
    assert_eq!(
        (first["severity"].as_str(), first["code"].as_str()),
        (Some("error"), Some("unknown-keyword"))
    );
    assert_eq!(
        (first["file"].as_str(), first["line"].as_u64()),
        (Some("a.conf"), Some(5))
    );
    assert_eq!(
        (first["column"].as_u64(), first["end_column"].as_u64()),
        (Some(5), Some(12))
    );
    assert_eq!(first["log"][0], "Unknown keyword 'priorty'");
    assert_eq!(first["fix"][0]["replacement"], "priority");
    assert_eq!(first["hint"], "did you mean `priority`?");
    let good = Scratch::new("check-json-good");
    good.write("a.conf", "global_defs {\n}\n");
    assert_eq!(
        json(&check(&good, "--format json a.conf")),
        Value::Array(Vec::new())
    );
}

#[test]
fn for_editors() {
    let scratch = Scratch::new("check-sarif");
    scratch.write("a b.conf", WRONG);
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepalived"));
    command
        .current_dir(scratch.path())
        .args(["check", "--format=sarif", "a b.conf"]);
    let output = command.output().expect("the executable runs");
    assert!(!stdout(&output).contains("geheimnis"));
    let log = json(&output);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let result = &run["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.conf");
    assert_eq!(place["region"]["startLine"], 5);
    let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"]
        .as_u64()
        .map_or(99, |i| usize::try_from(i).unwrap_or(99))];
    assert_eq!(rule["id"], result["ruleId"]);
    assert!(
        rule["helpUri"]
            .as_str()
            .is_some_and(|uri| uri.ends_with("lints.md#unknown-keyword"))
    );
}

#[test]
fn what_has_one_right_form_is_written_once() {
    let scratch = Scratch::new("check-fix");
    write(&scratch, WRONG);
    let path = scratch.path().join("a.conf");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("ours");
    let output = check(&scratch, "--fix a.conf");
    let text = stdout(&output);
    assert!(
        text.contains("a.conf:2:\n-     state SLAVE\n+     state BACKUP\n"),
        "{text}"
    );
    assert!(!text.contains("geheimn"), "{text}");
    let fixed = scratch.read("a.conf");
    let expected = WRONG
        .replace("SLAVE", "BACKUP")
        .replace("priorty", "priority")
        .replace("geheimnis-42", "geheimni")
        .replace("192.0.2.9 /24", "192.0.2.9/24");
    assert_eq!(fixed, expected);
    let mode = path.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(
        stdout(&check(&scratch, "--fix ./a.conf")),
        "nothing is wrong\n"
    );
    assert_eq!(scratch.read("a.conf"), fixed);
}

#[test]
fn neither_includes_nor_definitions_are_fixed() {
    let scratch = Scratch::new("check-fix-include");
    let main = "$STATE=SLAVE\ninclude b.conf\nvrrp_instance V {\n state $STATE\n interface e\n virtual_router_id 1\n virtual_ipaddress {\n  192.0.2.9\n }\n}\n";
    scratch.write("a.conf", main);
    scratch.write("b.conf", "global_defs {\n router_idd x\n}\n");
    let text = stdout(&check(&scratch, "--fix a.conf"));
    assert!(text.contains("b.conf:2: not fixed"), "{text}");
    assert_eq!(scratch.read("a.conf"), main);
    assert!(scratch.read("b.conf").contains("router_idd"));
}

#[test]
fn what_it_ends_with() {
    let scratch = Scratch::new("check-exit");
    let warning = WRONG.replace("priorty", "priority");
    write(&scratch, &warning);
    let status = |line: &str| check(&scratch, line).status.code();
    assert_eq!(status("a.conf"), Some(0));
    assert_eq!(status("--deny warnings a.conf"), Some(1));
    let allow = "--allow invalid-value,password-too-long --deny warnings a.conf";
    assert_eq!(status(allow), Some(0));
    assert_eq!(status("missing.conf"), Some(2));
    assert_eq!(status("--allow no-such-code a.conf"), Some(3));
    assert_eq!(status("--no-such-option"), Some(3));
    assert_eq!(status(""), Some(3));
    assert_eq!(status("--help"), Some(0));
}

#[test]
fn the_schema() {
    let scratch = Scratch::new("check-schema");
    let rows = json(&check(&scratch, "--schema json"));
    let rows = rows.as_array().expect("rows");
    let priority = rows
        .iter()
        .find(|row| row["keyword"] == "priority")
        .expect("a row");

    assert_eq!(
        (
            priority["value"]["min"].as_i64(),
            priority["value"]["max"].as_i64()
        ),
        (Some(1), Some(255))
    );
    assert!(rows.len() >= 654);
}

#[test]
fn a_fix_uncovers_another() {
    let scratch = Scratch::new("check-fix-rounds");
    write(&scratch, &WRONG.replace("vrrp_instance", "vrrp_instanc"));
    let text = stdout(&check(&scratch, "--fix ./a.conf"));
    assert!(text.ends_with("nothing is wrong\n"), "{text}");
    assert!(scratch.read("a.conf").contains("state BACKUP"), "{text}");
}

#[test]
fn a_link_stays_one() {
    let scratch = Scratch::new("check-fix-link");
    write(&scratch, WRONG);
    let link = scratch.path().join("link.conf");
    std::os::unix::fs::symlink("a.conf", &link).expect("ours");
    check(&scratch, "--fix link.conf");
    assert!(link.symlink_metadata().expect("it is there").is_symlink());
    assert!(scratch.read("a.conf").contains("state BACKUP"));
}

#[test]
fn two_routers_side_by_side() {
    let scratch = Scratch::new("check-two");
    let text = "vrrp_instance V {\n interface lan0\n virtual_router_id 7\n@a priority 150\n@b priority 100\n virtual_ipaddress {\n 10.0.0.7/24\n }\n}\n";
    scratch.write("k.conf", text);
    let both = check(&scratch, "-i a -i b k.conf");
    assert_eq!(both.status.code(), Some(0));
    assert!(
        stdout(&both).contains("a is master with priority 150, then b (100)"),
        "{}",
        stdout(&both)
    );

    scratch.write("c.conf", &text.replace("id 7", "id 7\n advert_int 3"));
    let other = check(&scratch, "-i a -i b k.conf c.conf");
    assert_eq!(other.status.code(), Some(2));
    assert!(
        stdout(&other).starts_with(
            "k.conf:1:15: error: V: advert_int is 1 s (not written) on a, but 3 s on b"
        ),
        "{}",
        stdout(&other)
    );
    assert_eq!(
        check(&scratch, "-i a -i b k.conf c.conf c.conf")
            .status
            .code(),
        Some(3)
    );
}

#[test]
fn a_secret_out_of_a_definition_is_one() {
    let scratch = Scratch::new("check-secret");
    scratch.write(
        "a.conf",
        &format!("$X=geheimnis-42\n{}", WRONG.replace("geheimnis-42", "$X")),
    );
    for format in ["human", "json", "sarif"] {
        let text = stdout(&check(&scratch, &format!("--format {format} a.conf")));
        assert!(text.contains("password-too-long") || text.contains("8 bytes at the most"));
        assert!(
            text.contains("be read by all") && !text.contains("geheimnis"),
            "{text}"
        );
    }
}
