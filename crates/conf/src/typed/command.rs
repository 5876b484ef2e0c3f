//! Scripts: their words, the user they run as, and whether they may run.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::Builder;
use crate::config::{Command, User};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::host::{Insecure, ScriptFacts, UserFacts};
use crate::tree::Statement;
use crate::word::{Word, command_words, script_words, second_word};

/// What was written: the command and who is to run it.
#[derive(Debug, Clone)]
pub(super) struct CommandDraft {
    pub(super) words: Vec<Vec<u8>>,
    pub(super) place: Place,
    user: Option<Word>,
    group: Option<Word>,
    of: ScriptsOf,
}

/// The process of the original that a script belongs to: each looks after its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScriptsOf {
    Vrrp,
    Checks,
}

impl ScriptsOf {
    fn of(statement: &Statement) -> Self {
        let (block, keyword) = statement
            .keyword
            .map_or(("", ""), |row| (row.block, row.keyword));
        if block.starts_with("virtual_server") || keyword == "lvs_notify_fifo_script" {
            Self::Checks
        } else {
            Self::Vrrp
        }
    }
}

impl CommandDraft {
    /// Reads a script statement: `KEYWORD COMMAND [USER [GROUP]]`. `None`: the command is empty.
    pub(super) fn read(statement: &Statement) -> Option<Self> {
        statement.words.get(1)?;
        let from = second_word(&statement.text);
        let mut words = script_words(&statement.text, from).into_iter();
        let command = words.next()?;
        let draft = Self {
            words: command_words(&command.bytes),
            place: command.place,
            user: words.next(),
            group: words.next(),
            of: ScriptsOf::of(statement),
        };
        (!draft.words.is_empty()).then_some(draft)
    }

    pub(super) fn program(&self) -> PathBuf {
        Path::new(OsStr::from_bytes(&self.words[0])).to_path_buf()
    }

    /// The user and group that are named.
    pub(super) fn named_user(&self) -> Option<(&Word, Option<&Word>)> {
        Some((self.user.as_ref()?, self.group.as_ref()))
    }

    /// Whether it runs as the user of scripts that name none.
    pub(super) fn names_no_user(&self) -> bool {
        self.user.is_none()
    }

    /// Each word in quotes, as the original's log has it.
    // keepalived: cmd_str
    pub(super) fn quoted(&self) -> String {
        let quoted = |word: &Vec<u8>| format!("'{}'", String::from_utf8_lossy(word));
        let words: Vec<_> = self.words.iter().map(quoted).collect();
        words.join(" ")
    }

    fn arguments(&self) -> Vec<String> {
        let text = |word: &Vec<u8>| String::from_utf8_lossy(word).into_owned();
        self.words[1..].iter().map(text).collect()
    }

    pub(super) fn command(&self, user: Option<User>) -> Command {
        Command {
            program: self.program(),
            args: self.arguments(),
            user,
        }
    }
}

/// Scripts that run although nobody looks after their security.
#[derive(Debug, Clone)]
pub(super) struct Violation {
    /// The first one.
    pub(super) place: Place,
    /// What others than root can change of one of them.
    pub(super) insecure: Option<Insecure>,
}

/// Why a script is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfit {
    Missing,
    Insecure(Insecure),
}

impl Builder<'_> {
    /// Says what follows a command that has no user behind it.
    pub(super) fn extra_command_word(&mut self, command: &CommandDraft) {
        let Some(word) = &command.user else {
            return;
        };
        let sentence = format!(
            "`{}` is not part of the command; it is ignored",
            word.text()
        );
        self.push(
            Diagnostic::warning(Code::ExtraWords, sentence)
                .at(&word.place)
                .hint("put a command and its arguments in double quotes"),
        );
    }

    /// A user and a group by name. `Err`: the word that names nobody.
    pub(super) fn user<'w>(
        &mut self,
        user: &'w Word,
        group: Option<&'w Word>,
    ) -> Result<User, &'w Word> {
        let name = user.text();
        let facts = self.user_facts(&name).ok_or(user)?;
        let gid = match group {
            Some(group) => self.host.group(&group.text()).ok_or(group)?,
            None => facts.gid,
        };
        Ok(User {
            name,
            uid: facts.uid,
            gid,
        })
    }

    /// Who runs a script that names nobody.
    fn default_user(&mut self) -> UserFacts {
        match &self.global.config.script_user {
            Some(user) => UserFacts {
                uid: user.uid,
                gid: user.gid,
            },
            None => self
                .user_facts("keepalived_script")
                .unwrap_or(self.host.ourselves()),
        }
    }

    /// The numbers of a named user, else of the default one.
    pub(super) fn runs_as(&mut self, user: Option<&User>) -> UserFacts {
        match user {
            Some(user) => UserFacts {
                uid: user.uid,
                gid: user.gid,
            },
            None => self.default_user(),
        }
    }

    /// Whether a command can run as that user; remembers a violation of script security.
    pub(in crate::typed) fn fit(
        &mut self,
        draft: &CommandDraft,
        user: Option<&User>,
    ) -> Result<(), Unfit> {
        if !self.runnable(draft, user)? {
            let sentence = format!(
                "{} is not executable for the user that is to run it",
                draft.program().display()
            );
            self.push(Diagnostic::warning(Code::Script, sentence).at(&draft.place));
        }
        Ok(())
    }

    /// The same without a word; whether it is executable.
    // keepalived: check_script_secure
    pub(super) fn runnable(
        &mut self,
        draft: &CommandDraft,
        user: Option<&User>,
    ) -> Result<bool, Unfit> {
        let user = self.runs_as(user);
        let program = draft.program();
        let (executable, insecure) = match self.host.script(&program, user) {
            ScriptFacts::Missing => return Err(Unfit::Missing),
            ScriptFacts::Found {
                executable,
                insecure,
            } => (executable, insecure),
        };
        let runs_as_root = user.uid == 0;
        if let Some(component) = insecure
            .clone()
            .filter(|_| runs_as_root && self.global.config.script_security)
        {
            return Err(Unfit::Insecure(component));
        }
        // Whoever runs it, as of 2.4; only what root runs can be insecure.
        if !self.global.config.script_security {
            let insecure = insecure.filter(|_| runs_as_root);
            let known = match draft.of {
                ScriptsOf::Vrrp => &mut self.violation,
                ScriptsOf::Checks => &mut self.check_violation,
            };
            match known {
                Some(violation) if violation.insecure.is_none() => violation.insecure = insecure,
                Some(_) => {}
                None => {
                    *known = Some(Violation {
                        place: draft.place.clone(),
                        insecure,
                    })
                }
            }
        }
        Ok(executable)
    }

    /// A notify script, ready to run. The original drops an unusable one without counting it.
    pub(super) fn notify_command(&mut self, draft: &CommandDraft) -> Option<Command> {
        let user = match draft
            .user
            .as_ref()
            .map(|user| self.user(user, draft.group.as_ref()))
        {
            None => None,
            Some(Ok(user)) => Some(user),
            Some(Err(word)) => {
                self.unknown_user(&word.clone());
                return None;
            }
        };
        if user.is_none() && self.global.script_user_failed {
            let sentence = "this script has no user to run as; it is not run";
            self.push(Diagnostic::warning(Code::Script, sentence).at(&draft.place));
            return None;
        }
        let program = draft.program();
        match self.fit(draft, user.as_ref()) {
            Ok(()) => Some(draft.command(user)),
            Err(Unfit::Missing) => {
                let sentence = format!("there is no {}; the script is not run", program.display());
                let log = format!("Unable to access script `{}`", program.display());
                self.push(
                    Diagnostic::warning(Code::Script, sentence)
                        .at(&draft.place)
                        .log(log),
                );
                None
            }
            Err(Unfit::Insecure(component)) => {
                let sentence = insecure_sentence(&component);
                self.push(
                    Diagnostic::error(Code::ScriptSecurity, sentence)
                        .at(&draft.place)
                        .log(format!(
                            "Unsafe permissions found for script '{}' - disabling.",
                            program.display()
                        )),
                );
                None
            }
        }
    }

    fn unknown_user(&mut self, word: &Word) {
        let sentence = format!(
            "there is no user or group {}; the script is not run",
            word.text()
        );
        self.push(
            Diagnostic::warning(Code::Script, sentence)
                .at(&word.place)
                .hint("the words after a command are a user and a group: put a command and its arguments in double quotes"),
        );
    }

    /// Said once for each process of the original, at the end.
    pub(super) fn report_violation(&mut self) {
        // The original looks at the interfaces of VRRP first, and no further when one is missing.
        let counts = !self.missing_interface;
        if let Some(violation) = self.check_violation.take() {
            self.violated(&violation, "check scripts", true);
        }
        if let Some(violation) = self.violation.take() {
            self.violated(&violation, "scripts", counts);
        }
    }

    fn violated(&mut self, violation: &Violation, what: &str, counts: bool) {
        let (insecure, detail) = match &violation.insecure {
            Some(component) => (
                " There are insecure scripts.",
                format!("; others than root may change {component}"),
            ),
            None => ("", String::new()),
        };
        let log = format!(
            "SECURITY VIOLATION - {what} are being executed but script_security not enabled.{insecure}"
        );
        let sentence = format!("{what} are run, but enable_script_security is not set{detail}");
        let mut diagnostic = Diagnostic::warning(Code::ScriptSecurity, sentence);
        if counts {
            diagnostic = diagnostic.status(Status::ScriptSecurity);
        }
        self.push(
            diagnostic
                .about(&violation.place)
                .hint("set `enable_script_security` in global_defs, and `script_user` to a user who may do no more than the scripts need")
                .log(log),
        );
    }
}

pub(super) fn insecure_sentence(component: &Insecure) -> String {
    format!("others than root may change {component}, so the script is not run as root")
}
