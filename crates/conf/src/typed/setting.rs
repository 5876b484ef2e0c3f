//! Reading a statement by its row of the table: the kind of value, its range, the original's words for a wrong one.
//!
//! What a row can say is said there and read here, so a keyword costs its builder one line. Keywords with a
//! grammar of their own (`Kind::Own`) are read by hand.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Builder;
use super::read::Wrong;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::mend;
use crate::schema::{Keyword, Kind, Unit};
use crate::tree::Statement;
use crate::value;
use crate::word::Word;

/// The original's line for a wrong value, filled in.
fn log_line(row: &Keyword, value: &str, owner: &str) -> String {
    let template = row.log.unwrap_or_default();
    template
        .replace("{keyword}", row.keyword)
        .replace("{owner}", owner)
        .replace("{value}", value)
}

/// The range of a whole number's row.
fn whole_range(row: &Keyword) -> Option<(i64, i64)> {
    let Kind::Int { min, max } = row.kind else {
        debug_assert!(false, "{} is no whole number", row.keyword);
        return None;
    };
    Some((min, max))
}

/// A statement's row and first word.
fn row_and_word(statement: &Statement) -> Option<(&'static Keyword, &Word)> {
    Some((statement.keyword?, statement.arguments().first()?))
}

impl Builder<'_> {
    /// What to say when the value of a row is wrong.
    fn wrong(row: &Keyword, word: &Word, owner: &str) -> Wrong<'static> {
        let log = log_line(row, &word.text(), owner);
        Wrong::new(row.keyword, "ignored", log)
    }

    /// The whole number of a statement; `None` after a diagnostic. `owner` is whose setting it is, for the log.
    pub(super) fn int_setting<T: TryFrom<i64>>(
        &mut self,
        statement: &Statement,
        owner: &str,
    ) -> Option<T> {
        let (row, word) = row_and_word(statement)?;
        let (min, max) = whole_range(row)?;
        let wrong = Self::wrong(row, word, owner);
        let value = self.integer(word, min..=max, &wrong)?;
        T::try_from(value).ok()
    }

    /// A whole number below the least of its row is raised to it; 0 was allowed once.
    pub(super) fn raised_setting<T: TryFrom<i64>>(
        &mut self,
        statement: &Statement,
        owner: &str,
        raised: impl FnOnce(i64) -> String,
    ) -> Option<T> {
        let (row, word) = row_and_word(statement)?;
        let (min, max) = whole_range(row)?;
        let wrong = Self::wrong(row, word, owner);
        let value = self.integer(word, 0..=max, &wrong)?;
        if value < min {
            self.say_raised(row, word, &min.to_string(), raised(min));
        }
        T::try_from(value.max(min)).ok()
    }

    /// Says that a value is too small, and what is used.
    pub(super) fn say_raised(&mut self, row: &Keyword, word: &Word, used: &str, log: String) {
        let (what, expected) = (row.keyword, row.kind.expected());
        let sentence = format!(
            "{what} must be {expected}, found {}; using {used}",
            word.text()
        );
        let diagnostic = Diagnostic::warning(Code::OutOfRange, sentence);
        let diagnostic = diagnostic.at(&word.place).expected(expected).log(log);
        self.push(diagnostic.status(Status::General));
    }

    /// The whole number of a statement, or what is used in place of a wrong one.
    pub(super) fn int_setting_or<T: TryFrom<i64> + std::fmt::Display>(
        &mut self,
        statement: &Statement,
        owner: &str,
        instead: T,
    ) -> Option<T> {
        let (row, word) = row_and_word(statement)?;
        let (min, max) = whole_range(row)?;
        let then = format!("using {instead}");
        let wrong = Wrong {
            then: &then,
            ..Self::wrong(row, word, owner)
        };
        let value = self.integer(word, min..=max, &wrong);
        value
            .and_then(|value| T::try_from(value).ok())
            .or(Some(instead))
    }

    /// The time of a statement, whatever its unit.
    pub(super) fn time_setting(&mut self, statement: &Statement, owner: &str) -> Option<Duration> {
        let (row, _) = row_and_word(statement)?;
        if let Kind::Int { .. } = row.kind {
            let seconds: u64 = self.int_setting(statement, owner)?;
            return Some(Duration::from_secs(seconds));
        }
        let Kind::Decimal { min, .. } = row.kind else {
            debug_assert!(false, "{} is no time", row.keyword);
            return None;
        };
        self.time_from(statement, owner, min)
    }

    /// A time that may be shorter than its row says, down to 0.
    pub(super) fn time_from_zero(
        &mut self,
        statement: &Statement,
        owner: &str,
    ) -> Option<Duration> {
        self.time_from(statement, owner, 0)
    }

    fn time_from(&mut self, statement: &Statement, owner: &str, min: u64) -> Option<Duration> {
        let (row, word) = row_and_word(statement)?;
        let Kind::Decimal {
            unit, places, max, ..
        } = row.kind
        else {
            return None;
        };
        let mut wrong = Self::wrong(row, word, owner);
        // The original takes the number before the garbage, and its handler has nothing to say then.
        if unit == Unit::Seconds && value::begins_in_range(&word.bytes, &(min..=max)) {
            wrong.log.clear();
        }
        let value = self.decimal(word, places, &(min..=max), &wrong)?;
        let per_second = match unit {
            Unit::Seconds => 10u64.pow(places),
            Unit::Milliseconds => 10u64.pow(places) * 1000,
        };
        let nanoseconds = value % per_second * (1_000_000_000 / per_second);
        let seconds = Duration::from_secs(value / per_second);
        Some(seconds + Duration::from_nanos(nanoseconds))
    }

    /// The yes or no of a statement; nothing is a yes.
    pub(super) fn bool_setting(&mut self, statement: &Statement, owner: &str) -> Option<bool> {
        let row = statement.keyword?;
        let value = statement.arguments().first().map(Word::text);
        self.boolean(statement, log_line(row, &value.unwrap_or_default(), owner))
    }

    /// The word of a statement that takes one of several, as the table writes it.
    pub(super) fn choice_setting(
        &mut self,
        statement: &Statement,
        owner: &str,
    ) -> Option<&'static str> {
        let (row, word) = row_and_word(statement)?;
        let Kind::OneOf { words, exact } = row.kind else {
            debug_assert!(false, "{} has no choice of words", row.keyword);
            return None;
        };
        let text = word.text();
        let is_it = |known: &&str| text == *known || !exact && text.eq_ignore_ascii_case(known);
        if let Some(known) = words.split('|').find(is_it) {
            return Some(known);
        }
        self.wrong_value(row, word, owner, Code::InvalidValue);
        None
    }

    /// The address of a statement.
    pub(super) fn ip_setting(&mut self, statement: &Statement, owner: &str) -> Option<IpAddr> {
        let (row, word) = row_and_word(statement)?;
        let ip = self
            .lone_address(word)
            .filter(|ip: &IpAddr| match row.kind {
                Kind::Ip4 => ip.is_ipv4(),
                Kind::Ip6 => ip.is_ipv6(),
                Kind::Flag
                | Kind::Bool
                | Kind::Int { .. }
                | Kind::Decimal { .. }
                | Kind::OneOf { .. }
                | Kind::Word
                | Kind::Ip
                | Kind::Interface
                | Kind::Path
                | Kind::Script
                | Kind::User
                | Kind::Block
                | Kind::Own => true,
            });
        if ip.is_none() {
            self.wrong_value(row, word, owner, Code::InvalidAddress);
        }
        ip
    }

    /// An address. What looks like a prefix or a range is not looked at, as in the original; that is said.
    pub(super) fn lone_address(&mut self, word: &Word) -> Option<IpAddr> {
        let (ip, has_more) = value::address_and_more(&word.bytes)?;
        if has_more {
            let sentence = format!("an address alone is meant here; using {ip}");
            self.push(Diagnostic::warning(Code::ExtraWords, sentence).at(&word.place));
        }
        Some(ip)
    }

    /// The first word of a statement.
    pub(super) fn word_setting(&mut self, statement: &Statement) -> Option<String> {
        Some(statement.arguments().first()?.text())
    }

    /// The path of a statement.
    pub(super) fn path_setting(&mut self, statement: &Statement) -> Option<PathBuf> {
        self.word_setting(statement).map(PathBuf::from)
    }

    /// Says that a word is not what its row wants.
    pub(super) fn wrong_value(&mut self, row: &Keyword, word: &Word, owner: &str, code: Code) {
        let expected = row.kind.expected();
        let wrong = Self::wrong(row, word, owner);
        let diagnostic = wrong.diagnostic(code, word, &expected);
        let diagnostic = wrong.log(diagnostic).status(Status::General);
        let diagnostic = match row.kind.in_other_letters(&word.text()) {
            Some(right) => diagnostic
                .hint(format!("capitals matter: {right}"))
                .fix(&word.place, right),
            None => diagnostic.maybe_fix(&word.place, mend::choice(row, &word.bytes)),
        };
        self.push(diagnostic.expected(expected));
    }
}
