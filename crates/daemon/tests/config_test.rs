//! `-t`: exit status and words.

mod scratch;

use std::process::{Command, Output};

use scratch::Scratch;

fn test(scratch: &Scratch, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepalived"));
    command
        .current_dir(scratch.path())
        .args(line.split_whitespace());
    command.output().expect("the executable runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_good_file_is_silent() {
    let scratch = Scratch::new("good");
    scratch.write("a.conf", "global_defs {\n router_id a\n}\n");
    let output = test(&scratch, "-t -f a.conf");
    assert_eq!(
        (output.status.code(), stderr(&output)),
        (Some(0), String::new())
    );
}

#[test]
fn an_unknown_word_is_shown_where_it_is() {
    let scratch = Scratch::new("unknown");
    scratch.write("a.conf", "global_defs {\n router_idd a\n}\n");
    let output = test(&scratch, "-l -t -f a.conf");
    assert_eq!(output.status.code(), Some(5));
    let text = stderr(&output);
    assert!(
        text.contains("a.conf:2") && text.contains("router_idd a"),
        "{text}"
    );
}

#[test]
fn findings_are_appended_to_a_file() {
    let scratch = Scratch::new("append");
    scratch.write("a.conf", "global_defs {\n router_idd a\n}\n");
    scratch.write("log", "before\n");
    let output = test(&scratch, "-f a.conf -tlog");
    assert_eq!(
        (output.status.code(), stderr(&output)),
        (Some(5), String::new())
    );
    let log = scratch.read("log");
    assert!(
        log.starts_with("before\n") && log.contains("Unknown keyword 'router_idd'"),
        "{log}"
    );
    assert!(!log.contains('^'), "{log}");
}

#[test]
fn a_file_that_is_not_there() {
    let scratch = Scratch::new("missing");
    assert_eq!(test(&scratch, "-t -f missing.conf").status.code(), Some(0));
    assert_eq!(
        test(&scratch, "-t -e -f missing.conf").status.code(),
        Some(4)
    );
}

#[test]
fn a_torn_file_is_an_error() {
    let scratch = Scratch::new("torn");
    scratch.write("a.conf", "global_defs {\n router_id a\n");
    assert_eq!(test(&scratch, "-t -f a.conf").status.code(), Some(5));
}
