//! Reading an entry of a list word by word.

use std::net::IpAddr;

use vrrp::Family;

use super::names::NameKind;
use crate::config::{Network, Realms};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::schema;
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value;
use crate::word::Word;

/// An entry is left out; the diagnostic is out.
pub(in crate::typed) struct Dropped;

/// How far an entry is read.
pub(super) struct Line<'e> {
    words: &'e [Word],
    at: usize,
}

impl<'e> Line<'e> {
    pub(super) fn new(entry: &'e Statement) -> Self {
        Self {
            words: &entry.words,
            at: 0,
        }
    }

    pub(super) fn next(&mut self) -> Option<&'e Word> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }

    pub(super) fn peek(&self) -> Option<&'e Word> {
        self.words.get(self.at)
    }

    /// The word and the one after it, if there are two.
    pub(super) fn peek_pair(&self) -> Option<(&'e Word, &'e Word)> {
        Some((self.peek()?, self.words.get(self.at + 1)?))
    }

    /// Passes over a word if it is this one.
    pub(super) fn skip(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|word| word.is(text));
        if found {
            self.at += 1;
        }
        found
    }

    /// The first word, which messages about the whole line point at.
    pub(super) fn head(&self) -> &'e Word {
        &self.words[0]
    }
}

/// What `from`, `to` and the destination of a route may be.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// `default`, `any` or `all`, of whichever family the line turns out to be.
    Everything,
    /// `default6`, or an address.
    Network(Network),
}

impl Target {
    pub(super) fn family(self) -> Option<Family> {
        match self {
            Self::Everything => None,
            Self::Network(network) => Some(Family::of(network.address)),
        }
    }

    pub(super) fn of(self, family: Family) -> Network {
        match self {
            Self::Everything => Network::everything(family),
            Self::Network(network) => network,
        }
    }
}

impl Builder<'_> {
    /// The word after an option; without one the original stops reading.
    // keepalived: strvec_slot
    pub(super) fn option_word<'e>(&mut self, line: &mut Line<'e>) -> Result<&'e Word, Dropped> {
        if let Some(word) = line.next() {
            return Ok(word);
        }
        let after = &line.words[line.at - 1];
        let (head, option) = (line.head().text(), after.text());
        self.push(missing_parameter(&after.place, &head, &option, line.at + 1));
        Err(Dropped)
    }

    /// Leaves an entry out because of a word.
    pub(super) fn leave_line_out<T>(
        &mut self,
        code: Code,
        word: &Word,
        sentence: impl Into<String>,
        log: impl Into<String>,
    ) -> Result<T, Dropped> {
        self.push(
            Diagnostic::error(code, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
        Err(Dropped)
    }

    /// The same for what is no address.
    pub(super) fn not_an_address<T>(
        &mut self,
        word: &Word,
        what: &str,
        log: impl Into<String>,
    ) -> Result<T, Dropped> {
        let found = word.text();
        self.push(
            Diagnostic::error(
                Code::InvalidAddress,
                format!("{what} must be an address, found {found}; the line is left out"),
            )
            .at(&word.place)
            .expected("a numeric address")
            .log(format!("VRRP parsed invalid IP {found}. skipping IP..."))
            .log(log)
            .status(Status::General),
        );
        Err(Dropped)
    }

    /// A number in a range; without it the entry is left out.
    pub(super) fn number_option(
        &mut self,
        line: &mut Line<'_>,
        most: u32,
        what: &str,
        log: impl Fn(&str) -> String,
    ) -> Result<u32, Dropped> {
        let word = self.option_word(line)?;
        let wrong = Wrong::new(what, "the line is left out", log(&word.text()));
        self.unsigned(word, 0..=most, &wrong).ok_or(Dropped)
    }

    /// A number of 64 bits.
    // keepalived: read_unsigned64
    pub(super) fn wide_number_option(
        &mut self,
        word: &Word,
        what: &str,
        log: String,
    ) -> Result<u64, Dropped> {
        let found = word.text();
        if let Ok(number) = found.parse() {
            return Ok(number);
        }
        let digits = found.strip_prefix('+').unwrap_or(&found);
        let reason = if found.starts_with('-') {
            format!("negative number '{found}'")
        } else if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            format!("number '{found}' outside unsigned 64 bit range")
        } else {
            format!("invalid number '{found}'")
        };
        let most = u64::MAX;
        self.push(
            Diagnostic::error(
                Code::InvalidNumber,
                format!("{what} must be 0..={most}, found {found}; the line is left out"),
            )
            .at(&word.place)
            .log(reason)
            .log(log)
            .status(Status::General),
        );
        Err(Dropped)
    }

    /// An interface that is there or may come.
    pub(super) fn line_interface(
        &mut self,
        line: &mut Line<'_>,
        what: &str,
    ) -> Result<String, Dropped> {
        let word = self.option_word(line)?;
        let name = word.text();
        if self.interface(&name).is_some() || self.global.config.dynamic_interfaces {
            return Ok(name);
        }
        self.missing_interface = true;
        self.leave_line_out(
            Code::UnknownInterface,
            word,
            format!("there is no interface {name}; the line is left out"),
            format!("WARNING - interface {name} for {what} doesn't exist"),
        )
    }

    /// A network, or a word for all of them; `what` is refused with `log`.
    pub(super) fn target_option(
        &mut self,
        word: &Word,
        what: &str,
        log: impl Into<String>,
    ) -> Result<Target, Dropped> {
        match self.read_target(word) {
            Some(target) => Ok(target),
            None => self.not_an_address(word, what, log),
        }
    }

    /// The same, without a diagnostic for what is neither.
    // keepalived: parse_route
    pub(super) fn read_target(&mut self, word: &Word) -> Option<Target> {
        match &*word.bytes {
            b"default" | b"any" | b"all" => return Some(Target::Everything),
            b"default6" => {
                self.push(
                    Diagnostic::warning(
                        Code::Deprecated,
                        "default6 is deprecated; use inet6 default",
                    )
                    .at(&word.place)
                    .log("'default6' is deprecated - please replace with 'inet6 default'"),
                );
                return Some(Target::Network(Network::everything(Family::V6)));
            }
            _ => {}
        }
        let (address, prefix) = value::network(&word.bytes)?;
        let prefix = self.prefix(word, address, prefix);
        Some(Target::Network(Network { address, prefix }))
    }

    /// The option of a line that a word looks like.
    pub(in crate::typed) fn near_option(&self, block: &str, word: &str) -> Option<String> {
        let rows = schema::all().filter(|row| row.block == block);
        let options = rows.map(|row| row.keyword.into());
        let near = self
            .diagnostics
            .has_room()
            .then(|| schema::nearest(word, options))??;
        Some(format!("did you mean `{near}`?"))
    }

    /// An address without a prefix.
    pub(super) fn plain_address(
        &mut self,
        word: &Word,
        what: &str,
        log: impl Into<String>,
    ) -> Result<IpAddr, Dropped> {
        match value::address(&word.bytes) {
            Some(address) => Ok(address),
            None => self.not_an_address(word, what, log),
        }
    }

    /// A number, or a name that iproute2 knows.
    // keepalived: find_entry
    pub(super) fn named_option(
        &mut self,
        word: &Word,
        kind: NameKind,
        log: impl Into<String>,
    ) -> Result<u32, Dropped> {
        if let Some(number) = self.named_number(&word.text(), kind) {
            return Ok(number);
        }
        let (sentence, expected, hint) = self.not_named(&word.text(), kind);
        self.push(
            Diagnostic::error(
                Code::UnknownName,
                format!("{sentence}; the line is left out"),
            )
            .at(&word.place)
            .expected(expected)
            .hint(hint)
            .log(log)
            .status(Status::General),
        );
        Err(Dropped)
    }

    /// The same for what is held in a byte.
    pub(super) fn named_byte_option(
        &mut self,
        word: &Word,
        kind: NameKind,
        log: impl Into<String>,
    ) -> Result<u8, Dropped> {
        let number = self.named_option(word, kind, log)?;
        u8::try_from(number).map_err(|_| Dropped)
    }

    /// `[FROM/]TO`.
    // keepalived: get_realms
    pub(super) fn realms_option(&mut self, word: &Word, log: String) -> Result<Realms, Dropped> {
        let text = word.text();
        let (from, to) = match text.split_once('/') {
            Some((from, to)) => (Some(from), to),
            None => (None, text.as_str()),
        };
        let mut realm = |name: &str| {
            let number = self.named_number(name, NameKind::Realm);
            number
                .and_then(|number| u8::try_from(number).ok())
                .ok_or_else(|| name.to_owned())
        };
        let realms = from
            .map_or(Ok(0), &mut realm)
            .and_then(|from| realm(to).map(|to| Realms { from, to }));
        realms.map_err(|name| {
            let (sentence, expected, hint) = self.not_named(&name, NameKind::Realm);
            self.push(
                Diagnostic::error(
                    Code::UnknownName,
                    format!("{sentence}; the line is left out"),
                )
                .at(&word.place)
                .expected(format!("[FROM/]TO, each {expected}"))
                .hint(hint)
                .log(log)
                .status(Status::General),
            );
            Dropped
        })
    }

    /// `inet` and `inet6`, which the original takes together with the word behind them.
    pub(super) fn line_family(
        &mut self,
        family: &mut Option<Family>,
        word: &Word,
        what: &str,
    ) -> Result<(), Dropped> {
        let (wanted, other) = if word.is("inet6") {
            (Family::V6, "IPv4")
        } else {
            (Family::V4, "IPv6")
        };
        let name = word.text();
        if *family.get_or_insert(wanted) != wanted {
            return self.leave_line_out(
                Code::FamilyMismatch,
                word,
                format!("{name} in an {other} {what}; the line is left out"),
                format!("{name} specified for {other} {what}"),
            );
        }
        self.better_here(word, &format!("passes over the word behind {name}"));
        Ok(())
    }

    /// Takes a family, unless another one was told before; `what` is the kind of line.
    pub(super) fn one_family(
        &mut self,
        told: &mut Option<Family>,
        what: &str,
        family: Family,
        word: &Word,
        log: impl Into<String>,
    ) -> Result<(), Dropped> {
        if *told.get_or_insert(family) == family {
            return Ok(());
        }
        let (found, other) = match family {
            Family::V4 => ("IPv4", "IPv6"),
            Family::V6 => ("IPv6", "IPv4"),
        };
        let text = word.text();
        self.leave_line_out(
            Code::FamilyMismatch,
            word,
            format!(
                "{text} is for {found}, but what stands before it makes this an {other} {what}; the line is left out"
            ),
            log,
        )
    }

    /// Says that keepalived itself, on another node, would not take this.
    pub(super) fn better_here(&mut self, word: &Word, what: &str) {
        let sentence = format!("read as it stands; keepalived itself, up to 2.4, {what}");
        self.push(Diagnostic::note(Code::Adjusted, sentence).at(&word.place));
    }

    /// `track_group` of a static entry. `Err`: it has one already.
    pub(super) fn track_group(
        &mut self,
        line: &mut Line<'_>,
        group: &mut Option<String>,
    ) -> Result<(), Dropped> {
        let word = self.option_word(line)?;
        self.set_track_group(word, group)
    }
}
