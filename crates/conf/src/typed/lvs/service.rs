//! Addresses with ports, as services and servers have them, and how the log names those.

use std::net::{IpAddr, SocketAddr};

use crate::config::Protocol;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value;
use crate::word::Word;

/// What a virtual server serves, while groups are not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServiceDraft {
    Address(SocketAddr),
    Mark(u32),
    Group(String),
}

impl ServiceDraft {
    // keepalived: format_vs
    pub(super) fn label(&self, protocol: Option<Protocol>, sequence: usize) -> String {
        match self {
            Self::Address(address) => label(*address, protocol),
            Self::Mark(mark) => format!("FWM {mark}"),
            Self::Group(name) => format!("[{name}]:{sequence}"),
        }
    }

    /// The name of the group, as the original's log has it where there is none.
    pub(super) fn group_name(&self) -> &str {
        match self {
            Self::Group(name) => name,
            Self::Address(_) | Self::Mark(_) => "(null)",
        }
    }
}

/// A service or a server for the log: `[10.0.0.1]:tcp:80`.
// keepalived: inet_sockaddrtotrio
pub(super) fn label(address: SocketAddr, protocol: Option<Protocol>) -> String {
    let protocol = match protocol {
        Some(Protocol::Tcp) => "tcp",
        Some(Protocol::Udp) => "udp",
        Some(Protocol::Sctp) => "sctp",
        None => "none",
    };
    format!("[{}]:{protocol}:{}", address.ip(), address.port())
}

/// A service or a server for people: `10.0.0.1:80`, without a port of 0.
pub(super) fn shown(address: SocketAddr) -> String {
    if address.port() == 0 {
        address.ip().to_string()
    } else {
        address.to_string()
    }
}

/// From one word to another of the same line.
pub(super) fn spanning(words: &[Word], or: &Place) -> Place {
    match words {
        [] => or.clone(),
        [only] => only.place.clone(),
        [first, .., last] => Place {
            span: first.place.span.to(&last.place.span),
            definition: first.place.definition.clone(),
        },
    }
}

/// A port that is not 0; the original takes 0 for none, however it is written.
pub(super) fn written_port(port: Option<&Word>) -> Option<&Word> {
    port.filter(|word| word.bytes.iter().any(|digit| *digit != b'0'))
}

impl Builder<'_> {
    /// `IP [PORT]`, with the port 0 if there is none. `log` is the original's line if that is wrong.
    // keepalived: inet_stosockaddr
    pub(super) fn socket(
        &mut self,
        what: &str,
        address: &Word,
        port: Option<&Word>,
        log: String,
    ) -> Option<SocketAddr> {
        let port = self.service_port(what, written_port(port), &log)?;
        let Some((ip, rest)) = plain_address(&address.bytes) else {
            self.no_address(what, address, log);
            return None;
        };
        if !rest.is_empty() {
            self.rest_of_address(address, ip, rest);
        }
        Some(SocketAddr::new(ip, port))
    }

    pub(super) fn service_port(
        &mut self,
        what: &str,
        port: Option<&Word>,
        log: &str,
    ) -> Option<u16> {
        let Some(word) = port else {
            return Some(0);
        };
        let then = format!("this {what} is left out");
        let wrong = Wrong::new("the port", &then, log);
        let port = self.unsigned(word, 1..=65535, &wrong)?;
        u16::try_from(port).ok()
    }

    pub(super) fn no_address(&mut self, what: &str, word: &Word, log: String) {
        let text = word.text();
        let sentence = format!("{text} is no IPv4 or IPv6 address, so this {what} is left out");
        let diagnostic = Diagnostic::error(Code::InvalidAddress, sentence).at(&word.place);
        let diagnostic = match glued(&text) {
            Some(parted) => diagnostic
                .hint(format!("the port follows after a blank: `{parted}`"))
                .fix(&word.place, parted),
            None => diagnostic.maybe_hint(name_hint(&text)),
        };
        self.push(
            diagnostic
                .expected("an IPv4 or IPv6 address")
                .log(log)
                .status(Status::General),
        );
    }

    /// The original looks at an address only up to a `-` or `/`, and says nothing.
    fn rest_of_address(&mut self, word: &Word, ip: IpAddr, rest: &[u8]) {
        let rest = String::from_utf8_lossy(rest);
        let sentence = format!("`{rest}` has no meaning here and is ignored: this is {ip}");
        self.push(
            Diagnostic::warning(Code::InvalidAddress, sentence)
                .at(&word.place)
                .hint("ranges and networks are for virtual_server_group"),
        );
    }
}

/// An address up to a `-` or `/`, and what is behind it. A colon anywhere makes it one of IPv6.
pub(super) fn plain_address(word: &[u8]) -> Option<(IpAddr, &[u8])> {
    let find = |sign| word.iter().position(|byte| *byte == sign);
    let end = find(b'-').or_else(|| find(b'/')).unwrap_or(word.len());
    let (address, rest) = word.split_at(end);
    let address = value::address(address)?;
    (address.is_ipv6() == word.contains(&b':')).then_some((address, rest))
}

/// `IP:PORT` as it has to be written.
fn glued(text: &str) -> Option<String> {
    let address: SocketAddr = text.parse().ok()?;
    Some(format!("{} {}", address.ip(), address.port()))
}

fn name_hint(text: &str) -> Option<String> {
    let name = text.contains(|c: char| c.is_ascii_alphabetic()) && !text.contains(':');
    name.then(|| "names are not looked up: write the address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_at_a_dash_or_a_slash() {
        let ip = "10.0.0.1".parse().expect("an address");
        assert_eq!(plain_address(b"10.0.0.1"), Some((ip, &b""[..])));
        assert_eq!(plain_address(b"10.0.0.1/24"), Some((ip, &b"/24"[..])));
        assert_eq!(plain_address(b"10.0.0.1-5"), Some((ip, &b"-5"[..])));
        assert_eq!(plain_address(b"10.0.0"), None);
    }

    #[test]
    fn what_was_meant() {
        assert_eq!(glued("10.0.0.1:80").as_deref(), Some("10.0.0.1 80"));
        assert_eq!(glued("[fd00::1]:80").as_deref(), Some("fd00::1 80"));
        assert_eq!(glued("10.0.0.300:80"), None);
        assert!(name_hint("www.example").is_some());
        assert!(name_hint("10.0.0.300").is_none());
    }
}
