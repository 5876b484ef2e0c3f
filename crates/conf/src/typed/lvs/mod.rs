//! Virtual servers, their real servers, the groups they name, and the checks.

mod checker;
mod forwarding;
mod linked;
mod persistence;
mod quorum;
mod real_server;
mod scheduler;
mod server_group;
mod server_port;
mod servers;
mod service;
mod ssl;
mod virtual_server;

pub(in crate::typed) use server_group::ServerGroupDraft;
pub(in crate::typed) use ssl::SslDraft;
pub(in crate::typed) use virtual_server::VirtualServerDraft;
