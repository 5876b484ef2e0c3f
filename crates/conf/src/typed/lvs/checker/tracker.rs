//! `FILE_CHECK` and `BFD_CHECK`: checks that others make.

use super::{KindDraft, Settings, keep};
use crate::config::{BfdCheck, CheckerKind, FileCheck};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::lvs::real_server::RealServerDraft;
use crate::typed::read::Wrong;
use crate::word::Word;

/// A weight of a track file: what its number is multiplied by, and whether it is turned round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileWeight {
    value: i32,
    reverse: bool,
}

impl Builder<'_> {
    // keepalived: file_end_handler
    pub(super) fn file_check(&mut self, block: &Statement, server: &mut RealServerDraft) {
        let (mut file, mut weight) = (None, None);
        for statement in &block.block {
            match statement.keyword.map_or("", |keyword| keyword.keyword) {
                "track_file" => file = self.checked_file(statement).or(file),
                "weight" => weight = self.file_check_weight(statement).or(weight),
                _ => self.not_built(statement),
            }
        }
        let Some((track_file, default)) = file else {
            let sentence = "FILE_CHECK has no track_file; it is left out".to_owned();
            let log = "FILE_CHECK has no track_file specified - ignoring".to_owned();
            return self.left_out(&block.end, Code::MissingSetting, sentence, log);
        };
        let weight: FileWeight = weight.unwrap_or(default);
        let check = FileCheck {
            track_file,
            weight: weight.value,
            reverse: weight.reverse,
        };
        let kind = KindDraft::Done(CheckerKind::File(Box::new(check)));
        keep(kind, Settings::default(), server);
    }

    /// The name and the weight of a track file that is written above.
    fn checked_file(&mut self, statement: &Statement) -> Option<(String, FileWeight)> {
        let word = statement.arguments().first()?;
        let name = word.text();
        if let Some(file) = self.trackers.files.find_mut(&name) {
            file.used = true;
            let weight = FileWeight {
                value: file.weight.value.into(),
                reverse: file.weight.reverse,
            };
            return Some((name, weight));
        }
        self.push(
            Diagnostic::error(
                Code::UnknownName,
                format!("there is no track_file {name} above; ignored"),
            )
            .at(&word.place)
            .log(format!("track_file {name} not found"))
            .hint(format!(
                "define `track_file {name} {{ … }}` above what tracks it"
            ))
            .status(Status::General),
        );
        None
    }

    // keepalived: track_file_weight_handler
    fn file_check_weight(&mut self, statement: &Statement) -> Option<FileWeight> {
        let Some(word) = statement.arguments().first() else {
            self.missing_value(statement, "track file weight missing");
            return None;
        };
        let log = statement
            .keyword
            .and_then(|row| row.log)
            .unwrap_or_default();
        let range = -2_147_483_647..=2_147_483_647;
        let value = self.integer(word, range, &Wrong::new("weight", "ignored", log))?;
        let reverse = match statement.arguments().get(1) {
            None => false,
            Some(option) if option.is("reverse") => true,
            Some(option) if option.is("noreverse") => false,
            Some(option) => {
                self.unknown_file_option(option);
                return None;
            }
        };
        let value = i32::try_from(value).ok()?;
        Some(FileWeight { value, reverse })
    }

    fn unknown_file_option(&mut self, option: &Word) {
        let option_text = option.text();
        let sentence =
            format!("weight has no option {option_text}; the whole statement is ignored");
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&option.place)
                .expected("reverse or noreverse")
                .log(format!(
                    "unknown track file weight option {option_text} - ignoring"
                ))
                .status(Status::General),
        );
    }

    // keepalived: bfd_check_handler, bfd_end_handler
    pub(super) fn bfd_check(&mut self, block: &Statement, server: &mut RealServerDraft) {
        let (mut settings, mut name) = (Settings::default(), None);
        for statement in &block.block {
            match statement.keyword.map_or("", |keyword| keyword.keyword) {
                "name" => match self.bfd_name(statement, name.as_deref(), server) {
                    Some(read) => name = Some(read),
                    // The original forgets the checker, and what follows in its block.
                    None => return,
                },
                _ => self.checker_setting(statement, &mut settings),
            }
        }
        let Some(name) = name else {
            let log = format!(
                "({}) No name has been specified for BFD_CHECKER - skipping",
                server.label()
            );
            let sentence = "BFD_CHECK has no name; it is left out".to_owned();
            return self.left_out(&block.end, Code::MissingSetting, sentence, log);
        };
        let kind = KindDraft::Done(CheckerKind::Bfd(BfdCheck { name }));
        keep(kind, settings, server);
    }

    /// `None`: the checker is left out, and that is said.
    // keepalived: bfd_name_handler
    fn bfd_name(
        &mut self,
        statement: &Statement,
        first: Option<&str>,
        server: &RealServerDraft,
    ) -> Option<String> {
        let (code, place, sentence, log) = match statement.arguments() {
            [word] => {
                let name = word.text();
                let (code, sentence, log) = match first {
                    _ if !self.is_session_for_checks(&name) => (
                        Code::UnknownName,
                        format!("there is no bfd_instance {name} above"),
                        format!("BFD {name} not configured"),
                    ),
                    Some(first) => (
                        Code::Duplicate,
                        format!("the checker has the name {first} already"),
                        format!("BFD {name} already specified as {first}"),
                    ),
                    None if is_monitored(&name, server) => (
                        Code::Duplicate,
                        format!("the real server follows {name} already"),
                        format!("RS already monitoring {name}"),
                    ),
                    None => return Some(name),
                };
                (code, &word.place, sentence, log)
            }
            words => {
                let found = words.len();
                (
                    Code::InvalidValue,
                    &statement.head().place,
                    format!("name takes one word, found {found}"),
                    "No or too many names specified - skipping checker".to_owned(),
                )
            }
        };
        let log = format!("({}) BFD_CHECK - {log}", server.label());
        let sentence = format!("{sentence}; the checker is left out");
        self.left_out(place, code, sentence, log);
        None
    }
}

impl Builder<'_> {
    /// Whether checks hear of a session; then it is not unused.
    fn is_session_for_checks(&mut self, name: &str) -> bool {
        let session = self.trackers.bfds.find_mut(name);
        let session = session.filter(|session| session.is_for_checkers());
        let known = session.is_some();
        if let Some(session) = session {
            session.used = true;
        }
        known
    }
}

fn is_monitored(name: &str, server: &RealServerDraft) -> bool {
    server.checkers.iter().any(|checker| match &checker.kind {
        KindDraft::Done(CheckerKind::Bfd(bfd)) => bfd.name == name,
        KindDraft::Done(
            CheckerKind::Tcp
            | CheckerKind::Ping
            | CheckerKind::Udp(_)
            | CheckerKind::Http(_)
            | CheckerKind::Smtp(_)
            | CheckerKind::Dns(_)
            | CheckerKind::Misc(_)
            | CheckerKind::File(_),
        )
        | KindDraft::Misc(_) => false,
    })
}
