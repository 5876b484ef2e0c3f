//! Words that are not looked at.

use std::collections::BTreeSet;

use super::{Context, Lint};
use crate::diagnostic::{Diagnostics, Severity, Span};
use crate::schema::{Form, Keyword, Kind};

pub(super) const IGNORED: Lint = Lint {
    code: "ignored-words",
    severity: Severity::Warning,
    title: "A line goes on behind its value",
    why: "What follows the value is not looked at, so what it was meant to do does not happen. Often it is a comment \
          without its `#`, a second entry that needs a line of its own, or a value that needs double quotes.",
    what_to_do: "Remove the words, or begin a comment with `#`.",
};

pub(super) const FLAG_WITH_NO: Lint = Lint {
    code: "flag-with-no",
    severity: Severity::Warning,
    title: "A keyword that takes no value is given one that says no",
    why: "The keyword alone switches its feature on; what follows it is not looked at.",
    what_to_do: "Remove the line: without it the feature is off.",
};

/// Words behind what a keyword takes.
pub(super) fn ignored(context: &Context<'_>, found: &mut Diagnostics) {
    let told = told(found);
    context.statements(|statement| {
        let Some(row) = statement.keyword() else {
            return;
        };
        let Some(word) = most(row).and_then(|most| statement.arguments().get(most)) else {
            return;
        };
        if told.contains(&line_of(&statement.head().place().span)) {
            return;
        }
        let (name, text) = (row.keyword, word.text());
        match text.as_str() {
            "no" | "off" | "false" | "0" if row.kind == Kind::Flag => {
                let sentence = format!("{name} takes no value: this switches it on");
                let diagnostic = FLAG_WITH_NO.at(word.place(), sentence);
                found.push(diagnostic.hint("remove the line"));
            }
            // It does what it says.
            "yes" | "on" | "true" | "1" if row.kind == Kind::Flag => {}
            _ => {
                let sentence = format!("{name} does not look at `{text}`");
                found.push(IGNORED.at(word.place(), sentence));
            }
        }
    });
}

/// How many words a keyword takes, where that is for sure.
fn most(row: &Keyword) -> Option<usize> {
    match row.kind {
        // Old forms of some of them had a value.
        Kind::Flag => (row.form == Form::Flag).then_some(0),
        Kind::Bool
        | Kind::Int { .. }
        | Kind::Decimal { .. }
        | Kind::OneOf { .. }
        | Kind::Ip
        | Kind::Ip4
        | Kind::Ip6
        | Kind::Interface
        | Kind::Path
        | Kind::Word => (!row.arguments.contains(' ')).then_some(1),
        Kind::Script | Kind::User | Kind::Block | Kind::Own => None,
    }
}

/// The lines that something was said of already.
fn told(found: &Diagnostics) -> BTreeSet<(String, u32)> {
    let spans = found.iter().filter_map(|found| found.span.as_ref());
    spans.map(line_of).collect()
}

fn line_of(span: &Span) -> (String, u32) {
    (span.file().to_owned(), span.line())
}
