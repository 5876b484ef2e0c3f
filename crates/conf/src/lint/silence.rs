//! `# keepalived: allow(CODE)`: what a file says is not to be said of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::Lint;
use crate::Loaded;
use crate::diagnostic::{Diagnostic, Diagnostics, Reach, Remark, Severity, Span};
use crate::schema;
use crate::tree::Statement;

pub(super) const UNKNOWN_CODE: Lint = Lint {
    code: "unknown-allow",
    severity: Severity::Note,
    title: "A comment allows something that has no such name",
    why: "The comment silences nothing.",
    what_to_do: "Write `# keepalived: allow(CODE)` with a code as it stands in the findings, or \
                 `allow-file(CODE)` for the whole file.",
};

/// What is silenced where.
pub(super) struct Silences {
    files: BTreeSet<(String, String)>,
    lines: BTreeMap<(String, String), Vec<RangeInclusive<u32>>>,
}

impl Silences {
    /// Reads the comments; those that are not understood are found.
    pub(super) fn new(loaded: &Loaded, found: &mut Diagnostics) -> Self {
        let remarks = &loaded.diagnostics.remarks().list;
        let mut silences = Self {
            files: BTreeSet::new(),
            lines: BTreeMap::new(),
        };
        if remarks.is_empty() {
            return silences;
        }
        let blocks = Blocks::new(&loaded.tree.statements, remarks);
        let known = super::codes();
        for remark in remarks {
            match remark.verb.text().as_ref() {
                "allow-file" => silences.add_file(remark),
                "allow" => silences.add_lines(remark, &blocks),
                verb => found.push(unknown_verb(remark, verb)),
            }
            let unknown = remark.codes.iter();
            let unknown = unknown.filter(|code| !known.contains(code.text().as_ref()));
            for code in unknown {
                found.push(unknown_code(code, &known));
            }
        }
        silences
    }

    fn add_file(&mut self, remark: &Remark) {
        let file = remark.verb.file();
        let keys = remark.codes.iter().map(|code| key(file, &code.text()));
        self.files.extend(keys);
    }

    fn add_lines(&mut self, remark: &Remark, blocks: &Blocks) {
        let line = remark.verb.line();
        let mut ranges = match remark.reach {
            Reach::Line => vec![line..=line],
            Reach::Below(next) => next.map(|next| next..=next).into_iter().collect(),
        };
        ranges.extend(blocks.at_top(remark.verb.file(), line));
        for code in &remark.codes {
            let lines = self.lines.entry(key(remark.verb.file(), &code.text()));
            lines.or_default().extend(ranges.iter().cloned());
        }
    }

    /// Whether nothing is to be said of it. Errors are always told.
    pub(super) fn hides(&self, diagnostic: &Diagnostic) -> bool {
        let Some(span) = diagnostic.span.as_ref() else {
            return false;
        };
        if diagnostic.severity == Severity::Error || self.files.is_empty() && self.lines.is_empty()
        {
            return false;
        }
        let key = key(span.file(), diagnostic.code.as_str());
        let lines = self.lines.get(&key).into_iter().flatten();
        self.files.contains(&key) || lines.clone().any(|lines| lines.contains(&span.line()))
    }
}

fn key(file: &str, code: &str) -> (String, String) {
    (file.to_owned(), code.to_owned())
}

/// Blocks that have a comment for us at their top: the lines they cover.
struct Blocks {
    by_comment: BTreeMap<(String, u32), RangeInclusive<u32>>,
}

impl Blocks {
    fn new(statements: &[Statement], remarks: &[Remark]) -> Self {
        let alone = remarks
            .iter()
            .filter(|r| matches!(r.reach, Reach::Below(_)));
        let comments: BTreeSet<_> = alone
            .map(|remark| (remark.verb.file().to_owned(), remark.verb.line()))
            .collect();
        let mut by_comment = BTreeMap::new();
        if !comments.is_empty() {
            statements
                .iter()
                .for_each(|statement| visit(statement, &comments, &mut by_comment));
        }
        Self { by_comment }
    }

    fn at_top(&self, file: &str, line: u32) -> Option<RangeInclusive<u32>> {
        self.by_comment.get(&(file.to_owned(), line)).cloned()
    }
}

fn visit(
    block: &Statement,
    comments: &BTreeSet<(String, u32)>,
    found: &mut BTreeMap<(String, u32), RangeInclusive<u32>>,
) {
    let (head, end) = (&block.head().place.span, &block.end.span);
    if head.file() == end.file() && end.line() > head.line() {
        let first = block.block.first().map(|inner| &inner.head().place.span);
        let first = first.filter(|first| first.file() == head.file());
        let before = first.map_or(end.line(), Span::line);
        let file = || head.file().to_owned();
        if before > head.line() {
            let top = comments.range((file(), head.line() + 1)..(file(), before));
            found.extend(top.map(|comment| (comment.clone(), head.line()..=end.line())));
        }
    }
    for inner in &block.block {
        visit(inner, comments, found);
    }
}

fn unknown_code(code: &Span, known: &BTreeSet<&'static str>) -> Diagnostic {
    let text = code.text();
    let near = schema::nearest(&text, known.iter().map(|code| (*code).into()));
    let sentence = format!("there is nothing called {text} to allow");
    UNKNOWN_CODE
        .at(&code.clone().into(), sentence)
        .maybe_hint(near.map(|near| format!("did you mean `{near}`?")))
}

fn unknown_verb(remark: &Remark, verb: &str) -> Diagnostic {
    let sentence =
        format!("a comment for keepalived is allow(...) or allow-file(...), found {verb}");
    UNKNOWN_CODE.at(&remark.verb.clone().into(), sentence)
}
