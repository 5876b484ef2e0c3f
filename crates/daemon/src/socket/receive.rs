//! The receiving side.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv6Addr};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::task::Poll;
use std::time::{Duration, Instant};

use nix::cmsg_space;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::sockopt::{Ipv6RecvHopLimit, Ipv6RecvPacketInfo, ReceiveTimestampns};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrIn6, SockaddrStorage, recv, recvmsg, setsockopt,
};
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_gettime};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use vrrp::{Family, Packet};

use super::options::{CHECKSUM_OFFSET, Ipv6Checksum};
use super::{DROP_ALL, VRRP};

/// What waits while the process is stopped or busy: some thousand adverts.
const BUFFER: usize = 1 << 20;

/// Longer than any packet of an interface can be.
const LONGEST: usize = 1 << 16;

/// Sockets that are read without asking first.
const FEW: usize = 4;

/// How far back the kernel's time of arrival is believed. It makes up for our own wake-up, not for a stall:
/// who was stopped for long must not think that the others have been silent.
const OLDEST: Duration = Duration::from_millis(1);

/// A packet, and when it came.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// Index of the interface.
    pub(crate) interface: u32,
    /// When the kernel had it, at most [`OLDEST`] ago.
    pub(crate) at: Instant,
    /// What.
    pub(crate) packet: Packet,
}

/// What one interface and family is listened on for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Need {
    /// Name of the interface.
    pub(crate) name: String,
    /// Multicast groups of its instances; unicast ones need none.
    pub(crate) groups: BTreeSet<IpAddr>,
}

/// An interface that cannot be listened on. Who cannot hear a master must not become one.
#[derive(Debug)]
pub(crate) struct Deaf {
    /// Its index.
    pub(crate) interface: u32,
    /// Its name.
    pub(crate) name: String,
    /// Why.
    pub(crate) error: io::Error,
}

/// Which sockets there should be, by interface index and family.
pub(crate) type Needs = BTreeMap<(u32, Family), Need>;

/// The sockets that adverts come in on.
#[derive(Debug)]
pub(crate) struct Receivers {
    sockets: BTreeMap<(u32, Family), Receiver>,
    buffer: Box<[u8]>,
}

#[derive(Debug)]
struct Receiver {
    fd: AsyncFd<Socket>,
    need: Need,
}

/// Whether a socket that has not been reported readable is asked as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Only where the runtime has seen something.
    Reported,
    /// Everywhere: what has come in since the runtime looked counts too.
    Everywhere,
}

impl Receivers {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            sockets: BTreeMap::new(),
            buffer: vec![0; LONGEST].into_boxed_slice(),
        }
    }

    /// The descriptor of one.
    pub(crate) fn descriptor(&self, index: u32, family: Family) -> Option<i32> {
        let receiver = self.sockets.get(&(index, family))?;
        Some(receiver.fd.as_raw_fd())
    }

    /// Makes the open sockets be the needed ones, and leaves alone those that are. What fails is returned,
    /// and tried again with the next call.
    pub(crate) fn sync(&mut self, needs: &Needs) -> Vec<Deaf> {
        self.sockets.retain(|key, receiver| {
            needs
                .get(key)
                .is_some_and(|need| need.name == receiver.need.name)
        });
        let mut errors = Vec::new();
        for (&(index, family), need) in needs {
            let done = match self.sockets.get_mut(&(index, family)) {
                Some(receiver) => receiver.change(index, need),
                None => Receiver::open(index, family, need).map(|receiver| {
                    self.sockets.insert((index, family), receiver);
                }),
            };
            errors.extend(done.err().map(|error| Deaf {
                interface: index,
                name: need.name.clone(),
                error,
            }));
        }
        errors
    }

    /// Waits until a socket has something. Cancel safe.
    pub(crate) async fn readable(&self) {
        poll_fn(|context| {
            let ready = self
                .sockets
                .values()
                .map(|receiver| receiver.fd.poll_read_ready(context));
            // Every socket is asked, so that each of them wakes the task.
            if ready.filter(Poll::is_ready).count() > 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Takes up to `budget` packets off each socket.
    pub(crate) fn drain(&mut self, look: Look, budget: usize, mut take: impl FnMut(Arrival)) {
        let ready = match look {
            Look::Reported => None,
            Look::Everywhere => self.ready(),
        };
        for (position, (&(interface, family), receiver)) in self.sockets.iter().enumerate() {
            if ready
                .as_ref()
                .is_some_and(|ready| !ready.contains(&position))
            {
                continue;
            }
            for _ in 0..budget {
                match receiver.next(family, look, &mut self.buffer) {
                    Ok(Some((at, packet))) => take(Arrival {
                        interface,
                        at,
                        packet,
                    }),
                    Ok(None) => {}
                    // Empty; or an error of the interface that the monitor reports too.
                    Err(_) => break,
                }
            }
        }
    }

    /// Which sockets have something, asked with one system call; `None`: all are to be read. One by one is
    /// cheaper for a few, and costs as many calls at each deadline as there are sockets.
    fn ready(&self) -> Option<BTreeSet<usize>> {
        if self.sockets.len() <= FEW {
            return None;
        }
        let fds = self
            .sockets
            .values()
            .map(|receiver| receiver.fd.get_ref().as_fd());
        let mut fds: Vec<PollFd<'_>> = fds.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        poll(&mut fds, PollTimeout::ZERO).ok()?;
        let has_something = |fd: &PollFd<'_>| fd.any().unwrap_or(true);
        let ready = fds.iter().enumerate().filter(|(_, fd)| has_something(fd));
        Some(ready.map(|(position, _)| position).collect())
    }
}

impl Receiver {
    #[allow(
        deprecated,
        reason = "its successor is unsafe, and the descriptor is owned for life"
    )]
    fn open(index: u32, family: Family, need: &Need) -> io::Result<Self> {
        let socket = match family {
            Family::V4 => open_v4(&need.name)?,
            Family::V6 => open_v6(&need.name)?,
        };
        for &group in &need.groups {
            join(&socket, index, group)?;
        }
        let fd = AsyncFd::with_interest(socket, Interest::READABLE)?;
        Ok(Self {
            fd,
            need: need.clone(),
        })
    }

    fn change(&mut self, index: u32, need: &Need) -> io::Result<()> {
        for &group in need.groups.difference(&self.need.groups.clone()) {
            join(self.fd.get_ref(), index, group)?;
            self.need.groups.insert(group);
        }
        for &group in self.need.groups.clone().difference(&need.groups) {
            self.need.groups.remove(&group);
            leave(self.fd.get_ref(), index, group)?;
        }
        Ok(())
    }

    /// The next packet; `None`: one that nobody can want.
    fn next(&self, family: Family, look: Look, buffer: &mut [u8]) -> io::Result<Option<Arrived>> {
        let read = |socket: &Socket, buffer: &mut [u8]| match family {
            Family::V4 => receive_v4(socket, buffer).map(Some),
            Family::V6 => receive_v6(socket, buffer),
        };
        match self
            .fd
            .try_io(Interest::READABLE, |socket| read(socket, buffer))
        {
            Err(error) if would_block(&error) && look == Look::Everywhere => {
                read(self.fd.get_ref(), buffer)
            }
            result => result,
        }
    }
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// A packet, and when the kernel had it.
type Arrived = (Instant, Packet);

fn receive_v4(socket: &Socket, buffer: &mut [u8]) -> io::Result<Arrived> {
    let mut space = cmsg_space!(TimeSpec);
    let (length, controls) = {
        let mut parts = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let message =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut space), flags)?;
        (message.bytes, Controls::read(message.cmsgs()?))
    };
    Ok((controls.arrival()?, Packet::V4(buffer[..length].to_vec())))
}

fn receive_v6(socket: &Socket, buffer: &mut [u8]) -> io::Result<Option<Arrived>> {
    let mut space = cmsg_space!(TimeSpec, libc::in6_pktinfo, libc::c_int);
    let (length, source, controls) = {
        let mut parts = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let message =
            recvmsg::<SockaddrIn6>(socket.as_raw_fd(), &mut parts, Some(&mut space), flags)?;
        let controls = Controls::read(message.cmsgs()?);
        (message.bytes, message.address, controls)
    };
    let (Some(source), Some(destination), Some(hop_limit)) =
        (source, controls.destination, controls.hop_limit)
    else {
        return Ok(None);
    };
    let packet = Packet::V6 {
        source: source.ip(),
        destination,
        hop_limit,
        payload: buffer[..length].to_vec(),
    };
    Ok(Some((controls.arrival()?, packet)))
}

/// What the kernel says beside a packet.
#[derive(Debug, Default)]
struct Controls {
    time: Option<TimeSpec>,
    destination: Option<Ipv6Addr>,
    hop_limit: Option<u8>,
}

impl Controls {
    fn read(messages: impl Iterator<Item = ControlMessageOwned>) -> Self {
        let mut controls = Self::default();
        for message in messages {
            if let ControlMessageOwned::ScmTimestampns(time) = message {
                controls.time = Some(time);
            } else if let ControlMessageOwned::Ipv6PacketInfo(info) = message {
                controls.destination = Some(Ipv6Addr::from(info.ipi6_addr.s6_addr));
            } else if let ControlMessageOwned::Ipv6HopLimit(limit) = message {
                controls.hop_limit = u8::try_from(limit).ok();
            }
        }
        controls
    }

    /// The kernel's stamp is the clock's; only its age counts, so that setting the clock changes nothing.
    fn arrival(&self) -> io::Result<Instant> {
        let clock = clock_gettime(ClockId::CLOCK_REALTIME)?;
        let now = Instant::now();
        let age = self.time.map_or(Duration::ZERO, |time| age(time, clock));
        Ok(now.checked_sub(age).unwrap_or(now))
    }
}

fn age(time: TimeSpec, clock: TimeSpec) -> Duration {
    let (time, clock) = (Duration::from(time), Duration::from(clock));
    clock.saturating_sub(time).min(OLDEST)
}

fn open_v4(name: &str) -> io::Result<Socket> {
    let socket = open(Domain::IPV4, name)?;
    socket.set_multicast_all_v4(false)?;
    Ok(socket)
}

fn open_v6(name: &str) -> io::Result<Socket> {
    let socket = open(Domain::IPV6, name)?;
    socket.set_multicast_all_v6(false)?;
    setsockopt(&socket, Ipv6RecvPacketInfo, &true)?;
    setsockopt(&socket, Ipv6RecvHopLimit, &true)?;
    setsockopt(&socket, Ipv6Checksum, &CHECKSUM_OFFSET)?;
    Ok(socket)
}

fn open(domain: Domain, name: &str) -> io::Result<Socket> {
    let kind = Type::RAW.nonblocking().cloexec();
    let socket = Socket::new(domain, kind, Some(Protocol::from(VRRP)))?;
    // Until it is bound it hears every interface: what comes in so early is not kept.
    socket.attach_filter(&[DROP_ALL])?;
    socket.bind_device(Some(name.as_bytes()))?;
    let mut byte = [0; 1];
    while recv(socket.as_raw_fd(), &mut byte, MsgFlags::MSG_DONTWAIT).is_ok() {}
    socket.detach_filter()?;
    socket.set_recv_buffer_size(BUFFER)?;
    setsockopt(&socket, ReceiveTimestampns, &true)?;
    Ok(socket)
}

fn join(socket: &Socket, index: u32, group: IpAddr) -> io::Result<()> {
    match group {
        IpAddr::V4(group) => {
            socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(index))
        }
        IpAddr::V6(group) => socket.join_multicast_v6(&group, index),
    }
}

fn leave(socket: &Socket, index: u32, group: IpAddr) -> io::Result<()> {
    match group {
        IpAddr::V4(group) => {
            socket.leave_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(index))
        }
        IpAddr::V6(group) => socket.leave_multicast_v6(&group, index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_a_packet_is_believed_up_to_a_millisecond() {
        let clock = TimeSpec::new(1_000, 500_000);
        assert_eq!(
            age(TimeSpec::new(1_000, 300_000), clock),
            Duration::from_micros(200)
        );
        assert_eq!(age(TimeSpec::new(400, 0), clock), OLDEST);
        // The clock was set back in between.
        assert_eq!(age(TimeSpec::new(4_600, 0), clock), Duration::ZERO);
    }
}
