//! The VRRP core: adverts, instances, sync groups and trackers in; actions out.
//!
//! Sans I/O: it reads no clock, opens no socket and spawns nothing. The contract:
//!
//! ```text
//! router.handle(now, event);                           // the only way in, timers included
//! while let Some(action) = router.poll_action() { … }  // the only way out: drain after every handle
//! let wake = router.poll_timeout();                    // when to hand in Event::Timeout
//! let view = router.snapshot();                        // plain data for status output
//! ```
//!
//! The shell hands in what it knows of links and addresses, then [`Event::Start`]. From there:
//!
//! ```text
//!            no fault, scripts have run                 fault cleared
//!   INIT ───────────────────────────────▶ BACKUP ◀─────────────────────── FAULT
//!     │                                   │  ▲  ▲                           ▲
//!     │                      master down, │  │  │ higher advert,            │
//!     │              group agrees: advert,│  │  │ VIPs lost,                │ fault
//!     │                  AddVips, Announce│  │  │ group yields:             │ (from MASTER:
//!     │                                   ▼  │  │ RemoveVips                │  priority 0,
//!     │                                  MASTER ┘                           │  RemoveVips)
//!     └──────────────────────────────── fault ──────────────────────────────┘
//! ```
//!
//! - An owner (priority 255) passes BACKUP in a microsecond, without a word.
//! - Members of a sync group make each of these steps together (`group.rs`).
//! - [`Event::Shutdown`] ends everything from any state: masters send priority 0 and give their addresses up;
//!   no action follows, ever.
//!
//! A deadline moves only for a reason that the RFC gives. A packet that is refused is counted, reported once until
//! the state changes, and changes nothing. Adverts that call for an answer get one in half an interval at the most, so
//! that a flood of them makes no flood of ours.
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
