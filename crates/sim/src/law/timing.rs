//! When a backup has to take over, worked out from what it heard.

use std::time::Duration;

use vrrp::{Family, InitialState, InstanceConfig, Preempt, State, Transport, Version};

use super::action::password_fits;
use super::{Broken, Law, SLACK, Watch, require};
use crate::node::{Frame, Input, Node};
use crate::step::Harm;
use crate::wire::Advert;

/// Remembers an advert before the router gets it.
pub(crate) fn hear(node: &mut Node, now: Duration, input: &Input) {
    let Input::Frame(frame) = input else { return };
    let Some(advert) = frame
        .advert
        .as_ref()
        .filter(|_| frame.harm != Harm::Harmless)
    else {
        return;
    };
    for at in 0..node.config.instances.len().min(node.watches.len()) {
        let config = &node.config.instances[at];
        if !is_for(node, config, frame, advert) {
            continue;
        }
        let ours = node
            .view
            .instances
            .get(at)
            .map_or(0, |view| view.effective_priority);
        let respected =
            advert.priority >= ours || (config.preempt == Preempt::Never && !config.is_owner());
        node.watches[at].hear(now, advert, respected);
    }
}

impl Watch {
    fn hear(&mut self, now: Duration, advert: &Advert, respected: bool) {
        if advert.priority == 0 {
            // Repeated goodbyes must not put a take-over off: the first counts.
            self.goodbye = self.goodbye.or(Some(now));
        } else if respected {
            self.heard = Some((now, advert.interval));
            self.goodbye = None;
            self.blind = false;
        }
    }

    /// Follows a change of state.
    pub(crate) fn enter(&mut self, now: Duration, state: State) {
        self.first = self.state == State::Init || (self.first && self.state == State::Fault);
        self.state = state;
        self.since = now;
        // The advert that made a master yield starts its first timer as a backup.
        self.heard = self.heard.filter(|(at, _)| *at == now);
        self.goodbye = None;
        self.blind = false;
    }
}

/// The checks of vrrp-behaviour §2 that depend on the receiver.
fn is_for(node: &Node, config: &InstanceConfig, frame: &Frame, advert: &Advert) -> bool {
    let reaches = match &config.transport {
        Transport::Multicast { group } => advert.destination == *group && advert.hop_limit == 255,
        Transport::Unicast {
            peers,
            check_source,
            ..
        } => {
            !advert.destination.is_multicast() && (!check_source || peers.contains(&advert.source))
        }
    };
    reaches
        && node.segment(config.interface) == Some(&frame.segment)
        && config.vrid == advert.vrid
        && config.version == advert.version
        && config.family == Family::of(advert.source)
        && (config.version == Version::V3 || config.advert_interval == advert.interval)
        && password_fits(config, advert)
}

/// The earliest and the latest time at which a backup may become master.
///
/// A member of a sync group with `state MASTER` wants to be master from the beginning, and is as soon as the
/// others do (keepalived: vrrp_init_state).
fn window(config: &InstanceConfig, watch: &Watch, priority: u8) -> (Duration, Duration) {
    let learnt = watch.heard.map(|(_, interval)| interval);
    let interval = match config.version {
        Version::V2 => config.advert_interval,
        Version::V3 => learnt.unwrap_or(config.advert_interval),
    };
    let skew = skew(config.version, interval, priority);
    // Implementations count the skew in whole centiseconds or finer.
    let least = Duration::from_millis(u64::try_from(skew.as_millis() / 10 * 10).unwrap_or(0));
    let silence = interval * u32::from(config.down_timer_adverts);
    let wants = watch.first && config.initial_state == InitialState::Master;
    let wait = if wants || config.is_owner() {
        Duration::ZERO
    } else {
        silence + least
    };
    let (earliest, latest) = match watch.heard {
        Some((at, _)) => (at + silence + least, at + silence + skew),
        None => (watch.since + wait, watch.since + silence + skew),
    };
    match watch.goodbye {
        Some(at) => (earliest.min(at + least), latest.min(at + skew)),
        None => (earliest, latest),
    }
}

/// RFC 3768 §6.1, RFC 9568 §6.1.
pub(crate) fn skew(version: Version, interval: Duration, priority: u8) -> Duration {
    let unit = match version {
        Version::V2 => Duration::from_secs(1),
        Version::V3 => interval,
    };
    unit * (256 - u32::from(priority)) / 256
}

/// A backup became master.
pub(crate) fn took_over(
    config: &InstanceConfig,
    watch: &Watch,
    priority: u8,
    now: Duration,
) -> Result<(), Broken> {
    let (earliest, _) = window(config, watch, priority);
    require(watch.blind || now >= earliest, Law::NoHaste, || {
        format!(
            "{} took over {:?} too soon",
            config.name,
            earliest.saturating_sub(now)
        )
    })
}

/// A unicast instance without peers sends nothing.
pub(crate) fn has_hearers(config: &InstanceConfig) -> bool {
    match &config.transport {
        Transport::Multicast { .. } => true,
        Transport::Unicast { peers, .. } => !peers.is_empty(),
    }
}

/// Nobody has slept past a deadline.
pub(crate) fn overdue(node: &Node, now: Duration) -> Result<(), Broken> {
    if !node.is_running() {
        return Ok(());
    }
    for (at, config) in node.config.instances.iter().enumerate() {
        let (Some(watch), Some(view)) = (node.watches.get(at), node.view.instances.get(at)) else {
            continue;
        };
        let (law, due) = match watch.state {
            State::Init | State::Fault => continue,
            State::Master if has_hearers(config) => {
                let sent = watch.sent.unwrap_or(watch.since).max(node.excused);
                (Law::Pace, sent + config.advert_interval)
            }
            State::Master => continue,
            State::Backup if foretold(node, at, config, watch) => (
                Law::TakeOver,
                window(config, watch, view.effective_priority)
                    .1
                    .max(watch.priority.1),
            ),
            State::Backup => continue,
        };
        require(now <= due.max(node.excused) + SLACK, law, || {
            format!("{} was due {:?} ago", config.name, now - due)
        })?;
    }
    Ok(())
}

/// Groups wait for each other and delays depend on who is heard first: those are left to the settled laws.
fn foretold(node: &Node, at: usize, config: &InstanceConfig, watch: &Watch) -> bool {
    let grouped = node.config.groups.iter().any(|group| {
        group
            .members
            .iter()
            .any(|member| usize::from(member.0) == at)
    });
    let delayed = matches!(config.preempt, Preempt::After(delay) if !delay.is_zero());
    !(grouped || delayed || watch.blind)
}
