//! `cargo xtask test`: everything that must hold. What cannot be run is a failure, never skipped.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result, bail, ensure};
use integration::{Host, Lab, Program};

use crate::check;
use crate::machine::{self, IPROUTE, ORIGINAL};
use crate::program;
use crate::steps::{Steps, cargo, output, succeed};

/// What `cargo xtask test` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Scenarios at the same time; they wait most of the time (default: four for each processor)
    #[arg(long)]
    threads: Option<usize>,
}

/// Runs everything.
pub(crate) fn run(options: &Options) -> Result<()> {
    machine::require_root("scenarios run in network namespaces")?;
    machine::provide(&[&IPROUTE, &ORIGINAL])?;
    integration::clean("xtask")?;

    let mut steps = Steps::new();
    check::read_only(&mut steps);
    steps.run("build", || program::build().map(drop));
    steps.run("shipped configurations", shipped_configurations);
    steps.run("unit tests and simulation", || {
        succeed(tests()?.args(["--workspace", "--exclude", "integration"]))?;
        // nextest does not run the examples in the documentation.
        succeed(cargo().args(["test", "--locked", "--workspace", "--doc"]))
    });
    // rustc 1.95 drops a comparison at -O that its debug builds keep: a test that shows it must run on what is shipped.
    steps.run("the supervisor as it is released", || {
        let supervisor = ["--package", "daemon", "--test", "supervisor"];
        succeed(
            cargo()
                .args(["test", "--locked", "--release"])
                .args(supervisor),
        )
    });
    let threads = options.threads.map_or_else(default_threads, Ok)?;
    steps.run("scenarios", || scenarios(threads));
    steps.finish()
}

fn default_threads() -> Result<usize> {
    let processors = available_parallelism().context("count the processors")?;
    Ok(processors.get() * 4)
}

fn scenarios(threads: usize) -> Result<()> {
    let ours = program::build()?;
    let mut command = tests()?;
    command
        .args(["--package", "integration"])
        .env("KEEPALIVED", ours);
    command.env("RUST_TEST_THREADS", threads.to_string());
    command.env("NEXTEST_TEST_THREADS", threads.to_string());
    succeed(&mut command)
}

/// `cargo nextest run`, which runs tests of several files at the same time, where it is installed; else `cargo test`.
fn tests() -> Result<Command> {
    let mut command = cargo();
    if output(cargo().args(["nextest", "--version"])).is_ok() {
        command.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        command.args(["test", "--no-fail-fast"]);
    }
    command.arg("--locked");
    Ok(command)
}

/// Every file in `conf` is good, without a message, to us and to the original.
fn shipped_configurations() -> Result<()> {
    let files = configurations(Path::new("conf"))?;
    ensure!(!files.is_empty(), "there are no files in conf");
    let lab = Lab::new("xtask")?;
    let director = lab.director(1);
    // The second link of the sync group's example; what a lab's links are made of is there.
    director.exec("ip link add eth1 type veth peer name eth1-peer")?;
    director.exec("ip link set eth1-peer up")?;
    director.exec("ip addr add 10.20.0.1/24 dev eth1")?;
    director.exec("ip link set eth1 up")?;
    let programs = [Program::Ours(program::build()?), Program::Original];
    for file in &files {
        for program in &programs {
            good(director, &program.path(), file)?;
        }
    }
    println!("{} files are good to ours and to the original", files.len());
    Ok(())
}

fn good(host: &Host, program: &Path, file: &Path) -> Result<()> {
    let mut command = Command::new(program);
    command.arg("-t").arg("-f").arg(fs::canonicalize(file)?);
    let shown = format!("{} -t -f {}", program.display(), file.display());
    let result = host
        .run(|| command.output())?
        .with_context(|| shown.clone())?;
    let said = String::from_utf8_lossy(&result.stderr);
    if !result.status.success() || !said.trim().is_empty() {
        bail!("{shown}: {}\n{}", result.status, said.trim());
    }
    Ok(())
}

fn configurations(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(configurations(&path)?);
        } else if path.extension() == Some(OsStr::new("conf")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
