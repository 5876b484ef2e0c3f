//! `vrrp_sync_group`, and the notify scripts that groups and instances share.

use std::collections::BTreeMap;

use crate::config::Notify;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::typed::command::CommandDraft;
use crate::typed::track::Tracks;
use crate::word::Word;

/// One group, as far as it was read.
pub(in crate::typed) struct GroupDraft {
    pub(in crate::typed) name: String,
    pub(super) place: Place,
    /// Names of instances, which may come later.
    pub(super) members: Vec<Word>,
    has_members: bool,
    pub(in crate::typed) tracks: Tracks,
    pub(in crate::typed) tracking_weight: bool,
    pub(in crate::typed) smtp_alert: Option<bool>,
    pub(in crate::typed) notify_priority_changes: Option<bool>,
    pub(in crate::typed) notify: NotifyDraft,
}

/// Notify scripts as they were written.
#[derive(Default)]
pub(in crate::typed) struct NotifyDraft {
    any: Option<CommandDraft>,
    master: Option<CommandDraft>,
    backup: Option<CommandDraft>,
    fault: Option<CommandDraft>,
    stop: Option<CommandDraft>,
    deleted: Option<CommandDraft>,
    notify_deleted: bool,
    master_rx_lower_pri: Option<CommandDraft>,
    /// Where they are.
    places: BTreeMap<String, Place>,
}

impl NotifyDraft {
    fn slot(&mut self, keyword: &str) -> Option<&mut Option<CommandDraft>> {
        Some(match keyword {
            "notify" => &mut self.any,
            "notify_master" => &mut self.master,
            "notify_backup" => &mut self.backup,
            "notify_fault" => &mut self.fault,
            "notify_stop" => &mut self.stop,
            "notify_deleted" => &mut self.deleted,
            "notify_master_rx_lower_pri" => &mut self.master_rx_lower_pri,
            _ => return None,
        })
    }
}

impl Builder<'_> {
    pub(in crate::typed) fn vrrp_sync_group(&mut self, block: &Statement) {
        let name = match block.arguments() {
            [name] => name,
            _ => return self.group_without_name(block),
        };
        if let Some(known) = self.groups.find(&name.text()) {
            let first = known.place.span.clone();
            let name_text = name.text();
            return self.push(
                Diagnostic::error(
                    Code::Duplicate,
                    format!("vrrp_sync_group {name_text} is there already; this one is left out"),
                )
                .at(&name.place)
                .related(&first, "the first one")
                .log(format!("vrrp sync group {name_text} already defined"))
                .status(Status::General),
            );
        }
        let mut draft = GroupDraft {
            name: name.text(),
            place: name.place.clone(),
            members: Vec::new(),
            has_members: false,
            tracks: Tracks::default(),
            tracking_weight: false,
            smtp_alert: None,
            notify_priority_changes: None,
            notify: NotifyDraft::default(),
        };
        for statement in &block.block {
            self.group_statement(statement, &mut draft);
        }
        if !draft.has_members {
            return self.empty_group(&draft, &block.end);
        }
        self.groups.push(draft.name.clone(), draft);
    }

    // keepalived: vrrp_sync_group_end_handler
    fn empty_group(&mut self, draft: &GroupDraft, end: &Place) {
        let name = &draft.name;
        let sentence = format!("sync group {name} has no members; it is left out");
        self.push(
            Diagnostic::warning(Code::MissingSetting, sentence)
                .at(&draft.place)
                .related(&end.span, "the block ends here")
                .log(format!("Sync group {name} has no members - removing"))
                .status(Status::General),
        );
    }

    fn group_without_name(&mut self, block: &Statement) {
        self.push(
            Diagnostic::error(
                Code::MissingParameter,
                "vrrp_sync_group takes one name; the group is left out",
            )
            .at(&block.place())
            .log("vrrp_sync_group must have a name - skipping")
            .status(Status::General),
        );
    }

    fn group_statement(&mut self, statement: &Statement, draft: &mut GroupDraft) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        let name = draft.name.clone();
        if keyword.missing_feature.is_some() {
            self.not_built(statement);
        }
        match keyword.keyword {
            "group" => self.group_members(statement, draft),
            "smtp_alert" => {
                let read = self.bool_setting(statement, &name);
                draft.smtp_alert = read.or(draft.smtp_alert);
            }
            "notify_priority_changes" => {
                let read = self.bool_setting(statement, &name);
                draft.notify_priority_changes = read.or(draft.notify_priority_changes);
            }
            track if track.starts_with("track_") => {
                self.tracks(&name, statement, &mut draft.tracks);
            }
            "sync_group_tracking_weight" => draft.tracking_weight = true,
            "global_tracking" => {
                draft.tracking_weight = true;
                self.push(
                    Diagnostic::warning(Code::Deprecated, "global_tracking is deprecated; use sync_group_tracking_weight")
                        .at(&statement.head().place)
                        .log(format!("({name}) global_tracking is deprecated. Use track_interface/script/file on the sync group"))
                        .status(Status::General),
                );
            }
            notify if notify.starts_with("notify") => {
                let owner = format!("vrrp group {name}:");
                self.notify(&owner, statement, &mut draft.notify);
            }
            _ => self.not_built(statement),
        }
    }

    // keepalived: vrrp_group_handler
    fn group_members(&mut self, statement: &Statement, draft: &mut GroupDraft) {
        let name = &draft.name;
        if draft.has_members {
            return self.push(
                Diagnostic::error(
                    Code::Duplicate,
                    "this group has its members already; these are left out",
                )
                .at(&statement.head().place)
                .log(format!(
                    "Group list already specified for sync group {name}"
                ))
                .status(Status::General),
            );
        }
        draft.members = statement
            .block
            .iter()
            .flat_map(|entry| entry.words.clone())
            .collect();
        draft.has_members = !draft.members.is_empty();
        if !draft.has_members {
            self.push(
                Diagnostic::warning(Code::MissingSetting, "no members")
                    .at(&statement.head().place)
                    .related(&statement.end.span, "the block ends here")
                    .log(format!("Warning - sync group {name} has empty group block"))
                    .status(Status::General),
            );
        }
    }

    /// `notify*` of an instance or a group, which the log calls `owner`. The first one counts.
    pub(super) fn notify(&mut self, owner: &str, statement: &Statement, draft: &mut NotifyDraft) {
        let keyword = statement.head().text();
        let first = draft.places.get(&keyword).map(|place| place.span.clone());
        if let Some(first) = first {
            let word = statement.arguments().first();
            let found = word.map(Word::text).unwrap_or_default();
            let script = if keyword == "notify_deleted" {
                ""
            } else {
                " script"
            };
            let log = format!("{owner} {keyword}{script} already specified - ignoring {found}");
            let sentence = format!("there is a {keyword} already; this one is left out");
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence)
                .at(&statement.head().place)
                .related(&first, "the first one")
                .log(log);
            return self.push(diagnostic.status(Status::General));
        }
        let Some(slot) = draft.slot(&keyword) else {
            return self.not_built(statement);
        };
        if statement.arguments().is_empty() {
            if keyword == "notify_deleted" {
                draft.notify_deleted = true;
            } else {
                let place = &statement.head().place;
                self.push(missing_parameter(place, &keyword, &keyword, 2));
            }
            return;
        }
        let command = CommandDraft::read(statement);
        match &command {
            None => {
                let sentence = format!("the command of {keyword} is empty; nothing is run");
                let place = &statement.words[1].place;
                self.push(Diagnostic::warning(Code::Script, sentence).at(place));
            }
            Some(command) if command.names_no_user() => {
                self.no_default_user(&command.place);
            }
            Some(_) => {}
        }
        *slot = command;
        draft.notify_deleted |= keyword == "notify_deleted";
        draft.places.insert(keyword, statement.head().place.clone());
    }

    /// The notify scripts that can run.
    pub(in crate::typed) fn finish_notify(&mut self, draft: NotifyDraft) -> Notify {
        let mut ready =
            |command: Option<CommandDraft>| command.and_then(|c| self.notify_command(&c));
        Notify {
            any: ready(draft.any),
            master: ready(draft.master),
            backup: ready(draft.backup),
            fault: ready(draft.fault),
            stop: ready(draft.stop),
            deleted: ready(draft.deleted),
            notify_deleted: draft.notify_deleted,
            master_rx_lower_pri: ready(draft.master_rx_lower_pri),
        }
    }
}
