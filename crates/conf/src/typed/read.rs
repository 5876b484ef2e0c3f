//! Reading one value of a statement, with the diagnostics that go with it.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Builder;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::schema::{exact, short};
use crate::tree::Statement;
use crate::value::{self, NumberError};
use crate::word::Word;

/// What to say when a value is wrong.
pub(super) struct Wrong<'a> {
    /// What it is, for our sentence.
    pub(super) what: &'a str,
    /// What is done instead: `using 100`, `ignored`.
    pub(super) then: &'a str,
    /// The original's line after its own about the number; may be empty.
    pub(super) log: String,
}

impl<'a> Wrong<'a> {
    pub(super) fn new(what: &'a str, then: &'a str, log: impl Into<String>) -> Self {
        Self {
            what,
            then,
            log: log.into(),
        }
    }

    pub(super) fn diagnostic(&self, code: Code, word: &Word, expected: &str) -> Diagnostic {
        let (what, then, found) = (self.what, self.then, word.text());
        let sentence = format!("{what} must be {expected}, found {found}; {then}");
        Diagnostic::warning(code, sentence).at(&word.place)
    }

    pub(super) fn log(&self, diagnostic: Diagnostic) -> Diagnostic {
        if self.log.is_empty() {
            diagnostic
        } else {
            diagnostic.log(self.log.clone())
        }
    }
}

impl Builder<'_> {
    /// A whole number in a range.
    pub(super) fn integer(
        &mut self,
        word: &Word,
        range: RangeInclusive<i64>,
        wrong: &Wrong<'_>,
    ) -> Option<i64> {
        let error = match value::integer(&word.bytes, &range) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let (low, high) = (range.start(), range.end());
        let found = word.text();
        let log = match error {
            NumberError::Invalid => format!("invalid number '{found}'"),
            NumberError::Negative => format!("negative number '{found}'"),
            NumberError::Range => format!("number '{found}' outside range [{low}, {high}]"),
            NumberError::Huge if *low < 0 => format!("number '{found}' outside integer range"),
            NumberError::Huge => format!("number '{found}' outside unsigned integer range"),
        };
        let expected = described(error, format!("{low}..={high}"));
        self.wrong_number(error, word, wrong, expected, vec![log]);
        None
    }

    /// The same as an unsigned number.
    pub(super) fn unsigned(
        &mut self,
        word: &Word,
        range: RangeInclusive<u32>,
        wrong: &Wrong<'_>,
    ) -> Option<u32> {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        self.integer(word, range, wrong)
            .and_then(|value| u32::try_from(value).ok())
    }

    /// A decimal of six places in a range of microseconds.
    pub(super) fn seconds(
        &mut self,
        word: &Word,
        range: &RangeInclusive<u64>,
        wrong: &Wrong<'_>,
    ) -> Option<Duration> {
        self.decimal(word, 6, range, wrong)
            .map(Duration::from_micros)
    }

    /// A decimal in units of its last place.
    pub(super) fn decimal(
        &mut self,
        word: &Word,
        places: u32,
        range: &RangeInclusive<u64>,
        wrong: &Wrong<'_>,
    ) -> Option<u64> {
        let found = word.text();
        let error = match value::decimal(&word.bytes, places, range) {
            Ok(decimal) => {
                if decimal.rounded {
                    self.too_precise(word, places, wrong);
                }
                return Some(decimal.value);
            }
            Err(error) => error,
        };
        let (low, high) = (exact(*range.start(), places), exact(*range.end(), places));
        let log = match error {
            NumberError::Invalid => format!("invalid number '{found}'"),
            NumberError::Negative => format!("negative number '{found}'"),
            NumberError::Range => format!("number '{found}' outside range [{low}, {high}]"),
            NumberError::Huge => format!("number '{found}' outside unsigned decimal range"),
        };
        let (least, most) = (short(*range.start(), places), short(*range.end(), places));
        let expected = described(error, format!("{least}..={most}"));
        let mut lines = vec![log];
        if error != NumberError::Negative
            && value::places(&word.bytes) > usize::try_from(places).unwrap_or(0)
        {
            lines.insert(0, too_many_places(&found));
        }
        self.wrong_number(error, word, wrong, expected, lines);
        None
    }

    fn wrong_number(
        &mut self,
        error: NumberError,
        word: &Word,
        wrong: &Wrong<'_>,
        expected: String,
        lines: Vec<String>,
    ) {
        let mut diagnostic = wrong.diagnostic(code_of(error), word, &expected);
        for line in lines {
            diagnostic = diagnostic.log(line);
        }
        let diagnostic = wrong
            .log(diagnostic)
            .expected(expected)
            .status(Status::General);
        self.push(diagnostic);
    }

    fn too_precise(&mut self, word: &Word, places: u32, wrong: &Wrong<'_>) {
        let what = wrong.what;
        let sentence = format!("{what} has more than {places} decimal places; rounded");
        let log = too_many_places(&word.text());
        self.push(
            Diagnostic::warning(Code::Adjusted, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::InvalidNumber),
        );
    }

    /// `true on yes false off no`; nothing means true. `None`: something else, which changes nothing.
    pub(super) fn boolean(&mut self, statement: &Statement, log: String) -> Option<bool> {
        let Some(word) = statement.arguments().first() else {
            return Some(true);
        };
        let value = value::boolean(&word.bytes);
        if value.is_none() {
            let name = statement.head().text();
            let wrong = Wrong::new(&name, "ignored", log);
            let diagnostic = wrong.diagnostic(Code::InvalidValue, word, "a yes or no");
            let diagnostic = wrong.log(diagnostic).status(Status::General);
            self.push(diagnostic.expected("true, on, yes, false, off or no"));
        }
        value
    }
}

fn too_many_places(found: &str) -> String {
    format!("number '{found}' has too many decimal places")
}

/// What would have been right, in words: what is no number is told that it must be one.
fn described(error: NumberError, range: String) -> String {
    match error {
        NumberError::Invalid => format!("a number in {range}"),
        NumberError::Negative | NumberError::Range | NumberError::Huge => range,
    }
}

fn code_of(error: NumberError) -> Code {
    match error {
        NumberError::Invalid => Code::InvalidNumber,
        NumberError::Negative | NumberError::Range | NumberError::Huge => Code::OutOfRange,
    }
}
