//! The sending side.

use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{
    ControlMessage, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrLike, sendmsg, setsockopt,
};
use socket2::{Domain, Protocol, Socket, Type};
use vrrp::{Family, Packet};

use super::options::{CHECKSUM_OFFSET, Ipv6Checksum};
use super::{DROP_ALL, VRRP};

/// Traffic class of adverts: internetwork control, as the original sends them.
const TRAFFIC_CLASS: i32 = 0xc0;

/// `TC_PRIO_CONTROL`: adverts overtake what else waits on the interface.
const PRIORITY: u32 = 7;

/// Where the destination stands in an IPv4 header.
const V4_DESTINATION: std::ops::Range<usize> = 16..20;

/// The sockets that adverts leave from.
#[derive(Debug)]
pub(crate) struct Senders {
    v4: Socket,
    /// A kernel without IPv6 has none.
    v6: Option<Socket>,
}

impl Senders {
    /// Opens them; the IPv6 one only where the kernel has IPv6.
    pub(crate) fn open() -> io::Result<Self> {
        let v6 = match open_v6() {
            Ok(socket) => Some(socket),
            Err(error) if error.raw_os_error() == Some(libc::EAFNOSUPPORT) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { v4: open_v4()?, v6 })
    }

    /// The descriptor of one.
    pub(crate) fn descriptor(&self, family: Family) -> Option<i32> {
        match family {
            Family::V4 => Some(self.v4.as_raw_fd()),
            Family::V6 => self.v6.as_ref().map(AsRawFd::as_raw_fd),
        }
    }

    /// Sends a packet out of the interface with this index.
    pub(crate) fn send(&self, interface: u32, packet: &Packet) -> Result<(), Errno> {
        match packet {
            Packet::V4(bytes) => self.send_v4(interface, bytes),
            Packet::V6 {
                source,
                destination,
                hop_limit,
                payload,
            } => self.send_v6(interface, *source, *destination, *hop_limit, payload),
        }
    }

    fn send_v4(&self, interface: u32, bytes: &[u8]) -> Result<(), Errno> {
        let field = bytes.get(V4_DESTINATION).ok_or(Errno::EINVAL)?;
        let octets: [u8; 4] = field.try_into().map_err(|_| Errno::EINVAL)?;
        let info = libc::in_pktinfo {
            ipi_ifindex: i32::try_from(interface).map_err(|_| Errno::ENODEV)?,
            // The header has the source already.
            ipi_spec_dst: libc::in_addr { s_addr: 0 },
            ipi_addr: libc::in_addr { s_addr: 0 },
        };
        let to = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::from(octets), 0));
        send(
            &self.v4,
            bytes,
            &[ControlMessage::Ipv4PacketInfo(&info)],
            &to,
        )
    }

    fn send_v6(
        &self,
        interface: u32,
        source: Ipv6Addr,
        destination: Ipv6Addr,
        hop_limit: u8,
        payload: &[u8],
    ) -> Result<(), Errno> {
        let socket = self.v6.as_ref().ok_or(Errno::EAFNOSUPPORT)?;
        // The source is given: left alone the kernel may pick a global address.
        let info = libc::in6_pktinfo {
            ipi6_addr: libc::in6_addr {
                s6_addr: source.octets(),
            },
            ipi6_ifindex: interface,
        };
        let hop_limit = i32::from(hop_limit);
        let scope = if needs_scope(destination) {
            interface
        } else {
            0
        };
        let to = SockaddrIn6::from(SocketAddrV6::new(destination, 0, 0, scope));
        let controls = [
            ControlMessage::Ipv6PacketInfo(&info),
            ControlMessage::Ipv6HopLimit(&hop_limit),
            ControlMessage::Ipv6TClass(&TRAFFIC_CLASS),
        ];
        send(socket, payload, &controls, &to)
    }
}

fn needs_scope(address: Ipv6Addr) -> bool {
    address.is_unicast_link_local() || address.is_multicast()
}

fn send<A: SockaddrLike>(
    socket: &Socket,
    bytes: &[u8],
    controls: &[ControlMessage<'_>],
    to: &A,
) -> Result<(), Errno> {
    let parts = [IoSlice::new(bytes)];
    sendmsg(
        socket.as_raw_fd(),
        &parts,
        controls,
        MsgFlags::MSG_DONTWAIT,
        Some(to),
    )
    .map(drop)
}

fn open_v4() -> io::Result<Socket> {
    let socket = open(Domain::IPV4)?;
    socket.set_header_included_v4(true)?;
    socket.set_multicast_loop_v4(false)?;
    socket.set_multicast_all_v4(false)?;
    Ok(socket)
}

fn open_v6() -> io::Result<Socket> {
    let socket = open(Domain::IPV6)?;
    setsockopt(&socket, Ipv6Checksum, &CHECKSUM_OFFSET)?;
    socket.set_multicast_loop_v6(false)?;
    socket.set_multicast_all_v6(false)?;
    Ok(socket)
}

fn open(domain: Domain) -> io::Result<Socket> {
    let kind = Type::RAW.nonblocking().cloexec();
    let socket = Socket::new(domain, kind, Some(Protocol::from(VRRP)))?;
    // The kernel hands every packet of the protocol to every raw socket: nothing may queue up on one that
    // nobody reads.
    socket.attach_filter(&[DROP_ALL])?;
    socket.set_priority(PRIORITY)?;
    Ok(socket)
}
