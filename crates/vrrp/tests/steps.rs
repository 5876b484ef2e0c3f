//! Step scripts: events with times, and exactly the actions that follow. `UPDATE=1 cargo test` rewrites them.
//!
//! A script is a configuration (`config NAME` begins another one, for `reload NAME`), then events.
#![allow(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod common;
mod script;

use std::path::Path;

use script::Script;

#[test]
fn every_script_does_what_it_says() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/steps");
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut failed = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let actual = Script::parse(&text).run();
        if actual == text {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, actual).unwrap();
        } else {
            failed.push(format!(
                "{}:\n{}",
                path.display(),
                difference(&text, &actual)
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The same script twice does the same.
#[test]
fn runs_are_equal() {
    let text = include_str!("steps/takeover.step");
    assert_eq!(Script::parse(text).run(), Script::parse(text).run());
}

/// The lines around the first one that differs.
fn difference(expected: &str, actual: &str) -> String {
    let (expected, actual): (Vec<_>, Vec<_>) =
        (expected.lines().collect(), actual.lines().collect());
    let at = (0..)
        .find(|&i| expected.get(i) != actual.get(i))
        .unwrap_or(0);
    let part = |lines: &[&str]| {
        lines
            .iter()
            .skip(at.saturating_sub(2))
            .take(8)
            .map(|l| format!("  {l}\n"))
            .collect::<String>()
    };
    format!(
        "line {}, expected\n{}got\n{}",
        at + 1,
        part(&expected),
        part(&actual)
    )
}
