//! One mistake, one message: what only follows from another finding is logged, but not told to people.

use super::{Code, Diagnostic, Diagnostics, Effect, Severity, Span};

/// A place in the list of findings, to ask later what was found after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(usize);

impl Diagnostic {
    /// Only says what another finding means further on.
    pub(crate) fn following(mut self) -> Self {
        self.follows = true;
        self
    }
}

impl Diagnostics {
    /// Where the list ends so far.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.list.len())
    }

    /// The place of the first mistake found since then.
    pub(crate) fn since(&self, mark: Mark) -> Option<Span> {
        let mut found = self.list.iter().skip(mark.0);
        let first = found.find(|found| found.is_cause())?;
        first.span.clone()
    }

    /// Takes in what follows from the finding at a place, or from a broken structure. That one gets its effect, so nothing
    /// is lost to who does not read this one; without such a finding it stands for itself.
    pub(crate) fn push_following(&mut self, cause: Option<&Span>, found: Diagnostic) {
        let is_it = |other: &Diagnostic| other.is_cause() && other.span.as_ref() == cause;
        let at_place = cause.and_then(|_| self.list.iter().position(is_it));
        let broken = || self.list.iter().position(Diagnostic::breaks_structure);
        match at_place.or_else(broken) {
            Some(index) => {
                self.list[index].take_effect(found.effect);
                self.push(found.following());
            }
            None => self.push(found),
        }
    }

    /// Where a quote of that line is not closed.
    pub(crate) fn open_quote(&self, line: &Span) -> Option<Span> {
        let mut found = self.list.iter().rev();
        let is_it = |span: &Span| span.file() == line.file() && span.line() == line.line();
        let found = found.find(|found| {
            found.code == Code::UnmatchedQuote && found.span.as_ref().is_some_and(is_it)
        });
        found?.span.clone()
    }

    /// The place of a mistake between two places that was, or may have been, to be that keyword.
    pub(crate) fn meant(&self, keyword: &str, from: &Span, to: &Span) -> Option<Span> {
        let lines = from.line()..=to.line().max(from.line());
        let quoted = format!("`{keyword}`");
        let is_it = |found: &&Diagnostic| {
            let is_hint = found
                .hint
                .as_ref()
                .is_some_and(|hint| hint.contains(&quoted));
            found.is_cause()
                && found.span.as_ref().is_some_and(|span| {
                    span.file() == from.file()
                        && lines.contains(&span.line())
                        && (is_hint || span.text() == keyword)
                })
        };
        self.list.iter().find(is_it)?.span.clone()
    }

    /// The place of a mistake that names something, or may have been meant to: in its hint, or as another place.
    pub(crate) fn names(&self, name: &str, place: &Span) -> Option<Span> {
        let quoted = format!("`{name}`");
        let is_it = |found: &&Diagnostic| {
            let is_hint = found
                .hint
                .as_ref()
                .is_some_and(|hint| hint.contains(&quoted));
            let is_related = found.related.iter().any(|other| other.span == *place);
            let is_there = || found.span.as_ref().is_some_and(|span| span.text() == name);
            // The second: it is tracked where that counts for nothing.
            found.code == Code::UnknownName && (is_hint || is_related)
                || found.code == Code::Conflict && is_there()
        };
        self.list.iter().find(is_it)?.span.clone()
    }

    /// Words that are nowhere allowed follow from a brace between them and the one before; whether there are some.
    pub(crate) fn follow_between(&mut self, from: &Span, to: &Span) -> bool {
        let mut any = false;
        for found in self.list.iter_mut().rev() {
            let Some(span) = &found.span else { continue };
            if span.file() != to.file() || span.line() < from.line() {
                break;
            }
            if found.code == Code::MisplacedKeyword && span.line() <= to.line() {
                (found.follows, any) = (true, true);
            }
        }
        any
    }

    /// Everything that was found of a kind prevents the start, and may be helped by a hint.
    pub(crate) fn all_prevent_start(&mut self, code: Code, hint: &str) {
        for found in self.list.iter_mut().filter(|found| found.code == code) {
            found.take_effect(Effect::StopsVrrp);
            found.hint.get_or_insert_with(|| hint.to_owned());
        }
    }

    /// What was said of a block that is left out because its keyword is none, and that has this name: behind the keyword,
    /// or glued to it.
    pub(crate) fn left_out_with(&self, name: &str) -> Option<&Diagnostic> {
        let is_part = |c: char| !c.is_whitespace() && c != '{';
        self.list.iter().find(|found| {
            found.code == Code::UnknownKeyword
                && found.span.as_ref().is_some_and(|span| {
                    let line = String::from_utf8_lossy(span.source().text);
                    let mut words = line.split(|c| !is_part(c)).filter(|word| !word.is_empty());
                    let keyword = words.next().unwrap_or_default();
                    let rest = keyword.strip_suffix(name);
                    words.next() == Some(name) || rest.is_some_and(|rest| rest.ends_with('_'))
                })
        })
    }

    /// What was said of a variable that is not defined is part of what is wrong with the value that it stands in.
    pub(super) fn take_undefined(&mut self, found: &mut Diagnostic) {
        let Some(span) = &found.span else { return };
        if !found.is_cause() {
            return;
        }
        for note in self.list.iter_mut().rev() {
            let is_inside = note.span.as_ref().is_some_and(|note| span.covers(note));
            if note.code == Code::Definition && note.severity == Severity::Note && is_inside {
                note.follows = true;
                let (what, _) = note.message.split_once(';').unwrap_or_default();
                let hint = || format!("{what}: {}", note.hint.clone().unwrap_or_default());
                found.hint.get_or_insert_with(hint);
            }
        }
    }
}

impl Diagnostic {
    fn is_cause(&self) -> bool {
        self.severity > Severity::Note && !self.follows
    }

    fn take_effect(&mut self, effect: Effect) {
        if effect > Effect::Runs {
            self.effect = self.effect.max(effect);
            self.severity = Severity::Error;
        }
    }
}
