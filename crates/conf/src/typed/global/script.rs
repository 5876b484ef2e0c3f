//! Who runs scripts, how carefully, and those of the supervisor.

use crate::config::{Command, User};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::host::ScriptFacts;
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::command::CommandDraft;

/// A script of the supervisor.
pub(super) struct SupervisorScript {
    command: CommandDraft,
    user: Option<User>,
}

/// `startup_script` and `shutdown_script`.
#[derive(Default)]
pub(super) struct SupervisorScripts {
    startup: Option<SupervisorScript>,
    shutdown: Option<SupervisorScript>,
}

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn script_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "script_user" => self.script_user(statement),
            "enable_script_security" => self.global.config.script_security = true,
            "use_symlink_paths" => {
                self.global_bool(statement, |global| &mut global.use_symlink_paths);
            }
            "set_supplementary_groups" => {
                self.global_bool(statement, |global| &mut global.supplementary_groups);
            }
            "startup_script" => {
                let read = self.supervisor_script(statement, "startup");
                let scripts = &mut self.global.scripts;
                scripts.startup = read.or(scripts.startup.take());
            }
            "shutdown_script" => {
                let read = self.supervisor_script(statement, "shutdown");
                let scripts = &mut self.global.scripts;
                scripts.shutdown = read.or(scripts.shutdown.take());
            }
            "startup_script_timeout" => {
                self.global_time(statement, |global| &mut global.startup_timeout);
            }
            "shutdown_script_timeout" => {
                self.global_time(statement, |global| &mut global.shutdown_timeout);
            }
            _ => return false,
        }
        true
    }

    // keepalived: script_user_handler
    fn script_user(&mut self, statement: &Statement) {
        let Some(user) = statement.arguments().first() else {
            return;
        };
        match self.user(user, statement.arguments().get(1)) {
            Ok(user) => {
                self.global.config.script_user = Some(user);
                self.global.script_user_failed = false;
            }
            Err(word) => {
                self.global.script_user_failed = true;
                let sentence = format!(
                    "there is no user or group {}; scripts without a user of their own are not run",
                    word.text()
                );
                self.push(
                    Diagnostic::error(Code::Script, sentence)
                        .at(&word.place)
                        .log("Error setting global script uid/gid")
                        .status(Status::General),
                );
            }
        }
    }

    /// Whether a script that names nobody has nobody to run it. The original settles that where it reads the first such script.
    // keepalived: get_default_script_user
    pub(in crate::typed) fn no_default_user(&mut self, place: &Place) -> bool {
        if self.global.script_user_failed {
            return true;
        }
        let settled = self.global.config.script_user.is_some() || self.global.default_user_settled;
        self.global.default_user_settled = true;
        if settled
            || !self.global.config.script_security
            || self.user_facts("keepalived_script").is_some()
        {
            return false;
        }
        self.global.script_user_failed = true;
        let sentence = "there is no user keepalived_script to run this script, which names nobody; neither it nor others like it are run";
        self.push(
            Diagnostic::error(Code::Script, sentence)
                .at(place)
                .hint("name a user with `script_user` in global_defs, `script_user root` if need be, or make that one")
                .log("Unable to set default user keepalived_script for script")
                .status(Status::General),
        );
        true
    }

    /// Whether scripts of checks that name no user have none; the first of them says why.
    // keepalived: get_default_script_user
    pub(in crate::typed) fn checks_lack_user(&mut self, place: &Place) -> bool {
        const DEFAULT: &str = "keepalived_script";
        if self.global.script_user_failed {
            return true;
        }
        if let Some(lack) = self.checks_lack_user {
            return lack;
        }
        let lack = self.global.config.script_user.is_none()
            && self.global.config.script_security
            && self.user_facts(DEFAULT).is_none();
        if lack {
            self.push(
                Diagnostic::error(
                    Code::Script,
                    format!(
                        "with enable_script_security scripts run as {DEFAULT}, and there is no such user"
                    ),
                )
                .at(place)
                .log(format!("Unable to set default user {DEFAULT} for script"))
                .hint(format!(
                    "create the user {DEFAULT}, or name another with `script_user` in global_defs"
                ))
                .status(Status::General),
            );
        }
        self.checks_lack_user = Some(lack);
        lack
    }

    // keepalived: startup_shutdown_script
    fn supervisor_script(&mut self, statement: &Statement, what: &str) -> Option<SupervisorScript> {
        if !self.is_first(statement, "") {
            return None;
        }
        let word = &statement.words[1];
        let command = CommandDraft::read(statement);
        let user = match command.as_ref().map(CommandDraft::named_user) {
            None => Err("the command is empty".to_owned()),
            Some(Some((user, group))) => self
                .user(user, group)
                .map(Some)
                .map_err(|word| format!("there is no user or group {}", word.text())),
            Some(None) if self.no_default_user(&word.place) => {
                Err("there is nobody to run it".to_owned())
            }
            Some(None) => Ok(None),
        };
        match (command, user) {
            (Some(command), Ok(user)) => Some(SupervisorScript { command, user }),
            (_, Err(why)) => {
                let sentence = format!("{why}; {what}_script is not run");
                self.push(
                    Diagnostic::error(Code::Script, sentence)
                        .at(&word.place)
                        .log(format!("Invalid {what} script"))
                        .status(Status::General),
                );
                self.global.first.remove(statement.head().text().as_str());
                None
            }
            (None, Ok(_)) => None,
        }
    }

    /// At the end of the file: whether they are there and may run.
    // keepalived: check_start_stop_script_secure
    pub(super) fn finish_supervisor_scripts(&mut self) {
        let scripts = std::mem::take(&mut self.global.scripts);
        let mut violation = None;
        self.global.config.startup_script =
            self.supervisor_command(scripts.startup, &mut violation);
        self.global.config.shutdown_script =
            self.supervisor_command(scripts.shutdown, &mut violation);
        let Some((place, insecure)) = violation.filter(|_| !self.global.config.script_security)
        else {
            return;
        };
        let mut log = "SECURITY VIOLATION - start/shutdown scripts are being executed but script_security not enabled.".to_owned();
        if insecure {
            log.push_str(" There are insecure scripts.");
        }
        let sentence =
            "there is a startup_script or shutdown_script, but enable_script_security is not set";
        self.push(
            Diagnostic::warning(Code::ScriptSecurity, sentence)
                .about(&place)
                .hint("set `enable_script_security` in global_defs, and `script_user` to a user who may do no more than the scripts need")
                .log(log)
                .status(Status::ScriptSecurity),
        );
    }

    fn supervisor_command(
        &mut self,
        script: Option<SupervisorScript>,
        violation: &mut Option<(Place, bool)>,
    ) -> Option<Command> {
        let SupervisorScript { command, user } = script?;
        let program = command.program();
        let facts = self.runs_as(user.as_ref());
        let (executable, insecure) = match self.host.script(&program, facts) {
            ScriptFacts::Missing => (false, None),
            ScriptFacts::Found {
                executable,
                insecure,
            } => {
                let known = violation.get_or_insert((command.place.clone(), false));
                known.1 |= insecure.is_some();
                (executable, insecure)
            }
        };
        let why = match insecure {
            Some(component) if facts.uid == 0 && self.global.config.script_security => {
                format!("others than root may change {}", component)
            }
            Some(_) | None if executable => return Some(command.command(user)),
            Some(_) | None => format!("there is no {} that can be run", program.display()),
        };
        let sentence = format!("{why}; this script is not run");
        self.push(Diagnostic::warning(Code::Script, sentence).about(&command.place));
        None
    }
}
