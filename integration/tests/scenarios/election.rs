//! Who becomes master, and when a better one takes it over.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::config::{Instance, file, only, vi_1};
use crate::site::{LIMIT, Site, VIP};

pairings!(
    election,
    dual_master,
    equal_priority,
    preempt,
    nopreempt,
    preempt_delay,
    sync_group,
    split_lan_heals,
    owner,
    password,
    wrong_password,
);

/// The higher priority becomes master and says so; the other one is quiet.
fn election(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(250).every("0.5")))?;
    site.wait_log(1, "(VI_1) Entering BACKUP STATE")?;
    site.start(2, &only(vi_1(50).every("0.5")))?;
    site.wait_log(2, "(VI_1) Entering BACKUP STATE")?;
    site.wait_master(1, 51, VIP)?;
    site.wait_log(1, "(VI_1) Entering MASTER STATE")?;
    site.wait_adverts(1, 51, 4)?;
    ensure!(site.sent(2, 51) == 0, "the backup has spoken");
    ensure!(!site.has(2, VIP), "the backup has the address");
    ensure!(
        site.log(2).find("Entering MASTER").is_none(),
        "the backup was master"
    );
    Ok(())
}

/// Two virtual routers, each director master of one, as in the shipped example.
fn dual_master(site: &mut Site) -> Result<()> {
    let director = |first: u8, second: u8| {
        let one = Instance::new("VI_1", 51, first)
            .pass("secret")
            .vip("10.10.0.100/24");
        let two = Instance::new("VI_2", 52, second)
            .pass("secret")
            .vip("10.10.0.101/24");
        if first > second {
            file(&[], &[one.master(), two])
        } else {
            file(&[], &[one, two.master()])
        }
    };
    site.start(1, &director(100, 99))?;
    site.start(2, &director(99, 100))?;
    site.wait_master(1, 51, "10.10.0.100")?;
    site.wait_master(2, 52, "10.10.0.101")?;
    let settled = site.sent(1, 52);
    site.kill(1)?;
    site.host(1).link_down()?;
    site.wait_with(2, "10.10.0.100")?;
    ensure!(site.has(2, "10.10.0.101"), "the other address has gone");
    site.host(1).link_up()?;
    site.start(1, &director(100, 99))?;
    site.wait_master(1, 51, "10.10.0.100")?;
    site.wait_master(2, 52, "10.10.0.101")?;
    ensure!(site.sent(1, 52) == settled, "director1 has spoken for VI_2");
    Ok(())
}

/// With equal priorities the higher address wins, whoever was there first.
fn equal_priority(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(100)))?;
    site.start(2, &only(vi_1(100)))?;
    site.wait_log(2, "(VI_1) Entering BACKUP STATE")?;
    // Both on their own, so that both are masters when they meet.
    site.lab.isolate(site.host(1))?;
    site.wait_with(1, VIP)?;
    site.wait_with(2, VIP)?;
    site.lab.rejoin(site.host(1))?;
    site.wait_master(2, 51, VIP)?;
    site.wait_adverts(2, 51, 5)?;
    site.wait_master(2, 51, VIP)
}

/// A higher priority that comes later takes the address over.
fn preempt(site: &mut Site) -> Result<()> {
    site.start(2, &only(vi_1(100)))?;
    site.wait_master(2, 51, VIP)?;
    site.start(1, &only(vi_1(150)))?;
    site.wait_log(
        1,
        "(VI_1) received lower priority (100) advert from 10.10.0.2 - discarding",
    )?;
    site.wait_master(1, 51, VIP)?;
    site.wait_log(
        2,
        "(VI_1) Master received advert from 10.10.0.1 with higher priority 150, ours 100",
    )
}

/// With `nopreempt` it stays backup until the master goes.
fn nopreempt(site: &mut Site) -> Result<()> {
    site.start(2, &only(vi_1(100)))?;
    site.wait_master(2, 51, VIP)?;
    site.start(1, &only(vi_1(150).line("nopreempt")))?;
    site.wait_log(1, "(VI_1) Entering BACKUP STATE")?;
    site.wait_adverts(2, 51, 10)?;
    ensure!(site.sent(1, 51) == 0, "it has preempted");
    site.stop(2)?;
    site.wait_master(1, 51, VIP)
}

/// With `preempt_delay` it waits so long, counted from the first lower advert.
fn preempt_delay(site: &mut Site) -> Result<()> {
    site.start(2, &only(vi_1(100)))?;
    site.wait_master(2, 51, VIP)?;
    site.start(1, &only(vi_1(150).line("preempt_delay 2")))?;
    let waiting = site
        .log(1)
        .wait("(VI_1) start preempt delay (2.000000", LIMIT)?;
    site.wait_master(1, 51, VIP)?;
    let first = site.capture.wait(LIMIT, "advert", |record| {
        record.host == "director1" && record.advert_of(51).is_some()
    })?;
    let delay = first.time.saturating_sub(waiting.time);
    ensure!(
        delay > Duration::from_millis(1800),
        "it has waited only {delay:?}"
    );
    ensure!(
        delay < Duration::from_secs(5),
        "it has waited for {delay:?}"
    );
    Ok(())
}

/// What faults one member takes the whole group away; the group comes back whole.
fn sync_group(site: &mut Site) -> Result<()> {
    let config = |priority: u8, extra: &str| {
        let group = "vrrp_sync_group G1 {\n group {\n VI_1\n VI_2\n }\n}";
        let one = Instance::new("VI_1", 51, priority)
            .vip("10.10.0.100/24")
            .line(extra);
        let two = Instance::new("VI_2", 52, priority).vip("10.10.0.101/24");
        file(&[group], &[one, two])
    };
    site.second_link(1)?;
    site.start(1, &config(150, "track_interface {\n eth1\n }"))?;
    site.start(2, &config(100, ""))?;
    site.wait_master(1, 51, "10.10.0.100")?;
    site.wait_master(1, 52, "10.10.0.101")?;
    site.wait_log(1, "VRRP_Group(G1) Syncing instances to MASTER state")?;
    site.host(1).exec("ip link set eth1 down")?;
    site.wait_master(2, 51, "10.10.0.100")?;
    site.wait_master(2, 52, "10.10.0.101")?;
    site.wait_log(1, "VRRP_Group(G1) Syncing instances to FAULT state")?;
    site.host(1).exec("ip link set eth1 up")?;
    site.wait_master(1, 51, "10.10.0.100")?;
    site.wait_master(1, 52, "10.10.0.101")
}

/// Two masters on a split LAN become one when it is whole again.
fn split_lan_heals(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(150)))?;
    site.start(2, &only(vi_1(100)))?;
    site.wait_master(1, 51, VIP)?;
    site.lab.isolate(site.host(2))?;
    site.wait_with(2, VIP)?;
    ensure!(site.has(1, VIP), "director1 has given it up");
    site.lab.rejoin(site.host(2))?;
    site.wait_without(2, VIP)?;
    site.wait_master(1, 51, VIP)?;
    site.wait_adverts(1, 51, 5)?;
    site.wait_master(1, 51, VIP)
}

/// Priority 255 is master at once.
fn owner(site: &mut Site) -> Result<()> {
    site.start(2, &only(vi_1(254)))?;
    site.wait_master(2, 51, VIP)?;
    site.start(1, &only(vi_1(255).master()))?;
    site.wait_master(1, 51, VIP)?;
    site.wait_adverts(1, 51, 3)?;
    site.wait_master(1, 51, VIP)
}

/// Version 2 with the same password, of which only eight bytes count.
fn password(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(150).pass("secret12")))?;
    site.start(2, &only(vi_1(100).pass("secret12")))?;
    site.wait_master(1, 51, VIP)?;
    let settled = site.sent(2, 51);
    site.wait_adverts(1, 51, 2)?;
    ensure!(
        site.sent(2, 51) == settled,
        "director2 does not accept the password"
    );
    let record = site.capture.adverts(51).pop().context("no advert")?;
    let advert = record.advert().context("no advert")?;
    ensure!(
        advert.auth_type == 1 && advert.auth == b"secret12",
        "{advert:?}"
    );
    ensure!(advert.checksum_ok, "{advert:?}");
    Ok(())
}

/// With different passwords neither believes the other: both are masters and say why.
fn wrong_password(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(150).pass("secret12")))?;
    site.start(2, &only(vi_1(100).pass("another1")))?;
    site.wait_with(1, VIP)?;
    site.wait_with(2, VIP)?;
    site.wait_log(1, "(VI_1) received an invalid passwd")?;
    site.wait_log(2, "(VI_1) received an invalid passwd")?;
    // Two originals silence each other: every packet, even a wrong one, re-arms their advert timers.
    for director in [1, 2]
        .into_iter()
        .filter(|director| site.is_ours(*director))
    {
        site.wait_adverts(director, 51, 2)?;
    }
    ensure!(site.has(1, VIP) && site.has(2, VIP), "one has given up");
    Ok(())
}
