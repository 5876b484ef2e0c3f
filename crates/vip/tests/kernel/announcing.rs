//! What reaches the LAN. Time is handed in, so nothing waits.

use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::sys::socket::{LinkAddr, recvfrom};
use socket2::{Domain, Protocol, Socket, Type};
use vip::announce::{Role, garp_frame, na_frame};
use vip::{Announcer, Owner};

use crate::namespace::{Host, ME, address, in_namespace, ip};

const ETH_P_ALL: u16 = 3;

/// A listener on a link's far end.
struct Lan {
    socket: Socket,
    index: usize,
}

impl Lan {
    fn new(host: &Host, link: &str) -> Self {
        let protocol = Protocol::from(i32::from(ETH_P_ALL.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol)).unwrap();
        socket.set_recv_buffer_size(16 << 20).unwrap();
        let index = usize::try_from(host.links.by_name(link).unwrap().index).unwrap();
        Self { socket, index }
    }

    /// Waits for so many announcements, and takes what else is there by then: frames may arrive a little after
    /// the call that sends them.
    fn heard(&self, count: usize) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        self.socket.set_nonblocking(false).unwrap();
        self.socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        while frames.len() < count {
            frames.extend(self.receive().expect("frames within 10 s"));
        }
        self.socket.set_nonblocking(true).unwrap();
        while let Ok(frame) = self.receive() {
            frames.extend(frame);
        }
        frames
    }

    /// One frame, unless it is none of ours. What the kernel sends on its own account (MLD, router
    /// solicitations) is left out.
    fn receive(&self) -> nix::Result<Option<Vec<u8>>> {
        let mut buffer = [0; 2048];
        let (length, from) = recvfrom::<LinkAddr>(self.socket.as_raw_fd(), &mut buffer)?;
        let frame = &buffer[..length];
        let is_arp = frame.get(12..14) == Some(&[8, 6]);
        let is_na = frame.get(12..14) == Some(&[0x86, 0xdd]) && frame.get(54) == Some(&136);
        let is_ours = from.is_some_and(|from| from.ifindex() == self.index) && (is_arp || is_na);
        Ok(is_ours.then(|| frame.to_vec()))
    }
}

/// Flushes, going from one due time to the next, and gives how much time went by.
fn flush_all(announcer: &mut Announcer) -> Duration {
    let start = Instant::now();
    let mut now = start;
    while let Some(next) = announcer.flush(now) {
        assert!(next > now, "the loop must get a breath");
        now = next;
    }
    now - start
}

fn mac(host: &Host) -> [u8; 6] {
    host.links.by_name("v0").unwrap().mac.unwrap()
}

#[test]
fn rounds_over_all_addresses() {
    in_namespace(|| {
        let host = Host::new();
        let lan = Lan::new(&host, "p0");
        let mut announcer = Announcer::open(Duration::ZERO, Duration::ZERO).unwrap();
        let vips = [
            address("10.0.0.1/24"),
            address("10.0.0.2/24"),
            address("239.1.1.1/32"),
        ];
        announcer.queue(ME, &vips, 2, &host.links);
        flush_all(&mut announcer);
        let garp = |last| garp_frame(mac(&host), [10, 0, 0, last].into());
        assert_eq!(lan.heard(4), [garp(1), garp(2), garp(1), garp(2)]);

        announcer.queue(ME, &vips, 0, &host.links);
        assert_eq!(announcer.flush(Instant::now()), None);
    });
}

#[test]
fn advertisements_of_hosts_and_routers() {
    in_namespace(|| {
        let host = Host::new();
        let lan = Lan::new(&host, "p0");
        let mut announcer = Announcer::open(Duration::ZERO, Duration::ZERO).unwrap();
        let na = |role| na_frame(mac(&host), "fd00::1".parse().unwrap(), role);
        announcer.queue(ME, &[address("fd00::1/64")], 1, &host.links);
        flush_all(&mut announcer);
        assert_eq!(lan.heard(1), [na(Role::Host)]);
        std::fs::write("/proc/sys/net/ipv6/conf/v0/forwarding", "1").unwrap();
        announcer.queue(ME, &[address("fd00::1/64")], 1, &host.links);
        flush_all(&mut announcer);
        assert_eq!(lan.heard(1), [na(Role::Router)]);
    });
}

#[test]
fn gaps_are_kept_and_owners_take_turns() {
    in_namespace(|| {
        let host = Host::new();
        let lan = Lan::new(&host, "p0");
        let gap = Duration::from_millis(100);
        let mut announcer = Announcer::open(gap, Duration::ZERO).unwrap();
        let mine = [
            address("10.0.0.1/24"),
            address("10.0.0.2/24"),
            address("fd00::1/64"),
            address("fd00::2/64"),
        ];
        announcer.queue(ME, &mine, 2, &host.links);
        announcer.queue(Owner(2), &[address("10.0.0.3/24")], 2, &host.links);
        assert_eq!(flush_all(&mut announcer), gap * 5);
        let arps: Vec<u8> = lan
            .heard(10)
            .iter()
            .filter(|f| f.len() == 42)
            .map(|f| f[41])
            .collect();
        assert_eq!(arps, [1, 3, 2, 3, 1, 2]);
    });
}

#[test]
fn a_newer_request_replaces_the_rest_and_owners_can_leave() {
    in_namespace(|| {
        let host = Host::new();
        let lan = Lan::new(&host, "p0");
        let mut announcer = Announcer::open(Duration::from_secs(1), Duration::ZERO).unwrap();
        let start = Instant::now();
        let vips = [address("10.0.0.1/24"), address("10.0.0.2/24")];
        announcer.queue(ME, &vips, 5, &host.links);
        assert_eq!(announcer.flush(start), Some(start + Duration::from_secs(1)));
        announcer.queue(ME, &vips[1..], 1, &host.links);
        announcer.flush(start + Duration::from_secs(1));
        announcer.queue(ME, &vips, 5, &host.links);
        announcer.drop_owner(ME);
        assert_eq!(announcer.flush(start + Duration::from_secs(2)), None);
        let last_bytes: Vec<u8> = lan.heard(2).iter().map(|f| f[41]).collect();
        assert_eq!(last_bytes, [1, 2]);
    });
}

#[test]
fn thousands_are_sent_in_small_helpings() {
    in_namespace(|| {
        let host = Host::new();
        let lan = Lan::new(&host, "p0");
        let mut announcer = Announcer::open(Duration::ZERO, Duration::ZERO).unwrap();
        let many: Vec<_> = (0..2000_u32)
            .map(|n| address(&format!("10.1.{}.{}/32", n / 250, n % 250 + 1)))
            .collect();
        announcer.queue(ME, &many, 5, &host.links);
        announcer.queue(Owner(2), &[address("10.0.0.1/24")], 5, &host.links);
        let (mut now, mut flushes, mut longest) = (Instant::now(), 0, Duration::ZERO);
        let mut frames = Vec::new();
        loop {
            let start = Instant::now();
            let next = announcer.flush(now);
            longest = longest.max(start.elapsed());
            flushes += 1;
            frames.extend(lan.heard(0));
            match next {
                Some(next) => now = next,
                None => break,
            }
        }
        println!("longest of {flushes} flushes: {longest:?}");
        assert!(flushes > 10_005 / 64);
        frames.extend(lan.heard(10_005 - frames.len()));
        assert_eq!(frames.len(), 10_005);
        let second = frames
            .iter()
            .rposition(|f| f[38..42] == [10, 0, 0, 1])
            .unwrap();
        assert!(
            second < 200,
            "a small burst does not wait for a large one: {second}"
        );
    });
}

#[test]
fn links_that_take_nothing() {
    in_namespace(|| {
        let mut host = Host::new();
        let lan = Lan::new(&host, "p0");
        let mut announcer = Announcer::open(Duration::ZERO, Duration::ZERO).unwrap();
        let on = |interface: &str| vip::Address {
            interface: interface.into(),
            ..address("10.0.0.1/24")
        };
        announcer.queue(ME, &[on("lo"), on("nowhere")], 3, &host.links);
        assert_eq!(announcer.flush(Instant::now()), None);

        ip("link set v0 arp off");
        host.catch_up();
        announcer.queue(ME, &[on("v0")], 3, &host.links);
        assert_eq!(announcer.flush(Instant::now()), None);

        ip("link set v0 arp on");
        host.catch_up();
        announcer.queue(ME, &[on("v0")], 3, &host.links);
        ip("link set v0 down");
        assert_eq!(announcer.flush(Instant::now()), None);

        // A link that appeared later.
        ip("link set v0 up");
        ip("link add w0 type veth peer name w1");
        ip("link set w0 up");
        ip("link set w1 up");
        host.wait_up(&["w0", "w1"]);
        let other_lan = Lan::new(&host, "w1");
        announcer.queue(ME, &[on("w0")], 1, &host.links);
        assert_eq!(announcer.flush(Instant::now()), None);
        assert_eq!(other_lan.heard(1).len(), 1);
        assert!(lan.heard(0).is_empty());
    });
}
