//! The typed configuration: what every role gets, parsed once.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vip::Address;
use vrrp::RouterConfig;

/// A whole `keepalived.conf`, checked and with every default filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// `global_defs` and the root keywords.
    pub global: Global,
    /// What the core works from.
    pub router: RouterConfig,
    /// What the shell keeps beside each instance; as long as `router.instances`.
    pub instances: Vec<Instance>,
    /// What the shell keeps beside each sync group; as long as `router.groups`.
    pub groups: Vec<Group>,
    /// What the script runner keeps beside each track script; as long as `router.scripts`.
    pub scripts: Vec<TrackScriptCommand>,
    /// Blocks that are there but whose feature is not built yet (`virtual_server`, …), for one warning each.
    pub not_built: Vec<String>,
}

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

/// What the shell keeps beside an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// `virtual_ipaddress`.
    pub addresses: Vec<Address>,
    /// `virtual_ipaddress_excluded`.
    pub excluded: Vec<Address>,
    /// Scripts.
    pub notify: Notify,
}

/// What the shell keeps beside a sync group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Scripts.
    pub notify: Notify,
}

/// `notify*` of an instance or a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// `notify`: gets `INSTANCE|GROUP NAME STATE PRIORITY` appended.
    pub any: Option<Command>,
    /// `notify_master`.
    pub master: Option<Command>,
    /// `notify_backup`.
    pub backup: Option<Command>,
    /// `notify_fault`.
    pub fault: Option<Command>,
    /// `notify_stop`.
    pub stop: Option<Command>,
    /// `notify_deleted`.
    pub deleted: Option<Command>,
    /// `notify_deleted` is present, with or without a script: the state word is DELETED, else FAULT.
    pub notify_deleted: bool,
    /// `notify_master_rx_lower_pri`.
    pub master_rx_lower_pri: Option<Command>,
}

/// A script with its arguments and the user it runs as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The program: a path, or a bare name that is searched in PATH.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Named user; else `script_user`, else `keepalived_script`, else the daemon's own.
    pub user: Option<User>,
}

/// A user and group for scripts, by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Name as configured.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Group id: the named group's, else the user's own.
    pub gid: u32,
}

/// How a track script is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackScriptCommand {
    /// What is run.
    pub check: Check,
    /// A run longer than this fails (default the interval).
    pub timeout: Duration,
}

/// What a `vrrp_script` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// Runs a command; exit status 0 is good.
    Command(Command),
    /// `script </path`: good if the file can be opened for reading.
    FileOpens(PathBuf),
}
