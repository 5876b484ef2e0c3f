//! `brd` of an address line.

use std::net::{IpAddr, Ipv4Addr};

use super::Dropped;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::typed::Builder;
use crate::value;
use crate::word::Word;

/// A broadcast address that depends on the prefix, which may be worked out only then.
#[derive(Clone, Copy)]
pub(super) enum Broadcast {
    Ones,
    Zeros,
    Given(Ipv4Addr),
}

impl Builder<'_> {
    pub(super) fn broadcast(
        &mut self,
        option: &Word,
        word: &Word,
        ip: IpAddr,
    ) -> Result<Broadcast, Dropped> {
        let found = word.text();
        let (log, sentence) = match value::address(&word.bytes) {
            _ if ip.is_ipv6() => (
                // The original names the option where the value belongs.
                format!(
                    "VRRP is trying to assign a broadcast {} to the IPv6 address {ip} !!?? WTF... skipping VIP...",
                    option.text()
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

    /// Without room for a broadcast address, the address is used without.
    // keepalived: alloc_ipaddress
    pub(super) fn broadcast_address(
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

    pub(super) fn no_broadcast(&mut self, word: &Word) -> Option<Ipv4Addr> {
        let sentence = "an address with a peer has no broadcast address; ignored";
        self.push(
            Diagnostic::warning(Code::Conflict, sentence)
                .at(&word.place)
                .log("Cannot specify broadcast and peer addresses - ignoring broadcast address")
                .status(Status::General),
        );
        None
    }
}
