//! The configuration is read by a process of its own: whatever a file does to the parser, the daemon is fine.
//!
//! The request goes to it in a memfd, its standard input; the answer comes back in the same one. Its end of a
//! socket pair, its standard output, tells when it has ended.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use conf::{Code, Config, Diagnostic, LoadOptions, Loaded, Severity, SystemHost, User};
use serde::{Deserialize, Serialize};

use crate::ipc::memfd;
use crate::program::Program;

/// A load that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(10);

/// The user that runs scripts if there is one and nothing else is said.
const SCRIPT_USER: &str = "keepalived_script";

/// What is to be loaded: [`LoadOptions`], in a form that travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The main file.
    pub(crate) path: PathBuf,
    /// `-i`.
    pub(crate) config_id: Option<String>,
    /// `-e`.
    pub(crate) all_include_checks: bool,
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// The configuration, as far as it could be understood.
    pub(crate) config: Config,
    /// What to log about it.
    pub(crate) lines: Vec<Line>,
    /// Whether the daemon may run this.
    pub(crate) can_run: bool,
    /// What it exits with if not.
    pub(crate) start_exit_code: u8,
    /// What `-t` exits with.
    pub(crate) test_exit_code: u8,
    /// Why the file's meaning is in doubt. No reason not to start, as the original does, but a reason not to give
    /// up a configuration that runs.
    pub(crate) doubt: Option<String>,
    /// Files that an include names and that could not be read: what was in them is missing.
    pub(crate) unread: Vec<String>,
    /// Supplementary groups by user name, if `set_supplementary_groups` wants them. Looked up here because a
    /// name service may block.
    pub(crate) groups: BTreeMap<String, Vec<u32>>,
}

/// A line for the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Logged as a warning; otherwise as information.
    pub(crate) warning: bool,
    /// The text.
    pub(crate) text: String,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The process could not be started or spoken with.
    #[error("cannot read the configuration: {0}")]
    Io(#[from] io::Error),
    /// It took too long and was killed.
    #[error("reading the configuration took more than {} s", LIMIT.as_secs())]
    TimedOut,
    /// It crashed.
    #[error("reading the configuration ended with {}", describe(*.0))]
    Crashed(ExitStatus),
}

fn describe(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, code) => format!("status {}", code.unwrap_or(-1)),
    }
}

/// A load that is under way.
#[derive(Debug)]
pub(crate) struct Loader {
    child: Child,
    end: UnixStream,
    memory: OwnedFd,
}

impl Loader {
    /// Starts it.
    pub(crate) fn start(program: &Program, request: &Request) -> Result<Self, LoadError> {
        let memory = memfd::create("keepalived configuration")?;
        memfd::put(&memory, request)?;
        let (end, theirs) = UnixStream::pair()?;
        let child = program
            .role("config")
            .stdin(Stdio::from(memory.try_clone()?))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .spawn()?;
        Ok(Self { child, end, memory })
    }

    /// Waits, and blocks: for the time before there is a runtime.
    pub(crate) fn wait(mut self) -> Result<Report, LoadError> {
        self.end.set_read_timeout(Some(LIMIT))?;
        match self.end.read_to_end(&mut Vec::new()) {
            Ok(_) => self.finish(),
            Err(_) => self.give_up(),
        }
    }

    /// Waits as a future does.
    pub(crate) async fn finished(self) -> Result<Report, LoadError> {
        self.end.set_nonblocking(true)?;
        let end = tokio::net::UnixStream::from_std(self.end.try_clone()?)?;
        match tokio::time::timeout(LIMIT, end.readable()).await {
            Ok(_) => self.finish(),
            Err(_) => self.give_up(),
        }
    }

    /// It has closed its output, which it does by ending.
    fn finish(mut self) -> Result<Report, LoadError> {
        let status = self.child.wait()?;
        if !status.success() {
            return Err(LoadError::Crashed(status));
        }
        memfd::seal(&self.memory)?;
        Ok(memfd::read(&self.memory)?)
    }

    fn give_up(mut self) -> Result<Report, LoadError> {
        self.child.kill()?;
        self.child.wait()?;
        Err(LoadError::TimedOut)
    }
}

/// The process itself.
pub(crate) fn run() -> ExitCode {
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = io::Write::write_all(
                &mut io::stderr(),
                format!("cannot hand over the configuration: {error}\n").as_bytes(),
            );
            ExitCode::FAILURE
        }
    }
}

fn answer() -> io::Result<()> {
    let memory = io::stdin().as_fd().try_clone_to_owned()?;
    let request: Request = memfd::read(&memory)?;
    let report = load(&request);
    nix::unistd::ftruncate(&memory, 0)?;
    nix::unistd::lseek(&memory, 0, nix::unistd::Whence::SeekSet)?;
    memfd::put(&memory, &report)
}

/// Loads in this process.
pub(crate) fn load(request: &Request) -> Report {
    let Request {
        path,
        config_id,
        all_include_checks,
    } = request.clone();
    let options = LoadOptions {
        path,
        config_id,
        all_include_checks,
        keep_tree: false,
    };
    Report::new(conf::load(&options, &SystemHost), &request.path)
}

impl Report {
    fn new(loaded: Loaded, path: &Path) -> Self {
        let (can_run, doubt) = (loaded.can_run(), doubt(&loaded, path));
        let unread = unread(&loaded);
        let (start_exit_code, test_exit_code) = (loaded.start_exit_code(), loaded.test_exit_code());
        let mut lines = vec![Line::info(format!("Opening file '{}'.", path.display()))];
        let said = loaded.diagnostics.log_lines().into_iter();
        lines.extend(said.map(|(severity, text)| Line {
            warning: is_warning(severity),
            text,
        }));
        let mut config = loaded.config;
        fill_in_script_user(&mut config);
        let groups = supplementary_groups(&config);
        Self {
            config,
            lines,
            can_run,
            start_exit_code,
            test_exit_code,
            doubt,
            unread,
            groups,
        }
    }

    /// Why this must not replace a running configuration.
    pub(crate) fn reload_objection(&self, running: &Self) -> Option<String> {
        if !self.can_run {
            return Some("the new configuration cannot be run".into());
        }
        // keepalived: reload_check_config runs `-t` and wants status 0.
        if running.config.global.reload.check_log.is_some() && self.test_exit_code != 0 {
            let code = self.test_exit_code;
            return Some(format!(
                "reload_check_config is set, and -t would exit with {code}"
            ));
        }
        // A folder beside the files of `conf.d/*` is skipped every time; a file that could be read before is not.
        let newly = self
            .unread
            .iter()
            .find(|file| !running.unread.contains(file));
        self.doubt.clone().or(newly.cloned())
    }

    /// Whether there is anything for the VRRP role to do.
    pub(crate) fn has_vrrp(&self) -> bool {
        !self.config.router.instances.is_empty()
    }
}

impl Line {
    fn info(text: String) -> Self {
        Self {
            warning: false,
            text,
        }
    }

    /// Logs it.
    pub(crate) fn log(&self) {
        match self.warning {
            true => tracing::warn!("{}", self.text),
            false => tracing::info!("{}", self.text),
        }
    }
}

fn unread(loaded: &Loaded) -> Vec<String> {
    let includes = loaded
        .diagnostics
        .iter()
        .filter(|found| found.code == Code::Include);
    includes.map(|found| found.log_lines().join(" ")).collect()
}

/// That there is nothing in the file, which is what an editor leaves that is just writing it; or the first finding
/// that may have swallowed the rest of it: it was cut off, or is no text.
fn doubt(loaded: &Loaded, path: &Path) -> Option<String> {
    if loaded.is_empty() {
        let path = path.display();
        return Some(format!(
            "'{path}' has no statement, as if it were just being written"
        ));
    }
    const TORN: [Code; 7] = [
        Code::UnclosedBlock,
        Code::MissingBrace,
        Code::ExtraBrace,
        Code::UnmatchedQuote,
        Code::Encoding,
        Code::TooLarge,
        Code::IncludeLoop,
    ];
    let torn = |d: &&Diagnostic| d.severity == Severity::Error && TORN.contains(&d.code);
    let found = loaded.diagnostics.iter().find(torn)?;
    Some(found.log_lines().join(" "))
}

fn is_warning(severity: Severity) -> bool {
    match severity {
        Severity::Note => false,
        Severity::Warning | Severity::Error => true,
    }
}

// keepalived: set_default_script_user
fn fill_in_script_user(config: &mut Config) {
    if config.global.script_user.is_some() {
        return;
    }
    let user = nix::unistd::User::from_name(SCRIPT_USER).ok().flatten();
    config.global.script_user = user.map(|user| User {
        name: user.name,
        uid: user.uid.as_raw(),
        gid: user.gid.as_raw(),
    });
}

fn supplementary_groups(config: &Config) -> BTreeMap<String, Vec<u32>> {
    if !config.global.supplementary_groups {
        return BTreeMap::new();
    }
    let users: BTreeMap<_, _> = users(config)
        .map(|user| (user.name.clone(), user.gid))
        .collect();
    users
        .into_iter()
        .map(|(name, gid)| (name.clone(), groups_of(&name, gid)))
        .collect()
}

fn groups_of(name: &str, gid: u32) -> Vec<u32> {
    let found = CString::new(name)
        .ok()
        .and_then(|name| nix::unistd::getgrouplist(&name, nix::unistd::Gid::from_raw(gid)).ok());
    found
        .into_iter()
        .flatten()
        .map(nix::unistd::Gid::as_raw)
        .collect()
}

fn users(config: &Config) -> impl Iterator<Item = &User> {
    let notifies = config.instances.iter().map(|instance| &instance.notify);
    let notifies = notifies.chain(config.groups.iter().map(|group| &group.notify));
    let notified = notifies.flat_map(|notify| {
        [
            &notify.any,
            &notify.master,
            &notify.backup,
            &notify.fault,
            &notify.stop,
            &notify.deleted,
            &notify.master_rx_lower_pri,
        ]
    });
    let checks = config
        .scripts
        .iter()
        .filter_map(|script| match &script.check {
            conf::Check::Command(command) => command.user.as_ref(),
            conf::Check::FileOpens(_) => None,
        });
    let commands = notified
        .flatten()
        .filter_map(|command| command.user.as_ref());
    commands
        .chain(checks)
        .chain(config.global.script_user.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(text: &str) -> Report {
        let host = conf::FakeHost::default();
        Report::new(
            conf::load_text("x", text.as_bytes(), "id", &host),
            Path::new("/x"),
        )
    }

    #[test]
    fn a_torn_file_is_no_reason_to_give_up_what_runs() {
        let running = loaded("global_defs {\n router_id a\n}\n");
        assert_eq!(running.reload_objection(&running), None);
        let torn = loaded("global_defs {\n router_id a\n");
        assert!(torn.can_run, "the original starts it");
        assert!(torn.reload_objection(&running).is_some());
    }

    #[test]
    fn a_file_without_a_statement_may_start_but_replaces_nothing() {
        let running = loaded("global_defs {\n router_id a\n}\n");
        for text in ["", "\n", "! a comment\n# and another"] {
            let empty = loaded(text);
            assert!(empty.can_run, "the original starts it");
            let objection = empty.reload_objection(&running);
            assert!(objection.is_some_and(|sentence| sentence.contains("no statement")));
        }
    }

    #[test]
    fn an_unknown_word_is_an_objection_only_if_reloads_are_checked() {
        let unknown = loaded("global_defs {\n no_such_word\n}\n");
        assert_ne!(unknown.test_exit_code, 0);
        let running = loaded("global_defs {\n router_id a\n}\n");
        assert_eq!(unknown.reload_objection(&running), None);
        let mut checking = running;
        checking.config.global.reload.check_log = Some("/dev/null".into());
        assert!(unknown.reload_objection(&checking).is_some());
    }

    #[test]
    fn an_include_that_could_be_read_before_is_missed() {
        let dir = crate::testing::TempDir::new();
        let (path, include) = (dir.path().join("main.conf"), dir.path().join("inc.conf"));
        std::fs::write(&path, "global_defs {\n router_id a\n}\ninclude inc.conf\n").unwrap();
        let load_it = || {
            load(&Request {
                path: path.clone(),
                config_id: None,
                all_include_checks: false,
            })
        };
        std::fs::write(&include, "").unwrap();
        let running = load_it();
        assert_eq!(running.reload_objection(&running), None);
        std::fs::remove_file(&include).unwrap();
        std::fs::create_dir(&include).unwrap();
        let without = load_it();
        assert!(without.reload_objection(&running).is_some());
        assert_eq!(without.reload_objection(&without), None);
    }

    #[test]
    fn a_process_that_fails_is_a_failed_load() {
        // This executable is the test's own, which knows no roles.
        let program = Program::new(std::iter::once("keepalived".into()));
        let request = Request {
            path: "/x".into(),
            config_id: None,
            all_include_checks: false,
        };
        let loader = Loader::start(&program, &request).unwrap();
        assert!(matches!(loader.wait(), Err(LoadError::Crashed(_))));
    }

    #[test]
    fn a_report_travels() {
        let report = Report::new(Loaded::default(), Path::new("/x"));
        let memory = memfd::write("test", &report).unwrap();
        assert_eq!(memfd::read::<Report>(memory).unwrap(), report);
    }

    #[test]
    fn groups_are_looked_up_only_if_wanted() {
        let root = User {
            name: "root".into(),
            uid: 0,
            gid: 0,
        };
        let mut config = Config::default();
        config.global.script_user = Some(root);
        assert!(supplementary_groups(&config).is_empty());
        config.global.supplementary_groups = true;
        assert_eq!(
            supplementary_groups(&config).get("root").map(Vec::as_slice),
            Some(&[0][..])
        );
    }
}
