//! Where something was written: files, lines and byte ranges.
//!
//! A place is kept for almost every word, so it is small: a range of a chunk of its file, which all the places in
//! it share. What is asked for seldom, the line and its number, is found again from there.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Whole lines of a file, as they were read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The file, as the configuration or the command line names it.
    pub(crate) file: Arc<str>,
    /// The number of its first line, counted from 1.
    pub(crate) number: u32,
    /// The lines, each with its end but perhaps the last.
    pub(crate) text: Box<[u8]>,
}

/// One line of a configuration file, as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceLine<'a> {
    /// The file, as the configuration or the command line names it.
    pub file: &'a str,
    /// Counted from 1.
    pub number: u32,
    /// The bytes, without the end of line.
    pub text: &'a [u8],
}

/// A range of bytes in one line of one file.
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    chunk: Arc<Chunk>,
    start: u32,
    end: u32,
}

impl Span {
    /// A range of a chunk, cut to what that has.
    pub(crate) fn new(chunk: Arc<Chunk>, range: Range<usize>) -> Self {
        let end = range.end.min(chunk.text.len());
        let start = range.start.min(end);
        Self {
            chunk,
            start: narrow(start),
            end: narrow(end),
        }
    }

    /// A text as the whole of a file.
    #[cfg(test)]
    pub(crate) fn of_text(text: &str) -> Self {
        let chunk = Chunk {
            file: Arc::from("f"),
            number: 1,
            text: text.as_bytes().into(),
        };
        Self::new(Arc::new(chunk), 0..text.len())
    }

    /// For what is written nowhere.
    pub(crate) fn nowhere() -> Self {
        let chunk = Chunk {
            file: Arc::from(""),
            number: 0,
            text: Box::default(),
        };
        Self::new(Arc::new(chunk), 0..0)
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.chunk.file
    }

    /// The file's name, as everything of that file has it.
    pub(crate) fn file_name(&self) -> &Arc<str> {
        &self.chunk.file
    }

    /// The line's number, counted from 1.
    pub fn line(&self) -> u32 {
        let before = &self.chunk.text[..self.in_chunk().start];
        let ends = before.iter().filter(|byte| **byte == b'\n').count();
        self.chunk.number.saturating_add(narrow(ends))
    }

    /// The column of the first character, counted from 1 in characters.
    pub fn column(&self) -> usize {
        let Range { start, .. } = self.in_chunk();
        characters(&self.chunk.text[self.line_in_chunk().start..start]) + 1
    }

    /// How many characters the range has.
    pub fn width(&self) -> usize {
        characters(self.bytes())
    }

    /// Byte offsets in the line.
    pub fn range(&self) -> Range<usize> {
        let (line, own) = (self.line_in_chunk(), self.in_chunk());
        own.start - line.start..own.end - line.start
    }

    /// The text of the range.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes())
    }

    /// The whole line.
    pub fn source(&self) -> SourceLine<'_> {
        SourceLine {
            file: &self.chunk.file,
            number: self.line(),
            text: &self.chunk.text[self.line_in_chunk()],
        }
    }

    /// What is before it in its line, if that is only blanks.
    pub(crate) fn indentation(&self) -> Option<&[u8]> {
        let (line, own) = (self.line_in_chunk(), self.in_chunk());
        let before = &self.chunk.text[line.start..own.start];
        before.iter().all(u8::is_ascii_whitespace).then_some(before)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.chunk.text[self.in_chunk()]
    }

    pub(crate) fn len(&self) -> usize {
        self.in_chunk().len()
    }

    /// A part of it. One byte after it counts as well, where the line has one.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let own = self.in_chunk();
        let mut end = own.start + range.end;
        if end > own.end && matches!(self.chunk.text.get(own.end), None | Some(b'\n')) {
            end = own.end;
        }
        Self::new(Arc::clone(&self.chunk), own.start + range.start..end)
    }

    /// The whole line's span without the blanks around it.
    pub(crate) fn whole_line(&self) -> Self {
        let line = self.line_in_chunk();
        let text = &self.chunk.text[line.clone()];
        let is_visible = |byte: &u8| !byte.is_ascii_whitespace();
        let start = text.iter().position(is_visible).unwrap_or(0);
        let end = text.iter().rposition(is_visible).map_or(0, |last| last + 1);
        let range = line.start + start..line.start + end;
        Self::new(Arc::clone(&self.chunk), range)
    }

    /// From the start of this one to the end of `other`, if both are in one line.
    pub(crate) fn to(&self, other: &Self) -> Self {
        let (from, to) = (self.in_chunk().start, other.in_chunk().end);
        let is_apart = !Arc::ptr_eq(&self.chunk, &other.chunk)
            || to < from
            || self.chunk.text[from..to].contains(&b'\n');
        if is_apart {
            return self.clone();
        }
        Self::new(Arc::clone(&self.chunk), from..to)
    }

    /// What follows it at once.
    fn after(&self) -> Self {
        let end = self.in_chunk().end;
        Self::new(Arc::clone(&self.chunk), end..end)
    }

    fn in_chunk(&self) -> Range<usize> {
        wide(self.start)..wide(self.end)
    }

    fn line_in_chunk(&self) -> Range<usize> {
        let text = &self.chunk.text;
        let Range { start, .. } = self.in_chunk();
        let is_end = |byte: &u8| *byte == b'\n';
        let before = text[..start].iter().rposition(is_end);
        let after = text[start..].iter().position(is_end);
        before.map_or(0, |end| end + 1)..after.map_or(text.len(), |end| start + end)
    }
}

/// Without the chunk, which may be all of the file.
impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line, column) = (self.file(), self.line(), self.column());
        write!(f, "{file}:{line}:{column} {:?}", self.text())
    }
}

/// A chunk is far smaller than that: see `source::file`.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn wide(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
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
    pub definition: Option<Arc<Span>>,
}

impl Place {
    /// What follows it at once.
    pub(crate) fn after(&self) -> Self {
        Self {
            span: self.span.after(),
            definition: self.definition.clone(),
        }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self {
            span,
            definition: None,
        }
    }
}
