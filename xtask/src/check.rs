//! `cargo xtask check`: what needs no root and no network.

use anyhow::{Context, Result};

use crate::layers;
use crate::steps::{Steps, cargo, output, succeed};

/// Runs the quick checks.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new();
    read_only(&mut steps);
    // The tests of the hands and of the shell that need a network are in their test folders.
    steps.run("unit tests", || {
        let all = [
            "test",
            "--locked",
            "--workspace",
            "--exclude",
            "integration",
        ];
        succeed(cargo().args(all).args(["--lib", "--bins"]))?;
        let cores = ["test", "--locked", "--package", "vrrp", "--package", "conf"];
        succeed(cargo().args(cores).args(["--package", "sim", "--tests"]))
    });
    steps.finish()
}

/// The steps that only look at the sources; `cargo xtask test` begins with them, too.
pub(crate) fn read_only(steps: &mut Steps) {
    steps.run("format", || {
        component("fmt", "rustfmt")?;
        succeed(cargo().args(["fmt", "--all", "--check"]))
    });
    steps.run("lints", || {
        component("clippy", "clippy")?;
        let clippy = [
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        succeed(cargo().args(clippy))
    });
    steps.run("documentation", || {
        let doc = [
            "doc",
            "--locked",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ];
        succeed(cargo().env("RUSTDOCFLAGS", "-D warnings").args(doc))
    });
    steps.run("layers", layers::check);
}

fn component(subcommand: &str, component: &str) -> Result<()> {
    output(cargo().args([subcommand, "--version"]))
        .map(drop)
        .with_context(|| {
            format!("the toolchain lacks {component}: rustup component add {component}")
        })
}
