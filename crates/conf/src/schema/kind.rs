//! What value a keyword takes: the machine-readable column of the table.

use std::fmt;

/// The value of a keyword, with its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// None: the keyword says it all.
    Flag,
    /// `true on yes` or `false off no`; nothing means true.
    Bool,
    /// A whole number.
    Int {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// A decimal, held in units of its last place.
    Decimal {
        /// The unit it is written in.
        unit: Unit,
        /// Places after the point.
        places: u32,
        /// The least, in units of the last place.
        min: u64,
        /// The most, in units of the last place.
        max: u64,
    },
    /// One of these words, with `|` between them.
    OneOf {
        /// The words.
        words: &'static str,
        /// Whether capitals matter.
        exact: bool,
    },
    /// One word of any text.
    Word,
    /// An address of either family.
    Ip,
    /// An IPv4 address.
    Ip4,
    /// An IPv6 address.
    Ip6,
    /// The name of an interface.
    Interface,
    /// The path of a file or a directory.
    Path,
    /// A command, and who runs it.
    Script,
    /// A user and a group.
    User,
    /// What is in braces.
    Block,
    /// A grammar of its own, which the arguments show.
    Own,
}

/// The unit a decimal is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl Kind {
    /// Reads a cell of the table.
    pub(super) fn parse(cell: &'static str) -> Option<Self> {
        let (word, rest) = cell.split_once(' ').unwrap_or((cell, ""));
        Some(match word {
            "none" => Self::Flag,
            "bool" => Self::Bool,
            "int" => {
                let (min, max) = rest.split_once("..")?;
                Self::Int {
                    min: min.parse().ok()?,
                    max: max.parse().ok()?,
                }
            }
            "seconds" => decimal(Unit::Seconds, 6, rest)?,
            "seconds3" => decimal(Unit::Seconds, 3, rest)?,
            "millis" => decimal(Unit::Milliseconds, 3, rest)?,
            "one-of" | "one-of-i" => Self::OneOf {
                words: rest,
                exact: word == "one-of",
            },
            "word" => Self::Word,
            "ip" => Self::Ip,
            "ip4" => Self::Ip4,
            "ip6" => Self::Ip6,
            "interface" => Self::Interface,
            "path" => Self::Path,
            "script" => Self::Script,
            "user" => Self::User,
            "block" => Self::Block,
            "own" => Self::Own,
            _ => return None,
        })
    }

    /// What would be right, in words: `1..=255`, `true, on, yes, false, off or no`.
    pub fn expected(&self) -> String {
        match self {
            Self::Flag => "nothing".to_owned(),
            Self::Bool => "true, on, yes, false, off or no".to_owned(),
            Self::Int { min, max } => format!("{min}..={max}"),
            Self::Decimal {
                places, min, max, ..
            } => format!("{}..={}", short(*min, *places), short(*max, *places)),
            Self::OneOf { words, .. } => alternatives(words),
            Self::Word => "a word".to_owned(),
            Self::Ip => "an IPv4 or IPv6 address".to_owned(),
            Self::Ip4 => "an IPv4 address".to_owned(),
            Self::Ip6 => "an IPv6 address".to_owned(),
            Self::Interface => "the name of an interface".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Script => "a command".to_owned(),
            Self::User => "a user, and a group".to_owned(),
            Self::Block => "a block".to_owned(),
            Self::Own => String::new(),
        }
    }
}

impl Kind {
    /// The one of its words that differs from a text in capitals only.
    pub(crate) fn in_other_letters(&self, text: &str) -> Option<&'static str> {
        let Self::OneOf { words, .. } = self else {
            return None;
        };
        words
            .split('|')
            .find(|word| word.eq_ignore_ascii_case(text))
    }
}

/// The stable name, for machines.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Bool => "boolean",
            Self::Int { .. } => "integer",
            Self::Decimal {
                unit: Unit::Seconds,
                ..
            } => "seconds",
            Self::Decimal {
                unit: Unit::Milliseconds,
                ..
            } => "milliseconds",
            Self::OneOf { .. } => "one-of",
            Self::Word => "word",
            Self::Ip => "ip",
            Self::Ip4 => "ipv4",
            Self::Ip6 => "ipv6",
            Self::Interface => "interface",
            Self::Path => "path",
            Self::Script => "script",
            Self::User => "user",
            Self::Block => "block",
            Self::Own => "own",
        })
    }
}

fn decimal(unit: Unit, places: u32, range: &str) -> Option<Kind> {
    let (min, max) = range.split_once("..")?;
    Some(Kind::Decimal {
        unit,
        places,
        min: fixed(min, places)?,
        max: fixed(max, places)?,
    })
}

/// A decimal of the table in units of its last place.
fn fixed(text: &str, places: u32) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = places.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let fraction: u64 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let whole: u64 = whole.parse().ok()?;
    Some(whole * 10u64.pow(places) + fraction * 10u64.pow(missing))
}

/// All places: `0.010000`.
pub(crate) fn exact(value: u64, places: u32) -> String {
    let unit = 10u64.pow(places);
    let digits = usize::try_from(places).unwrap_or(0);
    format!("{}.{:0digits$}", value / unit, value % unit)
}

/// The places that say something: `0.01`.
pub(crate) fn short(value: u64, places: u32) -> String {
    let text = exact(value, places);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `a|b|c` as `a, b or c`.
fn alternatives(words: &str) -> String {
    match words.rsplit_once('|') {
        Some((first, last)) => format!("{} or {last}", first.replace('|', ", ")),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_and_told() {
        let told = |cell| Kind::parse(cell).map(|kind| kind.expected());
        assert_eq!(told("int -20..19").as_deref(), Some("-20..=19"));
        assert_eq!(told("seconds 0.01..255").as_deref(), Some("0.01..=255"));
        assert_eq!(
            told("seconds3 0.001..4294").as_deref(),
            Some("0.001..=4294")
        );
        assert_eq!(told("one-of a|b|c").as_deref(), Some("a, b or c"));
        assert_eq!(told("int x..y"), None);
        assert_eq!(told("nonsense"), None);
    }
}
