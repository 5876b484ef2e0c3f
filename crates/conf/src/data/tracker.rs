//! Scripts, files, processes and BFD sessions that are tracked, and pauses between gratuitous ARP packets.

use std::fmt::{self, Write as _};
use std::time::Duration;

use vrrp::{ScriptConfig, ScriptId};

use super::instance::Entry;
use super::state::VrrpState;
use super::tracking::{Shown, Trackers, write_trackers};
use super::{Machine, Script, Seconds, When, truth};
use crate::config::{
    Bfd, Check, Config, GarpGroup, ParamMatch, TrackFile, TrackProcess, TrackScriptCommand,
};
use crate::host::UserFacts;

pub(super) fn write(
    out: &mut String,
    config: &Config,
    entries: &[Entry<'_>],
    state: &VrrpState,
    when: When,
    machine: &dyn Machine,
) -> fmt::Result {
    let trackers = Trackers::new(config, entries);
    let scripts = config.router.scripts.iter().zip(&config.scripts);
    heading(out, "Scripts", config.router.scripts.is_empty())?;
    for (id, (core, command)) in (0..).map(ScriptId).zip(scripts) {
        write_script(out, core, command, id, state, machine)?;
        write_trackers(out, &trackers.of_script(id))?;
        let running = state.script(id).is_some_and(|script| script.running);
        writeln!(
            out,
            "   State = {}",
            if running { "running" } else { "idle" }
        )?;
    }
    heading(out, "Track files", config.track_files.is_empty())?;
    for file in &config.track_files {
        write_file(out, file)?;
        write_trackers(out, &trackers.of_file(&file.name))?;
    }
    heading(out, "Track processes", config.track_processes.is_empty())?;
    for process in &config.track_processes {
        write_process(out, process, when)?;
        write_trackers(out, &trackers.of_process(&process.name))?;
    }
    let bfds = || config.bfds.iter().filter(|bfd| bfd.vrrp);
    heading(out, "Track BFDs", bfds().next().is_none())?;
    for bfd in bfds() {
        write_bfd(out, bfd)?;
        write_trackers(out, &trackers.of_bfd(&bfd.name))?;
    }
    Ok(())
}

fn heading(out: &mut String, what: &str, is_empty: bool) -> fmt::Result {
    match is_empty {
        true => Ok(()),
        false => writeln!(out, "------< VRRP {what} >------"),
    }
}

// keepalived: dump_vscript
fn write_script(
    out: &mut String,
    core: &ScriptConfig,
    command: &TrackScriptCommand,
    id: ScriptId,
    state: &VrrpState,
    machine: &dyn Machine,
) -> fmt::Result {
    let view = state.script(id);
    let up = view.is_some_and(|script| script.up);
    writeln!(out, " VRRP Script = {}", core.name)?;
    let UserFacts { uid, gid } = match &command.check {
        Check::Command(check) => {
            let script = Script::new(check, machine);
            writeln!(out, "   Command = {}", script.words())?;
            if let Some(path) = script.path() {
                writeln!(out, "   Path = {}", path.display())?;
            }
            script.user()
        }
        Check::FileOpens(path) => {
            writeln!(out, "   Command = <{}", path.display())?;
            machine.script_user()
        }
    };
    writeln!(out, "   Interval = {} sec", shown(core.interval))?;
    // 0 is how the original says that there is none but the interval.
    let own = match command.timeout == core.interval {
        true => Duration::ZERO,
        false => command.timeout,
    };
    writeln!(out, "   Timeout = {} sec", shown(own))?;
    writeln!(out, "   Weight = {}", Shown(command.weight))?;
    writeln!(out, "   Rise = {}", core.rise)?;
    writeln!(out, "   Fall = {}", core.fall)?;
    let result = match up {
        true => core.rise.saturating_add(core.fall) - 1,
        false => 0,
    };
    writeln!(out, "   Result = {result}")?;
    writeln!(out, "   Insecure = no")?;
    // The original has no word for the time after the first run.
    let initial = match view.is_some_and(|script| script.has_run) {
        true => "unknown",
        false => "INIT",
    };
    writeln!(out, "   Init state = {initial}")?;
    writeln!(out, "   Status = {}", if up { "GOOD" } else { "BAD" })?;
    writeln!(out, "   Script uid:gid = {uid}:{gid}")?;
    writeln!(out, "   VRRP instances :")
}

/// Whole seconds, or with three digits after the point.
fn shown(time: Duration) -> String {
    match time.subsec_millis() {
        0 => time.as_secs().to_string(),
        millis => format!("{}.{millis:03}", time.as_secs()),
    }
}

// keepalived: dump_track_file
pub(super) fn write_file(out: &mut String, file: &TrackFile) -> fmt::Result {
    writeln!(out, " Track file = {}", file.name)?;
    writeln!(out, "   File = {}", file.path.display())?;
    writeln!(out, "   Status = 0")?;
    writeln!(out, "   Weight = {}", Shown(file.weight))
}

// keepalived: dump_vprocess
fn write_process(out: &mut String, process: &TrackProcess, when: When) -> fmt::Result {
    writeln!(out, " VRRP Track process = {}", process.name)?;
    writeln!(out, "   Process = {}", process.process)?;
    if !process.params.is_empty() {
        writeln!(out, "   Parameters = {}", process.params.join(" "))?;
    }
    match process.param_match {
        Some(ParamMatch::Exact) => writeln!(out, "   Param match")?,
        Some(ParamMatch::Initial) => writeln!(out, "   Param match = initial")?,
        Some(ParamMatch::Partial) => writeln!(out, "   Param match = partial")?,
        None => {}
    }
    writeln!(out, "   Min processes = {}", process.quorum)?;
    if let Some(most) = process.quorum_max {
        writeln!(out, "   Max processes = {most}")?;
    }
    writeln!(out, "   Current processes = 0")?;
    writeln!(out, "   Have quorum = false")?;
    writeln!(out, "   Weight = {}", Shown(process.weight))?;
    writeln!(
        out,
        "   Terminate delay = {}s",
        Seconds(process.terminate_delay)
    )?;
    writeln!(out, "   Fork delay = {}s", Seconds(process.fork_delay))?;
    if when == When::Running {
        writeln!(out, "   Fork delay timer not running")?;
        writeln!(out, "   Terminate delay timer not running")?;
    }
    writeln!(out, "   Full command = {}", truth(process.full_command))
}

// keepalived: dump_vrrp_tracked_bfd
fn write_bfd(out: &mut String, bfd: &Bfd) -> fmt::Result {
    writeln!(out, " VRRP Track BFD = {}", bfd.name)?;
    writeln!(out, "   Weight = {}", Shown(bfd.weight))?;
    writeln!(out, "   Bfd is down")?;
    writeln!(out, "   Tracking VRRP instances :")
}

// keepalived: dump_garp_delay_list
pub(super) fn write_pauses(out: &mut String, config: &Config) -> fmt::Result {
    let global = &config.global;
    let some = |interval: Duration| (!interval.is_zero()).then_some(interval);
    let others = GarpGroup {
        garp_interval: some(global.garp_interval),
        gna_interval: some(global.gna_interval),
        interfaces: ungrouped(config),
    };
    let is_used = !others.interfaces.is_empty()
        && (others.garp_interval.is_some() || others.gna_interval.is_some());
    let others = is_used.then_some(&others);
    let mut groups = config.garp_groups.iter().chain(others).peekable();
    if groups.peek().is_some() {
        writeln!(out, "------< Gratuitous ARP delays >------")?;
    }
    groups.try_for_each(|group| write_pause(out, group))
}

/// The interfaces of instances that are in no group.
fn ungrouped(config: &Config) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in config.instances.iter().filter_map(|i| i.interface.as_ref()) {
        let grouped = config
            .garp_groups
            .iter()
            .any(|group| group.interfaces.contains(name));
        if !grouped && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn write_pause(out: &mut String, group: &GarpGroup) -> fmt::Result {
    writeln!(out, "------< GARP delay group >------")?;
    for (what, interval) in [("GARP", group.garp_interval), ("GNA", group.gna_interval)] {
        if let Some(interval) = interval {
            writeln!(out, " {what} interval = {}", Seconds(interval))?;
            writeln!(
                out,
                " {what} next time 0.000000 (Thu Jan  1 00:00:00.000000)"
            )?;
        }
    }
    if group.garp_interval.is_none() && group.gna_interval.is_none() {
        writeln!(out, " No configuration")?;
    }
    writeln!(out, " Interfaces")?;
    group
        .interfaces
        .iter()
        .try_for_each(|name| writeln!(out, "  {name}"))
}
