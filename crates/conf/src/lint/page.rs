//! `docs/lints.md`: a page of every code, made of the tables.

use std::fmt::Write as _;

use super::{Explanation, ROWS, explain, ordinary};
use crate::diagnostic::{Code, Severity};

/// What stands above the codes.
const HEAD: &str = include_str!("head.md");

/// The whole page.
pub fn text() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("\n## Lints\n\nWhat loads, but was hardly meant.\n");
    let mut lints: Vec<_> = ROWS.iter().map(|lint| Code::Lint(lint.code)).collect();
    lints.sort_unstable();
    lints.into_iter().for_each(|code| entry(&mut out, code));
    out.push_str("\n## What is wrong\n\nWhat is found while the file is loaded.\n");
    let mut codes: Vec<_> = ordinary().collect();
    codes.sort_unstable_by_key(|code| code.as_str());
    codes.into_iter().for_each(|code| entry(&mut out, code));
    out
}

fn entry(out: &mut String, code: Code) {
    let Some(Explanation {
        title,
        why,
        what_to_do,
        severity,
    }) = explain(code)
    else {
        return;
    };
    let severity = match severity {
        Some(Severity::Error) => " (error)",
        Some(Severity::Warning) => " (warning)",
        Some(Severity::Note) => " (note)",
        None => "",
    };
    let _ = write!(
        out,
        "\n### {code}\n\n{title}{severity}.\n\n{why}\n\n*What to do:* {what_to_do}\n",
        code = code.as_str()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE=1 cargo test -p conf page` writes it.
    #[test]
    fn the_page_is_that_of_the_tables() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lints.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, text()).expect("docs/lints.md is written");
        }
        let page = std::fs::read_to_string(path).expect("docs/lints.md");
        assert!(
            page == text(),
            "docs/lints.md is not what UPDATE=1 makes of the tables"
        );
    }
}
