//! FIFOs that get a line for each change of state.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{Command, User};

/// The FIFOs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyFifos {
    /// `notify_fifo`: for all events.
    pub all: Option<NotifyFifo>,
    /// `vrrp_notify_fifo`: for those of instances and groups; never the same as `all`.
    pub vrrp: Option<NotifyFifo>,
    /// `lvs_notify_fifo`: for those of virtual and real servers; never the same as `all`.
    pub lvs: Option<NotifyFifo>,
    /// `vrrp_notify_priority_changes`: also a line for each change of a priority; the default of instances.
    pub priority_changes: bool,
    /// `fifo_write_vrrp_states_on_reload`: all states again after each reload.
    pub states_on_reload: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyFifo {
    /// Where it is; it is made if it is not there.
    pub path: PathBuf,
    /// Whose it is; else whoever runs scripts that name nobody.
    pub owner: Option<User>,
    /// `*_notify_fifo_script`: the program that reads it; it gets the path as its last argument.
    pub script: Option<Command>,
}
