//! The executable, started as users and tools start it.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};

fn keepalived(line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepalived"));
    command.args(line.split_whitespace()).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn version_and_help_go_to_stderr_and_succeed() {
    for line in ["-v", "--version", "-l -n -v"] {
        let output = keepalived(line);
        assert_eq!(output.status.code(), Some(0), "{line}");
        assert!(output.stdout.is_empty());
        assert!(stderr(&output).starts_with("Keepalived v2.4.3 (keepalived-rs "), "{line}");
        assert!(stderr(&output).lines().count() > 1);
    }
    let help = keepalived("-h");
    assert_eq!(help.status.code(), Some(0));
    assert!(help.stdout.is_empty());
    for option in ["--use-file", "--dont-fork", "--signum", "--vrrp_pid", "--ignore-sigint"] {
        assert!(stderr(&help).contains(option), "{option}");
    }
}

#[test]
fn signal_numbers_go_to_stdout() {
    for (function, number) in [("STATS_CLEAR", "63\n"), ("JSON", "36\n"), ("STOP", "15\n")] {
        let output = keepalived(&format!("--signum={function}"));
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), number);
    }
    let unknown = keepalived("--signum=FOO");
    assert_eq!((unknown.status.code(), stderr(&unknown)), (Some(1), "Unknown sigfunc FOO\n".into()));
}

#[test]
fn wrong_words_end_with_one() {
    for (line, sentence) in [
        ("--zork", "Unknown option --zork\n"),
        ("-z", "Unknown option -z\n"),
        ("-p", "Missing parameter for option -p\n"),
        ("extra", "Unexpected argument(s): extra\n"),
    ] {
        let output = keepalived(line);
        assert_eq!((output.status.code(), stderr(&output)), (Some(1), sentence.into()), "{line}");
    }
}

#[test]
fn what_is_not_built_is_one_sentence() {
    for line in ["-x", "-T", "-C", "--perf"] {
        let output = keepalived(line);
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert_eq!(stderr(&output).lines().count(), 1, "{line}");
    }
}

#[test]
fn applets_are_refused_by_name() {
    for name in ["genhash", "/usr/sbin/ipvsadm", "ldirectord"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keepalived"));
        let output = command.arg0(name).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("has no "), "{name}");
    }
}

#[test]
fn roles_are_for_the_supervisor_only() {
    let output = keepalived("--role nonsense");
    assert_eq!(output.status.code(), Some(1));
    // Without a request on its standard input.
    assert_ne!(keepalived("--role config").status.code(), Some(0));
}
