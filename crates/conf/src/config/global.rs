//! `global_defs` and the root keywords.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::User;

/// `global_defs` and the root keywords, as far as their features are built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global {
    /// `router_id`, default the local host name.
    pub router_id: String,
    /// `script_user`: who runs scripts that name nobody.
    pub script_user: Option<User>,
    /// `enable_script_security`.
    pub script_security: bool,
    /// `use_symlink_paths`: scripts are executed by their configured path.
    pub use_symlink_paths: bool,
    /// `set_supplementary_groups`.
    pub supplementary_groups: bool,
    /// `vrrp_garp_interval`: gap between gratuitous ARP packets on an interface.
    pub garp_interval: Duration,
    /// `vrrp_gna_interval`: gap between unsolicited NAs on an interface.
    pub gna_interval: Duration,
    /// `dynamic_interfaces`.
    pub dynamic_interfaces: bool,
    /// `process_name`, `vrrp_process_name`: comm names (15 bytes at the most).
    pub process_name: Option<String>,
    /// See `process_name`.
    pub vrrp_process_name: Option<String>,
    /// `vrrp_priority`: nice value, -20..=19.
    pub vrrp_nice: i8,
    /// `vrrp_no_swap`.
    pub vrrp_no_swap: bool,
    /// `vrrp_rt_priority`: SCHED_RR priority 1..=99.
    pub vrrp_rt_priority: Option<u8>,
    /// `vrrp_cpu_affinity`.
    pub vrrp_cpu_affinity: Vec<u16>,
    /// `umask`; the command line's wins. Default 0177.
    pub umask: Option<u32>,
    /// `log_unknown_vrids`.
    pub log_unknown_vrids: bool,
    /// `use_pid_dir`: pid files in a directory of their own.
    pub use_pid_dir: bool,
    /// `child_wait_time`: how long children may take to stop (default 5 s).
    pub child_wait_time: Duration,
    /// `reload_check_config`: a no-op here, every reload is checked; kept for the dump.
    pub reload_check_config: bool,
}

impl Default for Global {
    fn default() -> Self {
        Self {
            router_id: String::new(),
            script_user: None,
            script_security: false,
            use_symlink_paths: false,
            supplementary_groups: false,
            garp_interval: Duration::ZERO,
            gna_interval: Duration::ZERO,
            dynamic_interfaces: false,
            process_name: None,
            vrrp_process_name: None,
            vrrp_nice: 0,
            vrrp_no_swap: false,
            vrrp_rt_priority: None,
            vrrp_cpu_affinity: Vec::new(),
            umask: None,
            log_unknown_vrids: false,
            use_pid_dir: false,
            child_wait_time: Duration::from_secs(5),
            reload_check_config: false,
        }
    }
}
