//! `track_file`, and its old name `vrrp_track_file`.

use std::path::{Path, PathBuf};

use vrrp::Weight;

use crate::config::{InitFile, TrackFile};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::host::DirectoryFacts;
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

/// Values of a file beyond this are cut when they are used.
const SENSIBLE: i32 = 254;

/// One file, as far as it was read.
pub(in crate::typed) struct TrackFileDraft {
    pub(super) name: String,
    pub(super) place: Place,
    path: Option<Word>,
    pub(in crate::typed) weight: Weight,
    init: Option<InitFile>,
    /// An instance or group tracks it.
    pub(in crate::typed) used: bool,
}

impl TrackFileDraft {
    pub(super) fn finish(self) -> Option<TrackFile> {
        Some(TrackFile {
            name: self.name,
            path: PathBuf::from(self.path?.text()),
            weight: self.weight,
            init: self.init,
        })
    }
}

impl Builder<'_> {
    // keepalived: track_file_handler
    pub(in crate::typed) fn track_file(&mut self, block: &Statement) {
        self.not_built(block);
        let keyword = block.head().text();
        let Some(name) = block.arguments().first() else {
            return self.push(missing_parameter(
                &block.head().place,
                &keyword,
                &keyword,
                2,
            ));
        };
        if keyword == "vrrp_track_file" {
            let sentence = "vrrp_track_file is deprecated; use track_file";
            self.push(
                Diagnostic::warning(Code::Deprecated, sentence)
                    .at(&block.head().place)
                    .log("\"vrrp_track_file\" is deprecated, please use \"track_file\""),
            );
        }
        let mut draft = TrackFileDraft {
            name: name.text(),
            place: name.place.clone(),
            path: None,
            weight: Weight {
                value: 1,
                reverse: false,
            },
            init: None,
            used: false,
        };
        for statement in &block.block {
            self.track_file_statement(statement, &mut draft);
        }
        self.keep_track_file(draft, &block.end);
    }

    fn track_file_statement(&mut self, statement: &Statement, draft: &mut TrackFileDraft) {
        let name = draft.name.clone();
        match (
            statement.head().text().as_str(),
            statement.arguments().first(),
        ) {
            ("file", None) => {
                let log = "track file file name missing".to_owned();
                self.no_value(statement, "file needs a path; ignored", log);
            }
            ("file", Some(word)) => self.track_file_path(word, draft),
            ("weight", None) => {
                let log = format!("No weight specified for track file {name} - ignoring");
                self.no_value(statement, "weight needs a number; ignored", log);
            }
            ("weight", Some(word)) => self.track_file_weight(statement, word, draft),
            ("init_file", _) => draft.init = Some(self.init_file(statement, &name)),
            _ => self.not_built(statement),
        }
    }

    fn track_file_path(&mut self, word: &Word, draft: &mut TrackFileDraft) {
        let Some(first) = &draft.path else {
            draft.path = Some(word.clone());
            return;
        };
        let (name, found) = (&draft.name, word.text());
        let sentence = format!("{name} has a file already; {found} is ignored");
        self.push(
            Diagnostic::warning(Code::Duplicate, sentence)
                .at(&word.place)
                .related(&first.place.span, "the first one")
                .log(format!(
                    "File already set for track file {name} - ignoring {found}"
                ))
                .status(Status::General),
        );
    }

    fn track_file_weight(
        &mut self,
        statement: &Statement,
        word: &Word,
        draft: &mut TrackFileDraft,
    ) {
        let name = draft.name.clone();
        if draft.weight.value != 1 {
            let log = format!(
                "Weight already set for track file {name} - ignoring {}",
                word.text()
            );
            return self.second_weight(word, log);
        }
        draft.weight.value = self.int_setting_or(statement, &name, 1).unwrap_or(1);
        let log = |option: &str| format!("track_file {name} unknown weight option {option}");
        draft.weight.reverse |= self.is_reverse(statement, log);
    }

    // keepalived: track_file_init_handler
    fn init_file(&mut self, statement: &Statement, name: &str) -> InitFile {
        let mut init = InitFile {
            value: 0,
            overwrite: false,
        };
        for word in statement.arguments() {
            let found = word.text();
            if found.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                init.value = self.init_value(word, name);
            } else if found == "overwrite" {
                init.overwrite = true;
            } else {
                self.unknown_option(
                    word,
                    "a number or overwrite",
                    format!("Unknown track file init option {found}"),
                );
            }
        }
        init
    }

    fn init_value(&mut self, word: &Word, name: &str) -> i32 {
        let found = word.text();
        let log = format!("Track file {name} init value {found} is invalid");
        let range = i64::from(i32::MIN)..=i64::from(i32::MAX);
        let wrong = Wrong::new("init_file", "using 0", log);
        let value = self.integer(word, range, &wrong).unwrap_or(0);
        let value = i32::try_from(value).unwrap_or(0);
        if !(-SENSIBLE..=SENSIBLE).contains(&value) {
            let sentence = format!(
                "a value beyond -{SENSIBLE}..={SENSIBLE} is cut when it is used, found {found}"
            );
            self.push(
                Diagnostic::warning(Code::OutOfRange, sentence)
                    .at(&word.place)
                    .expected(format!("-{SENSIBLE}..={SENSIBLE}"))
                    .log(format!(
                        "Track file {name} init value {value} is outside sensible range [-{SENSIBLE}, {SENSIBLE}]"
                    ))
                    .status(Status::General),
            );
        }
        value
    }

    /// Keeps a file that can be watched; whoever tracks another will not find it.
    // keepalived: track_file_end_handler
    fn keep_track_file(&mut self, draft: TrackFileDraft, end: &Place) {
        let name = draft.name.clone();
        let Some(path) = &draft.path else {
            self.push(
                Diagnostic::error(
                    Code::MissingSetting,
                    format!("track_file {name} has no file; it is left out"),
                )
                .at(end)
                .log(format!("No file set for track_file {name} - ignoring"))
                .status(Status::General),
            );
            return self.trackers.leave_out(name);
        };
        if let Some((code, sentence, log)) = self.unwatchable(&name, Path::new(&path.text())) {
            self.push(
                Diagnostic::error(code, sentence)
                    .at(&path.place)
                    .related(&end.span, "the block ends here")
                    .log(log)
                    .status(Status::General),
            );
            return self.trackers.leave_out(name);
        }
        if let Some(known) = self.trackers.files.find(&name) {
            // The original says nothing, and the first one counts.
            let first = known.place.span.clone();
            let sentence = format!("track_file {name} is there already; this one is left out");
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence);
            self.push(diagnostic.at(&draft.place).related(&first, "the first one"));
            return;
        }
        self.trackers.files.push(name, draft);
    }

    fn unwatchable(&mut self, name: &str, path: &Path) -> Option<(Code, String, String)> {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        let shown = directory.display();
        match self.host.directory(directory) {
            DirectoryFacts::Watchable => None,
            DirectoryFacts::Missing => Some((
                Code::UnknownName,
                format!("there is no directory {shown}; track_file {name} is left out"),
                format!("realpath() error 2 (No such file or directory) for {name}"),
            )),
            DirectoryFacts::Unwatchable => Some((
                Code::InvalidValue,
                format!(
                    "the file system of {shown} is read-only or tells of no changes; track_file {name} is left out"
                ),
                format!(
                    "The filesystem of {} is read only or cannot be monitored - ignoring",
                    path.display()
                ),
            )),
        }
    }
}
