//! Users that are to run scripts and are not on this machine.

use super::{Context, Lint};
use crate::diagnostic::{Diagnostics, Severity};
use crate::schema::Kind;
use crate::tree::Statement;
use crate::word::Word;

/// Who runs scripts that name nobody, under script security.
// keepalived: DEFAULT_SCRIPT_USER
const DEFAULT: &str = "keepalived_script";

pub(super) const MISSING: Lint = Lint {
    code: "missing-user",
    severity: Severity::Warning,
    title: "A user or group that is to run a script is not there",
    why: "A script whose user is not there is left out: nothing is checked, nobody is notified. The check looks for the \
          user on this machine, which may be another than the one that the file is for. The words behind a command are a \
          user and a group, so arguments that are not in double quotes are taken for these.",
    what_to_do: "Name a user that the router has, or put the command and its arguments in double quotes.",
};

pub(super) const MISSING_DEFAULT: Lint = Lint {
    code: "missing-default-user",
    severity: Severity::Note,
    title: "The user keepalived_script, who would run scripts, is not there",
    why: "With `enable_script_security` and without `script_user`, scripts that name no user run as `keepalived_script`. \
          keepalived does not make that user, and leaves the scripts out where it is missing. The check looks on this \
          machine, which may be another than the one that the file is for.",
    what_to_do: "Set `script_user` in `global_defs`, or make sure that every router has the user.",
};

/// Both, in one walk.
pub(super) fn missing(context: &Context<'_>, found: &mut Diagnostics) {
    let mut waiting: Vec<_> = context.tree.statements.iter().rev().collect();
    let mut unnamed = None;
    while let Some(block) = waiting.pop() {
        let has_user = block.find("user").is_some();
        for statement in block.block() {
            tell(context, statement, found);
            let names_nobody = users(statement).is_empty() && !has_user;
            if unnamed.is_none() && names_nobody && runs_script(statement) {
                unnamed = statement.arguments().first();
            }
        }
        waiting.extend(block.block().iter().rev());
    }
    let global = &context.config.global;
    let needs_default = global.script_security && !names_script_user(context);
    if let Some(script) = unnamed.filter(|_| needs_default && !context.host.has_user(DEFAULT)) {
        let sentence = format!("this script runs as {DEFAULT}, and this machine has no such user");
        let hint = "name one with `script_user` in global_defs, or create that one on the routers";
        found.push(MISSING_DEFAULT.at(script.place(), sentence).hint(hint));
    }
}

/// The words of a statement that name a user and a group.
fn users(statement: &Statement) -> &[Word] {
    let arguments = statement.arguments();
    let words = match statement.keyword().map(|row| (row.kind, row.arguments)) {
        Some((Kind::User, _)) => arguments,
        Some((Kind::Script, row)) if row.contains("USER") => arguments.get(1..).unwrap_or(&[]),
        Some(_) | None => &[],
    };
    &words[..words.len().min(2)]
}

fn runs_script(statement: &Statement) -> bool {
    let row = statement.keyword();
    let is_file = |word: &Word| word.bytes.starts_with(b"<");
    row.is_some_and(|row| row.kind == Kind::Script)
        && statement
            .arguments()
            .first()
            .is_some_and(|word| !is_file(word))
}

fn names_script_user(context: &Context<'_>) -> bool {
    let mut globals = context.tree.blocks("global_defs");
    globals.any(|block| block.find("script_user").is_some())
}

fn tell(context: &Context<'_>, statement: &Statement, found: &mut Diagnostics) {
    let (word, what) = match users(statement) {
        [user, ..] if !user.is("root") && !context.host.has_user(&user.text()) => (user, "user"),
        [_, group] if !group.is("root") && !context.host.has_group(&group.text()) => {
            (group, "group")
        }
        _ => return,
    };
    if found.tells_of(&word.place().span) {
        return;
    }
    let sentence = format!("this machine has no {what} {}", word.text());
    let mut diagnostic = MISSING.at(word.place(), sentence);
    let is_behind_command = statement
        .keyword()
        .is_some_and(|row| row.kind == Kind::Script);
    if is_behind_command {
        diagnostic = diagnostic.hint(
            "the words behind a command are a user and a group: put the command and its arguments in double quotes",
        );
    }
    found.push(diagnostic);
}
