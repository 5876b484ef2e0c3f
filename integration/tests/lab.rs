//! The lab itself, without any daemon.

use std::time::Duration;

use anyhow::{Result, ensure};
use integration::{Capture, ChangeKind, Injector, Lab, Monitor, Packet, gaps};

const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn hosts_reach_each_other_at_once_and_are_gone_afterwards() -> Result<()> {
    let lab = Lab::with_hosts("kalab", &["director1", "client", "server1"])?;
    for target in ["10.10.0.1", "10.10.0.11", "fd00:10::1"] {
        ensure!(
            lab.client().reaches(target.parse()?),
            "{target} does not answer"
        );
    }
    let namespace = lab.client().namespace().to_owned();
    let folder = lab.folder().to_owned();
    lab.client()
        .spawn(std::process::Command::new("sleep").arg("1000"))?;
    drop(lab);
    ensure!(
        !std::path::Path::new("/run/netns").join(namespace).exists(),
        "namespace left"
    );
    ensure!(!folder.exists(), "folder left");
    Ok(())
}

#[test]
fn frames_are_captured_once_with_their_sender() -> Result<()> {
    let lab = Lab::new("kalab")?;
    let capture = Capture::start(&lab)?;
    let mut frame = vec![0xff; 6];
    frame.extend([
        2, 0, 0, 0, 0, 9, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9,
    ]);
    frame.extend([10, 10, 0, 77, 255, 255, 255, 255, 255, 255, 10, 10, 0, 77]);
    Injector::new(lab.client())?.send(&frame)?;
    let own = |record: &integration::Record| record.frame == frame;
    let record = capture.wait(LIMIT, "the frame", own)?;
    ensure!(record.host == "client", "sent by {}", record.host);
    ensure!(matches!(&record.packet, Packet::Arp(arp) if arp.gratuitous()));
    ensure!(
        record.time.abs_diff(integration::now()) < LIMIT,
        "stamp {:?}",
        record.time
    );
    ensure!(
        capture.select(own).len() == 1,
        "the frame was seen more than once"
    );
    ensure!(gaps(&capture.records(), "client", 1).is_empty());
    Ok(())
}

#[test]
fn address_changes_are_seen() -> Result<()> {
    let lab = Lab::new("kalab")?;
    let host = lab.director(1);
    let monitor = Monitor::start(host)?;
    let address = "10.10.0.200".parse()?;
    ensure!(!host.has(address));
    host.exec("ip addr add 10.10.0.200/32 dev eth0 label eth0:x")?;
    monitor.wait_after(0, LIMIT, ChangeKind::AddressAdded(address))?;
    ensure!(host.has(address));
    let lines = host.address_lines("eth0")?;
    ensure!(
        lines
            .iter()
            .any(|line| line.contains("10.10.0.200/32") && line.contains("eth0:x"))
    );
    host.exec("ip addr del 10.10.0.200/32 dev eth0")?;
    monitor.wait_after(0, LIMIT, ChangeKind::AddressRemoved(address))?;
    Ok(())
}

#[test]
fn leftovers_of_dead_runs_are_cleaned() -> Result<()> {
    // The process id of nobody: ids end at 2^22.
    let name = "kagone-4194304-0-client";
    std::process::Command::new("ip")
        .args(["netns", "add", name])
        .status()?;
    integration::clean("kagone")?;
    ensure!(!std::path::Path::new("/run/netns").join(name).exists());
    Ok(())
}
