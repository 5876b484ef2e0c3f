//! `keepalived dump`: the configuration as it is understood, without includes, definitions, conditions, repetitions
//! and comments. Needs neither root nor the machine it is for.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use conf::{Dumped, LoadOptions, Secrets, SystemHost};

use super::{NOT_ANSWERED, complain};
use crate::cli::DEFAULT_CONFIG;

/// What is printed, and how.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The configuration file
    #[arg(value_name = "FILE", default_value = DEFAULT_CONFIG)]
    file: PathBuf,
    /// Takes lines beginning `@ID` as the router of that name does
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,
    /// Hides passwords and keys; else they are printed, as they are a part of the configuration
    #[arg(long)]
    mask: bool,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let load = LoadOptions {
        path: options.file.clone(),
        config_id: options.config_id.clone(),
        ..LoadOptions::default()
    };
    let secrets = if options.mask {
        Secrets::Masked
    } else {
        Secrets::Shown
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let dumped = conf::dump(&load, secrets, &SystemHost, &mut out)
        .and_then(|dumped| out.flush().map(|()| dumped));
    match dumped {
        Ok(Dumped::All(found)) => {
            tell(&found);
            ExitCode::SUCCESS
        }
        Ok(Dumped::NoFile(found)) => {
            tell(&found);
            ExitCode::from(NOT_ANSWERED)
        }
        // The reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("the configuration cannot be printed: {error}"));
            ExitCode::from(NOT_ANSWERED)
        }
    }
}

/// Why something is not in it, apart from it.
fn tell(found: &conf::Diagnostics) {
    let text = found.render(io::stderr().is_terminal());
    let _ = io::stderr().write_all(text.as_bytes());
}
