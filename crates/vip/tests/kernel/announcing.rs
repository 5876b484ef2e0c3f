//! What reaches the LAN. Time is handed in, so nothing waits.

use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::sys::socket::{LinkAddr, recvfrom};
use socket2::{Domain, Protocol, Socket, Type};
use vip::announce::{Role, garp_frame, na_frame};
use vip::{Announcer, Owner};

use crate::namespace::{Host, ME, address, in_namespace, ip};

const ETH_P_ALL: u16 = 3;

/// A listener on p0.
struct Lan {
    socket: Socket,
    index: usize,
}

impl Lan {
    fn new(host: &Host) -> Self {
        let protocol = Protocol::from(i32::from(ETH_P_ALL.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol)).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket.set_recv_buffer_size(16 << 20).unwrap();
        let index = usize::try_from(host.links.by_name("p0").unwrap().index).unwrap();
        Self { socket, index }
    }

    /// The announcements that have come since the last call. What the kernel sends on its own account (MLD,
    /// router solicitations) is left out.
    fn heard(&self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = recvfrom::<LinkAddr>(self.socket.as_raw_fd(), &mut buffer) {
            let frame = &buffer[..length];
            let is_arp = frame.get(12..14) == Some(&[8, 6]);
            let is_na = frame.get(12..14) == Some(&[0x86, 0xdd]) && frame.get(54) == Some(&136);
            if from.is_some_and(|from| from.ifindex() == self.index) && (is_arp || is_na) {
                frames.push(frame.to_vec());
            }
        }
        frames
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
        let lan = Lan::new(&host);
        let mut announcer = Announcer::open(Duration::ZERO, Duration::ZERO).unwrap();
        let vips = [
            address("10.0.0.1/24"),
            address("10.0.0.2/24"),
            address("239.1.1.1/32"),
        ];
        announcer.queue(ME, &vips, 2, &host.links);
        flush_all(&mut announcer);
        let garp = |last| garp_frame(mac(&host), [10, 0, 0, last].into());
        assert_eq!(lan.heard(), [garp(1), garp(2), garp(1), garp(2)]);

        announcer.queue(ME, &vips, 0, &host.links);
        assert_eq!(announcer.flush(Instant::now()), None);
    });
}

#[test]
fn advertisements_of_hosts_and_routers() {
    in_namespace(|| {
        let host = Host::new();
        let lan = Lan::new(&host);
        let mut announcer = Announcer::open(Duration::ZERO, Duration::ZERO).unwrap();
        let na = |role| na_frame(mac(&host), "fd00::1".parse().unwrap(), role);
        announcer.queue(ME, &[address("fd00::1/64")], 1, &host.links);
        flush_all(&mut announcer);
        assert_eq!(lan.heard(), [na(Role::Host)]);
        std::fs::write("/proc/sys/net/ipv6/conf/v0/forwarding", "1").unwrap();
        announcer.queue(ME, &[address("fd00::1/64")], 1, &host.links);
        flush_all(&mut announcer);
        assert_eq!(lan.heard(), [na(Role::Router)]);
    });
}

#[test]
fn gaps_are_kept_and_owners_take_turns() {
    in_namespace(|| {
        let host = Host::new();
        let lan = Lan::new(&host);
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
            .heard()
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
        let lan = Lan::new(&host);
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
        assert_eq!(
            lan.heard().iter().map(|f| f[41]).collect::<Vec<_>>(),
            [1, 2]
        );
    });
}

#[test]
fn thousands_are_sent_in_small_helpings() {
    in_namespace(|| {
        let host = Host::new();
        let lan = Lan::new(&host);
        let mut announcer = Announcer::open(Duration::ZERO, Duration::ZERO).unwrap();
        let many: Vec<_> = (0..2000_u32)
            .map(|n| address(&format!("10.1.{}.{}/32", n / 250, n % 250 + 1)))
            .collect();
        announcer.queue(ME, &many, 5, &host.links);
        announcer.queue(Owner(2), &[address("10.0.0.1/24")], 5, &host.links);
        let (mut now, mut heard, mut longest, mut second) = (Instant::now(), 0, Duration::ZERO, 0);
        loop {
            let start = Instant::now();
            let next = announcer.flush(now);
            longest = longest.max(start.elapsed());
            let frames = lan.heard();
            heard += frames.len();
            assert!(frames.len() <= 64);
            if frames.iter().any(|f| f[38..42] == [10, 0, 0, 1]) {
                second = heard;
            }
            match next {
                Some(next) => now = next,
                None => break,
            }
        }
        println!("longest of the flushes: {longest:?}");
        assert_eq!(heard, 10_005);
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
        let lan = Lan::new(&host);
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
        assert!(lan.heard().is_empty());

        // A link that appeared later.
        ip("link set v0 up");
        ip("link add w0 type veth peer name w1");
        ip("link set w0 up");
        ip("link set w1 up");
        host.catch_up();
        announcer.queue(ME, &[on("w0")], 1, &host.links);
        assert_eq!(announcer.flush(Instant::now()), None);
        assert!(lan.heard().is_empty());
    });
}
