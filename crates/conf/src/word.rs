//! Words: blanks, double quotes, and the shell-like quoting of scripts.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_till1};
use nom::combinator::{consumed, map};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Offset, Parser};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Status};
use crate::source::{Text, is_blank};

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub(crate) bytes: Text,
    pub(crate) place: Place,
}

impl Word {
    /// Where it stands.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The word as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Whether it is exactly this.
    pub fn is(&self, text: &str) -> bool {
        *self.bytes == *text.as_bytes()
    }
}

/// What a piece of a line is, before it gets its place.
enum Lexeme<'a> {
    Bare(&'a [u8]),
    Quoted(&'a [u8]),
    /// A quote that nothing ends.
    Open,
}

/// Splits a line into words. Double quotes begin and end a word.
// keepalived: alloc_strvec
pub(crate) fn words(line: &Text, diagnostics: &mut Diagnostics) -> Box<[Word]> {
    /// A keyword and its value.
    const USUAL: usize = 2;
    let bytes = line.bytes();
    let mut words = Vec::new();
    let mut rest = bytes;
    while let Ok((after, (whole, lexeme))) = next_lexeme(rest) {
        rest = after;
        let start = bytes.offset(whole);
        let (content, quote) = match lexeme {
            Lexeme::Bare(content) => (content, 0),
            Lexeme::Quoted(content) => (content, 1),
            Lexeme::Open => {
                unmatched(line, start, diagnostics);
                continue;
            }
        };
        let from = start + quote;
        let range = from..from + content.len();
        let place = if content.is_empty() {
            line.place(start..start + whole.len())
        } else {
            line.place(range.clone())
        };
        if words.capacity() == 0 {
            words.reserve_exact(USUAL);
        }
        words.push(Word {
            bytes: line.part(range),
            place,
        });
    }
    words.into_boxed_slice()
}

/// Where the second word of a line begins, quotes and all.
pub(crate) fn second_word(line: &Text) -> usize {
    let bytes = line.bytes();
    let rest = next_lexeme(bytes).map_or(&bytes[bytes.len()..], |(rest, _)| rest);
    let blanks = rest.iter().take_while(|b| is_blank(**b)).count();
    bytes.len() - rest.len() + blanks
}

fn next_lexeme(input: &[u8]) -> IResult<&[u8], (&[u8], Lexeme<'_>)> {
    preceded(take_till(|b| !is_blank(b)), consumed(lexeme)).parse(input)
}

fn lexeme(input: &[u8]) -> IResult<&[u8], Lexeme<'_>> {
    let inside = take_till(|b| b == b'"');
    let quoted = preceded(tag(&b"\""[..]), terminated(inside, tag(&b"\""[..])));
    let open = preceded(tag(&b"\""[..]), take_till(|_| false));
    let bare = take_till1(|b| is_blank(b) || b == b'"');
    alt((
        map(quoted, Lexeme::Quoted),
        map(open, |_| Lexeme::Open),
        map(bare, Lexeme::Bare),
    ))
    .parse(input)
}

fn unmatched(line: &Text, start: usize, diagnostics: &mut Diagnostics) {
    let text = String::from_utf8_lossy(line.bytes()).into_owned();
    diagnostics.push(
        Diagnostic::error(
            Code::UnmatchedQuote,
            "this quote is not closed; the word is left out",
        )
        .at(&line.place(start..line.len()))
        .hint("add the other quote, or delete this one")
        .log(format!("Unterminated quote '{text}'"))
        .log(format!("Unmatched quote: '{text}'"))
        .status(Status::UnmatchedQuote),
    );
}

/// Splits what follows the keyword of a script line: command, user, group. Both quotes, pieces join.
// keepalived: alloc_strvec_quoted_escaped
pub(crate) fn script_words(line: &Text, from: usize) -> Vec<Word> {
    let bytes = line.bytes();
    let mut words = Vec::new();
    let mut at = from;
    loop {
        at += bytes[at..].iter().take_while(|b| is_blank(**b)).count();
        if at >= bytes.len() {
            return words;
        }
        let (content, end) = joined_word(bytes, at, Escapes::Known);
        let place = line.place(at..end);
        let mut bytes = Text::default();
        bytes.push_replaced(&content, &place);
        words.push(Word { bytes, place });
        at = end;
    }
}

/// Splits a command into program and arguments.
pub(crate) fn command_words(command: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        at += command[at..].iter().take_while(|b| is_blank(**b)).count();
        if at >= command.len() {
            return words;
        }
        let (word, end) = joined_word(command, at, Escapes::Literal);
        words.push(word);
        at = end;
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    Known,
    Literal,
}

/// One word of quoted and bare pieces, and where it ends. A quote that nothing ends runs to the end.
fn joined_word(bytes: &[u8], start: usize, escapes: Escapes) -> (Vec<u8>, usize) {
    let (mut word, mut quote, mut at) = (Vec::new(), None, start);
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (None, b) if is_blank(b) => break,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), b) if open == b => quote = None,
            (_, b'\\') if escapes == Escapes::Known && at + 1 < bytes.len() => {
                let (value, used) = escape(&bytes[at + 1..]);
                word.push(value);
                at += used;
            }
            (_, b) => word.push(b),
        }
        at += 1;
    }
    (word, at)
}

/// The byte an escape stands for, and how many bytes follow the backslash.
fn escape(rest: &[u8]) -> (u8, usize) {
    let simple = |byte| (byte, 1);
    match rest.first().copied().unwrap_or(b'\\') {
        b'a' => simple(7),
        b'b' => simple(8),
        b'E' => simple(27),
        b'f' => simple(12),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(11),
        b'c' if rest.len() > 1 => (rest[1] & 0x1f, 2),
        b'x' => number(&rest[1..], 2, 16).map_or((b'x', 1), |(value, used)| (value, used + 1)),
        b'0'..=b'7' => number(rest, 3, 8).unwrap_or((rest[0], 1)),
        other => simple(other),
    }
}

fn number(digits: &[u8], most: usize, base: u32) -> Option<(u8, usize)> {
    let is_digit = |b: &&u8| char::from(**b).is_digit(base);
    let used = digits.iter().take(most).take_while(is_digit).count();
    let text = std::str::from_utf8(&digits[..used]).ok()?;
    Some((u8::from_str_radix(text, base).ok()?, used))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    fn text(line: &str) -> Text {
        Text::Written(Span::of_text(line))
    }

    fn split(line: &str) -> Vec<String> {
        words(&text(line), &mut Diagnostics::default())
            .iter()
            .map(Word::text)
            .collect()
    }

    #[test]
    fn double_quotes_begin_and_end_words() {
        assert_eq!(split(r#"a  "b c" d"#), ["a", "b c", "d"]);
        assert_eq!(split(r#"ab"cd"ef"#), ["ab", "cd", "ef"]);
        assert_eq!(split(r#"a "" b"#), ["a", "", "b"]);
        assert_eq!(split("'a b'"), ["'a", "b'"]);
        assert_eq!(split("x \"open end"), ["x"]);
        assert_eq!(split(" \t "), [""; 0]);
    }

    #[test]
    fn script_words_join_and_escape() {
        let line = text(r#"notify a'b c'"d" \x41\102\t"q\"q" user"#);
        let words = script_words(&line, 6);
        let texts: Vec<_> = words.iter().map(Word::text).collect();
        assert_eq!(texts, ["ab cd", "AB\tq\"q", "user"]);
    }

    #[test]
    fn commands_split_at_quotes() {
        let words = command_words(b"/bin/sh -c 'exit 0' \"a b\"c");
        assert_eq!(words, [&b"/bin/sh"[..], b"-c", b"exit 0", b"a bc"]);
    }
}
