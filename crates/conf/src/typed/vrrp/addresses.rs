//! The addresses of an instance at the end of the file: how many fit into an advert, and where they go.

use vip::Address;
use vrrp::{Family, Version};

use super::instance::InstanceDraft;
use crate::diagnostic::{Code, Diagnostic, Effect, Status};
use crate::typed::Builder;
use crate::typed::net::Vip;

/// What an advert has besides the addresses: Ethernet, IP and VRRP headers.
// keepalived: vrrp_complete_instance
const OVERHEAD_V4: u32 = 14 + 20 + 8;
const OVERHEAD_V6: u32 = 14 + 40 + 8;
/// The authentication data of version 2, an AH header, the trailer of `auth_hmac`.
const PASSWORD: u32 = 8;
const AH: u32 = 24;
const TRAILER: u32 = 28;
/// The count in an advert is one byte.
const MOST_ADDRESSES: usize = 255;

impl Builder<'_> {
    /// None at all, or too many for an advert.
    pub(super) fn count_addresses(
        &mut self,
        draft: &mut InstanceDraft,
        version: Version,
        overhead: u32,
    ) {
        let name = draft.name.clone();
        let strict = self.is_strict(draft);
        if draft.settings.no_addresses && strict {
            let log = format!(
                "({name}) no_virtual_ipaddress and strict mode incompatible, clearing no_virtual_ipaddress"
            );
            let sentence = "strict mode needs an address; no_virtual_ipaddress is ignored";
            let place = draft.place_of("no_virtual_ipaddress");
            let diagnostic = Diagnostic::warning(Code::Conflict, sentence).about(place);
            self.push(diagnostic.log(log).status(Status::Warning));
            draft.settings.no_addresses = false;
        }
        let is_placed = |vip: &Vip| draft.interface.is_some() || !vip.address.interface.is_empty();
        let has_address = draft.addresses.iter().any(is_placed);
        // Without an interface nothing runs, and an address on one that is not there was left out; both are said.
        let can_run = draft.interface.is_some() || draft.unicast.is_some();
        let wants_address = can_run && !draft.settings.no_addresses && !self.missing_interface;
        if !has_address && wants_address {
            let (word, status, effect) = match version {
                Version::V2 if !strict => ("sensible", Status::Warning, Effect::Runs),
                Version::V2 | Version::V3 => ("required", Status::General, Effect::StopsVrrp),
            };
            self.push(
                Diagnostic::warning(
                    Code::MissingSetting,
                    format!("{name} has no virtual_ipaddress; at least one is {word}"),
                )
                .about(&draft.place)
                .log(format!("({name}) No VIP specified; at least one is {word}"))
                .status(status)
                .effect(effect),
            );
        }
        let most = self.most_addresses(draft, overhead);
        let count = draft.addresses.len();
        if count <= most {
            return;
        }
        let moved = draft.addresses.split_off(most);
        let sentence = format!(
            "{count} virtual addresses do not fit into an advert; those from here on are put among the excluded ones"
        );
        let log = format!(
            "({name}) Number of VIPs ({count}) exceeds maximum/space available in packet (max {most} addresses) - excess moved to eVIPs"
        );
        self.say(Code::Adjusted, &moved[0].place, sentence, log);
        draft.excluded.extend(moved);
    }

    /// The addresses, or the excluded ones, each with its interface; without any it is left out.
    pub(in crate::typed) fn place_addresses(
        &mut self,
        draft: &mut InstanceDraft,
        excluded: bool,
        interface: Option<&str>,
    ) -> Vec<Address> {
        let (vips, kind) = match excluded {
            true => (std::mem::take(&mut draft.excluded), "evip"),
            false => (draft.addresses.split_off(0), "vip"),
        };
        let mut addresses = Vec::new();
        for vip in vips {
            if let Some(interface) = interface {
                addresses.push(placed(vip, interface));
                continue;
            }
            if !vip.address.interface.is_empty() {
                addresses.push(vip.address);
                continue;
            }
            let (name, address) = (&draft.name, vip.address.address);
            let log = format!("({name}): no interface for {kind} {address} - removing");
            let sentence = format!("{name} has no interface to put {address} on; it is left out");
            self.say(Code::MissingSetting, &vip.place, sentence, log);
        }
        addresses
    }

    fn most_addresses(&mut self, draft: &InstanceDraft, overhead: u32) -> usize {
        let interface = draft.interface.as_ref().map(|word| word.text());
        let mtu = interface
            .and_then(|name| self.interface(&name))
            .map_or(1500, |facts| facts.mtu);
        let size = match draft.family {
            Some(Family::V6) => 16,
            Some(Family::V4) | None => 4,
        };
        usize::try_from(mtu.saturating_sub(overhead) / size)
            .unwrap_or(MOST_ADDRESSES)
            .clamp(1, MOST_ADDRESSES)
    }
}

pub(super) fn overhead(family: Family, version: Version, ah: bool, hmac: bool) -> u32 {
    let headers = match (family, version) {
        (Family::V4, Version::V2) => OVERHEAD_V4 + PASSWORD,
        (Family::V4, Version::V3) => OVERHEAD_V4,
        (Family::V6, _) => OVERHEAD_V6,
    };
    headers + if ah { AH } else { 0 } + if hmac { TRAILER } else { 0 }
}

/// With the interface filled in.
fn placed(vip: Vip, interface: &str) -> Address {
    let mut address = vip.address;
    if address.interface.is_empty() {
        interface.clone_into(&mut address.interface);
    }
    address
}
