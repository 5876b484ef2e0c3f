//! SNMP and D-Bus.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The SNMP sub-agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snmp {
    /// `snmp_socket`: of the master agent; `None`: the library's own.
    pub socket: Option<String>,
    /// `enable_traps`.
    pub traps: bool,
    /// `enable_snmp_vrrp`: the tables of VRRP.
    pub vrrp: bool,
    /// `enable_snmp_rfcv2`, `enable_snmp_rfc`: the MIB of RFC 2787.
    pub rfc_v2: bool,
    /// `enable_snmp_rfcv3`, `enable_snmp_rfc`: the MIB of RFC 6527.
    pub rfc_v3: bool,
    /// `enable_snmp_checker`: the tables of virtual servers.
    pub checker: bool,
    /// `snmp_vs_stats_update_interval`: statistics of virtual servers are not read more often; 1 ms..=30 s, default 5 s.
    pub virtual_server_interval: Duration,
    /// `snmp_rs_stats_update_interval`: those of real servers; default the interval of virtual servers.
    pub real_server_interval: Duration,
}

impl Default for Snmp {
    fn default() -> Self {
        const INTERVAL: Duration = Duration::from_secs(5);
        Self {
            socket: None,
            traps: false,
            vrrp: false,
            rfc_v2: false,
            rfc_v3: false,
            checker: false,
            virtual_server_interval: INTERVAL,
            real_server_interval: INTERVAL,
        }
    }
}

/// The D-Bus interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dbus {
    /// `enable_dbus`.
    pub enabled: bool,
    /// `dbus_service_name`: default `org.keepalived.Vrrp1`.
    pub service_name: String,
    /// `dbus_no_interface_name`: stands for the interface in the path of an instance that has none; default `none`.
    pub no_interface_name: String,
}

impl Default for Dbus {
    fn default() -> Self {
        Self {
            enabled: false,
            service_name: "org.keepalived.Vrrp1".to_owned(),
            no_interface_name: "none".to_owned(),
        }
    }
}
