//! Sync groups at the end of the file: who is in which.

use std::collections::BTreeMap;

use vrrp::InitialState;

use super::group::GroupDraft;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::typed::Builder;

impl Builder<'_> {
    /// The groups that have members, and the members by position.
    // keepalived: vrrp_sync_set_group
    pub(in crate::typed) fn resolve_groups(&mut self) -> Vec<(GroupDraft, Vec<usize>)> {
        let mut taken: BTreeMap<usize, Place> = BTreeMap::new();
        let mut groups = Vec::new();
        for draft in std::mem::take(&mut self.groups) {
            let mut members = Vec::new();
            for word in &draft.members {
                match self.instances.position(&word.text()) {
                    None => self.unknown_member(&draft, word),
                    Some(at) => match taken.get(&at) {
                        Some(first) => {
                            let first = first.clone();
                            self.second_group(&draft, word, &first);
                        }
                        None => {
                            taken.insert(at, word.place.clone());
                            members.push(at);
                        }
                    },
                }
            }
            self.mixed_owners(&draft, &members);
            if self.is_worth_keeping(&draft, members.len()) {
                groups.push((draft, members));
            }
        }
        groups
    }

    fn unknown_member(&mut self, group: &GroupDraft, word: &crate::word::Word) {
        let (name, group) = (word.text(), &group.name);
        let near = self.near(&name, &self.instances);
        self.push(
            Diagnostic::error(
                Code::UnknownName,
                format!("there is no vrrp_instance {name}; left out of {group}"),
            )
            .about(&word.place)
            .maybe_hint(near)
            .log(format!(
                "Virtual router {name} specified in sync group {group} doesn't exist - ignoring"
            ))
            .status(Status::General),
        );
    }

    fn second_group(&mut self, group: &GroupDraft, word: &crate::word::Word, first: &Place) {
        let (name, group) = (word.text(), &group.name);
        self.push(
            Diagnostic::error(
                Code::Duplicate,
                format!("{name} is in a group already; left out of {group}"),
            )
            .about(&word.place)
            .related(&first.span, "here")
            .log(format!(
                "Virtual router {name} cannot exist in more than one sync group; ignoring {group}"
            ))
            .status(Status::General),
        );
    }

    /// All owners that begin as MASTER, then one that does not: they never agree.
    fn mixed_owners(&mut self, group: &GroupDraft, members: &[usize]) {
        let mut all_owners = !members.is_empty();
        for at in members {
            let Some(member) = self.instances.at(*at) else {
                return;
            };
            let (state, priority) = (member.state, member.priority);
            if all_owners && state == Some(InitialState::Backup) && *at != members[0] {
                let (name, group_name) = (member.name.clone(), &group.name);
                let sentence = format!(
                    "the members of {group_name} before {name} are address owners, and {name} is not; this cannot work"
                );
                let log = format!(
                    "Sync group {group_name} has some member(s) as address owner and some not as address owner. This won't work."
                );
                self.say(Code::Conflict, &group.place, sentence, log);
            }
            all_owners &= state == Some(InitialState::Master) && priority == Some(255);
        }
    }

    fn is_worth_keeping(&mut self, draft: &GroupDraft, members: usize) -> bool {
        let name = &draft.name;
        let (sentence, log) = match members {
            0 => (
                format!("sync group {name} has no members left; it is left out"),
                format!(
                    "Sync group {name}, no matching virtual router found in group declaration - removing"
                ),
            ),
            1 => (
                format!("sync group {name} has one member only, which is hardly what is meant"),
                format!(
                    "Sync group {name} has only 1 virtual router(s) - this probably isn't what you want"
                ),
            ),
            _ => return true,
        };
        self.push(
            Diagnostic::warning(Code::MissingSetting, sentence)
                .about(&draft.place)
                .log(log)
                .status(Status::General),
        );
        members > 0
    }
}
