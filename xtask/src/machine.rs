//! What the machine must have: root, and a few packages, installed where they are missing.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::steps::output;

/// A program and the Debian package that brings it.
pub(crate) struct Need {
    /// Name of the program.
    pub(crate) program: &'static str,
    /// Name of the package.
    pub(crate) package: &'static str,
}

/// `ip`.
pub(crate) const IPROUTE: Need = Need {
    program: "ip",
    package: "iproute2",
};
/// The original, as a peer.
pub(crate) const ORIGINAL: Need = Need {
    program: "keepalived",
    package: "keepalived",
};

/// Tells how much memory a program has used at most.
pub(crate) const TIME: Need = Need {
    program: "time",
    package: "time",
};

/// Fails unless we are root.
pub(crate) fn require_root(why: &str) -> Result<()> {
    if !nix::unistd::geteuid().is_root() {
        bail!("this needs root: {why}");
    }
    Ok(())
}

/// Installs what is missing, with apt.
pub(crate) fn provide(needs: &[&Need]) -> Result<()> {
    let missing: Vec<&Need> = needs
        .iter()
        .copied()
        .filter(|need| find(need.program).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    println!("installing {} (apt-get)", packages.join(", "));
    install(&packages)?;
    for need in missing {
        find(need.program).with_context(|| {
            format!(
                "package {} is installed, yet there is no {}",
                need.package, need.program
            )
        })?;
    }
    Ok(())
}

/// Where a program is, by `PATH` and the two folders that a plain user's `PATH` lacks.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn install(packages: &[&str]) -> Result<()> {
    if find("apt-get").is_none() {
        bail!(
            "there is no apt-get here: please install {} yourself",
            packages.join(", ")
        );
    }
    let quiet = QuietServices::begin()?;
    let get = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .arg("-qq")
            .args(words);
        command
    };
    output(&mut get(&["update"]))?;
    output(get(&["install", "-y", "--no-install-recommends"]).args(packages))?;
    drop(quiet);
    if packages.contains(&ORIGINAL.package) {
        disable_service();
    }
    Ok(())
}

/// We want the original's program, not its service: not now and not after the next boot.
fn disable_service() {
    if !Path::new("/run/systemd/system").exists() {
        return;
    }
    for act in ["stop", "disable"] {
        // A unit that is not there is as good as a disabled one.
        if let Err(error) = output(Command::new("systemctl").args([act, "keepalived.service"])) {
            println!("note: {error:#}");
        }
    }
}

const POLICY: &str = "/usr/sbin/policy-rc.d";

/// While it lives, packages do not start their services. Another's policy is left alone.
struct QuietServices {
    ours: bool,
}

impl QuietServices {
    fn begin() -> Result<Self> {
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(POLICY);
        match made {
            Ok(mut file) => {
                let quiet = Self { ours: true };
                file.write_all(b"#!/bin/sh\nexit 101\n")
                    .with_context(|| POLICY)?;
                Ok(quiet)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Self { ours: false }),
            Err(error) => Err(error).with_context(|| POLICY),
        }
    }
}

impl Drop for QuietServices {
    fn drop(&mut self) {
        if self.ours {
            // Left behind it would keep services from starting: say so.
            if let Err(error) = fs::remove_file(POLICY) {
                eprintln!("please remove {POLICY} yourself: {error}");
            }
        }
    }
}
