//! What is wrong with a configuration, and how it is told.
//!
//! A [`Diagnostic`] holds everything any output needs: the sentence for people, the original's wording for
//! logs that other tools match, a stable code, spans, and what the original's `-t` would make of it.

mod fix;
mod order;
mod remark;
mod render;
mod secret;
mod span;
mod strange;

use std::cmp::max;

pub use fix::Edit;
pub(crate) use remark::{Reach, Remark, Remarks};
pub(crate) use render::printable;
pub(crate) use secret::masked_line;
pub use secret::shown_line;
pub(crate) use span::Chunk;
pub use span::{Place, SourceLine, Span};

/// More than this many are counted, not kept: a file of garbage must not fill the log.
const KEPT: usize = 500;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; never counts for `-t`.
    Note,
    /// The configuration is used, but not as it is written.
    Warning,
    /// Something is left out, or nothing can run.
    Error,
}

/// What kind of finding it is; the text form is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "as_str says it")]
pub enum Code {
    UnknownKeyword,
    MisplacedKeyword,
    UnexpectedBrace,
    ExtraBrace,
    MissingBrace,
    UnclosedBlock,
    ExtraWords,
    MissingParameter,
    UnmatchedQuote,
    InvalidNumber,
    OutOfRange,
    InvalidValue,
    InvalidAddress,
    FamilyMismatch,
    UnknownInterface,
    UnknownName,
    Duplicate,
    MissingSetting,
    Conflict,
    Adjusted,
    Deprecated,
    Script,
    ScriptSecurity,
    Unused,
    FileMissing,
    Empty,
    Include,
    IncludeLoop,
    Definition,
    Repetition,
    LongLine,
    Encoding,
    CommentInWord,
    TooLarge,
    NotSupported,
    /// Of the table of lints: [`crate::lint::Lint::code`].
    Lint(&'static str),
}

impl Code {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownKeyword => "unknown-keyword",
            Self::MisplacedKeyword => "misplaced-keyword",
            Self::UnexpectedBrace => "unexpected-brace",
            Self::ExtraBrace => "extra-brace",
            Self::MissingBrace => "missing-brace",
            Self::UnclosedBlock => "unclosed-block",
            Self::ExtraWords => "extra-words",
            Self::MissingParameter => "missing-parameter",
            Self::UnmatchedQuote => "unmatched-quote",
            Self::InvalidNumber => "invalid-number",
            Self::OutOfRange => "out-of-range",
            Self::InvalidValue => "invalid-value",
            Self::InvalidAddress => "invalid-address",
            Self::FamilyMismatch => "family-mismatch",
            Self::UnknownInterface => "unknown-interface",
            Self::UnknownName => "unknown-name",
            Self::Duplicate => "duplicate",
            Self::MissingSetting => "missing-setting",
            Self::Conflict => "conflict",
            Self::Adjusted => "adjusted",
            Self::Deprecated => "deprecated",
            Self::Script => "script",
            Self::ScriptSecurity => "script-security",
            Self::Unused => "unused",
            Self::FileMissing => "file-missing",
            Self::Empty => "empty",
            Self::Include => "include",
            Self::IncludeLoop => "include-loop",
            Self::Definition => "definition",
            Self::Repetition => "repetition",
            Self::LongLine => "long-line",
            Self::Encoding => "encoding",
            Self::CommentInWord => "comment-in-word",
            Self::TooLarge => "too-large",
            Self::NotSupported => "not-supported",
            Self::Lint(name) => name,
        }
    }
}

/// The original's classes of configuration error, in its order: the highest decides the status of `-t`.
// keepalived: config_err_t
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the words are the original's")]
pub enum Status {
    FileNotFound,
    BadInterface,
    Fatal,
    MultipleFiles,
    UnknownKeyword,
    Braces,
    UnmatchedQuote,
    MissingParameter,
    InvalidNumber,
    General,
    Warning,
    Deprecated,
    ScriptSecurity,
}

/// What a finding means for the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It runs all the same.
    Runs,
    /// The VRRP process of the original stops: exit status 2, but only after the whole file was read.
    StopsVrrp,
    /// The original stops reading here, and exits with 2, also under `-t`.
    MissingParameter,
    /// An include that must not fail has failed: exit status 6, also under `-t`.
    NoConfiguration,
    /// There is no file at all: exit status 6, but none of its own under `-t`.
    NoFile,
}

/// What the log line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogPlace {
    /// `(Line N) `: the original's parent process reads these.
    Line,
    /// `(FILE: Line N) `.
    FileAndLine,
    /// Nothing: found at the end of the file.
    Nothing,
}

/// Another place that has to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What kind it is.
    pub code: Code,
    /// The sentence: what was expected, what was found, what is used instead.
    pub message: String,
    /// Where; `None` for what concerns the whole configuration.
    pub span: Option<Span>,
    /// What would have been right, where that is a short list or range.
    pub expected: Option<String>,
    /// What the reader may want to do.
    pub hint: Option<String>,
    /// Other places.
    pub related: Vec<Related>,
    /// The original's lines for it; empty: the message.
    pub log: Vec<String>,
    /// What those lines begin with.
    pub log_place: LogPlace,
    /// The class the original counts it under; `None`: it says nothing, or this is ours alone.
    pub status: Option<Status>,
    /// What it means for the daemon.
    pub effect: Effect,
    /// What makes it right, where that is beyond doubt.
    pub fix: Vec<Edit>,
}

impl Diagnostic {
    pub(crate) fn new(severity: Severity, code: Code, message: String) -> Self {
        Self {
            severity,
            code,
            message,
            span: None,
            expected: None,
            hint: None,
            related: Vec::new(),
            log: Vec::new(),
            log_place: LogPlace::Nothing,
            status: None,
            effect: Effect::Runs,
            fix: Vec::new(),
        }
    }

    pub(crate) fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    pub(crate) fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    pub(crate) fn note(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message.into())
    }

    /// Points at a place; the definition it came out of becomes a related span.
    pub(crate) fn at(mut self, place: &Place) -> Self {
        self.span = Some(place.span.clone());
        self.log_place = LogPlace::FileAndLine;
        if let Some(definition) = &place.definition {
            self = self.related(definition, "defined here");
        }
        self
    }

    /// Points at a place, but is logged like what is found at the end of the file.
    pub(crate) fn about(self, place: &Place) -> Self {
        Self {
            log_place: LogPlace::Nothing,
            ..self.at(place)
        }
    }

    pub(crate) fn in_parent(mut self) -> Self {
        if self.log_place == LogPlace::FileAndLine {
            self.log_place = LogPlace::Line;
        }
        self
    }

    fn name_file(&mut self) {
        if self.log_place == LogPlace::Line {
            self.log_place = LogPlace::FileAndLine;
        }
    }

    pub(crate) fn related(mut self, span: &Span, message: impl Into<String>) -> Self {
        self.related.push(Related {
            span: span.clone(),
            message: message.into(),
        });
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds a line in the original's words.
    pub(crate) fn log(mut self, line: impl Into<String>) -> Self {
        self.log.push(line.into());
        self
    }

    pub(crate) fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// The original's lines for it, without a prefix; none if it says nothing.
    pub fn original_lines(&self) -> Vec<String> {
        let lines = self.log.iter();
        lines.map(|line| self.shown(line).into_owned()).collect()
    }

    /// Whether the daemon does not start with this.
    pub fn prevents_start(&self) -> bool {
        self.effect > Effect::Runs
    }

    /// The lines for the log, in the original's words and with its prefix.
    pub fn log_lines(&self) -> Vec<String> {
        let prefix = match (&self.span, self.log_place) {
            (Some(span), LogPlace::Line) => format!("(Line {}) ", span.line()),
            (Some(span), LogPlace::FileAndLine) => {
                format!("({}: Line {}) ", span.file(), span.line())
            }
            (Some(_), LogPlace::Nothing) | (None, _) => String::new(),
        };
        if self.log.is_empty() {
            return vec![format!("{prefix}{}", self.shown(&self.message))];
        }
        self.log
            .iter()
            .map(|line| format!("{prefix}{}", self.shown(line)))
            .collect()
    }
}

/// All findings of one load, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    dropped: usize,
    worst: Option<Status>,
    effect: Option<Effect>,
    stop: Option<Effect>,
    several_files: bool,
    remarks: Remarks,
}

impl Diagnostics {
    pub(crate) fn push(&mut self, mut diagnostic: Diagnostic) {
        if self.several_files {
            diagnostic.name_file();
        }
        if let Some(span) = &diagnostic.span
            && diagnostic.code != Code::Encoding
            && self.has_room()
        {
            diagnostic.hint = strange::hint(&span.text()).or(diagnostic.hint);
        }
        self.worst = max(self.worst, diagnostic.status);
        self.effect = max(self.effect, Some(diagnostic.effect));
        match diagnostic.effect {
            Effect::MissingParameter | Effect::NoConfiguration => {
                self.stop = self.stop.or(Some(diagnostic.effect));
            }
            Effect::Runs | Effect::StopsVrrp | Effect::NoFile => {}
        }
        // What stops the daemon is always kept: somebody will ask why.
        if self.list.len() < KEPT || diagnostic.effect > Effect::Runs && self.list.len() < 2 * KEPT
        {
            self.list.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// Where the one that was pushed last is, if it was kept.
    pub(crate) fn last_index(&self) -> Option<usize> {
        self.has_room()
            .then(|| self.list.len().checked_sub(1))
            .flatten()
    }

    /// One that can be said better further down in the file.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Diagnostic> {
        self.list.get_mut(index)
    }

    /// More than one file was read: a line number alone would not say which.
    pub(crate) fn name_files(&mut self) {
        self.several_files = true;
        for diagnostic in &mut self.list {
            diagnostic.name_file();
        }
    }

    /// Whether something was found at a place.
    pub(crate) fn tells_of(&self, span: &Span) -> bool {
        let mut places = self.list.iter().filter_map(|found| found.span.as_ref());
        places.any(|place| place == span)
    }

    /// Gives what was found at a place a hint, if it has none; whether something was found there.
    pub(crate) fn add_hint(&mut self, span: &Span, hint: &str) -> bool {
        let mut list = self.list.iter_mut();
        let Some(found) = list.find(|found| found.span.as_ref() == Some(span)) else {
            return false;
        };
        found.hint.get_or_insert_with(|| hint.to_owned());
        true
    }

    /// What the files say about what is to be said.
    pub(crate) fn remarks(&self) -> &Remarks {
        &self.remarks
    }

    /// What was read of that.
    pub(crate) fn remarks_mut(&mut self) -> &mut Remarks {
        &mut self.remarks
    }

    /// Leaves out findings; what they mean for the daemon stays as it is.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(keep);
    }

    /// In the order in which they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Whether the next one is kept: what is costly to say need not be said otherwise.
    pub(crate) fn has_room(&self) -> bool {
        self.list.len() < KEPT
    }

    /// How many were left out because there are too many.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The highest class, which decides the status of `-t`.
    pub fn worst(&self) -> Option<Status> {
        self.worst
    }

    /// The first thing that would have stopped the original at once.
    pub(crate) fn stop(&self) -> Option<Effect> {
        self.stop
    }

    /// The gravest effect.
    pub(crate) fn effect(&self) -> Effect {
        self.effect.unwrap_or(Effect::Runs)
    }

    /// For the log: the original's wording where it has one.
    pub fn log_lines(&self) -> Vec<(Severity, String)> {
        let mut lines: Vec<_> = self
            .list
            .iter()
            .flat_map(|d| d.log_lines().into_iter().map(|line| (d.severity, line)))
            .collect();
        if self.dropped > 0 {
            lines.push((Severity::Warning, self.and_more()));
        }
        lines
    }

    /// That some are left out, if there are.
    pub fn left_out(&self) -> Option<String> {
        (self.dropped > 0).then(|| self.and_more())
    }

    fn and_more(&self) -> String {
        format!(
            "{} more messages about the configuration are left out",
            self.dropped
        )
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
