//! Lines of routes, rules and static addresses, and the groups that static entries follow.

mod encap;
mod line;
mod metrics;
mod names;
mod next_hop;
mod route;
mod rule;
mod statics;
mod vips;

pub(super) use line::Dropped;
pub(super) use names::NameKind;
pub(super) use statics::{Kind, Statics};
pub(super) use vips::VipPlaces;
