//! Scripts that are not on this machine.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::{Context, Lint};
use crate::diagnostic::{Diagnostics, Severity};
use crate::schema::Kind;
use crate::word::command_words;

pub(super) const MISSING: Lint = Lint {
    code: "missing-script",
    severity: Severity::Warning,
    title: "A script is not there",
    why: "A check whose script is not there is left out, so nothing is checked; a notification does not happen. The check \
          looks for the script on this machine, which may be another than the one that the file is for.",
    what_to_do: "Write the script's full path. If the file is for another machine, look there.",
};

/// Scripts of all kinds. What the loader has told already is not told again.
pub(super) fn missing(context: &Context<'_>, found: &mut Diagnostics) {
    context.statements(|statement| {
        let is_script = statement
            .keyword()
            .is_some_and(|row| row.kind == Kind::Script);
        let Some(word) = statement.arguments().first().filter(|_| is_script) else {
            return;
        };
        let command = command_words(&word.bytes);
        let Some(program) = command.first().filter(|program| !program.starts_with(b"<")) else {
            return;
        };
        let program = Path::new(OsStr::from_bytes(program));
        let place = word.place();
        if context.host.has_program(program) || found.tells_of(&place.span) {
            return;
        }
        let sentence = format!("there is no {} on this machine", program.display());
        found.push(MISSING.at(place, sentence));
    });
}
