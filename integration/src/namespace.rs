//! Named network namespaces, and running closures inside them.

use std::fs::File;
use std::os::fd::AsFd;
use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};
use nix::sched::{CloneFlags, setns};

use crate::process;

/// A named network namespace that is removed on drop, with every process in it.
#[derive(Debug)]
pub(crate) struct Namespace {
    name: String,
    file: File,
}

impl Namespace {
    pub(crate) fn create(name: String) -> Result<Self> {
        ip(&["netns", "add", &name])?;
        let file = File::open(format!("/run/netns/{name}"))
            .with_context(|| format!("open namespace {name}"))?;
        Ok(Self { name, file })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Runs a closure on a thread of its own that has entered the namespace.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                setns(self.file.as_fd(), CloneFlags::CLONE_NEWNET)
                    .with_context(|| format!("enter namespace {}", self.name))?;
                Ok(work())
            });
            thread
                .join()
                .map_err(|_| anyhow!("a closure panicked in {}", self.name))?
        })
    }

    /// Feeds lines to `ip -batch` inside the namespace.
    pub(crate) fn batch(&self, lines: &str) -> Result<()> {
        use std::io::Write;
        use std::process::Stdio;
        let mut child = Command::new("ip")
            .args(["-n", &self.name, "-batch", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("run ip")?;
        let mut input = child.stdin.take().context("ip has no stdin")?;
        input.write_all(lines.as_bytes())?;
        drop(input);
        let output = child.wait_with_output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "ip -batch in {}: {errors}in:\n{lines}",
            self.name
        );
        Ok(())
    }

    /// Writes `name=value` settings below `/proc/sys/net`; those that this kernel lacks are skipped.
    pub(crate) fn settings(&self, settings: &[(&str, &str)]) -> Result<()> {
        self.run(|| {
            for (name, value) in settings {
                let path = format!("/proc/sys/net/{name}");
                if std::fs::metadata(&path).is_ok() {
                    std::fs::write(&path, value)
                        .with_context(|| format!("set {name} to {value}"))?;
                }
            }
            Ok(())
        })?
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// Ends the processes of a namespace and removes it.
pub(crate) fn remove(name: &str) {
    process::kill_namespace(name);
    // Nothing can be done about a failure while dropping; `clean` of a later run tries again.
    let _ = ip(&["netns", "del", name]);
}

fn ip(arguments: &[&str]) -> Result<()> {
    let output = Command::new("ip")
        .args(arguments)
        .output()
        .context("run ip")?;
    ensure!(
        output.status.success(),
        "ip {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
