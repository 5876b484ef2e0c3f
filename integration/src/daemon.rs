//! A keepalived in a namespace: started, listened to, reloaded, stopped, killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::process;
use crate::{Host, Log, LogLine, Signal, Stamp, now, wait_until};

/// Which keepalived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// The one built here, at this path.
    Ours(PathBuf),
    /// The one that is replaced: `/usr/sbin/keepalived`, or what `ORIGINAL_KEEPALIVED` names.
    Original,
}

impl Program {
    /// Finds our executable: the environment's `KEEPALIVED`, else the younger of
    /// `target/release/keepalived` and `target/debug/keepalived`.
    pub fn ours() -> Result<Self> {
        if let Some(path) = std::env::var_os("KEEPALIVED") {
            let path = PathBuf::from(path);
            ensure!(
                path.is_file(),
                "KEEPALIVED names {}, which is no file",
                path.display()
            );
            return Ok(Self::Ours(path));
        }
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap_or(Path::new("."));
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| workspace.join("target"), |folder| workspace.join(folder));
        let built = ["release", "debug"].map(|profile| target.join(profile).join("keepalived"));
        let age = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).ok();
        let youngest = built
            .into_iter()
            .filter(|path| path.is_file())
            .max_by_key(age);
        let path = youngest.with_context(|| {
            format!("no keepalived in {}; `cargo build` first", target.display())
        })?;
        Ok(Self::Ours(path))
    }

    /// The file to execute.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Ours(path) => path.clone(),
            Self::Original => std::env::var_os("ORIGINAL_KEEPALIVED")
                .map_or_else(|| PathBuf::from("/usr/sbin/keepalived"), PathBuf::from),
        }
    }

    /// Runs it to its end with these arguments inside a host's namespace, at most ten seconds.
    pub fn run(&self, host: &Host, arguments: &[&str]) -> Result<TestRun> {
        let mut command = Command::new(self.path());
        command.args(arguments).current_dir(host.folder());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = host.spawn(&mut command)?;
        let log = Log::default();
        let readers = log.read_from(&mut child);
        let status = wait_for_end(&mut child, Duration::from_secs(10))
            .with_context(|| format!("{} {}", self.path().display(), arguments.join(" ")))?;
        readers.into_iter().for_each(|reader| drop(reader.join()));
        let lines = log.lines().into_iter().map(|line| line.text).collect();
        Ok(TestRun { status, lines })
    }
}

/// How a run to the end went.
#[derive(Debug, Clone)]
pub struct TestRun {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote, to either stream.
    pub lines: Vec<String>,
}

/// How a daemon ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// When the signal was sent.
    pub asked: Stamp,
    /// How long it took from the signal.
    pub took: Duration,
}

/// A running keepalived; it and all its processes are killed on drop.
#[derive(Debug)]
pub struct Daemon {
    program: Program,
    folder: PathBuf,
    child: Child,
    ended: Option<ExitStatus>,
    log: Log,
    /// When it was started.
    pub started: Stamp,
}

impl Daemon {
    /// Starts a program on a host with this configuration text, in the foreground, with detailed
    /// log and with pid files of its own.
    pub fn start(host: &Host, program: &Program, config: &str) -> Result<Self> {
        Self::start_with(host, program, config, &[])
    }

    /// The same with further options.
    pub fn start_with(
        host: &Host,
        program: &Program,
        config: &str,
        options: &[&str],
    ) -> Result<Self> {
        let folder = host.folder().to_owned();
        fs::create_dir_all(folder.join("tmp"))?;
        fs::write(folder.join("keepalived.conf"), config)?;
        let mut command = Command::new(program.path());
        command.args(["-n", "-l", "-D"]);
        let files = [
            ("-f", "keepalived.conf"),
            ("-p", "keepalived.pid"),
            ("-r", "vrrp.pid"),
        ];
        for (option, file) in files
            .into_iter()
            .chain([("-c", "checkers.pid"), ("-b", "bfd.pid")])
        {
            command.arg(option).arg(folder.join(file));
        }
        command
            .args(options)
            .current_dir(&folder)
            .env("TMPDIR", folder.join("tmp"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        process::adopt_orphans()?;
        let started = now();
        let mut child = host.spawn(&mut command)?;
        let log = Log::default();
        log.read_from(&mut child);
        Ok(Self {
            program: program.clone(),
            folder,
            child,
            ended: None,
            log,
            started,
        })
    }

    /// Which program it is.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Process id of the parent.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap_or(i32::MAX)
    }

    /// Process ids of its children, and theirs.
    pub fn children(&self) -> Vec<i32> {
        process::descendants(self.pid())
    }

    /// The number in one of its pid files: `keepalived.pid`, `vrrp.pid`.
    pub fn pid_file(&self, name: &str) -> Option<i32> {
        fs::read_to_string(self.folder.join(name))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// Where its configuration and pid files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Waits for a log line that contains the text.
    pub fn wait_log(&self, text: &str, limit: Duration) -> Result<LogLine> {
        self.log.wait(text, limit)
    }

    /// Whether the parent still runs.
    pub fn running(&self) -> bool {
        self.ended.is_none() && process::alive(self.pid())
    }

    /// Sends a signal to the parent.
    pub fn signal(&self, signal: Signal) -> Result<Stamp> {
        ensure!(self.ended.is_none(), "the daemon has ended before");
        let time = now();
        process::send(self.pid(), signal)?;
        Ok(time)
    }

    /// Replaces the configuration file, without a signal.
    pub fn write_config(&self, config: &str) -> Result<()> {
        fs::write(self.folder.join("keepalived.conf"), config).context("write the configuration")
    }

    /// SIGHUP.
    pub fn reload(&self) -> Result<Stamp> {
        self.signal(Signal::SIGHUP)
    }

    /// Sends a signal and waits for the end, ten seconds at most.
    pub fn stop(&mut self, signal: Signal) -> Result<Ended> {
        let start = Instant::now();
        let asked = self.signal(signal)?;
        let status = self.wait_end(Duration::from_secs(10))?;
        Ok(Ended {
            status,
            asked,
            took: start.elapsed(),
        })
    }

    /// Waits until it ends by itself.
    pub fn wait_end(&mut self, limit: Duration) -> Result<ExitStatus> {
        if let Some(status) = self.ended {
            return Ok(status);
        }
        let status = wait_for_end(&mut self.child, limit)?;
        self.ended = Some(status);
        Ok(status)
    }

    /// kill -9 of parent and children at once, as a power cut would; returns when.
    pub fn kill_all(&mut self) -> Result<Stamp> {
        ensure!(self.ended.is_none(), "the daemon has ended before");
        let children = self.children();
        let time = now();
        process::kill_tree(self.pid());
        self.wait_end(Duration::from_secs(5))?;
        wait_until(Duration::from_secs(5), "end of killed children", || {
            children.iter().all(|child| process::collect(*child))
        })?;
        Ok(time)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.ended.is_none() {
            let children = self.children();
            process::kill_tree(self.pid());
            let _ = self.child.wait();
            for child in children {
                process::collect(child);
            }
        }
    }
}

fn wait_for_end(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > limit {
            process::kill_tree(i32::try_from(child.id())?);
            child.wait()?;
            bail!("process {} was still there after {limit:?}", child.id());
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(4));
    }
}
