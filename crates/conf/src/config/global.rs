//! `global_defs` and the root keywords.

mod fifo;
mod files;
mod firewall;
mod lvs;
mod mail;
mod monitor;
mod process;
mod vrrp;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Command, User};
pub use fifo::{NotifyFifo, NotifyFifos};
pub(crate) use files::default_marker;
pub use files::{Files, Reload};
pub use firewall::Firewall;
pub use lvs::{FlushOnStop, Lvs, LvsTimeouts, SyncDaemon};
pub use mail::{Mail, MailServer};
pub use monitor::{Dbus, Snmp};
pub use process::{AutoPriority, Ceiling, Process};
pub use vrrp::{AdvertBuffer, GarpExtra, ReceiveBuffer, ReceiveBuffers, Vmac, VrrpDefaults};

/// `global_defs` and the root keywords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global {
    /// `router_id`, default the local host name.
    pub router_id: String,
    /// `instance`: the name of this daemon among several on one machine.
    pub instance: Option<String>,
    /// `net_namespace`: the network namespace of all processes.
    pub net_namespace: Option<String>,
    /// `net_namespace_ipvs`: that of the load balancer, default `net_namespace`; without a name the machine's own, `None`.
    pub ipvs_namespace: Option<String>,
    /// `use_pid_dir`: pid files in a directory of their own; implied by `instance` and `net_namespace`.
    pub use_pid_dir: bool,
    /// `child_wait_time`: how long children may take to stop (default 5 s).
    pub child_wait_time: Duration,
    /// `process_name`: the supervisor's comm name, 15 bytes at the most.
    pub process_name: Option<String>,
    /// `vrrp_*`: the process of the instances.
    pub vrrp_process: Process,
    /// `checker_*`: the process of the virtual servers.
    pub checker_process: Process,
    /// `bfd_*`: the process of the BFD sessions.
    pub bfd_process: Process,
    /// `max_auto_priority`, `min_auto_priority_delay`.
    pub auto_priority: AutoPriority,
    /// `umask`; the command line's wins. Default 0177.
    pub umask: Option<u32>,
    /// `random_seed`; `None`: from the clock.
    pub random_seed: Option<u32>,
    /// `script_user`: who runs scripts that name nobody.
    pub script_user: Option<User>,
    /// `enable_script_security`.
    pub script_security: bool,
    /// `use_symlink_paths`: scripts are executed by their configured path.
    pub use_symlink_paths: bool,
    /// `set_supplementary_groups`.
    pub supplementary_groups: bool,
    /// `startup_script`: runs before everything else.
    pub startup_script: Option<Command>,
    /// `startup_script_timeout`: 1..=1000 s, default 10 s.
    pub startup_timeout: Duration,
    /// `shutdown_script`: runs after everything else.
    pub shutdown_script: Option<Command>,
    /// `shutdown_script_timeout`: 1..=1000 s, default 10 s.
    pub shutdown_timeout: Duration,
    /// Mail alerts.
    pub mail: Mail,
    /// Notify FIFOs.
    pub fifos: NotifyFifos,
    /// The SNMP sub-agent.
    pub snmp: Snmp,
    /// The D-Bus interface.
    pub dbus: Dbus,
    /// What instances inherit.
    pub vrrp: VrrpDefaults,
    /// Interfaces made for instances.
    pub vmac: Vmac,
    /// What holds for all virtual servers.
    pub lvs: Lvs,
    /// nftables.
    pub firewall: Firewall,
    /// Buffers of sockets.
    pub buffers: ReceiveBuffers,
    /// Directories and dumps.
    pub files: Files,
    /// Reloads.
    pub reload: Reload,
    /// `vrrp_startup_delay`: instances begin so long after the start; 1 ms..=4294 s, default none.
    pub startup_delay: Duration,
    /// `vrrp_delay_after_boot`: they begin no sooner than so long after the boot; 1 ms..=4294 s, default none.
    pub delay_after_boot: Duration,
    /// `vrrp_garp_interval`: gap between gratuitous ARP packets on an interface.
    pub garp_interval: Duration,
    /// `vrrp_gna_interval`: gap between unsolicited NAs on an interface.
    pub gna_interval: Duration,
    /// `dynamic_interfaces`: interfaces may come and go.
    pub dynamic_interfaces: bool,
    /// `dynamic_interfaces allow_if_changes`: they may also come back as another kind.
    pub interfaces_may_change: bool,
    /// `default_interface`: of static addresses that name none, default `eth0`.
    pub default_interface: String,
    /// `linkbeat_use_polling`: link states are asked for, not waited for.
    pub poll_links: bool,
    /// `disable_local_igmp`: the system does not report membership of link-local groups.
    pub disable_local_igmp: bool,
    /// `log_unknown_vrids`.
    pub log_unknown_vrids: bool,
}

impl Default for Global {
    fn default() -> Self {
        const SCRIPT_TIMEOUT: Duration = Duration::from_secs(10);
        Self {
            router_id: String::new(),
            instance: None,
            net_namespace: None,
            ipvs_namespace: None,
            use_pid_dir: false,
            child_wait_time: Duration::from_secs(5),
            process_name: None,
            vrrp_process: Process::default(),
            checker_process: Process::default(),
            bfd_process: Process::default(),
            auto_priority: AutoPriority::default(),
            umask: None,
            random_seed: None,
            script_user: None,
            script_security: false,
            use_symlink_paths: false,
            supplementary_groups: false,
            startup_script: None,
            startup_timeout: SCRIPT_TIMEOUT,
            shutdown_script: None,
            shutdown_timeout: SCRIPT_TIMEOUT,
            mail: Mail::default(),
            fifos: NotifyFifos::default(),
            snmp: Snmp::default(),
            dbus: Dbus::default(),
            vrrp: VrrpDefaults::default(),
            vmac: Vmac::default(),
            lvs: Lvs::default(),
            firewall: Firewall::default(),
            buffers: ReceiveBuffers::default(),
            files: Files::default(),
            reload: Reload::default(),
            startup_delay: Duration::ZERO,
            delay_after_boot: Duration::ZERO,
            garp_interval: Duration::ZERO,
            gna_interval: Duration::ZERO,
            dynamic_interfaces: false,
            interfaces_may_change: false,
            default_interface: "eth0".to_owned(),
            poll_links: false,
            disable_local_igmp: false,
            log_unknown_vrids: false,
        }
    }
}
