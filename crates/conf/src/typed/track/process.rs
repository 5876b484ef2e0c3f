//! `vrrp_track_process`.

use std::time::Duration;

use vrrp::Weight;

use crate::config::{ParamMatch, TrackProcess};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::word::Word;

/// One process, as far as it was read.
pub(super) struct TrackProcessDraft {
    pub(super) name: String,
    pub(super) place: Place,
    process: Option<(Word, Vec<String>)>,
    param_match: Option<ParamMatch>,
    full_command: bool,
    pub(super) weight: Weight,
    quorum: u32,
    quorum_max: Option<u32>,
    terminate_delay: Duration,
    fork_delay: Duration,
    /// An instance or group tracks it.
    pub(super) used: bool,
}

impl TrackProcessDraft {
    pub(super) fn finish(self) -> Option<TrackProcess> {
        let (process, params) = self.process?;
        Some(TrackProcess {
            name: self.name,
            process: process.text(),
            params,
            param_match: self.param_match,
            full_command: self.full_command,
            weight: self.weight,
            quorum: self.quorum,
            quorum_max: self.quorum_max,
            terminate_delay: self.terminate_delay,
            fork_delay: self.fork_delay,
        })
    }
}

impl Builder<'_> {
    // keepalived: vrrp_tprocess_handler
    pub(in crate::typed) fn vrrp_track_process(&mut self, block: &Statement) {
        self.not_built(block);
        let Some(name) = block.arguments().first() else {
            let keyword = "vrrp_track_process";
            return self.push(missing_parameter(&block.head().place, keyword, keyword, 2));
        };
        let mut draft = TrackProcessDraft {
            name: name.text(),
            place: name.place.clone(),
            process: None,
            param_match: None,
            full_command: false,
            weight: Weight::default(),
            quorum: 1,
            quorum_max: None,
            terminate_delay: Duration::ZERO,
            fork_delay: Duration::ZERO,
            used: false,
        };
        for statement in &block.block {
            self.track_process_statement(statement, &mut draft);
        }
        self.keep_track_process(draft, &block.end);
    }

    fn track_process_statement(&mut self, statement: &Statement, draft: &mut TrackProcessDraft) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        let name = draft.name.clone();
        match keyword.keyword {
            "process" => self.process_command(statement, draft),
            "param_match" => {
                let read = match statement.arguments().first() {
                    None => Some(ParamMatch::Exact),
                    Some(_) => self.param_match(statement, &name),
                };
                draft.param_match = read.or(draft.param_match);
                draft.full_command |= read.is_some();
            }
            "weight" => self.process_weight(statement, draft),
            "quorum" => {
                if let Some(quorum) = self.int_setting(statement, &name) {
                    self.process_quorum(statement, quorum, draft);
                }
            }
            "quorum_max" => {
                if let Some(most) = self.int_setting(statement, &name) {
                    self.process_quorum_max(statement, most, draft);
                }
            }
            "delay" => {
                if let Some(delay) = self.time_setting(statement, &name) {
                    (draft.terminate_delay, draft.fork_delay) = (delay, delay);
                }
            }
            "terminate_delay" => {
                let read = self.time_setting(statement, &name);
                draft.terminate_delay = read.unwrap_or(draft.terminate_delay);
            }
            "fork_delay" => {
                let read = self.time_setting(statement, &name);
                draft.fork_delay = read.unwrap_or(draft.fork_delay);
            }
            "full_command" => draft.full_command = true,
            _ => self.not_built(statement),
        }
    }

    fn param_match(&mut self, statement: &Statement, name: &str) -> Option<ParamMatch> {
        Some(match self.choice_setting(statement, name)? {
            "initial" => ParamMatch::Initial,
            _ => ParamMatch::Partial,
        })
    }

    // keepalived: vrrp_tprocess_process_handler
    fn process_command(&mut self, statement: &Statement, draft: &mut TrackProcessDraft) {
        let [process, params @ ..] = statement.arguments() else {
            return;
        };
        if let Some((first, _)) = &draft.process {
            let (name, found) = (&draft.name, process.text());
            let sentence = format!("{name} has a process already; {found} is ignored");
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence)
                .at(&process.place)
                .related(&first.place.span, "the first one")
                .log(format!(
                    "Process already set for track process {name} - ignoring {found}"
                ));
            return self.push(diagnostic.status(Status::General));
        }
        if !params.is_empty() {
            draft.param_match.get_or_insert(ParamMatch::Exact);
            draft.full_command = true;
        }
        let params = params.iter().map(Word::text).collect();
        draft.process = Some((process.clone(), params));
    }

    fn process_weight(&mut self, statement: &Statement, draft: &mut TrackProcessDraft) {
        let name = draft.name.clone();
        let Some(word) = statement.arguments().first() else {
            let log = format!("No weight specified for track process {name} - ignoring");
            return self.no_value(statement, "weight needs a number; ignored", log);
        };
        if draft.weight.value != 0 {
            let log = format!(
                "Weight already set for track process {name} - ignoring {}",
                word.text()
            );
            return self.second_weight(word, log);
        }
        let Some(value) = self.int_setting(statement, &name) else {
            return;
        };
        draft.weight.value = value;
        let log =
            |option: &str| format!("vrrp_track_process {name} unknown weight option {option}");
        draft.weight.reverse |= self.is_reverse(statement, log);
    }

    fn process_quorum(
        &mut self,
        statement: &Statement,
        quorum: u32,
        draft: &mut TrackProcessDraft,
    ) {
        if draft.quorum_max.is_some_and(|most| quorum > most) {
            let log = "Quorum is greater than quorum_max - ignoring";
            return self.quorums_conflict(statement, log);
        }
        draft.quorum = quorum;
    }

    /// None at all may run with `quorum_max 0`, unless a quorum was asked for.
    // keepalived: vrrp_tprocess_quorum_max_handler
    fn process_quorum_max(
        &mut self,
        statement: &Statement,
        most: u32,
        draft: &mut TrackProcessDraft,
    ) {
        if (most > 0 || draft.quorum > 1) && most < draft.quorum {
            let log = "quorum_max is less than quorum - ignoring";
            return self.quorums_conflict(statement, log);
        }
        draft.quorum_max = Some(most);
        draft.quorum = match most {
            0 => 0,
            _ => draft.quorum.max(1),
        };
    }

    fn quorums_conflict(&mut self, statement: &Statement, log: &str) {
        let sentence = "quorum must be at most quorum_max; ignored";
        self.push(
            Diagnostic::warning(Code::Conflict, sentence)
                .at(&statement.words[1].place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: vrrp_tprocess_end_handler
    fn keep_track_process(&mut self, draft: TrackProcessDraft, end: &Place) {
        let name = draft.name.clone();
        if draft.process.is_none() {
            self.push(
                Diagnostic::error(
                    Code::MissingSetting,
                    format!("vrrp_track_process {name} has no process; it is left out"),
                )
                .at(end)
                .log(format!("track process '{name}' process name not specified"))
                .status(Status::General),
            );
            return self.trackers.leave_out(name);
        }
        if let Some(known) = self.trackers.processes.find(&name) {
            // The original says nothing, and the first one counts.
            let first = known.place.span.clone();
            let sentence =
                format!("vrrp_track_process {name} is there already; this one is left out");
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence);
            self.push(diagnostic.at(&draft.place).related(&first, "the first one"));
            return;
        }
        self.trackers.processes.push(name, draft);
    }
}
