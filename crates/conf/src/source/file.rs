//! Lines of one file, bounded, whatever the file has in it.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::text::Text;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reach, SourceLine, Span, Status};

/// A longer line is dropped: nothing sensible has one, and memory is not the file's to spend.
pub(super) const LINE_LIMIT: usize = 1 << 20;

/// What the original's line buffer holds.
// keepalived: MAXBUF
const ORIGINAL_LIMIT: usize = 1023;

/// A file that is being read.
pub(super) struct File {
    pub(super) name: Arc<str>,
    /// Where relative includes in it begin, and `$_PWD`.
    pub(super) directory: PathBuf,
    /// To notice a file that includes itself.
    pub(super) identity: Option<PathBuf>,
    input: Input,
    number: u32,
    told_long: bool,
    told_encoding: bool,
    /// Comments that are about the next line.
    waiting_remarks: usize,
}

/// Files are opened when their turn comes: a pattern may match thousands.
enum Input {
    Waiting(PathBuf),
    Open(Box<dyn BufRead>),
}

enum RawLine {
    End,
    Line(Vec<u8>),
    TooLong(u64, Vec<u8>),
}

impl File {
    pub(super) fn new(name: &str, directory: PathBuf, reader: Box<dyn BufRead>) -> Self {
        Self {
            name: name.into(),
            directory,
            identity: None,
            input: Input::Open(reader),
            number: 0,
            told_long: false,
            told_encoding: false,
            waiting_remarks: 0,
        }
    }

    /// A file that can be opened, to be read later.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        drop(std::fs::File::open(path)?);
        let parent = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let directory = parent
            .canonicalize()
            .unwrap_or_else(|_| parent.to_path_buf());
        let mut file = Self::new(&path.to_string_lossy(), directory, Box::new(io::empty()));
        file.identity = path.canonicalize().ok();
        file.input = Input::Waiting(path.to_path_buf());
        Ok(file)
    }

    /// The next line that is neither empty nor a comment, without comments and the blanks around it.
    pub(super) fn next(&mut self, diagnostics: &mut Diagnostics) -> Option<Text> {
        loop {
            let bytes = match self.read_line() {
                Ok(RawLine::End) => return None,
                Ok(RawLine::Line(bytes)) => bytes,
                Ok(RawLine::TooLong(length, start)) => {
                    self.too_long(length, start, diagnostics);
                    continue;
                }
                Err(error) => {
                    let sentence = format!("{} cannot be read on: {error}", self.name);
                    diagnostics.push(Diagnostic::error(Code::Include, sentence));
                    return None;
                }
            };
            let line = self.source_line(bytes);
            if line.text.contains(&0) {
                Self::embedded_nul(&line, diagnostics);
                continue;
            }
            let (text, comment) = without_comment(&line);
            let text = text.trimmed();
            self.read_comment(&line, comment, text.is_empty(), diagnostics);
            if text.is_empty() {
                continue;
            }
            self.remark(&line, diagnostics);
            return Some(text);
        }
    }

    /// A comment may say what is not to be said of its line, or of the next one.
    fn read_comment(
        &mut self,
        line: &Arc<SourceLine>,
        at: usize,
        alone: bool,
        diagnostics: &mut Diagnostics,
    ) {
        let remarks = diagnostics.remarks_mut();
        if !alone && self.waiting_remarks > 0 {
            let waiting = remarks.list.iter_mut().rev();
            let ours = waiting.filter(|r| Arc::ptr_eq(&r.verb.source().file, &self.name));
            for remark in ours.take(self.waiting_remarks) {
                remark.reach = Reach::Below(Some(line.number));
            }
            self.waiting_remarks = 0;
        }
        if at < line.text.len() && remarks.read(line, at, alone) && alone {
            self.waiting_remarks += 1;
        }
    }

    fn source_line(&self, text: Vec<u8>) -> Arc<SourceLine> {
        Arc::new(SourceLine {
            file: Arc::clone(&self.name),
            number: self.number,
            text,
        })
    }

    fn read_line(&mut self) -> io::Result<RawLine> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(LINE_LIMIT).unwrap_or(u64::MAX) + 1;
        let reader = self.input.reader()?;
        let read = reader.take(limit).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(RawLine::End);
        }
        self.number = self.number.saturating_add(1);
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if bytes.len() > LINE_LIMIT {
            let rest = skip_line(self.input.reader()?)?;
            let length = limit + rest;
            bytes.truncate(80);
            return Ok(RawLine::TooLong(length, bytes));
        }
        Ok(RawLine::Line(bytes))
    }

    fn too_long(&mut self, length: u64, start: Vec<u8>, diagnostics: &mut Diagnostics) {
        let line = self.source_line(start);
        let sentence =
            format!("this line has {length} bytes, more than {LINE_LIMIT}; the line is left out");
        diagnostics.push(
            Diagnostic::error(Code::LongLine, sentence)
                .at(&Span::whole_line(&line).into())
                .log("line too long - ignoring")
                .status(Status::General),
        );
    }

    fn embedded_nul(line: &Arc<SourceLine>, diagnostics: &mut Diagnostics) {
        let at = line.text.iter().position(|b| *b == 0).unwrap_or(0);
        diagnostics.push(
            Diagnostic::error(Code::Encoding, "NUL byte in a line; the line is left out")
                .at(&Span::new(Arc::clone(line), at, at + 1).into())
                .log("configuration appears to have embedded NULs - ignoring line")
                .status(Status::General),
        );
    }

    /// Once a file: what is accepted here but would surprise elsewhere.
    fn remark(&mut self, line: &Arc<SourceLine>, diagnostics: &mut Diagnostics) {
        if line.text.len() > ORIGINAL_LIMIT && !self.told_long {
            self.told_long = true;
            let sentence = format!(
                "this line has {} bytes; keepalived cuts lines at {ORIGINAL_LIMIT}",
                line.text.len()
            );
            diagnostics.push(
                Diagnostic::note(Code::LongLine, sentence).at(&Span::whole_line(line).into()),
            );
        }
        if !self.told_encoding
            && let Err(error) = std::str::from_utf8(&line.text)
        {
            self.told_encoding = true;
            let at = error.valid_up_to();
            let sentence = "this file is not UTF-8; its bytes are used as they are";
            diagnostics.push(
                Diagnostic::note(Code::Encoding, sentence).at(&Span::new(
                    Arc::clone(line),
                    at,
                    at + 1,
                )
                .into()),
            );
        }
    }
}

impl Input {
    fn reader(&mut self) -> io::Result<&mut dyn BufRead> {
        if let Self::Waiting(path) = self {
            let file = std::fs::File::open(path)?;
            *self = Self::Open(Box::new(io::BufReader::new(file)));
        }
        match self {
            Self::Open(reader) => Ok(&mut **reader),
            Self::Waiting(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Reads away the rest of a line; tells how long it was.
fn skip_line(reader: &mut dyn BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let (used, end) = match buffer.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(used);
        skipped += u64::try_from(used).unwrap_or(u64::MAX);
        if end {
            return Ok(skipped);
        }
    }
}

/// Cuts at `#` or `!` outside double quotes; `\#` and `\!` are the plain character. Tells where it has cut, too.
// keepalived: decomment
fn without_comment(line: &Arc<SourceLine>) -> (Text, usize) {
    let bytes = &line.text;
    let mut text = Text::default();
    let (mut quoted, mut from, mut at) = (false, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b'#' | b'!' if !quoted => break,
            b'\\' if !quoted && matches!(bytes.get(at + 1), Some(b'#' | b'!')) => {
                text.push_written(line, from..at);
                from = at + 1;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    text.push_written(line, from..at);
    (text, at)
}
