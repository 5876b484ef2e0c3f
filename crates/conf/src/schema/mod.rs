//! The one table of keywords: where each is allowed, what it takes, what it is for.
//!
//! The `.tsv` files hold the rows, one file a family of blocks. The parser takes the shape of blocks from them, the
//! loader values and ranges and what is built, the diagnostics their hints, the manual page its text; a test holds the
//! loader to them.

mod kind;
mod manual;
mod support;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

pub use kind::{Kind, Unit};
pub(crate) use kind::{exact, short};
pub use manual::manual;
pub use support::support;

/// The name of the outermost block in the table.
pub const ROOT: &str = "(root)";

/// The rows, by family.
const ROWS: [&str; 8] = [
    include_str!("global.tsv"),
    include_str!("vrrp.tsv"),
    include_str!("track.tsv"),
    include_str!("line.tsv"),
    include_str!("bfd.tsv"),
    include_str!("virtual_server.tsv"),
    include_str!("checker.tsv"),
    include_str!("file.tsv"),
];

/// What follows a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Nothing that is looked at.
    Flag,
    /// At least one word: the original stops reading without it.
    Value,
    /// At least one word: its handler says so itself.
    Checked,
    /// Words that may be left out.
    Optional,
    /// A block of statements.
    Block,
    /// A name and a block of statements.
    Named,
    /// Several words and a block of statements.
    NamedWords,
    /// A block of entries, one a line.
    List,
    /// A name and a block of entries.
    NamedList,
    /// An option in an entry of a list; no keyword of its own.
    Line,
}

impl Form {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "flag" => Self::Flag,
            "value" => Self::Value,
            "checked" => Self::Checked,
            "optional" => Self::Optional,
            "block" => Self::Block,
            "named" => Self::Named,
            "named*" => Self::NamedWords,
            "list" => Self::List,
            "namedlist" => Self::NamedList,
            "line" => Self::Line,
            _ => return None,
        })
    }

    /// Whether braces follow.
    pub fn has_braces(self) -> bool {
        match self {
            Self::Block | Self::Named | Self::NamedWords | Self::List | Self::NamedList => true,
            Self::Flag | Self::Value | Self::Checked | Self::Optional | Self::Line => false,
        }
    }

    /// Whether what is in the braces are entries, not statements.
    pub fn is_list(self) -> bool {
        matches!(self, Self::List | Self::NamedList)
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyword {
    /// The block it is allowed in, outer ones before it: `vrrp_instance/authentication`.
    pub block: &'static str,
    /// The word.
    pub keyword: &'static str,
    /// What follows it.
    pub form: Form,
    /// Its value, for the parser.
    pub kind: Kind,
    /// Grammar of its arguments, for people.
    pub arguments: &'static str,
    /// What the kind does not say of its values, for people; may be empty.
    pub notes: &'static str,
    /// Default, for people.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// `2.2.7` or `post-2.2.7`.
    pub since: &'static str,
    /// The feature it belongs to, if that is not built.
    pub missing_feature: Option<&'static str>,
    /// The original's line for a wrong value: `{value}`, `{keyword}` and `{owner}` stand for what is found.
    pub log: Option<&'static str>,
    /// Its line for no value at all, of a keyword whose handler looks itself; ` || ` parts it from the other.
    pub log_missing: Option<&'static str>,
    /// In what it differs from the original, and why, if it does.
    pub differs: Option<&'static str>,
}

impl Keyword {
    fn parse(row: &'static str) -> Option<Self> {
        let mut fields = row.split('\t');
        let mut next = || fields.next();
        let cell = |cell: &'static str| Some(cell).filter(|cell| *cell != "-");
        let (block, keyword) = (next()?, next()?);
        let mut row = Self {
            block,
            keyword,
            form: Form::parse(next()?)?,
            kind: Kind::parse(next()?)?,
            arguments: next()?,
            notes: next().map(|notes| if notes == "-" { "" } else { notes })?,
            default: next()?,
            meaning: next()?,
            since: next()?,
            missing_feature: cell(next()?),
            log: cell(next()?),
            log_missing: None,
            differs: DIFFERENCES.get(&(block, keyword)).copied(),
        };
        if let Some((wrong, missing)) = row.log.and_then(|log| log.split_once(" || ")) {
            (row.log, row.log_missing) = (cell(wrong), cell(missing));
        }
        Some(row)
    }

    /// The values it takes, for people.
    pub fn range(&self) -> String {
        let expected = self.kind.expected();
        let says_nothing = expected.is_empty() || self.kind == Kind::Word;
        match (says_nothing, self.notes.is_empty()) {
            (_, true) => expected,
            (true, false) => self.notes.to_owned(),
            (false, false) => format!("{expected}; {}", self.notes),
        }
    }

    /// The name of the block that it opens.
    pub fn inner_block(&self) -> String {
        if self.block == ROOT {
            self.keyword.to_owned()
        } else {
            format!("{}/{}", self.block, self.keyword)
        }
    }
}

type Table = BTreeMap<&'static str, BTreeMap<&'static str, &'static Keyword>>;

/// In the order of the files, which is that of the manual.
static KEYWORDS: LazyLock<Vec<Keyword>> =
    LazyLock::new(|| rows().filter_map(Keyword::parse).collect());

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::new();
    for keyword in KEYWORDS.iter() {
        let block = table.entry(keyword.block).or_default();
        block.insert(keyword.keyword, keyword);
    }
    table
});

fn rows() -> impl Iterator<Item = &'static str> {
    let lines = ROWS.iter().flat_map(|rows| rows.lines());
    lines.filter(|row| !row.starts_with('#'))
}

/// Words that many files have where they are no keywords, and what to do about them.
static MISTAKES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let rows = include_str!("mistakes.tsv").lines();
    rows.filter(|row| !row.starts_with("# "))
        .filter_map(|row| row.split_once('\t'))
        .collect()
});

/// In what keywords differ from the original, by block and keyword.
static DIFFERENCES: LazyLock<BTreeMap<(&str, &str), &str>> = LazyLock::new(|| {
    let rows = include_str!("differs.tsv").lines();
    rows.filter(|row| !row.starts_with('#'))
        .filter_map(|row| {
            let mut fields = row.splitn(3, '\t');
            Some(((fields.next()?, fields.next()?), fields.next()?))
        })
        .collect()
});

/// Every word that is a keyword somewhere.
static WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    all()
        .filter(|k| k.form != Form::Line)
        .map(|k| k.keyword)
        .collect()
});

/// Every row, in the order of the manual.
pub fn all() -> impl Iterator<Item = &'static Keyword> {
    KEYWORDS.iter()
}

/// The row of a keyword in a block.
pub fn find(block: &str, keyword: &str) -> Option<&'static Keyword> {
    TABLE
        .get(block)?
        .get(keyword)
        .copied()
        .filter(|keyword| keyword.form != Form::Line)
}

/// The keywords of a block.
pub(crate) fn words_of(block: &str) -> impl Iterator<Item = &'static str> {
    let rows = TABLE.get(block).into_iter().flat_map(BTreeMap::values);
    rows.filter(|row| row.form != Form::Line)
        .map(|row| row.keyword)
}

/// Whether a word is a keyword in some block.
pub(crate) fn is_keyword(word: &str) -> bool {
    WORDS.contains(word)
}

/// A root keyword that opens a block: where it stands, a block before it was not closed.
pub(crate) fn opens_root_block(keyword: &str) -> bool {
    find(ROOT, keyword).is_some_and(|keyword| keyword.form.has_braces())
}

/// What to say about a word that is no keyword in a block: where it is allowed, or which one is near.
pub(crate) fn hint(block: &str, word: &str) -> Option<String> {
    let elsewhere: Vec<_> = all()
        .filter(|k| k.keyword == word && k.form != Form::Line)
        .map(|k| place(k.block))
        .collect();
    if let Some(known) = MISTAKES.get(word) {
        return Some((*known).to_owned());
    }
    if !elsewhere.is_empty() {
        return Some(format!("`{word}` is allowed {}", join(&elsewhere)));
    }
    if let Some(at) = word.find([':', '='])
        && find(block, &word[..at]).is_some()
    {
        let (name, sign) = (&word[..at], &word[at..=at]);
        return Some(format!(
            "`{name}` and its value are parted by a blank, not by `{sign}`"
        ));
    }
    let here = TABLE
        .get(block)
        .into_iter()
        .flat_map(BTreeMap::keys)
        .map(|k| Cow::Borrowed(*k));
    if let Some(near) = nearest(word, here) {
        return Some(format!("did you mean `{near}`?"));
    }
    if let Some(keyword) = glued(block, word) {
        let rest = word[keyword.len()..].trim_start_matches('_');
        return Some(format!("a blank is missing: `{keyword} {rest}`"));
    }
    if let Some(longer) = completed(block, word) {
        return Some(format!("did you mean `{longer}`?"));
    }
    let near = nearest(
        word,
        all()
            .filter(|k| k.form != Form::Line)
            .map(|k| Cow::Borrowed(k.keyword)),
    )?;
    let place = place(all().find(|k| k.keyword == near)?.block);
    Some(format!("did you mean `{near}`? It is allowed {place}"))
}

/// A block in words: `in authentication of vrrp_instance`.
pub(crate) fn place(block: &str) -> String {
    if block == ROOT {
        return "at the outermost level".to_owned();
    }
    let names: Vec<_> = block.rsplit('/').collect();
    format!("in {}", names.join(" of "))
}

/// The longest keyword of a block that a word begins with, although it goes on.
fn glued(block: &str, word: &str) -> Option<&'static str> {
    let keywords = TABLE.get(block)?.values().copied();
    keywords
        .filter(|row| row.form != Form::Flag && row.form != Form::Line)
        .map(|row| row.keyword)
        .filter(|keyword| {
            let rest = word.strip_prefix(keyword);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
        })
        .max_by_key(|keyword| keyword.len())
}

/// The shortest keyword of a block that a word is the beginning of.
fn completed(block: &str, word: &str) -> Option<&'static str> {
    const LEAST: usize = 4;
    let keywords = TABLE.get(block)?.keys().copied();
    keywords
        .filter(|keyword| word.len() >= LEAST && keyword.starts_with(word))
        .min_by_key(|keyword| keyword.len())
}

/// At most four of them: `a, b, c and others`.
fn join(words: &[String]) -> String {
    const MOST: usize = 4;
    let shown = words[..words.len().min(MOST)].join(", ");
    if words.len() > MOST {
        format!("{shown} and others")
    } else {
        shown
    }
}

/// The candidate that looks most like a word, if one does.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = Cow<'a, str>>,
) -> Option<Cow<'a, str>> {
    const LONGEST: usize = 64;
    /// A name among tens of thousands is compared with some of them only: each mistake costs the same.
    const MOST: usize = 1000;
    let length = word.chars().count();
    // Nothing looks like garbage.
    let plain = word
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if !plain || !(2..=LONGEST).contains(&length) {
        return None;
    }
    let limit = (length / 3).max(1);
    candidates
        .filter(|candidate| candidate.len() <= LONGEST)
        .take(MOST)
        .map(|candidate| (strsim::damerau_levenshtein(word, &candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_every_block_is_opened() {
        assert_eq!(all().count(), rows().count());
        assert!(all().count() >= 654);
        for keyword in all().filter(|k| !k.block.ends_with(')')) {
            let opened = all().any(|k| k.form.has_braces() && k.inner_block() == keyword.block);
            assert!(opened, "nothing opens {}", keyword.block);
        }
    }

    #[test]
    fn every_difference_is_that_of_a_keyword() {
        for (block, keyword) in DIFFERENCES.keys() {
            let known = all().any(|k| (k.block, k.keyword) == (*block, *keyword));
            assert!(known, "{block} has no {keyword}");
        }
    }

    #[test]
    fn hints() {
        let hint = |block, word| hint(block, word).unwrap_or_default();
        assert_eq!(hint("vrrp_instance", "priorty"), "did you mean `priority`?");
        assert_eq!(
            hint(ROOT, "virtual_router_id"),
            "`virtual_router_id` is allowed in vrrp_instance"
        );
        assert!(hint("vrrp_instance", "vrrp_versoin").contains("global_defs"));
        assert_eq!(hint("vrrp_instance", "x"), "");
    }
}
