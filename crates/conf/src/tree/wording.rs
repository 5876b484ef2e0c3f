//! What is said about braces, words in the wrong place and values that are missing.

use super::{Closed, Opened, Parser, Statement, Unclosed};
use crate::diagnostic::{Code, Diagnostic, Effect, Place, Status};
use crate::mend;
use crate::schema::{self, ROOT};
use crate::word::Word;

/// The diagnostics, worded once.
impl Parser<'_, '_> {
    pub(super) fn unknown(&mut self, block: &str, word: &Word) {
        let text = word.text();
        let hint = self
            .diagnostics
            .has_room()
            .then(|| schema::hint(block, &text))
            .flatten();
        let known = schema::is_keyword(&text);
        let place = schema::place(block);
        let (code, sentence) = if known {
            (
                Code::MisplacedKeyword,
                format!("`{text}` is not allowed {place}; ignored"),
            )
        } else {
            (
                Code::UnknownKeyword,
                format!("unknown keyword `{text}` {place}; ignored"),
            )
        };
        let mut diagnostic = Diagnostic::error(code, sentence)
            .at(&word.place)
            .maybe_hint(hint)
            .maybe_fix(&word.place, mend::keyword(block, &word.bytes))
            .log(format!("Unknown keyword '{text}'"))
            .status(Status::UnknownKeyword);
        if block == ROOT || block == "global_defs" {
            diagnostic = diagnostic.in_parent();
        }
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn unexpected_open(&mut self, place: &Place) {
        self.diagnostics.push(
            Diagnostic::error(
                Code::UnexpectedBrace,
                "no block begins here; what is in the braces is ignored",
            )
            .at(place)
            .log("Unexpected '{' - ignoring")
            .status(Status::Braces),
        );
        self.skip_block();
    }

    pub(super) fn braces_of_next_hop(&mut self, place: &Place) {
        self.diagnostics.push(
            Diagnostic::warning(
                Code::UnexpectedBrace,
                "a nexthop is written without braces; read as if they were not there",
            )
            .at(place)
            .hint("write the route on one line, as in `10.0.0.0/8 nexthop via A nexthop via B`")
            .log("VRRP parsed invalid IP {. skipping IP...")
            .log("unknown route keyword {")
            .status(Status::General),
        );
    }

    pub(super) fn extra_close(&mut self, place: &Place) {
        let mut diagnostic =
            Diagnostic::error(Code::ExtraBrace, "this `}` closes nothing; ignored")
                .at(place)
                .log("Extra '}' found")
                .status(Status::UnknownKeyword);
        if let Some(closed) = &self.memory.last_closed {
            let message = closed.what();
            diagnostic = diagnostic.related(&closed.brace.span, message);
        }
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn missing_open(&mut self, statement: &Statement, inside: bool) {
        let name = label(&statement.words);
        let then = if inside {
            "what follows is read as its block"
        } else {
            "its block is taken to be empty"
        };
        let words = statement.words.len() > 1;
        let place = match statement.words.last() {
            // The word that stands where the brace should: it may be one that only looks like it.
            Some(word) if words => word.place.clone(),
            Some(_) | None => statement.place().after(),
        };
        let list = statement.keyword.is_some_and(|k| k.form.is_list()) && words && !inside;
        let hint = list.then(|| {
            let entry = statement.words[1].text();
            format!("write `{name} {{ {entry} }}`, the entry on a line of its own")
        });
        self.diagnostics.push(
            Diagnostic::error(
                Code::MissingBrace,
                format!("`{{` is missing after {name}; {then}"),
            )
            .at(&place)
            .maybe_hint(hint)
            .log("Missing '{' at beginning of configuration block")
            .status(Status::Braces),
        );
    }

    /// A block that the end of the file, or the beginning of another, found open.
    pub(super) fn unclosed(
        &mut self,
        opened: &Opened<'_>,
        found: Option<&[Word]>,
        unclosed: Unclosed,
    ) {
        if self.memory.unwinding {
            return;
        }
        self.memory.unwinding = unclosed == Unclosed::AllAround;
        let name = &opened.label;
        let mut diagnostic = Diagnostic::error(
            Code::UnclosedBlock,
            match found {
                Some(words) => format!(
                    "{name} is not closed: `}}` is missing before {}",
                    label(words)
                ),
                None => format!("{name} is not closed: `}}` is missing at the end of the file"),
            },
        )
        .about(&opened.keyword.place)
        .log("There are 1 missing '}'s or extra '{'s")
        .status(Status::Braces);
        if let Some(words) = found {
            diagnostic = diagnostic.related(&words[0].place.span, "it is missing before this line");
        }
        if let Some(closed) = self.memory.suspect.take() {
            let what = closed.what();
            let message = format!("{what}, but does not stand below it: is another missing?");
            diagnostic = diagnostic.related(&closed.brace.span, message);
        }
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn extra_words(&mut self, statement: &Statement) {
        let name = statement.head().text();
        let extra: Vec<_> = statement.arguments().iter().map(Word::text).collect();
        let first = &statement.words[1].place;
        let mut diagnostic = Diagnostic::warning(
            Code::ExtraWords,
            format!("{name} takes no words before its `{{`; ignored"),
        )
        .at(first)
        .log(format!(
            "Block {name} has extra parameters {} ...",
            extra.join(" ")
        ));
        // The original looks at this in some blocks only.
        if !matches!(name.as_str(), "global_defs" | "SSL") {
            diagnostic = diagnostic.status(Status::General);
        }
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn missing_parameter(&mut self, statement: &Statement) {
        let name = statement.head().text();
        let arguments = statement.keyword.map_or("", |k| k.arguments);
        let diagnostic = missing_parameter(&statement.head().place, &name, &name, 2)
            .expected(format!("{name} {arguments}"));
        let block = statement.keyword.map_or("", |k| k.block);
        self.diagnostics.push(match block {
            ROOT | "global_defs" => diagnostic.in_parent(),
            _ => diagnostic,
        });
    }
}

impl Closed {
    fn what(&self) -> String {
        let (label, line) = (&self.label, self.keyword.line());
        format!("this one closes {label} of line {line}")
    }
}

/// A block's keyword and name, or an entry's first word.
pub(super) fn label(words: &[Word]) -> String {
    let keyword = words[0].text();
    match words.get(1) {
        Some(name) if schema::opens_root_block(&keyword) => format!("{keyword} {}", name.text()),
        Some(_) | None => keyword,
    }
}

/// Whether a block's keyword and its closing brace begin their lines at different columns.
pub(super) fn stand_apart(keyword: &Place, brace: &Place) -> bool {
    match (keyword.span.indentation(), brace.span.indentation()) {
        (Some(one), Some(other)) => one != other,
        (None, _) | (_, None) => false,
    }
}

/// The original exits here at once; we say so and read on for the other mistakes.
// keepalived: strvec_slot
pub(crate) fn missing_parameter(
    place: &Place,
    line: &str,
    after: &str,
    position: usize,
) -> Diagnostic {
    Diagnostic::error(Code::MissingParameter, format!("{after} needs a value"))
        .at(place)
        .log(format!(
            "*** Configuration line starting `{line}` is missing a parameter after keyword `{after}` at word position {position}"
        ))
        .status(Status::MissingParameter)
        .effect(Effect::MissingParameter)
}
