//! Random packets and random event lists: nothing panics, and what must always hold does.
#![allow(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod common;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use vrrp::advert::{self, Advert};
use vrrp::{
    Action, Authentication, Event, Family, GroupConfig, InitialState, InstanceConfig, InstanceId,
    InterfaceId, Packet, Preempt, Router, RouterConfig, ScriptConfig, ScriptId, ScriptOutcome,
    State, TrackInterface, TrackScript, Transport, Version, Weight,
};

fn source() -> impl Strategy<Value = IpAddr> {
    (0..4u8).prop_map(|last| IpAddr::from([10, 0, 0, last]))
}

fn weight() -> impl Strategy<Value = Weight> {
    (-253..=253i16, any::<bool>()).prop_map(|(value, reverse)| Weight {
        value: if value % 3 == 0 { 0 } else { value },
        reverse,
    })
}

fn track_interface() -> impl Strategy<Value = TrackInterface> {
    (0..3u16, weight()).prop_map(|(id, weight)| TrackInterface {
        interface: InterfaceId(id),
        weight,
    })
}

fn track_script() -> impl Strategy<Value = TrackScript> {
    (0..2u16, weight()).prop_map(|(id, weight)| TrackScript {
        script: ScriptId(id),
        weight,
    })
}

fn preempt() -> impl Strategy<Value = Preempt> {
    prop_oneof![
        Just(Preempt::Never),
        (0..3u64).prop_map(|delay| Preempt::After(Duration::from_secs(delay))),
    ]
}

fn transport() -> impl Strategy<Value = Transport> {
    prop_oneof![
        3 => Just(Transport::Multicast { group: common::multicast(Family::V4) }),
        1 => (vec(source(), 0..3), any::<bool>()).prop_map(|(peers, check_source)| {
            Transport::Unicast { peers, ttl: 255, check_source }
        }),
    ]
}

prop_compose! {
    fn instance()(
        vrid in 1..5u8,
        interface in 0..2u16,
        version in prop_oneof![Just(Version::V2), Just(Version::V3)],
        priority in prop_oneof![1..=254u8, Just(255)],
        master in any::<bool>(),
        seconds in 1..4u64,
        addresses in vec((0..9u8).prop_map(|n| IpAddr::from([10, 0, 9, n])), 0..4),
        transport in transport(),
        preempt in preempt(),
        flags in any::<[bool; 4]>(),
        track_interfaces in vec(track_interface(), 0..3),
        track_scripts in vec(track_script(), 0..3),
        garp in (0..6u64, 0..6u64, 0..6u64, 0..3u32),
    ) -> InstanceConfig {
        let mut new = common::instance(&format!("VI_{vrid}_{interface}"), vrid, &[]);
        new.interface = InterfaceId(interface);
        new.version = version;
        new.priority = priority;
        new.initial_state = if master { InitialState::Master } else { InitialState::Backup };
        new.advert_interval = Duration::from_secs(seconds);
        new.addresses = addresses;
        new.transport = transport;
        new.preempt = preempt;
        [
            new.lower_prio_no_advert,
            new.higher_prio_send_advert,
            new.skip_check_adv_addr,
            new.track_primary,
        ] = flags;
        new.track_interfaces = track_interfaces;
        new.track_scripts = track_scripts;
        let (delay, refresh, lower, repeat) = garp;
        new.garp.master_delay = Duration::from_secs(delay);
        new.garp.master_refresh = Duration::from_secs(refresh);
        new.garp.lower_prio_delay = Duration::from_secs(lower);
        new.garp.lower_prio_repeat = repeat;
        new
    }
}

prop_compose! {
    fn config()(
        instances in vec(instance(), 0..6),
        grouped in vec(0..3usize, 6),
        tracking_weight in any::<bool>(),
        scripts in vec((1..4u64, 1..3u32, 1..3u32, any::<bool>()), 2),
        swapped in any::<bool>(),
    ) -> RouterConfig {
        // The first number says which group an instance is in, if any.
        let group = |number: usize| GroupConfig {
            name: format!("G{number}"),
            members: (0u16..)
                .zip(&grouped)
                .filter(|(id, group)| **group == number && usize::from(*id) < instances.len())
                .map(|(id, _)| InstanceId(id))
                .collect(),
            track_interfaces: vec![],
            track_scripts: vec![],
            tracking_weight,
        };
        let groups = vec![group(1), group(2)];
        let script = |(number, (interval, rise, fall, init_fail)): (usize, _)| ScriptConfig {
            name: format!("chk{number}"),
            interval: Duration::from_secs(interval),
            rise,
            fall,
            init_fail,
        };
        let mut interfaces: Vec<String> = (0..3).map(|n| format!("eth{n}")).collect();
        if swapped {
            interfaces.swap(0, 1);
        }
        RouterConfig {
            interfaces,
            instances,
            groups,
            scripts: scripts.into_iter().enumerate().map(script).collect(),
        }
    }
}

fn outcome() -> impl Strategy<Value = ScriptOutcome> {
    prop_oneof![
        Just(ScriptOutcome::Exited(0)),
        Just(ScriptOutcome::Exited(1)),
        Just(ScriptOutcome::Signalled(9)),
        Just(ScriptOutcome::TimedOut),
    ]
}

prop_compose! {
    fn advert_packet()(
        source in source(),
        multicast in any::<bool>(),
        version in prop_oneof![Just(Version::V2), Just(Version::V3)],
        vrid in 0..6u8,
        priority in prop_oneof![Just(0u8), any::<u8>(), Just(255)],
        seconds in 0..4u64,
        count in 0..3u8,
        damage in prop_oneof![3 => Just(None), 1 => (any::<usize>(), any::<u8>()).prop_map(Some)],
    ) -> Packet {
        let packet = advert::encode(&Advert {
            source,
            destination: if multicast {
                common::multicast(Family::V4)
            } else {
                IpAddr::from([10, 0, 0, 1])
            },
            hop_limit: 255,
            ip_id: 1,
            version,
            vrid,
            priority,
            interval: Duration::from_secs(seconds),
            authentication: Authentication::None,
            addresses: (0..count).map(|n| IpAddr::from([10, 0, 9, n])).collect(),
        });
        match (packet, damage) {
            (Packet::V4(mut bytes), Some((at, byte))) => {
                let at = at % bytes.len();
                bytes[at] = byte;
                Packet::V4(bytes)
            }
            (packet, _) => packet,
        }
    }
}

fn any_packet() -> impl Strategy<Value = Packet> {
    prop_oneof![
        vec(any::<u8>(), 0..80).prop_map(Packet::V4),
        (
            vec(any::<u8>(), 0..80),
            any::<[u8; 16]>(),
            any::<[u8; 16]>(),
            any::<u8>()
        )
            .prop_map(|(payload, source, destination, hop_limit)| Packet::V6 {
                source: source.into(),
                destination: destination.into(),
                hop_limit,
                payload,
            }),
    ]
}

/// Ids are now and then of nobody.
fn event() -> impl Strategy<Value = Event> {
    let interface = || (0..4u16).prop_map(InterfaceId);
    let packet = prop_oneof![8 => advert_packet(), 1 => any_packet()];
    prop_oneof![
        2 => Just(Event::Start),
        12 => Just(Event::Timeout),
        12 => (interface(), packet)
            .prop_map(|(interface, packet)| Event::Datagram { interface, packet }),
        3 => (interface(), prop::bool::weighted(0.7))
            .prop_map(|(interface, up)| Event::Link { interface, up }),
        2 => (interface(), prop::option::weighted(0.8, source())).prop_map(
            |(interface, address)| Event::Address { interface, family: Family::V4, address }
        ),
        6 => ((0..3u16).prop_map(ScriptId), outcome())
            .prop_map(|(script, outcome)| Event::ScriptDone { script, outcome }),
        1 => (0..7u16).prop_map(|id| Event::VipsLost { instance: InstanceId(id) }),
        1 => config().prop_map(|config| Event::Reload(Box::new(config))),
    ]
}

/// A router, and what its actions have come to so far.
struct Watched {
    router: Router,
    /// Who has its addresses wanted.
    holding: BTreeSet<InstanceId>,
    actions: Vec<Action>,
}

impl Watched {
    fn new(config: RouterConfig) -> Self {
        Self {
            router: Router::new(config),
            holding: BTreeSet::new(),
            actions: Vec::new(),
        }
    }

    /// Takes the actions; addresses are added and removed in turn.
    fn drain(&mut self) -> Result<usize, TestCaseError> {
        let before = self.actions.len();
        while let Some(action) = self.router.poll_action() {
            if let Action::AddVips { instance } = action {
                let reloaded = self.reloaded_since(before);
                prop_assert!(self.holding.insert(instance) || reloaded, "added twice");
            } else if let Action::RemoveVips { instance } = action {
                prop_assert!(self.holding.remove(&instance), "removed twice");
            } else if let Action::Reloaded { kept } = &action {
                let holding = |(old, _): &&(InstanceId, InstanceId)| self.holding.contains(old);
                self.holding = kept.iter().filter(holding).map(|(_, new)| *new).collect();
            }
            self.actions.push(action);
        }
        let masters = self.router.snapshot().instances.into_iter().zip(0u16..);
        let masters = masters.filter(|(view, _)| view.state == State::Master);
        let masters: BTreeSet<_> = masters.map(|(_, id)| InstanceId(id)).collect();
        prop_assert_eq!(
            &masters,
            &self.holding,
            "masters hold their addresses, and nobody else"
        );
        Ok(self.actions.len() - before)
    }

    /// A reload may want other addresses for a master.
    fn reloaded_since(&self, before: usize) -> bool {
        self.actions[before..]
            .iter()
            .any(|action| matches!(action, Action::Reloaded { .. }))
    }
}

proptest! {
    #[test]
    fn decoding_never_panics(packet in any_packet()) {
        if let Ok(advert) = advert::decode(&packet) {
            prop_assert_eq!(advert::decode(&advert::encode(&advert)), Ok(advert));
        }
    }

    #[test]
    fn damaged_adverts_never_panic(packet in advert_packet()) {
        let _ = advert::decode(&packet);
    }

    #[test]
    fn the_laws_hold(
        config in config(),
        events in vec((0..2_000u64, event()), 0..120),
        end in 0..120usize,
    ) {
        let mut now = common::epoch();
        let mut watched = Watched::new(config.clone());
        for interface in (0..3).map(InterfaceId) {
            let address = Some(IpAddr::from([10, 0, 0, 1]));
            watched.router.handle(now, Event::Link { interface, up: true });
            watched.router.handle(now, Event::Address { interface, family: Family::V4, address });
        }
        for (number, (wait, event)) in events.into_iter().enumerate() {
            now += Duration::from_millis(wait);
            watched.router.handle(now, event);
            watched.drain()?;
            if !watched.reloaded_since(0) && number < end {
                groups_move_together(&config, &watched.router)?;
            }
            if number == end {
                watched.router.handle(now, Event::Shutdown);
                watched.drain()?;
                prop_assert!(watched.holding.is_empty(), "addresses are left behind");
            }
            if number >= end {
                prop_assert_eq!(watched.router.poll_timeout(), None);
                watched.router.handle(now, Event::Timeout);
                prop_assert_eq!(watched.drain()?, 0, "something after the shutdown");
            }
        }
    }

    #[test]
    fn a_timeout_when_asked_for_makes_progress(
        config in config(),
        events in vec((0..1_500u64, event()), 0..60),
    ) {
        let mut now = common::epoch();
        let mut router = Router::new(config);
        for interface in (0..3).map(InterfaceId) {
            let address = Some(IpAddr::from([10, 0, 0, 1]));
            router.handle(now, Event::Link { interface, up: true });
            router.handle(now, Event::Address { interface, family: Family::V4, address });
        }
        router.handle(now, Event::Start);
        for (wait, event) in events {
            let next = now + Duration::from_millis(wait);
            while let Some(at) = router.poll_timeout().filter(|at| *at <= next) {
                router.handle(at.max(now), Event::Timeout);
                let later = router.poll_timeout();
                prop_assert!(later.is_none_or(|later| later > at), "the same deadline again");
            }
            now = next;
            router.handle(now, event);
        }
    }

    #[test]
    fn the_same_configuration_again_changes_nothing(
        config in config(),
        events in vec((0..1_500u64, event()), 0..60),
    ) {
        let mut now = common::epoch();
        let mut router = Router::new(config.clone());
        router.handle(now, Event::Start);
        let not_a_reload = |(_, event): &(u64, Event)| !matches!(event, Event::Reload(_));
        for (wait, event) in events.into_iter().filter(not_a_reload) {
            now += Duration::from_millis(wait);
            router.handle(now, event);
        }
        while router.poll_action().is_some() {}
        let before = (router.poll_timeout(), router.snapshot());
        router.handle(now, Event::Reload(Box::new(config)));
        let actions: Vec<Action> = std::iter::from_fn(|| router.poll_action()).collect();
        let ids = (0..u16::try_from(before.1.instances.len()).unwrap()).map(InstanceId);
        let kept = ids.map(|id| (id, id)).collect();
        prop_assert_eq!(actions, vec![Action::Reloaded { kept }]);
        let mut after = (router.poll_timeout(), router.snapshot());
        for (script, before) in after.1.scripts.iter_mut().zip(&before.1.scripts) {
            script.running = before.running;
        }
        prop_assert_eq!(after, before);
    }

    #[test]
    fn refused_packets_change_nothing(
        config in config(),
        events in vec((0..1_500u64, event()), 0..40),
        packets in vec(any_packet(), 1..20),
    ) {
        let mut now = common::epoch();
        let mut router = Router::new(config);
        router.handle(now, Event::Start);
        for (wait, event) in events {
            now += Duration::from_millis(wait);
            router.handle(now, event);
        }
        while router.poll_action().is_some() {}
        let before = (router.poll_timeout(), states(&router));
        for packet in packets {
            if advert::decode(&packet).is_err() {
                router.handle(now, Event::Datagram { interface: InterfaceId(0), packet });
            }
        }
        while let Some(action) = router.poll_action() {
            prop_assert!(matches!(action, Action::Report(_)), "{action:?}");
        }
        prop_assert_eq!((router.poll_timeout(), states(&router)), before);
    }
}

fn states(router: &Router) -> Vec<(State, u8)> {
    let views = router.snapshot().instances;
    views
        .iter()
        .map(|view| (view.state, view.effective_priority))
        .collect()
}

/// Members of a group are master together. Those that a reload brought may need time to join.
fn groups_move_together(config: &RouterConfig, router: &Router) -> Result<(), TestCaseError> {
    let snapshot = router.snapshot();
    for (group, view) in config.groups.iter().zip(&snapshot.groups) {
        for member in &group.members {
            let state = snapshot.instances[usize::from(member.0)].state;
            let together = (state == State::Master) == (view.state == State::Master);
            prop_assert!(together, "{state:?} in a group in {:?}", view.state);
        }
    }
    Ok(())
}
