//! The VIP manager: wanted addresses against installed ones, the ordered difference as rtnetlink batches,
//! gratuitous ARP and unsolicited NA, and a monitor of links and addresses.
//!
//! ```text
//!   spec ── what is wanted ──► plan ── steps ──► manager ── batches ──► kernel
//!                                                   ▲                     │
//!                              links ◄── changes ── monitor ◄── events ───┘
//!                                │
//!                                └──► announce ── frames ──► the LAN
//! ```
//!
//! Nothing here decides when an address is wanted, and nothing waits: the kernel answers a request within the
//! call that sends it, and the monitor is the one thing to await.

#![forbid(unsafe_code)]

pub mod announce;
mod error;
mod links;
mod manager;
mod message;
mod monitor;
pub mod plan;
mod requests;
pub mod spec;
#[cfg(test)]
mod testing;

pub use announce::Announcer;
pub use error::{Act, Error, Failure, Reason};
pub use links::{Change, Link, LinkAddress, Links};
pub use manager::{Manager, Outcome, Owner};
pub use monitor::Monitor;
pub use spec::{Address, AddressFlags};
