//! `$NAME=value` and its use: late, nested, bounded.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::file::LINE_LIMIT;
use super::text::{Text, is_blank};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Span, Status};
use crate::host::Host;

/// Definitions in definitions; deeper ones are taken to be endless.
pub(super) const DEPTH_LIMIT: u32 = 64;
/// Replacements in one line.
const USE_LIMIT: u32 = 10_000;

/// All definitions that are in force.
#[derive(Default)]
pub(super) struct Definitions {
    by_name: BTreeMap<Vec<u8>, Rc<Definition>>,
}

/// What a definition was before another one took its place.
pub(super) struct Hidden {
    name: Vec<u8>,
    definition: Option<Rc<Definition>>,
}

struct Definition {
    /// One for each line of the body.
    lines: Vec<Text>,
    /// Where it is, for all that comes out of it.
    span: Arc<Span>,
}

/// What a line is after its definitions are put in.
pub(super) struct Expanded {
    /// The line.
    pub(super) line: Text,
    /// Lines that follow it out of a multi-line definition.
    pub(super) following: Vec<Text>,
    /// How deep the definitions were nested.
    pub(super) depth: u32,
}

/// The name of a `$NAME=` at the start of a line, and where its value begins.
pub(super) fn definition_head(line: &[u8]) -> Option<(&[u8], usize)> {
    let name = name_at(line.strip_prefix(b"$")?)?;
    (line.get(1 + name.len()) == Some(&b'=')).then_some((name, name.len() + 2))
}

/// The longest NAME at the start.
pub(super) fn name_at(bytes: &[u8]) -> Option<&[u8]> {
    let first = bytes.first()?;
    if !first.is_ascii_alphabetic() && *first != b'_' {
        return None;
    }
    let end = bytes
        .iter()
        .position(|b| !b.is_ascii_alphanumeric() && *b != b'_');
    Some(&bytes[..end.unwrap_or(bytes.len())])
}

impl Definitions {
    pub(super) fn define(&mut self, name: &[u8], lines: Vec<Text>, place: Place) {
        let span = Arc::new(place.span);
        self.by_name
            .insert(name.to_vec(), Rc::new(Definition { lines, span }));
    }

    /// A definition of one line for a while: what it hides comes back by `restore`.
    pub(super) fn hide(&mut self, name: &[u8], value: Text, place: &Place) -> Hidden {
        let hidden = self.by_name.get(name).map(Rc::clone);
        self.define(name, vec![value], place.clone());
        Hidden {
            name: name.to_vec(),
            definition: hidden,
        }
    }

    /// What was defined before.
    pub(super) fn restore(&mut self, hidden: Hidden) {
        match hidden.definition {
            Some(definition) => self.by_name.insert(hidden.name, definition),
            None => self.by_name.remove(&hidden.name),
        };
    }

    /// The defined name that looks most like `name`.
    fn near(&self, name: &str) -> Option<String> {
        let names = self
            .by_name
            .keys()
            .map(|name| String::from_utf8_lossy(name));
        crate::schema::nearest(name, names).map(|near| format!("did you mean `${near}`?"))
    }
}

/// What the predefined names stand for at this moment.
pub(super) struct Surroundings<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) config_id: &'a str,
    pub(super) directory: &'a str,
}

/// Puts definitions into one line.
pub(super) struct Expansion<'a> {
    pub(super) definitions: &'a Definitions,
    pub(super) surroundings: Surroundings<'a>,
    pub(super) diagnostics: &'a mut Diagnostics,
}

/// A text being read: the line itself at the bottom, definitions on top of it.
struct Frame {
    text: Rc<Text>,
    at: usize,
    /// Where the outermost use is; `None` for the line itself.
    used: Option<Place>,
}

/// One `$NAME` or `${NAME …}` that was found.
struct Use {
    name: Vec<u8>,
    arguments: Vec<Vec<u8>>,
    /// Where it ends in its frame.
    end: usize,
}

impl Expansion<'_> {
    pub(super) fn expand(&mut self, text: Text, depth: u32) -> Expanded {
        if !text.bytes().contains(&b'$') {
            return Expanded {
                line: text,
                following: Vec::new(),
                depth,
            };
        }
        let mut out = Expanded {
            line: Text::default(),
            following: Vec::new(),
            depth,
        };
        let mut stack = vec![Frame {
            text: Rc::new(text),
            at: 0,
            used: None,
        }];
        let mut uses = 0;
        while let Some(frame) = stack.last_mut() {
            let rest = &frame.text.bytes()[frame.at..];
            let Some(dollar) = rest.iter().position(|b| *b == b'$') else {
                copy(frame, frame.text.len(), &mut out.line);
                stack.pop();
                continue;
            };
            copy(frame, frame.at + dollar, &mut out.line);
            let found = find_use(&stack).filter(|_| out.line.len() < LINE_LIMIT);
            let place = found.as_ref().map(|found| use_place(&stack, found));
            let (Some(found), Some(place)) = (found, place) else {
                literal_dollar(&mut stack, &mut out.line);
                continue;
            };
            uses += 1;
            let level = depth + u32::try_from(stack.len()).unwrap_or(u32::MAX);
            out.depth = out.depth.max(level);
            if level > DEPTH_LIMIT || uses > USE_LIMIT {
                self.endless(&found, &place);
                literal_dollar(&mut stack, &mut out.line);
                break;
            }
            if !self.replace(&found, place, &mut stack, &mut out) {
                literal_dollar(&mut stack, &mut out.line);
            }
        }
        out
    }

    /// Puts one use's value in; false if the name means nothing.
    fn replace(
        &mut self,
        found: &Use,
        mut place: Place,
        stack: &mut Vec<Frame>,
        out: &mut Expanded,
    ) -> bool {
        let Some(definition) = self.definitions.by_name.get(&found.name) else {
            return self.predefined(found, &place, stack, out);
        };
        let definition = Rc::clone(definition);
        if definition.lines.len() > 1 && !is_last(stack, found) {
            self.not_last(found, &place);
            return false;
        }
        place.definition = place
            .definition
            .or_else(|| Some(Arc::clone(&definition.span)));
        step_over(stack, found);
        let mut lines = definition.lines.iter();
        let first = lines.next().cloned().unwrap_or_default();
        let rest = lines.map(|line| {
            let mut text = Text::default();
            text.push_replaced(line.bytes(), &place);
            text
        });
        // What an inner definition still has to say comes before the rest of the outer one.
        out.following.splice(0..0, rest);
        stack.push(Frame {
            text: Rc::new(first),
            at: 0,
            used: Some(place),
        });
        true
    }

    fn predefined(
        &mut self,
        found: &Use,
        place: &Place,
        stack: &mut [Frame],
        out: &mut Expanded,
    ) -> bool {
        let Some(value) = self.predefined_value(found, place) else {
            return false;
        };
        step_over(stack, found);
        out.line.push_replaced(value.as_bytes(), place);
        true
    }

    fn predefined_value(&mut self, found: &Use, place: &Place) -> Option<String> {
        let around = &self.surroundings;
        match found.name.as_slice() {
            b"_PWD" => Some(around.directory.to_owned()),
            b"_INSTANCE" => Some(around.config_id.to_owned()),
            b"_HASH" => Some("#".to_owned()),
            b"_BANG" => Some("!".to_owned()),
            b"_RANDOM" => self.random(found, place),
            b"_ENV" => {
                let name = String::from_utf8_lossy(found.arguments.first()?).into_owned();
                let value = around.host.environment(&name);
                if value.is_none() {
                    let sentence = format!("the environment has no {name}; nothing is put in");
                    self.diagnostics
                        .push(Diagnostic::warning(Code::Definition, sentence).at(place));
                }
                // A line is a line: what follows a line end would be read as if it were written here.
                Some(
                    value
                        .unwrap_or_default()
                        .lines()
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                )
            }
            _ => {
                self.undefined(found, place);
                None
            }
        }
    }

    /// `${_RANDOM [MIN] [MAX]}`: one argument is MIN.
    // keepalived: get_random
    fn random(&mut self, found: &Use, place: &Place) -> Option<String> {
        let arguments = &found.arguments;
        let count = arguments.len();
        let is_number = |word: &Vec<u8>| word.iter().all(u8::is_ascii_digit);
        if !arguments.iter().all(is_number) {
            let sentence = "_RANDOM takes whole numbers; it stays as it is";
            let log = "Definition _RANDOM requires numeric parameters only.".to_owned();
            self.wrong_random(place, sentence, log);
            return None;
        }
        if count > 2 {
            let sentence = "_RANDOM takes the least and the most; it stays as it is";
            let log = format!(
                "Definition _RANDOM requires between 0 and 2 parameters, {count} specified."
            );
            self.wrong_random(place, sentence, log);
            return None;
        }
        let number = |index: usize, default: u64| {
            let word = arguments.get(index)?;
            let text = std::str::from_utf8(word).unwrap_or_default();
            Some(text.parse().unwrap_or(default))
        };
        let low = number(0, u64::MAX).unwrap_or(0);
        let high = number(1, u64::MAX).unwrap_or(32767);
        if low > high {
            let sentence = format!("the least, {low}, is more than the most, {high}; using {low}");
            let log = format!("${{_RANDOM}}: min {low} exceeds max {high}, using {low}");
            self.wrong_random(place, &sentence, log);
            return Some(low.to_string());
        }
        let number = u64::from(self.surroundings.host.random());
        let span = (high - low).checked_add(1);
        let above = span.map_or(number, |span| number % span);
        Some((low + above).to_string())
    }

    fn wrong_random(&mut self, place: &Place, sentence: &str, log: String) {
        self.diagnostics.push(
            Diagnostic::warning(Code::Definition, sentence)
                .at(place)
                .in_parent()
                .log(log)
                .status(Status::General),
        );
    }

    fn undefined(&mut self, found: &Use, place: &Place) {
        let name = String::from_utf8_lossy(&found.name);
        let near = self
            .diagnostics
            .has_room()
            .then(|| self.definitions.near(&name))
            .flatten();
        let sentence = format!("${name} is not defined above this line; it stays as it is");
        self.diagnostics.push(
            Diagnostic::note(Code::Definition, sentence)
                .at(place)
                .maybe_hint(near),
        );
    }

    fn endless(&mut self, found: &Use, place: &Place) {
        let name = String::from_utf8_lossy(&found.name);
        let sentence = format!("${name} comes back to itself; the rest of the line is left out");
        let mut diagnostic = Diagnostic::error(Code::Definition, sentence)
            .at(place)
            .status(Status::General);
        if let Some(definition) = self.definitions.by_name.get(&found.name)
            && diagnostic.related.is_empty()
        {
            diagnostic = diagnostic.related(&definition.span, "defined here");
        }
        self.diagnostics.push(diagnostic);
    }

    fn not_last(&mut self, found: &Use, place: &Place) {
        let name = String::from_utf8_lossy(&found.name);
        let sentence = format!("${name} has several lines, so it must be the last thing on a line");
        self.diagnostics.push(
            Diagnostic::warning(Code::Definition, sentence)
                .at(place)
                .status(Status::General),
        );
    }
}

/// Moves a frame to `to`, handing over what is between.
fn copy(frame: &mut Frame, to: usize, out: &mut Text) {
    match &frame.used {
        None => out.push_part(&frame.text, frame.at..to),
        Some(place) => out.push_replaced(&frame.text.bytes()[frame.at..to], place),
    }
    frame.at = to;
}

fn literal_dollar(stack: &mut [Frame], out: &mut Text) {
    if let Some(frame) = stack.last_mut() {
        copy(frame, frame.at + 1, out);
    }
}

fn step_over(stack: &mut [Frame], found: &Use) {
    if let Some(frame) = stack.last_mut() {
        frame.at = found.end;
    }
}

/// The place of a use: of the outermost one, if it is in a definition itself.
fn use_place(stack: &[Frame], found: &Use) -> Place {
    match stack.last() {
        Some(Frame {
            used: Some(place), ..
        }) => place.clone(),
        Some(frame) => frame.text.place(frame.at..found.end),
        None => Text::default().place(0..0),
    }
}

/// Whether nothing but blanks follows, in this text and in those it was put into.
fn is_last(stack: &[Frame], found: &Use) -> bool {
    let rest = |frame: &Frame, at: usize| frame.text.bytes()[at..].iter().all(|b| is_blank(*b));
    let Some((top, below)) = stack.split_last() else {
        return true;
    };
    rest(top, found.end) && below.iter().all(|frame| rest(frame, frame.at))
}

/// The use that begins at the `$` the top frame stands on.
fn find_use(stack: &[Frame]) -> Option<Use> {
    let top = stack.last()?;
    let bytes = &top.text.bytes()[top.at + 1..];
    if let Some(inner) = bytes.strip_prefix(b"{") {
        let close = inner.iter().position(|b| *b == b'}')?;
        let mut words = inner[..close]
            .split(|b| is_blank(*b))
            .filter(|word| !word.is_empty());
        let name = words.next()?;
        if name_at(name) != Some(name) {
            return None;
        }
        let arguments = words.map(<[u8]>::to_vec).collect();
        return Some(Use {
            name: name.to_vec(),
            arguments,
            end: top.at + close + 3,
        });
    }
    let name = name_at(bytes)?;
    let end = top.at + 1 + name.len();
    let next = byte_after(stack, end);
    // `$NAME` ends at a blank, a comma or a bracket; `$a-x` is no use of it.
    let ends = next.is_none_or(|b| is_blank(b) || matches!(b, b',' | b')'));
    ends.then(|| Use {
        name: name.to_vec(),
        arguments: Vec::new(),
        end,
    })
}

/// The byte that follows position `at` of the top frame once all is put together.
fn byte_after(stack: &[Frame], at: usize) -> Option<u8> {
    let (top, below) = stack.split_last()?;
    let next = top.text.bytes().get(at).copied();
    next.or_else(|| {
        below
            .iter()
            .rev()
            .find_map(|f| f.text.bytes().get(f.at).copied())
    })
}
