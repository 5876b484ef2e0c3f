//! Scripts and links whose state decides about an instance.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use integration::{NotifyLog, wait_until};

use crate::config::{file, only, vi_1};
use crate::site::{LIMIT, Site, VIP};

pairings!(script, weighted_script, interface, weighted_interface);
comparisons!(rise_and_fall, first_run_fails);

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

/// `rise` and `fall` count runs in a row; every change of the exit status is told.
fn rise_and_fall(site: &mut Site) -> Result<Vec<String>> {
    let good = tracked_file(site)?;
    let script = check(&good, "fall 2\n rise 2");
    site.start(
        1,
        &file(&[&script], &[vi_1(150).line("track_script {\n check\n }")]),
    )?;
    site.wait_with(1, VIP)?;
    fs::remove_file(&good)?;
    site.wait_log(1, "(VI_1) Entering FAULT STATE")?;
    site.wait_without(1, VIP)?;
    fs::write(&good, "")?;
    site.wait_with(1, VIP)?;
    site.wait_adverts(1, 51, 2)?;
    Ok(told(site))
}

/// A script that fails from the beginning holds the instance in FAULT until it succeeds.
fn first_run_fails(site: &mut Site) -> Result<Vec<String>> {
    let good = tracked_file(site)?;
    fs::remove_file(&good)?;
    let notify = NotifyLog::new(site.host(1))?;
    let instance = vi_1(150).line("track_script {\n check\n }");
    let instance = instance.line(format!("notify {}", notify.script().display()));
    site.start(1, &file(&[&check(&good, "fall 1\n rise 1")], &[instance]))?;
    site.wait_log(1, "VRRP_Script(check) failed")?;
    fs::write(&good, "")?;
    site.wait_with(1, VIP)?;
    let master = "INSTANCE VI_1 MASTER 150";
    wait_until(LIMIT, "the master's notify", || {
        notify.lines().iter().any(|line| line == master)
    })?;
    Ok([told(site), notify.lines()].concat())
}

/// What the log says about the script and the instance's state.
fn told(site: &Site) -> Vec<String> {
    let lines = site.log(1).lines().into_iter().map(|line| line.text);
    let about = ["VRRP_Script(", "now returning", "Entering"];
    lines
        .filter(|line| about.iter().any(|word| line.contains(word)))
        .collect()
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

fn scripted(good: &Path, weight: &str, priority: u8) -> String {
    let script = check(good, &format!("fall 1\n rise 1\n {weight}"));
    file(
        &[&script],
        &[vi_1(priority).line("track_script {\n check\n }")],
    )
}

/// A script that succeeds while the file is there.
fn check(good: &Path, lines: &str) -> String {
    let test = format!("/usr/bin/test -e {}", good.display());
    format!("vrrp_script check {{\n script \"{test}\"\n interval 1\n {lines}\n}}")
}
