//! VRRP instances and sync groups: what is read of them, and what only the end of their block or the file can tell.

mod addresses;
mod authentication;
mod complete;
mod conflict;
mod group;
mod hmac;
mod instance;
mod links;
mod peer;
mod strict;
mod sync;
mod vmac;

pub(in crate::typed) use complete::Settled;
pub(in crate::typed) use conflict::Router;
pub(in crate::typed) use group::GroupDraft;
pub(in crate::typed) use instance::InstanceDraft;
pub(in crate::typed) use links::Links;
