//! What systemd is told, where it asks (`Type=notify`, `WatchdogSec`).

use std::time::Duration;

use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio::time::{Interval, interval};

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = notify(states) {
        tracing::debug!("systemd was not told: {error}");
    }
}

/// Started, or reloaded.
pub(super) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("Running")]);
}

/// A reload begins.
pub(super) fn reloading() {
    let mut states = vec![NotifyState::Reloading, NotifyState::Status("Reloading")];
    // Required by Type=notify-reload.
    states.extend(NotifyState::monotonic_usec_now());
    tell(&states);
}

/// The end begins.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Stopping")]);
}

/// Tells systemd's watchdog that all is well, twice in its time.
#[derive(Debug)]
pub(super) struct Watchdog(Option<Interval>);

impl Watchdog {
    pub(super) fn new() -> Self {
        let half = watchdog_enabled().map(|time| (time / 2).max(Duration::from_millis(1)));
        Self(half.map(interval))
    }

    /// When to tell. Never, where nobody asks. Cancel safe.
    pub(super) async fn due(&mut self) {
        match &mut self.0 {
            Some(interval) => _ = interval.tick().await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn tell(&self, is_well: bool) {
        if is_well {
            tell(&[NotifyState::Watchdog]);
        }
    }
}
