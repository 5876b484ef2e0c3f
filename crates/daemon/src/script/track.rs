//! Runs of track scripts: one at a time each, ended when they take too long.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use conf::Check;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};
use vrrp::{ScriptId, ScriptOutcome};

use super::{Complaints, Invocation};
use crate::loader::Report;

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);

/// Between one SIGKILL and the next, for a process that hangs in the kernel.
const AGAIN: Duration = Duration::from_secs(10);

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Script(Invocation),
    FileOpens(PathBuf),
}

/// A run that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    name: String,
    script: ScriptId,
    generation: u32,
    what: What,
    timeout: Duration,
}

impl Request {
    /// A script of a configuration; `None` if it has no such script.
    pub(crate) fn new(report: &Report, script: ScriptId, generation: u32) -> Option<Self> {
        let index = usize::from(script.0);
        let name = report.config.router.scripts.get(index)?.name.clone();
        let how = report.config.scripts.get(index)?;
        let what = match &how.check {
            Check::Command(command) => What::Script(Invocation::new(report, command, None)),
            Check::FileOpens(path) => What::FileOpens(path.clone()),
        };
        Some(Self {
            name,
            script,
            generation,
            what,
            timeout: how.timeout,
        })
    }
}

/// How a run ended, for the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Which script.
    pub(crate) script: ScriptId,
    /// Of which generation.
    pub(crate) generation: u32,
    /// How.
    pub(crate) outcome: ScriptOutcome,
}

/// What a run has come to, for [`Runner::handle`].
#[derive(Debug)]
pub(crate) struct Progress {
    name: String,
    run: u64,
    step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Late,
    Over(ScriptOutcome),
}

/// One run.
#[derive(Debug)]
struct Run {
    number: u64,
    request: Request,
    stage: Stage,
    kill: Option<oneshot::Sender<()>>,
}

#[derive(Debug)]
enum Stage {
    Running,
    /// It is over for the role; the process has not ended yet.
    TimedOut,
    /// It is to end; nobody wants its result. What is to be started then.
    Killed(Option<Request>),
}

/// All runs, by the name of their script.
#[derive(Debug)]
pub(crate) struct Runner {
    runs: BTreeMap<String, Run>,
    progress: mpsc::UnboundedSender<Progress>,
    complaints: Complaints,
    next: u64,
}

impl Runner {
    /// Progress comes out of the receiver, and goes into [`Self::handle`].
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Progress>) {
        let (progress, receiver) = mpsc::unbounded_channel();
        let runner = Self {
            runs: BTreeMap::new(),
            progress,
            complaints: Complaints::default(),
            next: 0,
        };
        (runner, receiver)
    }

    /// Starts a run, unless one is still there. A result at once means that there will be none later.
    pub(crate) fn run(&mut self, request: Request) -> Option<Verdict> {
        let Some(run) = self.runs.get_mut(&request.name) else {
            return self.start(request);
        };
        match &mut run.stage {
            Stage::TimedOut => return Some(verdict(&request, ScriptOutcome::TimedOut)),
            Stage::Killed(then) => *then = Some(request),
            // After a reload: the run goes on and counts for the new configuration.
            Stage::Running if run.request.what == request.what => run.request = request,
            Stage::Running => run.end(Some(request)),
        }
        None
    }

    /// Takes in what came out of the receiver.
    pub(crate) fn handle(&mut self, Progress { name, run, step }: Progress) -> Option<Verdict> {
        let current = self
            .runs
            .get_mut(&name)
            .filter(|current| current.number == run)?;
        match step {
            Step::Late => {
                let running = matches!(current.stage, Stage::Running);
                running.then(|| {
                    current.stage = Stage::TimedOut;
                    verdict(&current.request, ScriptOutcome::TimedOut)
                })
            }
            Step::Over(outcome) => {
                let run = self.runs.remove(&name)?;
                match run.stage {
                    Stage::Running => Some(verdict(&run.request, outcome)),
                    Stage::TimedOut | Stage::Killed(None) => None,
                    Stage::Killed(Some(then)) => self.start(then),
                }
            }
        }
    }

    /// Ends all runs; nobody wants their results.
    pub(crate) fn end_all(&mut self) {
        for run in self.runs.values_mut() {
            run.end(None);
        }
    }

    fn start(&mut self, request: Request) -> Option<Verdict> {
        let (kill, killed) = oneshot::channel();
        self.next += 1;
        let report = Reporter {
            name: request.name.clone(),
            run: self.next,
            progress: self.progress.clone(),
        };
        match &request.what {
            What::FileOpens(path) => _ = tokio::spawn(open(path.clone(), request.timeout, report)),
            What::Script(invocation) => match self.complaints.start(invocation) {
                Some(child) => _ = tokio::spawn(watch(child, request.timeout, killed, report)),
                None => return Some(verdict(&request, ScriptOutcome::NotRun)),
            },
        }
        let run = Run {
            number: self.next,
            request,
            stage: Stage::Running,
            kill: Some(kill),
        };
        self.runs.insert(run.request.name.clone(), run);
        None
    }
}

impl Run {
    fn end(&mut self, then: Option<Request>) {
        self.stage = Stage::Killed(then);
        if let Some(kill) = self.kill.take() {
            let _ = kill.send(());
        }
    }
}

fn verdict(request: &Request, outcome: ScriptOutcome) -> Verdict {
    Verdict {
        script: request.script,
        generation: request.generation,
        outcome,
    }
}

struct Reporter {
    name: String,
    run: u64,
    progress: mpsc::UnboundedSender<Progress>,
}

impl Reporter {
    fn send(&self, step: Step) {
        let progress = Progress {
            name: self.name.clone(),
            run: self.run,
            step,
        };
        let _ = self.progress.send(progress);
    }
}

/// Waits for the end of a process, and brings it about where it does not come.
// keepalived: script_child_thread, SIGTERM to the group, SIGKILL 2 s later, then again and again.
async fn watch(
    mut child: Child,
    timeout: Duration,
    killed: oneshot::Receiver<()>,
    report: Reporter,
) {
    let group = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .map(Pid::from_raw);
    tokio::select! {
        status = child.wait() => return report.send(Step::Over(outcome(status))),
        _ = killed => {}
        () = tokio::time::sleep(timeout) => report.send(Step::Late),
    }
    let mut signal = Signal::SIGTERM;
    let mut patience = GRACE;
    loop {
        if let Some(group) = group {
            let _ = killpg(group, signal);
        }
        match tokio::time::timeout(patience, child.wait()).await {
            Ok(status) => return report.send(Step::Over(outcome(status))),
            Err(_) if signal == Signal::SIGTERM => signal = Signal::SIGKILL,
            Err(_) => patience = AGAIN,
        }
    }
}

fn outcome(status: std::io::Result<ExitStatus>) -> ScriptOutcome {
    match status {
        Err(_) => ScriptOutcome::NotRun,
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => ScriptOutcome::Exited(code),
            (None, signal) => ScriptOutcome::Signalled(signal.unwrap_or(0)),
        },
    }
}

/// `script </path`: good if the file can be opened. A file system that hangs holds a thread, nothing else.
async fn open(path: PathBuf, timeout: Duration, report: Reporter) {
    let mut attempt = tokio::task::spawn_blocking(move || can_open(&path));
    let opened = match tokio::time::timeout(timeout, &mut attempt).await {
        Ok(opened) => opened,
        Err(_) => {
            report.send(Step::Late);
            attempt.await
        }
    };
    let status = i32::from(!opened.unwrap_or(false));
    report.send(Step::Over(ScriptOutcome::Exited(status)));
}

fn can_open(path: &Path) -> bool {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    fn shell(text: &str) -> What {
        What::Script(Invocation {
            program: "sh".into(),
            args: vec!["-c".into(), text.into()],
            identity: None,
            security: false,
        })
    }

    fn request(generation: u32, what: What, timeout: Duration) -> Request {
        Request {
            name: "chk".into(),
            script: ScriptId(3),
            generation,
            what,
            timeout,
        }
    }

    const LONG: Duration = Duration::from_secs(20);

    /// Runs requests, then collects verdicts until there is no run any more.
    fn verdicts(requests: Vec<Request>) -> Vec<(u32, ScriptOutcome)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (mut runner, mut progress) = Runner::new();
            let mut out: Vec<_> = requests.into_iter().filter_map(|r| runner.run(r)).collect();
            while !runner.runs.is_empty() {
                out.extend(runner.handle(progress.recv().await.unwrap()));
            }
            out.iter()
                .map(|verdict| (verdict.generation, verdict.outcome))
                .collect()
        })
    }

    #[test]
    fn exit_status_and_signal() {
        let exits = verdicts(vec![request(1, shell("exit 3"), LONG)]);
        assert_eq!(exits, [(1, ScriptOutcome::Exited(3))]);
        let dies = verdicts(vec![request(1, shell("kill -9 $$"), LONG)]);
        assert_eq!(dies, [(1, ScriptOutcome::Signalled(9))]);
    }

    #[test]
    fn a_program_that_is_not_there() {
        let missing = What::Script(Invocation {
            program: "/no/such/program".into(),
            args: vec![],
            identity: None,
            security: false,
        });
        assert_eq!(
            verdicts(vec![request(0, missing, LONG)]),
            [(0, ScriptOutcome::NotRun)]
        );
    }

    #[test]
    fn a_late_one_is_ended_and_its_successor_fails_at_once() {
        let late = request(0, shell("exec sleep 20"), Duration::from_millis(30));
        assert_eq!(verdicts(vec![late]), [(0, ScriptOutcome::TimedOut)]);
    }

    #[test]
    fn after_a_reload_the_same_run_counts_for_the_new_generation() {
        let requests = vec![
            request(0, shell("exit 4"), LONG),
            request(1, shell("exit 4"), LONG),
        ];
        assert_eq!(verdicts(requests), [(1, ScriptOutcome::Exited(4))]);
    }

    #[test]
    fn after_a_reload_another_command_replaces_the_run() {
        let requests = vec![
            request(0, shell("exec sleep 20"), LONG),
            request(1, shell("exit 5"), LONG),
        ];
        assert_eq!(verdicts(requests), [(1, ScriptOutcome::Exited(5))]);
    }

    #[test]
    fn files_that_open_and_files_that_do_not() {
        let dir = TempDir::new();
        let here = What::FileOpens(dir.path().to_owned());
        assert_eq!(
            verdicts(vec![request(0, here, LONG)]),
            [(0, ScriptOutcome::Exited(0))]
        );
        let gone = What::FileOpens(dir.path().join("gone"));
        assert_eq!(
            verdicts(vec![request(0, gone, LONG)]),
            [(0, ScriptOutcome::Exited(1))]
        );
    }
}
