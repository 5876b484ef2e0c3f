//! Changes of the kernel's network objects in one host, as a netlink listener sees them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, setsockopt,
    socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

use crate::{Host, Stamp, now, wait_until};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When it was heard of.
    pub time: Stamp,
    /// What it was.
    pub kind: ChangeKind,
}

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// An address was added, or its properties were set.
    AddressAdded(IpAddr),
    /// An address was removed.
    AddressRemoved(IpAddr),
    /// Another message of this rtnetlink type: links, routes, rules.
    Other(u16),
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Monitor {
    changes: Arc<Mutex<Vec<Change>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Monitor {
    /// Starts listening in a host's namespace for links, addresses, routes and rules.
    pub fn start(host: &Host) -> Result<Self> {
        let socket = host.run(open)??;
        let changes = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (changes, stop) = (Arc::clone(&changes), Arc::clone(&stop));
            move || listen(&socket, &changes, &stop)
        });
        Ok(Self {
            changes,
            stop,
            thread: Some(thread),
        })
    }

    /// Everything so far.
    pub fn changes(&self) -> Vec<Change> {
        self.changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many changes there are: a mark for [`Monitor::since`] and [`Monitor::wait_after`].
    pub fn mark(&self) -> usize {
        self.changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// What came after the mark.
    pub fn since(&self, mark: usize) -> Vec<Change> {
        self.changes().split_off(mark)
    }

    /// Waits for a change after the mark and returns it.
    pub fn wait_after(&self, mark: usize, limit: Duration, kind: ChangeKind) -> Result<Change> {
        let mut found = None;
        wait_until(limit, &format!("{kind:?} in the kernel"), || {
            found = self
                .since(mark)
                .into_iter()
                .find(|change| change.kind == kind);
            found.is_some()
        })?;
        found.context("a change was found and is gone")
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, IPV6_IFADDR, IPV6_ROUTE, and IPV6_RULE (group 19).
const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 1 << 18;

fn open() -> Result<OwnedFd> {
    let (family, kind) = (AddressFamily::Netlink, SockType::Raw);
    let socket = socket(
        family,
        kind,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )
    .context("open a netlink socket")?;
    setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::milliseconds(50))?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, GROUPS)).context("bind a netlink socket")?;
    Ok(socket)
}

fn listen(socket: &OwnedFd, changes: &Mutex<Vec<Change>>, stop: &AtomicBool) {
    let mut buffer = vec![0_u8; 65536];
    while !stop.load(Ordering::Relaxed) {
        let Ok(length) = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty()) else {
            continue;
        };
        let time = now();
        let mut rest = buffer.get(..length).unwrap_or_default();
        while let Some((kind, next)) = message(rest) {
            changes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Change { time, kind });
            rest = next;
        }
    }
}

/// The first netlink message, and what follows it.
fn message(bytes: &[u8]) -> Option<(ChangeKind, &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    let kind = u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?);
    let body = bytes.get(16..length)?;
    let change = match (kind, address(body)) {
        (20, Some(address)) => ChangeKind::AddressAdded(address),
        (21, Some(address)) => ChangeKind::AddressRemoved(address),
        (other, _) => ChangeKind::Other(other),
    };
    Some((
        change,
        bytes.get(length.next_multiple_of(4)..).unwrap_or_default(),
    ))
}

/// `IFA_LOCAL`, else `IFA_ADDRESS`, of an address message.
fn address(body: &[u8]) -> Option<IpAddr> {
    let mut rest = body.get(8..)?;
    let mut found = None;
    while let Some(header) = rest.get(..4) {
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let value = rest.get(4..length)?;
        match u16::from_ne_bytes([header[2], header[3]]) {
            1 => found = found.or(ip(value)),
            2 => found = ip(value),
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(octets).into());
    }
    <[u8; 16]>::try_from(bytes)
        .ok()
        .map(|octets| Ipv6Addr::from(octets).into())
}
