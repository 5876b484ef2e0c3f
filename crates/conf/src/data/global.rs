//! `Global definitions`, which the dump of each process begins with.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use super::{Machine, Script, Seconds, general, on_off, truth, write_groups, yes};
use crate::config::global::{
    AdvertBuffer, AutoPriority, Ceiling, FlushOnStop, GarpExtra, Global, Lvs, NotifyFifo, Process,
    ReceiveBuffer, SyncDaemon,
};
use crate::host::UserFacts;
use vrrp::Version;

/// The process of the original whose dump it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The supervisor.
    Parent,
    /// The one with the instances.
    Vrrp,
    /// The one with the virtual servers.
    Checkers,
    /// The one with the BFD sessions.
    Bfd,
}

// keepalived: dump_global_data
pub(super) fn write(
    out: &mut String,
    global: &Global,
    part: Part,
    machine: &dyn Machine,
) -> fmt::Result {
    writeln!(out, "------< Global definitions >------")?;
    write_identity(out, global)?;
    write_mail(out, global)?;
    write_reload(out, global)?;
    write_start_scripts(out, global, machine)?;
    write_interfaces(out, global)?;
    write_lvs(out, global, part)?;
    write_fifos(out, global, machine)?;
    write_vrrp(out, global)?;
    write_firewall(out, global)?;
    write_processes(out, global)?;
    write_scripts(out, global, machine)?;
    write_buffers(out, global)?;
    write_rest(out, global, machine)
}

fn write_identity(out: &mut String, global: &Global) -> fmt::Result {
    if let Some(path) = &global.files.save_directory {
        writeln!(out, " Config save dir = {}", path.display())?;
    }
    let name = |name: &Option<String>, none: &str| name.clone().unwrap_or_else(|| none.to_owned());
    let namespace = name(&global.net_namespace, "(default)");
    writeln!(out, " Network namespace = {namespace}")?;
    let ipvs = match &global.ipvs_namespace {
        Some(name) if global.net_namespace.as_ref() != Some(name) => name,
        // The original's words for "as above".
        Some(_) | None => "(main namespace)",
    };
    writeln!(out, " Network namespace ipvs = {ipvs}")?;
    let names = [
        ("Instance", &global.instance),
        ("Parent process", &global.process_name),
        ("VRRP process", &global.vrrp_process.name),
        ("LVS process", &global.checker_process.name),
        ("BFD process", &global.bfd_process.name),
    ];
    for (what, name) in names {
        // The others take over that of the parent.
        let own = what == "Parent process" || *name != global.process_name;
        if let Some(name) = name.as_ref().filter(|_| own) {
            writeln!(out, " {what} name = {name}")?;
        }
    }
    let symlinks = match global.use_symlink_paths {
        true => "Keep",
        false => "Replace",
    };
    writeln!(out, " {symlinks} symlinks in script paths")?;
    let groups = match global.supplementary_groups {
        true => "Set",
        false => "Don't set",
    };
    writeln!(out, " {groups} supplementary groups for all scripts")?;
    if !global.router_id.is_empty() {
        writeln!(out, " Router ID = {}", global.router_id)?;
    }
    Ok(())
}

fn write_mail(out: &mut String, global: &Global) -> fmt::Result {
    let mail = &global.mail;
    if let Some(server) = &mail.server {
        let address = server.address.map(|address| address.to_string());
        let address = address.as_ref().unwrap_or(&server.host);
        writeln!(out, " Smtp server = {address}")?;
        writeln!(out, " Smtp server port = {}", server.port)?;
        writeln!(out, " Smtp HELO name = {}", mail.helo_name)?;
        writeln!(
            out,
            " Smtp server connection timeout = {}",
            mail.timeout.as_secs()
        )?;
        writeln!(out, " Email notification from = {}", mail.from)?;
        writeln!(out, " Email notification to:")?;
        for address in &mail.to {
            writeln!(out, "   {address}")?;
        }
    }
    let alerts = [
        ("smtp_alert", mail.alert),
        ("smtp_alert_vrrp", mail.alert_vrrp),
        ("smtp_alert_checker", mail.alert_checker),
    ];
    for (keyword, alert) in alerts {
        let alert = alert.map_or("unset", on_off);
        writeln!(out, " Default {keyword} = {alert}")?;
    }
    writeln!(
        out,
        " Checkers log all failures = {}",
        truth(global.lvs.log_all_failures)
    )
}

fn write_reload(out: &mut String, global: &Global) -> fmt::Result {
    match &global.reload.check_log {
        Some(path) => writeln!(out, " Test config before reload, log to {}", path.display())?,
        None => writeln!(out, " No test config before reload")?,
    }
    if let Some(path) = &global.reload.time_file {
        let repeat = if global.reload.repeat {
            " (repeat)"
        } else {
            ""
        };
        writeln!(out, " Reload time file = {}{repeat}", path.display())?;
        writeln!(out, " No reload scheduled")?;
    }
    if let Some(path) = &global.reload.marker {
        writeln!(out, " Reload_file = {}", path.display())?;
    }
    if let Some(path) = &global.files.copy_directory {
        writeln!(out, " config save directory = {}", path.display())?;
    }
    if global.files.dumps_name_instance {
        writeln!(out, " Use instance name in data dumps")?;
    }
    Ok(())
}

fn write_start_scripts(out: &mut String, global: &Global, machine: &dyn Machine) -> fmt::Result {
    let scripts = [
        (
            "Startup",
            ",",
            &global.startup_script,
            global.startup_timeout,
        ),
        (
            "Shutdown",
            "",
            &global.shutdown_script,
            global.shutdown_timeout,
        ),
    ];
    for (what, comma, script, timeout) in scripts {
        if let Some(command) = script {
            let script = Script::new(command, machine);
            let (words, UserFacts { uid, gid }) = (script.words(), script.user());
            let timeout = timeout.as_secs();
            writeln!(
                out,
                " {what} script = {words}, uid:gid {uid}:{gid}{comma} timeout {timeout}"
            )?;
        }
    }
    Ok(())
}

fn write_interfaces(out: &mut String, global: &Global) -> fmt::Result {
    writeln!(
        out,
        " Dynamic interfaces = {}",
        truth(global.dynamic_interfaces)
    )?;
    if global.dynamic_interfaces {
        writeln!(
            out,
            " Allow interface changes = {}",
            truth(global.interfaces_may_change)
        )?;
    }
    if global.mail.no_faults {
        writeln!(out, " Send emails for fault transitions = off")?;
    }
    Ok(())
}

fn write_lvs(out: &mut String, global: &Global, part: Part) -> fmt::Result {
    let Lvs {
        timeouts,
        flush,
        flush_on_stop,
        sync_daemon,
        ..
    } = &global.lvs;
    let timeouts = [
        ("TCP", timeouts.tcp),
        ("TCP FIN", timeouts.tcp_fin),
        // keepalived: dump_global_data says TCP for UDP, too.
        ("TCP", timeouts.udp),
    ];
    for (what, timeout) in timeouts {
        if let Some(timeout) = timeout.filter(|timeout| !timeout.is_zero()) {
            writeln!(out, " LVS {what} timeout = {}", timeout.as_secs())?;
        }
    }
    if part == Part::Vrrp {
        writeln!(out, " Default interface = {}", global.default_interface)?;
    }
    writeln!(
        out,
        " Disable local IGMP = {}",
        yes(global.disable_local_igmp)
    )?;
    let checksum = yes(global.vrrp.v3_checksum_as_v2);
    writeln!(out, " Use VRRPv2 checksum for VRRPv3 IPv4 = {checksum}")?;
    if let Some(daemon) = sync_daemon {
        write_sync_daemon(out, daemon, part)?;
    }
    writeln!(out, " LVS flush = {}", truth(*flush))?;
    let flush = match flush_on_stop {
        FlushOnStop::Nothing => "disabled",
        FlushOnStop::Everything => "full",
        FlushOnStop::VirtualServices => "VS",
    };
    writeln!(out, " LVS flush on stop = {flush}")
}

/// Only the VRRP process knows the instance.
fn write_sync_daemon(out: &mut String, daemon: &SyncDaemon, part: Part) -> fmt::Result {
    if let Some(instance) = &daemon.instance {
        let what = match part {
            Part::Vrrp => "instance",
            Part::Parent | Part::Checkers | Part::Bfd => "name",
        };
        writeln!(out, " LVS syncd vrrp {what} = {instance}")?;
    }
    writeln!(out, " LVS syncd interface = {}", daemon.interface)?;
    writeln!(out, " LVS syncd syncid = {}", daemon.id)?;
    if let Some(length) = daemon.max_length {
        writeln!(out, " LVS syncd maxlen = {length}")?;
    }
    if let Some(group) = daemon.group {
        writeln!(out, " LVS mcast group {group}")?;
    }
    if let Some(port) = daemon.port {
        writeln!(out, " LVS syncd mcast port = {port}")?;
    }
    if let Some(ttl) = daemon.ttl {
        writeln!(out, " LVS syncd mcast ttl = {ttl}")?;
    }
    Ok(())
}

fn write_fifos(out: &mut String, global: &Global, machine: &dyn Machine) -> fmt::Result {
    let fifos = &global.fifos;
    for (what, fifo) in [
        ("Global", &fifos.all),
        ("VRRP", &fifos.vrrp),
        ("LVS", &fifos.lvs),
    ] {
        if let Some(fifo) = fifo {
            write_fifo(out, what, fifo, machine)?;
        }
    }
    writeln!(
        out,
        " FIFO write vrrp states on reload = {}",
        truth(fifos.states_on_reload)
    )?;
    writeln!(
        out,
        " VRRP notify priority changes = {}",
        truth(fifos.priority_changes)
    )
}

// keepalived: write_fifo_details
fn write_fifo(
    out: &mut String,
    what: &str,
    fifo: &NotifyFifo,
    machine: &dyn Machine,
) -> fmt::Result {
    let owner = fifo.owner.as_ref().map(|user| (user.uid, user.gid));
    let (uid, gid) = owner.unwrap_or_else(|| {
        let UserFacts { uid, gid } = machine.script_user();
        (uid, gid)
    });
    let path = fifo.path.display();
    writeln!(out, " {what} notify fifo = {path}, uid:gid {uid}:{gid}")?;
    let Some(command) = &fifo.script else {
        return Ok(());
    };
    let script = Script::new(command, machine);
    let (words, UserFacts { uid, gid }) = (script.words(), script.user());
    match script.path() {
        Some(path) => {
            let path = path.display();
            writeln!(
                out,
                " {what} notify fifo path = {path}, script = {words}, uid:gid {uid}:{gid}"
            )?;
        }
        None => writeln!(
            out,
            " {what} notify fifo script = {words}, uid:gid {uid}:{gid}"
        )?,
    }
    script.write_groups(out, "   ")
}

fn write_vrrp(out: &mut String, global: &Global) -> fmt::Result {
    let vrrp = &global.vrrp;
    let garp = &vrrp.garp;
    let (v4, v6) = (vrrp.group4, vrrp.group6);
    writeln!(out, " VRRP IPv4 mcast group = {v4}")?;
    writeln!(out, " VRRP IPv6 mcast group = {v6}")?;
    writeln!(
        out,
        " Gratuitous ARP delay = {}",
        garp.master_delay.as_secs()
    )?;
    writeln!(out, " Gratuitous ARP repeat = {}", garp.master_repeat)?;
    writeln!(
        out,
        " Gratuitous ARP refresh timer = {}",
        garp.master_refresh.as_secs()
    )?;
    writeln!(
        out,
        " Gratuitous ARP refresh repeat = {}",
        garp.master_refresh_repeat
    )?;
    let delay = garp.lower_prio_delay.as_secs();
    writeln!(out, " Gratuitous ARP lower priority delay = {delay}")?;
    let repeat = garp.lower_prio_repeat;
    writeln!(out, " Gratuitous ARP lower priority repeat = {repeat}")?;
    writeln!(
        out,
        " Num adverts before down = {}",
        vrrp.down_timer_adverts
    )?;
    let (all, interval) = match global.vmac.extra_garp {
        Some(GarpExtra { interval, all }) => (all, interval),
        None => (false, Duration::ZERO),
    };
    let (where_to, interval) = (if all { "i/f" } else { "VMAC" }, interval.as_secs());
    writeln!(
        out,
        " Gratuitous ARP for each secondary {where_to} = {interval}s"
    )?;
    let answers = truth(!vrrp.lower_prio_no_advert);
    writeln!(
        out,
        " Send advert after receive lower priority advert = {answers}"
    )?;
    let answers = truth(vrrp.higher_prio_send_advert);
    writeln!(
        out,
        " Send advert after receive higher priority advert = {answers}"
    )?;
    writeln!(
        out,
        " Gratuitous ARP interval = {}",
        Seconds(global.garp_interval)
    )?;
    writeln!(
        out,
        " Gratuitous NA interval = {}",
        Seconds(global.gna_interval)
    )?;
    let version = match vrrp.version {
        Version::V2 => 2,
        Version::V3 => 3,
    };
    writeln!(out, " VRRP default protocol version = {version}")
}

fn write_firewall(out: &mut String, global: &Global) -> fmt::Result {
    let firewall = &global.firewall;
    if let Some(table) = &firewall.table {
        let by_index = if firewall.by_index { "" } else { "don't " };
        writeln!(out, " nftables table name = {table}")?;
        writeln!(out, " nftables base chain priority = {}", firewall.priority)?;
        writeln!(
            out,
            " nftables {by_index}force use ifindex for link local IPv6"
        )?;
    }
    if let Some(table) = &firewall.ipvs_table {
        writeln!(out, " ipvs nftables table name = {table}")?;
        writeln!(
            out,
            " ipvs nftables base chain priority = {}",
            firewall.ipvs_priority
        )?;
        writeln!(
            out,
            " ipvs nftables start fwmark = {}",
            firewall.ipvs_first_mark
        )?;
    }
    let without = if firewall.counters { "" } else { "out" };
    writeln!(out, " nftables with{without} counters")?;
    let vrrp = &global.vrrp;
    writeln!(
        out,
        " VRRP check unicast_src = {}",
        truth(vrrp.check_unicast_src)
    )?;
    writeln!(
        out,
        " VRRP skip check advert addresses = {}",
        truth(vrrp.skip_check_adv_addr)
    )?;
    writeln!(out, " VRRP strict mode = {}", truth(vrrp.strict))
}

fn write_processes(out: &mut String, global: &Global) -> fmt::Result {
    let AutoPriority { ceiling, delay } = global.auto_priority;
    match ceiling {
        Ceiling::Never => writeln!(out, " Max auto priority = Disabled")?,
        Ceiling::Unset => writeln!(out, " Max auto priority = 0")?,
        Ceiling::UpTo(priority) => writeln!(out, " Max auto priority = {priority}")?,
    }
    writeln!(
        out,
        " Min auto priority delay = {} usecs",
        delay.as_micros()
    )?;
    write_process(out, "VRRP", &global.vrrp_process)?;
    write_process(out, "Checker", &global.checker_process)?;
    write_process(out, "BFD", &global.bfd_process)
}

fn write_process(out: &mut String, name: &str, process: &Process) -> fmt::Result {
    writeln!(out, " {name} process priority = {}", process.nice)?;
    writeln!(out, " {name} don't swap = {}", truth(process.no_swap))?;
    let priority = process.rt_priority.unwrap_or(0);
    writeln!(out, " {name} realtime priority = {priority}")?;
    if !process.cpu_affinity.is_empty() {
        let processors = process.cpu_affinity.iter();
        let processors: String = processors.map(|number| format!("{number} ")).collect();
        writeln!(out, " {name} CPU Affinity = {processors}")?;
    }
    writeln!(
        out,
        " {name} realtime limit = {}",
        process.rlimit_rttime.as_micros()
    )
}

fn write_scripts(out: &mut String, global: &Global, machine: &dyn Machine) -> fmt::Result {
    let security = super::enabled(global.script_security);
    writeln!(out, " Script security {security}")?;
    if global.script_user.is_some() {
        let user = machine.script_user();
        let UserFacts { uid, gid } = user;
        writeln!(out, " Default script uid:gid {uid}:{gid}")?;
        write_groups(out, "   ", &machine.groups(user))?;
    }
    Ok(())
}

fn write_buffers(out: &mut String, global: &Global) -> fmt::Result {
    let buffers = &global.buffers;
    let sockets = [
        ("vrrp_netlink_cmd", buffers.vrrp_commands),
        ("vrrp_netlink_monitor", buffers.vrrp_monitor),
        ("process_monitor", buffers.process_monitor),
        ("lvs_netlink_cmd", buffers.lvs_commands),
        ("lvs_netlink_monitor", buffers.lvs_monitor),
    ];
    for (name, ReceiveBuffer { bytes, force }) in sockets {
        writeln!(out, " {name}_rcv_bufs = {}", bytes.unwrap_or(0))?;
        writeln!(out, " {name}_rcv_bufs_force = {}", u8::from(force))?;
    }
    writeln!(
        out,
        " rs_init_notifies = {}",
        u8::from(global.lvs.init_notifies)
    )?;
    writeln!(
        out,
        " no_checker_emails = {}",
        u8::from(global.mail.no_checkers)
    )?;
    match buffers.adverts {
        AdvertBuffer::Kernel => {}
        AdvertBuffer::Mtu => writeln!(out, " rx_bufs_policy = MTU")?,
        AdvertBuffer::Advert => writeln!(out, " rx_bufs_policy = ADVERT")?,
        AdvertBuffer::Bytes(bytes) => writeln!(out, " rx_bufs_size = {bytes}")?,
    }
    writeln!(out, " rx_bufs_multiples = {}", buffers.advert_multiplier)
}

fn write_rest(out: &mut String, global: &Global, machine: &dyn Machine) -> fmt::Result {
    writeln!(out, " umask = 0{:o}", machine.umask())?;
    if !global.startup_delay.is_zero() {
        let delay = general(global.startup_delay.as_secs_f64());
        writeln!(out, " vrrp_startup_delay = {delay}")?;
    }
    if global.log_unknown_vrids {
        writeln!(out, " log_unknown_vrids")?;
    }
    if global.vrrp.owner_ignore_adverts {
        writeln!(out, " vrrp_owner_ignore_adverts")?;
    }
    let prefixes = [
        ("VMAC prefix", &global.vmac.prefix),
        ("VMAC address prefix", &global.vmac.address_prefix),
    ];
    for (what, prefix) in prefixes {
        if prefix != "vrrp" {
            writeln!(out, " {what} = {prefix}")?;
        }
    }
    let files = &global.files;
    writeln!(out, " json_version {}", files.json_version)?;
    let directory = |path: &Path| match path.as_os_str().is_empty() {
        true => "(none)".to_owned(),
        false => path.display().to_string(),
    };
    writeln!(
        out,
        " iproute usr directory {}",
        directory(&files.iproute_vendor)
    )?;
    writeln!(
        out,
        " iproute etc directory {}",
        directory(&files.iproute_local)
    )?;
    let dumps = [
        ("state", &files.state_dump),
        ("stats", &files.stats_dump),
        ("json", &files.json_dump),
    ];
    for (what, path) in dumps {
        if let Some(path) = path {
            writeln!(out, " {what} dump file {}", path.display())?;
        }
    }
    Ok(())
}
