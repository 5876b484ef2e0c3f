//! Where something was written: files, lines and byte ranges.

use std::borrow::Cow;
use std::sync::Arc;

/// One line of a configuration file, as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// The file, as the configuration or the command line names it.
    pub file: Arc<str>,
    /// Counted from 1.
    pub number: u32,
    /// The bytes, without the end of line.
    pub text: Vec<u8>,
}

/// A range of bytes in one line of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    source: Arc<SourceLine>,
    start: usize,
    end: usize,
}

impl Span {
    /// The bytes `start..end` of a line, cut to what the line has.
    pub(crate) fn new(source: Arc<SourceLine>, start: usize, end: usize) -> Self {
        let end = end.min(source.text.len());
        Self {
            start: start.min(end),
            end,
            source,
        }
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.source.file
    }

    /// The line's number, counted from 1.
    pub fn line(&self) -> u32 {
        self.source.number
    }

    /// The column of the first character, counted from 1 in characters.
    pub fn column(&self) -> usize {
        characters(&self.source.text[..self.start]) + 1
    }

    /// How many characters the range has.
    pub fn width(&self) -> usize {
        characters(&self.source.text[self.start..self.end])
    }

    /// Byte offsets in the line.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// The text of the range.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.source.text[self.start..self.end])
    }

    /// The whole line.
    pub fn source(&self) -> &SourceLine {
        &self.source
    }

    /// The whole line's span without the blanks around it.
    pub(crate) fn whole_line(source: &Arc<SourceLine>) -> Self {
        let text = &source.text;
        let start = text
            .iter()
            .position(|b| !b.is_ascii_whitespace())
            .unwrap_or(0);
        let end = text
            .iter()
            .rposition(|b| !b.is_ascii_whitespace())
            .map_or(0, |last| last + 1);
        Self::new(Arc::clone(source), start, end)
    }

    /// From the start of this one to the end of `other`, if both are in one line.
    pub(crate) fn to(&self, other: &Self) -> Self {
        if !Arc::ptr_eq(&self.source, &other.source) || other.end < self.start {
            return self.clone();
        }
        Self {
            end: other.end,
            ..self.clone()
        }
    }
}

/// Counts characters; a byte that is no UTF-8 counts as one.
fn characters(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).chars().count()
}

/// Where a piece of the expanded configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where it is written or used.
    pub span: Span,
    /// Where the definition is that it comes out of.
    pub definition: Option<Span>,
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self {
            span,
            definition: None,
        }
    }
}
