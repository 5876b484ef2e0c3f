//! From files to logical lines: includes, conditions, comments, definitions, repetitions.
//!
//! One pull-based reader with one stack of work: files being read, lines that a definition left over, and
//! repetitions under way. Relative includes are resolved against the file that has them; the working directory
//! stays what it is. Everything that can grow is bounded, and every bound ends in one diagnostic.

mod define;
mod file;
mod include;
mod remark;
mod repeat;
mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use include::{Checks, is_include};
pub(crate) use text::{Text, is_blank};

use define::{Definitions, Expanded, Expansion, Hidden, Surroundings};
use file::File;
use include::Finder;
use repeat::Repetition;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Effect, Place, Status};
use crate::host::Host;

/// Files in files.
const INCLUDE_DEPTH: usize = 64;
/// Lines that definitions and repetitions make.
const GENERATED_LIMIT: usize = 200_000;
/// Bytes of all lines together.
const TOTAL_LIMIT: usize = 64 << 20;

/// Reads logical lines.
pub(crate) struct Reader<'a> {
    work: Vec<Work>,
    definitions: Definitions,
    host: &'a dyn Host,
    config_id: String,
    all_checks: bool,
    /// `include_check`, restored at the end of each file.
    checks: Checks,
    generated: usize,
    bytes: usize,
    files: usize,
}

enum Work {
    /// A file, and the checks to restore after it.
    File(Box<File>, Checks),
    /// A line that a definition left over.
    Line { text: Text, depth: u32 },
    /// A line that is repeated, and what its variables hide meanwhile: definitions that it uses see them too.
    Repeat {
        repetition: Repetition,
        depth: u32,
        hidden: Vec<Hidden>,
    },
}

impl<'a> Reader<'a> {
    pub(crate) fn new(config_id: &str, all_checks: bool, host: &'a dyn Host) -> Self {
        Self {
            work: Vec::new(),
            definitions: Definitions::default(),
            host,
            config_id: config_id.to_owned(),
            all_checks,
            checks: Checks::default(),
            generated: 0,
            bytes: 0,
            files: 0,
        }
    }

    /// Begins with a file of the file system, or several: the name is a pattern. False if there is none.
    pub(crate) fn begin_file(&mut self, path: &Path, diagnostics: &mut Diagnostics) -> bool {
        let checks = if self.all_checks {
            Checks::ALL
        } else {
            Checks::default()
        };
        let mut finder = Finder {
            checks,
            directory: Path::new(""),
            place: None,
            diagnostics,
        };
        let files = finder.open(&path.to_string_lossy());
        let found = !files.is_empty();
        self.push_files(files, diagnostics);
        found
    }

    /// Begins with a text.
    pub(crate) fn begin_text(&mut self, name: &str, text: &[u8], diagnostics: &mut Diagnostics) {
        let reader = std::io::Cursor::new(text.to_vec());
        let file = File::new(name, PathBuf::new(), Box::new(reader));
        self.push_files(vec![file], diagnostics);
    }

    fn push_files(&mut self, files: Vec<File>, diagnostics: &mut Diagnostics) {
        self.files += files.len();
        let names = files.iter().map(|file| Arc::clone(&file.name));
        diagnostics.remarks_mut().files.extend(names);
        for file in files.into_iter().rev() {
            self.work.push(Work::File(Box::new(file), self.checks));
        }
    }

    /// Whether more than one file was read.
    pub(crate) fn several_files(&self) -> bool {
        self.files > 1
    }

    /// What `include_check` changes.
    pub(crate) fn checks(&mut self) -> &mut Checks {
        &mut self.checks
    }

    /// The next line of configuration, definitions put in.
    pub(crate) fn next_line(&mut self, diagnostics: &mut Diagnostics) -> Option<Text> {
        while let Some((text, depth)) = self.next_raw(diagnostics) {
            let Some(line) = self.process(text, depth, diagnostics) else {
                continue;
            };
            self.bytes += line.len();
            if self.bytes > TOTAL_LIMIT {
                self.too_large(&line, diagnostics);
                return None;
            }
            return Some(line);
        }
        None
    }

    /// The next line as it was written or generated.
    fn next_raw(&mut self, diagnostics: &mut Diagnostics) -> Option<(Text, u32)> {
        loop {
            match self.work.last_mut()? {
                Work::File(file, checks) => match file.next(diagnostics) {
                    Some(text) => return Some((text, 0)),
                    None => {
                        self.checks = *checks;
                        self.work.pop();
                    }
                },
                Work::Line { text, depth } => {
                    let line = (std::mem::take(text), *depth);
                    self.work.pop();
                    return Some(line);
                }
                Work::Repeat {
                    repetition,
                    depth,
                    hidden,
                } => {
                    let depth = *depth;
                    for definition in hidden.drain(..).rev() {
                        self.definitions.restore(definition);
                    }
                    let Some(values) = repetition.next() else {
                        self.work.pop();
                        continue;
                    };
                    let rest = &repetition.rest;
                    let place = rest.place(0..rest.len());
                    for (name, value) in &values {
                        let mut text = Text::default();
                        text.push_replaced(value, &place);
                        hidden.push(self.definitions.hide(name, text, &place));
                    }
                    let line = repeat::substitute(rest, &values);
                    if self.count_generated(1, &line, diagnostics) {
                        return Some((line, depth));
                    }
                }
            }
        }
    }

    fn process(&mut self, text: Text, depth: u32, diagnostics: &mut Diagnostics) -> Option<Text> {
        let text = self.meet_condition(text)?;
        if repeat::begins(text.bytes()) {
            let text = self.expand_arguments(text, depth, diagnostics);
            self.repeat(&text, depth, diagnostics);
            return None;
        }
        if let Some((name, at)) = define::definition_head(text.bytes()) {
            let name = name.to_vec();
            self.define(&name, &text, at, diagnostics);
            return None;
        }
        let begins_with_use = text.bytes().first() == Some(&b'$');
        let expanded = self.expand(text, depth, diagnostics);
        let line = expanded.line.trimmed();
        if !self.count_generated(expanded.following.len(), &line, diagnostics) {
            return None;
        }
        for text in expanded.following.into_iter().rev() {
            self.work.push(Work::Line {
                text,
                depth: expanded.depth,
            });
        }
        match line.bytes().first() {
            None => return None,
            // `$_HASH` and `$_BANG` at the start of a line begin a comment.
            Some(b'#' | b'!') if begins_with_use => return None,
            Some(_) => {}
        }
        if repeat::begins(line.bytes()) {
            self.repeat(&line, expanded.depth, diagnostics);
            return None;
        }
        let checks = if self.all_checks {
            Checks::ALL
        } else {
            self.checks
        };
        if let Some((checks, pattern)) = include::parse(line.bytes(), checks) {
            let checks = if self.all_checks { Checks::ALL } else { checks };
            let pattern = String::from_utf8_lossy(pattern).into_owned();
            self.include(&pattern, checks, &line.place(0..line.len()), diagnostics);
            return None;
        }
        Some(line)
    }

    /// `@ID text` and `@^ID text`: the text, if it is for us.
    fn meet_condition(&self, text: Text) -> Option<Text> {
        let bytes = text.bytes();
        let Some(condition) = bytes.strip_prefix(b"@") else {
            return Some(text);
        };
        let (id, differs) = match condition.strip_prefix(b"^") {
            Some(id) => (id, true),
            None => (condition, false),
        };
        let end = id.iter().position(|b| is_blank(*b)).unwrap_or(id.len());
        let ours = id[..end] == *self.config_id.as_bytes();
        if ours == differs {
            return None;
        }
        let rest = text
            .part(bytes.len() - id.len() + end..bytes.len())
            .trimmed();
        (!rest.is_empty()).then_some(rest)
    }

    fn define(&mut self, name: &[u8], text: &Text, at: usize, diagnostics: &mut Diagnostics) {
        let place = text.place(0..text.len());
        let mut lines = Vec::new();
        let mut value = text.part(at..text.len()).trimmed();
        while value.bytes().last() == Some(&b'\\') {
            lines.push(value.part(0..value.len() - 1).trimmed());
            let Some((next, _)) = self.next_raw(diagnostics) else {
                break;
            };
            value = next.trimmed();
        }
        if value.bytes().last() != Some(&b'\\') {
            lines.push(value);
        }
        self.definitions.define(name, lines, place);
    }

    fn expand(&mut self, text: Text, depth: u32, diagnostics: &mut Diagnostics) -> Expanded {
        let directory = self.directory().to_string_lossy().into_owned();
        Expansion {
            definitions: &self.definitions,
            surroundings: Surroundings {
                host: self.host,
                config_id: &self.config_id,
                directory: &directory,
            },
            diagnostics,
        }
        .expand(text, depth)
    }

    /// Puts definitions into what is between the brackets of a repetition; the rest waits for its values.
    fn expand_arguments(&mut self, text: Text, depth: u32, diagnostics: &mut Diagnostics) -> Text {
        let Some(range) = repeat::arguments(text.bytes()) else {
            return text;
        };
        if !text.bytes()[range.clone()].contains(&b'$') {
            return text;
        }
        let arguments = self.expand(text.part(range.clone()), depth, diagnostics);
        let mut out = text.part(0..range.start);
        out.push_part(&arguments.line, 0..arguments.line.len());
        out.push_part(&text, range.end..text.len());
        out
    }

    fn repeat(&mut self, text: &Text, depth: u32, diagnostics: &mut Diagnostics) {
        match Repetition::parse(text) {
            Ok(repetition) if depth < define::DEPTH_LIMIT => {
                self.work.push(Work::Repeat {
                    repetition,
                    depth: depth + 1,
                    hidden: Vec::new(),
                });
            }
            Ok(_) => self.too_much(text, diagnostics),
            Err(invalid) => {
                let line = String::from_utf8_lossy(text.bytes()).into_owned();
                let always = invalid.specification();
                let words = invalid.why.unwrap_or(always);
                let mut diagnostic =
                    Diagnostic::error(Code::Repetition, format!("{words}; the line is left out"))
                        .at(&text.place(0..text.len()))
                        .in_parent();
                if let Some(why) = invalid.why {
                    diagnostic = diagnostic.log(format!("{why} '{line}'"));
                }
                diagnostics.push(
                    diagnostic
                        .expected("~SEQ(VAR,[START,[STEP,]]END) text, or ~LST(VAR,VALUE,...) text")
                        .log(format!("{always} '{line}'"))
                        .status(Status::General),
                );
            }
        }
    }

    /// False if definitions and repetitions have made too many lines.
    fn count_generated(&mut self, lines: usize, at: &Text, diagnostics: &mut Diagnostics) -> bool {
        let before = self.generated;
        self.generated = before.saturating_add(lines);
        if self.generated <= GENERATED_LIMIT {
            return true;
        }
        if before <= GENERATED_LIMIT {
            self.too_much(at, diagnostics);
        }
        while matches!(
            self.work.last(),
            Some(Work::Line { .. } | Work::Repeat { .. })
        ) {
            self.work.pop();
        }
        lines == 0
    }

    fn too_much(&mut self, at: &Text, diagnostics: &mut Diagnostics) {
        let sentence = format!(
            "definitions and repetitions make more than {GENERATED_LIMIT} lines, or go too deep; \
             the rest is left out"
        );
        diagnostics.push(
            Diagnostic::error(Code::TooLarge, sentence)
                .at(&at.place(0..at.len()))
                .status(Status::General)
                .effect(Effect::StopsVrrp),
        );
    }

    fn too_large(&mut self, at: &Text, diagnostics: &mut Diagnostics) {
        self.work.clear();
        let sentence =
            format!("the configuration has more than {TOTAL_LIMIT} bytes; it is read no further");
        diagnostics.push(
            Diagnostic::error(Code::TooLarge, sentence)
                .at(&at.place(0..at.len()))
                .status(Status::General)
                .effect(Effect::StopsVrrp),
        );
    }

    /// The files being read, the innermost first.
    fn open_files(&self) -> impl Iterator<Item = &File> {
        self.work.iter().rev().filter_map(|work| match work {
            Work::File(file, _) => Some(&**file),
            Work::Line { .. } | Work::Repeat { .. } => None,
        })
    }

    fn directory(&self) -> PathBuf {
        let directory = self.open_files().next().map(|file| file.directory.clone());
        directory.unwrap_or_default()
    }

    fn include(
        &mut self,
        pattern: &str,
        checks: Checks,
        place: &Place,
        diagnostics: &mut Diagnostics,
    ) {
        let directory = self.directory();
        let mut finder = Finder {
            checks,
            directory: &directory,
            place: Some(place),
            diagnostics,
        };
        let mut files = finder.open(pattern);
        files.retain(|file| self.may_include(file, place, diagnostics));
        self.push_files(files, diagnostics);
    }

    fn may_include(&self, file: &File, place: &Place, diagnostics: &mut Diagnostics) -> bool {
        let sentence = if self.open_files().any(|open| is_same(open, file)) {
            "this file is being read already: it includes itself; it is left out".to_owned()
        } else if self.open_files().count() >= INCLUDE_DEPTH {
            format!("includes are nested more than {INCLUDE_DEPTH} deep; the file is left out")
        } else {
            return true;
        };
        diagnostics.push(
            Diagnostic::error(Code::IncludeLoop, sentence)
                .at(place)
                .status(Status::General),
        );
        false
    }
}

fn is_same(one: &File, other: &File) -> bool {
    one.identity.is_some() && one.identity == other.identity
}
