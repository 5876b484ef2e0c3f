//! Laws about everything that one event caused.

use std::time::Duration;

use vrrp::{
    Action, Counters, Fault, InstanceId, InstanceView, NotifyState, Snapshot, State, Transport,
};

use super::{Broken, Law, require, timing};
use crate::node::{Input, Life, Node};
use crate::step::Harm;
use crate::trace::{Entry, What};

/// Whether an event says what its receiver knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    Old,
    New,
}

/// How things were before an event.
#[derive(Debug)]
pub(crate) struct Before {
    pub(crate) view: Snapshot,
    pub(crate) wake: Option<Duration>,
    pub(crate) news: News,
    pub(crate) life: Life,
}

/// Judges what came of an event. True where an instance changed its state.
pub(crate) fn check(
    node: &mut Node,
    now: Duration,
    input: &Input,
    before: &Before,
    out: &[Entry],
) -> Result<bool, Broken> {
    let actions: Vec<&Action> = out.iter().filter_map(action).collect();
    match before.life {
        Life::Stopped => return after_shutdown(node, &actions).map(|()| false),
        Life::Off | Life::Running | Life::Paused => {}
    }
    deadline(node, now, input, before, &actions)?;
    harmless(node, input, before, &actions)?;
    if before.news == News::Old {
        redundant(node, input, before, &actions)?;
    }
    if matches!(input, Input::Shutdown) {
        goodbye(node, before)?;
        return Ok(true);
    }
    if matches!(input, Input::Reload(_)) {
        require(node.next_config.is_none(), Law::Unchanged, || {
            "the reload was not acknowledged".to_owned()
        })?;
    } else {
        senders(node, before)?;
    }
    let changed = states(node, now)?;
    groups(node)?;
    Ok(changed)
}

fn action(entry: &Entry) -> Option<&Action> {
    match &entry.what {
        What::Out(_, _, action) => Some(action),
        What::In(..) | What::Step(_) => None,
    }
}

fn after_shutdown(node: &Node, actions: &[&Action]) -> Result<(), Broken> {
    let quiet = actions.is_empty() && node.wake.is_none();
    require(quiet, Law::QuietAfterShutdown, || {
        format!("{actions:?}, wakes {:?}", node.wake)
    })
}

fn deadline(
    node: &Node,
    now: Duration,
    input: &Input,
    before: &Before,
    actions: &[&Action],
) -> Result<(), Broken> {
    if !matches!(input, Input::Timeout) {
        return Ok(());
    }
    if before.wake.is_none_or(|wake| wake > now) {
        let same = actions.is_empty() && node.wake == before.wake;
        return require(same, Law::Deadline, || {
            format!("an early time-out: {actions:?}")
        });
    }
    require(
        node.wake.is_none_or(|wake| wake > now),
        Law::Deadline,
        || "a due time-out left the deadline behind".to_owned(),
    )
}

fn harmless(
    node: &Node,
    input: &Input,
    before: &Before,
    actions: &[&Action],
) -> Result<(), Broken> {
    let Input::Frame(frame) = input else {
        return Ok(());
    };
    if frame.harm != Harm::Harmless {
        return Ok(());
    }
    let silent = actions
        .iter()
        .all(|action| matches!(action, Action::Report(_)));
    require(silent, Law::Harmless, || format!("caused {actions:?}"))?;
    require(node.wake == before.wake, Law::Harmless, || {
        format!(
            "moved the deadline from {:?} to {:?}",
            before.wake, node.wake
        )
    })?;
    require(same_states(&node.view, &before.view), Law::Harmless, || {
        format!("changed the view to {:?}", node.view)
    })
}

/// Equal but for counters.
fn same_states(a: &Snapshot, b: &Snapshot) -> bool {
    let strip = |view: &InstanceView| InstanceView {
        counters: Counters::default(),
        ..view.clone()
    };
    a.groups == b.groups
        && a.scripts == b.scripts
        && a.instances
            .iter()
            .map(strip)
            .eq(b.instances.iter().map(strip))
}

fn redundant(
    node: &Node,
    input: &Input,
    before: &Before,
    actions: &[&Action],
) -> Result<(), Broken> {
    let quiet = match input {
        Input::Reload(config) => {
            let all: Vec<_> = (0..config.instances.len()).collect();
            let same = |kept: &[(vrrp::InstanceId, vrrp::InstanceId)]| {
                kept.iter().all(|(old, new)| old == new)
                    && kept
                        .iter()
                        .map(|(old, _)| usize::from(old.0))
                        .eq(all.iter().copied())
            };
            matches!(actions, [Action::Reloaded { kept }] if same(kept))
        }
        Input::Start
        | Input::Timeout
        | Input::Frame(_)
        | Input::Link { .. }
        | Input::Address { .. }
        | Input::ScriptDone { .. }
        | Input::VipsLost { .. }
        | Input::Shutdown => actions.is_empty(),
    };
    require(quiet && node.wake == before.wake, Law::Unchanged, || {
        format!(
            "{actions:?}, wakes at {:?}, before at {:?}",
            node.wake, before.wake
        )
    })
}

/// Who may send: masters, while and as they become or cease to be.
fn senders(node: &Node, before: &Before) -> Result<(), Broken> {
    for (instance, priority) in &node.sent {
        let at = usize::from(instance.0);
        let was = before.view.instances.get(at).map(|view| view.state);
        let is = node.view.instances.get(at).map(|view| view.state);
        let masters = (was == Some(State::Master), is == Some(State::Master));
        let may = match priority {
            0 => masters == (true, false),
            _ => masters != (false, false),
        };
        require(may, Law::SoundAdvert, || {
            format!("instance {at} sends priority {priority}, was {was:?}, is {is:?}")
        })?;
    }
    Ok(())
}

fn goodbye(node: &Node, before: &Before) -> Result<(), Broken> {
    let pairs = node.config.instances.iter().zip(&before.view.instances);
    for (at, (config, view)) in pairs.enumerate() {
        let ours = |(id, priority): &&(InstanceId, u8)| usize::from(id.0) == at && *priority == 0;
        let sent = node.sent.iter().filter(ours).count();
        let hearers = match &config.transport {
            Transport::Multicast { .. } => 1,
            Transport::Unicast { peers, .. } => peers.len(),
        };
        let due = if view.state == State::Master {
            hearers
        } else {
            0
        };
        require(sent == due, Law::Goodbye, || {
            format!("{} sent {sent} goodbyes, due were {due}", config.name)
        })?;
    }
    let left = node.watches.iter().position(|watch| watch.installed);
    require(left.is_none(), Law::VipsFollowState, || {
        format!("instance {left:?} keeps its addresses after the shutdown")
    })?;
    require(node.wake.is_none(), Law::QuietAfterShutdown, || {
        "there is a deadline".to_owned()
    })
}

/// Follows the states of the instances and judges the changes.
fn states(node: &mut Node, now: Duration) -> Result<bool, Broken> {
    require(
        node.view.instances.len() == node.config.instances.len()
            && node.watches.len() == node.config.instances.len(),
        Law::KnownIds,
        || format!("{} instances in the view", node.view.instances.len()),
    )?;
    let mut changed = false;
    for (at, watch) in node.watches.iter_mut().enumerate() {
        let (config, view) = (&node.config.instances[at], &node.view.instances[at]);
        let name = &config.name;
        if view.effective_priority != watch.priority.0 {
            watch.priority = (view.effective_priority, now);
        }
        if view.state != watch.state {
            changed = true;
            if view.state == State::Master {
                timing::took_over(config, watch, view.effective_priority, now)?;
                let spoke = watch.sent == Some(now) || !timing::has_hearers(config);
                require(spoke, Law::Pace, || {
                    format!("{name} became master without an advert")
                })?;
            }
            watch.enter(now, view.state);
        }
        let master = view.state == State::Master;
        require(watch.installed == master, Law::VipsFollowState, || {
            format!("{name} is {:?}, installed {}", view.state, watch.installed)
        })?;
        // An owner does not tell of the moment that it spends in BACKUP.
        if config.is_owner() && view.state == State::Backup {
            continue;
        }
        require(
            watch.reported == watch.state,
            Law::ReportFollowsState,
            || format!("{name} is {:?}, reported {:?}", watch.state, watch.reported),
        )?;
        require(
            was_told(view, watch.notified),
            Law::NotifyFollowsState,
            || {
                format!(
                    "{name} is {:?} {:?}, told {:?}",
                    view.state, view.faults, watch.notified
                )
            },
        )?;
    }
    Ok(changed)
}

/// Waiting for a script's first run is not told.
fn was_told(view: &InstanceView, told: Option<NotifyState>) -> bool {
    let silent = |fault: &Fault| matches!(fault, Fault::ScriptPending(_) | Fault::Group);
    match view.state {
        State::Init => true,
        State::Backup => told == Some(NotifyState::Backup),
        State::Master => told == Some(NotifyState::Master),
        State::Fault => told == Some(NotifyState::Fault) || view.faults.iter().all(silent),
    }
}

fn groups(node: &Node) -> Result<(), Broken> {
    for (config, view) in node.config.groups.iter().zip(&node.view.groups) {
        let ids = config.members.iter().map(|member| usize::from(member.0));
        let members: Vec<_> = ids.filter_map(|at| node.view.instances.get(at)).collect();
        let together = members.iter().all(|member| member.state == view.state);
        require(together, Law::GroupMovesTogether, || {
            let states: Vec<State> = members.iter().map(|member| member.state).collect();
            format!(
                "{} is {:?}, members are {states:?}",
                config.name, view.state
            )
        })?;
        let told = node.groups_told.get(&config.name).copied();
        let right = match view.state {
            State::Init => true,
            State::Backup => told == Some(NotifyState::Backup),
            State::Master => told == Some(NotifyState::Master),
            State::Fault => told == Some(NotifyState::Fault),
        };
        require(right, Law::NotifyFollowsState, || {
            format!("{} is {:?}, told {told:?}", config.name, view.state)
        })?;
    }
    Ok(())
}
