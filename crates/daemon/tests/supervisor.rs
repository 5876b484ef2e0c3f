//! The supervisor: start, signals, reload, stop. Mostly without roles; a test with one does nothing without privilege.

mod scratch;

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use scratch::Scratch;

const PATIENCE: Duration = Duration::from_secs(20);

const GOOD: &str = "global_defs {\n router_id a\n}\n";

/// A daemon in the foreground, and what it logs.
struct Daemon {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Daemon {
    fn start(scratch: &Scratch, options: &str) -> Self {
        Self::start_with(scratch, options, &[])
    }

    fn start_with(scratch: &Scratch, options: &str, variables: &[(&str, String)]) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_keepalived"));
        Self::start_by(command, scratch, options, variables)
    }

    /// The command runs what its last argument names, with the arguments that follow.
    fn start_by(
        mut command: Command,
        scratch: &Scratch,
        options: &str,
        variables: &[(&str, String)],
    ) -> Self {
        command.current_dir(scratch.path()).stderr(Stdio::piped());
        command.args([
            "-n", "-l", "-G", "-f", "a.conf", "-p", "k.pid", "-r", "v.pid",
        ]);
        command
            .args(options.split_whitespace())
            .envs(variables.iter().cloned());
        let mut child = command.spawn().expect("the executable runs");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .all(|line| sender.send(line).is_ok())
        });
        Self {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Waits for a line of the log that ends so.
    fn until(&mut self, end: &str) -> String {
        self.until_line(end, |line| line.ends_with(end))
    }

    /// Waits for a line of the log with this in it.
    fn until_contains(&mut self, part: &str) -> String {
        self.until_line(part, |line| line.contains(part))
    }

    fn until_line(&mut self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("no line has {what:?} after {:#?}", self.seen);
            };
            self.seen.push(line.clone());
            if is_it(&line) {
                return line;
            }
        }
    }

    /// Waits for the role. `false`: this user may not run one, so there is nothing to test.
    fn role_is_up(&mut self) -> bool {
        let line = self.until_line("Startup complete", |line| {
            line.ends_with("Startup complete") || line.contains("permanent error")
        });
        line.ends_with("Startup complete")
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).expect("it runs");
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("process ids are small")
    }

    /// Its exit status, and the rest of its log.
    fn end(&mut self) -> (Option<i32>, &[String]) {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.seen.push(line);
        }
        (
            self.child.wait().expect("it is our child").code(),
            &self.seen,
        )
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn starts_says_so_and_stops() {
    let scratch = Scratch::new("start");
    scratch.write("a.conf", GOOD);
    let mut daemon = Daemon::start(&scratch, "");
    let first = daemon.until("(keepalived-rs 0.1.0)");
    assert!(first.contains(": Starting Keepalived v2.4.3"), "{first}");
    daemon.until("Warning - keepalived has no configuration to run");
    daemon.until("Startup complete");
    assert_eq!(scratch.read("k.pid"), format!("{}\n", daemon.pid()));
    assert!(!scratch.path().join("v.pid").exists());
    daemon.signal(Signal::SIGTERM);
    daemon.until(": Stopping");
    let (code, log) = daemon.end();
    assert_eq!(code, Some(0));
    assert!(
        log.last()
            .is_some_and(|line| line.contains(": Stopped Keepalived v2.4.3"))
    );
    assert!(!scratch.path().join("k.pid").exists());
}

#[test]
fn the_second_ends_with_zero_and_the_first_goes_on() {
    let scratch = Scratch::new("second");
    scratch.write("a.conf", GOOD);
    let mut first = Daemon::start(&scratch, "");
    first.until("Startup complete");
    let mut second = Daemon::start(&scratch, "");
    second.until("daemon is already running");
    assert_eq!(second.end().0, Some(0));
    assert_eq!(scratch.read("k.pid"), format!("{}\n", first.pid()));
    first.signal(Signal::SIGINT);
    assert_eq!(first.end().0, Some(0));
}

/// Whoever starts us may have them blocked, or be a shell after `trap '' CHLD`.
#[test]
fn signals_are_heard_whoever_starts_us() {
    let scratch = Scratch::new("mask");
    scratch.write("a.conf", GOOD);
    // The mask is the thread's, and what it starts inherits it.
    let daemon = std::thread::scope(|scope| {
        let blocked = scope.spawn(|| {
            let mut set = SigSet::empty();
            set.add(Signal::SIGTERM);
            set.add(Signal::SIGHUP);
            set.thread_block().expect("it is our mask");
            let mut shell = Command::new("sh");
            shell.args(["-c", "trap '' CHLD HUP; exec \"$0\" \"$@\""]);
            shell.arg(env!("CARGO_BIN_EXE_keepalived"));
            Daemon::start_by(shell, &scratch, "", &[])
        });
        blocked.join()
    });
    let mut daemon = daemon.expect("it starts");
    daemon.until("Startup complete");
    daemon.signal(Signal::SIGHUP);
    daemon.until("Reload complete");
    daemon.signal(Signal::SIGTERM);
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn the_role_is_known_by_the_same_name() {
    let scratch = Scratch::new("name");
    scratch.write("a.conf", GOOD);
    let mut daemon = Daemon::start(&scratch, "--all");
    let started = daemon.until_contains("Starting VRRP child process, pid=");
    let pid = started.rsplit('=').next().expect("split gives something");
    if !daemon.role_is_up() {
        println!("no permission to run a role: not tested");
        return;
    }
    for pid in [pid, &daemon.pid().to_string()] {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm"));
        assert_eq!(name.expect("it runs"), "keepalived\n");
    }
    daemon.signal(Signal::SIGTERM);
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn the_role_stops_in_good_order_when_the_supervisor_is_killed() {
    let scratch = Scratch::new("killed");
    scratch.write("a.conf", GOOD);
    let mut daemon = Daemon::start(&scratch, "--all");
    if !daemon.role_is_up() {
        println!("no permission to run a role: not tested");
        return;
    }
    daemon.signal(Signal::SIGKILL);
    // Its copy of the log's pipe is the last: that closes when the role has ended.
    daemon.until(": Stopped");
    assert_eq!(daemon.end().0, None);
}

#[test]
fn a_pid_file_that_cannot_be_is_said_and_ends_as_the_original_does() {
    let scratch = Scratch::new("pidfile");
    scratch.write("a.conf", GOOD);
    for (option, code) in [("-p", 0), ("--all -r", 1)] {
        let mut daemon = Daemon::start(&scratch, &format!("{option} /proc/self/none/a.pid"));
        daemon.until_contains("pid file /proc/self/none/a.pid: No such file");
        assert_eq!(daemon.end().0, Some(code), "{option}");
    }
}

#[test]
fn no_file_no_daemon() {
    let scratch = Scratch::new("nofile");
    let mut daemon = Daemon::start(&scratch, "");
    let (code, log) = daemon.end();
    assert_eq!(code, Some(6), "{log:#?}");
    assert!(!scratch.path().join("k.pid").exists());
}

#[test]
fn a_reload_that_fails_changes_nothing() {
    let scratch = Scratch::new("reload");
    scratch.write("a.conf", GOOD);
    let mut daemon = Daemon::start(&scratch, "");
    daemon.until("Startup complete");
    for torn in ["", "global_defs {\n", "global_defs {\n router_id \"a\n}\n"] {
        scratch.write("a.conf", torn);
        daemon.signal(Signal::SIGHUP);
        daemon.until("Reloading ...");
        daemon.until("the running configuration stays as it is");
    }
    std::fs::remove_file(scratch.path().join("a.conf")).expect("it was written");
    daemon.signal(Signal::SIGHUP);
    daemon.until("the running configuration stays as it is");
    scratch.write("a.conf", GOOD);
    daemon.signal(Signal::SIGHUP);
    daemon.until("Reload complete");
    daemon.signal(Signal::SIGTERM);
    assert_eq!(daemon.end().0, Some(0));
}

/// The role is held while it is asked, so that the reload is under way for as long as the test wants.
#[test]
fn a_signal_during_a_reload_is_a_reload_after_it() {
    let scratch = Scratch::new("again");
    scratch.write("a.conf", GOOD);
    let mut daemon = Daemon::start(&scratch, "--all");
    let started = daemon.until_contains("Starting VRRP child process, pid=");
    let pid = started.rsplit('=').next().and_then(|pid| pid.parse().ok());
    let role = Pid::from_raw(pid.expect("the line ends with a number"));
    if !daemon.role_is_up() {
        println!("no permission to run a role: not tested");
        return;
    }
    kill(role, Signal::SIGSTOP).expect("it runs");
    daemon.signal(Signal::SIGHUP);
    daemon.until("Reloading ...");
    daemon.until("Opening file 'a.conf'.");
    for _ in 0..2 {
        daemon.signal(Signal::SIGHUP);
        daemon.until("A reload is under way, another one follows it");
    }
    kill(role, Signal::SIGCONT).expect("it runs");
    daemon.until("Reload complete");
    daemon.until("Reloading ...");
    daemon.until("Reload complete");
    daemon.signal(Signal::SIGTERM);
    let (code, log) = daemon.end();
    assert_eq!(code, Some(0));
    let reloads = log.iter().filter(|line| line.ends_with("Reloading ..."));
    assert_eq!(reloads.count(), 2, "two wishes are one reload: {log:#?}");
}

#[test]
fn dump_signals_are_survived() {
    let scratch = Scratch::new("dumps");
    scratch.write("a.conf", GOOD);
    let temporary = ("TMPDIR", scratch.path().display().to_string());
    let mut daemon = Daemon::start_with(&scratch, "--ignore-sigint", &[temporary]);
    daemon.until("Startup complete");
    for number in [10, 12, 36, 63, 2] {
        let pid = daemon.pid().to_string();
        let status = Command::new("kill")
            .args([format!("-{number}"), pid])
            .status();
        assert!(status.expect("kill runs").success());
    }
    daemon.signal(Signal::SIGHUP);
    daemon.until("Reload complete");
    daemon.signal(Signal::SIGTERM);
    let (code, log) = daemon.end();
    assert_eq!(code, Some(0));
    let says = |text: &str| log.iter().any(|line| line.contains(text));
    assert!(says("Printing parent data for process("), "{log:#?}");
    let dump = std::fs::read_to_string(scratch.path().join("keepalived_parent.data"));
    assert!(dump.is_ok_and(|text| text.starts_with("------< Global definitions >------\n")));
    for name in ["STATS", "STATS_CLEAR", "JSON"] {
        let sentence = format!("The {name} signal asks for a dump");
        assert!(says(&sentence), "{name}: {log:#?}");
    }
}

#[test]
fn systemd_is_told() {
    let scratch = Scratch::new("systemd");
    scratch.write("a.conf", GOOD);
    let path = scratch.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("the directory is ours");
    socket
        .set_read_timeout(Some(PATIENCE))
        .expect("a time-out is possible");
    let next = || {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).expect("it is told");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let variable = ("NOTIFY_SOCKET", path.display().to_string());
    let mut daemon = Daemon::start_with(&scratch, "", &[variable]);
    assert!(next().contains("READY=1"));
    daemon.signal(Signal::SIGHUP);
    let reloading = next();
    assert!(reloading.contains("RELOADING=1") && reloading.contains("MONOTONIC_USEC="));
    assert!(next().contains("READY=1"));
    daemon.signal(Signal::SIGTERM);
    assert!(next().contains("STOPPING=1"));
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn goes_into_the_background_and_logs_to_a_file() {
    let scratch = Scratch::new("background");
    scratch.write("a.conf", GOOD);
    let dir = scratch.path().display();
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepalived"));
    command.args([
        "-G",
        "-f",
        &format!("{dir}/a.conf"),
        "-p",
        &format!("{dir}/k.pid"),
    ]);
    command.args(["-r", &format!("{dir}/v.pid"), &format!("-g{dir}/log")]);
    // Ends when the daemon has closed its copy.
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .expect("the executable runs");
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut said).expect("it is text");
    assert_eq!(
        (child.wait().expect("our child").code(), said.as_str()),
        (Some(0), "")
    );
    let pid_file = scratch.path().join("k.pid");
    let pid = || {
        Some(
            std::fs::read_to_string(&pid_file)
                .ok()?
                .strip_suffix('\n')?
                .to_owned(),
        )
    };
    patiently(|| pid().is_some());
    let pid: i32 = pid().expect("it was there").parse().expect("a number");
    let directory = std::fs::read_link(format!("/proc/{pid}/cwd")).expect("it runs");
    assert_eq!(directory.to_str(), Some("/"));
    kill(Pid::from_raw(pid), Signal::SIGTERM).expect("it runs");
    patiently(|| !pid_file.exists());
    patiently(|| scratch.read("log").contains(": Stopped Keepalived v"));
    assert!(scratch.read("log").contains(": Startup complete"));
}

/// Waits for what no descriptor tells.
fn patiently(is_so: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "it has not happened");
        std::thread::yield_now();
    }
}
