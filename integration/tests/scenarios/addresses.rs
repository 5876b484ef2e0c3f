//! Every option of `virtual_ipaddress`, as the kernel shows its effect.

use std::net::IpAddr;

use anyhow::{Result, bail};

use crate::config::{Instance, file, only, vi_1};
use crate::site::{Site, VIP};

comparisons!(ipv4_options, ipv6_options);
programs!(leftover_is_removed, deleted_by_others_comes_back);

/// Addresses and routes while the instance is master.
type Seen = Vec<String>;

fn ipv4_options(site: &mut Site) -> Result<Seen> {
    let lines = [
        "10.10.0.100/24 dev eth0 label eth0:1",
        "10.10.0.101/24 brd 10.10.0.255 scope global",
        "10.10.0.102/32 scope link",
        "10.10.0.103 brd + dev eth0",
        "10.10.0.104/24 brd -",
        "10.10.0.105/32 scope host",
        "10.20.0.1/24 noprefixroute",
        "10.30.0.1/24 dev eth1",
        "10.40.0.1/24 brd + dev eth1 label eth1:vip scope site no_track",
        "10.10.0.106/32 peer 10.50.0.6",
        "10.10.0.107/24 preferred_lft 0",
        "10.10.0.108/24 preferred_lft forever",
        "10.60.0.1",
        "10.60.0.2 dev eth1",
    ];
    seen(site, "10.60.0.2", "eth1", &lines)
}

fn ipv6_options(site: &mut Site) -> Result<Seen> {
    let lines = [
        "fe80::5100/64",
        "fd00:10::100/64",
        "fd00:10::101",
        "fd00:10::102/128",
        "fd00:10::103/64 preferred_lft 0",
        "fd00:10::104/64 scope site",
        "fd00:10::105/64 -nodad",
        "fd00:10::106/64 home",
        "fd00:10::107/64 noprefixroute",
        "fd00:20::1/64 dev eth1",
        "fd00:20::2/128 dev eth1 preferred_lft forever",
        "fd00:20::3/64 dev eth1 mngtmpaddr",
    ];
    seen(site, "fd00:20::3", "eth1", &lines)
}

/// An address that a former run has left goes when the instance starts as a backup.
fn leftover_is_removed(site: &mut Site) -> Result<()> {
    site.start(2, &only(vi_1(150)))?;
    site.wait_with(2, VIP)?;
    site.host(1)
        .exec(&format!("ip addr add {VIP}/24 dev eth0"))?;
    site.start(1, &only(vi_1(100)))?;
    site.wait_master(2, 51, VIP)
}

/// Another program deletes the address of a master: it is there again soon.
fn deleted_by_others_comes_back(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(150)))?;
    site.wait_with(1, VIP)?;
    site.wait_adverts(1, 51, 2)?;
    site.host(1)
        .exec(&format!("ip addr del {VIP}/24 dev eth0"))?;
    site.wait_with(1, VIP)?;
    site.wait_adverts(1, 51, 3)
}

/// Waits for the last address and writes down what a user sees.
fn seen(site: &mut Site, last: &str, interface: &str, lines: &[&str]) -> Result<Seen> {
    site.second_link(1)?;
    let before = kernel(site)?;
    let instance = lines
        .iter()
        .fold(Instance::new("VI_1", 51, 200), |all, line| all.vip(*line));
    site.start(1, &file(&[], &[instance]))?;
    let (host, address) = (site.host(1), last.parse::<IpAddr>()?);
    integration::wait_until(crate::site::LIMIT, "all addresses", || {
        let held = host.addresses_of(interface);
        held.is_ok_and(|all| all.iter().any(|held| held.address == address))
    })?;
    site.wait_adverts(1, 51, 2)?;
    let master = kernel(site)?;
    site.stop(1)?;
    let after = kernel(site)?;
    // The original leaves an address with a peer behind.
    if site.is_ours(1) && before != after {
        bail!("before the start: {before:#?}\nafter the stop: {after:#?}");
    }
    Ok(master)
}

fn kernel(site: &Site) -> Result<Vec<String>> {
    let host = site.host(1);
    let mut all = host.address_lines("eth0")?;
    all.extend(host.address_lines("eth1")?);
    for family in ["-4", "-6"] {
        let text = host.exec(&format!("ip {family} -o route show table all"))?;
        all.extend(text.lines().map(str::to_owned));
    }
    Ok(all)
}
