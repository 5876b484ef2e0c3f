//! Scripts and links whose state decides about an instance.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::config::{file, only, vi_1};
use crate::site::{Site, VIP};

pairings!(script, weighted_script, interface, weighted_interface);

/// A failing script without weight: FAULT until it succeeds again.
fn script(site: &mut Site) -> Result<()> {
    let good = tracked_file(site)?;
    site.start_pair(&scripted(&good, "", 150), &only(vi_1(100)))?;
    site.wait_log(1, "VRRP_Script(check) succeeded")?;
    fs::remove_file(&good)?;
    site.wait_master(2, 51, VIP)?;
    site.wait_log(1, "VRRP_Script(check) failed (exited with status 1)")?;
    site.wait_log(1, "(VI_1) Entering FAULT STATE")?;
    fs::write(&good, "")?;
    site.wait_master(1, 51, VIP)
}

/// With a weight only the priority changes.
fn weighted_script(site: &mut Site) -> Result<()> {
    let good = tracked_file(site)?;
    site.start_pair(&scripted(&good, "weight -60", 150), &only(vi_1(100)))?;
    fs::remove_file(&good)?;
    site.wait_log(1, "(VI_1) Changing effective priority from 150 to 90")?;
    site.wait_master(2, 51, VIP)?;
    fs::write(&good, "")?;
    site.wait_log(1, "(VI_1) Changing effective priority from 90 to 150")?;
    site.wait_master(1, 51, VIP)
}

/// A tracked link goes down: FAULT.
fn interface(site: &mut Site) -> Result<()> {
    site.second_link(1)?;
    site.start_pair(
        &only(vi_1(150).line("track_interface {\n eth1\n }")),
        &only(vi_1(100)),
    )?;
    site.host(1).exec("ip link set peer1 down")?;
    site.wait_log(1, "(VI_1) Entering FAULT STATE")?;
    site.wait_master(2, 51, VIP)?;
    site.host(1).exec("ip link set peer1 up")?;
    site.wait_master(1, 51, VIP)
}

/// With a weight only the priority changes.
fn weighted_interface(site: &mut Site) -> Result<()> {
    site.second_link(1)?;
    site.start(
        1,
        &only(vi_1(120).line("track_interface {\n eth1 weight 40\n }")),
    )?;
    site.start(2, &only(vi_1(140)))?;
    site.wait_master(1, 51, VIP)?;
    site.host(1).exec("ip link set eth1 down")?;
    site.wait_log(1, "(VI_1) Changing effective priority from 160 to 120")?;
    site.wait_master(2, 51, VIP)?;
    site.host(1).exec("ip link set eth1 up")?;
    site.wait_master(1, 51, VIP)
}

/// A file that the script looks for, there.
fn tracked_file(site: &Site) -> Result<PathBuf> {
    let path = site.host(1).folder().join("good");
    fs::write(&path, "")?;
    Ok(path)
}

fn scripted(good: &std::path::Path, weight: &str, priority: u8) -> String {
    let script = format!(
        "vrrp_script check {{\n script \"/usr/bin/test -e {}\"\n interval 1\n fall 1\n rise 1\n {weight}\n}}",
        good.display()
    );
    file(
        &[&script],
        &[vi_1(priority).line("track_script {\n check\n }")],
    )
}
