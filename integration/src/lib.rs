//! Network-namespace lab: a LAN of directors, a client and servers, with daemons on it, a capture of
//! what they say and a monitor of what they change in the kernel.
//!
//! ```text
//!               LAN 10.10.0.0/24  fd00:10::/64  fe80::/64
//!  ----+-------------+-------------+-------------+------------+----   bridge in `…-switch`
//!      |eth0 .10     |eth0 .1      |eth0 .2      |eth0 .11    |
//!   client       director1     director2      server1        …        a namespace each
//! ```
//!
//! Everything needs root. Every name carries the process id, so any number of labs can run side by
//! side, and [`clean`] finds what a killed run has left. Times are [`Stamp`]s of the wall clock,
//! because that is what the kernel stamps packets with.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use integration::{Capture, Daemon, Lab, Program, wait_until};
//! use std::time::Duration;
//! let lab = Lab::new("demo")?;
//! let capture = Capture::start(&lab)?;
//! let mut daemon = Daemon::start(lab.director(1), &Program::ours()?, "vrrp_instance VI_1 { … }")?;
//! let vip = "10.10.0.100".parse()?;
//! wait_until(Duration::from_secs(10), "VIP", || lab.director(1).has(vip))?;
//! println!("{} adverts", capture.adverts(51).len());
//! daemon.kill_all()?;
//! # Ok(())
//! # }
//! ```

mod capture;
mod daemon;
mod decode;
mod inject;
mod lab;
mod log;
mod measure;
mod monitor;
mod namespace;
mod notify;
mod process;

pub use capture::{Capture, Record};
pub use daemon::{Daemon, Ended, Program, TestRun};
pub use decode::{Advert, Arp, Mac, NeighbourAdvert, Packet, checksum, decode};
pub use inject::Injector;
pub use lab::{HeldAddress, Host, Lab, clean};
pub use log::{Log, LogLine};
pub use measure::{Gap, TakeOver, gaps, longest_gap, take_over, take_over_after};
pub use monitor::{Change, ChangeKind, Monitor};
pub use nix::sys::signal::Signal;
pub use notify::{Notification, NotifyLog};

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

/// A moment: time since 1970 on the wall clock, which the kernel's packet stamps use.
pub type Stamp = Duration;

/// The current moment, comparable with the stamps of packets, log lines and kernel changes.
pub fn now() -> Stamp {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Polls until the condition holds; after the limit it fails and says what was waited for.
pub fn wait_until(
    limit: Duration,
    what: &str,
    mut condition: impl FnMut() -> bool,
) -> Result<Duration> {
    let start = Instant::now();
    loop {
        if condition() {
            return Ok(start.elapsed());
        }
        if start.elapsed() > limit {
            bail!("waited {limit:?} in vain for: {what}");
        }
        std::thread::sleep(Duration::from_millis(4));
    }
}
