//! A list of findings as people read it: nothing twice.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, Severity};

/// What makes two findings one for a reader.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Same {
    /// What is not built yet.
    Feature(&'static str),
    Sentence(Severity, Code, String, Option<String>),
}

/// Several findings, of which the first one is shown.
struct Gathered {
    first: Diagnostic,
    /// What has no effect yet.
    keywords: Vec<String>,
    /// The lines of the others.
    lines: Vec<u32>,
}

/// What people are told of a list of findings, in its order: without what follows from another one, and what is said of
/// several places of a file in one.
pub fn told<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<Diagnostic> {
    let mut known: BTreeMap<(String, Same), usize> = BTreeMap::new();
    let mut all: Vec<Gathered> = Vec::new();
    for found in findings.into_iter().filter(|found| !found.follows) {
        let file = found.span.as_ref().map(|span| span.file().to_owned());
        let at = *known
            .entry((file.unwrap_or_default(), Same::of(found)))
            .or_insert(all.len());
        match all.get_mut(at) {
            Some(gathered) => gathered.add(found),
            None => all.push(Gathered::new(found)),
        }
    }
    all.into_iter().map(Gathered::told).collect()
}

impl Same {
    fn of(found: &Diagnostic) -> Self {
        match found.feature {
            Some(feature) => Self::Feature(feature),
            None => Self::Sentence(
                found.severity,
                found.code,
                found.message.clone(),
                found.hint.clone(),
            ),
        }
    }
}

impl Gathered {
    fn new(found: &Diagnostic) -> Self {
        Self {
            keywords: keyword(found).into_iter().collect(),
            first: found.clone(),
            lines: Vec::new(),
        }
    }

    fn add(&mut self, found: &Diagnostic) {
        self.first.places = self.first.places.saturating_add(found.places);
        let keyword = keyword(found);
        self.keywords
            .extend(keyword.filter(|word| !self.keywords.contains(word)));
        let line = found.span.as_ref().map(super::Span::line);
        let first = self.first.span.as_ref().map(super::Span::line);
        let is_new = |line: &u32| Some(*line) != first && self.lines.last() != Some(line);
        self.lines.extend(line.filter(is_new));
    }

    fn told(self) -> Diagnostic {
        let mut first = self.first;
        if let Some(feature) = first.feature {
            let (keywords, places) = (list(&self.keywords, "and"), first.places);
            let have = if self.keywords.len() == 1 {
                "has"
            } else {
                "have"
            };
            let places = if places > 1 {
                format!(" ({places} places)")
            } else {
                String::new()
            };
            first.message =
                format!("not supported yet: {feature}; {keywords} {have} no effect{places}");
        } else {
            first.also_in = self.lines;
        }
        first
    }
}

fn keyword(found: &Diagnostic) -> Option<String> {
    found.feature?;
    Some(found.span.as_ref()?.text().into_owned())
}

/// `a, b and c`.
pub(super) fn list(words: &[String], and: &str) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [before @ .., last] => format!("{} {and} {last}", before.join(", ")),
    }
}
