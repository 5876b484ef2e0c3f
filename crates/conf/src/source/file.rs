//! Lines of one file, bounded, whatever the file has in it.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::remark;
use super::text::Text;
use crate::diagnostic::{Chunk, Code, Diagnostic, Diagnostics, Reach, Span, Status};

/// A longer line is dropped: nothing sensible has one, and memory is not the file's to spend.
pub(super) const LINE_LIMIT: usize = 1 << 20;

/// What the original's line buffer holds.
// keepalived: MAXBUF
const ORIGINAL_LIMIT: usize = 1023;

/// Lines are read this many bytes at a time: places point into what was read, so it lives as long as they do.
const CHUNK: usize = 16 << 10;

/// A file that is being read.
pub(super) struct File {
    pub(super) name: Arc<str>,
    /// Where relative includes in it begin, and `$_PWD`.
    pub(super) directory: PathBuf,
    /// To notice a file that includes itself.
    pub(super) identity: Option<PathBuf>,
    input: Input,
    /// What was read, and how far it was given out.
    chunk: Arc<Chunk>,
    at: usize,
    /// The number of the line that comes next.
    number: u32,
    /// The last line of the chunk is the beginning of one with so many bytes.
    too_long: Option<u64>,
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

impl File {
    pub(super) fn new(name: &str, directory: PathBuf, reader: Box<dyn BufRead>) -> Self {
        let name: Arc<str> = name.into();
        let chunk = Chunk {
            file: Arc::clone(&name),
            number: 1,
            text: Box::default(),
        };
        Self {
            name,
            directory,
            identity: None,
            input: Input::Open(reader),
            chunk: Arc::new(chunk),
            at: 0,
            number: 1,
            too_long: None,
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
            let line = match self.next_line() {
                Ok(line) => line?,
                Err(error) => {
                    let sentence = format!("{} cannot be read on: {error}", self.name);
                    diagnostics.push(Diagnostic::error(Code::Include, sentence));
                    return None;
                }
            };
            let at_end = self.at == self.chunk.text.len();
            if let Some(length) = self.too_long.filter(|_| at_end) {
                Self::say_too_long(&line, length, diagnostics);
                continue;
            }
            if line.bytes().contains(&0) {
                Self::embedded_nul(&line, diagnostics);
                continue;
            }
            let start = remark::byte_order_mark(&line, diagnostics);
            let (text, cut) = without_comment(&line, start);
            let text = text.trimmed();
            self.read_comment(&line, cut, text.is_empty(), diagnostics);
            if text.is_empty() {
                continue;
            }
            self.remark(&line, diagnostics);
            remark::comment_in_word(&line, cut, diagnostics);
            return Some(text);
        }
    }

    /// A comment may say what is not to be said of its line, or of the next one.
    fn read_comment(&mut self, line: &Span, at: usize, alone: bool, diagnostics: &mut Diagnostics) {
        let remarks = diagnostics.remarks_mut();
        if !alone && self.waiting_remarks > 0 {
            let waiting = remarks.list.iter_mut().rev();
            let ours = waiting.filter(|r| Arc::ptr_eq(r.verb.file_name(), &self.name));
            for remark in ours.take(self.waiting_remarks) {
                remark.reach = Reach::Below(Some(line.line()));
            }
            self.waiting_remarks = 0;
        }
        if at < line.len() && remarks.read(line, at, alone) && alone {
            self.waiting_remarks += 1;
        }
    }

    /// The next line, without its end.
    fn next_line(&mut self) -> io::Result<Option<Span>> {
        if self.at == self.chunk.text.len() && !self.read_chunk()? {
            return Ok(None);
        }
        let rest = &self.chunk.text[self.at..];
        let (length, past) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end, end + 1),
            None => (rest.len(), rest.len()),
        };
        let range = self.at..self.at + length;
        self.at += past;
        self.number = self.number.saturating_add(1);
        Ok(Some(Span::new(Arc::clone(&self.chunk), range)))
    }

    /// Reads on; false at the end of the file.
    fn read_chunk(&mut self) -> io::Result<bool> {
        let mut text = Vec::with_capacity(CHUNK);
        self.too_long = None;
        while text.len() < CHUNK && self.too_long.is_none() {
            let start = text.len();
            if !self.read_line(&mut text)? {
                break;
            }
            if text.len() - start > LINE_LIMIT && text.last() != Some(&b'\n') {
                let limit = u64::try_from(text.len() - start).unwrap_or(u64::MAX);
                self.too_long = Some(limit + skip_line(self.input.reader()?)?);
                text.truncate(start + 80);
            }
        }
        let is_something = !text.is_empty();
        self.chunk = Arc::new(Chunk {
            file: Arc::clone(&self.name),
            number: self.number,
            text: text.into_boxed_slice(),
        });
        self.at = 0;
        Ok(is_something)
    }

    /// Adds one line, or the beginning of one that is too long; false at the end of the file.
    fn read_line(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        let limit = u64::try_from(LINE_LIMIT).unwrap_or(u64::MAX) + 1;
        let reader = self.input.reader()?;
        Ok(reader.take(limit).read_until(b'\n', text)? > 0)
    }

    fn say_too_long(line: &Span, length: u64, diagnostics: &mut Diagnostics) {
        let sentence =
            format!("this line has {length} bytes, more than {LINE_LIMIT}; the line is left out");
        diagnostics.push(
            Diagnostic::error(Code::LongLine, sentence)
                .at(&line.whole_line().into())
                .log("line too long - ignoring")
                .status(Status::General),
        );
    }

    fn embedded_nul(line: &Span, diagnostics: &mut Diagnostics) {
        let at = line.bytes().iter().position(|b| *b == 0).unwrap_or(0);
        diagnostics.push(
            Diagnostic::error(Code::Encoding, "NUL byte in a line; the line is left out")
                .at(&line.part(at..at + 1).into())
                .log("configuration appears to have embedded NULs - ignoring line")
                .status(Status::General),
        );
    }

    /// Once a file: what is accepted here but would surprise elsewhere.
    fn remark(&mut self, line: &Span, diagnostics: &mut Diagnostics) {
        if line.len() > ORIGINAL_LIMIT && !self.told_long {
            self.told_long = true;
            let sentence = format!(
                "this line has {} bytes; keepalived cuts lines at {ORIGINAL_LIMIT}",
                line.len()
            );
            let place = line.whole_line().into();
            diagnostics.push(Diagnostic::note(Code::LongLine, sentence).at(&place));
        }
        if !self.told_encoding
            && let Err(error) = std::str::from_utf8(line.bytes())
        {
            self.told_encoding = true;
            let at = error.valid_up_to();
            let place = line.part(at..at + 1).into();
            let sentence = "this file is not UTF-8; its bytes are used as they are";
            diagnostics.push(Diagnostic::note(Code::Encoding, sentence).at(&place));
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

/// Cuts at `#` or `!` outside double quotes, and tells where; `\#` and `\!` are the plain character.
// keepalived: decomment
fn without_comment(line: &Span, start: usize) -> (Text, usize) {
    let bytes = line.bytes();
    let mut text = Text::Written(line.part(start..start));
    let (mut quoted, mut from, mut at) = (false, start, start);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b'#' | b'!' if !quoted => break,
            b'\\' if !quoted && matches!(bytes.get(at + 1), Some(b'#' | b'!')) => {
                text.push_written(&line.part(from..at));
                from = at + 1;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    text.push_written(&line.part(from..at));
    (text, at)
}
