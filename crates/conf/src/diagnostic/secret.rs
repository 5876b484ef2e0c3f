//! Passwords and keys, which are shown to nobody: whoever reads a finding may not be meant to know them.

use std::borrow::Cow;
use std::ops::Range;

use super::{Diagnostic, Edit, Related};

/// What a word that is followed by a secret begins with, whatever its capitals.
const KEYWORDS: [&str; 6] = [
    "auth_pas", "password", "passwd", "--pass", "secret", "token",
];

/// What a name has in it whose value, after a `=`, is a secret.
const NAMES: [&str; 8] = [
    "pass", "pw", "pwd", "secret", "token", "apikey", "api_key", "auth",
];

/// Where the secrets of a line are.
pub(super) fn secrets(line: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if let Some(at) = after_keyword(line) {
        found.push(at..line.len());
    }
    found.extend(key_of_hmac(line));
    found.extend(values(line));
    found.extend(users_of_urls(line));
    found
}

/// The whole rest of the line: a password may have blanks, or what follows it may be a part that a mistake cut off.
fn after_keyword(line: &[u8]) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let starts = KEYWORDS.iter().filter_map(|word| {
        let found = position(&lower, word.as_bytes())?;
        let blank = lower[found..].iter().position(u8::is_ascii_whitespace)?;
        // `token=VALUE` is a value, and what follows it is none.
        let is_word = !lower[found..found + blank].contains(&b'=');
        is_word.then_some(found + blank)
    });
    starts.min()
}

/// `key ID KEY`, and a `key KEY` that lacks its id; `key PATH` is none.
fn key_of_hmac(line: &[u8]) -> Option<Range<usize>> {
    let mut words = words(line).skip_while(|word| !matches!(&line[word.clone()], b"key" | b"{key"));
    let first = words.nth(1)?;
    words.next().or_else(|| {
        let word = &line[first.clone()];
        let is_number = word.iter().all(u8::is_ascii_digit);
        let is_path = word.iter().any(|b| matches!(b, b'/' | b'.'));
        (!is_number && !is_path).then_some(first)
    })
}

/// `NAME=VALUE`.
fn values(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'&' | b'}');
    let signs = line.iter().enumerate().filter(|(_, b)| **b == b'=');
    signs.filter_map(move |(sign, _)| {
        let start = line[..sign]
            .iter()
            .rposition(|b| !is_name(b))
            .map_or(0, |at| at + 1);
        let name = line[start..sign].to_ascii_lowercase();
        if !NAMES
            .iter()
            .any(|part| position(&name, part.as_bytes()).is_some())
        {
            return None;
        }
        let from = sign + 1 + usize::from(matches!(line.get(sign + 1), Some(b'"' | b'\'')));
        let defines = line.trim_ascii_start().first() == Some(&b'$');
        let length = line[from.min(line.len())..]
            .iter()
            .position(is_end)
            .filter(|_| !defines);
        Some(from..length.map_or(line.len(), |length| from + length))
    })
}

/// `SCHEME://USER:PASSWORD@`.
fn users_of_urls(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    words(line).filter_map(move |word| {
        let scheme = word.start + position(&line[word.clone()], b"://")? + 3;
        let end = line[scheme..word.end].iter().position(|b| *b == b'/');
        let host = scheme..end.map_or(word.end, |end| scheme + end);
        let at = line[host.clone()].iter().rposition(|b| *b == b'@')?;
        let colon = line[host.start..host.start + at]
            .iter()
            .position(|b| *b == b':')?;
        Some(host.start + colon + 1..host.start + at)
    })
}

fn words(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    let pieces = line.split(u8::is_ascii_whitespace).map(move |word| {
        let start = at;
        at += word.len() + 1;
        start..start + word.len()
    });
    pieces.filter(|word| !word.is_empty())
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// `$NAME=VALUE` whose value is put where a secret is wanted.
fn definition(line: &[u8]) -> Option<Range<usize>> {
    let begin = line.iter().position(|b| !b.is_ascii_whitespace())?;
    let sign = line.iter().position(|b| *b == b'=')?;
    (line[begin] == b'$').then_some(sign + 1..line.len())
}

/// A line with a star for each byte of its secrets.
pub(super) fn masked(line: &[u8], defines_secret: bool) -> Cow<'_, [u8]> {
    let mut secrets = secrets(line);
    secrets.extend(definition(line).filter(|_| defines_secret));
    if secrets.is_empty() {
        return Cow::Borrowed(line);
    }
    let mut out = line.to_vec();
    for byte in secrets
        .into_iter()
        .flat_map(|secret| secret.start.min(line.len())..secret.end.min(line.len()))
    {
        if !matches!(line[byte], b' ' | b'\t' | b'}' | b'{') {
            out[byte] = b'*';
        }
    }
    Cow::Owned(out)
}

/// A line with a star for each byte of its secrets, as far as the line alone tells them.
pub(crate) fn masked_line(line: &[u8]) -> Cow<'_, [u8]> {
    masked(line, false)
}

/// A line as anybody may see it.
pub fn shown_line(line: &[u8]) -> String {
    lossy(&masked(line, false))
}

impl Diagnostic {
    /// The line that it is about, its secrets masked.
    pub fn shown_line(&self) -> Option<String> {
        let span = self.span.as_ref()?;
        Some(shown_line(span.source().text))
    }

    /// The line of another place that has to do with it, secrets masked.
    pub fn shown_related(&self, related: &Related) -> String {
        lossy(&masked(related.span.source().text, self.is_about_secret()))
    }

    /// What makes it right, unless that would tell a secret.
    pub fn shown_fix(&self) -> impl Iterator<Item = &Edit> {
        let is_told = !self.is_about_secret();
        self.fix.iter().filter(move |_| is_told)
    }

    /// Whether its line has a secret: what is defined elsewhere for that line may be one, too.
    pub(super) fn is_about_secret(&self) -> bool {
        let span = self.span.as_ref();
        span.is_some_and(|span| !secrets(span.source().text).is_empty())
    }

    /// A text of this finding without the secrets of the lines that it is about.
    pub fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut shown = Cow::Borrowed(text);
        let related = self.related.iter().map(|related| &related.span);
        for span in self.span.iter().chain(related) {
            let line = span.source().text;
            let mut secrets = secrets(line);
            secrets.extend(definition(line).filter(|_| self.is_about_secret()));
            for secret in secrets {
                shown = without(
                    shown,
                    &line[secret.start.min(line.len())..secret.end.min(line.len())],
                );
            }
        }
        shown
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Replaces a secret, and its words, wherever they stand by themselves.
fn without<'t>(text: Cow<'t, str>, secret: &[u8]) -> Cow<'t, str> {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80;
    let quotes = |b: &u8| matches!(b, b'"' | b'\'' | b'{' | b'}') || b.is_ascii_whitespace();
    let mut text = text;
    let words = secret.split(quotes).filter(|word| !word.is_empty());
    // A comment is no secret, and its words are those of any sentence.
    for word in words.take_while(|word| !matches!(word[0], b'#' | b'!')) {
        let Ok(word) = std::str::from_utf8(word) else {
            continue;
        };
        let mut out = String::new();
        let mut from = 0;
        for (at, _) in text.match_indices(word) {
            let end = at + word.len();
            let bytes = text.as_bytes();
            let apart =
                (at == 0 || !is_part(&bytes[at - 1])) && !bytes.get(end).is_some_and(is_part);
            if apart {
                out.push_str(&text[from..at]);
                out.push_str("****");
                from = end;
            }
        }
        if from > 0 {
            out.push_str(&text[from..]);
            text = Cow::Owned(out);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_lines() {
        let rows = [
            ("auth_pass abc def", "auth_pass *** ***"),
            ("AUTH_PASSWORD x }", "AUTH_PASSWORD * }"),
            ("password \"a b\"", "password ** **"),
            ("key 7 0a0b", "key 7 ****"),
            ("key 7", "key 7"),
            ("key 0a0b", "key ****"),
            ("key /etc/ssl/x.pem", "key /etc/ssl/x.pem"),
            ("key x.pem", "key x.pem"),
            ("script \"/x --pass abc\"", "script \"/x --pass ****"),
            (
                "script \"/x --password=abc -v\"",
                "script \"/x --password=*** -v\"",
            ),
            (
                "script \"mysql --password abc\"",
                "script \"mysql --password ****",
            ),
            ("$VRRP_PASS=a b", "$VRRP_PASS=* *"),
            (
                "path http://u:pw@h/x?token=1&y=2",
                "path http://u:**@h/x?token=*&y=2",
            ),
            (
                "notify \"/n http://u@h:80/\"",
                "notify \"/n http://u@h:80/\"",
            ),
            ("priority 100", "priority 100"),
            ("auth_type PASS", "auth_type PASS"),
            ("auth_pass", "auth_pass"),
            ("x_pass=", "x_pass="),
            ("x_pass=\"", "x_pass=\""),
        ];
        for (line, shown) in rows {
            assert_eq!(
                String::from_utf8_lossy(&masked(line.as_bytes(), false)),
                shown
            );
        }
    }

    #[test]
    fn secrets_in_sentences() {
        let shown =
            |text: &'static str, secret: &str| without(text.into(), secret.as_bytes()).into_owned();
        assert_eq!(
            shown("Unmatched quote: 'auth_pass \"ab'", " \"ab"),
            "Unmatched quote: 'auth_pass \"****'"
        );
        assert_eq!(shown("has 8 bytes, abc8", "8"), "has **** bytes, abc8");
        assert_eq!(shown("nothing", "x"), "nothing");
        assert_eq!(
            shown("x is the first", " x # is the first"),
            "**** is the first"
        );
    }
}
