//! Whole files out of the table of keywords: each keyword in its block, with values in and out of its range, written
//! in all the ways that the language has.

use conf::schema::{self, Form, Keyword, Kind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A statement or an entry, and how it is written.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) words: Vec<String>,
    /// `None`: no braces.
    pub(crate) block: Option<Vec<Item>>,
    pub(crate) style: Style,
}

/// How it is written.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    pub(crate) way: Way,
    pub(crate) blank: &'static str,
    /// What stands behind it.
    pub(crate) comment: &'static str,
    /// The brace has a line of its own.
    pub(crate) brace_below: bool,
}

/// By what part of the language it comes to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    /// Out of a file of its own.
    Include,
    /// Its last word out of a definition.
    Definition,
    /// All of its lines out of a definition.
    Lines,
    /// For this router only.
    Condition,
    /// Twice.
    Sequence,
    /// Once for each of some values.
    List,
}

/// A file.
pub(crate) fn file() -> impl Strategy<Value = Vec<Item>> {
    vec(statement(schema::ROOT), 0..6)
}

fn rows(block: &str) -> Vec<&'static Keyword> {
    let rows = schema::all().filter(|row| row.block == block && row.form != Form::Line);
    rows.collect()
}

fn statement(block: &str) -> BoxedStrategy<Item> {
    select(rows(block))
        .prop_flat_map(|row| (Just(row), words(row), style(), inner(row)))
        .prop_map(|(row, words, style, block)| Item {
            words: std::iter::once(row.keyword.to_owned())
                .chain(words)
                .collect(),
            block,
            style,
        })
        .boxed()
}

fn inner(row: &'static Keyword) -> BoxedStrategy<Option<Vec<Item>>> {
    if !row.form.has_braces() {
        return Just(None).boxed();
    }
    let inner = if row.form.is_list() {
        vec(entry(), 0..4).boxed()
    } else {
        vec(statement(&row.inner_block()), 0..8).boxed()
    };
    inner.prop_map(Some).boxed()
}

fn entry() -> impl Strategy<Value = Item> {
    (vec(any_word(), 1..5), style()).prop_map(|(words, style)| Item {
        words,
        block: None,
        style,
    })
}

fn style() -> impl Strategy<Value = Style> {
    let way = prop_oneof![
        12 => Just(Way::Plain),
        1 => Just(Way::Include),
        1 => Just(Way::Definition),
        1 => Just(Way::Lines),
        1 => Just(Way::Condition),
        1 => Just(Way::Sequence),
        1 => Just(Way::List),
    ];
    let blank = select(vec![" ", "  ", "\t", " \t  "]);
    let comment = select(vec!["", "", "", "", " # a \"comment\" {", " ! }", "\r"]);
    (way, blank, comment, any::<bool>()).prop_map(|(way, blank, comment, brace_below)| Style {
        way,
        blank,
        comment,
        brace_below,
    })
}

/// What follows a keyword: mostly what it wants.
fn words(row: &'static Keyword) -> BoxedStrategy<Vec<String>> {
    let right = value(row);
    prop_oneof![
        8 => right.clone().prop_map(|word| vec![word]),
        2 => (right, any_word()).prop_map(|(one, other)| vec![one, other]),
        1 => vec(any_word(), 0..4),
    ]
    .boxed()
}

fn value(row: &'static Keyword) -> BoxedStrategy<String> {
    let numbers = |list: Vec<i128>| {
        let list: Vec<_> = list.iter().map(i128::to_string).collect();
        prop_oneof![6 => select(list), 1 => any_word()].boxed()
    };
    match row.kind {
        Kind::Int { min, max } => {
            let (min, max) = (i128::from(min), i128::from(max));
            numbers(vec![
                min,
                max,
                min - 1,
                max + 1,
                i128::midpoint(min, max),
                1,
                0,
            ])
        }
        Kind::Decimal { min, max, .. } => numbers(vec![i128::from(min), i128::from(max), 1, 3, 0]),
        Kind::OneOf { words, .. } => {
            let words: Vec<_> = words.split('|').map(str::to_owned).collect();
            prop_oneof![6 => select(words), 1 => any_word()].boxed()
        }
        Kind::Script => select(SCRIPTS.to_vec()).prop_map(str::to_owned).boxed(),
        Kind::Own => {
            let known = row
                .arguments
                .split(|c: char| !c.is_alphanumeric() && c != '_');
            let known: Vec<_> = known.filter(|word| !word.is_empty()).collect();
            let known = known.into_iter().chain(["1", "10"]).map(str::to_owned);
            prop_oneof![3 => select(known.collect::<Vec<_>>()), 1 => any_word()].boxed()
        }
        Kind::Flag
        | Kind::Bool
        | Kind::Word
        | Kind::Ip
        | Kind::Ip4
        | Kind::Ip6
        | Kind::Interface
        | Kind::Path
        | Kind::User
        | Kind::Block => any_word().boxed(),
    }
}

fn any_word() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => select(WORDS.to_vec()).prop_map(str::to_owned),
        1 => "[ -!#-~]{0,12}".prop_map(|word| format!("\"{word}\"")),
        1 => (0u32..70_000).prop_map(|number| number.to_string()),
    ]
}

const WORDS: &[&str] = &[
    "eth0",
    "eth1",
    "lo",
    "nosuch",
    "10.0.0.1",
    "10.0.0.2/24",
    "192.0.2.7",
    "2001:db8::1/64",
    "fe80::1",
    "224.0.0.18",
    "80",
    "443",
    "0",
    "1",
    "-1",
    "1.5",
    "100",
    "255",
    "256",
    "true",
    "off",
    "MASTER",
    "BACKUP",
    "VI_1",
    "VI_2",
    "chk",
    "dev",
    "weight",
    "reverse",
    "scope",
    "global",
    "brd",
    "+",
    "-",
    "label",
    "eth0:1",
    "via",
    "table",
    "min_ttl",
    "PASS",
    "AH",
    "secret",
    "a\\b",
    "\"\"",
    "\"a b\"",
    "\"{\"",
    "\"#x\"",
    "\"@x\"",
    "\"~SEQ(i,1,2)\"",
    "\"include\"",
    "'q",
    "r'",
    "$x-y",
    "${NOT_DEFINED}",
    "$NOT_DEFINED",
    "\"$_PWD\"",
    "x${_HASH}y",
    "\\#",
    "a\\!b",
    "root",
    "/bin/ok",
    "/tmp/x",
    "fwmark",
    "group",
    "TCP",
    "wlc",
    "NAT",
    "é",
    "@",
];

const SCRIPTS: &[&str] = &[
    "/bin/ok",
    "/bin/ok a b",
    "\"/bin/ok a b\"",
    "\"/bin/ok a b\" root root",
    "\"/bin/ok 'a  b' \\\"c\\\"\" root",
    "'/bin/ok  x'",
    "/bin/ok\\ x",
    "/bin/ok \\#x 'a \\! b'",
    "\"/bin/ok # x\"",
    "\"/bin/ok ${_PWD} $HOME\"",
    "/bin/ok \"open",
    "/bin/ok ${x} \\x41\\102\\t",
    "</tmp/file",
    "\"\"",
];
