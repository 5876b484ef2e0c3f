//! `cargo xtask bench`: measures, ours beside the original, in one run on one machine.

mod conf;
mod failover;
mod hogs;
mod pair;
mod table;

use anyhow::Result;
use clap::Subcommand;

/// What `cargo xtask bench` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    bench: Option<Bench>,
}

#[derive(Subcommand)]
enum Bench {
    /// Take-over, stop, reload, and state changes under load: ours beside the original
    Failover(failover::Options),
    /// Time and memory of `-t` on large files: ours beside the original
    Conf(conf::Options),
}

/// Runs a bench, or lists them.
pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.bench {
        Some(Bench::Failover(options)) => failover::run(options),
        Some(Bench::Conf(options)) => conf::run(options),
        None => {
            println!(
                "cargo xtask bench failover   take-over, stop, reload, state changes under load"
            );
            println!("cargo xtask bench conf       time and memory of -t on large files");
            println!(
                "\nEach compares ours with the original, in one run; --help shows its options."
            );
            Ok(())
        }
    }
}
