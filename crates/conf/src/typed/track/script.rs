//! `vrrp_script`.

use std::path::PathBuf;
use std::time::Duration;

use vrrp::Weight;

use crate::config::{Check, User};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::typed::command::{CommandDraft, Unfit, insecure_sentence};
use crate::word::Word;

/// One script, as far as it was read.
pub(in crate::typed) struct ScriptDraft {
    pub(super) name: String,
    pub(super) place: Place,
    end: Place,
    pub(super) what: Option<What>,
    pub(super) interval: Duration,
    pub(super) timeout: Option<Duration>,
    pub(super) weight: Weight,
    pub(super) rise: u32,
    pub(super) fall: u32,
    pub(super) init_fail: bool,
    pub(super) user: Option<User>,
    /// There is no such user; that is said.
    user_failed: bool,
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
    pub(in crate::typed) fn vrrp_script(&mut self, block: &Statement) {
        let Some(name) = block.arguments().first() else {
            let place = &block.head().place;
            return self.push(missing_parameter(place, "vrrp_script", "vrrp_script", 2));
        };
        let mut draft = ScriptDraft {
            name: name.text(),
            place: name.place.clone(),
            end: block.end.clone(),
            what: None,
            interval: Duration::from_secs(1),
            timeout: None,
            weight: Weight::default(),
            rise: 1,
            fall: 1,
            init_fail: false,
            user: None,
            user_failed: false,
            disabled: false,
            used: false,
        };
        for statement in &block.block {
            self.script_statement(statement, &mut draft);
        }
        self.keep_script(draft);
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
            ("interval", Some(_)) => {
                let read = self.script_time(statement, &draft.name);
                draft.interval = read.unwrap_or(draft.interval);
            }
            ("timeout", Some(_)) => {
                draft.timeout = self.script_time(statement, &draft.name).or(draft.timeout);
            }
            ("weight", Some(_)) => self.script_weight(statement, draft),
            ("rise", Some(_)) => {
                let read = self.int_setting_or(statement, &draft.name, 1);
                draft.rise = read.unwrap_or(draft.rise);
            }
            ("fall", Some(_)) => {
                let read = self.int_setting_or(statement, &draft.name, 1);
                draft.fall = read.unwrap_or(draft.fall);
            }
            ("user", Some(word)) => self.script_owner(statement, word, draft),
            ("init_fail", _) => draft.init_fail = true,
            _ => self.not_built(statement),
        }
    }

    fn script_command(&mut self, statement: &Statement, draft: &mut ScriptDraft) {
        let Some(command) = CommandDraft::read(statement) else {
            return;
        };
        self.extra_command_word(&command);
        // `</path`: the file can be opened, nothing is run.
        let path = command.words[0]
            .strip_prefix(b"<")
            .filter(|path| path.starts_with(b"/"));
        draft.what = Some(match path {
            Some(path) => What::Opens(String::from_utf8_lossy(path).into_owned().into()),
            None => What::Runs(Box::new(command)),
        });
    }

    /// 0 becomes 1.
    fn script_time(&mut self, statement: &Statement, name: &str) -> Option<Duration> {
        let time = self.time_from_zero(statement, name)?;
        if !time.is_zero() {
            return Some(time);
        }
        if let (Some(row), Some(word)) = (statement.keyword, statement.arguments().first()) {
            let what = row.keyword;
            let log = format!("({name}): vrrp script {what} must be greater than 0, setting to 1");
            self.say_raised(row, word, "1", log);
        }
        Some(Duration::from_secs(1))
    }

    fn script_weight(&mut self, statement: &Statement, draft: &mut ScriptDraft) {
        let name = &draft.name;
        let read = self.int_setting(statement, name);
        draft.weight.value = read.unwrap_or(draft.weight.value);
        let log = |option: &str| format!("vrrp_script {name} unknown weight option {option}");
        draft.weight.reverse |= self.is_reverse(statement, log);
    }

    // keepalived: vrrp_vscript_user_handler
    fn script_owner(&mut self, statement: &Statement, word: &Word, draft: &mut ScriptDraft) {
        let name = draft.name.clone();
        let unknown = match self.user(word, statement.arguments().get(1)) {
            Ok(user) => {
                (draft.user, draft.user_failed) = (Some(user), false);
                return;
            }
            Err(unknown) => unknown.clone(),
        };
        draft.user_failed = true;
        let script = match &draft.what {
            Some(What::Runs(command)) => command.quoted(),
            Some(What::Opens(path)) => format!("'<{}'", path.display()),
            None => String::new(),
        };
        let sentence = format!(
            "there is no user or group {}; vrrp_script {name} is left out",
            unknown.text()
        );
        self.push(
            Diagnostic::error(Code::Script, sentence)
                .at(&unknown.place)
                .log(format!("Unable to set uid/gid for script {script}"))
                .status(Status::General),
        );
    }

    /// Keeps a script that has all it needs; whoever tracks another will not find it.
    // keepalived: vrrp_vscript_end_handler
    fn keep_script(&mut self, draft: ScriptDraft) {
        let name = draft.name.clone();
        if draft.what.is_none() {
            let sentence = format!("vrrp_script {name} has no script; it is left out");
            let log = format!("No script set for vrrp_script {name} - removing");
            self.push(
                Diagnostic::error(Code::MissingSetting, sentence)
                    .at(&draft.end)
                    .log(log)
                    .status(Status::General),
            );
            self.left_out_scripts.insert(name);
            return;
        }
        if draft.user_failed {
            self.left_out_scripts.insert(name);
            return;
        }
        if draft.user.is_none() && self.no_default_user(&draft.end) {
            self.script_without_user(&draft);
            return;
        }
        if let Some(known) = self.scripts.find(&name) {
            // The original says nothing, and the first one counts.
            let first = known.place.span.clone();
            let sentence = format!("vrrp_script {name} is there already; this one is left out");
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence);
            let diagnostic = diagnostic.at(&draft.place);
            self.push(diagnostic.related(&first, "the first one"));
            return;
        }
        self.scripts.push(name, draft);
    }

    fn script_without_user(&mut self, draft: &ScriptDraft) {
        let name = &draft.name;
        let sentence = format!("vrrp_script {name} has no user to run as; it is left out");
        let log = format!("Unable to set default user for vrrp script {name} - removing");
        self.push(
            Diagnostic::error(Code::Script, sentence)
                .at(&draft.place)
                .related(&draft.end.span, "the block ends here")
                .log(log)
                .status(Status::General),
        );
        self.left_out_scripts.insert(name.clone());
    }

    /// At the end of the file: which scripts can run.
    pub(in crate::typed) fn check_scripts(&mut self) {
        let mut scripts = std::mem::take(&mut self.scripts);
        for script in scripts.iter_mut() {
            if script.user.is_none() && self.global.script_user_failed {
                // script_user stands below, and still counts.
                self.script_without_user(script);
                script.disabled = true;
                continue;
            }
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
