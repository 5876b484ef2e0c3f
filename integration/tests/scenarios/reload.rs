//! SIGHUP: what did not change is not touched.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use integration::{ChangeKind, Monitor, longest_gap};

use crate::config::{Instance, file, only, vi_1};
use crate::site::{Site, VIP};

pairings!(
    unchanged,
    priority,
    address_added_and_removed,
    interval,
    instance_added_and_removed,
);
programs!(broken_file);

/// An unchanged file: no pause in the adverts, nothing done in the kernel.
fn unchanged(site: &mut Site) -> Result<()> {
    let config = only(vi_1(150).vip("10.10.0.100/24").vip("10.10.0.101/24"));
    let monitor = pair(
        site,
        &config,
        &only(vi_1(100).vip("10.10.0.100/24").vip("10.10.0.101/24")),
    )?;
    let mark = monitor.mark();
    let time = reload(site, 1)?;
    site.wait_adverts(1, 51, 10)?;
    let changes = monitor.since(mark);
    ensure!(changes.is_empty(), "changes in the kernel: {changes:?}");
    keeps_speaking(site, time)
}

/// A lower priority gives the address away, a higher one takes it back.
fn priority(site: &mut Site) -> Result<()> {
    pair(site, &only(vi_1(150)), &only(vi_1(100)))?;
    site.daemon(1).write_config(&only(vi_1(50)))?;
    reload(site, 1)?;
    site.wait_master(2, 51, VIP)?;
    site.daemon(1).write_config(&only(vi_1(150)))?;
    reload(site, 1)?;
    site.wait_master(1, 51, VIP)
}

/// One address comes, one goes, one stays; the master stays.
fn address_added_and_removed(site: &mut Site) -> Result<()> {
    let config = |priority: u8, vips: [&str; 2]| {
        only(
            vips.iter()
                .fold(vi_1(priority), |instance: Instance, vip| instance.vip(*vip)),
        )
    };
    let (old, new) = (
        ["10.10.0.100/24", "10.10.0.101/24"],
        ["10.10.0.100/24", "10.10.0.102/24"],
    );
    let monitor = pair(site, &config(150, old), &config(100, old))?;
    let mark = monitor.mark();
    site.daemon(2).write_config(&config(100, new))?;
    site.daemon(1).write_config(&config(150, new))?;
    reload(site, 2)?;
    let time = reload(site, 1)?;
    site.wait_with(1, "10.10.0.102")?;
    site.wait_without(1, "10.10.0.101")?;
    site.wait_adverts(1, 51, 5)?;
    let last = site.capture.adverts(51).pop().context("no advert")?;
    let addresses = last
        .advert()
        .map(|advert| advert.addresses.clone())
        .unwrap_or_default();
    let wanted: [IpAddr; 2] = [[10, 10, 0, 100].into(), [10, 10, 0, 102].into()];
    ensure!(addresses == wanted, "advertised: {addresses:?}");
    let gone = ChangeKind::AddressRemoved(VIP.parse()?);
    ensure!(
        !monitor.since(mark).iter().any(|c| c.kind == gone),
        "the kept address was removed"
    );
    keeps_speaking(site, time)
}

/// Another advert interval is used by both without a change of roles.
fn interval(site: &mut Site) -> Result<()> {
    let monitor = pair(site, &only(vi_1(150)), &only(vi_1(100)))?;
    let mark = monitor.mark();
    for (director, priority) in [(2, 100), (1, 150)] {
        site.daemon(director)
            .write_config(&only(vi_1(priority).every("0.1")))?;
        reload(site, director)?;
    }
    let tenth = Duration::from_millis(100);
    site.capture
        .wait(crate::site::LIMIT, "an advert every 100 ms", |record| {
            record
                .advert_of(51)
                .is_some_and(|advert| advert.interval == tenth)
        })?;
    site.wait_adverts(1, 51, 10)?;
    site.wait_master(1, 51, VIP)?;
    ensure!(
        monitor.since(mark).is_empty(),
        "changes in the kernel: {:?}",
        monitor.since(mark)
    );
    Ok(())
}

/// A second instance comes and goes with a farewell; the first one notices nothing.
fn instance_added_and_removed(site: &mut Site) -> Result<()> {
    let one = vi_1(150).vip("10.10.0.100/24");
    let both = [
        one.clone(),
        Instance::new("VI_2", 52, 150).vip("10.10.0.101/24"),
    ];
    let monitor = pair(
        site,
        &file(&[], std::slice::from_ref(&one)),
        &only(vi_1(100)),
    )?;
    let mark = monitor.mark();
    site.daemon(1).write_config(&file(&[], &both))?;
    let time = reload(site, 1)?;
    site.wait_with(1, "10.10.0.101")?;
    site.daemon(1).write_config(&file(&[], &[one]))?;
    reload(site, 1)?;
    site.wait_without(1, "10.10.0.101")?;
    site.capture
        .wait(crate::site::LIMIT, "the farewell of VI_2", |record| {
            record
                .advert_of(52)
                .is_some_and(|advert| advert.priority == 0)
        })?;
    site.wait_adverts(1, 51, 5)?;
    let gone = ChangeKind::AddressRemoved(VIP.parse()?);
    ensure!(
        !monitor.since(mark).iter().any(|c| c.kind == gone),
        "the kept address was removed"
    );
    keeps_speaking(site, time)
}

/// A file that cannot be used: ours goes on as it was. (The original takes what it understands.)
fn broken_file(site: &mut Site) -> Result<()> {
    let monitor = pair(site, &only(vi_1(150)), &only(vi_1(100)))?;
    let mark = monitor.mark();
    site.daemon(1)
        .write_config("vrrp_instance VI_1 {\n interface eth0\n virtual_router_id\n")?;
    let time = site.daemon(1).reload()?;
    if !site.is_ours(1) {
        return Ok(());
    }
    site.wait_adverts(1, 51, 10)?;
    ensure!(
        monitor.since(mark).is_empty(),
        "changes in the kernel: {:?}",
        monitor.since(mark)
    );
    keeps_speaking(site, time)?;
    // And a good file is taken afterwards.
    site.daemon(1).write_config(&only(vi_1(50)))?;
    site.daemon(1).reload()?;
    site.wait_master(2, 51, VIP)
}

/// Both run, director 1 is master and monitored.
fn pair(site: &mut Site, first: &str, second: &str) -> Result<Monitor> {
    site.start_pair(first, second)?;
    site.wait_adverts(1, 51, 3)?;
    Monitor::start(site.host(1))
}

/// Sends SIGHUP and waits until the log says that it is done.
fn reload(site: &mut Site, director: u8) -> Result<integration::Stamp> {
    let (log, limit) = (site.log(director), crate::site::LIMIT);
    let mark = log.mark();
    let time = site.daemon(director).reload()?;
    log.wait_after(mark, "Reloading", limit)?;
    Ok(time)
}

/// Director 1 is still the master and has not been silent since.
fn keeps_speaking(site: &Site, since: integration::Stamp) -> Result<()> {
    site.wait_master(1, 51, VIP)?;
    ensure!(site.sent(2, 51) == 0, "director2 was master");
    let gap = longest_gap(&site.capture.records(), "director1", 51, since).context("no adverts")?;
    ensure!(
        gap.length < Duration::from_millis(400),
        "silent for {:?}",
        gap.length
    );
    Ok(())
}
