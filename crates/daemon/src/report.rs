//! What the router reports, as log records in the original's words.

mod limit;
mod rejection;
mod wording;

use std::time::Instant;

use tracing::{Level, error, info, warn};
use vrrp::{InstanceId, InterfaceId, Report, RouterConfig, State};

use limit::{Limiter, Verdict};
pub(crate) use wording::{Line, line};

/// Words reports for the log: leaves out what only `-D` wants, and limits what a peer can cause.
///
/// What it has worded waits for [`Reporter::flush`]: to wake the log's writer takes longer than to send the
/// advert that the line is about.
#[derive(Debug)]
pub(crate) struct Reporter {
    detail: bool,
    unknown_vrids: bool,
    beginning: bool,
    limiter: Limiter<Cause>,
    waiting: Vec<(Level, String)>,
}

impl Reporter {
    /// `detail`: `-D` was given. `unknown_vrids`: `log_unknown_vrids`.
    pub(crate) fn new(detail: bool, unknown_vrids: bool) -> Self {
        Self {
            detail,
            unknown_vrids,
            beginning: false,
            limiter: Limiter::default(),
            waiting: Vec::new(),
        }
    }

    /// A reload: ids mean other things from here on.
    pub(crate) fn reset(&mut self, unknown_vrids: bool) {
        self.unknown_vrids = unknown_vrids;
        self.limiter = Limiter::default();
    }

    /// Whether `-D` was given.
    pub(crate) fn detail(&self) -> bool {
        self.detail
    }

    /// Whether instances begin with a start or a reload. One that leaves INIT at another time has waited for
    /// a script's first run, which the original takes for a FAULT that it does not mention.
    pub(crate) fn set_beginning(&mut self, beginning: bool) {
        self.beginning = beginning;
    }

    /// Takes in a report, unless it is too much.
    pub(crate) fn report(&mut self, now: Instant, names: &RouterConfig, report: &Report) {
        if let &Report::Entered {
            instance,
            from: State::Init,
            to,
        } = report
        {
            return self.left_init(names, instance, to);
        }
        let Some(line) = line(names, report) else {
            return;
        };
        if line.is_unknown_vrid && !self.unknown_vrids {
            return;
        }
        self.limited(now, Cause::of(report), line);
    }

    fn left_init(&mut self, names: &RouterConfig, instance: InstanceId, to: State) {
        let from = match (self.beginning, to) {
            (true, _) => State::Init,
            (false, State::Fault) => return,
            (false, State::Init | State::Backup | State::Master) => State::Fault,
        };
        if self.beginning {
            let name = wording::name(names, instance);
            self.detailed(|| format!("({name}) removing VIPs."));
        }
        let report = Report::Entered { instance, from, to };
        let line = line(names, &report);
        self.waiting
            .extend(line.map(|line| (line.level, line.text)));
    }

    /// Takes in a line, unless it is too much.
    pub(crate) fn limited(&mut self, now: Instant, cause: Option<Cause>, line: Line) {
        if line.detail && !self.detail {
            return;
        }
        match cause.map(|cause| self.limiter.ask(now, cause)) {
            None | Some(Verdict::Pass { suppressed: 0 }) => {
                self.waiting.push((line.level, line.text));
            }
            Some(Verdict::Pass { suppressed }) => {
                let text = format!("{} ({suppressed} more suppressed)", line.text);
                self.waiting.push((line.level, text));
            }
            Some(Verdict::Suppress) => {}
        }
    }

    /// Takes in a line that only `-D` wants.
    pub(crate) fn detailed(&mut self, text: impl FnOnce() -> String) {
        if self.detail {
            self.waiting.push((Level::INFO, text()));
        }
    }

    /// Writes what waits.
    pub(crate) fn flush(&mut self) {
        for (level, text) in self.waiting.drain(..) {
            write(level, &text);
        }
    }
}

fn write(level: Level, text: &str) {
    if level == Level::ERROR {
        error!("{text}");
    } else if level == Level::WARN {
        warn!("{text}");
    } else {
        info!("{text}");
    }
}

/// What a peer, or another program, can make us say again and again; each is limited by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// A lower priority advert in BACKUP.
    LowerDiscarded(InstanceId),
    /// A lower priority advert in MASTER.
    LowerHeard(InstanceId),
    /// A higher priority advert in MASTER.
    HigherHeard(InstanceId),
    /// Somebody has our address.
    SameAddress(InstanceId),
    /// Somebody else is owner.
    DuplicateOwner(InstanceId),
    /// A preempt delay begins or ends.
    PreemptDelay(InstanceId),
    /// A packet was refused.
    Rejected(Option<InstanceId>, InterfaceId),
    /// Other addresses than ours.
    Addresses(InstanceId),
    /// Another interval than ours.
    Interval(InstanceId),
    /// Our packet could not be sent.
    NotSent(InstanceId),
    /// Our address was removed.
    VipRemoved,
    /// An address could not be added or removed.
    VipNotChanged,
}

impl Cause {
    fn of(report: &Report) -> Option<Self> {
        match *report {
            Report::LowerDiscarded { instance, .. } => Some(Self::LowerDiscarded(instance)),
            Report::LowerHeard { instance, .. } => Some(Self::LowerHeard(instance)),
            Report::HigherHeard { instance, .. } => Some(Self::HigherHeard(instance)),
            Report::SameAddress { instance, .. } => Some(Self::SameAddress(instance)),
            Report::DuplicateOwner { instance, .. } => Some(Self::DuplicateOwner(instance)),
            Report::PreemptDelayStarted { instance, .. }
            | Report::PreemptDelayStopped { instance } => Some(Self::PreemptDelay(instance)),
            Report::Rejected {
                instance,
                interface,
                ..
            } => Some(Self::Rejected(instance, interface)),
            Report::AddressMismatch { instance, .. } => Some(Self::Addresses(instance)),
            Report::IntervalMismatch { instance, .. } => Some(Self::Interval(instance)),
            Report::Entered { .. }
            | Report::GroupEntered { .. }
            | Report::FaultAdded { .. }
            | Report::FaultCleared { .. }
            | Report::MasterDown { .. }
            | Report::Priority { .. }
            | Report::ScriptChanged { .. }
            | Report::ScriptReturned { .. }
            | Report::ScriptStillRunning { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: InstanceId = InstanceId(0);

    /// What is logged with `-D` when an instance leaves INIT.
    fn said(beginning: bool, to: State) -> Vec<String> {
        let names = RouterConfig {
            instances: vec![crate::testing::instance()],
            ..RouterConfig::default()
        };
        let mut reporter = Reporter::new(true, false);
        reporter.set_beginning(beginning);
        let from = State::Init;
        let report = Report::Entered {
            instance: ID,
            from,
            to,
        };
        reporter.report(Instant::now(), &names, &report);
        reporter.waiting.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn a_beginning_says_init() {
        let removing = "(VI_1) removing VIPs.";
        let backup = "(VI_1) Entering BACKUP STATE (init)";
        assert_eq!(said(true, State::Backup), [removing, backup]);
        let fault = "(VI_1) Entering FAULT STATE (init)";
        assert_eq!(said(true, State::Fault), [removing, fault]);
    }

    #[test]
    fn who_waited_for_a_script_was_in_fault_already() {
        let backup = "(VI_1) Entering BACKUP STATE";
        assert_eq!(said(false, State::Backup), [backup]);
        assert!(said(false, State::Fault).is_empty());
    }
}
