//! For people: the sentence, the line, a caret, and how many there are.

use std::io::{self, IsTerminal as _};

use conf::{Diagnostic, Severity};

pub(super) fn text(findings: &[Diagnostic]) -> String {
    let colour = wants_colour();
    let findings = conf::told(findings);
    let mut out: String = findings.iter().map(|found| found.render(colour)).collect();
    out.push_str(&count(&findings));
    out
}

/// <https://no-color.org>
fn wants_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdout().is_terminal() && !refused && !dumb
}

fn count(findings: &[Diagnostic]) -> String {
    let kinds = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
    ];
    let counts = kinds.iter().filter_map(|(severity, word)| {
        let count = findings
            .iter()
            .filter(|found| found.severity == *severity)
            .count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {word}{plural}"))
    });
    let counts: Vec<_> = counts.collect();
    match counts.is_empty() {
        true => "nothing is wrong\n".to_owned(),
        false => counts.join(", ") + "\n",
    }
}
