//! `Health checkers`, and the files and BFD sessions that they follow.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::virtual_server::{endpoint, label};
use super::{Machine, Script, Seconds, on, set, yes};
use crate::config::{
    Checker, CheckerKind, Config, Connection, DnsCheck, DnsType, HttpCheck, HttpProtocol,
    MiscCheck, RealServer, Regex, RegexOption, TrackFile, UdpCheck, Url, VirtualServer,
};
use crate::host::UserFacts;

/// What the original shows for a time that a kind of checker does not have.
const NO_TIME: u64 = u64::MAX;

pub(super) fn write(out: &mut String, config: &Config, machine: &dyn Machine) -> fmt::Result {
    let mut heading = "------< Health checkers >------\n";
    for server in &config.virtual_servers {
        let label = label(config, server);
        for real in &server.real_servers {
            let to = endpoint(real.address, server.protocol);
            for checker in in_order(real) {
                writeln!(out, "{heading} {label} -> {to}")?;
                heading = "";
                write_checker(out, checker, machine)?;
            }
        }
    }
    write_followed_files(out, config)?;
    write_followed_bfds(out, config)
}

/// Files that no checker names are VRRP's.
fn write_followed_files(out: &mut String, config: &Config) -> fmt::Result {
    let mut heading = "------< Checker track files >------\n";
    let is_followed = |file: &&TrackFile| {
        kinds(config).any(|(_, _, kind)| matches!(kind, CheckerKind::File(check) if check.track_file == file.name))
    };
    for file in config.track_files.iter().filter(is_followed) {
        write!(out, "{heading}")?;
        heading = "";
        super::tracker::write_file(out, file)?;
        let mut heading = "   Tracking instances :\n";
        for (server, real, kind) in kinds(config) {
            if let CheckerKind::File(check) = kind
                && check.track_file == file.name
            {
                let label = label(config, server);
                let to = endpoint(real.address, server.protocol);
                let (weight, reverse) = (check.weight, if check.reverse { " reverse" } else { "" });
                writeln!(
                    out,
                    "{heading}     {label} -> {to}, weight {weight}{reverse}"
                )?;
                heading = "";
            }
        }
    }
    Ok(())
}

// keepalived: dump_checker_bfd
fn write_followed_bfds(out: &mut String, config: &Config) -> fmt::Result {
    let mut heading = "------< Checker track BFDs >------\n";
    for bfd in config.bfds.iter().filter(|bfd| bfd.checker) {
        writeln!(out, "{heading} Checker Track BFD = {}", bfd.name)?;
        heading = "";
        writeln!(out, "   Tracking RS :")?;
        for (server, real, kind) in kinds(config) {
            if matches!(kind, CheckerKind::Bfd(check) if check.name == bfd.name) {
                writeln!(out, "   {}", endpoint(real.address, server.protocol))?;
            }
        }
    }
    Ok(())
}

fn kinds(config: &Config) -> impl Iterator<Item = (&VirtualServer, &RealServer, &CheckerKind)> {
    config.virtual_servers.iter().flat_map(|server| {
        server.real_servers.iter().flat_map(move |real| {
            let checkers = real.checkers.iter();
            checkers.map(move |checker| (server, real, &checker.kind))
        })
    })
}

/// Those of files come last: the original makes them at the end of the configuration.
fn in_order(server: &RealServer) -> impl Iterator<Item = &Checker> {
    let is_file = |checker: &&Checker| matches!(checker.kind, CheckerKind::File(_));
    let others = server.checkers.iter().filter(move |c| !is_file(c));
    others.chain(server.checkers.iter().filter(is_file))
}

// keepalived: dump_checker
fn write_checker(out: &mut String, checker: &Checker, machine: &dyn Machine) -> fmt::Result {
    let is_file = matches!(checker.kind, CheckerKind::File(_));
    writeln!(out, "   Enabled = yes")?;
    writeln!(out, "   Up = {}", yes(!checker.alpha))?;
    writeln!(out, "   Has run = {}", yes(is_file))?;
    writeln!(out, "   Current weight = 0")?;
    if !is_file {
        write_timing(out, checker)?;
    }
    writeln!(
        out,
        "   Log all failures = {}",
        yes(checker.log_all_failures)
    )?;
    if let Some(connection) = &checker.connection {
        writeln!(out, "   Connection")?;
        write_connection(out, connection)?;
    }
    match &checker.kind {
        CheckerKind::Tcp => writeln!(out, "   Keepalive method = TCP_CHECK"),
        CheckerKind::Ping => {
            writeln!(out, "   Keepalive method = PING_CHECK")?;
            writeln!(out, "     ICMP seq no = 0")
        }
        CheckerKind::Udp(udp) => write_udp(out, udp),
        CheckerKind::Http(http) => write_http(out, http),
        CheckerKind::Smtp(smtp) => {
            writeln!(out, "   Keepalive method = SMTP_CHECK")?;
            writeln!(out, "   helo = {}", smtp.helo_name)
        }
        CheckerKind::Dns(dns) => write_dns(out, dns),
        CheckerKind::Misc(misc) => write_misc(out, misc, machine),
        CheckerKind::File(file) => {
            writeln!(out, "   Keepalive method = FILE_CHECK")?;
            writeln!(out, "     Tracked file = {}", file.track_file)?;
            writeln!(out, "     Reloaded = No")
        }
        CheckerKind::Bfd(bfd) => {
            writeln!(out, "   Keepalive method = BFD_CHECK")?;
            writeln!(out, "   Name = {}", bfd.name)?;
            writeln!(out, "   Alpha is {}", on(checker.alpha))
        }
    }
}

fn write_timing(out: &mut String, checker: &Checker) -> fmt::Result {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(NO_TIME);
    let (default, timing) = match &checker.kind {
        CheckerKind::Bfd(_) => (1_000_000, (NO_TIME, NO_TIME, u32::MAX, NO_TIME)),
        CheckerKind::Http(_) => (3_000_000, times(checker, micros)),
        CheckerKind::Dns(_) => (0, times(checker, micros)),
        CheckerKind::Tcp
        | CheckerKind::Ping
        | CheckerKind::Udp(_)
        | CheckerKind::Smtp(_)
        | CheckerKind::Misc(_)
        | CheckerKind::File(_) => (1_000_000, times(checker, micros)),
    };
    let (delay_loop, warmup, retry, delay_before_retry) = timing;
    writeln!(out, "   Alpha = {}", yes(checker.alpha))?;
    writeln!(out, "   Delay loop = {delay_loop} us")?;
    writeln!(out, "   Warmup = {warmup} us")?;
    writeln!(out, "   Retries = {retry}")?;
    if retry > 0 {
        writeln!(out, "   Delay before retry = {delay_before_retry} us")?;
        writeln!(out, "   Retries iterations = {retry}")?;
    }
    writeln!(out, "   Default delay before retry = {default} us")
}

fn times(checker: &Checker, micros: impl Fn(Duration) -> u64) -> (u64, u64, u32, u64) {
    (
        micros(checker.delay_loop),
        micros(checker.warmup),
        checker.retry,
        micros(checker.delay_before_retry),
    )
}

// keepalived: dump_connection_opts
fn write_connection(out: &mut String, connection: &Connection) -> fmt::Result {
    let Connection {
        connect_ip,
        connect_port,
        connect_timeout,
        socket,
    } = connection;
    writeln!(out, "     Dest = [{connect_ip}]:{connect_port}")?;
    if let Some(socket) = socket {
        if let Some(source) = socket.bindto {
            let port = socket.bind_port.unwrap_or(0);
            writeln!(out, "     Bind to = [{source}]:{port}")?;
        }
        if let Some(interface) = &socket.bind_if {
            writeln!(out, "     Bind i/f = {interface}")?;
        }
        if socket.fwmark != 0 {
            writeln!(out, "     Mark = {}", socket.fwmark)?;
        }
    }
    writeln!(out, "     Timeout = {}", Seconds(*connect_timeout))
}

fn write_udp(out: &mut String, udp: &UdpCheck) -> fmt::Result {
    writeln!(out, "   Keepalive method = UDP_CHECK")?;
    match &udp.payload {
        Some(payload) => writeln!(out, "   Payload len = {}", payload.len())?,
        None => writeln!(out, "   Payload specified = no")?,
    }
    writeln!(out, "   Require reply = {}", yes(udp.require_reply))?;
    if !udp.require_reply {
        return Ok(());
    }
    writeln!(out, "     Min reply length = {}", udp.min_reply_length)?;
    writeln!(out, "     Max reply length = {}", udp.max_reply_length)?;
    writeln!(out, "     Reply data len = {}", udp.reply.len())?;
    if !udp.reply.is_empty() {
        writeln!(
            out,
            "     Reply data mask = {}",
            yes(!udp.reply_mask.is_empty())
        )?;
    }
    Ok(())
}

fn write_dns(out: &mut String, dns: &DnsCheck) -> fmt::Result {
    let record = match dns.record {
        DnsType::A => "A",
        DnsType::Ns => "NS",
        DnsType::Cname => "CNAME",
        DnsType::Soa => "SOA",
        DnsType::Mx => "MX",
        DnsType::Txt => "TXT",
        DnsType::Aaaa => "AAAA",
        DnsType::Rrsig => "RRSIG",
        DnsType::Dnskey => "DNSKEY",
    };
    writeln!(out, "   Keepalive method = DNS_CHECK")?;
    writeln!(out, "   Type = {record}")?;
    writeln!(out, "   Name = {}", dns.name)
}

fn write_misc(out: &mut String, misc: &MiscCheck, machine: &dyn Machine) -> fmt::Result {
    let script = Script::new(&misc.command, machine);
    let UserFacts { uid, gid } = script.user();
    writeln!(out, "   Keepalive method = MISC_CHECK")?;
    if let Some(path) = script.path() {
        writeln!(out, "   path = {}", path.display())?;
    }
    writeln!(out, "   script = {}", script.words())?;
    writeln!(out, "   timeout = {}", misc.timeout.as_secs())?;
    writeln!(
        out,
        "   dynamic = {}",
        if misc.dynamic { "YES" } else { "NO" }
    )?;
    writeln!(out, "   uid:gid = {uid}:{gid}")?;
    script.write_groups(out, "     ")?;
    writeln!(
        out,
        "   Last ran = 0.000000 (Thu Jan  1 00:00:00 1970.000000)"
    )?;
    writeln!(out, "   Last status = 0")
}

// keepalived: dump_http_check
fn write_http(out: &mut String, http: &HttpCheck) -> fmt::Result {
    let kind = if http.tls { "SSL" } else { "HTTP" };
    let protocol = match http.protocol {
        HttpProtocol::Http10 => "1.0",
        HttpProtocol::Http10Close => "1.0C",
        HttpProtocol::Http11 => "1.1",
    };
    writeln!(
        out,
        "   Keepalive method = {kind}_GET, http protocol {protocol}"
    )?;
    if let Some(host) = &http.virtualhost {
        writeln!(out, "   Virtualhost = {host}")?;
    }
    writeln!(out, "   Enable SNI {}", set(http.enable_sni))?;
    if let Some(name) = &http.sni_name {
        writeln!(out, "     SNI name = {name}")?;
    }
    writeln!(out, "   Fast recovery {}", set(http.fast_recovery))?;
    if http.tls {
        writeln!(out, "   tls_compliant {}", set(http.tls_compliant))?;
    }
    http.urls.iter().try_for_each(|url| write_url(out, url))
}

/// The original means to write `tls_compliant` for SSL_GET only, and writes it always.
// keepalived: dump_url
fn write_url(out: &mut String, url: &Url) -> fmt::Result {
    writeln!(out, "   Checked url = {}", url.path)?;
    if let Some(digest) = &url.digest {
        write!(out, "     digest = ")?;
        digest
            .iter()
            .try_for_each(|byte| write!(out, "{byte:02x}"))?;
        writeln!(out)?;
    }
    writeln!(out, "     tls_compliant {}", set(url.tls_compliant))?;
    writeln!(out, "     HTTP Status Code(s)")?;
    for codes in &url.status_codes {
        match codes.first == codes.last {
            true => writeln!(out, "       {}", codes.first)?,
            false => writeln!(out, "       {}-{}", codes.first, codes.last)?,
        }
    }
    if let Some(host) = &url.virtualhost {
        writeln!(out, "     Virtual host = {host}")?;
    }
    url.regex
        .iter()
        .try_for_each(|regex| write_regex(out, regex))
}

fn write_regex(out: &mut String, regex: &Regex) -> fmt::Result {
    writeln!(out, "     Regex = \"{}\"", regex.pattern)?;
    if regex.no_match {
        writeln!(out, "     Regex no match")?;
    }
    let least = regex.min_offset;
    match regex.max_offset {
        Some(most) => writeln!(out, "     Regex min offset = {least}, max_offset = {most}")?,
        None if least > 0 => writeln!(out, "     Regex min offset = {least}")?,
        None => {}
    }
    write!(out, "     Regex options:")?;
    for (word, option) in RegexOption::ALL {
        if regex.options.contains(&option) {
            write!(out, " {word}")?;
        }
    }
    writeln!(out)?;
    writeln!(out, "     Regex ref count = 1")?;
    if let Some(stack) = &regex.stack {
        let (start, max) = (stack.start, stack.max);
        writeln!(out, "     Regex stack start {start}, max {max}")?;
    }
    Ok(())
}
