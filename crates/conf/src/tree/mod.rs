//! Statements and blocks. A mistake costs what it is written in, and one diagnostic, not the rest of the file.

mod statement;
mod wording;

use std::collections::VecDeque;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Span, Status};
use crate::schema::{self, Form, Keyword, ROOT};
use crate::source::{Reader, Text};
use crate::word::{Word, words};

pub use statement::{Statement, Tree};
pub(crate) use wording::missing_parameter;
use wording::{label, stand_apart};

/// Reads statement after statement of the outermost level, so that none has to wait for the end of the file.
pub(crate) struct Statements<'r> {
    reader: Reader<'r>,
    memory: Memory,
}

impl<'r> Statements<'r> {
    pub(crate) fn new(reader: Reader<'r>) -> Self {
        Self {
            reader,
            memory: Memory::default(),
        }
    }

    /// Statements that mean nothing are given out as well: without a row, or without the value they need.
    pub(crate) fn keep_left_out(&mut self) {
        self.memory.keeps_left_out = true;
    }

    pub(crate) fn next(&mut self, diagnostics: &mut Diagnostics) -> Option<Statement> {
        let mut parser = Parser {
            reader: &mut self.reader,
            memory: &mut self.memory,
            diagnostics,
        };
        parser.outermost()
    }

    /// Whether more than one file was read so far.
    pub(crate) fn several_files(&self) -> bool {
        self.reader.several_files()
    }
}

enum Token {
    Line { text: Text, words: Box<[Word]> },
    Open(Place),
    Close(Place),
}

struct Parser<'p, 'r> {
    reader: &'p mut Reader<'r>,
    memory: &'p mut Memory,
    diagnostics: &'p mut Diagnostics,
}

/// What is remembered from one statement to the next.
#[derive(Default)]
struct Memory {
    /// Statements that mean nothing are wanted, too.
    keeps_left_out: bool,
    tokens: VecDeque<Token>,
    /// A block was found not to be closed; the blocks around it end here too, without a word.
    unwinding: bool,
    /// In the outermost block being read: the first closing brace that stands elsewhere than what it closes.
    suspect: Option<Closed>,
    /// The last block of the outermost level that was closed.
    last_closed: Option<Closed>,
}

/// What a block that is being read was opened by.
struct Opened<'a> {
    keyword: &'a Word,
    /// The keyword and the name.
    label: String,
    is_outermost: bool,
}

/// What was found not to be closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unclosed {
    /// The block being read.
    This,
    /// That one and the blocks around it.
    AllAround,
}

/// A block and the brace that closed it.
struct Closed {
    label: String,
    keyword: Span,
    brace: Place,
}

impl Parser<'_, '_> {
    fn next(&mut self) -> Option<Token> {
        while self.memory.tokens.is_empty() {
            let line = self.reader.next_line(self.diagnostics)?;
            self.split(&line);
        }
        self.memory.tokens.pop_front()
    }

    fn peek(&mut self) -> Option<&Token> {
        let token = self.next()?;
        self.memory.tokens.push_front(token);
        self.memory.tokens.front()
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
                    self.memory.tokens.push_back(match brace {
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
            self.memory.tokens.push_back(Token::Line { text, words });
        }
    }

    /// The next statement of the outermost level.
    fn outermost(&mut self) -> Option<Statement> {
        loop {
            match self.next()? {
                Token::Close(place) => self.extra_close(&place),
                Token::Open(place) => self.unexpected_open(&place),
                Token::Line { text, words } => {
                    self.memory.suspect = None;
                    let statement = self.statement(ROOT, text, words);
                    self.memory.unwinding = false;
                    if statement.is_some() {
                        return statement;
                    }
                }
            }
        }
    }

    /// The statements of a block up to its closing brace, and where that is.
    fn statements(&mut self, block: &str, opened: &Opened<'_>) -> (Vec<Statement>, Option<Place>) {
        let mut statements = Vec::new();
        while let Some(token) = self.next() {
            match token {
                Token::Close(place) => {
                    self.closed(opened, &place);
                    return (statements, Some(place));
                }
                Token::Open(place) => self.unexpected_open(&place),
                Token::Line { text, words } => {
                    if let Some(unclosed) = self.begins_anew(block, &words[0]) {
                        self.unclosed(opened, Some(&words), unclosed);
                        self.memory.tokens.push_front(Token::Line { text, words });
                        return (statements, None);
                    }
                    statements.extend(self.statement(block, text, words));
                    if self.memory.unwinding {
                        return (statements, None);
                    }
                }
            }
        }
        self.unclosed(opened, None, Unclosed::AllAround);
        (statements, None)
    }

    /// A block in another that cannot have it, only what is around that one: which is not closed, then.
    fn begins_anew(&mut self, block: &str, word: &Word) -> Option<Unclosed> {
        let text = word.text();
        if schema::find(block, &text).is_some() || !matches!(self.peek(), Some(Token::Open(_))) {
            return None;
        }
        if schema::opens_root_block(&text) {
            return Some(Unclosed::AllAround);
        }
        let (around, _) = block.rsplit_once('/')?;
        let belongs_there = schema::find(around, &text).is_some_and(|k| k.form.has_braces());
        belongs_there.then_some(Unclosed::This)
    }

    /// Remembers what may explain a brace that is missing or too many further on.
    fn closed(&mut self, opened: &Opened<'_>, brace: &Place) {
        let start = &opened.keyword.place;
        let closed = || Closed {
            label: opened.label.clone(),
            keyword: start.span.clone(),
            brace: brace.clone(),
        };
        if opened.is_outermost {
            self.memory.last_closed = Some(closed());
        } else if self.memory.suspect.is_none() && stand_apart(start, brace) {
            self.memory.suspect = Some(closed());
        }
    }

    fn statement(&mut self, block: &str, text: Text, words: Box<[Word]>) -> Option<Statement> {
        let Some(keyword) = schema::find(block, &words[0].text()) else {
            self.unknown(block, &words[0]);
            if let Some(Token::Open(_)) = self.peek() {
                self.next();
                self.skip_block();
            }
            let statement = || Statement::of_line(None, text, words);
            return self.memory.keeps_left_out.then(statement);
        };
        if block == "global_defs" && keyword.keyword == "include_check" {
            self.include_check(&words);
        }
        let mut statement = Statement::of_line(Some(keyword), text, words);
        if keyword.form.has_braces() {
            self.block(keyword, &mut statement);
        } else if let Some(Token::Open(place)) = self.peek() {
            let place = place.clone();
            self.next();
            self.unexpected_open(&place);
        }
        if statement.lacks_value() {
            self.missing_parameter(&statement);
            return self.memory.keeps_left_out.then_some(statement);
        }
        Some(statement)
    }

    /// Reads the braces that belong to a keyword and what is in them.
    fn block(&mut self, keyword: &'static Keyword, statement: &mut Statement) {
        let opened = matches!(self.peek(), Some(Token::Open(_)));
        if opened {
            self.next();
        } else {
            let inside = self.goes_on_inside(keyword);
            self.missing_open(statement, inside);
            if !inside {
                return;
            }
        }
        if opened && matches!(keyword.form, Form::Block | Form::List) && statement.words.len() > 1 {
            self.extra_words(statement);
        }
        let opened = Opened {
            keyword: &statement.words[0],
            label: label(&statement.words),
            is_outermost: keyword.block == ROOT,
        };
        let (mut block, end) = if keyword.form.is_list() {
            self.entries(keyword, &opened)
        } else {
            self.statements(&keyword.inner_block(), &opened)
        };
        // Most blocks are small and there may be many: room for more would be half of the memory.
        block.shrink_to_fit();
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
                Token::Close(place) => {
                    self.closed(opened, &place);
                    return (entries, Some(place));
                }
                Token::Open(place) => match entries.last_mut() {
                    Some(route) if awaits_next_hop(list, route) => self.next_hops(route, &place),
                    Some(_) | None => self.unexpected_open(&place),
                },
                Token::Line { text, words } => {
                    if self.leaves_list(list, &words[0]) {
                        let unclosed = match schema::find(list.block, &words[0].text()) {
                            Some(_) => Unclosed::This,
                            None => Unclosed::AllAround,
                        };
                        self.unclosed(opened, Some(&words), unclosed);
                        self.memory.tokens.push_front(Token::Line { text, words });
                        return (entries, None);
                    }
                    entries.push(Statement::of_line(None, text, words));
                }
            }
        }
        self.unclosed(opened, None, Unclosed::AllAround);
        (entries, None)
    }

    /// `nexthop { OPTIONS }` of a route: nothing has braces there, but what is meant is plain. Its lines, and further
    /// next hops on the line of the closing brace, are read as the rest of the route.
    fn next_hops(&mut self, route: &mut Statement, place: &Place) {
        self.braces_of_next_hop(place);
        let mut all = std::mem::take(&mut route.words).into_vec();
        let mut inside = true;
        while let Some(token) = self.next() {
            match token {
                Token::Open(_) if !inside && all.last().is_some_and(is_next_hop) => inside = true,
                Token::Close(_) if inside => inside = false,
                Token::Line { words, .. } if inside && !self.begins_root_block(&words[0]) => {
                    all.extend(words);
                }
                Token::Line { words, .. } if !inside && is_next_hop(&words[0]) => {
                    all.extend(words);
                }
                token @ (Token::Open(_) | Token::Close(_) | Token::Line { .. }) => {
                    self.memory.tokens.push_front(token);
                    break;
                }
            }
        }
        route.words = all.into();
    }

    /// A keyword of the outermost level before an opening brace.
    fn begins_root_block(&mut self, word: &Word) -> bool {
        schema::opens_root_block(&word.text()) && matches!(self.peek(), Some(Token::Open(_)))
    }

    /// A line in a list that can only be a statement of the block around it.
    fn leaves_list(&mut self, list: &Keyword, word: &Word) -> bool {
        let text = word.text();
        let outside = schema::find(list.block, &text);
        let opens = matches!(self.peek(), Some(Token::Open(_)));
        let is_block = outside.is_some_and(|k| k.form.has_braces());
        if opens && (schema::opens_root_block(&text) || is_block) {
            return true;
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
                    if self.begins_root_block(&words[0]) {
                        self.memory.tokens.push_front(Token::Line { text, words });
                        return;
                    }
                }
                None => return,
            }
        }
    }
}

/// A route that ends with `nexthop`.
fn awaits_next_hop(list: &Keyword, entry: &Statement) -> bool {
    let of_routes = matches!(list.keyword, "virtual_routes" | "static_routes");
    of_routes && entry.words.last().is_some_and(is_next_hop)
}

fn is_next_hop(word: &Word) -> bool {
    word.is("nexthop")
}
