//! SARIF 2.1.0, which editors and code review read.

use std::collections::BTreeMap;
use std::path::Path;

use conf::lint::explain;
use conf::{Code, Diagnostic, Severity, Span};
use serde_json::{Value, json};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Where the page of the codes is installed.
const PAGE: &str = "file:///usr/share/doc/keepalived-rs/lints.md";

pub(super) fn text(findings: &[Diagnostic]) -> String {
    let mut rules = Rules::default();
    let results: Vec<_> = findings
        .iter()
        .filter(|found| !found.follows)
        .map(|found| result(found, &mut rules))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "keepalived check",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.list,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// The rules that are needed, in the order in which they are.
#[derive(Default)]
struct Rules {
    list: Vec<Value>,
    index: BTreeMap<Code, usize>,
}

impl Rules {
    fn index(&mut self, code: Code) -> usize {
        if let Some(index) = self.index.get(&code) {
            return *index;
        }
        self.index.insert(code, self.list.len());
        self.list.push(rule(code));
        self.list.len() - 1
    }
}

fn rule(code: Code) -> Value {
    let name = code.as_str();
    let mut rule = json!({ "id": name, "helpUri": format!("{PAGE}#{name}") });
    if let Some(explanation) = explain(code) {
        rule["shortDescription"] = json!({ "text": explanation.title });
        rule["fullDescription"] = json!({ "text": explanation.why });
        rule["help"] = json!({ "text": explanation.what_to_do });
        if let Some(severity) = explanation.severity {
            rule["defaultConfiguration"] = json!({ "level": level(severity) });
        }
    }
    rule
}

fn result(found: &Diagnostic, rules: &mut Rules) -> Value {
    let related = found.related.iter().enumerate().map(|(id, related)| {
        let mut place = location(&related.span, &found.shown_related(related));
        place["id"] = json!(id);
        place["message"] = json!({ "text": found.shown(&related.message) });
        place
    });
    let mut message = found.shown(&found.message).into_owned();
    if let Some(hint) = &found.hint {
        message = format!("{message}\n{}", found.shown(hint));
    }
    let mut result = json!({
        "ruleId": found.code.as_str(),
        "ruleIndex": rules.index(found.code),
        "level": level(found.severity),
        "message": { "text": message },
        "relatedLocations": related.collect::<Vec<_>>(),
    });
    if let (Some(span), Some(line)) = (&found.span, found.shown_line()) {
        result["locations"] = json!([location(span, &line)]);
    }
    if let Some(fix) = fix(found) {
        result["fixes"] = json!([fix]);
    }
    result
}

fn location(span: &Span, line: &str) -> Value {
    let mut region = region(span);
    region["snippet"] = json!({ "text": line });
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(span.file()) },
        "region": region,
    }})
}

fn region(span: &Span) -> Value {
    json!({
        "startLine": span.line(),
        "startColumn": span.column(),
        "endColumn": span.column() + span.width(),
    })
}

fn fix(found: &Diagnostic) -> Option<Value> {
    let mut files: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for edit in found.shown_fix() {
        files.entry(edit.span.file()).or_default().push(json!({
            "deletedRegion": region(&edit.span),
            "insertedContent": { "text": edit.replacement },
        }));
    }
    let changes = files.into_iter().map(|(file, replacements)| {
        json!({ "artifactLocation": { "uri": uri(file) }, "replacements": replacements })
    });
    let changes: Vec<_> = changes.collect();
    (!changes.is_empty()).then(|| json!({ "artifactChanges": changes }))
}

fn level(severity: Severity) -> &'static str {
    super::json::severity(severity)
}

/// A relative path stays one; an absolute one becomes a `file:` URI.
fn uri(file: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'~');
    let bytes = file.bytes();
    let encoded: String = bytes
        .map(|b| match plain(b) {
            true => char::from(b).to_string(),
            false => format!("%{b:02X}"),
        })
        .collect();
    match Path::new(file).is_absolute() {
        true => format!("file://{encoded}"),
        false => encoded,
    }
}
