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
    pub(crate) mtu: u32,
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
    let attributes = &mut message.attributes;
    let flags = kernel_flags(address);
    if !flags.is_empty() {
        // The header holds the lower eight bits, for kernels before 3.14.
        message.header.flags = AddressHeaderFlags::from_bits_retain(flags.bits().to_le_bytes()[0]);
        attributes.push(AddressAttribute::Flags(flags));
    }
    attributes.extend(address.broadcast.map(AddressAttribute::Broadcast));
    attributes.extend(address.label.clone().map(AddressAttribute::Label));
    if let Some(preferred) = preferred_lifetime(address) {
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
fn preferred_lifetime(address: &Address) -> Option<u32> {
    match (address.address, address.preferred_lifetime, address.prefix) {
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

/// The messages of a datagram. `Err`: some of it could not be understood; `Ok` may be less than was sent only in
/// messages of kinds that do not concern us.
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
    let text = attributes.and_then(|bytes| {
        attributes_of(bytes)
            .find(|a| a.kind() == NLMSGERR_ATTR_MSG)
            .and_then(|a| text(a.value()))
    });
    Some(Body::Error { errno, text })
}

/// The attributes up to the first malformed one.
fn attributes_of(bytes: &[u8]) -> impl Iterator<Item = NlaBuffer<&[u8]>> {
    NlasIterator::new(bytes).map_while(Result::ok)
}

fn text(value: &[u8]) -> Option<String> {
    let end = value.iter().position(|b| *b == 0).unwrap_or(value.len());
    Some(String::from_utf8_lossy(&value[..end]).into_owned())
}

/// `None`: malformed. `Some(None)`: of a bridge port, which is another kind of object.
fn link(payload: &[u8]) -> Option<Option<LinkEvent>> {
    let header = LinkHeader::parse(payload).ok()?;
    if header.interface_family != AddressFamily::Unspec {
        return Some(None);
    }
    let (mut name, mut mac, mut mtu) = (None, None, 0);
    for attribute in attributes_of(payload.get(NLMSG_HEADER..)?) {
        let value = attribute.value();
        match attribute.kind() {
            libc::IFLA_IFNAME => name = text(value),
            libc::IFLA_ADDRESS if header.link_layer_type == LinkLayerType::Ether => {
                mac = value.try_into().ok()
            }
            libc::IFLA_MTU => mtu = u32::from_ne_bytes(value.try_into().ok()?),
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
            libc::IFA_LABEL => label = text(value),
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
