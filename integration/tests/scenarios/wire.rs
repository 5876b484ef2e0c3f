//! Frames, byte by byte: adverts, gratuitous ARP, neighbour advertisements.

use std::collections::BTreeMap;

use anyhow::Result;
use integration::{Packet, Record, wait_until};

use crate::config::{Instance, file, only, vi_1};
use crate::site::{LIMIT, Site};

comparisons!(adverts, announcements);

/// The first two adverts of every kind and the last one, with all headers.
fn adverts(site: &mut Site) -> Result<BTreeMap<u8, Vec<String>>> {
    let (host, peer) = (site.host(1), site.host(2));
    let unicast4 = (host.ipv4(), peer.ipv4());
    let unicast6 = (host.ipv6(), peer.ipv6());
    let instances = [
        Instance::new("plain2", 61, 200)
            .version(2)
            .every(1)
            .vip("10.10.0.161/24"),
        Instance::new("pass", 62, 200)
            .pass("secret12")
            .vip("10.10.0.162/24"),
        Instance::new("short", 63, 200)
            .pass("abc")
            .vip("10.10.0.163/24")
            .vip("10.10.0.173/32"),
        Instance::new("plain3", 64, 200)
            .every(1)
            .vip("10.10.0.164/24"),
        Instance::new("many", 65, 1)
            .every("0.5")
            .vip("10.10.0.175")
            .vip("10.10.0.165")
            .vip("10.10.0.155"),
        Instance::new("six", 66, 254)
            .every("0.5")
            .vip("fe80::66/64")
            .vip("fd00:10::166/64"),
        Instance::new("uni4", 67, 200)
            .unicast(unicast4.0, unicast4.1)
            .vip("10.10.0.167/24"),
        Instance::new("uni2", 68, 200)
            .version(2)
            .every(1)
            .unicast(unicast4.0, unicast4.1)
            .vip("10.10.0.168/24"),
        Instance::new("uni6", 69, 200)
            .unicast(unicast6.0, unicast6.1)
            .vip("fe80::69/64"),
    ];
    site.start(1, &file(&[], &instances))?;
    let vrids = 61..=69;
    wait_until(LIMIT, "two adverts of each", || {
        vrids.clone().all(|vrid| site.sent(1, vrid) >= 2)
    })?;
    site.stop(1)?;
    let of = |vrid: u8| {
        let all = site.capture.adverts(vrid);
        let last = all
            .iter()
            .filter(|r| r.advert_of(vrid).is_some_and(|a| a.priority == 0));
        let last = last.map(|r| format!("stop {}", hex(&without_counters(&r.frame))));
        all.iter()
            .take(2)
            .map(|r| hex(&without_flow_label(&r.frame)))
            .chain(last)
            .collect()
    };
    Ok(vrids.map(|vrid| (vrid, of(vrid))).collect())
}

/// What tells the LAN who holds the addresses: frames, their order, how often.
fn announcements(site: &mut Site) -> Result<Vec<String>> {
    let four = vi_1(200)
        .line("garp_master_delay 1\n garp_master_repeat 3")
        .vip("10.10.0.100/24")
        .vip("10.10.0.101/32")
        .vip("10.10.0.102/24 label eth0:1");
    let six = Instance::new("VI_2", 52, 200)
        .line("garp_master_delay 1\n garp_master_repeat 2")
        .vip("fe80::5200/64")
        .vip("fd00:10::52/64");
    site.start(1, &file(&[], &[four, six]))?;
    let announced = |record: &Record| match &record.packet {
        Packet::Arp(arp) => arp.gratuitous(),
        Packet::NeighbourAdvert(na) => na.destination.is_multicast(),
        Packet::Vrrp(_) | Packet::Other => false,
    };
    let count = 2 * (3 * 3 + 2 * 2);
    wait_until(LIMIT, "all announcements", || {
        site.capture.select(announced).len() >= count
    })?;
    // And no further ones.
    site.wait_adverts(1, 51, 5)?;
    let mut all: Vec<Record> = site.capture.select(announced);
    // The families are two instances and their order is not told.
    all.sort_by_key(|record| matches!(record.packet, Packet::NeighbourAdvert(_)));
    Ok(all
        .iter()
        .map(|record| hex(&without_flow_label(&record.frame)))
        .collect())
}

comparisons!(lower_priority);

/// What a master says to a lower priority's advert.
fn lower_priority(site: &mut Site) -> Result<Vec<String>> {
    site.start(
        1,
        &only(vi_1(200).line("garp_lower_prio_delay 1\n garp_lower_prio_repeat 2")),
    )?;
    site.wait_adverts(1, 51, 2)?;
    let gratuitous = |record: &Record| match &record.packet {
        Packet::Arp(arp) => arp.gratuitous() && record.host == "director1",
        Packet::Vrrp(_) | Packet::NeighbourAdvert(_) | Packet::Other => false,
    };
    wait_until(LIMIT, "the first burst", || {
        site.capture.select(gratuitous).len() >= 5
    })?;
    let mark = site.capture.mark();
    let source = site.lab.client().ipv4();
    let mut advert = crate::hostile::advert_v3(source, 51, 100, 20, &[[10, 10, 0, 100].into()]);
    crate::hostile::seal_v3(&mut advert);
    integration::Injector::new(site.lab.client())?.send(&advert)?;
    let burst = || {
        let records = site.capture.records();
        records
            .into_iter()
            .skip(mark)
            .filter(gratuitous)
            .collect::<Vec<_>>()
    };
    wait_until(LIMIT, "both lower priority bursts", || burst().len() >= 4)?;
    Ok(burst()
        .iter()
        .take(4)
        .map(|record| hex(&record.frame))
        .collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The kernel makes up the flow label. 2.2.7 leaves unicast IPv6 with the kernel's hop limit of 64;
/// ours sends 255 there, too (RFC 9568 §5.1.2.3), so that is not compared either.
fn without_flow_label(frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    if let (Some([0x86, 0xdd]), true) = (frame.get(12..14), frame.len() > 54) {
        frame[15] &= 0xf0;
        frame[16..18].fill(0);
        if frame[38] != 0xff {
            frame[21] = 0;
        }
    }
    frame
}

/// Without what counts packets too: a stop may come after any number of adverts.
fn without_counters(frame: &[u8]) -> Vec<u8> {
    let mut frame = without_flow_label(frame);
    if let (Some([8, 0]), true) = (frame.get(12..14), frame.len() > 26) {
        // Identification and header checksum.
        frame[18..20].fill(0);
        frame[24..26].fill(0);
    }
    frame
}
