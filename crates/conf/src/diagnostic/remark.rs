//! Comments that are for us: `# keepalived: allow(CODE, ...)`.

use std::sync::Arc;

use super::Span;

/// What a comment for us begins with.
const MARK: &[u8] = b"keepalived:";

/// What was read beside the configuration itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Remarks {
    /// The files, in the order in which they were opened.
    pub(crate) files: Vec<Arc<str>>,
    /// Comments that are for us.
    pub(crate) list: Vec<Remark>,
}

/// One such comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// The word before the brackets.
    pub(crate) verb: Span,
    /// What is between them.
    pub(crate) codes: Vec<Span>,
    /// What it is about.
    pub(crate) reach: Reach,
}

/// What a comment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Its own line.
    Line,
    /// It stands alone: the next line that says something, if there is one, and a block that it is at the top of.
    Below(Option<u32>),
}

impl Remarks {
    /// Reads the comment that begins at `at`; `alone`: there is nothing before it.
    pub(crate) fn read(&mut self, line: &Span, at: usize, alone: bool) -> bool {
        let reach = if alone {
            Reach::Below(None)
        } else {
            Reach::Line
        };
        let Some((verb, codes)) = parse(line, at) else {
            return false;
        };
        self.list.push(Remark { verb, codes, reach });
        true
    }
}

/// `# keepalived: VERB(CODE, CODE)`. Any other comment is none of our business.
fn parse(line: &Span, at: usize) -> Option<(Span, Vec<Span>)> {
    let bytes = line.bytes();
    let comment = bytes.get(at..)?;
    let mark = comment.windows(MARK.len()).position(|word| word == MARK)?;
    if !comment[..mark]
        .iter()
        .all(|b| matches!(b, b'#' | b'!' | b' ' | b'\t'))
    {
        return None;
    }
    let begin = at + mark + MARK.len();
    let open = begin + bytes[begin..].iter().position(|b| *b == b'(')?;
    let close = open + bytes[open..].iter().position(|b| *b == b')')?;
    let verb = trimmed(bytes, begin, open);
    let is_word = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_');
    if verb.is_empty() || !bytes[verb.clone()].iter().all(is_word) {
        return None;
    }
    let mut codes = Vec::new();
    let mut from = open + 1;
    for code in bytes[from..close].split(|b| *b == b',') {
        let to = from + code.len();
        let word = trimmed(bytes, from, to);
        if !word.is_empty() {
            codes.push(line.part(word));
        }
        from = to + 1;
    }
    Some((line.part(verb), codes))
}

/// A range of a line without the blanks around it.
fn trimmed(line: &[u8], from: usize, to: usize) -> std::ops::Range<usize> {
    let bytes = &line[from..to];
    let start = from + bytes.len() - bytes.trim_ascii_start().len();
    start..start.max(to - (bytes.len() - bytes.trim_ascii_end().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Vec<String>)> {
        let line = Span::of_text(text);
        let (verb, codes) = parse(&line, 0)?;
        let codes = codes.iter().map(|code| code.text().into_owned());
        Some((verb.text().into_owned(), codes.collect()))
    }

    #[test]
    fn comments_for_us() {
        let some = |verb: &str, codes: &[&str]| {
            Some((
                verb.to_owned(),
                codes.iter().map(|c| (*c).to_owned()).collect(),
            ))
        };
        assert_eq!(
            read("# keepalived: allow(a, b-c)"),
            some("allow", &["a", "b-c"])
        );
        assert_eq!(
            read("#keepalived:allow-file( x )"),
            some("allow-file", &["x"])
        );
        assert_eq!(read("! keepalived: allow() why"), some("allow", &[]));
        assert_eq!(read("# keepalived: the router (left)"), None);
        assert_eq!(read("# see keepalived: allow(a)"), None);
        assert_eq!(read("# keepalived: allow(a"), None);
    }
}
