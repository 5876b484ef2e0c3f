//! The configuration as it is understood, printed: includes, definitions, conditions and repetitions are gone, each
//! statement has a line of its own. What is printed means the same again, to the original as well.

use std::io::{self, Write};

use crate::diagnostic::{Diagnostics, masked_line, printable};
use crate::schema::{Keyword, Kind};
use crate::source::{Text, is_blank, is_include};
use crate::tree::{Statement, Statements};
use crate::word::Word;

/// What one level is indented by.
const INDENTATION: &[u8] = b"    ";

/// A `$` that would begin the use of a predefined name is written as a use of this definition.
const DOLLAR: &[u8] = b"${_DOLLAR}";
const DOLLAR_IS: &[u8] = b"$_DOLLAR=$\n";

/// Whether passwords and keys are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They belong to the configuration.
    Shown,
    /// Somebody else is to see it, who cannot use it then.
    Masked,
}

/// What became of a dump, and what there is to say about the language of the file.
#[derive(Debug)]
pub enum Dumped {
    /// All that means something was printed.
    All(Diagnostics),
    /// There is no such file.
    NoFile(Diagnostics),
}

/// Prints statement after statement; none waits for the end of the file.
pub(crate) fn print(
    mut statements: Statements<'_>,
    secrets: Secrets,
    out: &mut dyn Write,
    diagnostics: &mut Diagnostics,
) -> io::Result<()> {
    statements.keep_left_out();
    let mut printer = Printer::new(secrets);
    while let Some(statement) = statements.next(diagnostics) {
        printer.root(&statement);
        printer.hand_over(out)?;
    }
    Ok(())
}

struct Printer {
    secrets: Secrets,
    text: Vec<u8>,
    /// The text needs the definition of a dollar.
    uses_dollar: bool,
    dollar_is_defined: bool,
    /// A statement was printed, so a block is set apart.
    has_begun: bool,
}

impl Printer {
    fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            text: Vec::new(),
            uses_dollar: false,
            dollar_is_defined: false,
            has_begun: false,
        }
    }

    fn hand_over(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.uses_dollar && !self.dollar_is_defined {
            self.dollar_is_defined = true;
            out.write_all(DOLLAR_IS)?;
        }
        out.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    fn root(&mut self, statement: &Statement) {
        let is_printed = left_out(statement, None).is_none();
        if is_printed && self.has_begun && has_braces(statement) {
            self.text.push(b'\n');
        }
        self.has_begun |= is_printed;
        self.statement(statement, None, 0);
    }

    fn statement(&mut self, statement: &Statement, list: Option<&Keyword>, depth: usize) {
        self.text.extend(INDENTATION.repeat(depth));
        if let Some(why) = left_out(statement, list) {
            return self.comment(statement, why);
        }
        self.line(statement);
        if has_braces(statement) {
            self.text.extend(b" {\n");
            let list = statement.keyword.filter(|keyword| keyword.form.is_list());
            for inner in &statement.block {
                self.statement(inner, list, depth + 1);
            }
            self.text.extend(INDENTATION.repeat(depth));
            self.text.push(b'}');
        }
        self.text.push(b'\n');
    }

    fn comment(&mut self, statement: &Statement, why: &str) {
        let text = printable(&String::from_utf8_lossy(statement.text.bytes()));
        let start = self.text.len();
        let comment = format!("# {why}, left out: {text}");
        self.text.extend(comment.bytes());
        self.mask(start);
        self.text.push(b'\n');
    }

    fn line(&mut self, statement: &Statement) {
        let start = self.text.len();
        if has_quotes_of_its_own(statement) {
            self.as_it_is(&statement.text);
        } else {
            self.words(&statement.words);
        }
        self.mask(start);
    }

    /// Hides the secrets of the line that begins at `start`.
    fn mask(&mut self, start: usize) {
        if self.secrets == Secrets::Masked {
            let shown = masked_line(&self.text[start..]).into_owned();
            self.text.truncate(start);
            self.text.extend(shown);
        }
    }

    fn words(&mut self, words: &[Word]) {
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                self.text.push(b' ');
            }
            let quote = needs_quotes(&word.bytes) || at == 0 && begins_otherwise(&word.bytes);
            self.text.extend(quote.then_some(b'"'));
            self.bytes(&word.bytes);
            self.text.extend(quote.then_some(b'"'));
        }
    }

    /// A line whose quotes only its own parser knows; what would be a comment is kept from being one.
    fn as_it_is(&mut self, line: &Text) {
        let mut quoted = false;
        let mut from = 0;
        for (at, byte) in line.bytes().iter().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b'#' | b'!' if !quoted => {
                    self.bytes(&line.bytes()[from..at]);
                    self.text.push(b'\\');
                    from = at;
                }
                _ => {}
            }
        }
        self.bytes(&line.bytes()[from..]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'$' && begins_predefined(&bytes[at + 1..]) {
                self.uses_dollar = true;
                self.text.extend(DOLLAR);
            } else {
                self.text.push(*byte);
            }
        }
    }
}

/// Why a statement means nothing, if so.
fn left_out(statement: &Statement, list: Option<&Keyword>) -> Option<&'static str> {
    if statement.keyword.is_none() && list.is_none() {
        Some("unknown here")
    } else if statement.lacks_value() {
        Some("without its value")
    } else {
        None
    }
}

fn has_braces(statement: &Statement) -> bool {
    let opens = |keyword: &Keyword| keyword.form.has_braces();
    statement.keyword.is_some_and(opens) || !statement.block.is_empty()
}

/// Scripts and expressions have single quotes and backslashes that words do not.
fn has_quotes_of_its_own(statement: &Statement) -> bool {
    let is_own = |keyword: &&Keyword| matches!(keyword.kind, Kind::Script | Kind::Own);
    let is_special = |byte: &u8| {
        matches!(
            byte,
            b'"' | b'\'' | b'\\' | b'$' | b'#' | b'!' | b'{' | b'}'
        )
    };
    !has_braces(statement)
        && statement.keyword.as_ref().is_some_and(is_own)
        && statement.text.bytes().iter().any(is_special)
}

fn needs_quotes(word: &[u8]) -> bool {
    let is_special = |byte: &u8| is_blank(*byte) || matches!(byte, b'{' | b'}' | b'#' | b'!');
    word.is_empty() || word.iter().any(is_special)
}

/// Whether a line that begins with this word is no statement: a definition, condition, repetition or include.
fn begins_otherwise(word: &[u8]) -> bool {
    matches!(word.first(), Some(b'$' | b'@' | b'~')) || is_include(word)
}

/// Whether a `$` before this might be put in: the predefined names begin like this.
fn begins_predefined(rest: &[u8]) -> bool {
    let name = match rest.strip_prefix(b"{") {
        Some(inner) => inner.trim_ascii_start(),
        None => rest,
    };
    name.first() == Some(&b'_')
}
