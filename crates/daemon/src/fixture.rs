//! What several tests begin with.

use std::time::Duration;

use vrrp::{
    Authentication, Family, GarpSchedule, InitialState, InstanceConfig, InterfaceId, Preempt,
    Transport, Version,
};

/// VI_1, version 2, priority 100, one second, on the first interface.
pub(crate) fn instance() -> InstanceConfig {
    InstanceConfig {
        name: "VI_1".into(),
        interface: InterfaceId(0),
        vrid: 51,
        family: Family::V4,
        version: Version::V2,
        priority: 100,
        initial_state: InitialState::Backup,
        advert_interval: Duration::from_secs(1),
        addresses: vec![],
        authentication: Authentication::None,
        transport: Transport::Multicast {
            group: "224.0.0.18".parse().unwrap(),
        },
        source: None,
        preempt: Preempt::After(Duration::ZERO),
        down_timer_adverts: 3,
        lower_prio_no_advert: false,
        higher_prio_send_advert: false,
        skip_check_adv_addr: false,
        track_primary: true,
        track_interfaces: vec![],
        address_interfaces: vec![],
        track_scripts: vec![],
        garp: GarpSchedule::default(),
    }
}
