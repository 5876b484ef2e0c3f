//! What a daemon says.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{Stamp, now, wait_until};

/// A line of a daemon's log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// When it was read from the pipe.
    pub time: Stamp,
    /// The line without its date.
    pub text: String,
}

/// The log of a daemon, growing while it runs; clones show the same log.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<LogLine>>>);

impl Log {
    /// Everything so far.
    pub fn lines(&self) -> Vec<LogLine> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many lines there are: a mark for [`Log::wait_after`].
    pub fn mark(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits for a line that contains the text.
    pub fn wait(&self, text: &str, limit: Duration) -> Result<LogLine> {
        self.wait_after(0, text, limit)
    }

    /// The same, looking only at what came after the mark.
    pub fn wait_after(&self, mark: usize, text: &str, limit: Duration) -> Result<LogLine> {
        let mut found = None;
        wait_until(limit, &format!("log line {text:?}"), || {
            found = self.find_after(mark, text);
            found.is_some()
        })?;
        found.context("a line was found and is gone")
    }

    /// The first line that contains the text.
    pub fn find(&self, text: &str) -> Option<LogLine> {
        self.find_after(0, text)
    }

    /// The first line after the mark that contains the text.
    pub fn find_after(&self, mark: usize, text: &str) -> Option<LogLine> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .skip(mark)
            .find(|line| line.text.contains(text))
            .cloned()
    }

    /// Begins to read a child's output; the threads end with the last holder of the pipes.
    pub(crate) fn read_from(&self, child: &mut Child) -> Vec<JoinHandle<()>> {
        let output = child.stdout.take().map(|pipe| self.reader(pipe));
        let errors = child.stderr.take().map(|pipe| self.reader(pipe));
        output.into_iter().chain(errors).collect()
    }

    fn reader(&self, pipe: impl Read + Send + 'static) -> JoinHandle<()> {
        let log = self.clone();
        std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe
                .read_until(b'\n', &mut line)
                .is_ok_and(|length| length > 0)
            {
                let text = String::from_utf8_lossy(&line);
                let text = without_date(text.trim_end()).to_owned();
                let entry = LogLine { time: now(), text };
                log.0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(entry);
                line.clear();
            }
        })
    }
}

/// `Sat Nov 21 00:12:06 2026: text` → `text`.
fn without_date(line: &str) -> &str {
    match (line.get(24..26), line.get(13..14)) {
        (Some(": "), Some(":")) => line.get(26..).unwrap_or_default(),
        _ => line,
    }
}
