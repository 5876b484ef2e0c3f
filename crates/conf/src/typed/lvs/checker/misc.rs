//! `MISC_CHECK`.

use std::time::Duration;

use super::{KindDraft, Settings, keep};
use crate::config::{CheckerKind, MiscCheck, User};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::command::{CommandDraft, Unfit, insecure_sentence};
use crate::typed::lvs::real_server::{CheckerContext, RealServerDraft};

/// What was said about a script.
#[derive(Debug)]
pub(super) struct MiscDraft {
    command: CommandDraft,
    user: Option<User>,
    timeout: Option<Duration>,
    dynamic: bool,
}

/// The same while its block is read.
#[derive(Default)]
struct Unfinished {
    command: Option<CommandDraft>,
    user: Option<User>,
    timeout: Option<Duration>,
    dynamic: bool,
    /// Its user does not exist: what follows in the block is not looked at.
    refused: bool,
}

impl Unfinished {
    /// The command as the original's log has it.
    fn in_log(&self) -> String {
        self.command
            .as_ref()
            .map(CommandDraft::quoted)
            .unwrap_or_default()
    }
}

impl Builder<'_> {
    pub(super) fn misc_check(&mut self, block: &Statement, server: &mut RealServerDraft) {
        let mut settings = Settings::default();
        let mut misc = Unfinished::default();
        for statement in &block.block {
            match statement.keyword.map_or("", |keyword| keyword.keyword) {
                "misc_path" => self.misc_path(statement, &mut misc),
                "misc_timeout" => {
                    misc.timeout = self.time_setting(statement, "").or(misc.timeout);
                }
                "misc_dynamic" => misc.dynamic = true,
                "user" => self.misc_user(statement, &mut misc),
                _ => self.checker_setting(statement, &mut settings),
            }
            if misc.refused {
                return;
            }
        }
        if let Some(misc) = self.whole_misc(misc, &block.end) {
            keep(KindDraft::Misc(Box::new(misc)), settings, server);
        }
    }

    fn misc_path(&mut self, statement: &Statement, misc: &mut Unfinished) {
        let Some(command) = CommandDraft::read(statement) else {
            return;
        };
        self.extra_command_word(&command);
        misc.command = Some(command);
    }

    // keepalived: misc_user_handler
    fn misc_user(&mut self, statement: &Statement, misc: &mut Unfinished) {
        let Some(word) = statement.arguments().first() else {
            let log = format!(
                "No user specified for misc checker script {}",
                misc.in_log()
            );
            return self.missing_value(statement, &log);
        };
        match self.user(word, statement.arguments().get(1)) {
            Ok(user) => misc.user = Some(user),
            Err(word) => {
                misc.refused = true;
                let sentence = format!(
                    "there is no user or group {}; the checker is left out",
                    word.text()
                );
                let log = format!(
                    "Failed to set uid/gid for misc checker script {} - removing",
                    misc.in_log()
                );
                self.left_out(&word.place, Code::Script, sentence, log);
            }
        }
    }

    // keepalived: misc_end_handler
    fn whole_misc(&mut self, misc: Unfinished, end: &Place) -> Option<MiscDraft> {
        let script = misc.in_log();
        let Some(command) = misc.command else {
            let sentence = "MISC_CHECK has no misc_path; it is left out".to_owned();
            let log = "No script path has been specified for MISC_CHECKER - skipping".to_owned();
            self.left_out(end, Code::MissingSetting, sentence, log);
            return None;
        };
        if misc.user.is_none() && self.checks_lack_user(end) {
            let sentence = format!(
                "{} has no user to run as; the checker is left out",
                command.program().display()
            );
            let log = format!("Unable to set default user for misc script {script} - removing");
            self.left_out(end, Code::Script, sentence, log);
            return None;
        }
        Some(MiscDraft {
            command,
            user: misc.user,
            timeout: misc.timeout,
            dynamic: misc.dynamic,
        })
    }

    /// At the end of the file: whether the script can run. The original counts none of this.
    // keepalived: check_misc_script_security
    pub(super) fn finish_misc(
        &mut self,
        misc: MiscDraft,
        context: &CheckerContext<'_>,
    ) -> Option<CheckerKind> {
        let command = &misc.command;
        let (sentence, reason) = match self.runnable(command, misc.user.as_ref()) {
            Ok(true) => {
                let timeout = misc.timeout.filter(|timeout| !timeout.is_zero());
                return Some(CheckerKind::Misc(Box::new(MiscCheck {
                    command: command.command(misc.user),
                    timeout: timeout.unwrap_or(context.service_delay_loop),
                    dynamic: misc.dynamic,
                })));
            }
            Ok(false) => {
                let program = command.program();
                let sentence = format!(
                    "{} is not executable for the user that is to run it",
                    program.display()
                );
                (sentence, None)
            }
            Err(Unfit::Missing) => {
                let sentence = format!("there is no {}", command.program().display());
                (sentence, Some("since not found/accessible"))
            }
            Err(Unfit::Insecure(component)) => {
                (insecure_sentence(&component), Some("due to insecure"))
            }
        };
        let sentence =
            format!("{sentence}; the checker is left out, and the real server is up without it");
        let mut diagnostic = Diagnostic::error(Code::Script, sentence).about(&command.place);
        if let Some(reason) = reason {
            diagnostic = diagnostic.log(format!(
                "Disabling misc script {} {reason}",
                command.quoted()
            ));
        }
        self.push(diagnostic);
        None
    }
}
