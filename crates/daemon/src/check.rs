//! `-t`: what is wrong with the configuration, in the words of a compiler or of the log.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use conf::{LoadOptions, Loaded, SystemHost};

use crate::cli::Cli;
use crate::namespace;

/// Loads, says what was found, and ends with the original's exit status.
pub(crate) fn run(cli: &Cli, log_file: &Path) -> ExitCode {
    if let Some(name) = &cli.namespace
        && let Err(error) = namespace::enter(name)
    {
        say(&format!("{error}\n"));
        return ExitCode::FAILURE;
    }
    let options = LoadOptions {
        path: cli.file.clone(),
        config_id: cli.config_id.clone(),
        all_include_checks: cli.all_config,
        keep_tree: false,
    };
    let loaded = conf::load(&options, &SystemHost);
    if log_file.as_os_str().is_empty() {
        say(&loaded.diagnostics.render(io::stderr().is_terminal()));
    } else if let Err(error) = append(log_file, &loaded) {
        say(&format!("{}: {error}\n", log_file.display()));
        return ExitCode::FAILURE;
    }
    ExitCode::from(loaded.test_exit_code())
}

fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn append(path: &Path, loaded: &Loaded) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).mode(0o644).open(path)?;
    let lines = loaded.diagnostics.log_lines().into_iter();
    let text: String = lines.map(|(_, line)| line + "\n").collect();
    file.write_all(text.as_bytes())
}
