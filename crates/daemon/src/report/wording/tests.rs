use std::time::Duration;

use vrrp::advert::DecodeError;
use vrrp::{GroupConfig, ScriptConfig};

use super::*;
use crate::testing::instance;

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
