//! What was to be filled in and was not.

use super::{Context, Lint};
use crate::diagnostic::{Diagnostics, Severity};
use crate::word::Word;

pub(super) const PLACEHOLDER: Lint = Lint {
    code: "placeholder",
    severity: Severity::Warning,
    title: "A placeholder was not filled in",
    why: "The word looks like one of an example or a template. It is used as it is written.",
    what_to_do: "Write the value. What differs from router to router can be a definition, `$NAME=value` above its use, or \
                 a variable of the environment, `${_ENV NAME}`.",
};

/// Words of examples and templates. What the loader takes for a definition that is not there, it tells itself.
pub(super) fn words(context: &Context<'_>, found: &mut Diagnostics) {
    context.statements(|statement| {
        let head = statement.head();
        // Signs mean something of their own there.
        if head.is("regex") || head.is("auth_pass") || head.is("password") {
            return;
        }
        let placeholders = statement
            .words
            .iter()
            .filter(|word| is_placeholder(&word.text()));
        placeholders.for_each(|word| tell(word, found));
    });
}

fn is_placeholder(text: &str) -> bool {
    let plain = text.split('/').next().unwrap_or_default();
    is_in_brackets(plain) || is_in_brackets(text) || is_address_of_x(text) || is_wish(text)
}

/// `<ip>`, `VI_<name>`, `%%IP%%`, `__IP__`.
fn is_in_brackets(text: &str) -> bool {
    let inside = |open: &str, close: &str| {
        let (_, rest) = text.split_once(open)?;
        let (inside, _) = rest.split_once(close)?;
        Some(inside.to_owned())
    };
    // `</path` is a file that a script reads.
    let is_name = |inside: String| {
        let rest = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '@');
        let name = inside.trim_matches('-');
        name.starts_with(char::is_alphanumeric) && name.chars().all(rest)
    };
    let whole = text.starts_with("__") && text.ends_with("__");
    inside("<", ">").is_some_and(is_name)
        || inside("%%", "%%").is_some_and(is_name)
        || text.starts_with('[') && inside("[", "]").is_some_and(is_name)
        || whole && inside("__", "__").is_some_and(is_name)
}

/// `x.x.x.x`, `10.0.0.X/24`, `192.168.xx.xx`.
fn is_address_of_x(text: &str) -> bool {
    let address = text.split('/').next().unwrap_or_default();
    let mut parts = 0;
    let mut wild = false;
    for part in address.split('.') {
        parts += 1;
        let is_x = |c: char| matches!(c, 'x' | 'X' | 'y' | 'Y' | 'z' | 'Z' | '*' | '?');
        let is_part = |c: char| c.is_ascii_digit() || is_x(c);
        if part.is_empty() || !part.chars().all(is_part) {
            return false;
        }
        wild |= part.chars().any(is_x);
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
fn tell(word: &Word, found: &mut Diagnostics) {
    if !found.has_room() {
        return;
    }
    let (text, place) = (word.text(), word.place());
    let hint = format!("`{text}` looks like a placeholder: write the value");
    if !found.add_hint(&place.span, &hint) {
        let sentence = format!("`{text}` looks like a placeholder; it is used as it is");
        found.push(PLACEHOLDER.at(place, sentence));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_were_to_be_filled_in() {
        for word in [
            "<ip>",
            "VI_<the name>",
            "xx.xx.xx.xx",
            "10.0.0.X/24",
            "<vip>/24",
            "CHANGEME",
            "__IP__",
            "%%IP%%",
            "__IP__/24",
            "[peer_ip]",
            "<10.0.0.1>",
            "<--VIP-->",
            "10.xx.1xx1.xxx/28",
        ] {
            assert!(is_placeholder(word), "{word}");
        }
        for word in [
            "10.0.0.1",
            "eth0",
            "$",
            "a$b",
            "x",
            "xx.xx",
            "1.2.3",
            "VI__1__x",
            "<",
            "-> x",
            "$1",
            "cat </dev/null >x",
        ] {
            assert!(!is_placeholder(word), "{word}");
        }
    }
}
