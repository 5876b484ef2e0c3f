//! What instances and groups track besides interfaces and scripts, and what the blocks that define it share.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::file::TrackFileDraft;
use super::process::TrackProcessDraft;
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::bfd::BfdDraft;
use crate::typed::listed::Listed;
use crate::word::Word;

/// Everything that was read of them.
#[derive(Default)]
pub(in crate::typed) struct Trackers {
    pub(in crate::typed) files: Listed<String, TrackFileDraft>,
    pub(super) processes: Listed<String, TrackProcessDraft>,
    pub(in crate::typed) bfds: Listed<String, BfdDraft>,
    /// BFD sessions by neighbour and whether multihop, then by source.
    pub(in crate::typed) sessions: BTreeMap<(IpAddr, bool), BTreeMap<Option<IpAddr>, Place>>,
    /// Names of those that cannot be used; why is said.
    pub(super) left_out: BTreeSet<String>,
}

impl Trackers {
    pub(super) fn leave_out(&mut self, name: String) {
        self.left_out.insert(name);
    }
}

impl Builder<'_> {
    pub(in crate::typed) fn finish_trackers(&mut self, config: &mut Config) {
        let trackers = std::mem::take(&mut self.trackers);
        for process in trackers.processes {
            self.unused_tracker(
                "vrrp_track_process",
                &process.name,
                &process.place,
                process.used,
            );
            config.track_processes.extend(process.finish());
        }
        for file in trackers.files {
            self.unused_tracker("track_file", &file.name, &file.place, file.used);
            config.track_files.extend(file.finish());
        }
        for bfd in trackers.bfds {
            self.unused_tracker("bfd_instance", &bfd.name, &bfd.place, bfd.used);
            config.bfds.extend(bfd.finish());
        }
    }

    /// The original says nothing about these.
    fn unused_tracker(&mut self, what: &str, name: &str, place: &Place, used: bool) {
        if !used {
            let sentence = format!("nothing tracks {what} {name}");
            self.push(Diagnostic::warning(Code::Unused, sentence).about(place));
        }
    }

    /// A keyword whose value is missing, where that is not the end.
    pub(in crate::typed) fn no_value(
        &mut self,
        statement: &Statement,
        sentence: &str,
        log: String,
    ) {
        self.push(
            Diagnostic::warning(Code::MissingParameter, sentence)
                .at(&statement.head().place)
                .log(log)
                .status(Status::General),
        );
    }

    pub(super) fn second_weight(&mut self, word: &Word, log: String) {
        let sentence = format!("there is a weight already; {} is ignored", word.text());
        self.push(
            Diagnostic::warning(Code::Duplicate, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
    }

    /// Whether `reverse` follows a weight.
    pub(in crate::typed) fn is_reverse(
        &mut self,
        statement: &Statement,
        log: impl FnOnce(&str) -> String,
    ) -> bool {
        let Some(option) = statement.arguments().get(1) else {
            return false;
        };
        let reverse = option.is("reverse");
        if !reverse {
            self.unknown_option(option, "reverse", log(&option.text()));
        }
        reverse
    }

    /// A word that is none of those that may stand there.
    pub(in crate::typed) fn unknown_option(&mut self, option: &Word, expected: &str, log: String) {
        let sentence = format!("`{}` is not understood here; ignored", option.text());
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&option.place)
                .expected(expected)
                .log(log)
                .status(Status::General),
        );
    }
}
