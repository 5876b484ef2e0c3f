//! What is said on the LAN, with the kernel's time stamps.

use std::collections::BTreeMap;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType,
    recvmsg, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use socket2::SockFilter;

use crate::decode::{Advert, Mac, Packet, decode};
use crate::{Lab, Stamp, wait_until};

/// A frame that a host has sent.
#[derive(Debug, Clone)]
pub struct Record {
    /// When it came into the switch.
    pub time: Stamp,
    /// The host that sent it, by the switch's port.
    pub host: String,
    /// Ethernet source.
    pub source_mac: Mac,
    /// Ethernet destination.
    pub destination_mac: Mac,
    /// The whole frame.
    pub frame: Vec<u8>,
    /// What it holds.
    pub packet: Packet,
}

impl Record {
    /// The advert in it.
    pub fn advert(&self) -> Option<&Advert> {
        match &self.packet {
            Packet::Vrrp(advert) => Some(advert),
            Packet::Arp(_) | Packet::NeighbourAdvert(_) | Packet::Other => None,
        }
    }

    /// The advert, if it is one of this virtual router.
    pub fn advert_of(&self, vrid: u8) -> Option<&Advert> {
        self.advert().filter(|advert| advert.vrid == vrid)
    }
}

/// Listens at the switch for VRRP, ARP and neighbour advertisements until it is dropped.
#[derive(Debug)]
pub struct Capture {
    records: Arc<Mutex<Vec<Record>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Capture {
    /// Starts listening; hosts that the lab gets later are not heard.
    pub fn start(lab: &Lab) -> Result<Self> {
        let names: Vec<&str> = lab.hosts().iter().map(crate::Host::name).collect();
        let (socket, ports) = lab.switch().run(|| open(&names))??;
        let records = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (records, stop) = (Arc::clone(&records), Arc::clone(&stop));
            move || receive(&socket, &ports, &records, &stop)
        });
        Ok(Self {
            records,
            stop,
            thread: Some(thread),
        })
    }

    /// Everything so far.
    pub fn records(&self) -> Vec<Record> {
        self.lock().clone()
    }

    /// The adverts of a virtual router so far.
    pub fn adverts(&self, vrid: u8) -> Vec<Record> {
        self.select(|record| record.advert_of(vrid).is_some())
    }

    /// The records that a condition picks.
    pub fn select(&self, wanted: impl Fn(&Record) -> bool) -> Vec<Record> {
        self.lock()
            .iter()
            .filter(|record| wanted(record))
            .cloned()
            .collect()
    }

    /// How many records there are: a mark for [`Capture::wait_after`].
    pub fn mark(&self) -> usize {
        self.lock().len()
    }

    /// Waits for a record and returns it.
    pub fn wait(
        &self,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<Record> {
        self.wait_after(0, limit, what, wanted)
    }

    /// The same, looking only at what came after the mark.
    pub fn wait_after(
        &self,
        mark: usize,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<Record> {
        let mut next = mark;
        let mut found = None;
        wait_until(limit, what, || {
            let records = self.lock();
            found = records
                .iter()
                .skip(next)
                .find(|record| wanted(record))
                .cloned();
            next = records.len();
            found.is_some()
        })?;
        found.context("a record was found and is gone")
    }

    /// The adverts in short: runs of equal ones of one host as one line with times from the first.
    pub fn summary(&self) -> String {
        let records = self.lock();
        let mut lines: Vec<(String, Stamp, Stamp, usize)> = Vec::new();
        for record in records.iter() {
            let Some(text) = describe(record) else {
                continue;
            };
            match lines.iter_mut().rev().take(6).find(|line| line.0 == text) {
                Some(line) => (line.2, line.3) = (record.time, line.3 + 1),
                None => lines.push((text, record.time, record.time, 1)),
            }
        }
        let start = lines.first().map_or(Duration::ZERO, |line| line.1);
        let since = |time: Stamp| time.saturating_sub(start).as_secs_f64();
        let line = |(text, first, last, count): &(String, Stamp, Stamp, usize)| {
            format!(
                "{:8.3} to {:8.3} {count:4} × {text}\n",
                since(*first),
                since(*last)
            )
        };
        lines.iter().map(line).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn describe(record: &Record) -> Option<String> {
    let host = &record.host;
    match &record.packet {
        Packet::Vrrp(advert) => Some(format!(
            "{host}: advert v{} {} > {} vrid {} priority {} every {:?} auth {} ttl {} {:?}{}",
            advert.version,
            advert.source,
            advert.destination,
            advert.vrid,
            advert.priority,
            advert.interval,
            advert.auth_type,
            advert.ttl,
            advert.addresses,
            if advert.checksum_ok {
                ""
            } else {
                " BAD CHECKSUM"
            },
        )),
        Packet::Arp(arp) if arp.gratuitous() => Some(format!("{host}: GARP {}", arp.sender)),
        Packet::NeighbourAdvert(na) if na.destination.is_multicast() => {
            Some(format!("{host}: NA {}", na.target))
        }
        Packet::Arp(_) | Packet::NeighbourAdvert(_) | Packet::Other => None,
    }
}

/// A packet socket for all ports, and which host is behind which.
fn open(names: &[&str]) -> Result<(OwnedFd, BTreeMap<usize, String>)> {
    let mut ports = BTreeMap::new();
    for name in names {
        let index = if_nametoindex(*name).with_context(|| format!("port {name}"))?;
        ports.insert(usize::try_from(index)?, (*name).to_owned());
    }
    let (family, kind) = (AddressFamily::Packet, SockType::Raw);
    let socket = socket(family, kind, SockFlag::SOCK_CLOEXEC, SockProtocol::EthAll)
        .context("open a packet socket")?;
    let socket = socket2::Socket::from(socket);
    socket
        .attach_filter(&filter())
        .context("attach the filter")?;
    let socket = OwnedFd::from(socket);
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::milliseconds(50))?;
    setsockopt(&socket, sockopt::RcvBufForce, &(8 << 20))?;
    Ok((socket, ports))
}

/// ARP; IPv4 with protocol 112 or 51; IPv6 with next header 112 or 58. What has come before it was
/// attached is sorted out later.
fn filter() -> [SockFilter; 12] {
    let (load_half, load_byte, equal, give) = (0x28, 0x30, 0x15, 0x06);
    [
        SockFilter::new(load_half, 0, 0, 12),
        SockFilter::new(equal, 9, 0, 0x0806), // 1: to 11
        SockFilter::new(equal, 0, 3, 0x0800), // 2: to 6
        SockFilter::new(load_byte, 0, 0, 23),
        SockFilter::new(equal, 6, 0, 112),    // 4: to 11
        SockFilter::new(equal, 5, 4, 51),     // 5: to 11, else 10
        SockFilter::new(equal, 0, 3, 0x86dd), // 6: to 10
        SockFilter::new(load_byte, 0, 0, 20),
        SockFilter::new(equal, 2, 0, 112), // 8: to 11
        SockFilter::new(equal, 1, 0, 58),  // 9: to 11
        SockFilter::new(give, 0, 0, 0),
        SockFilter::new(give, 0, 0, 0xffff),
    ]
}

fn receive(
    socket: &OwnedFd,
    ports: &BTreeMap<usize, String>,
    records: &Mutex<Vec<Record>>,
    stop: &AtomicBool,
) {
    let mut buffer = vec![0_u8; 65536];
    while !stop.load(Ordering::Relaxed) {
        // No record: a time-out, a frame that the switch sends, or one of no interest.
        if let Ok(Some(record)) = receive_one(socket, ports, &mut buffer) {
            records
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(record);
        }
    }
}

fn receive_one(
    socket: &OwnedFd,
    ports: &BTreeMap<usize, String>,
    buffer: &mut [u8],
) -> Result<Option<Record>> {
    let mut control = nix::cmsg_space!(nix::sys::time::TimeSpec);
    let mut parts = [IoSliceMut::new(buffer)];
    let flags = MsgFlags::empty();
    let message = recvmsg::<LinkAddr>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags)?;
    let Some(from) = message.address else {
        bail!("no link address")
    };
    let stamp = message.cmsgs()?.find_map(|part| {
        let ControlMessageOwned::ScmTimestampns(stamp) = part else {
            return None;
        };
        Some(Duration::from(stamp))
    });
    let length = message.bytes;
    let Some(host) = ports.get(&from.ifindex()) else {
        return Ok(None);
    };
    if i32::from(from.pkttype()) == OUTGOING {
        return Ok(None);
    }
    let frame = buffer
        .get(..length)
        .context("longer than the buffer")?
        .to_vec();
    let mac = |at: usize| -> Option<Mac> { Some(Mac(frame.get(at..at + 6)?.try_into().ok()?)) };
    let (Some(destination_mac), Some(source_mac)) = (mac(0), mac(6)) else {
        return Ok(None);
    };
    let packet = decode(&frame);
    if packet == Packet::Other && !looks_like_vrrp(&frame) {
        return Ok(None);
    }
    let time = stamp.unwrap_or_else(crate::now);
    Ok(Some(Record {
        time,
        host: host.clone(),
        source_mac,
        destination_mac,
        frame,
        packet,
    }))
}

/// `PACKET_OUTGOING` of `packet(7)`.
const OUTGOING: i32 = 4;

fn looks_like_vrrp(frame: &[u8]) -> bool {
    match (frame.get(12..14), frame.get(20), frame.get(23)) {
        (Some([8, 0]), _, Some(protocol)) => matches!(protocol, 112 | 51),
        (Some([0x86, 0xdd]), Some(protocol), _) => *protocol == 112,
        _ => false,
    }
}
