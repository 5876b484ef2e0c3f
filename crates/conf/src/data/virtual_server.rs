//! `LVS Topology`: groups, virtual servers, real servers.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;

use super::{Machine, Script, Seconds, enabled, on, yes};
use crate::config::{
    CheckTiming, CheckerKind, Config, Family, Forwarding, Granularity, Protocol, RealServer,
    Scheduler, SchedulerFlags, Service, SorryServer, Ssl, Tunnel, TunnelChecksum, VirtualServer,
    VirtualServerGroup,
};

pub(super) fn write(out: &mut String, config: &Config, machine: &dyn Machine) -> fmt::Result {
    match &config.ssl {
        Some(ssl) => write_ssl(out, ssl)?,
        // The original has a context of its own for them.
        None if speaks_tls(config) => write_ssl(out, &Ssl::default())?,
        None => {}
    }
    if config.virtual_servers.is_empty() {
        return Ok(());
    }
    writeln!(out, "------< LVS Topology >------")?;
    writeln!(out, " System is compiled with LVS v1.2.1")?;
    for (index, group) in config.virtual_server_groups.iter().enumerate() {
        let is_member = |server: &&VirtualServer| matches!(server.service, Service::Group { index: of, .. } if of == index);
        let servers: Vec<_> = config.virtual_servers.iter().filter(is_member).collect();
        write_group(out, group, &servers)?;
    }
    for server in &config.virtual_servers {
        write_server(out, config, server, machine)?;
    }
    Ok(())
}

fn speaks_tls(config: &Config) -> bool {
    let reals = config
        .virtual_servers
        .iter()
        .flat_map(|server| &server.real_servers);
    let mut checkers = reals.flat_map(|real| &real.checkers);
    checkers.any(|checker| matches!(&checker.kind, CheckerKind::Http(http) if http.tls))
}

// keepalived: dump_ssl
fn write_ssl(out: &mut String, ssl: &Ssl) -> fmt::Result {
    writeln!(out, "------< SSL definitions >------")?;
    if *ssl == Ssl::default() {
        return writeln!(out, " Using autogen SSL context");
    }
    if ssl.password.is_some() {
        // The original shows it.
        writeln!(out, " Password : ********")?;
    }
    let files = [
        ("CA-file", &ssl.ca),
        ("Certificate file", &ssl.certificate),
        ("Key file", &ssl.key),
    ];
    for (name, path) in files {
        if let Some(path) = path {
            writeln!(out, " {name} : {}", path.display())?;
        }
    }
    Ok(())
}

/// `servers` are the virtual servers of the group.
// keepalived: dump_vsg
fn write_group(
    out: &mut String,
    group: &VirtualServerGroup,
    servers: &[&VirtualServer],
) -> fmt::Result {
    let alive = |pick: &dyn Fn(&VirtualServer) -> bool| {
        let picked = servers.iter().filter(|server| pick(server));
        picked.map(|server| alive_servers(server)).sum::<usize>()
    };
    let has = |family| {
        let address = |entry: &crate::config::GroupAddresses| Family::of(entry.first) == family;
        group.addresses.iter().any(address)
            || group.marks.iter().any(|mark| mark.family == Some(family))
    };
    let (v4, v6) = (yes(has(Family::Inet)), yes(has(Family::Inet6)));
    writeln!(out, " ------< Virtual server group >------")?;
    writeln!(
        out,
        " Virtual Server Group = {}, IPv4 = {v4}, IPv6 = {v6}",
        group.name
    )?;
    for entry in &group.addresses {
        if entry.first == entry.last {
            writeln!(out, "   VIP = {}, VPORT = {}", entry.first, entry.port)?;
        } else {
            let (first, last) = (entry.first, entry.last);
            writeln!(out, "   VIP Range = {first}-{last}, VPORT = {}", entry.port)?;
        }
        let of = |protocol| alive(&|server| server.protocol == Some(protocol));
        let (tcp, udp, sctp) = (of(Protocol::Tcp), of(Protocol::Udp), of(Protocol::Sctp));
        writeln!(out, "     Alive: {tcp} tcp, {udp} udp, {sctp} sctp")?;
        writeln!(out, "     reloaded = False")?;
    }
    for entry in &group.marks {
        let family = match entry.family {
            Some(Family::Inet) => " IPv4",
            Some(Family::Inet6) => " IPv6",
            None => "",
        };
        writeln!(out, "   FWMARK = {}{family}", entry.mark)?;
        let of = |family| {
            let fits = entry.family.is_none_or(|only| only == family);
            if fits {
                alive(&|server| server.family == Some(family))
            } else {
                0
            }
        };
        writeln!(
            out,
            "     Alive: {} IPv4, {} IPv6",
            of(Family::Inet),
            of(Family::Inet6)
        )?;
        writeln!(out, "     reloaded = False")?;
    }
    Ok(())
}

/// The name of a virtual server in the log.
// keepalived: format_vs
pub(super) fn label(config: &Config, server: &VirtualServer) -> String {
    match &server.service {
        Service::Address(address) => endpoint(*address, server.protocol),
        Service::FirewallMark(mark) => format!("FWM {mark}"),
        Service::Group { index, sequence } => {
            let group = config.virtual_server_groups.get(*index);
            format!("[{}]:{sequence}", group.map_or("", |group| &group.name))
        }
    }
}

/// `[address]:protocol:port`.
// keepalived: inet_sockaddrtotrio
pub(super) fn endpoint(address: SocketAddr, protocol: Option<Protocol>) -> String {
    let protocol = match protocol {
        Some(Protocol::Tcp) => "tcp",
        Some(Protocol::Udp) => "udp",
        Some(Protocol::Sctp) => "sctp",
        None => "none",
    };
    format!("[{}]:{protocol}:{}", address.ip(), address.port())
}

/// How many checks a real server waits for.
fn pending(server: &RealServer) -> usize {
    let waits = |kind: &CheckerKind| !matches!(kind, CheckerKind::File(_));
    let checkers = server.checkers.iter().filter(|_| server.alpha);
    checkers.filter(|checker| waits(&checker.kind)).count()
}

fn alive_servers(server: &VirtualServer) -> usize {
    let servers = server.real_servers.iter();
    servers.filter(|server| pending(server) == 0).count()
}

/// Whether the quorum is there before any check has run.
fn starts_with_quorum(server: &VirtualServer) -> bool {
    let alive = server.real_servers.iter().filter(|real| pending(real) == 0);
    let weight: u64 = alive.map(|real| u64::from(real.weight)).sum();
    weight >= u64::from(server.quorum) + u64::from(server.hysteresis)
}

// keepalived: dump_vs
fn write_server(
    out: &mut String,
    config: &Config,
    server: &VirtualServer,
    machine: &dyn Machine,
) -> fmt::Result {
    writeln!(out, " ------< Virtual server >------")?;
    match &server.service {
        Service::Address(address) => {
            writeln!(
                out,
                " VS VIP = {}, VPORT = {}",
                address.ip(),
                address.port()
            )?;
        }
        Service::FirewallMark(mark) => writeln!(out, " VS FWMARK = {mark}")?,
        Service::Group { .. } => writeln!(out, " VS GROUP = {}", label(config, server))?,
    }
    write_identity(out, server)?;
    write_scheduling(out, server)?;
    let is = server.protocol.map_or("none", |protocol| match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
    });
    writeln!(out, "   protocol = {is}")?;
    writeln!(out, "   alpha is {}", on(server.alpha))?;
    writeln!(out, "   omega is {}", on(server.omega))?;
    write_retries(out, &server.timing)?;
    writeln!(
        out,
        "   Inhibit on failure is {}",
        on(server.inhibit_on_failure)
    )?;
    writeln!(
        out,
        "   quorum = {}, hysteresis = {}",
        server.quorum, server.hysteresis
    )?;
    let scripts = [("up", &server.quorum_up), ("down", &server.quorum_down)];
    for (state, script) in scripts {
        if let Some(command) = script {
            let what = format_args!("Quorum {state} notify script");
            Script::new(command, machine).write(out, what)?;
        }
    }
    if server.ha_suspend {
        writeln!(out, "   Using HA suspend")?;
    }
    writeln!(
        out,
        "   Using smtp notification = {}",
        yes(server.smtp_alert)
    )?;
    write_forwarding(out, "default ", server.forwarding)?;
    let quorum = starts_with_quorum(server);
    if let Some(sorry) = &server.sorry_server {
        write_sorry_server(out, sorry, server.protocol, quorum)?;
    }
    writeln!(out, "   VS alive = 1")?;
    writeln!(out, "   quorum_state_up = {}", u8::from(quorum))?;
    writeln!(out, "   reloaded = 0")?;
    let serves = quorum || server.sorry_server.is_none();
    for real in &server.real_servers {
        write_real_server(out, real, serves, machine)?;
    }
    Ok(())
}

fn write_identity(out: &mut String, server: &VirtualServer) -> fmt::Result {
    if let Some(host) = &server.virtualhost {
        writeln!(out, "   VirtualHost = {host}")?;
    }
    if let Some(name) = &server.snmp_name {
        writeln!(out, "   SNMP name = '{name}'")?;
    }
    let family = match server.family {
        Some(Family::Inet) => "inet",
        Some(Family::Inet6) => "inet6",
        None => "IPv4 & IPv6",
    };
    writeln!(out, "   Address family = {family}")?;
    writeln!(
        out,
        "   connection timeout = {}",
        Seconds(server.timing.connect_timeout)
    )?;
    writeln!(out, "   delay_loop = {}", Seconds(server.timing.delay_loop))
}

fn write_scheduling(out: &mut String, server: &VirtualServer) -> fmt::Result {
    let SchedulerFlags {
        one_packet,
        flag_1,
        flag_2,
        flag_3,
    } = server.flags;
    writeln!(out, "   lvs_sched = {}", name(server.scheduler))?;
    writeln!(out, "   Hashed = disabled")?;
    match server.scheduler {
        Scheduler::Sh | Scheduler::Mh => {
            let name = name(server.scheduler);
            writeln!(out, "   {name}-port = {}", enabled(flag_2))?;
            writeln!(out, "   {name}-fallback = {}", enabled(flag_1))?;
        }
        Scheduler::Rr
        | Scheduler::Wrr
        | Scheduler::Lc
        | Scheduler::Wlc
        | Scheduler::Lblc
        | Scheduler::Lblcr
        | Scheduler::Dh
        | Scheduler::Fo
        | Scheduler::Ovf
        | Scheduler::Sed
        | Scheduler::Nq
        | Scheduler::Twos => {
            for (flag, number) in [flag_1, flag_2, flag_3].into_iter().zip(1..) {
                writeln!(out, "   flag-{number} = {}", enabled(flag))?;
            }
        }
    }
    let inactive = match server.protocol {
        Some(Protocol::Udp) => "",
        Some(Protocol::Tcp | Protocol::Sctp) | None if one_packet => " (inactive due to not UDP)",
        Some(Protocol::Tcp | Protocol::Sctp) | None => "",
    };
    writeln!(
        out,
        "   One packet scheduling = {}{inactive}",
        enabled(one_packet)
    )?;
    let Some(persistence) = server.persistence else {
        return Ok(());
    };
    writeln!(
        out,
        "   persistence timeout = {}",
        persistence.timeout.as_secs()
    )?;
    match persistence.granularity {
        Some(Granularity::Mask(mask)) => writeln!(out, "   persistence granularity = {mask}"),
        Some(Granularity::Prefix(bits)) => writeln!(out, "   persistence granularity = {bits}"),
        None => Ok(()),
    }
}

const fn name(scheduler: Scheduler) -> &'static str {
    match scheduler {
        Scheduler::Rr => "rr",
        Scheduler::Wrr => "wrr",
        Scheduler::Lc => "lc",
        Scheduler::Wlc => "wlc",
        Scheduler::Lblc => "lblc",
        Scheduler::Lblcr => "lblcr",
        Scheduler::Sh => "sh",
        Scheduler::Mh => "mh",
        Scheduler::Dh => "dh",
        Scheduler::Fo => "fo",
        Scheduler::Ovf => "ovf",
        Scheduler::Sed => "sed",
        Scheduler::Nq => "nq",
        Scheduler::Twos => "twos",
    }
}

fn write_retries(out: &mut String, timing: &CheckTiming) -> fmt::Result {
    if let Some(retry) = timing.retry {
        writeln!(out, "   Retry count = {retry}")?;
    }
    if let Some(delay) = timing.delay_before_retry {
        writeln!(out, "   Retry delay = {}", Seconds(delay))?;
    }
    if let Some(warmup) = timing.warmup {
        writeln!(out, "   Warmup = {}", Seconds(warmup))?;
    }
    Ok(())
}

// keepalived: dump_forwarding_method
fn write_forwarding(out: &mut String, prefix: &str, forwarding: Forwarding) -> fmt::Result {
    let method = match forwarding {
        Forwarding::Nat => "NAT".to_owned(),
        Forwarding::DirectRouting => "DR".to_owned(),
        Forwarding::Tunnel(Tunnel::Ipip) => "TUN, type = IPIP".to_owned(),
        Forwarding::Tunnel(Tunnel::Gue { port, checksum }) => {
            let checksum = match checksum {
                TunnelChecksum::None => "no checksum",
                TunnelChecksum::Full => "checksum",
                TunnelChecksum::Remote => "remote checksum",
            };
            format!("TUN, type = GUE, port = {port}, {checksum}")
        }
        Forwarding::Tunnel(Tunnel::Gre { checksum: true }) => {
            "TUN, type = GRE, checksum".to_owned()
        }
        Forwarding::Tunnel(Tunnel::Gre { checksum: false }) => {
            "TUN, type = GRE, no checksum".to_owned()
        }
    };
    // The original forgets whose it is for tunnels other than the plain one.
    let prefix = match forwarding {
        Forwarding::Tunnel(Tunnel::Gue { .. } | Tunnel::Gre { .. }) => "",
        Forwarding::Tunnel(Tunnel::Ipip) | Forwarding::Nat | Forwarding::DirectRouting => prefix,
    };
    writeln!(out, "   {prefix}forwarding method = {method}")
}

fn write_sorry_server(
    out: &mut String,
    sorry: &SorryServer,
    protocol: Option<Protocol>,
    quorum: bool,
) -> fmt::Result {
    let duplicate = match sorry.is_real_server {
        true => "(duplicates rs) ",
        false => "",
    };
    let address = endpoint(sorry.address, protocol);
    writeln!(out, "   sorry server {duplicate}= {address}")?;
    write_forwarding(out, "  ", sorry.forwarding)?;
    writeln!(out, "     Inhibit on failure is {}", on(sorry.inhibit))?;
    writeln!(out, "     set = {}", u8::from(!quorum || sorry.inhibit))?;
    writeln!(out, "     alive = {}", u8::from(!quorum))
}

/// `serves`: not the sorry server does.
// keepalived: dump_rs
fn write_real_server(
    out: &mut String,
    server: &RealServer,
    serves: bool,
    machine: &dyn Machine,
) -> fmt::Result {
    let (ip, port) = (server.address.ip(), server.address.port());
    let (weight, pending) = (server.weight, pending(server));
    let alive = pending == 0;
    writeln!(out, "   ------< Real server >------")?;
    writeln!(
        out,
        "   RIP = {ip}, RPORT = {port}, WEIGHT = {weight} EFF WEIGHT = {weight}"
    )?;
    write_forwarding(out, "", server.forwarding)?;
    writeln!(out, "   Alpha is {}", on(server.alpha))?;
    writeln!(
        out,
        "   connection timeout = {}",
        Seconds(server.timing.connect_timeout)
    )?;
    let (least, most) = (server.lower_threshold, server.upper_threshold);
    writeln!(out, "   connection limit range = {least} -> {most}")?;
    writeln!(out, "   Delay loop = {}", Seconds(server.timing.delay_loop))?;
    write_retries(out, &server.timing)?;
    writeln!(
        out,
        "   Inhibit on failure is {}",
        on(server.inhibit_on_failure)
    )?;
    for (state, script) in [("up", &server.notify_up), ("down", &server.notify_down)] {
        if let Some(command) = script {
            let what = format_args!("RS {state} notify script");
            Script::new(command, machine).write(out, what)?;
        }
    }
    if let Some(host) = &server.virtualhost {
        writeln!(out, "    VirtualHost = '{host}'")?;
    }
    if let Some(name) = &server.snmp_name {
        writeln!(out, "   SNMP name = {name}")?;
    }
    writeln!(
        out,
        "   Using smtp notification = {}",
        yes(server.smtp_alert)
    )?;
    writeln!(out, "   initial weight = {weight}")?;
    writeln!(out, "   effective weight = {weight}")?;
    writeln!(out, "   previous effective_weight = 0")?;
    writeln!(out, "   alive = {}", u8::from(alive))?;
    writeln!(out, "   num failed checkers = {pending}")?;
    let set = alive && serves || server.inhibit_on_failure;
    writeln!(out, "   RS set = {}", u8::from(set))?;
    writeln!(out, "   reloaded = 0")?;
    write_trackers(out, server)
}

fn write_trackers(out: &mut String, server: &RealServer) -> fmt::Result {
    let kinds = || server.checkers.iter().map(|checker| &checker.kind);
    let mut heading = "   Tracked Files\n";
    for kind in kinds() {
        if let CheckerKind::File(file) = kind {
            let reverse = if file.reverse { " reverse" } else { "" };
            let (name, weight) = (&file.track_file, file.weight);
            writeln!(out, "{heading}     {name}, weight {weight}{reverse}")?;
            heading = "";
        }
    }
    let mut heading = "   Tracked BFDs\n";
    for kind in kinds() {
        if let CheckerKind::Bfd(bfd) = kind {
            writeln!(out, "{heading}     {}", bfd.name)?;
            heading = "";
        }
    }
    Ok(())
}
