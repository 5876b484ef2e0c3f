//! What is kept of instances and groups beside what the core works from.

use serde::{Deserialize, Serialize};
use vip::Address;

use super::{Command, Route, Rule};

/// What the shell keeps beside an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// `virtual_ipaddress`.
    pub addresses: Vec<Address>,
    /// `virtual_ipaddress_excluded`.
    pub excluded: Vec<Address>,
    /// `virtual_routes`: there while it is master.
    pub routes: Vec<Route>,
    /// `virtual_rules`: there while it is master.
    pub rules: Vec<Rule>,
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
