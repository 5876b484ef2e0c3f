//! Scenarios on a LAN of network namespaces: ours and the original, alone, mixed and compared.
//!
//! What is compared is what a user sees: addresses in the kernel, adverts on the wire, notify calls
//! and log lines. Every scenario runs for the original too, so that its expectations are the real
//! program's. They need root, `ip` and Debian's `keepalived`; what is missing makes them fail.
//!
//! The names say who is director 1 and who is director 2: `election::election::ours_original`.

#[macro_use]
mod site;

mod addresses;
mod config;
mod dump;
mod election;
mod failover;
mod hostile;
mod notify;
mod process;
mod reload;
mod robust;
mod tracking;
mod wire;
