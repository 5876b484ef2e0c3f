//! `VRRP Sockpool` and `Interfaces`: what the system has.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use vrrp::{Family, Transport};

use super::instance::{Entry, mac_text};
use super::state::{Interface, VrrpState};
use super::tracking::{Trackers, write_tracking_lines};
use crate::config::Config;

/// Instances share sockets; those that do are named together.
// keepalived: dump_sock_pool
pub(super) fn write_sockets(
    out: &mut String,
    entries: &[Entry<'_>],
    state: &VrrpState,
) -> fmt::Result {
    let sockets = |entry: &Entry<'_>| entry.id.and_then(|id| state.moments(id).sockets);
    let key = |entry: &Entry<'_>| (sockets(entry), entry.core.interface, entry.core.family);
    let mut known = Vec::new();
    for entry in entries {
        if sockets(entry).is_some() && !known.contains(&key(entry)) {
            known.push(key(entry));
        }
    }
    if !known.is_empty() {
        writeln!(out, "------< VRRP Sockpool >------")?;
    }
    for shared in known {
        let users: Vec<_> = entries
            .iter()
            .filter(|entry| key(entry) == shared)
            .collect();
        write_socket(out, shared.0.unwrap_or((-1, -1)), &users)?;
    }
    Ok(())
}

fn write_socket(
    out: &mut String,
    (input, output): (i32, i32),
    users: &[&Entry<'_>],
) -> fmt::Result {
    let Some(first) = users.first() else {
        return Ok(());
    };
    writeln!(out, " fd_in {input} fd_out = {output}")?;
    let interface = first.settings.interface.as_deref();
    writeln!(out, "   Interface = {}", interface.unwrap_or("(none)"))?;
    let family = match first.core.family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    };
    writeln!(out, "   Family = {family}")?;
    writeln!(out, "   Protocol = VRRP")?;
    match &first.core.transport {
        Transport::Multicast { .. } => writeln!(out, "   Type = Multicast")?,
        Transport::Unicast { .. } => {
            writeln!(out, "   Type = Unicast")?;
            if let Some(source) = first.core.source {
                writeln!(out, "   Address = {source}")?;
            }
        }
    }
    let buffers = users.iter().filter_map(|user| user.settings.receive_buffer);
    writeln!(out, "   Rx buf size = {}", buffers.max().unwrap_or(0))?;
    writeln!(out, "   VRRP instances")?;
    for user in users {
        writeln!(out, "     {} vrid {}", user.core.name, user.core.vrid)?;
    }
    Ok(())
}

// keepalived: dump_interface_queue
pub(super) fn write_interfaces(
    out: &mut String,
    config: &Config,
    entries: &[Entry<'_>],
    state: &VrrpState,
) -> fmt::Result {
    if !state.interfaces.is_empty() {
        writeln!(out, "------< Interfaces >------")?;
    }
    let trackers = Trackers::new(config, entries);
    for interface in &state.interfaces {
        write_interface(out, config, interface)?;
        let trackers = trackers.of_interface(&interface.name);
        if !trackers.is_empty() {
            writeln!(out, "   Tracking VRRP instances :")?;
        }
        write_tracking_lines(out, &trackers)?;
    }
    Ok(())
}

/// Without the lines on settings that are not looked at: groups, ARP and forwarding.
// keepalived: dump_if
fn write_interface(out: &mut String, config: &Config, interface: &Interface) -> fmt::Result {
    writeln!(out, " Name = {}", interface.name)?;
    writeln!(out, "   index = {}", interface.index)?;
    write_addresses(out, "IPv4", interface, IpAddr::is_ipv4)?;
    // Adverts come from link-local addresses; the others are none of the original's business.
    write_addresses(out, "IPv6", interface, |address| match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.is_unicast_link_local(),
    })?;
    if let Some(mac) = interface.mac.as_ref().filter(|_| !interface.loopback) {
        writeln!(out, "   MAC = {}", mac_text(mac))?;
        writeln!(out, "   MAC broadcast = ff:ff:ff:ff:ff:ff")?;
    }
    let not = if interface.up { "" } else { "not " };
    write!(out, "   State = {not}UP, {not}RUNNING")?;
    let words = [
        (
            interface.loopback || interface.point_to_point,
            ", no broadcast",
        ),
        (interface.loopback, ", loopback"),
        (interface.point_to_point, ", point to point"),
        (interface.no_arp, ", no arp"),
        (interface.loopback, ", no multicast"),
    ];
    for (_, word) in words.into_iter().filter(|(is_so, _)| *is_so) {
        write!(out, "{word}")?;
    }
    writeln!(out)?;
    writeln!(out, "   Seen up = {}", u8::from(interface.up))?;
    writeln!(out, "   Delayed state change running = false")?;
    let delay = config
        .link_delays
        .iter()
        .find(|delay| delay.interface == interface.name);
    let (up, down) = delay.map_or((0, 0), |delay| {
        (delay.up.as_micros(), delay.down.as_micros())
    });
    writeln!(out, "   Up debounce timer = {up}us")?;
    writeln!(out, "   Down debounce timer = {down}us")?;
    writeln!(out, "   MTU = {}", interface.mtu)?;
    match (interface.loopback, interface.mac) {
        (true, _) => writeln!(out, "   HW Type = LOOPBACK")?,
        (false, Some(_)) => writeln!(out, "   HW Type = ETHERNET")?,
        (false, None) => {}
    }
    writeln!(out, "   NIC netlink status update")?;
    write_pauses(out, config, &interface.name)
}

fn write_addresses(
    out: &mut String,
    what: &str,
    interface: &Interface,
    is_it: impl Fn(&IpAddr) -> bool,
) -> fmt::Result {
    let mut addresses = interface.addresses.iter().filter(|address| is_it(address));
    let first = addresses.next().map(IpAddr::to_string);
    writeln!(
        out,
        "   {what} address = {}",
        first.as_deref().unwrap_or("(none)")
    )?;
    let mut heading = format!("   Additional {what} addresses :\n");
    for address in addresses {
        writeln!(out, "{heading}     {address}")?;
        heading.clear();
    }
    Ok(())
}

fn write_pauses(out: &mut String, config: &Config, name: &str) -> fmt::Result {
    let groups = &mut config.garp_groups.iter();
    let Some(group) = groups.find(|group| group.interfaces.iter().any(|of| of == name)) else {
        return Ok(());
    };
    for (what, interval) in [("ARP", group.garp_interval), ("NA", group.gna_interval)] {
        if let Some(interval) = interval {
            writeln!(
                out,
                "   Gratuitous {what} interval {}ms",
                interval.as_millis()
            )?;
        }
    }
    Ok(())
}
