//! For programs: an array of objects, one a finding, each in a line of its own.

use conf::{Diagnostic, Edit, Severity, Span};
use serde::Serialize;

#[derive(Serialize)]
struct Finding<'a> {
    severity: &'static str,
    code: &'static str,
    message: String,
    #[serde(flatten)]
    place: Option<Place<'a>>,
    /// The line, secrets masked.
    source: Option<String>,
    expected: Option<String>,
    hint: Option<String>,
    related: Vec<Related<'a>>,
    fix: Vec<Fix<'a>>,
    /// The original's lines.
    log: Vec<String>,
    /// The class that the original counts it under.
    status: Option<String>,
    /// The daemon does not start with this.
    prevents_start: bool,
    /// It only says what another finding means further on.
    follows: bool,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    column: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct Related<'a> {
    message: String,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(Serialize)]
struct Fix<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    replacement: &'a str,
}

impl<'a> Place<'a> {
    fn of(span: &'a Span) -> Self {
        Self {
            file: span.file(),
            line: span.line(),
            column: span.column(),
            end_column: span.column() + span.width(),
        }
    }
}

impl<'a> Finding<'a> {
    fn of(found: &'a Diagnostic) -> Self {
        let shown = |text: &String| found.shown(text).into_owned();
        let related = found.related.iter().map(|related| Related {
            message: shown(&related.message),
            place: Place::of(&related.span),
        });
        Self {
            severity: severity(found.severity),
            code: found.code.as_str(),
            message: shown(&found.message),
            place: found.span.as_ref().map(Place::of),
            source: found.shown_line(),
            expected: found.expected.as_ref().map(shown),
            hint: found.hint.as_ref().map(shown),
            related: related.collect(),
            fix: found.shown_fix().map(fix).collect(),
            log: found.original_lines(),
            status: found.status.map(|status| format!("{status:?}")),
            prevents_start: found.prevents_start(),
            follows: found.follows,
        }
    }
}

fn fix(edit: &Edit) -> Fix<'_> {
    Fix {
        place: Place::of(&edit.span),
        replacement: &edit.replacement,
    }
}

/// The stable word.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

pub(super) fn text(findings: &[Diagnostic]) -> String {
    let lines = findings
        .iter()
        .map(|found| serde_json::to_string(&Finding::of(found)).expect("strings and numbers only"));
    let lines: Vec<_> = lines.collect();
    match lines.is_empty() {
        true => "[]\n".to_owned(),
        false => format!("[\n{}\n]\n", lines.join(",\n")),
    }
}
