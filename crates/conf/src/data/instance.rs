//! `VRRP Topology`: the instances.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use vrrp::{
    Authentication, Family, Fault, GroupConfig, InitialState, InstanceConfig, InstanceId,
    InstanceView, Preempt, State, Transport, Version,
};

use super::group;
use super::net::{write_address, write_route, write_rule};
use super::state::VrrpState;
use super::tracking::{Lists, interface_name};
use super::{Machine, Script, Time, When, enabled, general, truth, yes};
use crate::config::global::GarpExtra;
use crate::config::{
    AntiReplay, Config, Group, Hmac, HmacMode, Instance, Ipvlan, IpvlanMode, Notify, OldChecksum,
    Vmac,
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

const fn version(version: Version) -> u8 {
    match version {
        Version::V2 => 2,
        Version::V3 => 3,
    }
}

fn write_state(
    out: &mut String,
    core: &InstanceConfig,
    view: Option<&InstanceView>,
) -> fmt::Result {
    let Some(view) = view else {
        return writeln!(out, "   State = FAULT");
    };
    writeln!(out, "   State = {}", state_name(view.state))?;
    match view.state {
        State::Backup => {
            let (router, priority) = match view.master {
                Some((router, priority)) => (router.to_string(), priority),
                None => ("(none)".to_owned(), 0),
            };
            writeln!(out, "   Master router = {router}")?;
            writeln!(out, "   Master priority = {priority}")?;
            if core.version == Version::V3 {
                let interval = view.master_interval.as_millis();
                writeln!(out, "   Master advert interval = {interval} milli-sec")?;
            }
            Ok(())
        }
        State::Master if core.is_owner() => {
            writeln!(out, "   Rogue master counter = 0")?;
            writeln!(out, "   Roger timer thread = (nil)")
        }
        State::Master | State::Fault | State::Init => Ok(()),
    }
}

/// The original's list has a heading whenever one of its flags is set, and lines for few of them.
fn write_flags(out: &mut String, core: &InstanceConfig, settings: &Instance) -> fmt::Result {
    let unicast = matches!(core.transport, Transport::Unicast { .. });
    let checks_source = matches!(
        core.transport,
        Transport::Unicast {
            check_source: true,
            ..
        }
    );
    let flags = [
        unicast,
        checks_source,
        settings.unicast_fault_no_peer,
        !core.track_primary,
        core.skip_check_adv_addr,
        core.source.is_some(),
        core.preempt == Preempt::Never,
        settings.no_addresses,
        settings.promote_secondaries,
        settings.v3_checksum_as_v2,
        settings.vmac.is_some(),
        settings.ipvlan.is_some(),
        settings.vmac_addresses,
        settings.linkbeat_polling,
    ];
    if !flags.contains(&true) {
        return writeln!(out, "   Flags: none");
    }
    writeln!(out, "   Flags:")?;
    if unicast {
        writeln!(out, "     Using unicast")?;
    }
    if settings.unicast_fault_no_peer {
        writeln!(out, "     If unicast go to fault state if no peers")?;
    }
    Ok(())
}

/// RFC 9568 §6.1, RFC 3768 §6.1: the skew of version 2 is a part of a second.
fn master_down_micros(core: &InstanceConfig, view: Option<&InstanceView>) -> u128 {
    let priority = view.map_or(core.priority, |view| view.effective_priority);
    let (interval, unit) = match core.version {
        Version::V2 => (core.advert_interval.as_micros(), 1_000_000),
        Version::V3 => {
            let heard = view.filter(|view| view.state == State::Backup && view.master.is_some());
            let interval = heard.map_or(core.advert_interval, |view| view.master_interval);
            (interval.as_micros(), interval.as_micros())
        }
    };
    let skew = unit * (256 - u128::from(priority)) / 256;
    u128::from(core.down_timer_adverts) * interval + skew
}

/// What an interface would send from.
fn own_address(state: &VrrpState, name: &str, family: Family) -> Option<IpAddr> {
    let mut addresses = state.interface(name)?.addresses.iter();
    let fits = |address: &&IpAddr| match address {
        IpAddr::V4(_) => family == Family::V4,
        IpAddr::V6(address) => family == Family::V6 && address.is_unicast_link_local(),
    };
    addresses.find(fits).copied()
}

fn write_virtual_interface(
    out: &mut String,
    core: &InstanceConfig,
    settings: &Instance,
) -> fmt::Result {
    let own_name = |name: &Option<String>| {
        name.clone()
            .unwrap_or_else(|| format!("vrrp.{}", core.vrid))
    };
    let mut group = None;
    if let Some(Vmac {
        name,
        mac,
        group: of,
        netlink_notify,
    }) = &settings.vmac
    {
        let (name, base) = (own_name(name), truth(settings.vmac_xmit_base));
        writeln!(
            out,
            "   Use VMAC, i/f name {name}, is_up = false, xmit_base = {base}"
        )?;
        if let Some(mac) = mac {
            writeln!(out, "     MAC = {}", mac_text(mac))?;
        }
        if *netlink_notify {
            writeln!(out, "     Force netlink update for base interface")?;
        }
        group = *of;
    } else if let Some(Ipvlan {
        name,
        address,
        mode,
        group: of,
    }) = &settings.ipvlan
    {
        let mode = match mode {
            IpvlanMode::Bridge => "bridge",
            IpvlanMode::Private => "private",
            IpvlanMode::Vepa => "vepa",
        };
        let address = match address {
            Some((address, Some(prefix))) => format!(", i/f address = {address}/{prefix}"),
            Some((address, None)) => format!(", i/f address = {address}"),
            None => String::new(),
        };
        let name = own_name(name);
        writeln!(
            out,
            "   Use IPVLAN, i/f {name}, is_up = false{address}, type {mode}"
        )?;
        group = *of;
    }
    if settings.vmac_addresses {
        writeln!(out, "     Use VMAC for VIPs on other interfaces")?;
    }
    match group {
        Some(group) => writeln!(out, "     Interface group {group}"),
        None => Ok(()),
    }
}

pub(super) fn mac_text(mac: &[u8; 6]) -> String {
    let bytes: Vec<_> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(":")
}

fn write_garp(out: &mut String, core: &InstanceConfig, settings: &Instance) -> fmt::Result {
    let garp = &core.garp;
    writeln!(
        out,
        "   Gratuitous ARP delay = {}",
        garp.master_delay.as_secs()
    )?;
    writeln!(out, "   Gratuitous ARP repeat = {}", garp.master_repeat)?;
    writeln!(
        out,
        "   Gratuitous ARP refresh = {}",
        garp.master_refresh.as_secs()
    )?;
    let repeat = garp.master_refresh_repeat;
    writeln!(out, "   Gratuitous ARP refresh repeat = {repeat}")?;
    let delay = garp.lower_prio_delay.as_secs();
    writeln!(out, "   Gratuitous ARP lower priority delay = {delay}")?;
    let repeat = garp.lower_prio_repeat;
    writeln!(out, "   Gratuitous ARP lower priority repeat = {repeat}")?;
    writeln!(out, "   Down timer adverts = {}", core.down_timer_adverts)?;
    if let Some(GarpExtra { interval, all }) = settings.garp_extra
        && !interval.is_zero()
    {
        let (what, interval) = (if all { "i/f" } else { "VMAC" }, interval.as_secs());
        writeln!(
            out,
            "   Gratuitous ARP for each secondary {what} = {interval}"
        )?;
    }
    let answers = truth(!core.lower_prio_no_advert);
    writeln!(
        out,
        "   Send advert after receive lower priority advert = {answers}"
    )?;
    let answers = truth(core.higher_prio_send_advert);
    writeln!(
        out,
        "   Send advert after receive higher priority advert = {answers}"
    )
}

/// Never the password.
fn write_authentication(
    out: &mut String,
    core: &InstanceConfig,
    settings: &Instance,
) -> fmt::Result {
    match (&core.authentication, &settings.ah_password) {
        (_, Some(_)) => writeln!(out, "   Authentication type = IPSEC_AH")?,
        (Authentication::Pass(_), None) => {
            writeln!(out, "   Authentication type = SIMPLE_PASSWORD")?;
            writeln!(out, "   Password = ********")?;
        }
        (Authentication::None, None) if core.version == Version::V2 => {
            writeln!(out, "   Authentication type = none")?;
        }
        (Authentication::None, None) => {}
    }
    if let Some(hmac) = &settings.hmac {
        write_hmac(out, hmac)?;
    }
    if core.version == Version::V3 && core.family == Family::V4 {
        let old = enabled(settings.v3_checksum_as_v2);
        writeln!(out, "   VRRPv3 uses VRRPv2 checksum = {old}")?;
    }
    if let Some(bytes) = settings.receive_buffer.filter(|bytes| *bytes > 0) {
        writeln!(out, "   Kernel rx buffer size = {bytes}")?;
    }
    if settings.debug > 0 {
        writeln!(out, "   Debug level = {}", settings.debug)?;
    }
    Ok(())
}

fn write_hmac(out: &mut String, hmac: &Hmac) -> fmt::Result {
    let (keys, active) = (hmac.keys.len(), hmac.active_key);
    let mode = match hmac.mode {
        HmacMode::Enforce => "enforce",
        HmacMode::Permissive => "permissive",
        HmacMode::ReceiveOnly => "receive-only",
    };
    writeln!(out, "   Authentication extension = HMAC-SHA256-128")?;
    writeln!(out, "     Keys = {keys}, active key id = {active}")?;
    writeln!(out, "     Mode = {mode}")?;
    match hmac.anti_replay {
        AntiReplay::Time => {
            let window = hmac.time_window.as_secs();
            writeln!(out, "     Anti replay = time, window = {window} sec")
        }
        AntiReplay::Monotonic => writeln!(out, "     Anti replay = monotonic"),
    }
}

fn write_peers(out: &mut String, core: &InstanceConfig, settings: &Instance) -> fmt::Result {
    let Transport::Unicast {
        ttl, check_source, ..
    } = &core.transport
    else {
        return Ok(());
    };
    writeln!(out, "   Unicast TTL = {ttl}")?;
    writeln!(out, "   Check unicast src : {}", yes(*check_source))?;
    writeln!(out, "   Unicast Peer :")?;
    for peer in &settings.peers {
        let (address, least, most) = (peer.address, peer.min_ttl, peer.max_ttl);
        writeln!(out, "     {address} min_ttl {least} max_ttl {most}")?;
    }
    let old = match settings.old_unicast_checksum {
        OldChecksum::Detected => "no",
        OldChecksum::Never => "never",
        OldChecksum::Always => "config",
    };
    writeln!(out, "   Unicast checksum compatibility = {old}")
}
