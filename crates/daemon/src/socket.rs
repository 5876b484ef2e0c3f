//! Sockets of protocol 112: one to send from for each family, one to receive on for each interface and family.
//!
//! Nothing here waits, and no error is the end: what cannot be sent is the same to the LAN as what is lost.

mod options;
mod receive;
mod send;

pub(crate) use receive::{Arrival, Deaf, Look, Needs, Receivers};
pub(crate) use send::Senders;

/// IP protocol number of VRRP.
const VRRP: i32 = 112;

/// `BPF_RET | BPF_K`: return 0, keep no byte of any packet.
const DROP_ALL: socket2::SockFilter = socket2::SockFilter::new(0x06, 0, 0, 0);
