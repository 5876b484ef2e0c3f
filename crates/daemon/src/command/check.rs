//! `keepalived check`: everything that is wrong with configuration files. Needs neither root nor the machine they
//! are for.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use conf::{LoadOptions, Loaded, SystemHost};

use super::print;

/// What is checked, and how it is told.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The configuration files, one for each router
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Takes lines beginning `@ID` as the router of that name does
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let colour = io::stdout().is_terminal();
    for path in &options.files {
        print(&load(options, path).diagnostics.render(colour));
    }
    ExitCode::SUCCESS
}

fn load(options: &Options, path: &std::path::Path) -> Loaded {
    let load = LoadOptions {
        path: path.to_owned(),
        config_id: options.config_id.clone(),
        all_include_checks: false,
    };
    conf::load(&load, &SystemHost)
}
