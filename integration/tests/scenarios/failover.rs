//! The master goes, in every way it can, and comes back.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use integration::{Monitor, Stamp, take_over_after};

use crate::config::{Instance, only, vi_1};
use crate::site::{LIMIT, NOISE, Site, VIP};

pairings!(
    kill_and_return,
    graceful_stop,
    cable_out_and_in,
    link_down_and_up,
    v2_second,
    v3_second,
    v3_tenth,
    v3_hundredth,
    ipv6,
    unicast_ipv4,
    unicast_ipv6,
    learned_interval,
    backup_stops_quietly,
);

/// kill -9 of all processes: the other one takes over, and the killed one comes back as master
/// although its addresses were left in the kernel.
fn kill_and_return(site: &mut Site) -> Result<()> {
    pair(site, vi_1(150), vi_1(100))?;
    site.kill(1)?;
    ensure!(
        site.has(1, VIP),
        "a killed daemon cannot have removed its address"
    );
    site.wait_with(2, VIP)?;
    site.start(1, &only(vi_1(150)))?;
    site.wait_master(1, 51, VIP)?;
    site.wait_log(2, "(VI_1) Entering BACKUP STATE")
}

/// SIGTERM: priority 0, the addresses go, and the backup waits only for its skew time.
fn graceful_stop(site: &mut Site) -> Result<()> {
    // The skew is 0.61 s, the whole master-down time 3.61 s.
    pair(site, vi_1(150).every(1), vi_1(100).every(1))?;
    let ended = site.stop(1)?;
    ensure!(ended.status.success(), "exit status {}", ended.status);
    ensure!(!site.has(1, VIP), "the address is still there");
    let farewell = |priority: u8| priority == 0;
    let zero = site
        .capture
        .wait(LIMIT, "an advert with priority 0", |record| {
            record.host == "director1" && record.advert_of(51).is_some_and(|a| farewell(a.priority))
        })?;
    site.wait_master(2, 51, VIP)?;
    let first = site
        .capture
        .wait(LIMIT, "an advert of director2", |record| {
            record.host == "director2" && record.advert_of(51).is_some()
        })?;
    let delay = first.time.saturating_sub(zero.time);
    let skew = Duration::from_millis(609);
    ensure!(
        delay > skew - Duration::from_millis(30),
        "after {delay:?}, before the skew time"
    );
    ensure!(delay < skew + NOISE, "only after {delay:?}");
    let zeros = site
        .capture
        .select(|record| record.advert_of(51).is_some_and(|a| farewell(a.priority)));
    ensure!(zeros.len() == 1, "{} adverts with priority 0", zeros.len());
    Ok(())
}

/// The carrier goes: FAULT, the other one takes over; it comes: election.
fn cable_out_and_in(site: &mut Site) -> Result<()> {
    pair(site, vi_1(150), vi_1(100))?;
    site.lab.unplug(site.host(1))?;
    site.wait_log(1, "(VI_1) Entering FAULT STATE")?;
    site.wait_master(2, 51, VIP)?;
    site.lab.plug(site.host(1))?;
    site.wait_master(1, 51, VIP)
}

/// The same by `ip link set eth0 down`.
fn link_down_and_up(site: &mut Site) -> Result<()> {
    pair(site, vi_1(150), vi_1(100))?;
    site.host(1).link_down()?;
    site.wait_log(1, "(VI_1) Entering FAULT STATE")?;
    site.wait_master(2, 51, VIP)?;
    site.host(1).link_up()?;
    site.wait_master(1, 51, VIP)
}

fn v2_second(site: &mut Site) -> Result<()> {
    let [first, second] = [150, 100].map(|priority| vi_1(priority).version(2).every(1));
    pair(site, first, second)?;
    // Version 2: the skew is (256 - 100) / 256 s whatever the interval.
    killed_master_is_followed_in_time(site, Duration::from_millis(3000 + 609))
}

fn v3_second(site: &mut Site) -> Result<()> {
    let [first, second] = [150, 100].map(|priority| vi_1(priority).every(1));
    pair(site, first, second)?;
    killed_master_is_followed_in_time(site, Duration::from_millis(3000 + 600))
}

fn v3_tenth(site: &mut Site) -> Result<()> {
    let [first, second] = [150, 100].map(|priority| vi_1(priority).every("0.1"));
    pair(site, first, second)?;
    killed_master_is_followed_in_time(site, Duration::from_millis(300 + 60))
}

fn v3_hundredth(site: &mut Site) -> Result<()> {
    let [first, second] = [150, 100].map(|priority| vi_1(priority).every("0.01"));
    pair(site, first, second)?;
    killed_master_is_followed_in_time(site, Duration::from_millis(30))
}

/// Version 3: the backup counts with the master's interval, not with its own.
fn learned_interval(site: &mut Site) -> Result<()> {
    pair(site, vi_1(150), vi_1(100).every(2))?;
    site.wait_adverts(1, 51, 3)?;
    killed_master_is_followed_in_time(site, Duration::from_millis(600 + 120))
}

/// A backup that stops says nothing, and the master goes on.
fn backup_stops_quietly(site: &mut Site) -> Result<()> {
    pair(site, vi_1(150), vi_1(100))?;
    site.stop(2)?;
    site.wait_adverts(1, 51, 3)?;
    ensure!(site.sent(2, 51) == 0, "the backup has spoken");
    ensure!(site.has(1, VIP), "the master has lost the address");
    Ok(())
}

/// IPv6: a link-local address first, then a global one.
fn ipv6(site: &mut Site) -> Result<()> {
    let [first, second] =
        [150, 100].map(|priority| vi_1(priority).vip("fe80::5100/64").vip("fd00:10::100/64"));
    site.start(1, &only(first))?;
    site.start(2, &only(second))?;
    site.wait_master(1, 51, "fd00:10::100")?;
    site.wait_master(1, 51, "fe80::5100")?;
    site.kill(1)?;
    site.host(1).link_down()?;
    site.wait_with(2, "fd00:10::100")?;
    let record = site.capture.adverts(51).pop().context("no advert")?;
    let advert = record.advert().context("no advert")?;
    ensure!(
        advert.source == site.host(2).link_local(),
        "from {}",
        advert.source
    );
    ensure!(advert.checksum_ok && advert.ttl == 255, "{advert:?}");
    ensure!(
        site.lab.client().reaches("fd00:10::100".parse()?),
        "the VIP does not answer"
    );
    Ok(())
}

fn unicast_ipv4(site: &mut Site) -> Result<()> {
    let (one, two) = (site.host(1).ipv4(), site.host(2).ipv4());
    pair(
        site,
        vi_1(150).unicast(one, two),
        vi_1(100).unicast(two, one),
    )?;
    let record = site.capture.adverts(51).pop().context("no advert")?;
    let advert = record.advert().context("no advert")?;
    ensure!(
        advert.destination == two && advert.source == one,
        "{advert:?}"
    );
    ensure!(advert.checksum_ok && advert.ttl == 255, "{advert:?}");
    kill_and_take_over(site)
}

fn unicast_ipv6(site: &mut Site) -> Result<()> {
    let (one, two) = (site.host(1).ipv6(), site.host(2).ipv6());
    let vips = |instance: Instance| instance.vip("fe80::5100/64").vip("fd00:10::100/64");
    site.start(1, &only(vips(vi_1(150).unicast(one, two))))?;
    site.start(2, &only(vips(vi_1(100).unicast(two, one))))?;
    site.wait_master(1, 51, "fd00:10::100")?;
    let record = site.capture.adverts(51).pop().context("no advert")?;
    let advert = record.advert().context("no advert")?;
    ensure!(
        advert.destination == two && advert.source == one,
        "{advert:?}"
    );
    ensure!(advert.checksum_ok, "{advert:?}");
    site.stop(1)?;
    site.wait_master(2, 51, "fd00:10::100")
}

/// Starts both, director 1 with the better configuration, and waits until it is master.
fn pair(site: &mut Site, first: Instance, second: Instance) -> Result<()> {
    site.start_pair(&only(first), &only(second))
}

fn kill_and_take_over(site: &mut Site) -> Result<()> {
    site.kill(1)?;
    site.host(1).link_down()?;
    site.wait_with(2, VIP)
}

/// Not before the master-down time, and not long after it.
fn killed_master_is_followed_in_time(site: &mut Site, master_down: Duration) -> Result<()> {
    site.wait_adverts(1, 51, 2)?;
    let monitor = Monitor::start(site.host(2))?;
    let killed: Stamp = site.kill(1)?;
    site.wait_with(2, VIP)?;
    site.wait_adverts(2, 51, 1)?;
    let kernel = Some((&monitor, VIP.parse()?));
    let records = site.capture.records();
    let found = take_over_after(&records, 51, killed, kernel).context("nobody took over")?;
    ensure!(found.host == "director2", "{found:?}");
    let early = master_down.mul_f64(0.97) - Duration::from_millis(2);
    ensure!(
        found.advert >= early,
        "too early: {found:?}, master down {master_down:?}"
    );
    ensure!(
        found.advert <= master_down + NOISE,
        "too late: {found:?}, master down {master_down:?}"
    );
    let address = found.address.context("no address in the kernel")?;
    ensure!(
        address <= master_down + NOISE,
        "address too late: {found:?}"
    );
    Ok(())
}
