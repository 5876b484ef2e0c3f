//! What was to be filled in and was not.

use super::{Context, Lint};
use crate::diagnostic::{Diagnostics, Severity};
use crate::word::Word;

pub(super) const PLACEHOLDER: Lint = Lint {
    code: "placeholder",
    severity: Severity::Warning,
    title: "A placeholder was not filled in",
    why: "The word looks like one of an example or a template, or like a definition that is not there. It is used as it \
          is written.",
    what_to_do: "Write the value. A definition stands above its use, as `$NAME=value`; variables of the environment are \
                 `${_ENV NAME}`.",
};

/// Words of examples and templates.
pub(super) fn words(context: &Context<'_>, found: &mut Diagnostics) {
    context.statements(|statement| {
        let scripts = statement
            .keyword()
            .is_some_and(|row| row.arguments.contains("SCRIPT"));
        // A shell puts in what a script has; a regular expression has signs of its own.
        if scripts || statement.head().is("regex") || statement.head().is("auth_pass") {
            return;
        }
        for word in &statement.words[..] {
            if let Some(kind) = kind(&word.text()) {
                tell(word, kind, found);
            }
        }
    });
}

/// What kind of placeholder a word is.
fn kind(text: &str) -> Option<&'static str> {
    let inner = |open: &str, close: &str| {
        let rest = &text[text.find(open)? + open.len()..];
        let inside = &rest[..rest.find(close)?];
        (!inside.is_empty()).then_some(())
    };
    let name = text
        .strip_prefix('$')
        .map(|rest| rest.trim_start_matches('{').trim_end_matches('}'));
    let is_name = |name: &str| {
        let mut chars = name.chars();
        chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if inner("${", "}").is_some() || name.is_some_and(is_name) {
        return Some("a definition that is not there");
    }
    let marks = inner("<", ">").is_some()
        || inner("%%", "%%").is_some()
        || inner("__", "__").is_some() && text.starts_with("__");
    (marks || is_address_of_x(text) || is_wish(text)).then_some("a placeholder")
}

/// `x.x.x.x`, `10.0.0.X/24`, `192.168.xx.xx`.
fn is_address_of_x(text: &str) -> bool {
    let address = text.split('/').next().unwrap_or_default();
    let mut parts = 0;
    let mut wild = false;
    for part in address.split('.') {
        parts += 1;
        let is_x = !part.is_empty() && part.chars().all(|c| matches!(c, 'x' | 'X' | '*' | '?'));
        let is_number = !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        if !is_x && !is_number {
            return false;
        }
        wild |= is_x;
    }
    parts == 4 && wild
}

fn is_wish(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let words = [
        "CHANGEME",
        "CHANGE_ME",
        "CHANGE-ME",
        "REPLACEME",
        "REPLACE_ME",
        "FIXME",
        "YOUR_",
        "YOUR-",
    ];
    words.iter().any(|word| upper.starts_with(word))
}

/// What was said of the word gets a hint; else the word gets a finding.
fn tell(word: &Word, kind: &str, found: &mut Diagnostics) {
    if !found.has_room() {
        return;
    }
    let span = &word.place().span;
    let hint = format!("`{}` looks like {kind}: write the value", word.text());
    if found.add_hint(span, &hint) {
        return;
    }
    let sentence = format!("`{}` looks like {kind}; it is used as it is", word.text());
    found.push(PLACEHOLDER.at(word.place(), sentence));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_were_to_be_filled_in() {
        for word in [
            "<ip>",
            "${VIP}",
            "$VIP",
            "xx.xx.xx.xx",
            "10.0.0.X/24",
            "<vip>/24",
            "CHANGEME",
            "__IP__",
            "%%IP%%",
        ] {
            assert!(kind(word).is_some(), "{word}");
        }
        for word in [
            "10.0.0.1", "eth0", "$", "a$b", "x", "xx.xx", "1.2.3", "VI__1__x", "<", "-> x", "$1",
        ] {
            assert!(kind(word).is_none(), "{word}");
        }
    }
}
