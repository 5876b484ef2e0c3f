//! What is tracked (scripts, files, processes, interfaces), by whom, and with which weight.

mod entry;
mod file;
mod process;
mod script;
mod trackers;
mod tracking;

pub(in crate::typed) use entry::Tracks;
pub(in crate::typed) use script::ScriptDraft;
pub(in crate::typed) use trackers::Trackers;
pub(in crate::typed) use tracking::{Fixed, Membership, Tracking, tracked};
