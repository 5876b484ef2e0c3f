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
mod tests {
    use std::time::Duration;

    use vrrp::advert::DecodeError;
    use vrrp::{GroupConfig, ScriptConfig};

    use super::*;
    use crate::fixture::instance;

    const A: InstanceId = InstanceId(0);
    const G: GroupId = GroupId(0);
    const S: ScriptId = ScriptId(0);
    const ETH0: InterfaceId = InterfaceId(0);
    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    fn names() -> RouterConfig {
        RouterConfig {
            interfaces: vec!["eth0".into()],
            instances: vec![instance()],
            groups: vec![GroupConfig {
                name: "G1".into(),
                members: vec![A],
                track_interfaces: vec![],
                track_scripts: vec![],
                tracking_weight: false,
            }],
            scripts: vec![ScriptConfig {
                name: "chk".into(),
                interval: Duration::from_secs(1),
                rise: 1,
                fall: 1,
                init_fail: false,
            }],
        }
    }

    fn entered(from: State, to: State) -> Report {
        Report::Entered {
            instance: A,
            from,
            to,
        }
    }

    fn fault(fault: Fault) -> Report {
        Report::FaultAdded { instance: A, fault }
    }

    fn rejected(error: DecodeError) -> Report {
        Report::Rejected {
            instance: Some(A),
            interface: ETH0,
            source: Some(PEER),
            error,
        }
    }

    fn changed(up: bool, outcome: ScriptOutcome) -> Report {
        Report::ScriptChanged {
            script: S,
            up,
            outcome,
        }
    }

    /// What the log says; the lines that only `-D` wants begin with `-D `.
    fn words(report: &Report) -> String {
        match line(&names(), report) {
            None => String::new(),
            Some(line) => {
                if line.detail {
                    format!("-D {}", line.text)
                } else {
                    line.text
                }
            }
        }
    }

    #[test]
    fn transitions() {
        use State::{Backup, Fault as InFault, Init, Master};
        let group = |from, to| Report::GroupEntered { group: G, from, to };
        let table = [
            (entered(Init, Backup), "(VI_1) Entering BACKUP STATE (init)"),
            (entered(Init, InFault), "(VI_1) Entering FAULT STATE (init)"),
            (entered(Backup, Master), "(VI_1) Entering MASTER STATE"),
            (entered(Master, Backup), "(VI_1) Entering BACKUP STATE"),
            (entered(Master, InFault), "(VI_1) Entering FAULT STATE"),
            (group(Init, Backup), ""),
            (
                group(Backup, Master),
                "VRRP_Group(G1) Syncing instances to MASTER state",
            ),
            (
                group(Master, InFault),
                "VRRP_Group(G1) Syncing instances to FAULT state",
            ),
            (
                group(InFault, Backup),
                "VRRP_Group(G1) Syncing instances to BACKUP state",
            ),
            (
                fault(Fault::Link(ETH0)),
                "(VI_1) entering FAULT state (interface eth0 down)",
            ),
            (
                fault(Fault::NoAddress),
                "(VI_1) entering FAULT state (no IPv4 address for interface)",
            ),
            (
                fault(Fault::Script(S)),
                "(VI_1) entering FAULT state due to script chk",
            ),
            (fault(Fault::ScriptPending(S)), ""),
            (fault(Fault::Group), ""),
            (
                Report::Priority {
                    instance: A,
                    from: 150,
                    to: 90,
                },
                "(VI_1) Changing effective priority from 150 to 90",
            ),
        ];
        for (report, expected) in table {
            assert_eq!(words(&report), expected, "{report:?}");
        }
    }

    #[test]
    fn elections() {
        let source = PEER;
        let table = [
            (
                Report::MasterDown { instance: A },
                "-D (VI_1) Receive advertisement timeout",
            ),
            (
                Report::LowerDiscarded {
                    instance: A,
                    source,
                    priority: 99,
                },
                "(VI_1) received lower priority (99) advert from 10.0.0.2 - discarding",
            ),
            (
                Report::LowerHeard {
                    instance: A,
                    source,
                    priority: 99,
                    ours: 100,
                },
                "(VI_1) Received advert from 10.0.0.2 with lower priority 99, ours 100, \
                 forcing new election",
            ),
            (
                Report::HigherHeard {
                    instance: A,
                    source,
                    priority: 150,
                    ours: 100,
                },
                "(VI_1) Master received advert from 10.0.0.2 with higher priority 150, ours 100",
            ),
            (
                Report::HigherHeard {
                    instance: A,
                    source,
                    priority: 100,
                    ours: 100,
                },
                "(VI_1) Master received advert from 10.0.0.2 with same priority 100 \
                 but higher IP address than ours",
            ),
            (
                Report::SameAddress {
                    instance: A,
                    source,
                },
                "(VI_1) WARNING - equal priority advert received from remote host \
                 with our IP address.",
            ),
            (
                Report::PreemptDelayStarted {
                    instance: A,
                    delay: Duration::from_millis(2_500),
                },
                "-D (VI_1) start preempt delay (2.500000)",
            ),
            (
                Report::PreemptDelayStopped { instance: A },
                "-D (VI_1) stop preempt delay",
            ),
            (
                Report::IntervalMismatch {
                    instance: A,
                    source,
                    theirs: Duration::from_millis(500),
                },
                "(VI_1) advertisement interval updated from 1000ms to 500ms by master",
            ),
        ];
        for (report, expected) in table {
            assert_eq!(words(&report), expected, "{report:?}");
        }
    }

    #[test]
    fn scripts() {
        let table = [
            (
                changed(true, ScriptOutcome::Exited(0)),
                "VRRP_Script(chk) succeeded",
            ),
            (
                changed(false, ScriptOutcome::Exited(1)),
                "VRRP_Script(chk) failed (exited with status 1)",
            ),
            (
                changed(false, ScriptOutcome::Signalled(9)),
                "VRRP_Script(chk) failed (due to signal 9)",
            ),
            (
                changed(false, ScriptOutcome::TimedOut),
                "VRRP_Script(chk) timed_out",
            ),
            (
                Report::ScriptReturned {
                    script: S,
                    outcome: ScriptOutcome::Exited(1),
                },
                "Script `chk` now returning 1",
            ),
            (
                Report::ScriptReturned {
                    script: S,
                    outcome: ScriptOutcome::TimedOut,
                },
                "",
            ),
            (
                Report::ScriptStillRunning { script: S },
                "Track script chk is already running, expect idle - skipping run",
            ),
        ];
        for (report, expected) in table {
            assert_eq!(words(&report), expected, "{report:?}");
        }
    }

    #[test]
    fn rejections() {
        let table = [
            (
                DecodeError::Password,
                "(VI_1) received an invalid passwd from 10.0.0.2!",
            ),
            (
                DecodeError::Checksum { found: 1, need: 2 },
                "(VI_1) Invalid VRRPv2 checksum from 10.0.0.2",
            ),
            (
                DecodeError::HopLimit(3),
                "(VI_1) invalid TTL/HL. Received 3 and expect 255 from 10.0.0.2",
            ),
            (
                DecodeError::Version { found: 3, need: 2 },
                "(VI_1) wrong version. Received 3 and expect 2 from 10.0.0.2",
            ),
            (
                DecodeError::Interval {
                    found: Duration::from_secs(2),
                    need: Duration::from_secs(1),
                },
                "(VI_1) advertisement interval mismatch mine=1 sec rcv'd=2 sec from 10.0.0.2",
            ),
        ];
        for (error, expected) in table {
            assert_eq!(words(&rejected(error)), expected, "{error:?}");
        }
    }

    #[test]
    fn unknown_virtual_router_ids_are_marked() {
        let report = Report::Rejected {
            instance: None,
            interface: ETH0,
            source: Some(PEER),
            error: DecodeError::UnknownVrid(99),
        };
        let line = line(&names(), &report).unwrap();
        assert!(line.is_unknown_vrid);
        assert_eq!(
            line.text,
            "Unknown VRID(99) received on interface(eth0) from 10.0.0.2. ignoring..."
        );
    }

    #[test]
    fn ids_out_of_range_are_no_reason_to_end() {
        let report = Report::MasterDown {
            instance: InstanceId(7),
        };
        assert_eq!(words(&report), "-D (?) Receive advertisement timeout");
    }
}
