//! `vrrp_sync_group`, and the notify scripts that groups and instances share.

use super::Builder;
use super::command::CommandDraft;
use super::listed::Listed;
use super::track::Tracked;
use crate::config::Notify;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::word::Word;

/// One group, as far as it was read.
pub(super) struct GroupDraft {
    pub(super) name: String,
    pub(super) place: Place,
    /// Names of instances, which may come later.
    pub(super) members: Vec<Word>,
    has_members: bool,
    pub(super) track_interfaces: Listed<String, Tracked>,
    pub(super) track_scripts: Listed<String, Tracked>,
    pub(super) tracking_weight: bool,
    pub(super) notify: NotifyDraft,
}

/// Notify scripts as they were written.
#[derive(Default)]
pub(super) struct NotifyDraft {
    any: Option<CommandDraft>,
    master: Option<CommandDraft>,
    backup: Option<CommandDraft>,
    fault: Option<CommandDraft>,
    stop: Option<CommandDraft>,
    deleted: Option<CommandDraft>,
    notify_deleted: bool,
    master_rx_lower_pri: Option<CommandDraft>,
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
    pub(super) fn vrrp_sync_group(&mut self, block: &Statement) {
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
            track_interfaces: Listed::default(),
            track_scripts: Listed::default(),
            tracking_weight: false,
            notify: NotifyDraft::default(),
        };
        for statement in &block.block {
            self.group_statement(statement, &mut draft);
        }
        self.groups.push(draft.name.clone(), draft);
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
        match keyword.keyword {
            "group" => self.group_members(statement, draft),
            "track_interface" => {
                self.track_interfaces(&name, statement, &mut draft.track_interfaces);
            }
            "track_script" => self.track_scripts(&name, statement, &mut draft.track_scripts),
            "sync_group_tracking_weight" => draft.tracking_weight = true,
            "global_tracking" => {
                draft.tracking_weight = true;
                self.push(
                    Diagnostic::warning(Code::Deprecated, "global_tracking is deprecated; use sync_group_tracking_weight")
                        .at(&statement.head().place)
                        .log(format!("({name}) global_tracking is deprecated. Use track_interface/script/file on the sync group"))
                        .status(Status::Deprecated),
                );
            }
            notify if notify.starts_with("notify") && keyword.missing_feature.is_none() => {
                self.notify(&name, statement, &mut draft.notify);
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
                    .log(format!("Warning - sync group {name} has empty group block"))
                    .status(Status::General),
            );
        }
    }

    /// `notify*` of an instance or a group. The first one counts.
    pub(super) fn notify(&mut self, owner: &str, statement: &Statement, draft: &mut NotifyDraft) {
        let keyword = statement.head().text();
        if keyword == "notify_deleted" {
            draft.notify_deleted = true;
        }
        let Some(slot) = draft.slot(&keyword) else {
            return self.not_built(statement);
        };
        if statement.arguments().is_empty() {
            if keyword != "notify_deleted" {
                let place = &statement.head().place;
                self.push(missing_parameter(place, &keyword, &keyword, 2));
            }
            return;
        }
        let Some(command) = CommandDraft::read(statement) else {
            let sentence = format!("the command of {keyword} is empty; nothing is run");
            return self
                .push(Diagnostic::warning(Code::Script, sentence).at(&statement.words[1].place));
        };
        if let Some(first) = slot {
            let first = first.place.span.clone();
            let what = if keyword == "notify" {
                "notify"
            } else {
                &keyword
            };
            let log = format!(
                "({owner}) {what} script already specified - ignoring {}",
                command.program().display()
            );
            return self.push(
                Diagnostic::warning(
                    Code::Duplicate,
                    format!("{owner} has a {keyword} already; this one is left out"),
                )
                .at(&statement.head().place)
                .related(&first, "the first one")
                .log(log)
                .status(Status::General),
            );
        }
        *slot = Some(command);
    }

    /// The notify scripts that can run.
    pub(super) fn finish_notify(&mut self, draft: NotifyDraft) -> Notify {
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
