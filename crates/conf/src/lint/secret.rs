//! Passwords that everybody on the machine can read.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Context, Lint};
use crate::diagnostic::{Diagnostics, Severity};
use crate::tree::Statement;

pub(super) const READABLE: Lint = Lint {
    code: "secret-readable-by-all",
    severity: Severity::Warning,
    title: "A file with a password can be read by every user",
    why: "Whoever knows the password of an instance can send adverts that make every router give up its addresses.",
    what_to_do: "Take the right to read from others: `chmod o-r FILE`. Secrets can also stand in a file of their own, which \
                 is included.",
};

/// Files that have a secret in them and may be read by all.
pub(super) fn readable(context: &Context<'_>, found: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    context.statements(|statement| {
        let Some(word) = statement
            .arguments()
            .last()
            .filter(|_| is_secret(statement))
        else {
            return;
        };
        let place = word.place();
        // What is put in from a definition stands where that is.
        let span = place.definition.as_deref().unwrap_or(&place.span);
        let file = span.file();
        if !seen.insert(file.to_owned()) {
            return;
        }
        let mode = context.host.mode(Path::new(file)).unwrap_or(0);
        if mode & 0o004 != 0 {
            let sentence =
                format!("{file} has a secret in it and may be read by all: its mode is {mode:04o}");
            // Not at the definition: its line is the secret, whatever its name.
            found.push(READABLE.at(statement.head().place(), sentence));
        }
    });
}

fn is_secret(statement: &Statement) -> bool {
    let head = statement.head();
    let keys = head.is("key") && statement.arguments().len() == 2;
    keys || head.is("auth_pass") || head.is("password")
}
