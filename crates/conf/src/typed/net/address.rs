//! The address line: `ADDRESS[/LEN] [dev IF] [label L] …`.

use std::net::IpAddr;

use vip::{Address, AddressFlags};

use super::broadcast::Broadcast;
use super::{Dropped, Kind, NameKind};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::mend;
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value::{self, NumberError, Prefix};
use crate::word::Word;

/// The longest label.
const LABEL: usize = 15;

const SCOPE_GLOBAL: u8 = 0;
const SCOPE_HOST: u8 = 254;

/// An address as it was written; the interface may still be the instance's.
#[derive(Debug, Clone)]
pub(in crate::typed) struct Vip {
    /// `interface` is empty unless `dev` is given.
    pub(in crate::typed) address: Address,
    pub(in crate::typed) place: Place,
}

impl Builder<'_> {
    /// A line of an instance.
    pub(super) fn vip_line(&mut self, entry: &Statement) -> Option<Vip> {
        let (address, _) = self.address_line(entry, Kind::OfInstance).ok()?;
        Some(Vip {
            address,
            place: entry.place(),
        })
    }

    /// The address, and the group that a static one follows.
    // keepalived: alloc_ipaddress
    pub(super) fn address_line(
        &mut self,
        entry: &Statement,
        kind: Kind,
    ) -> Result<(Address, Option<String>), Dropped> {
        let word = entry.head();
        let Some((ip, prefix)) = value::network(&word.bytes) else {
            self.bad_address(word);
            return Err(Dropped);
        };
        let prefix = self.prefix(word, ip, prefix);
        let mut address = plain(ip, prefix);
        let mut options = Options {
            entry,
            kind,
            at: 1,
            scope: None,
            broadcast: None,
            track_group: None,
        };
        while options.at < entry.words.len() {
            self.address_option(&mut options, &mut address)?;
        }
        self.work_out(&options, &mut address);
        Ok((address, options.track_group))
    }

    /// The prefix length behind an address.
    pub(super) fn prefix(&mut self, word: &Word, ip: IpAddr, prefix: Prefix<'_>) -> u8 {
        let most = value::longest(ip);
        let (length, error) = match prefix {
            Prefix::None => return most,
            Prefix::Length(length) => return length,
            Prefix::Bad(length, error) => (String::from_utf8_lossy(length).into_owned(), error),
        };
        let log = match error {
            NumberError::Negative => format!("negative number '{length}'"),
            NumberError::Range => format!("number '{length}' outside range [0, {most}]"),
            NumberError::Huge => format!("number '{length}' outside unsigned integer range"),
            NumberError::Invalid => format!("invalid number '{length}'"),
        };
        let sentence = format!("a prefix length must be 0..={most}, found {length}; using {most}");
        self.push(
            Diagnostic::warning(Code::OutOfRange, sentence)
                .at(&word.place)
                .expected(format!("0..={most}"))
                .maybe_fix(&word.place, mend::network(&word.bytes))
                .log(log)
                .log(format!(
                    "Invalid address prefix len {length} for address {} - using {most}",
                    word.text()
                ))
                .status(Status::General),
        );
        most
    }

    fn bad_address(&mut self, word: &Word) {
        let found = word.text();
        self.push(
            Diagnostic::error(
                Code::InvalidAddress,
                format!("an address was expected, found {found}; the line is left out"),
            )
            .at(&word.place)
            .expected("ADDRESS[/LENGTH], numeric")
            .maybe_fix(&word.place, mend::network(&word.bytes))
            .log(format!("VRRP parsed invalid IP {found}. skipping IP..."))
            .status(Status::General),
        );
    }

    fn address_option(
        &mut self,
        options: &mut Options<'_>,
        address: &mut Address,
    ) -> Result<(), Dropped> {
        let entry = options.entry;
        let word = &entry.words[options.at];
        options.at += 1;
        match word.text().as_str() {
            "dev" => {
                let value = self.option_value(options, word)?;
                if !address.interface.is_empty() {
                    return self.second_interface(entry, value);
                }
                address.interface = self.address_interface(entry, value)?;
            }
            "scope" => {
                let value = self.option_value(options, word)?;
                self.scope(entry, value, options);
            }
            "brd" | "broadcast" => {
                let value = self.option_value(options, word)?;
                options.broadcast = Some(self.broadcast(word, value, address.address)?);
            }
            "label" => {
                let value = self.option_value(options, word)?;
                address.label = Some(self.label(value)?);
            }
            "peer" => {
                let value = self.option_value(options, word)?;
                self.peer(value, address);
            }
            "preferred_lft" => {
                let value = self.option_value(options, word)?;
                address.preferred_lifetime = self.lifetime(value);
            }
            "home" => address.flags |= AddressFlags::HOMEADDRESS,
            "-nodad" => address.flags -= AddressFlags::NODAD,
            "mngtmpaddr" => address.flags |= AddressFlags::MANAGETEMPADDR,
            "noprefixroute" => address.flags |= AddressFlags::NOPREFIXROUTE,
            "autojoin" => address.flags |= AddressFlags::MCAUTOJOIN,
            "no_track" => address.track = false,
            "track_group" if options.kind == Kind::Static => {
                let value = self.option_value(options, word)?;
                if let Err(Dropped) = self.set_track_group(value, &mut options.track_group) {
                    // The original reads no further.
                    options.at = entry.words.len();
                }
            }
            "use_vmac" if options.kind == Kind::OfInstance => {
                address.use_vmac = true;
                let sentence = "an address with a virtual MAC of its own is not supported yet; it gets the interface's MAC";
                self.push(Diagnostic::warning(Code::NotSupported, sentence).at(&word.place));
            }
            other => {
                let log =
                    format!("Unknown configuration entry '{other}' for ip address - ignoring");
                let sentence = format!("an address has no option {other}; ignored");
                let near = self.near_option("virtual_ipaddress (line)", other);
                self.push(
                    Diagnostic::warning(Code::InvalidValue, sentence)
                        .at(&word.place)
                        .maybe_hint(near)
                        .maybe_fix(&options.before(word), options.detached_length(word))
                        .log(log)
                        .status(Status::General),
                );
            }
        }
        Ok(())
    }

    /// The word after an option; the original drops the address if there is none.
    fn option_value<'e>(
        &mut self,
        options: &mut Options<'e>,
        option: &Word,
    ) -> Result<&'e Word, Dropped> {
        let entry = options.entry;
        if let Some(value) = entry.words.get(options.at) {
            options.at += 1;
            return Ok(value);
        }
        let (name, address) = (option.text(), entry.head().text());
        self.push(
            Diagnostic::error(
                Code::MissingParameter,
                format!("{name} needs a value; the address is left out"),
            )
            .at(&option.place)
            .log(format!("No {name} parameter specified for {address}"))
            .status(Status::General),
        );
        Err(Dropped)
    }

    fn address_interface(&mut self, entry: &Statement, word: &Word) -> Result<String, Dropped> {
        let name = word.text();
        if self.interface(&name).is_some() || self.global.config.dynamic_interfaces {
            return Ok(name);
        }
        self.missing_interface = true;
        let address = entry.head().text();
        let sentence = format!("there is no interface {name}; the address is left out");
        self.push(
            Diagnostic::error(Code::UnknownInterface, sentence)
                .at(&word.place)
                .log(format!(
                    "WARNING - interface {name} for ip address {address} doesn't exist"
                ))
                .status(Status::General),
        );
        Err(Dropped)
    }

    fn second_interface(&mut self, entry: &Statement, word: &Word) -> Result<(), Dropped> {
        let address = entry.head().text();
        let sentence = "the address has an interface already; it is left out".to_owned();
        let log = format!("Cannot specify ipaddress device more than once for {address}");
        self.drop_address(word, sentence, log)
    }

    fn scope(&mut self, entry: &Statement, word: &Word, options: &mut Options<'_>) {
        let name = word.text();
        let number = self.named_number(&name, NameKind::Scope);
        let number = number.and_then(|number| u8::try_from(number).ok());
        if number.is_some() {
            options.scope = number;
            return;
        }
        let (sentence, expected, hint) = self.not_named(&name, NameKind::Scope);
        let address = entry.head().text();
        self.push(
            Diagnostic::warning(Code::UnknownName, format!("{sentence}; ignored"))
                .at(&word.place)
                .expected(expected)
                .hint(hint)
                .log(format!(
                    "Invalid scope '{name}' specified for {address} - ignoring"
                ))
                .status(Status::General),
        );
    }

    fn label(&mut self, word: &Word) -> Result<String, Dropped> {
        let label = word.text();
        if label.len() <= LABEL {
            return Ok(label);
        }
        let sentence = format!("a label has {LABEL} bytes at the most; the address is left out");
        let log = format!(
            "Address label {label} is longer than maximum length {LABEL} - removing address"
        );
        self.drop_address(word, sentence, log)
    }

    /// The address stays, whatever the peer is.
    fn peer(&mut self, word: &Word, address: &mut Address) {
        let found = word.text();
        let most = value::longest(address.address);
        let no_peer = |sentence: String, logs: [Option<String>; 2]| {
            let diagnostic = Diagnostic::warning(Code::InvalidAddress, sentence)
                .at(&word.place)
                .expected("an address of the same family, without a prefix")
                .status(Status::General);
            logs.into_iter().flatten().fold(diagnostic, Diagnostic::log)
        };
        let diagnostic = match value::address(&word.bytes) {
            _ if address.peer.is_some() => no_peer(
                format!("the address has a peer already; {found} is ignored"),
                [
                    Some(format!(
                        "Peer {found} - another peer has already been specified"
                    )),
                    None,
                ],
            ),
            None => no_peer(
                format!("a peer must be an address, found {found}; ignored"),
                [
                    Some(format!("VRRP parsed invalid IP {found}. skipping IP...")),
                    Some(format!("Invalid peer address {found}")),
                ],
            ),
            Some(peer) if peer.is_ipv4() != address.address.is_ipv4() => no_peer(
                format!("peer {found} is of the other family; ignored"),
                [
                    Some(format!(
                        "Peer address {found} does not match address family"
                    )),
                    None,
                ],
            ),
            Some(peer) => {
                let had_prefix = address.prefix != most;
                address.peer = Some((peer, most));
                address.prefix = most;
                if !had_prefix {
                    return;
                }
                let sentence =
                    format!("an address with a peer has no prefix of its own; using /{most}");
                Diagnostic::warning(Code::Conflict, sentence)
                    .at(&word.place)
                    .log("Cannot specify address prefix when specifying peer address - ignoring")
                    .status(Status::General)
            }
        };
        self.push(diagnostic);
    }

    fn lifetime(&mut self, word: &Word) -> Option<u32> {
        if word.is("forever") {
            return Some(u32::MAX);
        }
        let log = format!("preferred_lft {} is invalid", word.text());
        self.unsigned(
            word,
            0..=u32::MAX,
            &Wrong::new("preferred_lft", "ignored", log),
        )
    }

    pub(super) fn drop_address<T>(
        &mut self,
        word: &Word,
        sentence: String,
        log: String,
    ) -> Result<T, Dropped> {
        self.push(
            Diagnostic::error(Code::InvalidAddress, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
        Err(Dropped)
    }

    /// What depends on the prefix and on other options.
    fn work_out(&mut self, options: &Options<'_>, address: &mut Address) {
        let word = options.entry.head();
        match address.address {
            IpAddr::V4(ip) => {
                address.broadcast = match options.broadcast {
                    Some(_) if address.peer.is_some() => self.no_broadcast(word),
                    Some(way) => self.broadcast_address(word, ip, address.prefix, way),
                    None => None,
                };
                let on_loopback = self
                    .interface(&address.interface)
                    .is_some_and(|i| i.loopback);
                let default = if on_loopback {
                    SCOPE_HOST
                } else {
                    SCOPE_GLOBAL
                };
                address.scope = options.scope.unwrap_or(default);
            }
            IpAddr::V6(_) => {
                if options.scope.is_some_and(|scope| scope != SCOPE_GLOBAL) {
                    self.only_of_ipv4(word, "scope");
                }
                if address.label.take().is_some() {
                    self.only_of_ipv4(word, "label");
                }
                if address.prefix == 128 && address.preferred_lifetime.is_none() {
                    // A /128 is not to be chosen as a source address.
                    // keepalived: alloc_ipaddress
                    address.preferred_lifetime = Some(0);
                }
            }
        }
    }

    fn only_of_ipv4(&mut self, word: &Word, option: &str) {
        let address = word.text();
        let sentence = format!("an IPv6 address has no {option}; ignored");
        self.push(
            Diagnostic::warning(Code::FamilyMismatch, sentence)
                .at(&word.place)
                .log(format!(
                    "Cannot specify {option} for IPv6 addresses ({address}) - ignoring {option}"
                ))
                .status(Status::General),
        );
    }
}

/// An address without options.
fn plain(ip: IpAddr, prefix: u8) -> Address {
    let flags = if ip.is_ipv6() {
        AddressFlags::NODAD
    } else {
        AddressFlags::empty()
    };
    Address {
        address: ip,
        prefix,
        interface: String::new(),
        label: None,
        scope: 0,
        peer: None,
        broadcast: None,
        flags,
        preferred_lifetime: None,
        track: true,
        use_vmac: false,
    }
}

/// How far a line is read.
struct Options<'e> {
    entry: &'e Statement,
    kind: Kind,
    at: usize,
    scope: Option<u8>,
    broadcast: Option<Broadcast>,
    track_group: Option<String>,
}

impl Options<'_> {
    /// From the end of the address to the end of an option.
    fn before(&self, word: &Word) -> Place {
        let end = self.entry.head().place.after();
        Place {
            span: end.span.to(&word.place.span),
            definition: end.definition.or_else(|| word.place.definition.clone()),
        }
    }

    /// `/24` behind a blank: the length that the address has not.
    fn detached_length(&self, word: &Word) -> Option<String> {
        let text = word.text();
        let length: u8 = text.strip_prefix('/')?.parse().ok()?;
        let follows =
            self.entry.words.get(1) == Some(word) && !self.entry.head().text().contains('/');
        (follows && length <= 128).then_some(text)
    }
}
