//! The order in which one drain of the router's actions is performed.
//!
//! Packets and log lines go at once, in their order. What is wanted of addresses is only noted, and reconciled
//! once for all of them. Announcements follow, and the outside world is told last: who is told MASTER finds
//! the addresses there, and the LAN informed.

use std::collections::BTreeMap;

use vrrp::{Action, InstanceId, InterfaceId, NotifyState, Packet, Report, ScriptId, Subject};

use crate::ipc::FromRole;

/// What is done as soon as it is drained.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Now {
    /// Sends a packet.
    Send {
        /// On whose behalf.
        instance: InstanceId,
        /// Where.
        interface: InterfaceId,
        /// What.
        packet: Packet,
    },
    /// Notes that addresses are wanted.
    Want(InstanceId),
    /// Notes that addresses are not wanted.
    Release(InstanceId),
    /// Writes a log line.
    Report(Report),
    /// Exchanges what ids mean.
    Reloaded(Vec<(InstanceId, InstanceId)>),
}

/// What waits for the end of the drain.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Whether addresses have to be reconciled.
    pub(super) vips_changed: bool,
    /// Instance and packets for each address.
    pub(super) announce: Vec<(InstanceId, u32)>,
    /// Messages for the supervisor, in order.
    pub(super) tell: Vec<FromRole>,
}

impl Batch {
    /// Takes an action in. `generation` is that of the ids in it.
    pub(super) fn sort(&mut self, action: Action, generation: u32) -> Option<Now> {
        match action {
            Action::Send {
                instance,
                interface,
                packet,
            } => Some(Now::Send {
                instance,
                interface,
                packet,
            }),
            Action::AddVips { instance } => {
                self.vips_changed = true;
                Some(Now::Want(instance))
            }
            Action::RemoveVips { instance } => {
                self.vips_changed = true;
                self.announce.retain(|(other, _)| *other != instance);
                Some(Now::Release(instance))
            }
            Action::Announce { instance, repeat } => {
                self.announce.push((instance, repeat));
                None
            }
            Action::Notify {
                subject,
                state,
                priority,
            } => {
                self.tell.push(notify(subject, state, priority, generation));
                None
            }
            Action::RunScript { script } => {
                self.tell.push(run_script(script, generation));
                None
            }
            Action::Report(report) => Some(Now::Report(report)),
            Action::Reloaded { kept } => {
                self.rename(&kept);
                self.vips_changed = true;
                Some(Now::Reloaded(kept))
            }
        }
    }

    /// Announcements that were noted before the ids changed follow their instances.
    fn rename(&mut self, kept: &[(InstanceId, InstanceId)]) {
        let kept: BTreeMap<InstanceId, InstanceId> = kept.iter().copied().collect();
        let renamed =
            |(old, repeat): (InstanceId, u32)| kept.get(&old).map(|&after| (after, repeat));
        self.announce = std::mem::take(&mut self.announce)
            .into_iter()
            .filter_map(renamed)
            .collect();
    }
}

fn notify(subject: Subject, state: NotifyState, priority: u8, generation: u32) -> FromRole {
    FromRole::Notify {
        subject,
        state,
        priority,
        generation,
    }
}

fn run_script(script: ScriptId, generation: u32) -> FromRole {
    FromRole::RunScript { script, generation }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: InstanceId = InstanceId(0);
    const B: InstanceId = InstanceId(1);

    fn sort_all(actions: Vec<Action>) -> (Vec<Now>, Batch) {
        let mut batch = Batch::default();
        let now = actions
            .into_iter()
            .filter_map(|action| batch.sort(action, 7))
            .collect();
        (now, batch)
    }

    fn master(instance: InstanceId) -> Vec<Action> {
        let packet = Packet::V4(vec![0; 40]);
        vec![
            Action::Send {
                instance,
                interface: InterfaceId(0),
                packet,
            },
            Action::AddVips { instance },
            Action::Announce {
                instance,
                repeat: 5,
            },
            Action::Notify {
                subject: Subject::Instance(instance),
                state: NotifyState::Master,
                priority: 100,
            },
        ]
    }

    #[test]
    fn two_masters_are_one_change_of_addresses() {
        let (now, batch) = sort_all([master(A), master(B)].concat());
        assert!(matches!(
            now[..],
            [
                Now::Send { instance: A, .. },
                Now::Want(A),
                Now::Send { instance: B, .. },
                Now::Want(B)
            ]
        ));
        assert!(batch.vips_changed);
        assert_eq!(batch.announce, [(A, 5), (B, 5)]);
        let notified = |instance| FromRole::Notify {
            subject: Subject::Instance(instance),
            state: NotifyState::Master,
            priority: 100,
            generation: 7,
        };
        assert_eq!(batch.tell, [notified(A), notified(B)]);
    }

    #[test]
    fn removed_addresses_are_not_announced() {
        let actions = vec![
            Action::Announce {
                instance: A,
                repeat: 5,
            },
            Action::Announce {
                instance: B,
                repeat: 1,
            },
            Action::RemoveVips { instance: A },
        ];
        let (now, batch) = sort_all(actions);
        assert_eq!(now, [Now::Release(A)]);
        assert_eq!(batch.announce, [(B, 1)]);
    }

    #[test]
    fn a_report_and_a_script_change_no_address() {
        let actions = vec![
            Action::Report(Report::MasterDown { instance: A }),
            Action::RunScript {
                script: ScriptId(3),
            },
        ];
        let (now, batch) = sort_all(actions);
        assert_eq!(now, [Now::Report(Report::MasterDown { instance: A })]);
        assert!(!batch.vips_changed);
        assert_eq!(
            batch.tell,
            [FromRole::RunScript {
                script: ScriptId(3),
                generation: 7
            }]
        );
    }

    #[test]
    fn announcements_follow_their_instance_over_a_reload() {
        let actions = vec![
            Action::Announce {
                instance: A,
                repeat: 2,
            },
            Action::Announce {
                instance: B,
                repeat: 3,
            },
            Action::Reloaded { kept: vec![(B, A)] },
            Action::Announce {
                instance: B,
                repeat: 4,
            },
        ];
        let (now, batch) = sort_all(actions);
        assert_eq!(now, [Now::Reloaded(vec![(B, A)])]);
        assert_eq!(batch.announce, [(A, 3), (B, 4)]);
        assert!(batch.vips_changed);
    }
}
