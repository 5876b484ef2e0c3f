//! Which keepalived: ours, built here, the original, or a path.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use integration::Program;

use crate::machine;
use crate::steps::{cargo, succeed};

/// A program that takes the part of keepalived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// This workspace's.
    Ours,
    /// The distribution's.
    Original,
    /// Any.
    Path(PathBuf),
}

impl FromStr for Which {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "ours" => Self::Ours,
            "original" => Self::Original,
            // Relative to where the user is: we go to the workspace's root.
            path => Self::Path(std::path::absolute(path).unwrap_or_else(|_| path.into())),
        })
    }
}

impl fmt::Display for Which {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours => out.write_str("ours"),
            Self::Original => out.write_str("original"),
            Self::Path(path) => path.display().fmt(out),
        }
    }
}

/// Builds the release of ours; where it is.
pub(crate) fn build() -> Result<PathBuf> {
    // Named, since this program may have been started where cargo would choose another folder.
    let target = target()?;
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--package", "daemon"]);
    succeed(build.arg("--target-dir").arg(&target))?;
    let program = target.join("release").join("keepalived");
    ensure!(program.is_file(), "{} was not built", program.display());
    Ok(program)
}

/// Builds or installs what a choice needs.
pub(crate) fn provide(which: &Which) -> Result<Program> {
    Ok(match which {
        Which::Ours => Program::Ours(build()?),
        Which::Original => {
            machine::provide(&[&machine::ORIGINAL])?;
            Program::Original
        }
        Which::Path(path) => {
            ensure!(path.is_file(), "there is no program {}", path.display());
            Program::Ours(path.clone())
        }
    })
}

/// The target folder that this program was built in.
fn target() -> Result<PathBuf> {
    let own = std::env::current_exe().context("find this program")?;
    let target = own.parent().and_then(Path::parent);
    Ok(target
        .context("this program is in no target folder")?
        .to_owned())
}
