//! What instances take from the globals, the firewall, processes and buffers, among the global definitions.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::super::{Seconds, truth};
use crate::config::global::{
    AdvertBuffer, AutoPriority, Ceiling, GarpExtra, Global, Process, ReceiveBuffer,
};
use vrrp::Version;

pub(super) fn write_vrrp(out: &mut String, global: &Global) -> fmt::Result {
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

pub(super) fn write_firewall(out: &mut String, global: &Global) -> fmt::Result {
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

pub(super) fn write_processes(out: &mut String, global: &Global) -> fmt::Result {
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

pub(super) fn write_buffers(out: &mut String, global: &Global) -> fmt::Result {
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
