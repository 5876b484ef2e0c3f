//! Notify FIFOs and the scripts that read them.

use std::path::PathBuf;

use crate::config::global::NotifyFifo;
use crate::config::{Command, User};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::command::CommandDraft;

/// One FIFO as far as it was read.
#[derive(Default)]
pub(super) struct FifoDraft {
    path: Option<(PathBuf, Place)>,
    owner: Option<User>,
    script: Option<(CommandDraft, Place)>,
}

/// All of them.
#[derive(Default)]
pub(super) struct FifoDrafts {
    all: FifoDraft,
    vrrp: FifoDraft,
    lvs: FifoDraft,
}

impl FifoDrafts {
    fn of(&mut self, keyword: &str) -> &mut FifoDraft {
        match keyword.split('_').next() {
            Some("vrrp") => &mut self.vrrp,
            Some("lvs") => &mut self.lvs,
            Some(_) | None => &mut self.all,
        }
    }
}

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn fifo_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "notify_fifo" | "vrrp_notify_fifo" | "lvs_notify_fifo" => self.fifo(keyword, statement),
            "notify_fifo_script" | "vrrp_notify_fifo_script" | "lvs_notify_fifo_script" => {
                self.fifo_script(keyword, statement);
            }
            "vrrp_notify_priority_changes" => {
                self.global_bool(statement, |global| &mut global.fifos.priority_changes);
            }
            "fifo_write_vrrp_states_on_reload" => self.global.config.fifos.states_on_reload = true,
            _ => return false,
        }
        true
    }

    // keepalived: notify_fifo
    fn fifo(&mut self, keyword: &str, statement: &Statement) {
        let word = &statement.words[1];
        if !self.is_first(statement, &word.text()) {
            return;
        }
        let owner = match statement.arguments().get(1) {
            Some(user) => match self.user(user, statement.arguments().get(2)) {
                Ok(user) => Some(user),
                Err(unknown) => {
                    let sentence = format!(
                        "there is no user or group {}; {keyword} is left out",
                        unknown.text()
                    );
                    let diagnostic = Diagnostic::warning(Code::Script, sentence).at(&unknown.place);
                    self.push(diagnostic);
                    self.global.first.remove(keyword);
                    return;
                }
            },
            None if self.no_default_user(&word.place) => return,
            None => None,
        };
        let draft = self.global.fifos.of(keyword);
        draft.path = Some((word.text().into(), word.place.clone()));
        draft.owner = owner;
    }

    // keepalived: notify_fifo_script
    fn fifo_script(&mut self, keyword: &str, statement: &Statement) {
        let word = &statement.words[1];
        if !self.is_first(statement, &word.text()) {
            return;
        }
        let Some(command) = CommandDraft::read(statement) else {
            return;
        };
        if command.named_user().is_none() && self.no_default_user(&word.place) {
            return;
        }
        self.global.fifos.of(keyword).script = Some((command, word.place.clone()));
    }

    /// At the end of the file: which scripts can run, and which FIFOs are the same.
    // keepalived: init_global_data
    pub(super) fn finish_fifos(&mut self) {
        let drafts = std::mem::take(&mut self.global.fifos);
        let all = self.finish_fifo(drafts.all, "notify_fifo");
        let mut vrrp = self.finish_fifo(drafts.vrrp, "vrrp_notify_fifo");
        let mut lvs = self.finish_fifo(drafts.lvs, "lvs_notify_fifo");
        if let Some((global, _)) = &all {
            for (fifo, what) in [(&mut vrrp, "vrrp"), (&mut lvs, "LVS")] {
                if let Some((same, place)) = fifo.take_if(|(fifo, _)| fifo.path == global.path) {
                    self.same_fifo(&same, &place, what);
                }
            }
        }
        if let (Some((vrrp, _)), Some((lvs, place))) = (&vrrp, &mut lvs)
            && vrrp.path == lvs.path
            && vrrp.script.is_some()
            && lvs.script.take().is_some()
        {
            let sentence =
                "vrrp_notify_fifo is the same and has a script; lvs_notify_fifo_script is left out";
            let log = "LVS notify FIFO and vrrp FIFO are the same both with scripts - ignoring LVS FIFO script";
            let diagnostic = Diagnostic::warning(Code::Conflict, sentence).about(place);
            self.push(diagnostic.log(log));
        }
        let fifos = &mut self.global.config.fifos;
        let plain = |fifo: Option<(NotifyFifo, Place)>| fifo.map(|(fifo, _)| fifo);
        (fifos.all, fifos.vrrp, fifos.lvs) = (plain(all), plain(vrrp), plain(lvs));
    }

    fn same_fifo(&mut self, fifo: &NotifyFifo, place: &Place, what: &str) {
        let path = fifo.path.display();
        let sentence = format!("{path} is notify_fifo too, which has all events; left out");
        let log = format!(
            "notify FIFO {path} has been specified for global and {what} FIFO - ignoring {what} FIFO"
        );
        let diagnostic = Diagnostic::warning(Code::Conflict, sentence).about(place);
        self.push(diagnostic.log(log));
    }

    fn finish_fifo(&mut self, draft: FifoDraft, keyword: &str) -> Option<(NotifyFifo, Place)> {
        let command = draft
            .script
            .and_then(|(script, place)| Some((self.fifo_command(&script, keyword)?, place)));
        let Some((path, place)) = draft.path else {
            if let Some((_, place)) = command {
                let sentence = format!("{keyword} is missing, so this script is not run");
                self.push(Diagnostic::warning(Code::MissingSetting, sentence).at(&place));
            }
            return None;
        };
        let fifo = NotifyFifo {
            path,
            owner: draft.owner,
            script: command.map(|(command, _)| command),
        };
        Some((fifo, place))
    }

    /// The original looks at scripts only where a process has something to do.
    fn fifo_command(&mut self, script: &CommandDraft, keyword: &str) -> Option<Command> {
        let balances = !self.virtual_servers.is_empty();
        let runs = match keyword {
            "vrrp_notify_fifo" => !self.instances.is_empty(),
            "lvs_notify_fifo" => balances,
            _ => balances || !self.instances.is_empty(),
        };
        if runs {
            return self.notify_command(script);
        }
        let user = match script.named_user() {
            Some((user, group)) => Some(self.user(user, group).ok()?),
            None => None,
        };
        Some(script.command(user))
    }
}
