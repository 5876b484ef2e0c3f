//! `VRRP Topology`: the instances.

mod settings;

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use vrrp::{
    Family, Fault, GroupConfig, InitialState, InstanceConfig, InstanceId, InstanceView, Preempt,
    State, Transport, Version,
};

use super::group;
use super::net::{write_address, write_route, write_rule};
use super::state::VrrpState;
use super::tracking::{Lists, interface_name};
use super::{Machine, Script, Time, When, enabled, general, truth, yes};
use crate::config::{Config, Group, Instance, Notify};

pub(super) use settings::mac_text;
use settings::{
    master_down_micros, own_address, version, write_authentication, write_flags, write_garp,
    write_peers, write_state, write_virtual_interface,
};

/// An instance of the configuration.
pub(super) struct Entry<'a> {
    /// `None`: it must not run.
    pub(super) id: Option<InstanceId>,
    pub(super) core: &'a InstanceConfig,
    pub(super) settings: &'a Instance,
}

/// All instances; those that do not run come last.
pub(super) fn entries(config: &Config) -> Vec<Entry<'_>> {
    let running = config.router.instances.iter().zip(&config.instances);
    let running = (0..).map(InstanceId).zip(running);
    let running = running.map(|(id, (core, settings))| Entry {
        id: Some(id),
        core,
        settings,
    });
    let withheld = config.withheld.iter().map(|withheld| Entry {
        id: None,
        core: &withheld.core,
        settings: &withheld.settings,
    });
    running.chain(withheld).collect()
}

impl<'a> Entry<'a> {
    pub(super) fn lists(&self) -> Lists<'a> {
        Lists {
            interfaces: &self.core.track_interfaces,
            scripts: &self.core.track_scripts,
            files: &self.settings.track_files,
            processes: &self.settings.track_processes,
            bfds: &self.settings.track_bfds,
        }
    }

    pub(super) fn group(&self, config: &'a Config) -> Option<(&'a GroupConfig, &'a Group)> {
        let id = self.id?;
        let mut groups = config.router.groups.iter().zip(&config.groups);
        groups.find(|(core, _)| core.members.contains(&id))
    }

    /// Whether it is in fault without that interface.
    pub(super) fn stands_on(&self, config: &Config, name: &str) -> bool {
        let own = self.settings.interface.as_deref() == Some(name);
        let lists = [&self.settings.addresses, &self.settings.excluded];
        let mut addresses = lists.into_iter().flatten();
        own && (self.core.track_primary || addresses.any(|a| a.track && a.interface == name))
            || self
                .core
                .address_interfaces
                .iter()
                .any(|id| interface_name(&config.router, *id) == name)
    }
}

/// The state as the original's dumps have it.
// keepalived: get_state_str
pub(super) const fn state_name(state: State) -> &'static str {
    match state {
        State::Init => "INIT",
        State::Backup => "BACKUP",
        State::Master => "MASTER",
        State::Fault => "FAULT",
    }
}

/// Writes instances.
pub(super) struct Writer<'a> {
    pub(super) config: &'a Config,
    pub(super) state: &'a VrrpState,
    pub(super) when: When,
    pub(super) machine: &'a dyn Machine,
}

impl Writer<'_> {
    // keepalived: dump_vrrp
    pub(super) fn write(&self, out: &mut String, entry: &Entry<'_>) -> fmt::Result {
        let (core, settings) = (entry.core, entry.settings);
        let view = entry.id.and_then(|id| self.state.instance(id));
        writeln!(out, " VRRP Instance = {}", core.name)?;
        writeln!(out, "   VRRP Version = {}", version(core.version))?;
        if let Some((group, _)) = entry.group(self.config) {
            writeln!(out, "   Sync group = {}", group.name)?;
        }
        if core.family == Family::V6 {
            writeln!(out, "   Using Native IPv6")?;
        }
        if self.when == When::Running {
            write_state(out, core, view)?;
        }
        write_flags(out, core, settings)?;
        let wanted = match view.map(|view| view.state) {
            Some(state @ (State::Master | State::Backup)) if self.when == When::Running => state,
            Some(_) | None => self.starts_as(entry),
        };
        writeln!(out, "   Wantstate = {}", state_name(wanted))?;
        writeln!(
            out,
            "   Number of config faults = {}",
            u8::from(entry.id.is_none())
        )?;
        if self.when == When::Running {
            self.write_faults(out, entry, view)?;
            self.write_times(out, entry, view)?;
        }
        self.write_interface(out, entry, view)?;
        write_garp(out, core, settings)?;
        self.write_election(out, entry, view)?;
        write_authentication(out, core, settings)?;
        self.write_addresses(out, entry, view)?;
        write_peers(out, core, settings)?;
        let sockets = entry.id.and_then(|id| self.state.moments(id).sockets);
        match sockets.filter(|_| self.when == When::Running) {
            Some((input, output)) => writeln!(out, "   fd_in {input}, fd_out {output}")?,
            None => writeln!(out, "   No sockets allocated")?,
        }
        self.write_routes(out, settings)?;
        entry.lists().write(out, &self.config.router, "processes")?;
        writeln!(
            out,
            "   Using smtp notification = {}",
            yes(settings.smtp_alert)
        )?;
        self.write_notify(out, &settings.notify)?;
        let told = truth(settings.notify_priority_changes);
        writeln!(out, "   Notify priority changes = {told}")
    }

    /// What an instance wants to be at first; in a group, what the group is.
    fn starts_as(&self, entry: &Entry<'_>) -> State {
        if let Some((core, _)) = entry.group(self.config) {
            return group::initial_state(self.config, core);
        }
        match entry.core.initial_state {
            InitialState::Master => State::Master,
            InitialState::Backup => State::Backup,
        }
    }

    fn write_faults(
        &self,
        out: &mut String,
        entry: &Entry<'_>,
        view: Option<&InstanceView>,
    ) -> fmt::Result {
        let faults = view.map_or(&[][..], |view| &view.faults);
        let mut trackers = 0;
        let (mut own_down, mut no_source, mut pending) = (false, false, 0);
        for fault in faults {
            match fault {
                Fault::Link(interface) if *interface == entry.core.interface => own_down = true,
                Fault::NoAddress => no_source = true,
                Fault::ScriptPending(_) => pending += 1,
                Fault::Link(_) | Fault::Script(_) => trackers += 1,
                Fault::Group => {}
            }
        }
        writeln!(out, "   Number of tracker faults = {trackers}")?;
        match own_down || no_source {
            true => writeln!(out, "   Flags of interface faults:")?,
            false => writeln!(out, "   Flags of interface faults - (none)")?,
        }
        if own_down {
            writeln!(out, "     i/f down")?;
        }
        if no_source {
            writeln!(out, "     no source IP address")?;
        }
        writeln!(out, "   Number of track scripts init = {pending}")
    }

    fn write_times(
        &self,
        out: &mut String,
        entry: &Entry<'_>,
        view: Option<&InstanceView>,
    ) -> fmt::Result {
        let moments = entry
            .id
            .map(|id| self.state.moments(id))
            .unwrap_or_default();
        let transition = moments.transition.unwrap_or_default();
        writeln!(
            out,
            "   Last transition = {}",
            Time(transition, self.machine)
        )?;
        match moments.timeout {
            Some(timeout) => writeln!(out, "   Read timeout = {}", Time(timeout, self.machine))?,
            None => writeln!(out, "   Read timeout = DISABLED")?,
        }
        let timer = master_down_micros(entry.core, view);
        writeln!(out, "   Master down timer = {timer} usecs")
    }

    fn write_interface(
        &self,
        out: &mut String,
        entry: &Entry<'_>,
        view: Option<&InstanceView>,
    ) -> fmt::Result {
        let (core, settings) = (entry.core, entry.settings);
        write_virtual_interface(out, core, settings)?;
        let name = settings.interface.as_deref();
        writeln!(out, "   Interface = {}", name.unwrap_or("not configured"))?;
        if let Some(vrf) = &settings.vrf {
            writeln!(out, "   VRF = {vrf}")?;
        }
        let lines = [
            (!core.track_primary, "VRRP interface tracking disabled"),
            (
                core.skip_check_adv_addr,
                "Skip checking advert IP addresses",
            ),
            (settings.no_addresses, "Suppress no VIPs warning"),
            (settings.strict, "Enforcing strict VRRP compliance"),
        ];
        for (_, line) in lines.into_iter().filter(|(is_so, _)| *is_so) {
            writeln!(out, "   {line}")?;
        }
        let own = || own_address(self.state, name?, core.family);
        let known = core.source.or_else(|| view.and_then(|view| view.source));
        let source = known.or_else(own).map(|source| source.to_string());
        let from = match core.source.is_some() {
            true => " (from configuration)",
            false => "",
        };
        let source = source.as_deref().unwrap_or("(none)");
        writeln!(out, "   Using src_ip = {source}{from}")?;
        match &core.transport {
            Transport::Multicast {
                group: group @ IpAddr::V4(_),
            } => {
                writeln!(out, "   Multicast address {group}")
            }
            Transport::Multicast {
                group: group @ IpAddr::V6(_),
            } => {
                let interface = name.and_then(|name| self.state.interface(name));
                let index = interface.map_or(0, |interface| interface.index);
                writeln!(out, "   Multicast address {group}, ifindex {index}")
            }
            Transport::Unicast { .. } => Ok(()),
        }
    }

    fn write_election(
        &self,
        out: &mut String,
        entry: &Entry<'_>,
        view: Option<&InstanceView>,
    ) -> fmt::Result {
        let (core, settings) = (entry.core, entry.settings);
        if core.is_owner() {
            let ignores = truth(settings.owner_ignore_adverts);
            writeln!(out, "   Address owner ignores received adverts = {ignores}")?;
        }
        writeln!(out, "   Virtual Router ID = {}", core.vrid)?;
        writeln!(out, "   Priority = {}", core.priority)?;
        if self.when == When::Running {
            let effective = view.map_or(core.priority, |view| view.effective_priority);
            writeln!(out, "   Effective priority = {effective}")?;
            writeln!(out, "   Total priority = {effective}")?;
        }
        let preempts = core.preempt != Preempt::Never;
        if !preempts {
            writeln!(out, "   Highest other priority = 0")?;
        }
        let interval = core.advert_interval;
        match core.version {
            Version::V2 => writeln!(out, "   Advert interval = {} sec", interval.as_secs())?,
            Version::V3 => {
                writeln!(
                    out,
                    "   Advert interval = {} milli-sec",
                    interval.as_millis()
                )?;
            }
        }
        let sent = entry.id.and_then(|id| self.state.moments(id).advert);
        writeln!(
            out,
            "   Last advert sent = {}",
            super::Seconds(sent.unwrap_or_default())
        )?;
        writeln!(out, "   Accept = {}", enabled(settings.accept))?;
        writeln!(out, "   Preempt = {}", enabled(preempts))?;
        if let Preempt::After(delay) = core.preempt
            && !delay.is_zero()
        {
            writeln!(
                out,
                "   Preempt delay = {} secs",
                general(delay.as_secs_f64())
            )?;
        }
        let promotes = enabled(settings.promote_secondaries);
        writeln!(out, "   Promote_secondaries = {promotes}")
    }

    fn write_addresses(
        &self,
        out: &mut String,
        entry: &Entry<'_>,
        view: Option<&InstanceView>,
    ) -> fmt::Result {
        let Instance {
            addresses,
            excluded,
            ..
        } = entry.settings;
        let is_master = view.is_some_and(|view| view.state == State::Master);
        let end = match is_master && self.when == When::Running {
            true => " set",
            false => "",
        };
        if !addresses.is_empty() {
            writeln!(out, "   Virtual IP ({}):", addresses.len())?;
        }
        addresses
            .iter()
            .try_for_each(|address| write_address(out, address, None, end))?;
        if !excluded.is_empty() {
            writeln!(out, "   Virtual IP Excluded :")?;
        }
        excluded
            .iter()
            .try_for_each(|address| write_address(out, address, None, end))
    }

    fn write_routes(&self, out: &mut String, settings: &Instance) -> fmt::Result {
        if !settings.routes.is_empty() {
            writeln!(out, "   Virtual Routes :")?;
        }
        settings
            .routes
            .iter()
            .try_for_each(|route| write_route(out, route))?;
        if !settings.rules.is_empty() {
            writeln!(out, "   Virtual Rules :")?;
        }
        settings
            .rules
            .iter()
            .try_for_each(|rule| write_rule(out, rule))
    }

    fn write_notify(&self, out: &mut String, notify: &Notify) -> fmt::Result {
        let deleted = match notify.notify_deleted {
            true => "Deleted",
            false => "Fault",
        };
        writeln!(out, "   Notify deleted = {deleted}")?;
        let scripts = [
            ("Backup", &notify.backup),
            ("Master", &notify.master),
            ("Fault", &notify.fault),
            ("Stop", &notify.stop),
            ("Deleted", &notify.deleted),
            ("Generic", &notify.any),
            ("Master rx lower pri", &notify.master_rx_lower_pri),
        ];
        for (what, script) in scripts {
            if let Some(command) = script {
                let what = format_args!("{what} state transition script");
                Script::new(command, self.machine).write(out, what)?;
            }
        }
        Ok(())
    }
}
