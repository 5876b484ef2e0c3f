//! The layers of the workspace, tested: a core must not be able to name a socket, and arrows go down only.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::steps::{cargo, output};

/// A crate, and the crates of the workspace that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("vrrp", &[]),
    ("vip", &[]),
    ("conf", &["vip", "vrrp"]),
    ("sim", &["vrrp"]),
    ("daemon", &["conf", "vip", "vrrp"]),
    ("integration", &[]),
];

/// All that a core may use: plain data and trace points, with what their macros are made of.
const CORE_ALLOWED: &[&str] = &[
    "once_cell",
    "pin-project-lite",
    "proc-macro2",
    "quote",
    "serde",
    "serde_core",
    "serde_derive",
    "syn",
    "tracing",
    "tracing-core",
    "unicode-ident",
];

/// Fails when a crate uses what its layer may not.
pub(crate) fn check() -> Result<()> {
    let core = tree("vrrp", None)?;
    let allowed: BTreeSet<String> = CORE_ALLOWED.iter().map(ToString::to_string).collect();
    refuse("vrrp", core.difference(&allowed))?;

    let ours: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (name, may) in ARROWS {
        let may: BTreeSet<String> = may.iter().map(ToString::to_string).collect();
        let uses: BTreeSet<String> = tree(name, Some("1"))?
            .intersection(&ours)
            .cloned()
            .collect();
        refuse(name, uses.difference(&may))?;
    }
    Ok(())
}

fn refuse<'a>(name: &str, extra: impl Iterator<Item = &'a String>) -> Result<()> {
    let extra: Vec<&str> = extra.map(String::as_str).collect();
    if !extra.is_empty() {
        bail!("{name} may not depend on {}", extra.join(", "));
    }
    Ok(())
}

/// The packages that `package` depends on, other than for its tests.
fn tree(package: &str, depth: Option<&str>) -> Result<BTreeSet<String>> {
    let mut command = cargo();
    command.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    command.args(["--format", "{p}", "--package", package]);
    if let Some(depth) = depth {
        command.args(["--depth", depth]);
    }
    let lines = output(&mut command)?;
    let names = lines
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    Ok(names
        .filter(|name| *name != package)
        .map(str::to_owned)
        .collect())
}
