//! The command line: the original's options, accepted as `getopt_long(3)` accepts them.

mod words;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{ArgAction, CommandFactory as _, Parser};

use crate::log::Facility;

/// Where the configuration is unless `-f` says otherwise.
pub(crate) const DEFAULT_CONFIG: &str = "/etc/keepalived/keepalived.conf";

/// The original writes this pattern for `-M` without a value.
const DEFAULT_CORE_PATTERN: &str = "core";

/// `-g` without a value.
const DEFAULT_LOG_FILE: &str = "/tmp/keepalived.log";

/// Every option of the original.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "keepalived",
    disable_help_flag = true,
    disable_version_flag = true,
    args_override_self = true,
    infer_long_args = true,
    override_usage = "keepalived [OPTION...]"
)]
pub(crate) struct Cli {
    /// Use the specified configuration file
    #[arg(short = 'f', long = "use-file", value_name = "FILE", default_value = DEFAULT_CONFIG)]
    pub(crate) file: PathBuf,
    /// Only run with VRRP subsystem
    #[arg(short = 'P', long = "vrrp")]
    pub(crate) vrrp: bool,
    /// Only run with health checker subsystem (not built yet)
    #[arg(short = 'C', long = "check")]
    pub(crate) check: bool,
    /// Don't run BFD subsystem
    #[arg(short = 'B', long = "no_bfd")]
    pub(crate) no_bfd: bool,
    /// Run all child processes, even if they have no configuration
    #[arg(long = "all")]
    pub(crate) all: bool,
    /// Log messages to standard error too (with -n)
    #[arg(short = 'l', long = "log-console")]
    pub(crate) log_console: bool,
    /// Detailed log messages; twice for more
    #[arg(short = 'D', long = "log-detail", action = ArgAction::Count)]
    pub(crate) detail: u8,
    /// Set syslog facility to LOG_LOCAL[0-7], user or daemon (default)
    #[arg(
        short = 'S',
        long = "log-facility",
        value_name = "[0-7]|local[0-7]|user|daemon"
    )]
    log_facility: Option<String>,
    /// Also log to FILE, default /tmp/keepalived.log; roles put _vrrp before its last dot
    #[arg(short = 'g', long = "log-file", value_name = "FILE", num_args = 0..=1, require_equals = true,
          default_missing_value = DEFAULT_LOG_FILE)]
    pub(crate) log_file: Option<PathBuf>,
    /// Flush the log file after each line (it always is)
    #[arg(long = "flush-log-file")]
    flush_log_file: bool,
    /// Don't log via syslog
    #[arg(short = 'G', long = "no-syslog")]
    pub(crate) no_syslog: bool,
    /// Error if any configuration file is missing (same as includet)
    #[arg(short = 'e', long = "all-config")]
    pub(crate) all_config: bool,
    /// Umask for file creation (in numeric form)
    #[arg(short = 'u', long = "umask", value_name = "MASK")]
    umask_text: Option<String>,
    /// Drop VIPs on transition from signal
    #[arg(short = 'X', long = "release-vips")]
    pub(crate) release_vips: bool,
    /// Don't remove VRRP VIPs and routes on daemon stop
    #[arg(short = 'V', long = "dont-release-vrrp")]
    pub(crate) keep_vips: bool,
    /// Don't remove IPVS topology on daemon stop
    #[arg(short = 'I', long = "dont-release-ipvs")]
    keep_ipvs: bool,
    /// Don't respawn child processes
    #[arg(short = 'R', long = "dont-respawn")]
    pub(crate) dont_respawn: bool,
    /// Don't fork the daemon process
    #[arg(short = 'n', long = "dont-fork")]
    pub(crate) dont_fork: bool,
    /// Dump the configuration data
    #[arg(short = 'd', long = "dump-conf")]
    pub(crate) dump_conf: bool,
    /// Use specified pidfile for parent process
    #[arg(short = 'p', long = "pid", value_name = "FILE")]
    pub(crate) pid_file: Option<PathBuf>,
    /// Use specified pidfile for VRRP child process
    #[arg(short = 'r', long = "vrrp_pid", value_name = "FILE")]
    pub(crate) vrrp_pid_file: Option<PathBuf>,
    /// Use specified pidfile for checkers child process
    #[arg(short = 'c', long = "checkers_pid", value_name = "FILE")]
    checkers_pid_file: Option<PathBuf>,
    /// Use specified pidfile for BFD child process
    #[arg(short = 'b', long = "bfd_pid", value_name = "FILE")]
    bfd_pid_file: Option<PathBuf>,
    /// Enter into genhash utility mode (not built yet)
    #[arg(short = 'T', long = "genhash")]
    pub(crate) genhash: bool,
    /// Report all address additions/deletions notified via netlink
    #[arg(short = 'a', long = "address-monitoring")]
    pub(crate) log_addresses: bool,
    /// Enable SNMP subsystem (not built yet)
    #[arg(short = 'x', long = "snmp")]
    pub(crate) snmp: bool,
    /// Use the specified socket for master agent
    #[arg(short = 'A', long = "snmp-agent-socket", value_name = "ADDRESS")]
    snmp_agent_socket: Option<OsString>,
    /// Produce core dump if terminated abnormally
    #[arg(short = 'm', long = "core-dump")]
    core_dump: bool,
    /// Also set /proc/sys/kernel/core_pattern to PATN (default 'core')
    #[arg(short = 'M', long = "core-dump-pattern", value_name = "PATN", num_args = 0..=1,
          require_equals = true, default_missing_value = DEFAULT_CORE_PATTERN)]
    pub(crate) core_pattern: Option<OsString>,
    /// Run in network namespace NAME (overrides config)
    #[arg(short = 's', long = "namespace", value_name = "NAME")]
    pub(crate) namespace: Option<String>,
    /// Skip configuration lines beginning '@' that don't match ID, or beginning '@^' that do
    #[arg(short = 'i', long = "config-id", value_name = "ID")]
    pub(crate) config_id: Option<String>,
    /// Print the signal number for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON
    #[arg(long = "signum", value_name = "SIGFUNC")]
    pub(crate) signum: Option<String>,
    /// Check the configuration for obvious errors, output to standard error by default
    #[arg(short = 't', long = "config-test", value_name = "LOG_FILE", num_args = 0..=1,
          require_equals = true, default_missing_value = "")]
    pub(crate) config_test: Option<OsString>,
    /// Read the configuration from a descriptor: the original's own use only
    #[arg(long = "config-fd", value_name = "N", hide = true)]
    pub(crate) config_fd: Option<OsString>,
    /// Ignore SIGINT
    #[arg(long = "ignore-sigint")]
    pub(crate) ignore_sigint: bool,
    /// Record performance data (not built)
    #[arg(long = "perf", value_name = "all|run|end", num_args = 0..=1, require_equals = true,
          default_missing_value = "all")]
    pub(crate) perf: Option<OsString>,
    /// Log debug messages; the letters choose topics in the original, here all are on
    #[arg(long = "debug", value_name = "LETTERS", num_args = 0..=1, require_equals = true,
          default_missing_value = "")]
    debug_topics: Option<OsString>,
    /// Memory debugging of the original: no effect
    #[arg(short = 'L', long = "mem-check-log")]
    mem_check_log: bool,
    /// Memory debugging of the original: no effect
    #[arg(short = 'O', long = "openssl-mem-check")]
    openssl_mem_check: bool,
    /// Memory debugging of the original: no effect
    #[arg(long = "no-mem-check")]
    no_mem_check: bool,
    /// Display the version number
    #[arg(short = 'v', long = "version")]
    pub(crate) version: bool,
    /// Display this help message
    #[arg(short = 'h', long = "help")]
    pub(crate) help: bool,
}

impl Cli {
    /// Reads the words behind the program's name. The error is the sentence for standard error.
    pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let command = Self::command();
        let words = words::normalise(words, &command)?;
        let name = std::iter::once(OsString::from("keepalived"));
        Self::try_parse_from(name.chain(words)).map_err(|error| sentence(&error))
    }

    /// What `-h` prints.
    pub(crate) fn help_text() -> String {
        Self::command().render_help().to_string()
    }

    /// `-m`, which `-M` implies.
    pub(crate) fn core_dump(&self) -> bool {
        self.core_dump || self.core_pattern.is_some()
    }

    /// `--debug`.
    pub(crate) fn debug(&self) -> bool {
        self.debug_topics.is_some()
    }

    /// `-S`. The error is the original's sentence; it goes on with the default.
    pub(crate) fn facility(&self) -> Result<Facility, String> {
        let Some(text) = &self.log_facility else {
            return Ok(Facility::DAEMON);
        };
        let number = || text.strip_prefix("local").unwrap_or(text).parse().ok();
        match text.as_str() {
            "daemon" => Ok(Facility::DAEMON),
            "user" => Ok(Facility::USER),
            _ => number()
                .and_then(Facility::local)
                .ok_or_else(|| format!("Invalid log facility '{text}'")),
        }
    }

    /// `-u`, in any base that `strtol(3)` reads. The error is the original's sentence; it goes on without.
    pub(crate) fn umask(&self) -> Result<Option<u32>, String> {
        let Some(text) = &self.umask_text else {
            return Ok(None);
        };
        let number = match text.as_bytes() {
            [b'0', b'x' | b'X', ..] => u32::from_str_radix(&text[2..], 16),
            [b'0', ..] => u32::from_str_radix(text, 8),
            _ => text.parse(),
        };
        match number {
            Ok(mask) if mask <= 0o777 => Ok(Some(mask)),
            Ok(_) | Err(_) => Err(format!("Invalid --umask option {text}")),
        }
    }

    /// The first option whose feature is asked for and is not built.
    pub(crate) fn not_built(&self) -> Option<&'static str> {
        let wishes = [
            (
                self.genhash,
                "keepalived-rs has no genhash yet: -T cannot be used",
            ),
            (
                self.snmp,
                "keepalived-rs has no SNMP yet: -x cannot be used",
            ),
            (
                self.check && !self.vrrp,
                "keepalived-rs has no health checkers yet: -C alone would run nothing",
            ),
            (
                self.perf.is_some(),
                "keepalived-rs records no performance data: --perf cannot be used",
            ),
            (
                self.config_fd.is_some(),
                "--config-fd is for keepalived's own use and has no meaning in keepalived-rs",
            ),
        ];
        wishes
            .into_iter()
            .find_map(|(wished, sentence)| wished.then_some(sentence))
    }
}

/// The original's words for what clap found.
// keepalived: parse_cmdline
#[allow(clippy::wildcard_enum_match_arm, reason = "not our enum, and it grows")]
fn sentence(error: &clap::Error) -> String {
    let argument = error
        .get(ContextKind::InvalidArg)
        .map(ToString::to_string)
        .unwrap_or_default();
    let name = argument.split([' ', '=', '[']).next().unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument if name.starts_with('-') => format!("Unknown option {name}"),
        ErrorKind::UnknownArgument => format!("Unexpected argument(s): {argument}"),
        _ => error.to_string().trim_end().to_owned(),
    }
}

/// The number of the signal for a function, as `--signum` prints it.
///
/// Fixed numbers for the real-time ones: exporters use 36 and 63 whatever the C library reserves.
pub(crate) fn signum(function: &str) -> Option<i32> {
    match function {
        "STOP" => Some(libc::SIGTERM),
        "RELOAD" => Some(libc::SIGHUP),
        "DATA" => Some(libc::SIGUSR1),
        "STATS" => Some(libc::SIGUSR2),
        "STATS_CLEAR" => Some(crate::signals::STATS_CLEAR),
        "JSON" => Some(crate::signals::JSON),
        _ => None,
    }
}

/// What `-v` prints: the first line is what exporters parse.
pub(crate) fn version_text() -> String {
    format!(
        "Keepalived v{} (keepalived-rs {})\n\n\
         keepalived-rs {}: a replacement of keepalived, in Rust\n\n\
         Config options:  VRRP VRRP_AUTH INIT=systemd SYSTEMD_NOTIFY\n",
        REPLACES,
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_VERSION"),
    )
}

/// The version of the original that this program stands in for.
pub(crate) const REPLACES: &str = "2.4.3";

#[cfg(test)]
mod tests;
