//! Addresses, routes and rules, each on one line.

mod route;

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use vip::{Address, AddressFlags};

use crate::config::{Config, Network, Range, Rule, RuleAction};

pub(super) use route::write_route;

/// Static addresses, routes and rules, and the groups that some of them follow.
pub(super) fn write_static(out: &mut String, config: &Config) -> fmt::Result {
    if !config.static_addresses.is_empty() {
        writeln!(out, "------< Static Addresses >------")?;
    }
    for entry in &config.static_addresses {
        write_address(out, &entry.address, entry.track_group.as_deref(), "")?;
    }
    if !config.static_routes.is_empty() {
        writeln!(out, "------< Static Routes >------")?;
    }
    config
        .static_routes
        .iter()
        .try_for_each(|route| write_route(out, route))?;
    if !config.static_rules.is_empty() {
        writeln!(out, "------< Static Rules >------")?;
    }
    config
        .static_rules
        .iter()
        .try_for_each(|rule| write_rule(out, rule))?;
    if !config.track_groups.is_empty() {
        writeln!(out, "------< Static Track groups >------")?;
    }
    for group in &config.track_groups {
        writeln!(out, " Static Track Group = {}", group.name)?;
        writeln!(out, "   VRRP member instances :")?;
        for member in &group.members {
            if let Some(instance) = config.router.instances.get(usize::from(member.0)) {
                writeln!(out, "     {}", instance.name)?;
            }
        }
    }
    Ok(())
}

/// `end`: what is to be said after everything else.
// keepalived: format_ipaddress
pub(super) fn write_address(
    out: &mut String,
    address: &Address,
    track_group: Option<&str>,
    end: &str,
) -> fmt::Result {
    let is_v6 = address.address.is_ipv6();
    write!(out, "     {}", network(address.address, address.prefix))?;
    if let Some(broadcast) = address.broadcast {
        write!(out, " brd {broadcast}")?;
    }
    write!(
        out,
        " dev {} scope {}",
        address.interface,
        scope(address.scope)
    )?;
    if let Some(label) = &address.label {
        write!(out, " label {label}")?;
    }
    if let Some((peer, prefix)) = address.peer {
        write!(out, " peer {peer}/{prefix}")?;
    }
    let has = |flag| address.flags.contains(flag);
    let flags = [
        (has(AddressFlags::HOMEADDRESS), " home"),
        (is_v6 && !has(AddressFlags::NODAD), " -nodad"),
        (has(AddressFlags::MANAGETEMPADDR), " mngtmpaddr"),
        (has(AddressFlags::NOPREFIXROUTE), " noprefixroute"),
        (has(AddressFlags::MCAUTOJOIN), " autojoin"),
        (!address.track, " no_track"),
    ];
    for (_, word) in flags.into_iter().filter(|(is_set, _)| *is_set) {
        write!(out, "{word}")?;
    }
    if let Some(group) = track_group {
        write!(out, " track_group {group}")?;
    }
    if is_v6 {
        match address.preferred_lifetime {
            Some(0) => write!(out, " deprecated")?,
            None if address.prefix == 128 => write!(out, " deprecated")?,
            None | Some(u32::MAX) => write!(out, " preferred_lft forever")?,
            Some(seconds) => write!(out, " preferred_lft {seconds}")?,
        }
    }
    writeln!(out, "{end}")
}

/// The longest prefix is not shown.
// keepalived: ipaddresstos
fn network(address: IpAddr, prefix: u8) -> String {
    let longest = if address.is_ipv4() { 32 } else { 128 };
    match prefix == longest {
        true => address.to_string(),
        false => format!("{address}/{prefix}"),
    }
}

fn network_of(network_: &Network) -> String {
    network(network_.address, network_.prefix)
}

fn scope(number: u8) -> String {
    match number {
        0 => "global".to_owned(),
        200 => "site".to_owned(),
        253 => "link".to_owned(),
        254 => "host".to_owned(),
        255 => "nowhere".to_owned(),
        other => other.to_string(),
    }
}

// keepalived: format_iprule
pub(super) fn write_rule(out: &mut String, rule: &Rule) -> fmt::Result {
    write!(out, "     ")?;
    if rule.from.is_none() && rule.to.is_none() && rule.family == vrrp::Family::V6 {
        write!(out, "inet6 ")?;
    }
    if rule.invert {
        write!(out, "not ")?;
    }
    match &rule.from {
        Some(from) => write!(out, "from {}", network_of(from))?,
        None => write!(out, "from all")?,
    }
    if let Some(to) = &rule.to {
        write!(out, " to {}", network_of(to))?;
    }
    write!(out, " priority {} tos 0x{:x}", rule.preference, rule.tos)?;
    write_selectors(out, rule)?;
    if rule.action == RuleAction::L3mdev {
        write!(out, " l3mdev")?;
    }
    if rule.track || rule.protocol != crate::config::OUR_PROTOCOL {
        write!(out, " protocol {}", rule.protocol)?;
    }
    if let Some(protocol) = rule.ip_protocol {
        write!(out, " ipproto {protocol}")?;
    }
    let ports = [
        ("sport", rule.source_ports),
        ("dport", rule.destination_ports),
    ];
    for (what, ports) in ports {
        if let Some(Range { first, last }) = ports {
            write!(out, " {what} {first}-{last}")?;
        }
    }
    if let Some(realms) = rule.realms {
        write!(out, " realms {}/{}", realms.from, realms.to)?;
    }
    match rule.action {
        RuleAction::Table(table) => write!(out, " lookup {table}")?,
        RuleAction::L3mdev => write!(out, " lookup 0")?,
        RuleAction::Goto(preference) => write!(out, " goto {preference}")?,
        RuleAction::Nop => write!(out, " nop")?,
        RuleAction::Blackhole => write!(out, " type blackhole")?,
        RuleAction::Unreachable => write!(out, " type unreachable")?,
        RuleAction::Prohibit => write!(out, " type prohibit")?,
    }
    write_tracking(out, rule.track, rule.track_group.as_deref())
}

fn write_selectors(out: &mut String, rule: &Rule) -> fmt::Result {
    if let Some(mark) = rule.mark {
        write!(out, " fwmark 0x{:x}", mark.mark)?;
        if let Some(mask) = mark.mask.filter(|mask| *mask != u32::MAX) {
            write!(out, "/0x{mask:x}")?;
        }
    }
    if let Some(interface) = &rule.input {
        write!(out, " iif {interface}")?;
    }
    if let Some(interface) = &rule.output {
        write!(out, " oif {interface}")?;
    }
    if let Some(length) = rule.suppress_prefix_length {
        write!(out, " suppress_prefixlen {length}")?;
    }
    if let Some(group) = rule.suppress_group {
        write!(out, " suppress_ifgroup {group}")?;
    }
    if rule.tunnel_id != 0 {
        write!(out, " tunnel-id {}", rule.tunnel_id)?;
    }
    if let Some(Range { first, last }) = rule.users {
        write!(out, " uidrange {first}-{last}")?;
    }
    Ok(())
}

/// The end of a route or rule.
fn write_tracking(out: &mut String, track: bool, group: Option<&str>) -> fmt::Result {
    if !track {
        write!(out, " no_track")?;
    }
    if let Some(group) = group {
        write!(out, " track_group {group}")?;
    }
    writeln!(out)
}
