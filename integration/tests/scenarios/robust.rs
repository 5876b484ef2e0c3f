//! What happens to daemons in the field: stalls, storms of signals, scripts that hang, links and
//! addresses that vanish, many instances.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use integration::{longest_gap, now, wait_until};

use crate::config::{Instance, file, only, vi_1};
use crate::site::{LIMIT, NOISE, Site, VIP};

pairings!(
    own_address_goes_and_comes,
    vip_link_is_deleted_and_made_again,
    forty_instances
);
programs!(
    storm_of_reloads,
    stop_at_once,
    hanging_notify,
    hanging_track_script,
    address_moves_in_a_reload
);

/// The interface's own IPv4 address goes: FAULT; it comes: back.
fn own_address_goes_and_comes(site: &mut Site) -> Result<()> {
    site.start_pair(
        &only(vi_1(150).vip("10.10.0.100/32")),
        &only(vi_1(100).vip("10.10.0.100/32")),
    )?;
    site.host(1).exec("ip addr del 10.10.0.1/24 dev eth0")?;
    site.wait_log(1, "(VI_1) Entering FAULT STATE")?;
    site.wait_master(2, 51, VIP)?;
    site.host(1)
        .exec("ip addr add 10.10.0.1/24 brd + dev eth0")?;
    site.wait_master(1, 51, VIP)
}

/// The link of an address is deleted and made again: the instance is FAULT meanwhile.
fn vip_link_is_deleted_and_made_again(site: &mut Site) -> Result<()> {
    for director in [1, 2] {
        site.second_link(director)?;
    }
    let config = |priority| {
        let dynamic = "global_defs {\n dynamic_interfaces\n}";
        file(
            &[dynamic],
            &[vi_1(priority)
                .vip("10.10.0.100/24")
                .vip("10.30.0.1/24 dev eth1")],
        )
    };
    site.start_pair(&config(150), &config(100))?;
    site.host(1).exec("ip link del eth1")?;
    site.wait_log(1, "(VI_1) Entering FAULT STATE")?;
    site.wait_master(2, 51, VIP)?;
    site.second_link(1)?;
    site.wait_master(1, 51, VIP)?;
    let address: std::net::IpAddr = "10.30.0.1".parse()?;
    wait_until(LIMIT, "the address on the new link", || {
        let held = site.host(1).addresses_of("eth1");
        held.is_ok_and(|all| all.iter().any(|held| held.address == address))
    })?;
    Ok(())
}

/// Forty virtual routers with two addresses each move and come back.
fn forty_instances(site: &mut Site) -> Result<()> {
    let config = |priority: u8| {
        let instance = |number: u8| {
            Instance::new(&format!("VI_{number}"), number, priority)
                .every("0.5")
                .vip(format!("10.10.1.{number}/16"))
                .vip(format!("10.10.2.{number}/16"))
        };
        file(&[], &(1..=40).map(instance).collect::<Vec<_>>())
    };
    let all = |site: &Site, director: u8| {
        let held = site.host(director).addresses().unwrap_or_default();
        held.iter().filter(|held| held.prefix == 16).count()
    };
    site.start(1, &config(200))?;
    wait_until(LIMIT, "80 addresses", || all(site, 1) == 80)?;
    site.start(2, &config(100))?;
    site.wait_log(2, "(VI_40) Entering BACKUP STATE")?;
    site.wait_adverts(1, 40, 3)?;
    site.stop(1)?;
    ensure!(all(site, 1) == 0, "{} addresses are left", all(site, 1));
    wait_until(LIMIT, "80 addresses at the other", || all(site, 2) == 80)?;
    site.start(1, &config(200))?;
    wait_until(LIMIT, "80 addresses back", || {
        all(site, 1) == 80 && all(site, 2) == 0
    })?;
    Ok(())
}

/// SIGHUP again and again: it stays the master and takes the last file.
fn storm_of_reloads(site: &mut Site) -> Result<()> {
    site.start_pair(&only(vi_1(150)), &only(vi_1(100)))?;
    for round in 0..30_u8 {
        site.daemon(1).write_config(&only(vi_1(150 + round)))?;
        site.daemon(1).reload()?;
        std::thread::sleep(Duration::from_millis(10));
    }
    site.daemon(1).write_config(&only(vi_1(222)))?;
    site.daemon(1).reload()?;
    site.capture.wait(LIMIT, "the last priority", |record| {
        record
            .advert_of(51)
            .is_some_and(|advert| advert.priority == 222)
    })?;
    site.wait_master(1, 51, VIP)?;
    ensure!(
        !site.is_ours(1) || site.sent(2, 51) == 0,
        "director2 became master"
    );
    Ok(())
}

/// SIGTERM right after the start, at several moments of it.
fn stop_at_once(site: &mut Site) -> Result<()> {
    for delay in [0, 1, 3, 10, 30, 100, 300] {
        site.start(1, &only(vi_1(100)))?;
        std::thread::sleep(Duration::from_millis(delay));
        let ended = site
            .stop(1)
            .with_context(|| format!("{delay} ms after the start"))?;
        // Killed by the signal before there was a handler is all right.
        let killed = ended.status.signal().is_some();
        ensure!(
            ended.status.success() || killed,
            "{delay} ms: {}",
            ended.status
        );
        ensure!(!site.has(1, VIP), "{delay} ms: the address is left");
    }
    Ok(())
}

/// A notify script that does not end: adverts go on, and a stop does not wait for it long.
fn hanging_notify(site: &mut Site) -> Result<()> {
    let script = executable(site, "hang", "#!/bin/sh\nsleep 1000\n")?;
    site.start(1, &only(vi_1(150).line(format!("notify {script}"))))?;
    site.wait_with(1, VIP)?;
    let since = now();
    site.wait_adverts(1, 51, 8)?;
    let gap = longest_gap(&site.capture.records(), "director1", 51, since).context("no adverts")?;
    ensure!(
        gap.length < Duration::from_millis(200) + NOISE,
        "silent for {:?}",
        gap.length
    );
    let ended = site.stop(1)?;
    ensure!(
        ended.took < Duration::from_secs(7),
        "it took {:?}",
        ended.took
    );
    ensure!(!site.has(1, VIP), "the address is left");
    Ok(())
}

/// A track script that does not end fails by its time-out.
fn hanging_track_script(site: &mut Site) -> Result<()> {
    let hang = site.host(1).folder().join("hang-now");
    let text = format!(
        "#!/bin/sh\n[ -e {} ] && sleep 1000\nexit 0\n",
        hang.display()
    );
    let script = executable(site, "check", &text)?;
    let block =
        format!("vrrp_script check {{\n script {script}\n interval 1\n timeout 1\n fall 1\n}}");
    site.start(
        1,
        &file(&[&block], &[vi_1(150).line("track_script {\n check\n }")]),
    )?;
    site.wait_with(1, VIP)?;
    fs::write(&hang, "")?;
    site.wait_log(1, "VRRP_Script(check) timed_out")?;
    site.wait_without(1, VIP)?;
    fs::remove_file(&hang)?;
    site.wait_with(1, VIP)
}

/// An address moves from one instance to another within one reload. (The original needs two.)
fn address_moves_in_a_reload(site: &mut Site) -> Result<()> {
    let config = |first: &[&str], second: &[&str]| {
        let with = |name: &str, vrid: u8, vips: &[&str]| {
            vips.iter()
                .fold(Instance::new(name, vrid, 150), |all, vip| all.vip(*vip))
        };
        file(&[], &[with("VI_1", 51, first), with("VI_2", 52, second)])
    };
    let (one, two, moving) = ("10.10.0.100/24", "10.10.0.101/24", "10.10.0.102/24");
    site.start(1, &config(&[one, moving], &[two]))?;
    site.wait_with(1, "10.10.0.102")?;
    site.wait_with(1, "10.10.0.101")?;
    let mark = site.capture.mark();
    site.daemon(1)
        .write_config(&config(&[one], &[two, moving]))?;
    site.daemon(1).reload()?;
    site.capture
        .wait_after(mark, LIMIT, "VI_2 with the address", |record| {
            record
                .advert_of(52)
                .is_some_and(|advert| advert.addresses.len() == 2)
        })?;
    site.wait_adverts(1, 51, 3)?;
    ensure!(
        !site.is_ours(1) || site.has(1, "10.10.0.102"),
        "the address has gone"
    );
    Ok(())
}

fn executable(site: &Site, name: &str, text: &str) -> Result<String> {
    let path = site.host(1).folder().join(name);
    fs::write(&path, text)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path.display().to_string())
}
