//! rtnetlink messages: address requests out, links, addresses and answers in.
//!
//! Only what is needed is decoded, attribute by attribute: an attribute of a newer kernel that a full decoder
//! trips over must not hide a link.

use std::net::{IpAddr, Ipv4Addr};

use nix::errno::Errno;
use nix::libc;
use rtnetlink::packet_core::{
    NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_CREATE, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_EXCL,
    NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NetlinkBuffer, NetlinkHeader, NetlinkMessage,
    NetlinkPayload, NlaBuffer, NlasIterator,
};
use rtnetlink::packet_route::address::{
    AddressAttribute, AddressFlags as KernelFlags, AddressHeader, AddressHeaderFlags,
    AddressMessage, AddressProtocol, CacheInfo,
};
use rtnetlink::packet_route::link::{
    LinkAttribute, LinkExtentMask, LinkFlags, LinkHeader, LinkLayerType, LinkMessage,
};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};

use crate::error::Act;
use crate::links::LinkAddress;
use crate::spec::{Address, AddressFlags};

/// `IFAPROT` / `RTPROT_KEEPALIVED`. Kernels before 5.18 skip the attribute, as every one they do not know.
pub(crate) const PROTOCOL: u8 = 18;

const FOR_EVER: u32 = u32::MAX;
const NLMSG_HEADER: usize = 16;
const IFA_PROTO: u16 = 11;
const NLMSGERR_ATTR_MSG: u16 = 1;

/// Whether the kernel is asked to confirm a request that succeeds. It always tells of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirm {
    Success,
    FailureOnly,
}

/// What to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    Links,
    Addresses,
}

/// One message of the kernel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) sequence: u32,
    /// Netlink port of the socket that caused it, where the kernel tells.
    pub(crate) port: u32,
    /// The listing it belongs to was disturbed by a change.
    pub(crate) interrupted: bool,
    pub(crate) body: Body,
}

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body {
    NewLink(LinkEvent),
    DelLink {
        index: u32,
    },
    NewAddress(AddressEvent),
    DelAddress(AddressEvent),
    /// `None`: success.
    Error {
        errno: Option<Errno>,
        text: Option<String>,
    },
    Done {
        errno: Option<Errno>,
    },
    Other,
}

/// A link as described.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LinkEvent {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) flags: LinkFlags,
    pub(crate) mac: Option<[u8; 6]>,
    pub(crate) mtu: Option<u32>,
}

/// An address as described.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AddressEvent {
    pub(crate) index: u32,
    pub(crate) address: LinkAddress,
}

/// Appends the request to add an address to a link, or to remove it.
pub(crate) fn push_request(
    act: Act,
    index: u32,
    address: &Address,
    sequence: u32,
    confirm: Confirm,
    buffer: &mut Vec<u8>,
) {
    let (payload, flags) = match act {
        Act::Add => (
            RouteNetlinkMessage::NewAddress(add_message(index, address)),
            NLM_F_CREATE | NLM_F_EXCL,
        ),
        Act::Remove => (
            RouteNetlinkMessage::DelAddress(address_message(index, address)),
            0,
        ),
    };
    let ack = match confirm {
        Confirm::Success => NLM_F_ACK,
        Confirm::FailureOnly => 0,
    };
    push(payload, NLM_F_REQUEST | flags | ack, sequence, buffer);
}

/// Appends the request to list all links or all addresses.
pub(crate) fn push_listing(listing: Listing, sequence: u32, buffer: &mut Vec<u8>) {
    let payload = match listing {
        Listing::Links => {
            let mut message = LinkMessage::default();
            message
                .attributes
                .push(LinkAttribute::ExtMask(vec![LinkExtentMask::SkipStats]));
            RouteNetlinkMessage::GetLink(message)
        }
        Listing::Addresses => RouteNetlinkMessage::GetAddress(AddressMessage::default()),
    };
    push(payload, NLM_F_REQUEST | NLM_F_DUMP, sequence, buffer);
}

fn push(payload: RouteNetlinkMessage, flags: u16, sequence: u32, buffer: &mut Vec<u8>) {
    let mut header = NetlinkHeader::default();
    header.flags = flags;
    header.sequence_number = sequence;
    let mut message = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(payload));
    message.finalize();
    let start = buffer.len().next_multiple_of(4);
    buffer.resize(start + message.buffer_len(), 0);
    message.serialize(&mut buffer[start..]);
}

/// What names an address: enough to remove it.
fn address_message(index: u32, address: &Address) -> AddressMessage {
    let (far_end, prefix) = address.peer.unwrap_or((address.address, address.prefix));
    let mut message = AddressMessage::default();
    message.header.index = index;
    message.header.prefix_len = prefix;
    message.header.family = match address.address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    };
    message.attributes = vec![
        AddressAttribute::Local(address.address),
        AddressAttribute::Address(far_end),
    ];
    message
}

// keepalived: netlink_ipaddress
fn add_message(index: u32, address: &Address) -> AddressMessage {
    let mut message = address_message(index, address);
    message.header.scope = address.scope.into();
    let preferred = preferred_lifetime(address, message.header.prefix_len);
    let attributes = &mut message.attributes;
    let flags = kernel_flags(address);
    if !flags.is_empty() {
        // The header holds the lower eight bits, for kernels before 3.14.
        message.header.flags = AddressHeaderFlags::from_bits_retain(flags.bits().to_le_bytes()[0]);
        attributes.push(AddressAttribute::Flags(flags));
    }
    attributes.extend(address.broadcast.map(AddressAttribute::Broadcast));
    attributes.extend(address.label.clone().map(AddressAttribute::Label));
    if let Some(preferred) = preferred {
        let mut lifetimes = CacheInfo::default();
        lifetimes.ifa_preferred = preferred;
        lifetimes.ifa_valid = FOR_EVER;
        attributes.push(AddressAttribute::CacheInfo(lifetimes));
    }
    attributes.push(AddressAttribute::Protocol(AddressProtocol::from(PROTOCOL)));
    message
}

/// `None`: the kernel's default, for ever. An IPv6 /128 is deprecated from the start, so that it is not chosen
/// as a source. The original has no effect on IPv4 here.
fn preferred_lifetime(address: &Address, prefix: u8) -> Option<u32> {
    match (address.address, address.preferred_lifetime, prefix) {
        (IpAddr::V4(_), _, _) => None,
        (IpAddr::V6(_), Some(seconds), _) => Some(seconds).filter(|s| *s != FOR_EVER),
        (IpAddr::V6(_), None, 128) => Some(0),
        (IpAddr::V6(_), None, _) => None,
    }
}

/// The flags in the kernel's numbers; those of IPv6 only where they mean something.
pub(crate) fn kernel_flags(address: &Address) -> KernelFlags {
    let both = [
        (AddressFlags::NOPREFIXROUTE, KernelFlags::Noprefixroute),
        (AddressFlags::MCAUTOJOIN, KernelFlags::Mcautojoin),
    ];
    let v6 = [
        (AddressFlags::NODAD, KernelFlags::Nodad),
        (AddressFlags::HOMEADDRESS, KernelFlags::Homeaddress),
        (AddressFlags::MANAGETEMPADDR, KernelFlags::Managetempaddr),
    ];
    let v6 = v6.into_iter().filter(|_| address.address.is_ipv6());
    both.into_iter()
        .chain(v6)
        .filter(|(ours, _)| address.flags.contains(*ours))
        .map(|(_, kernel)| kernel)
        .collect()
}

/// The messages of a datagram, and whether all of it was understood. Kinds that do not concern us are.
pub(crate) fn messages(mut datagram: &[u8]) -> (Vec<Message>, bool) {
    let mut list = Vec::new();
    let mut complete = true;
    while datagram.len() >= NLMSG_HEADER {
        let Ok(buffer) = NetlinkBuffer::new_checked(datagram) else {
            return (list, false);
        };
        match message(&buffer) {
            Some(message) => list.push(message),
            None => complete = false,
        }
        let length = usize::try_from(buffer.length()).unwrap_or(usize::MAX);
        datagram = datagram
            .get(length.next_multiple_of(4)..)
            .unwrap_or_default();
    }
    (list, complete)
}

fn message(buffer: &NetlinkBuffer<&[u8]>) -> Option<Message> {
    let payload = buffer.payload();
    let body = match buffer.message_type() {
        NLMSG_ERROR => error(buffer.flags(), payload)?,
        NLMSG_DONE => Body::Done {
            errno: payload.get(..4).and_then(errno),
        },
        libc::RTM_NEWLINK => link(payload)?.map_or(Body::Other, Body::NewLink),
        libc::RTM_DELLINK => gone_link(payload)?,
        libc::RTM_NEWADDR => address(payload)?.map_or(Body::Other, Body::NewAddress),
        libc::RTM_DELADDR => address(payload)?.map_or(Body::Other, Body::DelAddress),
        _ => Body::Other,
    };
    Some(Message {
        sequence: buffer.sequence_number(),
        port: buffer.port_number(),
        interrupted: buffer.flags() & NLM_F_DUMP_INTR != 0,
        body,
    })
}

fn errno(bytes: &[u8]) -> Option<Errno> {
    let code = i32::from_ne_bytes(bytes.try_into().ok()?);
    (code != 0).then(|| Errno::from_raw(code.saturating_neg()))
}

/// ```text
/// | error code, 4 | header of the request, 16 | its payload unless capped | attributes |
/// ```
fn error(flags: u16, payload: &[u8]) -> Option<Body> {
    let errno = errno(payload.get(..4)?);
    let request = payload.get(4..)?;
    let length = u32::from_ne_bytes(request.get(..4)?.try_into().ok()?);
    let capped = flags & NLM_F_CAPPED != 0;
    let length = if capped {
        NLMSG_HEADER
    } else {
        usize::try_from(length).ok()?
    };
    let attributes = request
        .get(length.checked_next_multiple_of(4)?..)
        .filter(|_| flags & NLM_F_ACK_TLVS != 0);
    let text = attributes
        .and_then(|bytes| attributes_of(bytes).find(|a| a.kind() == NLMSGERR_ATTR_MSG))
        .map(|attribute| text(attribute.value()));
    Some(Body::Error { errno, text })
}

/// The attributes up to the first malformed one.
fn attributes_of(bytes: &[u8]) -> impl Iterator<Item = NlaBuffer<&[u8]>> {
    NlasIterator::new(bytes).map_while(Result::ok)
}

fn text(value: &[u8]) -> String {
    let end = value.iter().position(|b| *b == 0).unwrap_or(value.len());
    String::from_utf8_lossy(&value[..end]).into_owned()
}

/// `None`: malformed. `Some(None)`: of a bridge port, which is another kind of object.
fn link(payload: &[u8]) -> Option<Option<LinkEvent>> {
    let header = LinkHeader::parse(payload).ok()?;
    if header.interface_family != AddressFamily::Unspec {
        return Some(None);
    }
    let (mut name, mut mac, mut mtu) = (None, None, None);
    for attribute in attributes_of(payload.get(NLMSG_HEADER..)?) {
        let value = attribute.value();
        match attribute.kind() {
            libc::IFLA_IFNAME => name = Some(text(value)),
            libc::IFLA_ADDRESS if header.link_layer_type == LinkLayerType::Ether => {
                mac = value.try_into().ok()
            }
            libc::IFLA_MTU => mtu = Some(u32::from_ne_bytes(value.try_into().ok()?)),
            _ => {}
        }
    }
    Some(Some(LinkEvent {
        index: header.index,
        name: name?,
        flags: header.flags,
        mac,
        mtu,
    }))
}

/// A port that leaves its bridge is "deleted" in family `AF_BRIDGE`: the link is still there.
fn gone_link(payload: &[u8]) -> Option<Body> {
    let header = LinkHeader::parse(payload).ok()?;
    let real = header.interface_family == AddressFamily::Unspec;
    Some(if real {
        Body::DelLink {
            index: header.index,
        }
    } else {
        Body::Other
    })
}

/// `None`: malformed. `Some(None)`: of another family.
fn address(payload: &[u8]) -> Option<Option<AddressEvent>> {
    let header = AddressHeader::parse(payload).ok()?;
    if !matches!(header.family, AddressFamily::Inet | AddressFamily::Inet6) {
        return Some(None);
    }
    let (mut local, mut far_end, mut label, mut broadcast, mut protocol) =
        (None, None, None, None, 0);
    let mut flags = u32::from(header.flags.bits());
    for attribute in attributes_of(payload.get(8..)?) {
        let value = attribute.value();
        match attribute.kind() {
            libc::IFA_LOCAL => local = ip(value),
            libc::IFA_ADDRESS => far_end = ip(value),
            libc::IFA_LABEL => label = Some(text(value)),
            libc::IFA_BROADCAST => broadcast = <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from),
            libc::IFA_FLAGS => flags = u32::from_ne_bytes(value.try_into().ok()?),
            IFA_PROTO => protocol = value.first().copied().unwrap_or(0),
            _ => {}
        }
    }
    let address = local.or(far_end)?;
    let peer = far_end.filter(|far_end| *far_end != address);
    let scope = header.scope.into();
    let prefix = header.prefix_len;
    let address = LinkAddress {
        address,
        prefix,
        peer,
        scope,
        label,
        broadcast,
        protocol,
        flags,
    };
    Some(Some(AddressEvent {
        index: header.index,
        address,
    }))
}

fn ip(value: &[u8]) -> Option<IpAddr> {
    let v4 = || <[u8; 4]>::try_from(value).ok().map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(value).ok().map(IpAddr::from);
    v4().or_else(v6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::address;

    fn request(act: Act, address: &Address) -> String {
        let mut buffer = Vec::new();
        push_request(act, 7, address, 0x2a, Confirm::Success, &mut buffer);
        let (header, rest) = buffer.split_at(NLMSG_HEADER);
        assert_eq!(usize::from(header[0]), buffer.len());
        let words = rest
            .chunks(4)
            .map(|w| w.iter().map(|b| format!("{b:02x}")).collect());
        words.collect::<Vec<String>>().join(" ")
    }

    // Little-endian hosts only, as the attribute lengths show.
    #[cfg(target_endian = "little")]
    #[test]
    fn requests_byte_for_byte() {
        let plain = address("10.0.0.1", 24);
        assert_eq!(
            request(Act::Add, &plain),
            "02180000 07000000 08000200 0a000001 08000100 0a000001 05000b00 12000000"
        );
        assert_eq!(
            request(Act::Remove, &plain),
            "02180000 07000000 08000200 0a000001 08000100 0a000001"
        );
        let full = Address {
            label: Some("eth0:a".into()),
            scope: 253,
            peer: Some(("10.9.0.1".parse().unwrap(), 30)),
            broadcast: Some("10.0.0.255".parse().unwrap()),
            flags: AddressFlags::all(),
            preferred_lifetime: Some(5),
            ..plain
        };
        assert_eq!(
            request(Act::Add, &full),
            "021e00fd 07000000 08000200 0a000001 08000100 0a090001 08000800 00060000 \
             08000400 0a0000ff 0b000300 65746830 3a610000 05000b00 12000000"
        );
        let v6 = Address {
            flags: AddressFlags::NODAD,
            ..address("fd00::1", 128)
        };
        assert_eq!(
            request(Act::Add, &v6),
            "0a800200 07000000 14000200 fd000000 00000000 00000000 00000001 \
             14000100 fd000000 00000000 00000000 00000001 08000800 02000000 \
             14000600 00000000 ffffffff 00000000 00000000 05000b00 12000000"
        );
    }

    #[test]
    fn requests_of_a_batch_follow_each_other() {
        let mut buffer = Vec::new();
        let labelled = Address {
            label: Some("eth0:1".into()),
            ..address("10.0.0.1", 24)
        };
        for sequence in 1..=3 {
            push_request(
                Act::Add,
                1,
                &labelled,
                sequence,
                Confirm::FailureOnly,
                &mut buffer,
            );
        }
        let (list, complete) = messages(&buffer);
        assert!(complete);
        assert_eq!(
            list.iter().map(|m| m.sequence).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        let Body::NewAddress(event) = &list[2].body else {
            panic!("{list:?}")
        };
        assert_eq!(event.address.label.as_deref(), Some("eth0:1"));
        assert_eq!(event.address.protocol, PROTOCOL);
    }

    #[test]
    fn lifetimes_as_the_original_sets_them() {
        let lifetime = |text, prefix, given| {
            let address = Address {
                preferred_lifetime: given,
                ..address(text, prefix)
            };
            preferred_lifetime(&address, prefix)
        };
        assert_eq!(lifetime("fd00::1", 128, None), Some(0));
        assert_eq!(lifetime("fd00::1", 128, Some(u32::MAX)), None);
        assert_eq!(lifetime("fd00::1", 128, Some(55)), Some(55));
        assert_eq!(lifetime("fd00::1", 64, None), None);
        assert_eq!(lifetime("fd00::1", 64, Some(44)), Some(44));
        assert_eq!(lifetime("10.0.0.1", 32, Some(77)), None);
    }

    #[test]
    fn refusals_carry_the_kernels_text() {
        let mut bytes = Vec::new();
        bytes.extend((-22_i32).to_ne_bytes());
        bytes.extend(64_u32.to_ne_bytes());
        bytes.extend([0; 12]);
        bytes.extend(9_u16.to_ne_bytes());
        bytes.extend(1_u16.to_ne_bytes());
        bytes.extend(b"nope\0\0\0\0");
        let said = error(NLM_F_CAPPED | NLM_F_ACK_TLVS, &bytes);
        let expected = Body::Error {
            errno: Some(Errno::EINVAL),
            text: Some("nope".into()),
        };
        assert_eq!(said, Some(expected));
        let silent = Body::Error {
            errno: Some(Errno::EINVAL),
            text: None,
        };
        assert_eq!(error(NLM_F_CAPPED, &bytes), Some(silent));
    }

    /// Cut off anywhere, or with any byte changed, a message is understood or not, and nothing else happens.
    #[test]
    fn broken_messages_do_no_harm() {
        let mut good = Vec::new();
        let v6 = Address {
            flags: AddressFlags::all(),
            ..address("fd00::1", 128)
        };
        let v4 = Address {
            label: Some("eth0:1".into()),
            ..address("10.0.0.1", 24)
        };
        push_request(Act::Add, 1, &v6, 1, Confirm::Success, &mut good);
        push_request(Act::Remove, 1, &v4, 2, Confirm::Success, &mut good);
        push_listing(Listing::Links, 3, &mut good);
        for length in 0..good.len() {
            messages(&good[..length]);
        }
        for (position, value) in
            (0..good.len()).flat_map(|p| [0, 1, 2, 3, 16, 127, 255].map(|v| (p, v)))
        {
            let mut bad = good.clone();
            bad[position] = value;
            messages(&bad);
        }
        for kind in [
            NLMSG_ERROR,
            NLMSG_DONE,
            libc::RTM_NEWLINK,
            libc::RTM_DELLINK,
            libc::RTM_NEWADDR,
        ] {
            for length in NLMSG_HEADER..64 {
                let mut bad = vec![0; length];
                bad[..4].copy_from_slice(&u32::try_from(length).unwrap().to_ne_bytes());
                bad[4..6].copy_from_slice(&kind.to_ne_bytes());
                messages(&bad);
            }
        }
    }
}
