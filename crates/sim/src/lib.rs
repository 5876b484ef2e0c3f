//! A LAN of VRRP routers in virtual time.
//!
//! Several [`vrrp::Router`]s run on simulated segments. The world jumps from one deadline or delivery to the
//! next; nothing reads a clock, and chance comes from a seed, so one script always gives one trace. After
//! every event the laws of [`law::Law`] are checked.
//!
//! ```text
//! let mut world = World::new(seed);
//! let a = world.add("a", config_a);
//! let b = world.add("b", config_b);
//! world.start_all();
//! world.run(secs(10));               // panics with the trace when a law is broken
//! world.act(Step::Kill(a));
//! world.wait_for(b, "VI_1", State::Master, secs(4));
//! ```
#![forbid(unsafe_code)]

pub mod forge;
pub mod lan;
pub mod law;
pub mod node;
pub mod random;
pub mod rng;
pub mod step;
pub mod topology;
pub mod trace;
pub mod wire;
pub mod world;

pub use lan::Quality;
pub use law::{Law, Violation};
pub use node::NodeId;
pub use rng::Rng;
pub use step::{Harm, Scenario, Step};
pub use trace::{Entry, Trace};
pub use world::World;
