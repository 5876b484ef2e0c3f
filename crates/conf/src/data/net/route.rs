//! A route.

use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::time::Duration;

use super::{network_of, write_tracking};
use crate::config::{
    Encap, IpEncap, Metric, NextHop, OUR_PROTOCOL, Realms, Route, RouteMetrics, RouteMode, Table,
};
use crate::data::general;

// keepalived: format_iproute
pub(in crate::data) fn write_route(out: &mut String, route: &Route) -> fmt::Result {
    let mode = match route.mode {
        RouteMode::Prepend => "prepend",
        RouteMode::Add => "add",
        RouteMode::Append => "append",
    };
    let kind = match route.kind {
        1 => String::new(),
        6 => "blackhole ".to_owned(),
        7 => "unreachable ".to_owned(),
        8 => "prohibit ".to_owned(),
        9 => "throw ".to_owned(),
        other => format!("{other} "),
    };
    write!(out, "     {mode} {kind}{}", network_of(&route.destination))?;
    if let Some(from) = &route.from {
        write!(out, " from {}", network_of(from))?;
    }
    if let Some(source) = route.source {
        write!(out, " src {source}")?;
    }
    if route.tos != 0 {
        write!(out, " tos {}", route.tos)?;
    }
    if let Some(encap) = &route.encap {
        write_encap(out, encap)?;
    }
    if let Some(gateway) = route.gateway {
        write!(out, " via {} {gateway}", family(gateway))?;
    }
    if let Some(interface) = &route.interface {
        write!(out, " dev {interface}")?;
    }
    write_place(out, route)?;
    write_metrics(out, &route.metrics)?;
    if let Some(preference) = route.preference {
        let word = match preference {
            0 => "medium",
            1 => "high",
            3 => "low",
            _ => "unknown",
        };
        write!(out, " pref {word}")?;
    }
    if let Some(no_cookie) = route.metrics.fastopen_no_cookie {
        write!(out, " fastopen_no_cookie {}", u8::from(no_cookie))?;
    }
    if let Some(propagate) = route.ttl_propagate {
        write!(out, " ttl-propagate {}", crate::data::enabled(propagate))?;
    }
    route
        .next_hops
        .iter()
        .try_for_each(|hop| write_next_hop(out, hop))?;
    write_tracking(out, route.track, route.track_group.as_deref())
}

fn write_place(out: &mut String, route: &Route) -> fmt::Result {
    match &route.table {
        table if *table == Table::MAIN => {}
        Table::Number(number) => write!(out, " table {number}")?,
        Table::Vrf(name) => write!(out, " vrf {name}")?,
    }
    if route.track || route.protocol != OUR_PROTOCOL {
        write!(out, " proto {}", route.protocol)?;
    }
    if let Some(scope) = route.scope {
        write!(out, " scope {scope}")?;
    }
    if let Some(metric) = route.metric {
        write!(out, " metric {metric}")?;
    }
    if route.on_link && route.family == vrrp::Family::V4 {
        write!(out, " onlink")?;
    }
    write_realms(out, route.realms)?;
    if let Some(expires) = route.expires {
        write!(out, " expires {}sec", expires.as_secs())?;
    }
    Ok(())
}

fn write_realms(out: &mut String, realms: Option<Realms>) -> fmt::Result {
    match realms {
        Some(Realms { from: 0, to }) => write!(out, " realm {to}"),
        Some(Realms { from, to }) => write!(out, " realms {from}/{to}"),
        None => Ok(()),
    }
}

fn write_metrics(out: &mut String, metrics: &RouteMetrics) -> fmt::Result {
    if let Some(control) = &metrics.congctl {
        // keepalived: format_iproute puts the word behind the name, with no space before it.
        let lock = if control.lock { "lock " } else { "" };
        write!(out, " congctl {}{lock}", control.name)?;
    }
    let times = [
        ("rtt", metrics.rtt),
        ("rttvar", metrics.rttvar),
        ("rto_min", metrics.rto_min),
    ];
    for (name, time) in times {
        if let Some(Metric { value, lock }) = time {
            let lock = if lock { " lock" } else { "" };
            write!(out, " {name}{lock} {}", shown(value))?;
        }
    }
    if metrics.ecn {
        write!(out, " features ecn")?;
    }
    let number = |out: &mut String, name: &str, metric: Option<Metric<u32>>| match metric {
        Some(Metric { value, lock: true }) => write!(out, " {name} lock {value}"),
        Some(Metric { value, lock: false }) => write!(out, " {name} {value}"),
        None => Ok(()),
    };
    let plain = |out: &mut String, name: &str, value: Option<u32>| match value {
        Some(value) => write!(out, " {name} {value}"),
        None => Ok(()),
    };
    number(out, "mtu", metrics.mtu)?;
    plain(out, "window", metrics.window)?;
    number(out, "ssthresh", metrics.ssthresh)?;
    number(out, "cwnd", metrics.cwnd)?;
    number(out, "advmss", metrics.advmss)?;
    number(out, "reordering", metrics.reordering)?;
    plain(out, "hoplimit", metrics.hop_limit.map(u32::from))?;
    plain(out, "initcwnd", metrics.initcwnd)?;
    plain(out, "initrwnd", metrics.initrwnd)?;
    plain(out, "quickack", metrics.quickack.map(u32::from))
}

fn shown(time: Duration) -> String {
    match time >= Duration::from_secs(1) {
        true => format!("{}s", general(time.as_secs_f64())),
        false => format!("{}ms", general(time.as_secs_f64() * 1000.0)),
    }
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "inet" } else { "inet6" }
}

fn write_next_hop(out: &mut String, hop: &NextHop) -> fmt::Result {
    write!(out, " nexthop")?;
    if let Some(gateway) = hop.gateway {
        write!(out, " via {} {gateway}", family(gateway))?;
    }
    if let Some(interface) = &hop.interface {
        write!(out, " dev {interface}")?;
    }
    if hop.weight != 1 {
        write!(out, " weight {}", hop.weight)?;
    }
    if hop.on_link {
        write!(out, " onlink")?;
    }
    write_realms(out, hop.realms)?;
    hop.encap
        .iter()
        .try_for_each(|encap| write_encap(out, encap))
}

// keepalived: print_encap
fn write_encap(out: &mut String, encap: &Encap) -> fmt::Result {
    match encap {
        Encap::Ip(ip) => write_outer(out, ip, ["ip", "tos", "ttl"]),
        Encap::Ip6(ip) => write_outer(out, ip, ["ip6", "tc", "hoplimit"]),
        Encap::Mpls(labels) => {
            // As they are on the wire: the original shows the whole entry, the last one with its mark, in hex.
            let last = labels.len().saturating_sub(1);
            let entry = |(place, label): (usize, &u32)| {
                let bottom = if place == last { 0x100 } else { 0 };
                format!("{:x}", (label << 12) | bottom)
            };
            let labels: Vec<_> = labels.iter().enumerate().map(entry).collect();
            write!(out, " encap mpls {}", labels.join("/"))
        }
        Encap::Ila(locator) => write!(out, " encap ila {locator}"),
    }
}

fn write_outer(out: &mut String, ip: &IpEncap, [kind, tos, ttl]: [&str; 3]) -> fmt::Result {
    write!(out, " encap {kind}")?;
    if let Some(id) = ip.id {
        write!(out, " id {id}")?;
    }
    if let Some(address) = ip.destination {
        write!(out, " dst {address}")?;
    }
    if let Some(address) = ip.source {
        write!(out, " src {address}")?;
    }
    let numbers = [(tos, ip.tos), (ttl, ip.hop_limit)];
    for (name, number) in numbers {
        if let Some(number) = number {
            write!(out, " {name} {number}")?;
        }
    }
    if let Some(flags) = ip.flags {
        write!(out, " flags 0x{flags:x}")?;
    }
    Ok(())
}
