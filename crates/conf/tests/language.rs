//! Comments, definitions, repetition, conditions: what a file means, seen in `router_id` or in instance names.

use conf::{FakeHost, Loaded, Severity, load_text};

fn load(text: &str) -> Loaded {
    let mut host = FakeHost::with_interfaces(&["eth0"]);
    host.environment.insert("SITE".into(), "north".into());
    host.random = 12345;
    load_text("f.conf", text.as_bytes(), "director1", &host)
}

/// What `router_id` is after `before`, with `value` as its argument.
fn id(before: &str, value: &str) -> String {
    load(&format!(
        "{before}\nglobal_defs {{\n router_id {value}\n}}\n"
    ))
    .config
    .global
    .router_id
}

fn names(text: &str) -> Vec<String> {
    let loaded = load(text);
    loaded
        .config
        .router
        .instances
        .iter()
        .map(|i| i.name.clone())
        .collect()
}

#[test]
fn comments_and_quotes() {
    assert_eq!(id("", "x!y"), "x");
    assert_eq!(id("", "x#y"), "x");
    assert_eq!(id("", r"a\!b"), "a!b");
    assert_eq!(id("", r"\#a"), "#a");
    assert_eq!(id("", "\"a # b\" c"), "a # b");
    assert_eq!(id("", "'a#b'"), "'a");
    assert_eq!(
        load("\\#a\n").diagnostics.log_lines()[0].1,
        "(Line 1) Unknown keyword '#a'"
    );
    assert_eq!(id("", "\"\""), "director1.example", "an empty name is none");
}

#[test]
fn definitions() {
    assert_eq!(id("$a=foo", "$a"), "foo");
    assert_eq!(id(" $a=  foo # bar", "${a}-x"), "foo-x");
    assert_eq!(id("$a=foo", "$a-x"), "$a-x");
    assert_eq!(id("$a=foo", "$a,x"), "foo,x");
    assert_eq!(id("$a=foo", "b$a"), "bfoo");
    assert_eq!(id("$a=1\n$b=10.0.0.$a\n$a=2", "$b"), "10.0.0.2", "late");
    assert_eq!(
        id("$b=10.$a\n$a=3", "${b}/24"),
        "10.$a/24",
        "as the original"
    );
    assert_eq!(id("$b=10.${a}\n$a=3", "${b}/24"), "10.3/24");
    assert_eq!(id("$a=\"foo # bar\"", "$a"), "foo # bar");
    assert_eq!(id("$k=router_id\n$1a=3", "$1a"), "$1a");
    assert_eq!(id("", "${nothing}"), "${nothing}", "stays one word");
    let loaded = load("$k=router_id\nglobal_defs {\n $k x\n}\n");
    assert_eq!(loaded.config.global.router_id, "x", "in keyword position");
}

#[test]
fn definitions_of_several_lines() {
    let text = "$BODY= interface eth0 \\\n virtual_router_id ${ID} \\\n virtual_ipaddress { \\\n 10.0.0.${ID} \\\n }\n\
                $ID=7\nvrrp_instance A {\n $BODY\n}\n";
    let loaded = load(text);
    assert!(loaded.can_run(), "{}", loaded.diagnostics.render(false));
    assert_eq!(loaded.config.router.instances[0].vrid, 7);
    let nested = "$IN=virtual_router_id 3 \\\n interface eth0\n$OUT=$IN \\\n virtual_ipaddress { 10.0.0.1 }\nvrrp_instance A {\n $OUT\n}\n";
    assert_eq!(names(nested), ["A"]);
    let not_last = load("$a=b\\\nc\n$a e\n");
    assert!(
        not_last
            .diagnostics
            .iter()
            .any(|d| d.message.contains("must be the last thing"))
    );
}

#[test]
fn predefined_names() {
    assert_eq!(id("", "$_INSTANCE"), "director1");
    assert_eq!(id("", "a${_HASH}b${_BANG}c"), "a#b!c");
    assert_eq!(id("", "${_ENV SITE}"), "north");
    assert_eq!(id("", "${_RANDOM 5 5}"), "5");
    assert_eq!(id("", "${_RANDOM 10 19}"), "15");
    assert_eq!(id("", "${_RANDOM 0 4294967295}"), "12345");
    assert_eq!(id("$_HASH=mine", "$_HASH"), "mine");
    assert_eq!(id("$_HASH a comment\n$_BANG another", "x"), "x");
}

#[test]
fn recursion_ends() {
    for text in [
        "$A=$A\n$A\n",
        "$A=${B}${B}\n$B=${A}${A}\n$A\n",
        "$A=x \\\n $A\n$A\n",
        "$A=x \\\n $A \\\n $A\n$A\n",
    ] {
        let loaded = load(text);
        let ends = loaded.diagnostics.iter().any(|d| {
            d.severity == Severity::Error
                && (d.message.contains("comes back to itself") || d.message.contains("too deep"))
        });
        assert!(ends, "{text}: {}", loaded.diagnostics.render(false));
        assert_eq!(loaded.test_exit_code(), 5);
    }
}

#[test]
fn billions_of_laughs_end() {
    let mut text = "$l0=ha\n".to_owned();
    for n in 1..40 {
        let before = n - 1;
        text.push_str(&format!(
            "$l{n}=${{l{before}}}${{l{before}}}${{l{before}}}${{l{before}}}\n"
        ));
    }
    text.push_str("global_defs {\n router_id $l39\n}\n");
    let loaded = load(&text);
    assert_eq!(loaded.test_exit_code(), 5);
}

#[test]
fn sequences() {
    let sequence = |head: &str| {
        let text = format!(
            "vrrp_instance A {{\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {{\n {head} 10.0.0.$n\n }}\n}}\n"
        );
        let loaded = load(&text);
        loaded
            .config
            .router
            .instances
            .first()
            .map_or(Vec::new(), |i| {
                i.addresses
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
            })
    };
    assert_eq!(sequence("~SEQ(n,3)"), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    assert_eq!(
        sequence("~SEQ(n,3,1)"),
        ["10.0.0.3", "10.0.0.2", "10.0.0.1"]
    );
    assert_eq!(
        sequence("~SEQ(n, 1, 2, 6)"),
        ["10.0.0.1", "10.0.0.3", "10.0.0.5"]
    );
    assert_eq!(
        sequence("~SEQ(n,6,-2,1)"),
        ["10.0.0.6", "10.0.0.4", "10.0.0.2"]
    );
    assert_eq!(sequence("~LST(n,7,9)"), ["10.0.0.7", "10.0.0.9"]);
    assert_eq!(sequence("~SEQ(m,1) ~LST(n,5,4)"), ["10.0.0.5", "10.0.0.4"]);
    assert_eq!(sequence("~SEQ(n,6,2,1)"), [""; 0]);
}

#[test]
fn definitions_see_the_variables_of_a_repetition() {
    let text = "$I=9\n$B= \\\nvrrp_instance A${I}_$J { \\\n}\n$A= \\\n$B \\\nvrrp_instance Z$I { \\\n}\n\
                ~SEQ(I,1,2) ~LST(J,x,y) $A\nvrrp_instance after${I} {\n}\n";
    let inner = ["A1_x", "Z1", "A1_y", "A2_x", "Z2", "A2_y"];
    // Each is told to have no number.
    let told = load(text).diagnostics.render(false);
    for name in inner.iter().chain(&["after9"]) {
        assert!(told.contains(&format!(" {name} has no ")), "{name}: {told}");
    }
}

#[test]
fn repetition_details() {
    let addresses = |line: &str| {
        let text = format!(
            "$LAST=2\nvrrp_instance A {{\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {{\n {line}\n }}\n}}\n"
        );
        let loaded = load(&text);
        loaded.config.router.instances[0]
            .addresses
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        addresses("~SEQx(n,9,11) fe80::$n"),
        ["fe80::9", "fe80::a", "fe80::b"]
    );
    assert_eq!(
        addresses("~SEQ(n,$LAST) 10.0.0.$n"),
        ["10.0.0.1", "10.0.0.2"]
    );
    assert_eq!(
        addresses("~SEQ(a,2) ~SEQ(b,2) 10.0.${a}.$b"),
        ["10.0.1.1", "10.0.1.2", "10.0.2.1", "10.0.2.2"]
    );
    assert_eq!(
        addresses("~LST({a,b},{1,2},{3,4}) 10.0.${a}.$b"),
        ["10.0.1.2", "10.0.3.4"]
    );
    assert_eq!(addresses("~SEQ(n,2)10.0.0.$n"), ["10.0.0.1", "10.0.0.2"]);
}

#[test]
fn wrong_repetitions_are_dropped() {
    let rows = [
        (
            "~SEQ(v,6,2,1) x",
            "(Line 1) Invalid ~SEQ values '~SEQ(v,6,2,1) x'",
        ),
        ("~SEQ(v) x", "(Line 1) Invalid ~SEQ definition '~SEQ(v) x'"),
        (
            "~SEQ v,2) x",
            "(Line 1) Invalid ~SEQ specification '~SEQ v,2) x'",
        ),
        (
            "~LST(v) x",
            "(Line 1) Invalid ~LST specification '~LST(v) x'",
        ),
        (
            "~LST({v,w},{a,b,c}) x",
            "(Line 1) ~LST specification has too many values '~LST({v,w},{a,b,c}) x'",
        ),
        (
            "~SEQx(v,-1,3) x",
            "(Line 1) ~SEQx is only valid for positive numbers '~SEQx(v,-1,3) x'",
        ),
    ];
    for (line, log) in rows {
        let loaded = load(line);
        assert_eq!(loaded.diagnostics.log_lines()[0].1, log);
        assert_eq!(loaded.diagnostics.iter().count(), 1, "{line}");
    }
}

#[test]
fn endless_repetitions_are_bounded() {
    let loaded = load(
        "~SEQ(a,9223372036854775807) ~SEQ(b,9223372036854775807) x\nglobal_defs {\n router_id on\n}\n",
    );
    assert!(
        loaded
            .diagnostics
            .iter()
            .any(|d| d.message.contains("more than 200000 lines"))
    );
    assert!(!loaded.can_run());
    assert_eq!(
        loaded.config.global.router_id, "on",
        "the rest of the file is read"
    );
}

#[test]
fn conditions() {
    assert_eq!(id("@director1 $a=ours\n@director2 $a=theirs", "$a"), "ours");
    assert_eq!(
        id("@^director1 $a=others\n@^director2 $a=ours", "$a"),
        "ours"
    );
    assert!(
        load("@director2 nonsense\n@ nonsense\n@^director1 nonsense\n@^foobar\nuse_pid_dir\n")
            .diagnostics
            .is_empty()
    );
    assert_eq!(load("  @^x nonsense\n").diagnostics.iter().count(), 1);
}

#[test]
fn a_word_out_of_a_definition_points_to_its_use_and_its_definition() {
    let loaded = load(
        "$PRIO=300\nvrrp_instance A {\n interface eth0\n virtual_router_id 1\n priority $PRIO\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n",
    );
    let rendered = loaded.diagnostics.render(false);
    assert_eq!(
        rendered,
        "f.conf:5:11: priority must be 1..=255, found 300; using 100
   5 |  priority $PRIO
     |           ^^^^^
  f.conf:1:1: defined here
   1 | $PRIO=300
     | ^^^^^^^^^
"
    );
}

#[test]
fn a_near_definition_is_offered() {
    let loaded = load("$PRIO=100\nglobal_defs {\n router_id $PRO\n}\n");
    let rendered = loaded.diagnostics.render(false);
    assert!(
        rendered.contains("hint: did you mean `$PRIO`?"),
        "{rendered}"
    );
}
