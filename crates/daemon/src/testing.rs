//! What several tests need.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use vrrp::{
    Authentication, Family, GarpSchedule, GroupConfig, InitialState, InstanceConfig, InterfaceId,
    Preempt, Transport, Version,
};

use crate::loader::Report;

/// A directory of its own, removed at the end.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("keepalived-rs-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A group without members.
pub(crate) fn group(name: &str) -> GroupConfig {
    GroupConfig {
        name: name.into(),
        members: vec![],
        track_interfaces: vec![],
        track_scripts: vec![],
        tracking_weight: false,
    }
}

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

/// What the loader says of a configuration that is fine.
pub(crate) fn report(config: conf::Config) -> Report {
    Report {
        config,
        lines: vec![],
        can_run: true,
        start_exit_code: 0,
        test_exit_code: 0,
        doubt: None,
        unread: vec![],
        groups: [].into(),
    }
}
