//! `VRRP Sync groups`.

use std::fmt::{self, Write as _};

use vrrp::{GroupConfig, InitialState, InstanceConfig, State};

use super::instance::state_name;
use super::state::VrrpState;
use super::tracking::Lists;
use super::{Machine, Script, yes};
use crate::config::{Config, Group};

pub(super) fn write(
    out: &mut String,
    config: &Config,
    state: &VrrpState,
    machine: &dyn Machine,
) -> fmt::Result {
    if !config.router.groups.is_empty() {
        writeln!(out, "------< VRRP Sync groups >------")?;
    }
    let groups = config.router.groups.iter().zip(&config.groups);
    for (index, (core, settings)) in groups.enumerate() {
        let view = state
            .router
            .as_ref()
            .and_then(|router| router.groups.get(index));
        let now = view.map_or_else(|| initial_state(config, core), |view| view.state);
        write_group(out, config, (core, settings), now, state, machine)?;
    }
    Ok(())
}

fn members<'a>(
    config: &'a Config,
    core: &'a GroupConfig,
) -> impl Iterator<Item = &'a InstanceConfig> {
    let instances = &config.router.instances;
    let members = core.members.iter();
    members.filter_map(|member| instances.get(usize::from(member.0)))
}

/// MASTER only where all members own their addresses and begin as masters.
// keepalived: vrrp_sync_set_group
pub(super) fn initial_state(config: &Config, core: &GroupConfig) -> State {
    let mut members = members(config, core);
    match members.all(|member| member.initial_state == InitialState::Master && member.is_owner()) {
        true => State::Master,
        false => State::Backup,
    }
}

pub(super) fn lists<'a>(core: &'a GroupConfig, settings: &'a Group) -> Lists<'a> {
    Lists {
        interfaces: &core.track_interfaces,
        scripts: &core.track_scripts,
        files: &settings.track_files,
        processes: &settings.track_processes,
        bfds: &settings.track_bfds,
    }
}

// keepalived: dump_sync_group
fn write_group(
    out: &mut String,
    config: &Config,
    (core, settings): (&GroupConfig, &Group),
    now: State,
    state: &VrrpState,
    machine: &dyn Machine,
) -> fmt::Result {
    let views = core
        .members
        .iter()
        .filter_map(|member| state.instance(*member));
    let (mut faults, mut inits) = (0, 0);
    for view in views {
        match view.state {
            State::Fault => faults += 1,
            State::Init => inits += 1,
            State::Master | State::Backup => {}
        }
    }
    writeln!(out, " VRRP Sync Group = {}, {}", core.name, state_name(now))?;
    writeln!(out, "   Num member fault {faults}, num member init {inits}")?;
    if !core.members.is_empty() {
        writeln!(out, "   VRRP member instances :")?;
    }
    for member in members(config, core) {
        writeln!(out, "     {}", member.name)?;
    }
    if core.tracking_weight {
        writeln!(out, "   sync group tracking weight set")?;
    }
    writeln!(
        out,
        "   Using smtp notification = {}",
        yes(settings.smtp_alert)
    )?;
    if let Some(told) = settings.notify_priority_changes {
        writeln!(out, "   Notify priority changes = {}", yes(told))?;
    }
    lists(core, settings).write(out, &config.router, "process")?;
    let notify = &settings.notify;
    let scripts = [
        ("Backup", &notify.backup),
        ("Master", &notify.master),
        ("Fault", &notify.fault),
        ("Stop", &notify.stop),
        ("Generic", &notify.any),
    ];
    for (what, script) in scripts {
        if let Some(command) = script {
            let what = format_args!("{what} state transition script");
            Script::new(command, machine).write(out, what)?;
        }
    }
    Ok(())
}
