//! Signals: what users send, as wishes.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// `SIGRTMIN+2` of glibc. Tools send the number: it stays, whatever the C library reserves.
pub(crate) const JSON: i32 = 36;

/// `SIGRTMAX-1`.
pub(crate) const STATS_CLEAR: i32 = 63;

/// What somebody wants of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// TERM, INT.
    Stop,
    /// HUP.
    Reload,
    /// A dump: the name of `--signum`.
    Dump(&'static str),
}

/// The supervisor's signals.
#[derive(Debug)]
pub(crate) struct Signals {
    term: Signal,
    int: Signal,
    int_stops: bool,
    hup: Signal,
    data: Signal,
    stats: Signal,
    stats_clear: Signal,
    json: Signal,
}

impl Signals {
    /// From here on none of them ends the process.
    pub(crate) fn catch(ignore_sigint: bool) -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            int_stops: !ignore_sigint,
            hup: signal(SignalKind::hangup())?,
            data: signal(SignalKind::user_defined1())?,
            stats: signal(SignalKind::user_defined2())?,
            stats_clear: signal(SignalKind::from_raw(STATS_CLEAR))?,
            json: signal(SignalKind::from_raw(JSON))?,
        })
    }

    /// The next wish. Cancel safe.
    pub(crate) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.term.recv() => Wish::Stop,
            _ = self.int.recv(), if self.int_stops => Wish::Stop,
            _ = self.hup.recv() => Wish::Reload,
            _ = self.data.recv() => Wish::Dump("DATA"),
            _ = self.stats.recv() => Wish::Dump("STATS"),
            _ = self.stats_clear.recv() => Wish::Dump("STATS_CLEAR"),
            _ = self.json.recv() => Wish::Dump("JSON"),
        }
    }
}
