//! Statements and blocks. A mistake costs what it is written in, and one diagnostic, not the rest of the file.

use std::collections::VecDeque;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Effect, Place, Status};
use crate::schema::{self, Form, Keyword, ROOT};
use crate::source::{Reader, Text};
use crate::word::{Word, words};

/// A keyword with its words, or an entry of a list.
#[derive(Debug)]
pub(crate) struct Statement {
    /// The row of the table; `None` for entries of lists.
    pub(crate) keyword: Option<&'static Keyword>,
    /// The words, the keyword first; at least one.
    pub(crate) words: Vec<Word>,
    /// The whole line.
    pub(crate) text: Text,
    /// What is between its braces.
    pub(crate) block: Vec<Statement>,
    /// Where it ends: its closing brace, or itself.
    pub(crate) end: Place,
}

impl Statement {
    /// The keyword or the first word.
    pub(crate) fn head(&self) -> &Word {
        &self.words[0]
    }

    /// What follows the first word.
    pub(crate) fn arguments(&self) -> &[Word] {
        &self.words[1..]
    }

    /// The place of the whole line.
    pub(crate) fn place(&self) -> Place {
        self.text.place(0..self.text.len())
    }
}

/// Reads everything the reader has.
pub(crate) fn parse(reader: &mut Reader<'_>, diagnostics: &mut Diagnostics) -> Vec<Statement> {
    let mut parser = Parser {
        reader,
        diagnostics,
        tokens: VecDeque::new(),
        unwinding: false,
    };
    parser.statements(ROOT, None).0
}

enum Token {
    Line { text: Text, words: Vec<Word> },
    Open(Place),
    Close(Place),
}

struct Parser<'p, 'r> {
    reader: &'p mut Reader<'r>,
    diagnostics: &'p mut Diagnostics,
    tokens: VecDeque<Token>,
    /// A block was found not to be closed; the blocks around it end here too, without a word.
    unwinding: bool,
}

/// What a block that is being read was opened by.
struct Opened<'a> {
    keyword: &'a Word,
}

impl Parser<'_, '_> {
    fn next(&mut self) -> Option<Token> {
        while self.tokens.is_empty() {
            let line = self.reader.next_line(self.diagnostics)?;
            self.split(&line);
        }
        self.tokens.pop_front()
    }

    fn peek(&mut self) -> Option<&Token> {
        let token = self.next()?;
        self.tokens.push_front(token);
        self.tokens.front()
    }

    /// Cuts a line at the braces outside double quotes.
    fn split(&mut self, line: &Text) {
        let bytes = line.bytes();
        let (mut quoted, mut from, mut at) = (false, 0, 0);
        while at < bytes.len() {
            match bytes[at] {
                b'"' => quoted = !quoted,
                // `${NAME}` that is not defined stays whole: it is a word, not a block.
                b'$' if bytes.get(at + 1) == Some(&b'{') => {
                    at += bytes[at..].iter().position(|b| *b == b'}').unwrap_or(1);
                }
                brace @ (b'{' | b'}') if !quoted => {
                    self.push_line(line.part(from..at));
                    let place = line.place(at..at + 1);
                    self.tokens.push_back(match brace {
                        b'{' => Token::Open(place),
                        _ => Token::Close(place),
                    });
                    from = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        self.push_line(line.part(from..bytes.len()));
    }

    fn push_line(&mut self, text: Text) {
        let text = text.trimmed();
        let words = words(&text, self.diagnostics);
        if !words.is_empty() {
            self.tokens.push_back(Token::Line { text, words });
        }
    }

    /// The statements of a block up to its closing brace, and where that is.
    fn statements(
        &mut self,
        block: &str,
        opened: Option<&Opened<'_>>,
    ) -> (Vec<Statement>, Option<Place>) {
        let mut statements = Vec::new();
        while let Some(token) = self.next() {
            match token {
                Token::Close(place) if opened.is_some() => return (statements, Some(place)),
                Token::Close(place) => self.extra_close(&place),
                Token::Open(place) => self.unexpected_open(&place),
                Token::Line { text, words } => {
                    if let Some(opened) = opened
                        && self.begins_anew(block, &words[0])
                    {
                        self.unclosed(opened, Some(&words[0]), true);
                        self.tokens.push_front(Token::Line { text, words });
                        return (statements, None);
                    }
                    statements.extend(self.statement(block, text, words));
                    if self.unwinding && opened.is_some() {
                        return (statements, None);
                    }
                    self.unwinding = false;
                }
            }
        }
        if let Some(opened) = opened {
            self.unclosed(opened, None, true);
        }
        (statements, None)
    }

    /// A block of the outermost level in another block: that one was not closed.
    fn begins_anew(&mut self, block: &str, word: &Word) -> bool {
        let text = word.text();
        schema::find(block, &text).is_none()
            && schema::opens_root_block(&text)
            && matches!(self.peek(), Some(Token::Open(_)))
    }

    fn statement(&mut self, block: &str, text: Text, words: Vec<Word>) -> Option<Statement> {
        let Some(keyword) = schema::find(block, &words[0].text()) else {
            self.unknown(block, &words[0]);
            if let Some(Token::Open(_)) = self.peek() {
                self.next();
                self.skip_block();
            }
            return None;
        };
        if block == "global_defs" && keyword.keyword == "include_check" {
            self.include_check(&words);
        }
        let end = text.place(0..text.len());
        let mut statement = Statement {
            keyword: Some(keyword),
            words,
            text,
            block: Vec::new(),
            end,
        };
        if keyword.form.has_braces() {
            self.block(keyword, &mut statement);
        } else if let Some(Token::Open(place)) = self.peek() {
            let place = place.clone();
            self.next();
            self.unexpected_open(&place);
        }
        if keyword.form == Form::Value && statement.words.len() < 2 {
            self.missing_parameter(&statement);
            return None;
        }
        Some(statement)
    }

    /// Reads the braces that belong to a keyword and what is in them.
    fn block(&mut self, keyword: &'static Keyword, statement: &mut Statement) {
        if let Some(Token::Open(_)) = self.peek() {
            self.next();
        } else {
            let inside = self.goes_on_inside(keyword);
            self.missing_open(statement, inside);
            if !inside {
                return;
            }
        }
        if matches!(keyword.form, Form::Block | Form::List) && statement.words.len() > 1 {
            self.extra_words(statement);
        }
        let opened = Opened {
            keyword: &statement.words[0],
        };
        let (block, end) = if keyword.form.is_list() {
            self.entries(keyword, &opened)
        } else {
            self.statements(&keyword.inner_block(), Some(&opened))
        };
        statement.block = block;
        if let Some(end) = end {
            statement.end = end;
        }
    }

    /// Without its opening brace: whether what follows looks like the inside of the block.
    fn goes_on_inside(&mut self, keyword: &Keyword) -> bool {
        let Some(Token::Line { words, .. }) = self.peek() else {
            return false;
        };
        let word = words[0].text();
        let outside =
            schema::find(keyword.block, &word).is_some() || schema::opens_root_block(&word);
        let inside = schema::find(&keyword.inner_block(), &word).is_some();
        inside || keyword.form.is_list() && !outside
    }

    /// The entries of a list, one a line.
    fn entries(&mut self, list: &Keyword, opened: &Opened<'_>) -> (Vec<Statement>, Option<Place>) {
        let mut entries = Vec::new();
        while let Some(token) = self.next() {
            match token {
                Token::Close(place) => return (entries, Some(place)),
                // `nexthop` of a route has braces of its own.
                Token::Open(_) if list.missing_feature.is_some() => self.skip_block(),
                Token::Open(place) => self.unexpected_open(&place),
                Token::Line { text, words } => {
                    if self.leaves_list(list, &words[0]) {
                        let further = schema::find(list.block, &words[0].text()).is_none();
                        self.unclosed(opened, Some(&words[0]), further);
                        self.tokens.push_front(Token::Line { text, words });
                        return (entries, None);
                    }
                    let end = text.place(0..text.len());
                    entries.push(Statement {
                        keyword: None,
                        words,
                        text,
                        block: Vec::new(),
                        end,
                    });
                }
            }
        }
        self.unclosed(opened, None, true);
        (entries, None)
    }

    /// A line in a list that can only be a statement of the block around it.
    fn leaves_list(&mut self, list: &Keyword, word: &Word) -> bool {
        let text = word.text();
        let outside = schema::find(list.block, &text);
        let opens = matches!(self.peek(), Some(Token::Open(_)));
        if opens {
            return schema::opens_root_block(&text) || outside.is_some_and(|k| k.form.has_braces());
        }
        let of_addresses = matches!(
            list.keyword,
            "virtual_ipaddress" | "virtual_ipaddress_excluded" | "unicast_peer"
        );
        of_addresses && outside.is_some()
    }

    fn include_check(&mut self, words: &[Word]) {
        let arguments = &words[1..];
        if arguments.is_empty() {
            *self.reader.checks() = crate::source::Checks::ALL;
        }
        for word in arguments {
            if !self.reader.checks().set(&word.text()) {
                let sentence = format!("`{}` is no kind of include check", word.text());
                self.diagnostics.push(
                    Diagnostic::error(Code::InvalidValue, sentence)
                        .at(&word.place)
                        .in_parent()
                        .expected("read, match, wildcard_match or brace_match, with + or -")
                        .log(format!(
                            "Unknown include_check type '{}' - ignoring",
                            word.text()
                        ))
                        .status(Status::General),
                );
            }
        }
    }

    /// Passes over a block whose opening brace was read.
    fn skip_block(&mut self) {
        let mut depth = 1usize;
        while depth > 0 {
            match self.next() {
                Some(Token::Open(_)) => depth += 1,
                Some(Token::Close(_)) => depth -= 1,
                Some(Token::Line { text, words }) => {
                    if schema::opens_root_block(&words[0].text())
                        && matches!(self.peek(), Some(Token::Open(_)))
                    {
                        self.tokens.push_front(Token::Line { text, words });
                        return;
                    }
                }
                None => return,
            }
        }
    }
}

/// The diagnostics, worded once.
impl Parser<'_, '_> {
    fn unknown(&mut self, block: &str, word: &Word) {
        let text = word.text();
        let known = schema::all().any(|k| k.keyword == text && k.form != Form::Line);
        let place = if block == ROOT {
            "at the outermost level".to_owned()
        } else {
            format!("in {block}")
        };
        let (code, sentence) = if known {
            (
                Code::MisplacedKeyword,
                format!("keyword `{text}` is not allowed {place}; ignored"),
            )
        } else {
            (
                Code::UnknownKeyword,
                format!("unknown keyword `{text}` {place}; ignored"),
            )
        };
        let mut diagnostic = Diagnostic::error(code, sentence)
            .at(&word.place)
            .maybe_hint(schema::hint(block, &text))
            .log(format!("Unknown keyword '{text}'"))
            .status(Status::UnknownKeyword);
        if block == ROOT || block == "global_defs" {
            diagnostic = diagnostic.in_parent();
        }
        self.diagnostics.push(diagnostic);
    }

    fn unexpected_open(&mut self, place: &Place) {
        self.diagnostics.push(
            Diagnostic::error(
                Code::UnexpectedBrace,
                "no block begins here; what is in the braces is ignored",
            )
            .at(place)
            .log("Unexpected '{' - ignoring")
            .status(Status::Braces),
        );
        self.skip_block();
    }

    fn extra_close(&mut self, place: &Place) {
        self.diagnostics.push(
            Diagnostic::error(Code::ExtraBrace, "this brace closes nothing; ignored")
                .at(place)
                .log("Extra '}' found")
                .status(Status::UnknownKeyword),
        );
    }

    fn missing_open(&mut self, statement: &Statement, inside: bool) {
        let name = statement.head().text();
        let then = if inside {
            "taken as if it were there"
        } else {
            "the block is taken to be empty"
        };
        self.diagnostics.push(
            Diagnostic::error(
                Code::MissingBrace,
                format!("`{{` expected after {name}; {then}"),
            )
            .at(&statement.place())
            .log("Missing '{' at beginning of configuration block")
            .status(Status::Braces),
        );
    }

    /// A block that the end of the file, or the beginning of another, found open. `further`: so are the blocks
    /// around it.
    fn unclosed(&mut self, opened: &Opened<'_>, found: Option<&Word>, further: bool) {
        if self.unwinding {
            return;
        }
        self.unwinding = further;
        let name = opened.keyword.text();
        let mut diagnostic = Diagnostic::error(
            Code::UnclosedBlock,
            match found {
                Some(word) => format!("{name} is not closed before {}: `}}` missing", word.text()),
                None => format!("{name} is not closed at the end of the file: `}}` missing"),
            },
        )
        .about(&opened.keyword.place)
        .log("There are 1 missing '}'s or extra '{'s")
        .status(Status::Braces);
        if let Some(word) = found {
            diagnostic = diagnostic.related(&word.place.span, "found here");
        }
        self.diagnostics.push(diagnostic);
    }

    fn extra_words(&mut self, statement: &Statement) {
        let name = statement.head().text();
        let extra: Vec<_> = statement.arguments().iter().map(Word::text).collect();
        let first = &statement.words[1].place;
        let mut diagnostic = Diagnostic::warning(
            Code::ExtraWords,
            format!("{name} takes no words before its `{{`; ignored"),
        )
        .at(first)
        .log(format!(
            "Block {name} has extra parameters {} ...",
            extra.join(" ")
        ));
        // The original looks at this in some blocks only.
        if name != "global_defs" {
            diagnostic = diagnostic.status(Status::General);
        }
        self.diagnostics.push(diagnostic);
    }

    fn missing_parameter(&mut self, statement: &Statement) {
        let name = statement.head().text();
        let arguments = statement.keyword.map_or("", |k| k.arguments);
        self.diagnostics.push(
            missing_parameter(&statement.head().place, &name, &name, 2)
                .expected(format!("{name} {arguments}")),
        );
    }
}

/// The original exits here at once; we say so and read on for the other mistakes.
// keepalived: strvec_slot
pub(crate) fn missing_parameter(
    place: &Place,
    line: &str,
    after: &str,
    position: usize,
) -> Diagnostic {
    Diagnostic::error(Code::MissingParameter, format!("{after} needs a value"))
        .at(place)
        .log(format!(
            "*** Configuration line starting `{line}` is missing a parameter after keyword `{after}` at word position {position}"
        ))
        .status(Status::MissingParameter)
        .effect(Effect::MissingParameter)
}
