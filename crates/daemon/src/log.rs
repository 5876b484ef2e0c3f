//! Log records: from `tracing`, through a bounded queue, to a thread that may wait for a file or a terminal.
//!
//! The caller never waits. A record that finds the queue full is counted, and the count is logged.

mod local_time;
mod sink;

use std::fmt::{self, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

use sink::Sinks;

/// Records that may wait for the writer.
const QUEUE: usize = 4096;

/// How long the end of the process waits for the last records.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// How long [`lines`] waits for the writer before it goes on.
const SLOW_WRITER: Duration = Duration::from_secs(1);

/// Where log records go, and under which name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogOptions {
    /// Whose records: decides the tag and the log file's name.
    pub(crate) process: Process,
    /// Appended to the tag after `_`: the network namespace and the instance name.
    pub(crate) tag_suffix: Vec<String>,
    /// `-l` (with `-n`): standard error too.
    pub(crate) console: bool,
    /// `-g`: this file too.
    pub(crate) file: Option<PathBuf>,
    /// Everything but `-G`.
    pub(crate) syslog: Option<Facility>,
    /// `--debug`: debug records too.
    pub(crate) debug: bool,
}

/// The processes of one daemon that log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Process {
    /// The supervisor.
    #[default]
    Parent,
    /// The VRRP role.
    Vrrp,
}

impl Process {
    /// What stands behind `Keepalived` in the tag, and behind the base name of the log file.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Parent => "",
            Self::Vrrp => "_vrrp",
        }
    }
}

impl LogOptions {
    /// The same places for another process.
    pub(crate) fn for_process(&self, process: Process) -> Self {
        Self {
            process,
            ..self.clone()
        }
    }

    fn tag(&self) -> String {
        let mut tag = format!("Keepalived{}", self.process.suffix());
        for part in &self.tag_suffix {
            tag.push('_');
            tag.push_str(part);
        }
        tag
    }
}

/// A syslog facility, by its number shifted as in `syslog(3)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facility(u8);

impl Facility {
    /// `LOG_DAEMON`, the default.
    pub(crate) const DAEMON: Self = Self(3 << 3);
    /// `LOG_USER`.
    pub(crate) const USER: Self = Self(1 << 3);

    /// `LOG_LOCAL0` to `LOG_LOCAL7`.
    pub(crate) fn local(number: u8) -> Option<Self> {
        (number <= 7).then_some(Self((16 + number) << 3))
    }
}

/// One line on its way to the writer.
struct Record {
    level: Level,
    text: String,
}

enum Job {
    Write(Record),
    /// Answer when everything before is written.
    Flush(SyncSender<()>),
}

/// Waits, for a moment, until the last records are written, when it is dropped.
#[must_use = "the last records are lost without it"]
pub(crate) struct Guard {
    queue: SyncSender<Job>,
}

impl Guard {
    fn flush(&self) {
        flush(&self.queue, LAST_WORDS);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.flush();
    }
}

fn flush(queue: &SyncSender<Job>, limit: Duration) {
    let (done, wait) = mpsc::sync_channel(1);
    if queue.try_send(Job::Flush(done)).is_ok() {
        let _ = wait.recv_timeout(limit);
    }
}

/// The process's log, for who has more to say than the queue holds.
static LOG: OnceLock<SyncSender<Job>> = OnceLock::new();

/// Logs lines that belong together, and waits for the writer now and then, so that none is lost. Not for processes
/// that have something to do.
pub(crate) fn lines(text: &str) {
    for (number, line) in text.lines().enumerate() {
        tracing::info!("{line}");
        if number % (QUEUE / 4) == QUEUE / 4 - 1
            && let Some(queue) = LOG.get()
        {
            flush(queue, SLOW_WRITER);
        }
    }
}

/// `Fri Nov 20 23:57:29 2026`, in the local time zone.
pub(crate) fn ctime(seconds: u64) -> String {
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    local_time::LocalTime::at(time.unwrap_or(UNIX_EPOCH)).ctime()
}

/// Starts the writer and makes it the process's log. Call it once, after the last fork.
pub(crate) fn init(options: &LogOptions) -> Guard {
    let (queue, jobs) = mpsc::sync_channel(QUEUE);
    let _ = LOG.set(queue.clone());
    let dropped = Arc::new(AtomicU64::new(0));
    let sinks = Sinks::open(options, &options.tag());
    let lost = Arc::clone(&dropped);
    let writer = std::thread::Builder::new().name("log".into());
    if let Err(error) = writer.spawn(move || write_all(&jobs, &lost, sinks)) {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("no log: cannot start its thread: {error}\n").as_bytes(),
        );
    }
    let level = if options.debug {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let layer = Queue {
        queue: queue.clone(),
        dropped,
    }
    .with_filter(level);
    let _ = tracing::subscriber::set_global_default(Registry::default().with(layer));
    log_panics(queue.clone());
    Guard { queue }
}

/// A panic ends the process (`panic = "abort"`): say why where somebody looks.
fn log_panics(queue: SyncSender<Job>) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tracing::error!("internal error: {info}");
        Guard {
            queue: queue.clone(),
        }
        .flush();
        usual(info);
    }));
}

/// The calling side: formats and queues.
struct Queue {
    queue: SyncSender<Job>,
    dropped: Arc<AtomicU64>,
}

impl<S: Subscriber> Layer<S> for Queue {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let record = Record {
            level: *event.metadata().level(),
            text: text.finish(),
        };
        match self.queue.try_send(Job::Write(record)) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => _ = self.dropped.fetch_add(1, Ordering::Relaxed),
        }
    }
}

/// The message, then the fields.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn finish(self) -> String {
        let text = self.message + &self.fields;
        // One record is one line, whatever a name or a peer put into it.
        if text.contains(['\n', '\r', '\0']) {
            text.replace(['\n', '\r', '\0'], " ").trim_end().to_owned()
        } else {
            text
        }
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// The writing side: until every sender is gone.
fn write_all(jobs: &Receiver<Job>, dropped: &AtomicU64, mut sinks: Sinks) {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Write(record) => sinks.write(record.level, &record.text),
            Job::Flush(done) => _ = done.try_send(()),
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let text = format!("{lost} log messages were dropped: the log did not keep up");
            sinks.write(Level::WARN, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let mut options = LogOptions::default();
        assert_eq!(options.tag(), "Keepalived");
        options = options.for_process(Process::Vrrp);
        assert_eq!(options.tag(), "Keepalived_vrrp");
        options.tag_suffix = vec!["blue".into(), "one".into()];
        assert_eq!(options.tag(), "Keepalived_vrrp_blue_one");
    }

    #[test]
    fn facilities_have_syslog_numbers() {
        assert_eq!(Facility::DAEMON, Facility(24));
        assert_eq!(Facility::local(0), Some(Facility(128)));
        assert_eq!(Facility::local(7), Some(Facility(184)));
        assert_eq!(Facility::local(8), None);
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let (queue, jobs) = mpsc::sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let layer = Queue {
            queue,
            dropped: Arc::clone(&dropped),
        };
        tracing::subscriber::with_default(Registry::default().with(layer), || {
            tracing::info!("kept");
            tracing::info!("lost");
            tracing::info!(vrid = 51, "lost too");
        });
        assert_eq!(dropped.load(Ordering::Relaxed), 2);
        let Ok(Job::Write(record)) = jobs.recv() else {
            panic!("no record")
        };
        assert_eq!(record.text, "kept");
    }

    #[test]
    fn a_record_is_one_line() {
        let text = Text {
            message: "a\nb\0c\n".into(),
            fields: String::new(),
        };
        assert_eq!(text.finish(), "a b c");
    }

    #[test]
    fn fields_follow_the_message() {
        let (queue, jobs) = mpsc::sync_channel(1);
        let layer = Queue {
            queue,
            dropped: Arc::default(),
        };
        tracing::subscriber::with_default(Registry::default().with(layer), || {
            tracing::info!(vrid = 51, "advert from {}", "10.0.0.1");
        });
        let Ok(Job::Write(record)) = jobs.recv() else {
            panic!("no record")
        };
        assert_eq!(record.text, "advert from 10.0.0.1 vrid=51");
    }
}
