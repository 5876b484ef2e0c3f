//! Gratuitous ARP and unsolicited neighbour advertisements: a paced queue in front of one packet socket.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{LinkAddr, MsgFlags, sendto};
use socket2::{Domain, Socket, Type};

use crate::error::Error;
use crate::links::{Link, Links};
use crate::manager::Owner;
use crate::spec::Address;

mod frame;

pub use frame::{Role, garp_frame, na_frame};

/// Frames per flush. One costs some 20 µs, and adverts may be due every 10 ms.
const BUDGET: usize = 64;

/// Pause for the caller's other work when the budget was not enough.
const BREATH: Duration = Duration::from_micros(500);

/// First pause after the device had no room; it doubles up to 128 times that.
const NO_ROOM: Duration = Duration::from_millis(10);

/// Which of the two minimum gaps holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Arp,
    Advertisement,
}

/// The frames that an owner has to send out of one link, over and over.
struct Burst {
    owner: Owner,
    index: u32,
    kind: Kind,
    frames: Vec<Vec<u8>>,
    position: usize,
    rounds_left: u32,
    retries: u32,
}

/// Sends announcements of addresses.
pub struct Announcer {
    socket: Socket,
    garp_interval: Duration,
    gna_interval: Duration,
    /// Where to send to, by number of the link.
    targets: BTreeMap<u32, LinkAddr>,
    bursts: VecDeque<Burst>,
    /// When the next frame may leave, per link and kind.
    not_before: BTreeMap<(u32, Kind), Instant>,
}

impl Announcer {
    /// Opens the packet socket. The intervals are the least gaps between two frames on one link; zero is none.
    pub fn open(garp_interval: Duration, gna_interval: Duration) -> Result<Self, Error> {
        let opened = |source| Error::Open {
            socket: "packet",
            source,
        };
        // Protocol 0: it receives nothing.
        let socket = Socket::new(Domain::PACKET, Type::RAW, None).map_err(opened)?;
        socket.set_nonblocking(true).map_err(opened)?;
        let targets = targets().map_err(opened)?;
        let (bursts, not_before) = Default::default();
        Ok(Self {
            socket,
            garp_interval,
            gna_interval,
            targets,
            bursts,
            not_before,
        })
    }

    /// Changes the intervals (at a reload).
    pub fn set_intervals(&mut self, garp_interval: Duration, gna_interval: Duration) {
        self.garp_interval = garp_interval;
        self.gna_interval = gna_interval;
    }

    /// Queues `repeat` announcements of each address, in rounds over all of them, in place of what the owner
    /// still has in the queue. Links that resolve no neighbours, and multicast addresses, are left out.
    pub fn queue(&mut self, owner: Owner, addresses: &[Address], repeat: u32, links: &Links) {
        self.drop_owner(owner);
        if repeat == 0 {
            return;
        }
        let mut lanes: BTreeMap<(u32, Kind), Vec<Vec<u8>>> = BTreeMap::new();
        let mut roles = BTreeMap::new();
        for address in addresses {
            let Some(link) = links.by_name(&address.interface) else {
                continue;
            };
            let Some((kind, frame)) = frame_for(address.address, link, &mut roles) else {
                continue;
            };
            lanes.entry((link.index, kind)).or_default().push(frame);
        }
        self.find_targets(lanes.keys().map(|(index, _)| *index));
        for ((index, kind), frames) in lanes {
            self.bursts.push_back(Burst {
                owner,
                index,
                kind,
                frames,
                position: 0,
                rounds_left: repeat,
                retries: 0,
            });
        }
    }

    /// Forgets what an owner has in the queue.
    pub fn drop_owner(&mut self, owner: Owner) {
        self.bursts.retain(|burst| burst.owner != owner);
    }

    /// Sends what is due, within a budget. Returns when to call again; `None`: the queue is empty.
    pub fn flush(&mut self, now: Instant) -> Option<Instant> {
        self.not_before.retain(|_, time| *time > now);
        let mut budget = BUDGET;
        let (mut waiting, mut served) = (VecDeque::new(), VecDeque::new());
        while budget > 0 {
            let Some(mut burst) = self.bursts.pop_front() else {
                break;
            };
            let before = budget;
            match self.advance(&mut burst, now, &mut budget) {
                Progress::Finished => {}
                Progress::Waits if before == budget => waiting.push_back(burst),
                Progress::Waits => served.push_back(burst),
            }
        }
        // Those that had a turn go last: owners take turns on a link.
        self.bursts.append(&mut waiting);
        self.bursts.append(&mut served);
        self.next_call(now, budget)
    }

    fn next_call(&self, now: Instant, budget_left: usize) -> Option<Instant> {
        let due = |burst: &Burst| self.not_before.get(&(burst.index, burst.kind)).copied();
        let first = self
            .bursts
            .iter()
            .map(|burst| due(burst).unwrap_or(now))
            .min()?;
        Some(if budget_left == 0 {
            first.max(now + BREATH)
        } else {
            first
        })
    }

    /// Sends frames of a burst until a gap, a full device, the budget or its end.
    fn advance(&mut self, burst: &mut Burst, now: Instant, budget: &mut usize) -> Progress {
        let lane = (burst.index, burst.kind);
        let Some(target) = self.targets.get(&burst.index).copied() else {
            return Progress::Finished;
        };
        while *budget > 0 && !self.not_before.contains_key(&lane) {
            *budget -= 1;
            match self.send(burst, &target) {
                Sent::Yes => burst.retries = 0,
                Sent::NoRoom => {
                    let pause = NO_ROOM * (1 << burst.retries.min(7));
                    burst.retries += 1;
                    self.not_before.insert(lane, now + pause);
                    return Progress::Waits;
                }
                Sent::Never => return Progress::Finished,
            }
            let gap = self.gap(burst.kind);
            if !gap.is_zero() {
                self.not_before.insert(lane, now + gap);
            }
            if burst.step() == Progress::Finished {
                return Progress::Finished;
            }
        }
        Progress::Waits
    }

    fn gap(&self, kind: Kind) -> Duration {
        match kind {
            Kind::Arp => self.garp_interval,
            Kind::Advertisement => self.gna_interval,
        }
    }

    fn send(&self, burst: &Burst, target: &LinkAddr) -> Sent {
        let Some(frame) = burst.frames.get(burst.position) else {
            return Sent::Never;
        };
        match sendto(
            self.socket.as_raw_fd(),
            frame,
            target,
            MsgFlags::MSG_DONTWAIT,
        )
        .map_err(io::Error::from)
        {
            Ok(_) => Sent::Yes,
            Err(error) if has_no_room(&error) => Sent::NoRoom,
            Err(error) => {
                // The link is down or gone: whoever takes over on it next announces anew.
                tracing::debug!(index = burst.index, %error, "announcements dropped");
                Sent::Never
            }
        }
    }

    /// Looks up how to address links that are not known yet.
    fn find_targets(&mut self, mut indices: impl Iterator<Item = u32>) {
        if indices.all(|index| self.targets.contains_key(&index)) {
            return;
        }
        match targets() {
            Ok(targets) => self.targets = targets,
            Err(error) => tracing::debug!(%error, "cannot list the links"),
        }
    }
}

impl Burst {
    /// Goes on to the next frame, and from the last one to the next round.
    fn step(&mut self) -> Progress {
        self.position += 1;
        if self.position == self.frames.len() {
            self.position = 0;
            self.rounds_left -= 1;
        }
        if self.rounds_left == 0 {
            Progress::Finished
        } else {
            Progress::Waits
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Finished,
    Waits,
}

/// What became of a frame.
enum Sent {
    Yes,
    /// Not yet: later.
    NoRoom,
    /// The link takes none.
    Never,
}

fn has_no_room(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(nix::libc::EAGAIN | nix::libc::ENOBUFS | nix::libc::EINTR)
    )
}

/// The link-level addresses of all links. (The one way to a `sockaddr_ll` without unsafe code.)
fn targets() -> io::Result<BTreeMap<u32, LinkAddr>> {
    let all = getifaddrs()?;
    let links = all.filter_map(|entry| entry.address?.as_link_addr().copied());
    Ok(links
        .filter_map(|link| Some((u32::try_from(link.ifindex()).ok()?, link)))
        .collect())
}

fn frame_for(
    address: IpAddr,
    link: &Link,
    roles: &mut BTreeMap<u32, Role>,
) -> Option<(Kind, Vec<u8>)> {
    let mac = link.mac?;
    if link.noarp || link.loopback || address.is_multicast() {
        return None;
    }
    Some(match address {
        IpAddr::V4(v4) => (Kind::Arp, garp_frame(mac, v4)),
        IpAddr::V6(v6) => {
            let role = *roles
                .entry(link.index)
                .or_insert_with(|| role_on(&link.name));
            (Kind::Advertisement, na_frame(mac, v6, role))
        }
    })
}

/// Whether we forward on a link. Read once per burst: it may change at any time, and procfs answers from memory.
fn role_on(name: &str) -> Role {
    let setting = std::fs::read_to_string(format!("/proc/sys/net/ipv6/conf/{name}/forwarding"));
    match setting.as_deref().map(str::trim) {
        Ok("0") | Err(_) => Role::Host,
        Ok(_) => Role::Router,
    }
}
