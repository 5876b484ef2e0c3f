//! Busy loops, one for each processor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, available_parallelism};

use anyhow::{Context, Result};

/// They run until this is dropped.
pub(super) struct Hogs {
    running: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Hogs {
    /// Starts them.
    pub(super) fn start() -> Result<Self> {
        let running = Arc::new(AtomicBool::new(true));
        let count = available_parallelism()
            .context("count the processors")?
            .get();
        let hog = || {
            let running = Arc::clone(&running);
            thread::spawn(move || {
                while running.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            })
        };
        let threads = (0..count).map(|_| hog()).collect();
        Ok(Self { running, threads })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.threads.len()
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        self.running.store(false, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}
