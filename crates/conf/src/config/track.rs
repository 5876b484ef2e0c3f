//! Trackers: scripts, files, processes.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Command;

/// How a track script is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackScriptCommand {
    /// What is run.
    pub check: Check,
    /// A run longer than this fails (default the interval).
    pub timeout: Duration,
}

/// What a `vrrp_script` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// Runs a command; exit status 0 is good.
    Command(Command),
    /// `script </path`: good if the file can be opened for reading.
    FileOpens(PathBuf),
}
