//! The layout for people: the sentence, the line, a caret.

use std::fmt::Write as _;

use super::secret::masked;
use super::{Diagnostic, Diagnostics, Effect, Severity, Span};

/// Wider lines are shown around the caret only.
const WIDTH: usize = 120;

impl Diagnostics {
    /// All findings with their lines and carets; with ANSI colours where `colour` is set.
    pub fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for diagnostic in self {
            diagnostic.render_into(&mut out, colour);
        }
        if self.dropped > 0 {
            out.push_str(&self.and_more());
            out.push('\n');
        }
        out
    }
}

impl Diagnostic {
    /// The finding with its line and caret.
    pub fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        self.render_into(&mut out, colour);
        out
    }

    fn render_into(&self, out: &mut String, colour: bool) {
        let paint = if colour {
            Paint::of(self.severity)
        } else {
            Paint::NONE
        };
        let word = match self.severity {
            Severity::Error => "error: ",
            Severity::Warning => "",
            Severity::Note => "note: ",
        };
        if let Some(span) = &self.span {
            let _ = write!(out, "{}:{}:{}: ", span.file(), span.line(), span.column());
        }
        let _ = writeln!(
            out,
            "{}{word}{}{}",
            paint.on,
            printable(&self.shown(&self.message)),
            paint.off
        );
        if let Some(span) = &self.span {
            snippet(out, span, false, &paint);
        }
        if self.effect > Effect::Runs {
            out.push_str("  keepalived does not run with this\n");
        }
        if let Some(expected) = self
            .expected
            .as_ref()
            .filter(|e| !self.message.contains(e.as_str()))
        {
            let _ = writeln!(out, "  expected: {}", printable(&self.shown(expected)));
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "  hint: {}", printable(&self.shown(hint)));
        }
        for related in &self.related {
            let span = &related.span;
            let (file, line, column) = (span.file(), span.line(), span.column());
            let _ = writeln!(
                out,
                "  {file}:{line}:{column}: {}",
                printable(&self.shown(&related.message))
            );
            snippet(out, span, self.is_about_secret(), &Paint::NONE);
        }
    }
}

struct Paint {
    on: &'static str,
    off: &'static str,
}

impl Paint {
    const NONE: Self = Self { on: "", off: "" };

    fn of(severity: Severity) -> Self {
        let on = match severity {
            Severity::Error => "\x1b[1;31m",
            Severity::Warning => "\x1b[1;33m",
            Severity::Note => "\x1b[1;36m",
        };
        Self { on, off: "\x1b[0m" }
    }
}

fn snippet(out: &mut String, span: &Span, defines_secret: bool, paint: &Paint) {
    let (text, column, width) = window(span, defines_secret);
    let number = span.line().to_string();
    let gutter = number.len().max(2);
    let _ = writeln!(out, "  {number:>gutter$} | {}", text.trim_end());
    let blanks = " ".repeat(column);
    let carets = "^".repeat(width.max(1));
    let _ = writeln!(
        out,
        "  {:gutter$} | {blanks}{}{carets}{}",
        "", paint.on, paint.off
    );
}

/// The part of the line to show, the caret's first column in it, and how many carets.
fn window(span: &Span, defines_secret: bool) -> (String, usize, usize) {
    let line = &masked(span.source().text, defines_secret);
    let range = span.range();
    // Only what can be shown is looked at: a line may have a million bytes.
    let from = if range.start > WIDTH {
        range.start - WIDTH / 2
    } else {
        0
    };
    let to = line.len().min(from + WIDTH);
    let before = printable(&String::from_utf8_lossy(&line[from..range.start.min(to)]));
    let marked_end = range.end.clamp(range.start.min(to), to);
    let marked = printable(&String::from_utf8_lossy(
        &line[range.start.min(to)..marked_end],
    ));
    let after = printable(&String::from_utf8_lossy(&line[marked_end..to]));
    let (open, close) = (
        if from > 0 { "…" } else { "" },
        if to < line.len() { "…" } else { "" },
    );
    let column = open.chars().count() + before.chars().count();
    let width = marked.chars().count();
    (
        format!("{open}{before}{marked}{after}{close}"),
        column,
        width,
    )
}

/// Tabs as blanks, and what cannot be seen as a visible sign: a file must not drive the terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {
                let _ = write!(out, "<U+{:04X}>", u32::from(c));
            }
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
