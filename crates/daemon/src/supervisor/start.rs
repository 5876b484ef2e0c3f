//! From the command line to the running supervisor: everything that happens before there is a thread.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use nix::sys::resource::{RLIM_INFINITY, Resource, setrlimit};
use nix::sys::stat::{Mode, umask};

use super::{INTERNAL_ERROR, Settings, Supervisor, data};
use crate::cli::{Cli, REPLACES};
use crate::ipc::RoleOptions;
use crate::loader::{Line, Loader, Report, Request};
use crate::log::{self, LogOptions, Process};
use crate::namespace;
use crate::pid_file::{PidFile, PidFileError, PidPaths};
use crate::program::Program;
use crate::signals::Signals;

/// Umask unless the command line or the configuration has one.
const UMASK: u32 = 0o177;

const CORE_PATTERN: &str = "/proc/sys/kernel/core_pattern";

/// What the start has come to before the process goes into the background.
struct Prepared {
    report: Report,
    umask: u32,
    parent_pid_file: PidFile,
    vrrp_pid_file: Option<PidFile>,
    vrrp_pid_path: PathBuf,
}

/// The start's end: what to say, and the exit status.
struct Refusal {
    lines: Vec<Line>,
    exit_code: u8,
}

impl Refusal {
    fn new(text: impl ToString, exit_code: u8) -> Self {
        Self {
            lines: vec![Line {
                warning: true,
                text: text.to_string(),
            }],
            exit_code,
        }
    }

    /// To the log, and to whoever has started this and waits for the exit status.
    fn say(&self, log_is_on_stderr: bool) {
        for line in &self.lines {
            line.log();
            if !log_is_on_stderr {
                let _ =
                    io::Write::write_all(&mut io::stderr(), format!("{}\n", line.text).as_bytes());
            }
        }
    }
}

/// Runs the daemon.
pub(crate) fn run(cli: &Cli, program: Program) -> ExitCode {
    let log_options = log_options(cli);
    let restore = set_core_dump(cli);
    let result = prepare(cli, &program);
    let in_background = result.is_ok() && !cli.dont_fork;
    if in_background && let Err(error) = nix::unistd::daemon(false, false) {
        let _guard = log::init(&log_options);
        tracing::error!("cannot go into the background: {error}");
        return ExitCode::FAILURE;
    }
    let _guard = log::init(&log_options);
    log_banner(cli, &program);
    let exit_code = match result {
        Ok(prepared) => supervise(cli, program, &log_options, prepared),
        Err(refusal) => {
            refusal.say(log_options.console);
            refusal.exit_code
        }
    };
    drop(restore);
    tracing::info!("Stopped {}", version());
    ExitCode::from(exit_code)
}

fn version() -> String {
    format!(
        "Keepalived v{REPLACES} (keepalived-rs {})",
        env!("CARGO_PKG_VERSION")
    )
}

fn log_banner(cli: &Cli, program: &Program) {
    tracing::info!("Starting {}", version());
    tracing::info!("Command line: {}", program.command_line());
    let sentences = [cli.facility().err(), cli.umask().err()];
    for sentence in sentences.into_iter().flatten() {
        tracing::warn!("{sentence}");
    }
}

fn log_options(cli: &Cli) -> LogOptions {
    LogOptions {
        process: Process::Parent,
        tag_suffix: cli.namespace.iter().cloned().collect(),
        console: cli.log_console && cli.dont_fork,
        file: cli.log_file.clone(),
        syslog: (!cli.no_syslog).then(|| cli.facility().unwrap_or(log::Facility::DAEMON)),
        debug: cli.debug(),
    }
}

/// What `-f`, `-i` and `-e` ask for.
pub(crate) fn request(cli: &Cli) -> Request {
    Request {
        path: cli.file.clone(),
        config_id: cli.config_id.clone(),
        all_include_checks: cli.all_config,
    }
}

fn prepare(cli: &Cli, program: &Program) -> Result<Prepared, Refusal> {
    if let Some(name) = &cli.namespace {
        namespace::enter(name).map_err(|error| Refusal::new(error, 1))?;
    }
    let report = Loader::start(program, &request(cli)).and_then(Loader::wait);
    let report = report.map_err(|error| Refusal::new(error, INTERNAL_ERROR))?;
    if !report.can_run {
        return Err(Refusal {
            lines: report.lines,
            exit_code: report.start_exit_code,
        });
    }
    let mask = cli
        .umask()
        .ok()
        .flatten()
        .or(report.config.global.umask)
        .unwrap_or(UMASK);
    umask(Mode::from_bits_truncate(mask));
    if let Some(name) = &report.config.global.process_name {
        let name = std::ffi::CString::new(name.as_str()).unwrap_or_default();
        let _ = nix::sys::prctl::set_name(&name);
    }
    let paths = PidPaths::new(
        cli.pid_file.as_deref(),
        cli.vrrp_pid_file.as_deref(),
        report.config.global.use_pid_dir,
        cli.namespace.as_deref(),
    );
    let parent_pid_file = PidFile::lock(&paths.parent).map_err(refuse_parent_pid_file)?;
    let has_role = cli.all || report.has_vrrp();
    let vrrp_pid_file = has_role.then(|| PidFile::lock(&paths.vrrp)).transpose();
    Ok(Prepared {
        report,
        umask: mask,
        parent_pid_file,
        vrrp_pid_file: vrrp_pid_file.map_err(refuse_vrrp_pid_file)?,
        vrrp_pid_path: paths.vrrp,
    })
}

/// The original ends with 0 when the daemon runs already, and when it cannot open this file.
// keepalived: main, pidfile_write
fn refuse_parent_pid_file(error: PidFileError) -> Refusal {
    Refusal::new(error, 0)
}

/// Without this file the original's role dies again and again; we do not start.
fn refuse_vrrp_pid_file(error: PidFileError) -> Refusal {
    match error {
        PidFileError::Locked => Refusal::new(error, 0),
        PidFileError::Io { .. } => Refusal::new(error, 1),
    }
}

fn supervise(cli: &Cli, program: Program, log: &LogOptions, prepared: Prepared) -> u8 {
    let Prepared {
        report,
        umask,
        mut parent_pid_file,
        vrrp_pid_file,
        vrrp_pid_path,
    } = prepared;
    report.lines.iter().for_each(Line::log);
    if cli.dump_conf {
        data::log_at_start(&report, umask);
    }
    let settings = Settings {
        program,
        request: request(cli),
        role_options: RoleOptions {
            detail: cli.detail,
            keep_vips: cli.keep_vips,
            release_vips: cli.release_vips,
            log_addresses: cli.log_addresses,
            dump_conf: cli.dump_conf,
            umask,
            log: log.for_process(Process::Vrrp),
        },
        vrrp_pid_path,
        all_roles: cli.all,
        dont_respawn: cli.dont_respawn,
    };
    let result = block_on(async {
        let signals = Signals::catch(cli.ignore_sigint)?;
        // Only now: who reads the number may send a signal at once.
        parent_pid_file
            .write(std::process::id())
            .map_err(io::Error::other)?;
        let (supervisor, inbox) = Supervisor::new(settings, report, vrrp_pid_file);
        Ok(supervisor.run(signals, inbox).await)
    });
    result.unwrap_or_else(|error| {
        tracing::error!("the supervisor cannot run: {error}");
        INTERNAL_ERROR
    })
}

fn block_on(daemon: impl Future<Output = io::Result<u8>>) -> io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(daemon);
    // Not waiting for a `script </path` on a file system that hangs.
    runtime.shutdown_background();
    result
}

/// Puts the kernel's core pattern back when dropped.
struct CorePattern(Vec<u8>);

impl Drop for CorePattern {
    fn drop(&mut self) {
        let _ = std::fs::write(CORE_PATTERN, &self.0);
    }
}

/// `-m` and `-M`. Nothing that the daemon could not run without.
// keepalived: core_dump_init
fn set_core_dump(cli: &Cli) -> Option<CorePattern> {
    if cli.core_dump() {
        let _ = setrlimit(Resource::RLIMIT_CORE, RLIM_INFINITY, RLIM_INFINITY);
    }
    let pattern = cli.core_pattern.as_ref()?;
    let before = std::fs::read(CORE_PATTERN).ok()?;
    std::fs::write(CORE_PATTERN, pattern.as_encoded_bytes()).ok()?;
    Some(CorePattern(before))
}
