//! Notify scripts: which are run for a change, and in which order.

mod queue;

use std::time::Duration;

use conf::{Command, Notify};
use tokio::sync::mpsc;
use vrrp::{NotifyState, Subject};

use crate::loader::Report;
use crate::script::{Complaints, Invocation};
use queue::{Push, Queues};

/// A script that runs longer than this no longer holds up the next one of its subject. It is not ended: what it
/// does is its author's business, but the news must go on.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose scripts are in order among themselves: `INSTANCE VI_1`. By name, so that it outlives a reload.
type Key = String;

/// Runs notify scripts.
#[derive(Debug)]
pub(crate) struct Notifier {
    queues: Queues<Key, Invocation>,
    ended: mpsc::UnboundedSender<Key>,
    complaints: Complaints,
}

impl Notifier {
    /// What comes out of the receiver goes into [`Self::on_ended`].
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Key>) {
        let (ended, receiver) = mpsc::unbounded_channel();
        (
            Self {
                queues: Queues::default(),
                ended,
                complaints: Complaints::default(),
            },
            receiver,
        )
    }

    /// A change; `report` is the configuration that its ids belong to.
    pub(crate) fn notify(
        &mut self,
        report: &Report,
        subject: Subject,
        state: NotifyState,
        priority: u8,
    ) {
        let Some((key, invocations)) = invocations(report, subject, state, priority) else {
            return;
        };
        for invocation in invocations {
            match self.queues.push(key.clone(), invocation) {
                Push::Start(invocation) => self.start(key.clone(), invocation),
                Push::Waits => {}
                Push::WaitsInsteadOf(lost) => tracing::warn!(
                    "{key}: too many notify scripts wait, {} was not run",
                    lost.program.display()
                ),
            }
        }
    }

    /// A script has ended: its subject's next one is due.
    pub(crate) fn on_ended(&mut self, key: Key) {
        if let Some(next) = self.queues.next(&key) {
            self.start(key, next);
        }
    }

    /// Whether no script runs or waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.queues.is_idle()
    }

    fn start(&mut self, key: Key, invocation: Invocation) {
        let child = self.complaints.start(&invocation);
        let ended = self.ended.clone();
        tokio::spawn(async move {
            let Some(mut child) = child else {
                let _ = ended.send(key);
                return;
            };
            if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
                let program = invocation.program.display();
                let seconds = PATIENCE.as_secs();
                tracing::warn!("{key}: notify script {program} runs for {seconds} s, going on");
            }
            let _ = ended.send(key);
            let _ = child.wait().await;
        });
    }
}

/// The scripts for a change: the state's own first, then the general one.
// keepalived: send_instance_notifies, notify_script_exec
fn invocations(
    report: &Report,
    subject: Subject,
    state: NotifyState,
    priority: u8,
) -> Option<(Key, Vec<Invocation>)> {
    let config = &report.config;
    let (kind, name, notify) = match subject {
        Subject::Instance(id) => {
            let index = usize::from(id.0);
            let name = &config.router.instances.get(index)?.name;
            ("INSTANCE", name, &config.instances.get(index)?.notify)
        }
        Subject::Group(id) => {
            let index = usize::from(id.0);
            let name = &config.router.groups.get(index)?.name;
            ("GROUP", name, &config.groups.get(index)?.notify)
        }
    };
    // Without the keyword `notify_deleted` a deleted instance is told to be in FAULT.
    let untold = state == NotifyState::Deleted && !notify.notify_deleted;
    let state = if untold { NotifyState::Fault } else { state };
    let own = own_script(notify, state).map(|command| Invocation::new(report, command, None));
    let general = notify.any.as_ref().zip(word(state)).map(|(command, word)| {
        let words = [
            kind.to_owned(),
            name.clone(),
            word.to_owned(),
            priority.to_string(),
        ];
        Invocation::new(report, command, words)
    });
    Some((
        format!("{kind} {name}"),
        own.into_iter().chain(general).collect(),
    ))
}

fn own_script(notify: &Notify, state: NotifyState) -> Option<&Command> {
    let script = match state {
        NotifyState::Master => &notify.master,
        NotifyState::Backup => &notify.backup,
        NotifyState::Fault => &notify.fault,
        NotifyState::Stop => &notify.stop,
        NotifyState::Deleted => &notify.deleted,
        NotifyState::MasterRxLowerPri => &notify.master_rx_lower_pri,
    };
    script.as_ref()
}

/// The word for the general script, which is not told of lower priority adverts.
fn word(state: NotifyState) -> Option<&'static str> {
    match state {
        NotifyState::Master => Some("MASTER"),
        NotifyState::Backup => Some("BACKUP"),
        NotifyState::Fault => Some("FAULT"),
        NotifyState::Stop => Some("STOP"),
        NotifyState::Deleted => Some("DELETED"),
        NotifyState::MasterRxLowerPri => None,
    }
}

#[cfg(test)]
mod tests;
