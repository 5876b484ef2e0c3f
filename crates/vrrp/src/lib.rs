//! The VRRP core: adverts, instances, sync groups and trackers in; actions out.
//!
//! Sans I/O. The contract:
//!
//! ```text
//! router.handle(now, event);                           // the only way in, timers included
//! while let Some(action) = router.poll_action() { … }  // the only way out: drain after every handle
//! let wake = router.poll_timeout();                    // when to hand in Event::Timeout
//! let view = router.snapshot();                        // plain data for status output
//! ```
#![forbid(unsafe_code)]

pub mod advert;
mod auth;
pub mod config;
pub mod event;
mod group;
mod instance;
mod reload;
mod router;
mod stats;
mod timing;
mod track;

pub use config::{
    Authentication, Family, GarpSchedule, GroupConfig, GroupId, InitialState, InstanceConfig,
    InstanceId, InterfaceId, Preempt, RouterConfig, ScriptConfig, ScriptId, TrackInterface,
    TrackScript, Transport, Version, Weight,
};
pub use event::{
    Action, Counters, Event, Fault, GroupView, InstanceView, NotifyState, Packet, Report,
    ScriptOutcome, ScriptView, Snapshot, State, Subject,
};
pub use router::Router;
