//! What a file is made of, as it was read.

use crate::diagnostic::Place;
use crate::schema::{Form, Keyword};
use crate::source::Text;
use crate::word::Word;

/// A file as it was read: its statements, definitions put in, what is unknown left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// What stands at the outermost level.
    pub statements: Vec<Statement>,
}

impl Tree {
    /// The blocks of that keyword at the outermost level.
    pub fn blocks<'t>(&'t self, keyword: &'t str) -> impl Iterator<Item = &'t Statement> {
        self.statements.iter().filter(move |s| s.head().is(keyword))
    }

    /// The first block of that keyword and name.
    pub fn block(&self, keyword: &str, name: &str) -> Option<&Statement> {
        let is_named = |s: &&Statement| s.arguments().first().is_some_and(|word| word.is(name));
        self.statements
            .iter()
            .filter(|s| s.head().is(keyword))
            .find(is_named)
    }
}

/// A keyword with its words, or an entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The row of the table; `None` for entries of lists.
    pub(crate) keyword: Option<&'static Keyword>,
    /// The words, the keyword first; at least one.
    pub(crate) words: Box<[Word]>,
    /// The whole line.
    pub(crate) text: Text,
    /// What is between its braces.
    pub(crate) block: Vec<Statement>,
    /// Where it ends: its closing brace, or itself.
    pub(crate) end: Place,
}

impl Statement {
    pub(super) fn of_line(
        keyword: Option<&'static Keyword>,
        text: Text,
        words: Box<[Word]>,
    ) -> Self {
        let end = text.place(0..text.len());
        Self {
            keyword,
            words,
            text,
            block: Vec::new(),
            end,
        }
    }

    /// Whether its keyword needs a value and has none.
    pub(crate) fn lacks_value(&self) -> bool {
        let needs = self.keyword.is_some_and(|k| k.form == Form::Value);
        needs && self.words.len() < 2
    }

    /// The row of the table; `None` for entries of lists.
    pub fn keyword(&self) -> Option<&'static Keyword> {
        self.keyword
    }

    /// What is between its braces.
    pub fn block(&self) -> &[Statement] {
        &self.block
    }

    /// The last statement of that keyword in its block: the one that counts.
    pub fn find(&self, keyword: &str) -> Option<&Statement> {
        self.block.iter().rev().find(|s| s.head().is(keyword))
    }

    /// The keyword or the first word.
    pub fn head(&self) -> &Word {
        &self.words[0]
    }

    /// What follows the first word.
    pub fn arguments(&self) -> &[Word] {
        &self.words[1..]
    }

    /// The place of the whole line.
    pub fn place(&self) -> Place {
        self.text.place(0..self.text.len())
    }
}
