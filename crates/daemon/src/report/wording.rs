//! The words. They are interface: people and tools grep for them.

use std::net::IpAddr;

use tracing::Level;
use vrrp::{
    Family, Fault, GroupId, InstanceConfig, InstanceId, InterfaceId, Report, RouterConfig,
    ScriptId, ScriptOutcome, State,
};

use super::rejection;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// How much it matters.
    pub(crate) level: Level,
    /// Only written with `-D`.
    pub(crate) detail: bool,
    /// Only written with `log_unknown_vrids`.
    pub(crate) is_unknown_vrid: bool,
    /// The words.
    pub(crate) text: String,
}

impl Line {
    /// A state changed.
    pub(crate) fn info(text: String) -> Self {
        Self {
            level: Level::INFO,
            detail: false,
            is_unknown_vrid: false,
            text,
        }
    }

    /// An operator should look.
    pub(crate) fn warn(text: String) -> Self {
        Self {
            level: Level::WARN,
            ..Self::info(text)
        }
    }

    /// Only of interest with `-D`.
    pub(crate) fn detail(text: String) -> Self {
        Self {
            detail: true,
            ..Self::info(text)
        }
    }
}

/// Name of an instance.
pub(super) fn name(names: &RouterConfig, instance: InstanceId) -> &str {
    names
        .instances
        .get(usize::from(instance.0))
        .map_or("?", |instance| &instance.name)
}

/// The line for a report; `None`: the original says nothing about it, and neither do we.
pub(crate) fn line(names: &RouterConfig, report: &Report) -> Option<Line> {
    let names = Names(names);
    Some(match report {
        Report::Entered { instance, from, to } => return names.entered(*instance, *from, *to),
        Report::GroupEntered { group, from, to } => {
            return names.group_entered(*group, *from, *to);
        }
        Report::FaultAdded { instance, fault } => return names.fault(*instance, *fault),
        Report::FaultCleared { .. } => return None,
        Report::MasterDown { instance } => Line::detail(format!(
            "({}) Receive advertisement timeout",
            names.instance(*instance)
        )),
        Report::LowerDiscarded {
            instance,
            source,
            priority,
        } => Line::info(format!(
            "({}) received lower priority ({priority}) advert from {source} - discarding",
            names.instance(*instance)
        )),
        Report::LowerHeard {
            instance,
            source,
            priority,
            ours,
        } => names.lower_heard(*instance, *source, *priority, *ours),
        Report::HigherHeard {
            instance,
            source,
            priority,
            ours,
        } => names.higher_heard(*instance, *source, *priority, *ours),
        Report::SameAddress { instance, .. } => Line::warn(format!(
            "({}) WARNING - equal priority advert received from remote host with our IP address.",
            names.instance(*instance)
        )),
        Report::DuplicateOwner { instance, source } => Line::warn(format!(
            "({}) CONFIGURATION ERROR: local instance and remote instance {source} are both \
             configured as address owner, please fix",
            names.instance(*instance)
        )),
        Report::PreemptDelayStarted { instance, delay } => Line::detail(format!(
            "({}) start preempt delay ({}.{:06})",
            names.instance(*instance),
            delay.as_secs(),
            delay.subsec_micros()
        )),
        Report::PreemptDelayStopped { instance } => Line::detail(format!(
            "({}) stop preempt delay",
            names.instance(*instance)
        )),
        Report::Priority { instance, from, to } => Line::info(format!(
            "({}) Changing effective priority from {from} to {to}",
            names.instance(*instance)
        )),
        Report::Rejected {
            instance,
            interface,
            source,
            error,
        } => {
            let interface = names.interface(*interface);
            rejection::line(names.config(*instance), interface, *source, *error)
        }
        Report::AddressMismatch { instance, source } => Line::info(format!(
            "({}) ip addresses associated with VRID {} are not those in advert from {source}",
            names.instance(*instance),
            names
                .config(Some(*instance))
                .map_or(0, |instance| instance.vrid)
        )),
        Report::IntervalMismatch {
            instance,
            source: _,
            theirs,
        } => {
            let ours = names
                .config(Some(*instance))
                .map(|instance| instance.advert_interval);
            Line::info(format!(
                "({}) advertisement interval updated from {}ms to {}ms by master",
                names.instance(*instance),
                ours.unwrap_or_default().as_millis(),
                theirs.as_millis()
            ))
        }
        Report::ScriptChanged {
            script,
            up,
            outcome,
        } => names.script_changed(*script, *up, *outcome),
        Report::ScriptReturned { script, outcome } => {
            return names.script_returned(*script, *outcome);
        }
        Report::ScriptStillRunning { script } => Line::info(format!(
            "Track script {} is already running, expect idle - skipping run",
            names.script(*script)
        )),
    })
}

/// What ids are called. An id out of range is called `?`: the log must not end the process.
struct Names<'a>(&'a RouterConfig);

impl Names<'_> {
    fn config(&self, instance: Option<InstanceId>) -> Option<&InstanceConfig> {
        self.0.instances.get(usize::from(instance?.0))
    }

    fn instance(&self, id: InstanceId) -> &str {
        name(self.0, id)
    }

    fn group(&self, id: GroupId) -> &str {
        self.0
            .groups
            .get(usize::from(id.0))
            .map_or("?", |group| &group.name)
    }

    fn script(&self, id: ScriptId) -> &str {
        self.0
            .scripts
            .get(usize::from(id.0))
            .map_or("?", |script| &script.name)
    }

    fn interface(&self, id: InterfaceId) -> &str {
        self.0
            .interfaces
            .get(usize::from(id.0))
            .map_or("?", String::as_str)
    }

    fn entered(&self, instance: InstanceId, from: State, to: State) -> Option<Line> {
        let name = self.instance(instance);
        let first = if from == State::Init { " (init)" } else { "" };
        Some(Line::info(match to {
            State::Master => format!("({name}) Entering MASTER STATE"),
            State::Backup => format!("({name}) Entering BACKUP STATE{first}"),
            State::Fault => format!("({name}) Entering FAULT STATE{first}"),
            State::Init => return None,
        }))
    }

    fn group_entered(&self, group: GroupId, from: State, to: State) -> Option<Line> {
        let name = self.group(group);
        // Nothing is synced at start.
        if from == State::Init && to == State::Backup {
            return None;
        }
        let word = match to {
            State::Master => "MASTER",
            State::Backup => "BACKUP",
            State::Fault => "FAULT",
            State::Init => return None,
        };
        Some(Line::info(format!(
            "VRRP_Group({name}) Syncing instances to {word} state"
        )))
    }

    fn fault(&self, instance: InstanceId, fault: Fault) -> Option<Line> {
        let name = self.instance(instance);
        Some(Line::info(match fault {
            Fault::Link(interface) => {
                let interface = self.interface(interface);
                format!("({name}) entering FAULT state (interface {interface} down)")
            }
            Fault::NoAddress => {
                let family = self.config(Some(instance)).map_or(Family::V4, |i| i.family);
                let number = if family == Family::V4 { 4 } else { 6 };
                format!("({name}) entering FAULT state (no IPv{number} address for interface)")
            }
            Fault::Script(script) => {
                let script = self.script(script);
                format!("({name}) entering FAULT state due to script {script}")
            }
            Fault::ScriptPending(_) | Fault::Group => return None,
        }))
    }

    fn lower_heard(&self, id: InstanceId, source: IpAddr, priority: u8, ours: u8) -> Line {
        let name = self.instance(id);
        let answers = self
            .config(Some(id))
            .is_none_or(|instance| !instance.lower_prio_no_advert);
        let end = if answers {
            ", forcing new election"
        } else {
            ""
        };
        Line::info(format!(
            "({name}) Received advert from {source} with lower priority {priority}, ours {ours}{end}"
        ))
    }

    fn higher_heard(&self, id: InstanceId, source: IpAddr, priority: u8, ours: u8) -> Line {
        let name = self.instance(id);
        Line::info(if priority == ours {
            format!(
                "({name}) Master received advert from {source} with same priority {priority} \
                 but higher IP address than ours"
            )
        } else {
            format!(
                "({name}) Master received advert from {source} with higher priority {priority}, \
                 ours {ours}"
            )
        })
    }

    fn script_changed(&self, script: ScriptId, up: bool, outcome: ScriptOutcome) -> Line {
        let name = self.script(script);
        Line::info(if up {
            format!("VRRP_Script({name}) succeeded")
        } else {
            match outcome {
                ScriptOutcome::Exited(status) => {
                    format!("VRRP_Script({name}) failed (exited with status {status})")
                }
                ScriptOutcome::Signalled(signal) => {
                    format!("VRRP_Script({name}) failed (due to signal {signal})")
                }
                ScriptOutcome::TimedOut => format!("VRRP_Script({name}) timed_out"),
                ScriptOutcome::NotRun => format!("VRRP_Script({name}) failed (cannot be run)"),
            }
        })
    }

    /// Only an exit status is returned; what else can happen is said when it counts.
    fn script_returned(&self, script: ScriptId, outcome: ScriptOutcome) -> Option<Line> {
        match outcome {
            ScriptOutcome::Exited(status) => Some(Line::info(format!(
                "Script `{}` now returning {status}",
                self.script(script)
            ))),
            ScriptOutcome::Signalled(_) | ScriptOutcome::TimedOut | ScriptOutcome::NotRun => None,
        }
    }
}

#[cfg(test)]
mod tests;
