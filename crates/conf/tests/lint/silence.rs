//! Comments that say what is not to be said.

use super::{found, instance};

const SELF: &str = " unicast_peer {\n  192.0.2.1\n }";

#[test]
fn of_the_line_of_the_next_of_the_block_and_of_the_file() {
    let code = "unicast-peer-is-self";
    let allow = format!("# keepalived: allow({code})");
    assert_eq!(found(&instance(SELF)), [format!("7 {code}")]);
    let rows = [
        (
            " unicast_peer {\n  192.0.2.1 #",
            "192.0.2.1",
            format!("192.0.2.1 {allow}"),
        ),
        (
            "above",
            "  192.0.2.1",
            format!("{allow}\n\n # because\n  192.0.2.1"),
        ),
        (
            "top of block",
            " unicast_peer {",
            format!(" unicast_peer {{ ! it is so\n{allow}\n  192.0.2.2"),
        ),
        (
            "file",
            " unicast_peer {",
            format!("# keepalived: allow-file({code})\n unicast_peer {{"),
        ),
    ];
    for (name, from, to) in rows {
        let text = instance(&SELF.replace(from, &to));
        assert_eq!(found(&text), [""; 0], "{name}");
    }
    let elsewhere = [
        (
            "another code",
            "  192.0.2.1",
            "# keepalived: allow(unused)\n  192.0.2.1",
        ),
        (
            "two lines above",
            "  192.0.2.1",
            &format!("192.0.2.2\n{allow}\n  192.0.2.3\n  192.0.2.1"),
        ),
        ("below", "  192.0.2.1", &format!("  192.0.2.1\n{allow}")),
        (
            "a quote",
            "  192.0.2.1",
            &format!("  192.0.2.1 # see {allow}"),
        ),
    ];
    for (name, from, to) in elsewhere {
        let text = instance(&SELF.replace(from, to));
        assert_eq!(found(&text).len(), 1, "{name}: {text}");
    }
}

#[test]
fn warnings_of_the_loader_too_but_no_error() {
    assert_eq!(found(&instance(" priority 300")), ["6 out-of-range"]);
    assert_eq!(
        found(&instance(" priority 300 # keepalived: allow(out-of-range)")),
        [""; 0]
    );
    let error = instance(" nonsense # keepalived: allow(unknown-keyword)");
    assert_eq!(found(&error), ["6 unknown-keyword"]);
}

#[test]
fn a_misspelt_code_is_told() {
    let text = instance(" # keepalived: allow(unicast-peer-is-sel)\n # keepalived: alow(unused)");
    assert_eq!(found(&text), ["6 unknown-allow", "7 unknown-allow"]);
}

#[test]
fn the_best_first_and_no_meaning_in_a_broken_file() {
    let text = instance(" priority 300\n nonsense\n unicast_peer {\n  192.0.2.1\n }");
    let order = [
        "7 unknown-keyword",
        "6 out-of-range",
        "9 unicast-peer-is-self",
    ];
    assert_eq!(found(&text), order);
    let broken = instance(" priority 300\n unicast_peer {\n  192.0.2.1\n");
    assert_eq!(found(&broken), ["1 unclosed-block", "6 out-of-range"]);
}
