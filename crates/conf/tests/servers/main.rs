//! Virtual servers: what is said of them is what keepalived 2.4.3 says, and what they come to.

mod resolved;

use conf::{FakeHost, Loaded, load_text};

pub(crate) fn load(name: &str, text: &str) -> Loaded {
    let mut host = FakeHost::with_interfaces(&["eth0"])
        .with_script("/bin/true")
        .with_script("/bin/false")
        .with_script("/etc/passwd")
        .with_script("true");
    host.users.insert(
        "nobody".into(),
        conf::UserFacts {
            uid: 65534,
            gid: 65534,
        },
    );
    load_text(name, text.as_bytes(), "director1", &host)
}

/// The lines that count, and the exit status.
fn said(loaded: &Loaded) -> String {
    let counted = loaded.diagnostics.iter().filter(|d| d.status.is_some());
    let lines: String = counted
        .flat_map(|d| d.log_lines())
        .map(|line| line + "\n")
        .collect();
    format!("{lines}exit {}\n", loaded.test_exit_code())
}

/// The cases are those of a run of the original, files and answers.
#[test]
fn the_same_is_said_in_the_same_words() {
    let mut failed = 0;
    let cases = include_str!("said.txt").split("\n=== ").skip(1);
    for case in cases {
        let (name, rest) = case.split_once('\n').expect("a name");
        let (text, answer) = rest.split_once("\n---\n").expect("a line between");
        let found = said(&load(&format!("{name}.conf"), text));
        if found.trim_end() != answer.trim_end() {
            println!("{name}: wanted\n{answer}\nfound\n{found}");
            failed += 1;
        }
    }
    assert_eq!(failed, 0, "see above");
}
