//! The rules that keep packets from virtual addresses, and those that steer them.

use serde::{Deserialize, Serialize};

/// Names and places of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firewall {
    /// `nftables`: the table; a bare keyword means `keepalived`. `None`: that name too, when rules are needed.
    /// `vrrp_iptables` is taken for a bare `nftables`.
    pub table: Option<String>,
    /// `nftables_priority`: of the base chains, default -1.
    pub priority: i32,
    /// `nftables_ifindex`: interfaces by number, not by name.
    pub by_index: bool,
    /// `nftables_counters`: each rule counts.
    pub counters: bool,
    /// `nftables_ipvs`: the table that gives the addresses of a virtual server group one mark; a bare keyword means
    /// `keepalived_ipvs`. `None`: there is no such table.
    pub ipvs_table: Option<String>,
    /// `nftables_ipvs_priority`: default -1.
    pub ipvs_priority: i32,
    /// `nftables_ipvs_start_fwmark`: the first mark, at least 1, default 1000.
    pub ipvs_first_mark: u32,
    /// `namespace_with_ipsets`: accepted; sets of nftables know namespaces.
    pub namespace_with_ipsets: bool,
}

impl Default for Firewall {
    fn default() -> Self {
        Self {
            table: None,
            priority: -1,
            by_index: false,
            counters: false,
            ipvs_table: None,
            ipvs_priority: -1,
            ipvs_first_mark: 1000,
            namespace_with_ipsets: false,
        }
    }
}
