//! What a wrong word was meant to be, where that is beyond doubt: for `check --fix`.

use crate::schema::{self, Form, Keyword, Kind};
use crate::tree::Statement;
use crate::value::{self, Prefix};

/// The keyword of a block, perhaps with its value, that a word which is none was meant to be.
pub(crate) fn keyword(block: &str, word: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(word).ok()?;
    let seen = without_invisible(text);
    if seen != text && schema::find(block, &seen).is_some() {
        return Some(seen);
    }
    if let Some(at) = text.find([':', '=', '：', '＝']) {
        let (name, value) = text.split_at(at);
        let value = value.trim_start_matches([':', '=', '：', '＝']);
        let takes_value = schema::find(block, name).is_some_and(|k| !k.form.has_braces());
        return takes_value.then(|| format!("{name} {value}").trim_end().to_owned());
    }
    let lower = text.to_ascii_lowercase();
    if lower != text && schema::find(block, &lower).is_some() {
        return Some(lower);
    }
    only_near(text, schema::words_of(block))
}

/// The word of a list that one in another case, or with one letter wrong, was meant to be.
pub(crate) fn choice(row: &Keyword, word: &[u8]) -> Option<String> {
    let Kind::OneOf { words, .. } = row.kind else {
        return None;
    };
    let text = std::str::from_utf8(word).ok()?;
    let in_case = words
        .split('|')
        .find(|known| known.eq_ignore_ascii_case(text));
    in_case
        .map(str::to_owned)
        .or_else(|| only_near(text, words.split('|')))
}

/// The name of today of a keyword that means the same in the same place.
pub(crate) fn synonym(statement: &Statement, instead: &str) -> Option<String> {
    let row = statement.keyword()?;
    let other = schema::find(row.block, instead)?;
    let takes_nothing = matches!(other.form, Form::Flag | Form::Optional);
    let same = match statement.arguments().is_empty() {
        true => takes_nothing,
        false => other.kind == row.kind && other.kind != Kind::Own,
    };
    same.then(|| instead.to_owned())
}

/// The state that one of another name is.
pub(crate) fn state(text: &str) -> Option<&'static str> {
    match text.to_ascii_uppercase().as_str() {
        "MASTER" => Some("MASTER"),
        "BACKUP" | "SLAVE" | "STANDBY" | "SECONDARY" => Some("BACKUP"),
        upper => match only_near(upper, ["MASTER", "BACKUP"].into_iter())?.as_str() {
            "MASTER" => Some("MASTER"),
            _ => Some("BACKUP"),
        },
    }
}

/// `ADDRESS/LENGTH` for what differs from it by punctuation, or has a mask in the place of its length.
pub(crate) fn network(word: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(word).ok()?;
    let plain = without_invisible(text)
        .replace(['\\', '／'], "/")
        .replace("//", "/");
    let plain = plain.trim_end_matches([',', ';', '.']);
    let (address, length) = plain.split_once('/').unwrap_or((plain, ""));
    let mended = match mask(length) {
        Some(length) => format!("{address}/{length}"),
        None => plain.to_owned(),
    };
    let (_, prefix) = value::network(mended.as_bytes())?;
    let is_right = matches!(prefix, Prefix::None | Prefix::Length(_));
    (is_right && mended != text).then_some(mended)
}

/// `255.255.255.0` as 24.
fn mask(text: &str) -> Option<u32> {
    let mask: std::net::Ipv4Addr = text.parse().ok()?;
    let bits = mask.to_bits();
    (bits.leading_ones() == bits.count_ones() && bits != 0).then(|| bits.count_ones())
}

/// A password as it is used, if it can be written so.
pub(crate) fn password(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '!' | '#' | '$' | '{' | '}' | '\\');
    text.chars().all(plain).then_some(text)
}

/// The one candidate that differs by one letter, left out, put in, changed or exchanged with the next.
fn only_near<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    const SHORTEST: usize = 4;
    const LONGEST: usize = 64;
    // A sign in front of a word may be somebody's way to put it out of use.
    let is_word = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !is_word || !(SHORTEST..=LONGEST).contains(&text.len()) {
        return None;
    }
    let close = |word: &&str| {
        word.len().abs_diff(text.len()) <= 1 && strsim::damerau_levenshtein(text, word) == 1
    };
    let mut near = candidates.filter(close);
    let first = near.next()?;
    near.next().is_none().then(|| first.to_owned())
}

/// Without what nobody sees: zero-width characters, byte order marks, blanks that are none.
fn without_invisible(text: &str) -> String {
    let is_invisible = |c: &char| {
        matches!(
            c,
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{a0}' | '\u{3000}'
        )
    };
    text.chars().filter(|c| !is_invisible(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords() {
        let mended = |text: &str| keyword("vrrp_instance", text.as_bytes());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(mended("priorty"), some("priority"));
        assert_eq!(mended("prioirty"), some("priority"));
        assert_eq!(mended("Priority"), some("priority"));
        assert_eq!(mended("priority:"), some("priority"));
        assert_eq!(mended("priority=100"), some("priority 100"));
        assert_eq!(mended("\u{200b}priority"), some("priority"));
        assert_eq!(mended("virtual_ipaddress:"), None);
        assert_eq!(mended("nonsense"), None);
        assert_eq!(mended("%priority"), None);
        // `garp_master_delay` and others are further away than one letter.
        assert_eq!(mended("garp_maste"), None);
    }

    #[test]
    fn states_and_networks() {
        assert_eq!(state("slave"), Some("BACKUP"));
        assert_eq!(state("Master"), Some("MASTER"));
        assert_eq!(state("BAKCUP"), Some("BACKUP"));
        assert_eq!(state("EQUAL"), None);
        let mended = |text: &str| network(text.as_bytes());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(mended("10.0.0.1/255.255.255.0"), some("10.0.0.1/24"));
        assert_eq!(mended("10.0.0.1\\24"), some("10.0.0.1/24"));
        assert_eq!(mended("10.0.0.1//24"), some("10.0.0.1/24"));
        assert_eq!(mended("10.0.0.1/24,"), some("10.0.0.1/24"));
        assert_eq!(mended("10.0.0.1/255.0.255.0"), None);
        assert_eq!(mended("10.0.0.1/99"), None);
        assert_eq!(mended("xx.xx"), None);
        assert_eq!(mended("10.0.0.1"), None);
    }
}
