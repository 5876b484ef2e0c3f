//! `regex` of a URL and what goes with it. The original logs most mistakes here, and counts them nowhere.

mod syntax;

use crate::config::{Regex, RegexOption, RegexStack};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::value;
use crate::word::{Word, script_words, second_word};

/// What was said about a pattern.
#[derive(Default)]
pub(super) struct RegexDraft {
    pattern: Option<(String, Place)>,
    options: Vec<RegexOption>,
    no_match: bool,
    min_offset: Option<u64>,
    max_offset: Option<u64>,
    stack: Option<RegexStack>,
    /// The first keyword that goes with a pattern.
    first: Option<Place>,
}

impl Builder<'_> {
    pub(super) fn regex_setting(&mut self, statement: &Statement, draft: &mut RegexDraft) {
        let keyword = statement.keyword.map_or("", |keyword| keyword.keyword);
        let place = &statement.head().place;
        match keyword {
            "regex" => return self.regex(statement, draft),
            "regex_no_match" => draft.no_match = true,
            "regex_options" => self.regex_options(statement, draft),
            "regex_min_offset" => {
                draft.min_offset = self.regex_offset(statement, "min").or(draft.min_offset);
            }
            "regex_max_offset" => {
                draft.max_offset = self.regex_offset(statement, "max").or(draft.max_offset);
            }
            "regex_stack" => draft.stack = self.regex_stack(statement).or(draft.stack),
            _ => return self.not_built(statement),
        }
        draft.first.get_or_insert_with(|| place.clone());
    }

    // keepalived: regex_handler
    fn regex(&mut self, statement: &Statement, draft: &mut RegexDraft) {
        let words = script_words(&statement.text, second_word(&statement.text));
        let [word] = &words[..] else {
            let sentence = format!("regex takes one pattern, found {}; ignored", words.len());
            let place = words.get(1).map_or(&statement.head().place, |w| &w.place);
            return self.push(
                Diagnostic::warning(Code::InvalidValue, sentence)
                    .at(place)
                    .hint("put a pattern that has blanks in quotes")
                    .log("regex missing or too many fields")
                    .status(Status::General),
            );
        };
        let new = word.text();
        if let Some((old, place)) = &draft.pattern {
            // The original writes the new one as it is without its quotes, but with its escapes.
            let raw = statement
                .arguments()
                .first()
                .map(Word::text)
                .unwrap_or_default();
            let sentence = format!("regex is set twice: {new} replaces {old}");
            let log = format!("Duplicate regex specified - replacing {old} with {raw}");
            self.push(
                Diagnostic::warning(Code::Duplicate, sentence)
                    .at(&word.place)
                    .related(&place.span, "the first one")
                    .log(log)
                    .status(Status::General),
            );
        }
        self.lost_backslash(word);
        draft.pattern = Some((new, word.place.clone()));
    }

    /// A backslash before what is special to PCRE2 does not get there: the quoting of words takes it.
    fn lost_backslash(&mut self, word: &Word) {
        const SPECIAL: &[u8] = b"dDwWsSbBhvRKpPzAZ.()[]{}*+?$^|";
        let written = word.place.span.text();
        let mut bytes = written.bytes();
        while let Some(byte) = bytes.next() {
            if byte != b'\\' {
                continue;
            }
            let Some(lost) = bytes.next().filter(|byte| SPECIAL.contains(byte)) else {
                continue;
            };
            let lost = char::from(lost);
            let sentence = format!("`\\{lost}` loses its backslash before it gets into the regex");
            return self.push(
                Diagnostic::warning(Code::InvalidValue, sentence)
                    .at(&word.place)
                    .hint(format!("write `\\\\{lost}`")),
            );
        }
    }

    // keepalived: regex_options_handler
    fn regex_options(&mut self, statement: &Statement, draft: &mut RegexDraft) {
        for word in statement.arguments() {
            match RegexOption::ALL.iter().find(|(name, _)| word.is(name)) {
                Some((_, option)) if !draft.options.contains(option) => draft.options.push(*option),
                Some(_) => {}
                None => {
                    let names = RegexOption::ALL.iter().map(|(name, _)| (*name).into());
                    let near = crate::schema::nearest(&word.text(), names);
                    let hint = near.map(|near| format!("did you mean `{near}`?"));
                    let sentence = format!("{} is no option of a regex; ignored", word.text());
                    let diagnostic =
                        Diagnostic::warning(Code::InvalidValue, sentence).at(&word.place);
                    self.push(diagnostic.maybe_hint(hint));
                }
            }
        }
    }

    // keepalived: regex_offset_handler
    fn regex_offset(&mut self, statement: &Statement, which: &str) -> Option<u64> {
        let [word] = statement.arguments() else {
            let sentence = format!("regex_{which}_offset takes one number; ignored");
            let log = format!("Missing or too may options for regex_{which}_offset");
            let place = &statement.head().place;
            self.not_counted(place, Code::InvalidValue, sentence, Some(log));
            return None;
        };
        let offset = number(word);
        if offset.is_none() {
            let found = word.text();
            let sentence =
                format!("regex_{which}_offset must be a number of bytes, found {found}; ignored");
            let log = format!("Invalid regex_{which}_offset {found} specified");
            self.not_counted(&word.place, Code::InvalidNumber, sentence, Some(log));
        }
        offset
    }

    // keepalived: regex_stack_handler
    fn regex_stack(&mut self, statement: &Statement) -> Option<RegexStack> {
        let place = &statement.head().place;
        let (place, log) = match statement.arguments() {
            [start, max] => match (number(start), number(max)) {
                (None, _) => (&start.place, "regex_stack invalid start value"),
                (_, None) => (&max.place, "regex_stack invalid max value"),
                (Some(start), Some(max)) if start > max => {
                    (place, "regex stack start cannot exceed max value")
                }
                (Some(start), Some(max)) => return Some(RegexStack { start, max }),
            },
            _ => (place, "regex_stack requires start and max values"),
        };
        let sentence =
            "regex_stack takes two numbers of bytes, the first not more than the second; ignored";
        self.not_counted(
            place,
            Code::InvalidNumber,
            sentence.to_owned(),
            Some(log.to_owned()),
        );
        None
    }

    /// At the end of the block of its URL.
    // keepalived: url_check, prepare_regex
    pub(super) fn finish_regex(&mut self, draft: RegexDraft) -> Option<Box<Regex>> {
        let Some((pattern, place)) = draft.pattern else {
            if let Some(first) = draft.first {
                let sentence = "there is no regex that this goes with; ignored".to_owned();
                let log = "regex parameters specified without regex".to_owned();
                self.not_counted(&first, Code::Unused, sentence, Some(log));
            }
            return None;
        };
        if let Some(problem) = syntax::problem(&pattern, &draft.options) {
            self.wrong_regex(&pattern, &place, &problem);
            return None;
        }
        let (mut min_offset, mut max_offset) = (draft.min_offset.unwrap_or(0), draft.max_offset);
        if let Some(max) = max_offset.filter(|max| min_offset > *max) {
            let sentence = format!(
                "regex_min_offset {min_offset} is more than regex_max_offset {max}; both are ignored"
            );
            let log = format!("regex min offset {min_offset} > regex_max_offset {max} - ignoring");
            self.not_counted(&place, Code::Conflict, sentence, Some(log));
            (min_offset, max_offset) = (0, None);
        }
        Some(Box::new(Regex {
            pattern,
            options: draft.options,
            no_match: draft.no_match,
            min_offset,
            max_offset,
            stack: draft.stack,
        }))
    }

    fn wrong_regex(&mut self, pattern: &str, place: &Place, problem: &syntax::Problem) {
        let (what, at) = (problem.what, problem.at);
        let sentence = format!(
            "the regex cannot be used: {what}, at byte {at}; the page is checked without it"
        );
        self.push(
            Diagnostic::error(Code::InvalidValue, sentence)
                .about(place)
                .log(format!("Invalid regex: '{pattern}' at offset {at}: {what}")),
        );
    }
}

/// A number of any size up to 64 bits.
fn number(word: &Word) -> Option<u64> {
    let most = value::decimal(&word.bytes, 0, &(0..=u64::MAX)).ok()?;
    (!word.bytes.contains(&b'.')).then_some(most.value)
}
