//! Keywords of an instance with rules of their own.

use vrrp::{Family, InitialState, Version};

use super::InstanceDraft;
use crate::config::OldChecksum;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::mend;
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::vrrp::vmac::LONGEST_NAME;
use crate::word::Word;

impl Builder<'_> {
    // keepalived: vrrp_version_handler
    pub(super) fn instance_version(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let name = draft.name.clone();
        let Some(number) = self.int_setting::<u8>(statement, &name) else {
            return;
        };
        let version = if number == 2 {
            Version::V2
        } else {
            Version::V3
        };
        let before = draft.version.filter(|before| *before != version);
        let six = draft.family == Some(Family::V6) && version == Version::V2;
        if before.is_none() && !six {
            draft.version = Some(version);
            return;
        }
        let deduced = match draft.version {
            Some(Version::V2) => 2,
            Some(Version::V3) => 3,
            None => 0,
        };
        let why = match before {
            Some(_) => format!("{name} is version {deduced} already"),
            None => "IPv6 needs version 3".to_owned(),
        };
        let log = format!(
            "({name}) vrrp_version {number} conflicts with configured or deduced version {deduced}; ignoring."
        );
        self.push(
            Diagnostic::warning(
                Code::Conflict,
                format!("{why}; version {number} is ignored"),
            )
            .at(&statement.words[1].place)
            .log(log)
            .status(Status::General),
        );
    }

    // keepalived: vrrp_native_ipv6_handler
    pub(super) fn native_ipv6(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        if draft.family != Some(Family::V4) {
            draft.family = Some(Family::V6);
            draft.version = Some(Version::V3);
            return;
        }
        let log = format!(
            "({}) Cannot specify native_ipv6 with IPv4 addresses",
            draft.name
        );
        let sentence = "native_ipv6 does not go with IPv4 addresses; ignored";
        self.push(
            Diagnostic::warning(Code::Conflict, sentence)
                .at(&statement.head().place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: vrrp_unicast_chksum_handler
    pub(super) fn old_checksum(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let old = if statement.arguments().is_empty() {
            Some(OldChecksum::Always)
        } else {
            let read = self.choice_setting(statement, &draft.name);
            read.map(|_| OldChecksum::Never)
        };
        let settings = &mut draft.settings;
        settings.old_unicast_checksum = old.unwrap_or(settings.old_unicast_checksum);
    }

    // keepalived: vrrp_timer_expired_backup_handler
    pub(super) fn timer_expired(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        const HIGHEST: u8 = 254;
        let name = draft.name.clone();
        if statement.head().is("thread_timer_expired") {
            let log = format!(
                "({name}) thread_timer_expired - please replace with keyword 'timer_expired_backup'"
            );
            let sentence =
                "thread_timer_expired is another word for timer_expired_backup; use that";
            let diagnostic = Diagnostic::warning(Code::Deprecated, sentence);
            let diagnostic = diagnostic.at(&statement.head().place).log(log);
            self.push(diagnostic.status(Status::General));
        }
        let priority = if statement.arguments().is_empty() {
            Some(HIGHEST)
        } else {
            self.int_setting(statement, &name)
        };
        let settings = &mut draft.settings;
        settings.timer_expired_backup = priority.or(settings.timer_expired_backup);
    }

    /// One word, no more.
    // keepalived: kernel_rx_buf_size_handler
    pub(super) fn receive_buffer(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let words = statement.arguments();
        if words.len() == 1 {
            let read = self.int_setting(statement, &draft.name);
            draft.settings.receive_buffer = read.or(draft.settings.receive_buffer);
            return;
        }
        let log = format!("({}) invalid kernel_rx_buf_size specified", draft.name);
        let sentence = "kernel_rx_buf_size takes one number; ignored";
        let place = words
            .get(1)
            .map_or(&statement.head().place, |word| &word.place);
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: vrrp_lvs_syncd_handler
    pub(super) fn sync_interface(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let name = &draft.name;
        let blanks = " ".repeat(name.len().saturating_sub(2));
        let sentence =
            "lvs_sync_daemon_interface is deprecated; use lvs_sync_daemon in global_defs";
        let mut diagnostic = Diagnostic::warning(Code::Deprecated, sentence)
            .at(&statement.head().place)
            .log(format!(
                "({name}) Specifying lvs_sync_daemon_interface against a vrrp is deprecated."
            ))
            .log(format!("      {blanks}Please use global lvs_sync_daemon"))
            .status(Status::General);
        if self.global.has_sync_daemon() {
            diagnostic = diagnostic.hint("lvs_sync_daemon is there already, and counts");
        } else if let Some((interface, first)) = &self.sync_interface {
            diagnostic = diagnostic.related(&first.span, "and there is one already").log(format!(
                "({name}) lvs_sync_daemon_interface has already been specified as {interface} - ignoring"
            ));
        } else {
            let word = &statement.words[1];
            self.sync_interface = Some((word.text(), word.place.clone()));
            draft.settings.lvs_sync_interface = Some(word.text());
        }
        self.push(diagnostic);
    }

    // keepalived: vrrp_int_handler
    pub(super) fn instance_interface(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let (name, text) = (draft.name.clone(), word.text());
        if text.len() > LONGEST_NAME {
            let log = format!("Interface name '{text}' too long - ignoring");
            return self.bad_instance_interface(word, &text, log);
        }
        match self.interface(&text) {
            Some(facts) if facts.loopback => {
                return self.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        format!("{text} is a loopback interface, which has no VRRP; ignored"),
                    )
                    .at(&word.place)
                    .log(format!(
                        "({name}) cannot use a loopback interface ({text}) for vrrp - ignoring"
                    ))
                    .status(Status::General),
                );
            }
            None if !self.global.config.dynamic_interfaces => {
                self.missing_interface = true;
                self.push(
                    Diagnostic::error(
                        Code::UnknownInterface,
                        format!("there is no interface {text}"),
                    )
                    .at(&word.place)
                    .log(format!(
                        "WARNING - interface {text} for vrrp_instance {name} doesn't exist"
                    ))
                    .status(Status::General),
                );
            }
            Some(_) | None => {}
        }
        draft.interface = Some(word.clone());
    }

    fn bad_instance_interface(&mut self, word: &Word, text: &str, log: String) {
        let sentence =
            format!("there is no interface {text}: a name has {LONGEST_NAME} bytes at the most");
        self.push(
            Diagnostic::error(Code::UnknownInterface, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: vrrp_vrf_handler
    pub(super) fn instance_vrf(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let (name, text) = (draft.name.clone(), word.text());
        if text.len() > LONGEST_NAME {
            let log = format!("({name}) VRF interface name '{text}' too long - ignoring");
            return self.bad_instance_interface(word, &text, log);
        }
        let before = draft.interface.as_ref().or(draft.vrf.as_ref());
        if let Some(before) = before {
            let (sentence, log) = if draft.interface.is_some() {
                (
                    "vrf is for an instance without interface; ignored".to_owned(),
                    format!("({name}) Cannot specify VRF interface and interface - ignoring"),
                )
            } else {
                (
                    format!("{name} has a vrf already; {text} is ignored"),
                    format!(
                        "({name}) VRF interface already specified as '{}' - ignoring",
                        before.text()
                    ),
                )
            };
            return self.push(
                Diagnostic::warning(Code::Conflict, sentence)
                    .at(&word.place)
                    .related(&before.place.span, "here")
                    .log(log)
                    .status(Status::General),
            );
        }
        let (sentence, log) = match self.interface(&text) {
            Some(facts) if facts.loopback => (
                format!("{text} is a loopback interface, which is no VRF; ignored"),
                format!("({name}) cannot use a loopback interface ({text}) for VRF - ignoring"),
            ),
            None if !self.global.config.dynamic_interfaces => {
                self.missing_interface = true;
                (
                    format!("there is no interface {text}"),
                    format!("({name}) WARNING - VRF interface {text} doesn't exist"),
                )
            }
            Some(_) | None => {
                draft.vrf = Some(word.clone());
                return;
            }
        };
        let diagnostic = Diagnostic::error(Code::UnknownInterface, sentence).at(&word.place);
        self.push(diagnostic.log(log).status(Status::General));
    }

    // keepalived: vrrp_state_handler
    pub(super) fn state(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let (name, word) = (draft.name.clone(), &statement.words[1]);
        let text = word.text();
        let state = match text.as_str() {
            "MASTER" => InitialState::Master,
            "BACKUP" => InitialState::Backup,
            _ => {
                self.push(
                    Diagnostic::warning(
                        Code::InvalidValue,
                        format!("state must be MASTER or BACKUP, found {text}; using BACKUP"),
                    )
                    .at(&word.place)
                    .expected("MASTER or BACKUP")
                    .maybe_hint(state_hint(&text))
                    .maybe_fix(&word.place, mend::state(&text))
                    .log(format!(
                        "({name}) unknown state '{text}', defaulting to BACKUP"
                    ))
                    .status(Status::General),
                );
                draft.state = Some(InitialState::Backup);
                return;
            }
        };
        if draft.state == Some(InitialState::Master) && state == InitialState::Backup {
            return self.push(
                Diagnostic::warning(
                    Code::Duplicate,
                    "state was MASTER before; BACKUP is ignored",
                )
                .at(&word.place)
                .log(format!(
                    "({name}) state previously set as MASTER - ignoring BACKUP"
                ))
                .status(Status::General),
            );
        }
        draft.state = Some(state);
    }
}

/// What a word that is no state was meant to be.
fn state_hint(word: &str) -> Option<String> {
    let upper = word.to_ascii_uppercase();
    match upper.as_str() {
        "MASTER" | "BACKUP" => Some(format!("states are written in capitals: {upper}")),
        "SLAVE" | "STANDBY" | "SECONDARY" => {
            Some("a router that waits for the master to fail is a BACKUP".to_owned())
        }
        _ => None,
    }
}
