//! `cargo xtask bench`: measures, ours beside the original, in one run on one machine.

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
}

/// Runs a bench, or lists them.
pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.bench {
        Some(Bench::Failover(options)) => failover::run(options),
        None => {
            println!(
                "cargo xtask bench failover   take-over, stop, reload, state changes under load"
            );
            println!(
                "\nEach compares ours with the original, in one run; --help shows its options."
            );
            Ok(())
        }
    }
}
