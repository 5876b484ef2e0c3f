//! The address line: `ADDRESS[/LEN] [dev IF] [label L] …`.

use std::net::{IpAddr, Ipv4Addr};

use vip::{Address, AddressFlags};

use super::Builder;
use super::read::Wrong;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::mend;
use crate::tree::Statement;
use crate::value::{self, NumberError, Prefix};
use crate::word::Word;

/// The longest label.
const LABEL: usize = 15;

const SCOPE_GLOBAL: u8 = 0;
const SCOPE_HOST: u8 = 254;

/// An address as it was written; the interface may still be the instance's.
#[derive(Debug, Clone)]
pub(super) struct Vip {
    /// `interface` is empty unless `dev` is given.
    pub(super) address: Address,
    pub(super) place: Place,
}

/// A broadcast address that depends on the prefix, which may be worked out only then.
#[derive(Clone, Copy)]
enum Broadcast {
    Ones,
    Zeros,
    Given(Ipv4Addr),
}

/// A line is dropped; the diagnostic is out.
struct Dropped;

impl Builder<'_> {
    // keepalived: alloc_ipaddress
    pub(super) fn address_line(&mut self, entry: &Statement) -> Option<Vip> {
        let word = entry.head();
        let Some((ip, prefix)) = value::network(&word.bytes) else {
            self.bad_address(word);
            return None;
        };
        let has_prefix = prefix != Prefix::None;
        let prefix = self.prefix(word, ip, prefix);
        let flags = if ip.is_ipv6() {
            AddressFlags::NODAD
        } else {
            AddressFlags::empty()
        };
        let mut address = Address {
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
        };
        let mut options = Options {
            entry,
            at: 1,
            scope: None,
            broadcast: None,
            has_prefix,
        };
        while options.at < entry.words.len() {
            if let Err(Dropped) = self.address_option(&mut options, &mut address) {
                return None;
            }
        }
        self.work_out(&options, &mut address);
        Some(Vip {
            address,
            place: entry.place(),
        })
    }

    fn prefix(&mut self, word: &Word, ip: IpAddr, prefix: Prefix<'_>) -> u8 {
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
                address.interface = self.address_interface(entry, value)?;
            }
            "scope" => {
                let value = self.option_value(options, word)?;
                self.scope(entry, value, options);
            }
            "brd" | "broadcast" => {
                let value = self.option_value(options, word)?;
                options.broadcast = Some(self.broadcast(value, address.address)?);
            }
            "label" => {
                let value = self.option_value(options, word)?;
                address.label = Some(self.label(value, address.address)?);
            }
            "peer" => {
                let value = self.option_value(options, word)?;
                self.peer(value, options.has_prefix, address)?;
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
            "use_vmac" => {
                let sentence = "an address with a virtual MAC of its own is not supported yet; it gets the interface's MAC";
                self.push(Diagnostic::warning(Code::NotSupported, sentence).at(&word.place));
            }
            other => {
                let log =
                    format!("Unknown configuration entry '{other}' for ip address - ignoring");
                let sentence = format!("an address has no option {other}; ignored");
                self.push(
                    Diagnostic::warning(Code::InvalidValue, sentence)
                        .at(&word.place)
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
        self.push(
            Diagnostic::error(
                Code::UnknownInterface,
                format!("there is no interface {name}"),
            )
            .at(&word.place)
            .log(format!(
                "WARNING - interface {name} for ip address {address} doesn't exist"
            ))
            .status(Status::General),
        );
        Ok(name)
    }

    fn scope(&mut self, entry: &Statement, word: &Word, options: &mut Options<'_>) {
        let name = word.text();
        let number = match name.as_str() {
            "global" => Some(0),
            "site" => Some(200),
            "link" => Some(253),
            "host" => Some(254),
            "nowhere" => Some(255),
            other => other.parse().ok(),
        };
        options.scope = number.or(options.scope);
        if number.is_none() {
            let log = format!(
                "Invalid scope '{name}' specified for {} - ignoring",
                entry.head().text()
            );
            self.push(
                Diagnostic::warning(
                    Code::InvalidValue,
                    format!("there is no scope {name}; ignored"),
                )
                .at(&word.place)
                .expected("global, site, link, host or 0..=255")
                .log(log)
                .status(Status::General),
            );
        }
    }

    fn broadcast(&mut self, word: &Word, ip: IpAddr) -> Result<Broadcast, Dropped> {
        let found = word.text();
        let (log, sentence) = match value::address(&word.bytes) {
            _ if ip.is_ipv6() => (
                format!(
                    "VRRP is trying to assign a broadcast {found} to the IPv6 address {ip} !!?? WTF... skipping VIP..."
                ),
                "an IPv6 address has no broadcast address; the address is left out".to_owned(),
            ),
            _ if word.is("+") => return Ok(Broadcast::Ones),
            _ if word.is("-") => return Ok(Broadcast::Zeros),
            Some(IpAddr::V4(address)) => return Ok(Broadcast::Given(address)),
            Some(IpAddr::V6(_)) | None => (
                format!("VRRP is trying to assign invalid broadcast {found}. skipping VIP..."),
                format!(
                    "an IPv4 address, + or - was expected, found {found}; the address is left out"
                ),
            ),
        };
        self.drop_address(word, sentence, log)
    }

    fn label(&mut self, word: &Word, ip: IpAddr) -> Result<String, Dropped> {
        let label = word.text();
        if ip.is_ipv6() {
            let sentence = "an IPv6 address has no label; ignored";
            self.push(Diagnostic::note(Code::InvalidValue, sentence).at(&word.place));
        }
        if label.len() <= LABEL {
            return Ok(label);
        }
        let sentence = format!("a label has {LABEL} bytes at the most; the address is left out");
        let log = format!(
            "Address label {label} is longer than maximum length {LABEL} - removing address"
        );
        self.drop_address(word, sentence, log)
    }

    fn peer(
        &mut self,
        word: &Word,
        has_prefix: bool,
        address: &mut Address,
    ) -> Result<(), Dropped> {
        let found = word.text();
        if has_prefix {
            let sentence =
                "an address with a peer has no prefix of its own: it is the peer's; ignored";
            self.push(
                Diagnostic::warning(Code::Conflict, sentence)
                    .at(&word.place)
                    .log("Cannot specify address prefix when specifying peer address - ignoring")
                    .status(Status::General),
            );
        }
        let Some((ip, prefix)) = value::network(&word.bytes) else {
            let sentence =
                format!("an address was expected, found {found}; the address is left out");
            let log = format!("Invalid peer address {found}");
            return self.drop_address(word, sentence, log);
        };
        if ip.is_ipv4() != address.address.is_ipv4() {
            let sentence = format!("peer {found} is of the other family; the address is left out");
            let log = format!("Peer address {found} does not match address family");
            return self.drop_address(word, sentence, log);
        }
        let prefix = self.prefix(word, ip, prefix);
        address.prefix = prefix;
        address.peer = Some((ip, prefix));
        Ok(())
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

    fn drop_address<T>(
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

    /// Without room for a broadcast address, the address is used without.
    // keepalived: alloc_ipaddress
    fn broadcast_address(
        &mut self,
        word: &Word,
        ip: Ipv4Addr,
        prefix: u8,
        way: Broadcast,
    ) -> Option<Ipv4Addr> {
        let host = u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
        let derived = match way {
            Broadcast::Given(address) => return Some(address),
            Broadcast::Ones => u32::from(ip) | host,
            Broadcast::Zeros => u32::from(ip) & !host,
        };
        if prefix <= 30 {
            return Some(derived.into());
        }
        self.push(
            Diagnostic::warning(
                Code::Conflict,
                format!("a /{prefix} has no broadcast address; none is set"),
            )
            .at(&word.place)
            .hint(format!(
                "give the network's prefix length, as in {ip}/24, or leave brd out"
            ))
            .log(format!(
                "Address prefix length {prefix} too long for broadcast"
            ))
            .status(Status::General),
        );
        None
    }

    /// What depends on the prefix and on other options.
    fn work_out(&mut self, options: &Options<'_>, address: &mut Address) {
        if let IpAddr::V4(ip) = address.address {
            let word = options.entry.head();
            address.broadcast = options
                .broadcast
                .and_then(|way| self.broadcast_address(word, ip, address.prefix, way));
            let on_loopback = self
                .interface(&address.interface)
                .is_some_and(|i| i.loopback);
            let default = if on_loopback {
                SCOPE_HOST
            } else {
                SCOPE_GLOBAL
            };
            address.scope = options.scope.unwrap_or(default);
        } else {
            address.label = None;
            if address.prefix == 128 && address.preferred_lifetime.is_none() {
                // A /128 is not to be chosen as a source address.
                // keepalived: alloc_ipaddress
                address.preferred_lifetime = Some(0);
            }
        }
    }
}

/// How far a line is read.
struct Options<'e> {
    entry: &'e Statement,
    at: usize,
    scope: Option<u8>,
    broadcast: Option<Broadcast>,
    has_prefix: bool,
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
        let follows = self.entry.words.get(1) == Some(word) && !self.has_prefix;
        (follows && length <= 128).then_some(text)
    }
}
