//! The one table of keywords: where each is allowed, what it takes, what it is for.
//!
//! `keywords.tsv` holds the rows. The parser takes the shape of blocks from it, the loader what is built, the
//! diagnostics their hints; a test holds the loader to it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The name of the outermost block in the table.
pub const ROOT: &str = "(root)";

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
    /// Grammar of its arguments, for people.
    pub arguments: &'static str,
    /// Values it takes, for people.
    pub range: &'static str,
    /// Default, for people.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// `2.2.7` or `post-2.2.7`.
    pub since: &'static str,
    /// The feature it belongs to, if that is not built.
    pub missing_feature: Option<&'static str>,
}

impl Keyword {
    fn parse(row: &'static str) -> Option<Self> {
        let mut fields = row.split('\t');
        let mut next = || fields.next();
        Some(Self {
            block: next()?,
            keyword: next()?,
            form: Form::parse(next()?)?,
            arguments: next()?,
            range: next()?,
            default: next()?,
            meaning: next()?,
            since: next()?,
            missing_feature: Some(next()?).filter(|feature| *feature != "-"),
        })
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

type Table = BTreeMap<&'static str, BTreeMap<&'static str, Keyword>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let rows = include_str!("keywords.tsv")
        .lines()
        .filter(|row| !row.starts_with('#'));
    let mut table = Table::new();
    for keyword in rows.filter_map(Keyword::parse) {
        table
            .entry(keyword.block)
            .or_default()
            .insert(keyword.keyword, keyword);
    }
    table
});

/// Every row.
pub fn all() -> impl Iterator<Item = &'static Keyword> {
    TABLE.values().flat_map(BTreeMap::values)
}

/// The row of a keyword in a block.
pub fn find(block: &str, keyword: &str) -> Option<&'static Keyword> {
    TABLE
        .get(block)?
        .get(keyword)
        .filter(|keyword| keyword.form != Form::Line)
}

/// A root keyword that opens a block: where it stands, a block before it was not closed.
pub(crate) fn opens_root_block(keyword: &str) -> bool {
    find(ROOT, keyword).is_some_and(|keyword| keyword.form.has_braces())
}

/// What to say about a word that is no keyword in a block: where it is allowed, or which one is near.
pub(crate) fn hint(block: &str, word: &str) -> Option<String> {
    let elsewhere: Vec<_> = all()
        .filter(|k| k.keyword == word && k.form != Form::Line)
        .map(|k| {
            if k.block == ROOT {
                "the outermost level"
            } else {
                k.block
            }
        })
        .collect();
    if !elsewhere.is_empty() {
        return Some(format!("`{word}` is allowed in {}", join(&elsewhere)));
    }
    let here = TABLE
        .get(block)
        .into_iter()
        .flat_map(BTreeMap::keys)
        .map(|k| Cow::Borrowed(*k));
    if let Some(near) = nearest(word, here) {
        return Some(format!("did you mean `{near}`?"));
    }
    let near = nearest(
        word,
        all()
            .filter(|k| k.form != Form::Line)
            .map(|k| Cow::Borrowed(k.keyword)),
    )?;
    let place = all().find(|k| k.keyword == near)?.block;
    let place = if place == ROOT {
        "the outermost level"
    } else {
        place
    };
    Some(format!("did you mean `{near}`? It is allowed in {place}"))
}

/// At most four of them: `a, b, c and others`.
fn join(words: &[&str]) -> String {
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
    let length = word.chars().count();
    if !(2..=LONGEST).contains(&length) {
        return None;
    }
    let limit = (length / 3).max(1);
    candidates
        .filter(|candidate| candidate.len() <= LONGEST)
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
        let rows = include_str!("keywords.tsv")
            .lines()
            .filter(|row| !row.starts_with('#'))
            .count();
        assert_eq!(all().count(), rows);
        assert!(rows >= 654);
        for keyword in all().filter(|k| !k.block.ends_with(')')) {
            let opened = all().any(|k| k.form.has_braces() && k.inner_block() == keyword.block);
            assert!(opened, "nothing opens {}", keyword.block);
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
