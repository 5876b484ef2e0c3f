//! Lines of routes, rules and static addresses, and the groups that static entries follow.

mod address;
mod broadcast;
mod encap;
mod line;
mod metrics;
mod names;
mod next_hop;
mod route;
mod route_address;
mod rule;
mod rule_numbers;
mod statics;
mod vips;

pub(in crate::typed) use address::Vip;
pub(super) use line::Dropped;
pub(super) use names::NameKind;
pub(super) use statics::{Kind, Statics};
pub(super) use vips::VipPlaces;
