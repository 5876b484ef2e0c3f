//! `Global definitions`, which the dump of each process begins with.

mod process;
mod services;

use std::fmt::{self, Write as _};
use std::path::Path;

use super::{Machine, Script, general, on_off, truth, write_groups};
use crate::config::global::Global;
use crate::host::UserFacts;

use process::{write_buffers, write_firewall, write_processes, write_vrrp};
use services::{write_fifos, write_lvs};

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
