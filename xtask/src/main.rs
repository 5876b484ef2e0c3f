//! The workspace's commands: `cargo xtask demo`, `test`, `check` and `bench`.
//!
//! They need a Rust toolchain; `demo`, `test` and `bench` also need root, for network namespaces, and install with
//! apt what the machine lacks.
#![expect(clippy::print_stdout, reason = "these are command line programs")]

mod bench;
mod boot;
mod check;
mod demo;
mod layers;
mod machine;
mod program;
mod steps;
mod stop;
mod test;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The workspace's commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Two directors share two addresses, one of them loses its power: shown live
    Demo(demo::Options),
    /// Everything: format, lints, documentation, layers, shipped configurations, all tests (needs root)
    Test(test::Options),
    /// What needs no root and no network: format, lints, documentation, layers, unit tests
    Check,
    /// Measures, ours beside the original; without a name: which there are
    Bench(bench::Options),
    /// An HTTP server that answers with NAME (the demo runs it in a director)
    #[command(hide = true)]
    Serve {
        /// The answer
        name: String,
        /// The port
        port: u16,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<stop::Interrupted>() => {
            println!("\ninterrupted; everything is removed");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask is in no workspace")?;
    std::env::set_current_dir(root).with_context(|| format!("go to {}", root.display()))?;
    match command {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Check => check::run(),
        Command::Bench(options) => bench::run(&options),
        Command::Serve { name, port } => demo::serve(&name, port),
    }
}
