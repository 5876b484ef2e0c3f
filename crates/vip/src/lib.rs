//! The VIP manager: wanted addresses against installed ones, the ordered difference as rtnetlink batches,
//! gratuitous ARP and unsolicited NA, and a monitor of links and addresses.

pub mod spec;

pub use spec::{Address, AddressFlags};
