//! Static addresses.

use serde::{Deserialize, Serialize};
use vip::Address;

/// A line of `static_ipaddress`: put on at the start, removed at the end, put back if it is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticAddress {
    /// The address; its interface is `default_interface` unless `dev` names one.
    pub address: Address,
    /// `track_group`: the instances of this group are in fault while the address cannot be there.
    pub track_group: Option<String>,
}
