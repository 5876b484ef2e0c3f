//! What the tests share.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::{
    Authentication, Family, GarpSchedule, InitialState, InstanceConfig, InterfaceId, Preempt,
    Transport, Version,
};

/// The moment that a test begins at; all others are counted from it.
#[allow(
    clippy::disallowed_methods,
    reason = "there is no other way to a first Instant; only differences to it are looked at"
)]
pub(crate) fn epoch() -> Instant {
    Instant::now()
}

/// The group that adverts of a family go to.
pub(crate) fn multicast(family: Family) -> IpAddr {
    match family {
        Family::V4 => "224.0.0.18".parse().unwrap(),
        Family::V6 => "ff02::12".parse().unwrap(),
    }
}

/// An instance with the defaults of `keepalived.conf`.
pub(crate) fn instance(name: &str, vrid: u8, addresses: &[&str]) -> InstanceConfig {
    let addresses: Vec<IpAddr> = addresses.iter().map(|a| a.parse().unwrap()).collect();
    let family = addresses
        .first()
        .map_or(Family::V4, |address| Family::of(*address));
    InstanceConfig {
        name: name.to_owned(),
        interface: InterfaceId(0),
        vrid,
        family,
        version: match family {
            Family::V4 => Version::V2,
            Family::V6 => Version::V3,
        },
        priority: 100,
        initial_state: InitialState::Backup,
        advert_interval: Duration::from_secs(1),
        addresses,
        authentication: Authentication::None,
        transport: Transport::Multicast {
            group: multicast(family),
        },
        source: None,
        preempt: Preempt::After(Duration::ZERO),
        down_timer_adverts: 3,
        lower_prio_no_advert: false,
        higher_prio_send_advert: false,
        skip_check_adv_addr: false,
        track_primary: true,
        track_interfaces: Vec::new(),
        address_interfaces: Vec::new(),
        track_scripts: Vec::new(),
        garp: GarpSchedule::default(),
    }
}
