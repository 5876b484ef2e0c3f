//! Laws about single actions, checked as they come out.

use std::time::Duration;

use vrrp::{
    Action, Authentication, GroupId, InstanceConfig, InstanceId, InterfaceId, NotifyState, Report,
    State, Subject, Transport, Version,
};

use super::{Broken, Law, Watch, require};
use crate::node::Node;
use crate::wire::Advert;

/// The name of whom an action is about, for the trace.
pub(crate) fn name(node: &Node, action: &Action) -> Option<String> {
    let instance = |id: &InstanceId| {
        node.config
            .instances
            .get(usize::from(id.0))
            .map(|instance| instance.name.clone())
    };
    match action {
        Action::Send { instance: id, .. }
        | Action::AddVips { instance: id }
        | Action::RemoveVips { instance: id }
        | Action::Announce { instance: id, .. }
        | Action::Notify {
            subject: Subject::Instance(id),
            ..
        } => instance(id),
        Action::Notify {
            subject: Subject::Group(id),
            ..
        } => node
            .config
            .groups
            .get(usize::from(id.0))
            .map(|group| group.name.clone()),
        Action::RunScript { script } => node
            .config
            .scripts
            .get(usize::from(script.0))
            .map(|script| script.name.clone()),
        Action::Report(_) | Action::Reloaded { .. } => Some(String::new()),
    }
}

/// Judges an action and remembers what later laws need.
pub(crate) fn check(
    node: &mut Node,
    now: Duration,
    action: &Action,
    advert: Option<&Advert>,
) -> Result<(), Broken> {
    match action {
        Action::Send {
            instance,
            interface,
            ..
        } => {
            if let Some(advert) = advert {
                on_send(node, now, (*instance, *interface), advert)?;
            }
        }
        Action::AddVips { instance } => {
            let watch = watch(node, *instance)?;
            require(!watch.installed, Law::VipsFollowState, || {
                "added twice".to_owned()
            })?;
            watch.installed = true;
        }
        Action::RemoveVips { instance } => {
            let watch = watch(node, *instance)?;
            require(watch.installed, Law::VipsFollowState, || {
                "removed twice".to_owned()
            })?;
            watch.installed = false;
        }
        Action::Announce { instance, repeat } => {
            let installed = watch(node, *instance)?.installed;
            require(installed && *repeat > 0, Law::VipsFollowState, || {
                format!(
                    "announce x{repeat} of instance {}, not installed",
                    instance.0
                )
            })?;
        }
        Action::Notify { subject, state, .. } => on_notify(node, *subject, *state)?,
        Action::RunScript { script } => {
            let name = node
                .config
                .scripts
                .get(usize::from(script.0))
                .map(|it| it.name.clone());
            let name = name.ok_or_else(|| unknown("script", script.0))?;
            let started = node.running.insert(name.clone());
            require(started, Law::OneRunPerScript, || {
                format!("{name} is running")
            })?;
        }
        Action::Report(report) => on_report(node, report)?,
        Action::Reloaded { kept } => on_reloaded(node, kept)?,
    }
    Ok(())
}

fn on_send(
    node: &mut Node,
    now: Duration,
    (id, interface): (InstanceId, InterfaceId),
    advert: &Advert,
) -> Result<(), Broken> {
    let config = config(node, id)?;
    require(config.interface == interface, Law::SoundAdvert, || {
        format!("{} sends on interface {}", config.name, interface.0)
    })?;
    sound(node, config, advert).map_err(|what| {
        (
            Law::SoundAdvert,
            format!("{}: {what} in {advert:?}", config.name),
        )
    })?;
    node.sent.push((id, advert.priority));
    if advert.priority > 0 {
        watch(node, id)?.sent = Some(now);
    }
    Ok(())
}

fn unknown(kind: &str, id: u16) -> Broken {
    (Law::KnownIds, format!("{kind} {id}"))
}

fn config(node: &Node, id: InstanceId) -> Result<&InstanceConfig, Broken> {
    node.config
        .instances
        .get(usize::from(id.0))
        .ok_or_else(|| unknown("instance", id.0))
}

fn watch(node: &mut Node, id: InstanceId) -> Result<&mut Watch, Broken> {
    node.watches
        .get_mut(usize::from(id.0))
        .ok_or_else(|| unknown("instance", id.0))
}

fn sound(node: &Node, config: &InstanceConfig, advert: &Advert) -> Result<(), &'static str> {
    let address = node
        .port(config)
        .and_then(|port| port.address(config.family));
    let source = config.source.or(address);
    let (reaches, hops) = match &config.transport {
        Transport::Multicast { group } => (advert.destination == *group, 255),
        Transport::Unicast { peers, ttl, .. } => (peers.contains(&advert.destination), *ttl),
    };
    let checks = [
        (
            source.is_none_or(|source| source == advert.source),
            "source",
        ),
        (reaches, "destination"),
        (advert.hop_limit == hops, "hop limit"),
        (advert.version == config.version, "version"),
        (advert.vrid == config.vrid, "vrid"),
        (advert.interval == config.advert_interval, "interval"),
        (advert.addresses == config.addresses, "addresses"),
        (password_fits(config, advert), "password"),
        (config.is_owner() || advert.priority < 255, "priority"),
    ];
    checks
        .iter()
        .try_for_each(|(holds, what)| if *holds { Ok(()) } else { Err(*what) })
}

/// Whether an advert carries the password of a configuration.
pub(crate) fn password_fits(config: &InstanceConfig, advert: &Advert) -> bool {
    match (&config.authentication, config.version) {
        (_, Version::V3) => true,
        (Authentication::None, Version::V2) => advert.password.unwrap_or_default() == [0; 8],
        (Authentication::Pass(word), Version::V2) => {
            advert.password.is_none_or(|found| found == *word)
        }
    }
}

fn on_notify(node: &mut Node, subject: Subject, state: NotifyState) -> Result<(), Broken> {
    let id = match subject {
        Subject::Instance(id) => id,
        Subject::Group(id) => return on_group_notify(node, id, state),
    };
    let watch = watch(node, id)?;
    match state {
        NotifyState::MasterRxLowerPri | NotifyState::Deleted => return Ok(()),
        NotifyState::Master | NotifyState::Backup | NotifyState::Fault | NotifyState::Stop => {}
    }
    require(
        watch.notified != Some(state),
        Law::NotifyFollowsState,
        || format!("instance {} is told {state:?} twice", id.0),
    )?;
    watch.notified = Some(state);
    Ok(())
}

fn on_group_notify(node: &mut Node, id: GroupId, state: NotifyState) -> Result<(), Broken> {
    let group = node.config.groups.get(usize::from(id.0));
    let name = group.ok_or_else(|| unknown("group", id.0))?.name.clone();
    let before = node.groups_told.insert(name, state);
    require(before != Some(state), Law::NotifyFollowsState, || {
        format!("group {} is told {state:?} twice", id.0)
    })
}

fn on_report(node: &mut Node, report: &Report) -> Result<(), Broken> {
    let Report::Entered { instance, from, to } = report else {
        return Ok(());
    };
    // An owner does not tell of the moment that it spends in BACKUP.
    let owner = config(node, *instance)?.is_owner();
    let watch = watch(node, *instance)?;
    let at_once = owner && matches!((from, to), (State::Init | State::Fault, State::Master));
    let legal = matches!(
        (from, to),
        (State::Init, State::Backup | State::Fault)
            | (State::Backup, State::Master | State::Fault)
            | (State::Master, State::Backup | State::Fault)
            | (State::Fault, State::Backup)
    );
    require(
        (legal || at_once) && watch.reported == *from,
        Law::ReportFollowsState,
        || {
            format!(
                "instance {} was {:?}, {from:?} -> {to:?}",
                instance.0, watch.reported
            )
        },
    )?;
    watch.reported = *to;
    Ok(())
}

fn on_reloaded(node: &mut Node, kept: &[(InstanceId, InstanceId)]) -> Result<(), Broken> {
    let Some(next) = node.next_config.take() else {
        return Err((Law::KnownIds, "reloaded without a reload".to_owned()));
    };
    let mut watches = vec![Watch::default(); next.instances.len()];
    for (old, new) in kept {
        let moved = std::mem::take(watch(node, *old)?);
        let slot = watches.get_mut(usize::from(new.0));
        *slot.ok_or_else(|| unknown("new instance", new.0))? = moved;
    }
    let left = node.watches.iter().position(|watch| watch.installed);
    require(left.is_none(), Law::VipsFollowState, || {
        format!("instance {left:?} is gone, its addresses are not")
    })?;
    let changed = node.config != next;
    watches.iter_mut().for_each(|watch| watch.blind |= changed);
    // Runs of before are killed, their results kept.
    node.running.clear();
    node.runs += 1;
    node.watches = watches;
    node.config = next;
    Ok(())
}
