//! `vrrp_script`.

use std::path::PathBuf;
use std::time::Duration;

use vrrp::Weight;

use super::Builder;
use super::command::{CommandDraft, Unfit, insecure_sentence};
use super::read::Wrong;
use crate::config::{Check, User};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::word::Word;

/// One script, as far as it was read.
pub(super) struct ScriptDraft {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) what: Option<What>,
    pub(super) interval: Duration,
    pub(super) timeout: Option<Duration>,
    pub(super) weight: Weight,
    pub(super) rise: u32,
    pub(super) fall: u32,
    pub(super) init_fail: bool,
    pub(super) user: Option<User>,
    user_failed: Option<Word>,
    /// Cannot be used; found out at the end of the file. Whoever tracks it goes on without.
    pub(super) disabled: bool,
    /// Somebody tracks it.
    pub(super) used: bool,
}

/// What it does.
pub(super) enum What {
    Runs(Box<CommandDraft>),
    Opens(PathBuf),
}

impl Builder<'_> {
    pub(super) fn vrrp_script(&mut self, block: &Statement) {
        let Some(name) = block.arguments().first() else {
            let place = &block.head().place;
            return self.push(missing_parameter(place, "vrrp_script", "vrrp_script", 2));
        };
        self.awaited_script_is_here(name);
        let mut draft = ScriptDraft {
            name: name.text(),
            place: name.place.clone(),
            what: None,
            interval: Duration::from_secs(1),
            timeout: None,
            weight: Weight::default(),
            rise: 1,
            fall: 1,
            init_fail: false,
            user: None,
            user_failed: None,
            disabled: false,
            used: false,
        };
        for statement in &block.block {
            self.script_statement(statement, &mut draft);
        }
        self.keep_script(draft, &block.end);
    }

    fn script_statement(&mut self, statement: &Statement, draft: &mut ScriptDraft) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        let word = statement.arguments().first();
        match (keyword.keyword, word) {
            ("script", Some(_)) => self.script_command(statement, draft),
            ("script", None) => {
                let sentence = "script needs a command; ignored";
                let place = &statement.head().place;
                self.push(Diagnostic::warning(Code::MissingParameter, sentence).at(place));
            }
            ("interval", Some(word)) => {
                let log = format!(
                    "({}): vrrp script interval '{}' must be between 1 and 4294 - ignoring",
                    draft.name,
                    word.text()
                );
                if let Some(interval) = self.script_time(word, "interval", log, draft) {
                    draft.interval = interval;
                }
            }
            ("timeout", Some(word)) => {
                let log = format!(
                    "({}): vrrp script timeout '{}' invalid - ignoring",
                    draft.name,
                    word.text()
                );
                draft.timeout = self
                    .script_time(word, "timeout", log, draft)
                    .or(draft.timeout);
            }
            ("weight", Some(word)) => self.script_weight(statement, word, draft),
            ("rise", Some(word)) => draft.rise = self.script_count(word, "rise", draft),
            ("fall", Some(word)) => draft.fall = self.script_count(word, "fall", draft),
            ("user", Some(word)) => match self.user(word, statement.arguments().get(1)) {
                Ok(user) => (draft.user, draft.user_failed) = (Some(user), None),
                Err(word) => draft.user_failed = Some(word.clone()),
            },
            ("init_fail", _) => draft.init_fail = true,
            _ => self.not_built(statement),
        }
    }

    fn script_command(&mut self, statement: &Statement, draft: &mut ScriptDraft) {
        let Some(command) = CommandDraft::read(statement) else {
            return;
        };
        if let Some(word) = command.stray_word() {
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
        // `</path`: the file can be opened, nothing is run.
        let path = command.words[0]
            .strip_prefix(b"<")
            .filter(|path| path.starts_with(b"/"));
        draft.what = Some(match path {
            Some(path) => What::Opens(String::from_utf8_lossy(path).into_owned().into()),
            None => What::Runs(Box::new(command)),
        });
    }

    /// Seconds with three places; 0 becomes 1.
    fn script_time(
        &mut self,
        word: &Word,
        what: &str,
        log: String,
        draft: &ScriptDraft,
    ) -> Option<Duration> {
        let value = self.decimal(word, 3, &(0..=4_294_000), &Wrong::new(what, "ignored", log))?;
        if value > 0 {
            return Some(Duration::from_millis(value));
        }
        self.push(
            Diagnostic::warning(
                Code::OutOfRange,
                format!("{what} must be greater than 0; using 1"),
            )
            .at(&word.place)
            .log(format!(
                "({}): vrrp script {what} must be greater than 0, setting to 1",
                draft.name
            ))
            .status(Status::General),
        );
        Some(Duration::from_secs(1))
    }

    fn script_count(&mut self, word: &Word, what: &str, draft: &ScriptDraft) -> u32 {
        let log = format!(
            "({}): vrrp script {what} value '{}' invalid, defaulting to 1",
            draft.name,
            word.text()
        );
        let range = 1..=2_147_483_647;
        self.unsigned(word, range, &Wrong::new(what, "using 1", log))
            .unwrap_or(1)
    }

    fn script_weight(&mut self, statement: &Statement, word: &Word, draft: &mut ScriptDraft) {
        let log = format!(
            "vrrp_script {} weight {} must be in [-253, 253]",
            draft.name,
            word.text()
        );
        let Some(value) = self.integer(word, -253..=253, &Wrong::new("weight", "ignored", log))
        else {
            return;
        };
        let mut reverse = false;
        if let Some(option) = statement.arguments().get(1) {
            reverse = option.is("reverse");
            if !reverse {
                self.unknown_weight_option(
                    option,
                    format!(
                        "vrrp_script {} unknown weight option {}",
                        draft.name,
                        option.text()
                    ),
                );
            }
        }
        draft.weight = Weight {
            value: i16::try_from(value).unwrap_or(0),
            reverse,
        };
    }

    pub(super) fn unknown_weight_option(&mut self, option: &Word, log: String) {
        let sentence = format!("weight has no option {}; ignored", option.text());
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&option.place)
                .expected("reverse")
                .log(log)
                .status(Status::General),
        );
    }

    /// Keeps a script that has all it needs; whoever tracks another will not find it.
    fn keep_script(&mut self, draft: ScriptDraft, end: &Place) {
        let name = draft.name.clone();
        let problem = if draft.what.is_none() {
            (
                Code::MissingSetting,
                format!("vrrp_script {name} has no script; it is left out"),
                format!("No script set for vrrp_script {name} - removing"),
                end,
            )
        } else if let Some(known) = self.scripts.find(&name) {
            let first = known.place.span.clone();
            // The original says nothing under -t, and keeps the first.
            self.push(
                Diagnostic::warning(
                    Code::Duplicate,
                    format!("vrrp_script {name} is there already; this one is left out"),
                )
                .at(&draft.place)
                .related(&first, "the first one")
                .log(format!("vrrp script {name} already defined")),
            );
            return;
        } else if let Some(user) = &draft.user_failed {
            let script = match &draft.what {
                Some(What::Runs(command)) => command.program().display().to_string(),
                Some(What::Opens(path)) => path.display().to_string(),
                None => String::new(),
            };
            let sentence = format!(
                "there is no user or group {}; vrrp_script {name} is left out",
                user.text()
            );
            (
                Code::Script,
                sentence,
                format!("Unable to set uid/gid for script '{script}'"),
                &user.place,
            )
        } else if draft.user.is_none() && self.global.script_user_failed {
            let sentence = format!("script_user names nobody; vrrp_script {name} is left out");
            let log = format!("Unable to set default user for vrrp script {name} - removing");
            (Code::Script, sentence, log, &draft.place)
        } else {
            self.scripts.push(name, draft);
            return;
        };
        self.left_out_scripts.insert(name);
        let (code, sentence, log, place) = problem;
        self.push(
            Diagnostic::error(code, sentence)
                .at(place)
                .log(log)
                .status(Status::General),
        );
    }

    /// At the end of the file: which scripts can run.
    pub(super) fn check_scripts(&mut self) {
        let mut scripts = std::mem::take(&mut self.scripts);
        for script in scripts.iter_mut() {
            let Some(What::Runs(command)) = &script.what else {
                continue;
            };
            let name = &script.name;
            let (log, sentence) = match self.fit(command, script.user.as_ref()) {
                Ok(()) => continue,
                Err(Unfit::Missing) => (
                    format!("Disabling track script {name} since not found/accessible"),
                    format!(
                        "there is no {}; script {name} is not run, and nobody waits for it",
                        command.program().display()
                    ),
                ),
                Err(Unfit::Insecure(component)) => (
                    format!("Disabling track script {name} due to insecure"),
                    insecure_sentence(&component),
                ),
            };
            self.push(
                Diagnostic::error(Code::Script, sentence)
                    .about(&command.place)
                    .log(log)
                    .status(Status::General),
            );
            script.disabled = true;
        }
        self.scripts = scripts;
    }

    /// What the runner does for a script.
    pub(super) fn check_of(what: &What, user: Option<&User>) -> Check {
        match what {
            What::Runs(command) => Check::Command(command.command(user.cloned())),
            What::Opens(path) => Check::FileOpens(path.clone()),
        }
    }
}
