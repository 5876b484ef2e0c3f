//! Virtual servers, the sync daemon and the FIFOs, among the global definitions.

use std::fmt::{self, Write as _};

use super::super::{Machine, Script, truth, yes};
use super::Part;
use crate::config::global::{FlushOnStop, Global, Lvs, NotifyFifo, SyncDaemon};
use crate::host::UserFacts;

pub(super) fn write_lvs(out: &mut String, global: &Global, part: Part) -> fmt::Result {
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

pub(super) fn write_fifos(out: &mut String, global: &Global, machine: &dyn Machine) -> fmt::Result {
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
