//! The settings of an instance.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use vrrp::{
    Authentication, Family, InstanceConfig, InstanceView, Preempt, State, Transport, Version,
};

use super::state_name;
use crate::config::global::GarpExtra;
use crate::config::{AntiReplay, Hmac, HmacMode, Instance, Ipvlan, IpvlanMode, OldChecksum, Vmac};
use crate::data::state::VrrpState;
use crate::data::{enabled, truth, yes};

pub(super) const fn version(version: Version) -> u8 {
    match version {
        Version::V2 => 2,
        Version::V3 => 3,
    }
}

pub(super) fn write_state(
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
pub(super) fn write_flags(
    out: &mut String,
    core: &InstanceConfig,
    settings: &Instance,
) -> fmt::Result {
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
pub(super) fn master_down_micros(core: &InstanceConfig, view: Option<&InstanceView>) -> u128 {
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
pub(super) fn own_address(state: &VrrpState, name: &str, family: Family) -> Option<IpAddr> {
    let mut addresses = state.interface(name)?.addresses.iter();
    let fits = |address: &&IpAddr| match address {
        IpAddr::V4(_) => family == Family::V4,
        IpAddr::V6(address) => family == Family::V6 && address.is_unicast_link_local(),
    };
    addresses.find(fits).copied()
}

pub(super) fn write_virtual_interface(
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

pub(in crate::data) fn mac_text(mac: &[u8; 6]) -> String {
    let bytes: Vec<_> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(":")
}

pub(super) fn write_garp(
    out: &mut String,
    core: &InstanceConfig,
    settings: &Instance,
) -> fmt::Result {
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
pub(super) fn write_authentication(
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

pub(super) fn write_peers(
    out: &mut String,
    core: &InstanceConfig,
    settings: &Instance,
) -> fmt::Result {
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
