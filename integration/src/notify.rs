//! A notify script that writes down how it was called.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{Host, Stamp};

/// One call of the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// When.
    pub time: Stamp,
    /// With which arguments.
    pub arguments: Vec<String>,
}

/// A script, and the file to which it appends a line per call.
#[derive(Debug)]
pub struct NotifyLog {
    script: PathBuf,
    log: PathBuf,
}

impl NotifyLog {
    /// Writes the script into a host's folder.
    pub fn new(host: &Host) -> Result<Self> {
        let (script, log) = (
            host.folder().join("notify"),
            host.folder().join("notify.log"),
        );
        // One `echo` and an append: a line is written whole, in the order of the calls. `date` would
        // be a second process, slow enough to change that order.
        let target = log.display();
        let text = format!("#!/bin/bash\necho \"$EPOCHREALTIME $*\" >> {target}\n");
        fs::write(&script, text).context("write the notify script")?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        Ok(Self { script, log })
    }

    /// The script's path, for the configuration.
    pub fn script(&self) -> &Path {
        &self.script
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Notification> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().filter_map(parse).collect()
    }

    /// The arguments of the calls so far, joined by blanks.
    pub fn lines(&self) -> Vec<String> {
        self.calls()
            .into_iter()
            .map(|call| call.arguments.join(" "))
            .collect()
    }
}

fn parse(line: &str) -> Option<Notification> {
    let mut words = line.split(' ');
    let (seconds, micros) = words.next()?.split_once('.')?;
    let time =
        Duration::from_secs(seconds.parse().ok()?) + Duration::from_micros(micros.parse().ok()?);
    Some(Notification {
        time,
        arguments: words.map(str::to_owned).collect(),
    })
}
