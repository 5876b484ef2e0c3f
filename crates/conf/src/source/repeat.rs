//! `~SEQ`, `~SEQx` and `~LST`: one line for each value.

use super::text::{Text, is_blank};

/// What a line that begins with `~` repeats.
pub(super) struct Repetition {
    /// Names of the variables.
    names: Vec<Vec<u8>>,
    values: Values,
    /// The text that is repeated.
    pub(super) rest: Text,
}

enum Values {
    Sequence {
        next: i64,
        step: i64,
        end: i64,
        hexadecimal: bool,
        done: bool,
    },
    List(std::vec::IntoIter<Vec<Vec<u8>>>),
}

/// Why a line with `~` is dropped: the original's words, and what it always adds.
pub(super) struct Invalid {
    /// What is wrong in particular.
    pub(super) why: Option<&'static str>,
    /// Whether it is a list.
    list: bool,
}

impl Invalid {
    fn sequence(why: &'static str) -> Self {
        Self {
            why: Some(why),
            list: false,
        }
    }

    /// What is said of every such line.
    pub(super) fn specification(&self) -> &'static str {
        if self.list {
            "Invalid ~LST specification"
        } else {
            "Invalid ~SEQ specification"
        }
    }
}

/// Whether a line begins with one of them.
pub(super) fn begins(line: &[u8]) -> bool {
    line.starts_with(b"~SEQ") || line.starts_with(b"~LST")
}

/// The range of the arguments: what is between the brackets.
pub(super) fn arguments(line: &[u8]) -> Option<std::ops::Range<usize>> {
    let name = if line.starts_with(b"~SEQx") { 5 } else { 4 };
    let open = name + line[name..].iter().position(|b| !is_blank(*b))?;
    if line[open] != b'(' {
        return None;
    }
    let close = open + line[open..].iter().position(|b| *b == b')')?;
    Some(open + 1..close)
}

impl Repetition {
    /// Reads a line whose definitions are put in.
    pub(super) fn parse(line: &Text) -> Result<Self, Invalid> {
        let bytes = line.bytes();
        let list = bytes.starts_with(b"~LST");
        let Some(range) = arguments(bytes) else {
            let open = bytes.iter().position(|b| *b == b'(');
            let why = open.filter(|_| !list).map(|open| {
                if bytes[open..].contains(&b',') {
                    "~SEQ missing terminating ')'"
                } else {
                    "Invalid ~SEQ definition"
                }
            });
            return Err(Invalid { why, list });
        };
        let rest = line.part(range.end + 1..line.len()).trimmed();
        let words = split(&bytes[range]);
        let (names, values) = if list {
            parse_list(&words)?
        } else {
            parse_sequence(&words, bytes.starts_with(b"~SEQx"))?
        };
        Ok(Self {
            names,
            values,
            rest,
        })
    }

    /// The variables' next values; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
        match &mut self.values {
            Values::Sequence {
                next,
                step,
                end,
                hexadecimal,
                done,
            } => {
                let past = if *step > 0 {
                    *next > *end
                } else {
                    *next < *end
                };
                if *done || past {
                    return None;
                }
                let text = if *hexadecimal {
                    format!("{next:x}")
                } else {
                    next.to_string()
                };
                *done = next.checked_add(*step).is_none_or(|sum| {
                    *next = sum;
                    false
                });
                Some(vec![(self.names[0].clone(), text.into_bytes())])
            }
            Values::List(tuples) => Some(self.names.iter().cloned().zip(tuples.next()?).collect()),
        }
    }
}

/// Splits at commas outside braces, blanks around the words removed.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut words, mut from, mut depth) = (Vec::new(), 0, 0usize);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                words.push(bytes[from..at].trim_ascii());
                from = at + 1;
            }
            _ => {}
        }
    }
    words.push(bytes[from..].trim_ascii());
    words
}

fn parse_sequence(words: &[&[u8]], hexadecimal: bool) -> Result<(Vec<Vec<u8>>, Values), Invalid> {
    let wrong = || Invalid::sequence("Invalid ~SEQ definition");
    let number = |word: &[u8]| c_integer(word).ok_or_else(wrong);
    let (name, start, step, end) = match words {
        [[], ..] => return Err(wrong()),
        [name, end] => (name, 1, None, number(end)?),
        [name, start, end] => (name, number(start)?, None, number(end)?),
        [name, start, step, end] => (name, number(start)?, Some(number(step)?), number(end)?),
        _ => return Err(wrong()),
    };
    let step = step.unwrap_or(if end >= start { 1 } else { -1 });
    let leads = step != 0 && (end == start || (end > start) == (step > 0));
    if !leads {
        return Err(Invalid::sequence("Invalid ~SEQ values"));
    }
    if hexadecimal && start.min(end) < 0 {
        let why = "~SEQx is only valid for positive numbers";
        return Err(Invalid::sequence(why));
    }
    let values = Values::Sequence {
        next: start,
        step,
        end,
        hexadecimal,
        done: false,
    };
    Ok((vec![name.to_vec()], values))
}

/// A number as C reads it; nothing is 0.
fn c_integer(word: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(word).ok()?;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let plain = digits.bytes().all(|b| b.is_ascii_alphanumeric());
    let value = match digits.strip_prefix("0x") {
        _ if !plain => None,
        Some(hexadecimal) => i64::from_str_radix(hexadecimal, 16).ok(),
        None if digits.is_empty() => Some(0),
        None if digits.starts_with('0') => i64::from_str_radix(digits, 8).ok(),
        None => digits.parse().ok(),
    }?;
    Some(if negative { -value } else { value })
}

fn parse_list(words: &[&[u8]]) -> Result<(Vec<Vec<u8>>, Values), Invalid> {
    let wrong = |why| Invalid { why, list: true };
    let Some((first, rest)) = words.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Err(wrong(None));
    };
    let names = tuple(first);
    let mut tuples = Vec::new();
    for word in rest {
        let mut values = tuple(word);
        if values.len() > names.len() {
            return Err(wrong(Some("~LST specification has too many values")));
        }
        values.resize(names.len(), Vec::new());
        tuples.push(values);
    }
    Ok((names, Values::List(tuples.into_iter())))
}

/// `{a,b}` or a single word.
fn tuple(word: &[u8]) -> Vec<Vec<u8>> {
    match word
        .strip_prefix(b"{")
        .and_then(|inner| inner.strip_suffix(b"}"))
    {
        Some(inner) => inner
            .split(|b| *b == b',')
            .map(|w| w.trim_ascii().to_vec())
            .collect(),
        None => vec![word.to_vec()],
    }
}

/// Puts the variables' values into a text; everything else stays.
pub(super) fn substitute(text: &Text, values: &[(Vec<u8>, Vec<u8>)]) -> Text {
    let bytes = text.bytes();
    let mut out = Text::default();
    let mut from = 0;
    let mut at = 0;
    while let Some(dollar) = bytes[at..].iter().position(|b| *b == b'$').map(|i| at + i) {
        let Some((value, end)) = variable(bytes, dollar, values) else {
            at = dollar + 1;
            continue;
        };
        out.push_part(text, from..dollar);
        out.push_replaced(value, &text.place(dollar..end));
        (from, at) = (end, end);
    }
    out.push_part(text, from..bytes.len());
    out
}

/// The value that belongs at `dollar`, and where its use ends.
fn variable<'a>(
    bytes: &[u8],
    dollar: usize,
    values: &'a [(Vec<u8>, Vec<u8>)],
) -> Option<(&'a [u8], usize)> {
    let braced = bytes.get(dollar + 1) == Some(&b'{');
    let start = dollar + 1 + usize::from(braced);
    let name = super::define::name_at(&bytes[start..])?;
    let end = start + name.len();
    let next = bytes.get(end);
    let ends = if braced {
        next == Some(&b'}')
    } else {
        next.is_none_or(|b| is_blank(*b) || matches!(b, b',' | b')'))
    };
    let (_, value) = values.iter().find(|(known, _)| ends && known == name)?;
    Some((value, end + usize::from(braced)))
}
