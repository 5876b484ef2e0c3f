//! The supervisor: starts the role, watches it, runs the scripts, hears the signals.

mod child;
mod data;
mod reload;
mod restart;
mod service;
mod start;

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tracing::{error, info, warn};

use crate::ipc::{FromRole, RoleOptions, ToRole};
use crate::loader::{LoadError, Report, Request};
use crate::notify::Notifier;
use crate::pid_file::{PidFile, PidFileError};
use crate::program::Program;
use crate::script::track::{self, Runner, Verdict};
use crate::signals::{Signals, Wish};
use child::{Role, RoleEvent};
use reload::{Generations, Reload};
use restart::{Backoff, PING_INTERVAL};

pub(crate) use start::run;

/// What scripts started at the stop may still take.
// keepalived: vrrp_terminate_phase2, TIMER_HZ
const STOP_SCRIPTS: Duration = Duration::from_secs(1);

/// Exit status of an internal error. (keepalived: KEEPALIVED_EXIT_PROGRAM_ERROR, sysexits EX_SOFTWARE)
const INTERNAL_ERROR: u8 = 70;

/// What does not change while the daemon runs.
#[derive(Debug)]
struct Settings {
    program: Program,
    request: Request,
    role_options: RoleOptions,
    vrrp_pid_path: PathBuf,
    /// `--all`: the role runs without work, too.
    all_roles: bool,
    dont_respawn: bool,
}

/// The daemon on its way out.
#[derive(Debug)]
struct Stopping {
    exit_code: u8,
    /// The role is killed then.
    role_until: Instant,
    /// The scripts are left alone then; known when the role has ended.
    scripts_until: Option<Instant>,
}

/// The supervisor's state.
#[derive(Debug)]
struct Supervisor {
    settings: Settings,
    current: Arc<Report>,
    /// There only if the role has ever had work.
    vrrp_pid_file: Option<PidFile>,
    role: Option<Role>,
    generations: Generations,
    backoff: Backoff,
    restart_at: Option<Instant>,
    reload: Reload,
    scripts: Runner,
    notifier: Notifier,
    announced: bool,
    stopping: Option<Stopping>,
}

/// What comes from the scripts.
struct Inbox {
    scripts: UnboundedReceiver<track::Progress>,
    notify: UnboundedReceiver<String>,
}

impl Supervisor {
    fn new(settings: Settings, report: Report, vrrp_pid_file: Option<PidFile>) -> (Self, Inbox) {
        let (scripts, progress) = Runner::new();
        let (notifier, ended) = Notifier::new();
        let current = Arc::new(report);
        let supervisor = Self {
            settings,
            generations: Generations::start(Arc::clone(&current)),
            current,
            vrrp_pid_file,
            role: None,
            backoff: Backoff::default(),
            restart_at: None,
            reload: Reload::default(),
            scripts,
            notifier,
            announced: false,
            stopping: None,
        };
        (
            supervisor,
            Inbox {
                scripts: progress,
                notify: ended,
            },
        )
    }

    /// Runs until everything has ended; the exit status.
    async fn run(mut self, mut signals: Signals, mut inbox: Inbox) -> u8 {
        let mut beats = interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut watchdog = service::Watchdog::new();
        self.start_or_idle();
        loop {
            if let Some(exit_code) = self.finished() {
                return exit_code;
            }
            let deadline = self.deadline();
            tokio::select! {
                wish = signals.next() => self.on_wish(wish),
                event = child::next(&mut self.role) => self.on_role(event),
                report = self.reload.loaded() => self.on_loaded(report),
                Some(progress) = inbox.scripts.recv() => {
                    let verdict = self.scripts.handle(progress);
                    self.pass_on(verdict);
                }
                Some(key) = inbox.notify.recv() => self.notifier.on_ended(key),
                _ = beats.tick() => self.on_beat(),
                () = watchdog.due() => watchdog.tell(self.is_well()),
                () = sleep_until(deadline) => self.on_deadline(),
            }
        }
    }

    /// The role is started if it has work.
    fn start_or_idle(&mut self) {
        if self.has_work() {
            return self.start_role();
        }
        warn!("Warning - keepalived has no configuration to run");
        self.announce();
    }

    fn has_work(&self) -> bool {
        self.settings.all_roles || self.current.has_vrrp()
    }

    fn start_role(&mut self) {
        let Settings {
            program,
            role_options,
            ..
        } = &self.settings;
        match Role::start(program, role_options, &self.current.config) {
            Ok(role) => {
                info!("Starting VRRP child process, pid={}", role.pid());
                if let Err(error) = self.write_pid(role.pid()) {
                    warn!("{error}");
                }
                self.generations = Generations::start(Arc::clone(&self.current));
                self.role = Some(role);
            }
            Err(error) => {
                error!("VRRP child process cannot be started: {error}");
                self.restart_later(Duration::ZERO);
            }
        }
    }

    fn write_pid(&mut self, pid: u32) -> Result<(), PidFileError> {
        let mut file = match self.vrrp_pid_file.take() {
            Some(file) => file,
            None => PidFile::lock(&self.settings.vrrp_pid_path)?,
        };
        file.write(pid)?;
        self.vrrp_pid_file = Some(file);
        Ok(())
    }

    fn restart_later(&mut self, ran: Duration) {
        let delay = self.backoff.died(ran);
        let seconds = delay.as_secs();
        info!("Restart of VRRP process delayed {seconds} seconds to limit respawn rate");
        self.restart_at = Some(Instant::now() + delay);
    }

    fn on_wish(&mut self, wish: Wish) {
        match wish {
            Wish::Stop => self.stop(0),
            Wish::Reload if self.stopping.is_some() => {}
            Wish::Reload => self.on_reload_wish(),
            Wish::Dump("DATA") => self.dump_data(),
            Wish::Dump(what) => {
                warn!("The {what} signal asks for a dump, which this version does not write yet");
            }
        }
    }

    fn on_reload_wish(&mut self) {
        if !self.reload.wish() {
            return info!("A reload is under way, another one follows it");
        }
        info!("Reloading ...");
        service::reloading();
        if let Err(error) = self
            .reload
            .load(&self.settings.program, &self.settings.request)
        {
            self.reload_failed(&error.to_string());
        }
    }

    fn on_loaded(&mut self, result: Result<Report, LoadError>) {
        if self.stopping.is_some() {
            return;
        }
        match result {
            Err(error) => self.reload_failed(&error.to_string()),
            Ok(report) => {
                report.lines.iter().for_each(crate::loader::Line::log);
                match report.reload_objection(&self.current) {
                    None => self.offer(Arc::new(report)),
                    Some(objection) => self.reload_failed(&objection),
                }
            }
        }
    }

    /// To the role if there is one; else it is in force at once.
    fn offer(&mut self, report: Arc<Report>) {
        let Some(role) = &mut self.role else {
            self.take_over(report);
            if self.restart_at.is_none() && self.has_work() {
                self.start_role();
            }
            return;
        };
        match role.reload(&report.config) {
            Ok(()) => {
                self.generations.offer(Arc::clone(&report));
                self.reload.offered(report);
            }
            Err(error) => self.reload_failed(&format!("the VRRP process was not told: {error}")),
        }
    }

    fn take_over(&mut self, report: Arc<Report>) {
        self.current = report;
        info!("Reload complete");
        self.reload_over();
    }

    fn reload_failed(&mut self, why: &str) {
        error!("Reload failed: {why}; the running configuration stays as it is");
        self.reload_over();
    }

    fn reload_over(&mut self) {
        service::ready();
        if self.reload.take_wish() {
            self.on_reload_wish();
        }
    }

    fn on_role(&mut self, event: RoleEvent) {
        match event {
            RoleEvent::Message(message) => self.on_message(message),
            RoleEvent::Ended(status) => self.on_end(status),
            RoleEvent::Broken(error) => {
                error!("VRRP child process is not understood: {error}");
                if let Some(role) = &mut self.role {
                    role.kill();
                }
            }
        }
    }

    fn on_message(&mut self, message: FromRole) {
        match message {
            FromRole::Started => {
                self.role.iter_mut().for_each(Role::on_started);
                self.announce();
            }
            FromRole::Alive { number } => {
                self.role.iter_mut().for_each(|role| role.on_alive(number));
            }
            FromRole::Reloaded => {
                if let Some(report) = self.reload.take_offer() {
                    self.take_over(report);
                }
            }
            FromRole::ReloadRefused { reason } => {
                if self.reload.take_offer().is_some() {
                    self.generations.withdraw();
                    self.reload_failed(&reason);
                }
            }
            FromRole::RunScript { script, generation } => {
                let report = self.generations.of(generation);
                let request =
                    report.and_then(|report| track::Request::new(report, script, generation));
                let verdict = request.and_then(|request| self.scripts.run(request));
                self.pass_on(verdict);
            }
            FromRole::Notify {
                subject,
                state,
                priority,
                generation,
            } => {
                if let Some(report) = self.generations.of(generation) {
                    self.notifier.notify(report, subject, state, priority);
                }
            }
            FromRole::Snapshot {
                generation, state, ..
            } => self.dump_vrrp(generation, state),
            // The end of the process says it.
            FromRole::Stopping => {}
        }
    }

    fn pass_on(&mut self, verdict: Option<Verdict>) {
        if let (
            Some(Verdict {
                script,
                generation,
                outcome,
            }),
            Some(role),
        ) = (verdict, &mut self.role)
        {
            role.tell(&ToRole::ScriptDone {
                script,
                generation,
                outcome,
            });
        }
    }

    fn on_end(&mut self, status: ExitStatus) {
        let Some(role) = self.role.take() else { return };
        self.scripts.end_all();
        if let Some(stopping) = &mut self.stopping {
            stopping.scripts_until = Some(Instant::now() + STOP_SCRIPTS);
            return;
        }
        let pid = role.pid();
        let offer = self.reload.take_offer();
        match permanent_error(status) {
            // It was fine with the configuration before, which is still in force.
            Some((code, name)) if offer.is_none() => {
                error!("pid {pid} exited with permanent error {name}. Terminating");
                return self.stop(code);
            }
            Some(_) | None => describe_end(pid, status),
        }
        if self.settings.dont_respawn {
            error!("VRRP child process({pid}) died: Exiting");
            return self.stop(1);
        }
        error!("VRRP child process({pid}) died: Respawning");
        self.restart_later(role.ran());
        if offer.is_some() {
            self.reload_failed("the VRRP process died of it");
        }
    }

    /// The start is over: said once, to the log and to systemd.
    fn announce(&mut self) {
        if !self.announced {
            self.announced = true;
            info!("Startup complete");
            service::ready();
        }
    }

    fn on_beat(&mut self) {
        if self.stopping.is_none() {
            self.role.iter_mut().for_each(Role::beat);
        }
    }

    fn is_well(&self) -> bool {
        self.role.as_ref().is_none_or(Role::is_well)
    }

    fn stop(&mut self, exit_code: u8) {
        if self.stopping.is_some() {
            return;
        }
        // First of all: the other routers take over when they hear of it.
        self.role
            .iter_mut()
            .for_each(|role| role.tell(&ToRole::Stop));
        info!("Stopping");
        service::stopping();
        let now = Instant::now();
        self.restart_at = None;
        self.scripts.end_all();
        self.stopping = Some(Stopping {
            exit_code,
            role_until: now + self.current.config.global.child_wait_time,
            scripts_until: self.role.is_none().then(|| now + STOP_SCRIPTS),
        });
    }

    /// The exit status when nothing is left to wait for.
    fn finished(&self) -> Option<u8> {
        let stopping = self.stopping.as_ref()?;
        let until = stopping.scripts_until?;
        (self.notifier.is_idle() || Instant::now() >= until).then_some(stopping.exit_code)
    }

    fn deadline(&self) -> Instant {
        let far = || Instant::now() + Duration::from_secs(3600);
        match &self.stopping {
            Some(stopping) => stopping.scripts_until.unwrap_or(stopping.role_until),
            None => self.restart_at.unwrap_or_else(far),
        }
    }

    fn on_deadline(&mut self) {
        if let Some(stopping) = &mut self.stopping {
            if let Some(role) = &mut self.role {
                error!(
                    "VRRP child process({}) has not stopped in time: killed",
                    role.pid()
                );
                role.kill();
                // Its end comes by itself.
                stopping.role_until = Instant::now() + PING_INTERVAL;
            }
        } else if self.restart_at.is_some_and(|at| at <= Instant::now()) {
            self.restart_at = None;
            if self.has_work() {
                self.start_role();
            }
        }
    }
}

/// Exit codes of a role that a restart would not cure.
// keepalived: report_child_status
fn permanent_error(status: ExitStatus) -> Option<(u8, &'static str)> {
    match status.code() {
        Some(1) => Some((1, "FATAL")),
        Some(2) => Some((2, "CONFIG")),
        Some(4) => Some((4, "missing permission")),
        Some(_) | None => None,
    }
}

fn describe_end(pid: u32, status: ExitStatus) {
    match (status.signal(), status.code()) {
        (Some(signal), _) => {
            warn!(
                "pid {pid} exited due to signal {signal} ({})",
                signal_name(signal)
            );
        }
        (None, code) => warn!("pid {pid} exited with status {}", code.unwrap_or(-1)),
    }
}

/// The words of `strsignal(3)`, for the signals that a process dies of.
fn signal_name(signal: i32) -> String {
    let words = match signal {
        libc::SIGILL => "Illegal instruction",
        libc::SIGABRT => "Aborted",
        libc::SIGBUS => "Bus error",
        libc::SIGFPE => "Floating point exception",
        libc::SIGKILL => "Killed",
        libc::SIGSEGV => "Segmentation fault",
        libc::SIGTERM => "Terminated",
        libc::SIGXCPU => "CPU time limit exceeded",
        _ => return format!("signal {signal}"),
    };
    words.to_owned()
}
