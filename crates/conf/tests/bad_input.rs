//! Broken files: one diagnostic each, at the right place, and the rest of the file is used.

use std::path::PathBuf;

use conf::{FakeHost, LoadOptions, Loaded, Severity, load, load_text};
use proptest::prelude::*;

fn host() -> FakeHost {
    FakeHost::with_interfaces(&["eth0", "eth1", "lo"])
}

fn read(text: &str) -> Loaded {
    load_text("keepalived.conf", text.as_bytes(), "director1", &host())
}

const GOOD: &str = "vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        10.0.0.1/24
    }
}
";

/// What is rendered, without notes.
fn told(loaded: &Loaded) -> String {
    loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity > Severity::Note)
        .map(|d| d.render(false))
        .collect()
}

#[test]
fn a_value_out_of_range_shows_line_caret_and_what_is_used() {
    let loaded = read(&GOOD.replace("priority 100", "priority 300"));
    assert_eq!(
        told(&loaded),
        "keepalived.conf:4:14: priority must be 1..=255, found 300; using 100
   4 |     priority 300
     |              ^^^
"
    );
    assert_eq!(loaded.config.router.instances[0].priority, 100);
}

#[test]
fn an_unknown_word_has_a_near_one() {
    let loaded = read(&GOOD.replace("priority 100", "priorty 100"));
    assert_eq!(
        told(&loaded),
        "keepalived.conf:4:5: error: unknown keyword `priorty` in vrrp_instance; ignored
   4 |     priorty 100
     |     ^^^^^^^
  hint: did you mean `priority`?
"
    );
    assert_eq!(loaded.test_exit_code(), 5);
    assert_eq!(loaded.config.router.instances.len(), 1);
}

#[test]
fn an_unknown_block_costs_one_diagnostic_and_nothing_else() {
    let loaded = read(&GOOD.replace(
        "priority 100",
        "virtual_ipadress {\n 10.0.0.9 {\n }\n }\n    priority 77",
    ));
    assert_eq!(
        told(&loaded),
        "keepalived.conf:4:5: error: unknown keyword `virtual_ipadress` in vrrp_instance; ignored
   4 |     virtual_ipadress {
     |     ^^^^^^^^^^^^^^^^
  hint: did you mean `virtual_ipaddress`?
"
    );
    assert_eq!(loaded.config.router.instances[0].priority, 77);
}

#[test]
fn a_misplaced_word_is_told_where_it_belongs() {
    let loaded = read(&format!("virtual_router_id 1\n{GOOD}"));
    assert!(
        told(&loaded).contains("hint: `virtual_router_id` is allowed in vrrp_instance"),
        "{}",
        told(&loaded)
    );
}

#[test]
fn a_missing_closing_brace_ends_where_the_next_block_begins() {
    let loaded = read(&format!(
        "{}{}",
        GOOD.trim_end().trim_end_matches('}'),
        GOOD.replace("VI_1", "VI_2").replace("51", "52")
    ));
    assert_eq!(
        told(&loaded),
        "keepalived.conf:1:1: error: vrrp_instance VI_1 is not closed: `}` is missing before vrrp_instance VI_2
   1 | vrrp_instance VI_1 {
     | ^^^^^^^^^^^^^
  keepalived.conf:8:1: it is missing before this line
   8 | vrrp_instance VI_2 {
     | ^^^^^^^^^^^^^
"
    );
    assert_eq!(loaded.config.router.instances.len(), 2);
    assert_eq!(loaded.test_exit_code(), 5);
}

#[test]
fn a_missing_closing_brace_of_a_list_ends_at_the_next_keyword() {
    let loaded = read(
        "vrrp_instance A {\n interface eth0\n virtual_ipaddress {\n 10.0.0.1\n virtual_router_id 7\n}\n",
    );
    assert_eq!(
        told(&loaded).matches("is not closed").count(),
        1,
        "{}",
        told(&loaded)
    );
    assert_eq!(loaded.config.router.instances[0].vrid, 7);
}

#[test]
fn a_file_that_ends_in_a_block() {
    let loaded = read(GOOD.trim_end().trim_end_matches('}'));
    assert!(told(&loaded).starts_with(
        "keepalived.conf:1:1: error: vrrp_instance VI_1 is not closed: `}` is missing at the end of the file"
    ));
    assert_eq!(loaded.config.router.instances.len(), 1);
    let lines = loaded.diagnostics.log_lines();
    assert_eq!(lines[0].1, "There are 1 missing '}'s or extra '{'s");
}

#[test]
fn a_missing_opening_brace_is_taken_as_if_it_were_there() {
    let loaded = read(&GOOD.replace("virtual_ipaddress {", "virtual_ipaddress"));
    assert!(
        told(&loaded)
            .starts_with("keepalived.conf:5:22: error: `{` is missing after virtual_ipaddress")
    );
    assert_eq!(loaded.config.router.instances[0].addresses.len(), 1);
    assert_eq!(loaded.diagnostics.iter().count(), 1, "{}", told(&loaded));
}

#[test]
fn extra_and_unexpected_braces() {
    let loaded = read(&format!("{GOOD}}}\n"));
    assert!(told(&loaded).starts_with("keepalived.conf:9:1: error: this `}` closes nothing"));
    let loaded = read(&GOOD.replace("priority 100", "priority 100 {\n foo\n }"));
    assert!(
        told(&loaded).starts_with("keepalived.conf:4:18: error: no block begins here"),
        "{}",
        told(&loaded)
    );
    assert_eq!(loaded.diagnostics.iter().count(), 1);
    assert_eq!(loaded.config.router.instances[0].priority, 100);
}

#[test]
fn braces_may_be_anywhere() {
    let loaded = read(
        "vrrp_instance A\n{ interface eth0\nvirtual_router_id 1 virtual\nvirtual_ipaddress { 10.0.0.1 } } global_defs { router_id x }",
    );
    assert!(told(&loaded).is_empty(), "{}", told(&loaded));
    assert_eq!(loaded.config.router.instances[0].addresses.len(), 1);
    assert_eq!(loaded.config.global.router_id, "x");
}

#[test]
fn an_unmatched_quote() {
    let loaded = read("global_defs {\n router_id \"x\n}\n");
    assert!(
        told(&loaded).starts_with("keepalived.conf:2:12: error: this quote is not closed"),
        "{}",
        told(&loaded)
    );
    assert_eq!(loaded.test_exit_code(), 5);
}

#[test]
fn binary_garbage() {
    let mut bytes: Vec<u8> = (0..200_000u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    bytes.extend_from_slice(b"\n\n");
    bytes.extend_from_slice(GOOD.as_bytes());
    let loaded = load_text("garbage", &bytes, "", &host());
    assert_eq!(loaded.test_exit_code(), 5);
    assert!(loaded.diagnostics.iter().count() <= 1000);
    assert!(
        !loaded.diagnostics.render(false).contains('\x1b'),
        "nothing drives the terminal"
    );
}

#[test]
fn a_line_of_a_hundred_megabytes_costs_one_diagnostic() {
    let mut text = b"global_defs {\n router_id ".to_vec();
    text.resize(100_000_000, b'x');
    text.extend_from_slice(b"\n}\n");
    text.extend_from_slice(GOOD.as_bytes());
    let loaded = load_text("long", &text, "", &host());
    let errors: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0]
            .message
            .contains("more than 1048576; the line is left out"),
        "{}",
        errors[0].message
    );
    assert_eq!(loaded.config.router.instances.len(), 1);
    assert!(loaded.diagnostics.render(false).len() < 2000);
}

#[test]
fn long_lines_and_odd_bytes_are_accepted_with_a_note() {
    let name = "y".repeat(3000);
    let loaded = read(&format!("global_defs {{\n router_id {name}\n}}\n"));
    assert_eq!(loaded.config.global.router_id, name);
    assert_eq!(loaded.test_exit_code(), 0);
    assert_eq!(loaded.diagnostics.iter().count(), 1);
    let loaded = load_text(
        "f",
        b"global_defs {\r\n router_id \xff\xfe\r\n}\r\n",
        "",
        &host(),
    );
    assert_eq!(loaded.test_exit_code(), 0);
    let loaded = load_text(
        "f",
        b"router\0_id x\nglobal_defs {\n router_id ok\n}",
        "",
        &host(),
    );
    assert_eq!(loaded.config.global.router_id, "ok");
    assert_eq!(loaded.diagnostics.iter().count(), 1);
}

/// A directory of its own, removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("conf-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path.canonicalize().expect("its path"))
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(&path, text).expect("a file");
        path
    }

    fn load(&self, name: &str) -> Loaded {
        load(
            &LoadOptions {
                path: self.0.join(name),
                ..LoadOptions::default()
            },
            &host(),
        )
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn include_loops_end() {
    let d = Directory::new("loop");
    d.file("main.conf", &format!("include a.conf\n{GOOD}"));
    d.file("a.conf", "include b.conf\n");
    d.file("b.conf", "include a.conf\ninclude main.conf\n");
    let loaded = d.load("main.conf");
    assert_eq!(
        told(&loaded)
            .matches("this file is being read already")
            .count(),
        2,
        "{}",
        told(&loaded)
    );
    assert!(
        told(&loaded).contains("b.conf:1:1: error: "),
        "{}",
        told(&loaded)
    );
    assert_eq!(loaded.config.router.instances.len(), 1);
}

#[test]
fn includes_are_relative_to_their_file_and_globbed() {
    let d = Directory::new("glob");
    d.file("main.conf", "include conf.d/*.conf\n");
    d.file("conf.d/a.conf", "include sub/{x,y}.inc\n");
    d.file("conf.d/b.conf", "global_defs {\n router_id $_PWD\n}\n");
    d.file("conf.d/.hidden.conf", "nonsense\n");
    d.file("conf.d/sub/x.inc", GOOD);
    d.file(
        "conf.d/sub/y.inc",
        &GOOD.replace("VI_1", "VI_2").replace("51", "52"),
    );
    let loaded = d.load("main.conf");
    assert!(told(&loaded).is_empty(), "{}", told(&loaded));
    assert_eq!(loaded.config.router.instances.len(), 2);
    assert_eq!(
        loaded.config.global.router_id,
        d.0.join("conf.d").to_string_lossy()
    );
}

#[test]
fn include_failures_follow_the_variant() {
    let d = Directory::new("checks");
    let variants = [
        "include", "includer", "includem", "includew", "includeb", "includea",
    ];
    let cases = [
        ("missing.conf", [0, 0, 6, 6, 0, 6]),
        ("*.nomatch", [0, 0, 0, 6, 0, 6]),
        ("{x,y}.nomatch", [0, 0, 0, 0, 6, 6]),
        (".", [0, 6, 6, 6, 6, 6]),
    ];
    for (pattern, expected) in cases {
        for (variant, expected) in variants.iter().zip(expected) {
            d.file("main.conf", &format!("{variant} {pattern}\n{GOOD}"));
            let loaded = d.load("main.conf");
            assert_eq!(
                loaded.test_exit_code(),
                expected,
                "{variant} {pattern}: {}",
                told(&loaded)
            );
            assert_eq!(loaded.can_run(), expected == 0, "{variant} {pattern}");
        }
    }
    let checks = [
        ("", 6),
        ("match", 6),
        ("read", 0),
        ("wildcard_match", 0),
        ("+match -match", 0),
    ];
    for (words, expected) in checks {
        d.file(
            "main.conf",
            &format!("global_defs {{\n include_check {words}\n}}\ninclude missing.conf\n{GOOD}"),
        );
        assert_eq!(d.load("main.conf").test_exit_code(), expected, "{words}");
    }
}

#[test]
fn a_missing_main_file() {
    let mut options = LoadOptions {
        path: "/nowhere/keepalived.conf".into(),
        ..LoadOptions::default()
    };
    let loaded = load(&options, &host());
    assert_eq!(
        (
            loaded.test_exit_code(),
            loaded.can_run(),
            loaded.start_exit_code()
        ),
        (0, false, 6)
    );
    assert!(loaded.is_empty());
    assert_eq!(
        loaded.diagnostics.log_lines()[0].1,
        "Config files missing '/nowhere/keepalived.conf'."
    );
    options.all_include_checks = true;
    assert_eq!(load(&options, &host()).test_exit_code(), 4);
}

#[test]
fn a_file_without_a_statement_is_told_but_does_not_count() {
    for text in ["", "\n\n", "# nothing\n! here\n", "@other global_defs {\n"] {
        let loaded = read(text);
        assert_eq!(
            told(&loaded),
            "keepalived.conf has no statement, so there is nothing to run
  hint: an empty file is often one that was being written or was cut off
"
        );
        assert!(loaded.is_empty() && loaded.can_run(), "{text:?}");
        assert_eq!(loaded.test_exit_code(), 0, "{text:?}");
    }
    let garbage = read("vrrp_instan\n");
    assert!(garbage.is_empty(), "{}", told(&garbage));
    assert_eq!(told(&garbage).matches("error: ").count(), 1);
    assert!(!read(GOOD).is_empty() && !read("global_defs {\n}\n").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let loaded = load_text("random", &bytes, "id", &host());
        let _ = (loaded.diagnostics.render(true), loaded.diagnostics.log_lines(), loaded.test_exit_code());
    }

    #[test]
    fn pieces_of_the_language_never_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)) {
        let loaded = load_text("pieces", pieces.concat().as_bytes(), "id", &host());
        let _ = (loaded.diagnostics.render(true), loaded.diagnostics.log_lines());
    }

    #[test]
    fn a_damaged_file_never_panics(at in 0usize..LONG.len(), byte in any::<u8>(), cut in 0usize..40) {
        let mut bytes = LONG.as_bytes().to_vec();
        bytes[at] = byte;
        let end = (at + cut).min(bytes.len());
        bytes.drain(at + 1..end.max(at + 1));
        let loaded = load_text("damaged", &bytes, "id", &host());
        let _ = (loaded.diagnostics.render(false), loaded.diagnostics.log_lines());
        let _ = conf::lint::run(&loaded, &host()).render(false);
    }
}

const PIECES: &[&str] = &[
    "vrrp_instance ",
    "V ",
    "{",
    "}",
    "\n",
    " ",
    "$a",
    "$a=",
    "${a}",
    "${",
    "\\\n",
    "~SEQ(",
    "~LST(",
    "v,",
    "1,",
    ")",
    "{a,b}",
    "@id ",
    "@^id ",
    "\"",
    "'",
    "!",
    "#",
    "\\",
    "\0",
    "\u{e9}",
    "virtual_ipaddress ",
    "10.0.0.1",
    "/24 ",
    "dev ",
    "priority ",
    "300 ",
    "global_defs ",
    "include ",
    "/dev/null",
    "notify ",
    "$_RANDOM ",
    "${_RANDOM 5 3}",
    "track_script ",
    "vrrp_sync_group ",
    "group ",
    "\t",
    "\r\n",
    "authentication ",
    "auth_type PASS\n",
    "auth_pass ",
    "unicast_peer ",
];

const LONG: &str = "$IF=eth0
global_defs {
    router_id r
    vrrp_version 3
}
vrrp_script chk {
    script \"/bin/true a\"
    weight -2
}
~SEQ(i, 1, 3) vrrp_instance VI_$i { \\
vrrp_instance X {
    interface $IF
    state MASTER
    virtual_router_id 9
    priority 150
    advert_int 0.5
    authentication {
        auth_type PASS
        auth_pass secret
    }
    track_script {
        chk weight 3 reverse
    }
    virtual_ipaddress {
        10.0.0.1/24 dev ${IF} label eth0:1 brd +
    }
    unicast_peer { 10.0.0.2 }
}
vrrp_sync_group G {
    group { X }
    notify_master '/bin/true x' root
}
";
