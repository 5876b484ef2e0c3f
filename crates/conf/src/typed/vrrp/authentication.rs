//! `authentication`: what was read of it, and what it becomes.

use vrrp::{Authentication, InitialState, Version};

use super::instance::InstanceDraft;
use crate::config::Secret;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::lint::authentication::{IN_VERSION_3, LONG_PASSWORD};
use crate::mend;
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::word::Word;

/// What was read.
#[derive(Default)]
pub(in crate::typed) struct AuthenticationDraft {
    pub(super) kind: Option<(AuthenticationKind, Place)>,
    password: Option<(Vec<u8>, Place)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthenticationKind {
    Pass,
    Ah,
}

/// What an instance has of it.
pub(super) enum Settled {
    Core(Authentication),
    /// `auth_type AH`, which is not built.
    Ah(Secret),
}

impl Builder<'_> {
    pub(super) fn authentication(&mut self, block: &Statement, draft: &mut InstanceDraft) {
        for statement in &block.block {
            let (keyword, word) = (statement.head().text(), statement.arguments().first());
            match (keyword.as_str(), word) {
                ("auth_type", Some(word)) => self.auth_type(statement, word, draft),
                ("auth_pass", Some(word)) => self.auth_pass(word, draft),
                (_, None) => {
                    let place = &statement.head().place;
                    self.push(missing_parameter(place, &keyword, &keyword, 2));
                }
                _ => self.not_built(statement),
            }
        }
    }

    fn auth_type(&mut self, statement: &Statement, word: &Word, draft: &mut InstanceDraft) {
        let kind = match self.choice_setting(statement, &draft.name) {
            Some("AH") => AuthenticationKind::Ah,
            Some(_) => AuthenticationKind::Pass,
            None => return,
        };
        draft.authentication.kind = Some((kind, word.place.clone()));
    }

    fn auth_pass(&mut self, word: &Word, draft: &mut InstanceDraft) {
        const LONGEST: usize = 8;
        let mut password = word.bytes.to_vec();
        if password.len() > LONGEST {
            password.truncate(LONGEST);
            self.push(
                LONG_PASSWORD
                    .found(format!(
                        "auth_pass has {LONGEST} bytes at the most, found {}; the first {LONGEST} are used",
                        word.bytes.len()
                    ))
                    .at(&word.place)
                    .hint("adverts are understood by routers whose first 8 bytes are the same")
                    .maybe_fix(&word.place, mend::password(&password))
                .log(format!("Truncating auth_pass to {LONGEST} characters"))
                .status(Status::General),
            );
        }
        draft.authentication.password = Some((password, word.place.clone()));
    }

    // keepalived: vrrp_complete_instance
    pub(super) fn settle_authentication(
        &mut self,
        draft: &mut InstanceDraft,
        version: Version,
        strict: bool,
    ) -> Settled {
        let none = Settled::Core(Authentication::None);
        let name = draft.name.clone();
        let authentication = std::mem::take(&mut draft.authentication);
        let Some((kind, place)) = authentication.kind else {
            if let Some((_, place)) = authentication.password {
                let sentence =
                    format!("auth_pass without auth_type: adverts of {name} are not authenticated");
                self.push(Diagnostic::warning(Code::MissingSetting, sentence).at(&place));
            }
            return none;
        };
        let (_, password) = authentication
            .password
            .map_or((None, Vec::new()), |(password, place)| {
                (Some(place), password)
            });
        let refusal = if strict {
            Some((
                Code::Conflict,
                "strict mode has no authentication; ignored",
                "Strict mode does not support authentication. Ignoring.",
            ))
        } else if version == Version::V3 {
            Some((
                Code::Lint(IN_VERSION_3.code),
                "version 3 has no authentication; ignored",
                "VRRP version 3 does not support authentication. Ignoring.",
            ))
        } else if password.is_empty() {
            Some((
                Code::MissingSetting,
                "authentication without a password; ignored",
                "Authentication specified but no password given. Ignoring",
            ))
        } else if kind == AuthenticationKind::Ah && draft.family == Some(vrrp::Family::V6) {
            Some((
                Code::Conflict,
                "AH is for IPv4 only; ignored",
                "Cannot use AH authentication with IPv6. ignoring",
            ))
        } else {
            None
        };
        if let Some((code, sentence, log)) = refusal {
            self.say(code, &place, sentence, format!("({name}) {log}"));
            return none;
        }
        if draft.hmac.is_some() {
            let log = format!(
                "({name}) auth_hmac cannot be combined with authentication, dropping legacy auth"
            );
            let sentence = "authentication does not go with auth_hmac; ignored";
            self.say(Code::Conflict, &place, sentence, log);
            return none;
        }
        match kind {
            AuthenticationKind::Pass => {
                let mut padded = [0; 8];
                padded
                    .iter_mut()
                    .zip(&password)
                    .for_each(|(to, from)| *to = *from);
                Settled::Core(Authentication::Pass(padded))
            }
            AuthenticationKind::Ah => Settled::Ah(Secret(password)),
        }
    }

    /// AH needs to hear a sequence number before it takes over.
    pub(super) fn ah_begins_as_backup(
        &mut self,
        draft: &InstanceDraft,
        priority: u8,
        state: InitialState,
    ) -> InitialState {
        if state == InitialState::Backup || priority == 255 {
            return state;
        }
        let log = format!(
            "({}) Initial state master is incompatible with AH authentication - clearing",
            draft.name
        );
        let sentence = "state MASTER does not go with AH; using BACKUP";
        self.say(Code::Conflict, draft.place_of("state"), sentence, log);
        InitialState::Backup
    }
}
