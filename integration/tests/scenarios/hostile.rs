//! Packets that nobody should believe.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use integration::{Injector, checksum, longest_gap, now};

use crate::config::{only, vi_1};
use crate::site::{Site, VIP};

/// The original re-arms its advert timer for every packet that it receives, even a wrong one: two per
/// interval silence it. So these scenarios are ours alone, beside either backup.
macro_rules! with_our_master {
    ($($scenario:ident),* $(,)?) => {$(
        mod $scenario {
            use crate::site::{Pairing, run};
            #[test]
            fn ours_ours() -> anyhow::Result<()> {
                run(Pairing::OursOurs, super::$scenario)
            }
            #[test]
            fn ours_original() -> anyhow::Result<()> {
                run(Pairing::OursOriginal, super::$scenario)
            }
        }
    )*};
}

with_our_master!(
    master_v3_stays,
    master_v2_stays,
    master_ipv6_stays,
    unicast_master_stays
);
programs!(backup_is_not_held_back);

const INTERVAL: Duration = Duration::from_millis(200);

/// Wrong packets at a master twice per interval and more: it stays the only one and speaks on time.
fn master_v3_stays(site: &mut Site) -> Result<()> {
    site.start_pair(&only(vi_1(150)), &only(vi_1(100)))?;
    site.wait_adverts(1, 51, 3)?;
    let source = site.lab.client().ipv4();
    attack(site, &wrong_v3(source), INTERVAL / 4, INTERVAL * 3)?;
    stayed(site, INTERVAL * 2)
}

/// The same for version 2 with a password: wrong passwords, types and intervals with priority 255.
fn master_v2_stays(site: &mut Site) -> Result<()> {
    site.start_pair(
        &only(vi_1(150).pass("secret")),
        &only(vi_1(100).pass("secret")),
    )?;
    site.wait_adverts(1, 51, 1)?;
    let source = site.lab.client().ipv4();
    attack(
        site,
        &wrong_v2(source),
        Duration::from_millis(200),
        Duration::from_millis(1200),
    )?;
    stayed(site, Duration::from_millis(1900))
}

/// The same for IPv6.
fn master_ipv6_stays(site: &mut Site) -> Result<()> {
    let config = |priority| only(vi_1(priority).vip("fe80::5100/64").vip("fd00:10::100/64"));
    site.start(1, &config(150))?;
    site.wait_master(1, 51, "fd00:10::100")?;
    site.start(2, &config(100))?;
    site.wait_log(2, "(VI_1) Entering BACKUP STATE")?;
    let source = site.lab.client().link_local();
    attack(site, &wrong_ipv6(source), INTERVAL / 4, INTERVAL * 3)?;
    ensure!(
        site.has(1, "fd00:10::100") && !site.has(2, "fd00:10::100"),
        "the address has moved"
    );
    spoke(site, INTERVAL * 2)
}

/// Good adverts of somebody who is no peer do not move a unicast master.
fn unicast_master_stays(site: &mut Site) -> Result<()> {
    let (one, two) = (site.host(1).ipv4(), site.host(2).ipv4());
    let config =
        |priority, own, peer| only(vi_1(priority).unicast(own, peer).line("check_unicast_src"));
    site.start_pair(&config(150, one, two), &config(100, two, one))?;
    let mut advert = advert_v3(site.lab.client().ipv4(), 51, 255, 20, &[VIP.parse()?]);
    advert[..6].copy_from_slice(&site.host(1).mac().0);
    advert[30..34].copy_from_slice(&one.octets());
    seal_ip(&mut advert);
    seal_v3(&mut advert);
    let mut multicast = advert_v3(two, 51, 255, 20, &[VIP.parse()?]);
    seal_v3(&mut multicast);
    let frames = [
        ("a stranger's advert", advert),
        ("a multicast advert", multicast),
    ];
    attack(site, &frames, INTERVAL / 4, INTERVAL * 4)?;
    stayed(site, INTERVAL * 2)
}

/// Wrong packets do not keep a backup from taking over.
fn backup_is_not_held_back(site: &mut Site) -> Result<()> {
    site.start_pair(&only(vi_1(150)), &only(vi_1(100)))?;
    site.kill(1)?;
    site.host(1).link_down()?;
    let start = Instant::now();
    let injector = Injector::new(site.lab.client())?;
    let frames = wrong_v3(site.lab.client().ipv4());
    for (_, frame) in frames.iter().cycle() {
        if site.has(2, VIP) {
            break;
        }
        ensure!(
            start.elapsed() < crate::site::LIMIT,
            "director2 does not take over"
        );
        injector.send(frame)?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Sends each frame for a while at a steady pace.
fn attack(
    site: &Site,
    frames: &[(&'static str, Vec<u8>)],
    pace: Duration,
    each: Duration,
) -> Result<()> {
    let injector = Injector::new(site.lab.client())?;
    for (what, frame) in frames {
        let (begin, since) = (Instant::now(), now());
        let mark = site.sent(1, 51);
        while begin.elapsed() < each {
            injector.send(frame)?;
            std::thread::sleep(pace);
        }
        ensure!(
            site.sent(1, 51) > mark,
            "silenced by {what} since {since:?}"
        );
        ensure!(
            site.sent(2, 51) == 0,
            "director2 became master during {what}"
        );
    }
    Ok(())
}

fn stayed(site: &Site, limit: Duration) -> Result<()> {
    ensure!(
        site.has(1, VIP) && !site.has(2, VIP),
        "the address has moved"
    );
    spoke(site, limit)
}

fn spoke(site: &Site, limit: Duration) -> Result<()> {
    ensure!(site.sent(2, 51) == 0, "director2 became master");
    let gap = longest_gap(&site.capture.records(), "director1", 51, Duration::ZERO);
    let gap = gap.context("no adverts")?.length;
    ensure!(gap < limit, "director1 was silent for {gap:?}");
    ensure!(site.daemon_runs(1), "the daemon has ended");
    Ok(())
}

fn wrong_v3(source: Ipv4Addr) -> Vec<(&'static str, Vec<u8>)> {
    let vip: [IpAddr; 1] = [[10, 10, 0, 100].into()];
    let good = |priority: u8| advert_v3(source, 51, priority, 20, &vip);
    let mut all = Vec::new();

    let mut frame = good(255);
    seal_v3(&mut frame);
    frame[40] ^= 0x55;
    all.push(("bad checksum", frame));

    let mut frame = good(255);
    seal_v3(&mut frame);
    frame[22] = 254;
    seal_ip(&mut frame);
    all.push(("TTL 254", frame));

    let mut frame = good(255);
    frame[34] = 0x51;
    seal_v3(&mut frame);
    all.push(("version 5", frame));

    let mut frame = good(255);
    frame[34] = 0x21;
    seal_v3(&mut frame);
    all.push(("version 2 in version 3's shape", frame));

    let mut frame = good(255);
    frame[34] = 0x32;
    seal_v3(&mut frame);
    all.push(("type 2", frame));

    let mut frame = good(255);
    frame.truncate(34 + 6);
    frame[16..18].copy_from_slice(&26_u16.to_be_bytes());
    seal_ip(&mut frame);
    all.push(("cut in the header", frame));

    let mut frame = good(255);
    frame.truncate(34);
    frame[16..18].copy_from_slice(&20_u16.to_be_bytes());
    seal_ip(&mut frame);
    all.push(("nothing but an IP header", frame));

    let mut frame = good(255);
    frame[37] = 200;
    seal_v3(&mut frame);
    all.push(("200 addresses announced, one there", frame));

    let mut frame = advert_v3(source, 52, 255, 20, &vip);
    seal_v3(&mut frame);
    all.push(("another virtual router", frame));
    all
}

fn wrong_ipv6(source: Ipv6Addr) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    let mut push = |what: &'static str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut message = vec![0x31, 51, 255, 1, 0, 20, 0, 0];
        message.extend(Ipv6Addr::from([0xfe80, 0, 0, 0, 0, 0, 0, 0x5100]).octets());
        let mut frame = vec![0x33, 0x33, 0, 0, 0, 18, 2, 0, 10, 10, 0, 10, 0x86, 0xdd];
        frame.extend([0x6c, 0, 0, 0, 0, 24, 112, 255]);
        frame.extend(source.octets());
        frame.extend(Ipv6Addr::from([0xff02, 0, 0, 0, 0, 0, 0, 0x12]).octets());
        frame.extend(message);
        change(&mut frame);
        seal_ipv6(&mut frame);
        all.push((what, frame));
    };
    push("hop limit 254", &|frame| frame[21] = 254);
    push("version 7", &|frame| frame[54] = 0x71);
    push("type 9", &|frame| frame[54] = 0x39);
    push("9 addresses announced, one there", &|frame| frame[57] = 9);
    push("cut in the header", &|frame| {
        frame.truncate(54 + 7);
        frame[19] = 7;
    });
    let mut bad = all
        .first()
        .map(|(_, frame)| frame.clone())
        .unwrap_or_default();
    bad[21] = 255;
    bad[60] ^= 0x55;
    all.push(("bad checksum", bad));
    all
}

fn seal_ipv6(frame: &mut [u8]) {
    let Some(field) = frame.get_mut(60..62) else {
        return;
    };
    field.fill(0);
    let mut pseudo = frame[22..54].to_vec();
    let length = u32::try_from(frame.len() - 54)
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    pseudo.extend(length);
    pseudo.extend([0, 0, 0, 112]);
    pseudo.extend(&frame[54..]);
    frame[60..62].copy_from_slice(&checksum(&pseudo).to_be_bytes());
}

fn wrong_v2(source: Ipv4Addr) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    let mut push = |what: &'static str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = advert_v2(source, 51, 255, b"secret\0\0");
        change(&mut frame);
        seal_v2(&mut frame);
        all.push((what, frame));
    };
    push("wrong password", &|frame| frame[46] ^= 1);
    push("no authentication", &|frame| frame[38] = 0);
    push("AH announced", &|frame| frame[38] = 2);
    push("another interval", &|frame| frame[39] = 3);
    let mut frame = advert_v2(source, 51, 255, b"secret\0\0");
    seal_v2(&mut frame);
    frame[41] ^= 0xff;
    all.push(("bad checksum", frame));
    all
}

/// A frame with a version 3 advert; `seal_v3` completes it.
pub(crate) fn advert_v3(
    source: Ipv4Addr,
    vrid: u8,
    priority: u8,
    centiseconds: u16,
    addresses: &[IpAddr],
) -> Vec<u8> {
    let [high, low] = centiseconds.to_be_bytes();
    let count = u8::try_from(addresses.len()).unwrap_or(u8::MAX);
    let mut message = vec![0x31, vrid, priority, count, high, low, 0, 0];
    for address in addresses {
        match address {
            IpAddr::V4(address) => message.extend(address.octets()),
            IpAddr::V6(address) => message.extend(address.octets()),
        }
    }
    frame(source, &message)
}

fn advert_v2(source: Ipv4Addr, vrid: u8, priority: u8, password: &[u8; 8]) -> Vec<u8> {
    let mut message = vec![0x21, vrid, priority, 1, 1, 1, 0, 0, 10, 10, 0, 100];
    message.extend(password);
    frame(source, &message)
}

fn frame(source: Ipv4Addr, message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + message.len()).unwrap_or(u16::MAX);
    let mut frame = vec![1, 0, 0x5e, 0, 0, 18, 2, 0, 10, 10, 0, 10, 8, 0, 0x45, 0xc0];
    frame.extend(length.to_be_bytes());
    frame.extend([0, 1, 0, 0, 255, 112, 0, 0]);
    frame.extend(source.octets());
    frame.extend([224, 0, 0, 18]);
    frame.extend(message);
    seal_ip(&mut frame);
    frame
}

fn seal_ip(frame: &mut [u8]) {
    frame[24..26].fill(0);
    let sum = checksum(&frame[14..34]);
    frame[24..26].copy_from_slice(&sum.to_be_bytes());
}

/// Sets the checksum of a version 3 advert.
pub(crate) fn seal_v3(frame: &mut [u8]) {
    frame[40..42].fill(0);
    let mut pseudo = frame[26..34].to_vec();
    let length = u16::try_from(frame.len() - 34)
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    pseudo.extend([0, 112, length[0], length[1]]);
    pseudo.extend(&frame[34..]);
    frame[40..42].copy_from_slice(&checksum(&pseudo).to_be_bytes());
}

fn seal_v2(frame: &mut [u8]) {
    frame[40..42].fill(0);
    let sum = checksum(&frame[34..]);
    frame[40..42].copy_from_slice(&sum.to_be_bytes());
}
