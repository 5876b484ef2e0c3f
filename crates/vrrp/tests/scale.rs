//! Many instances: the work of each event must not depend on how many others there are.
#![allow(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod common;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::advert;
use vrrp::{Action, Event, Family, GroupConfig, InstanceConfig, InstanceId, InterfaceId};
use vrrp::{Packet, Router, RouterConfig, State};

const INTERFACES: u16 = 10;
const INSTANCES: u16 = 2_000;

fn instance(number: u16) -> InstanceConfig {
    let vrid = u8::try_from(number / INTERFACES + 1).unwrap();
    let address = format!("10.1.{}.{}", number / 250, number % 250);
    let mut new = common::instance(&format!("VI_{number}"), vrid, &[&address]);
    new.interface = InterfaceId(number % INTERFACES);
    new.garp.master_delay = Duration::ZERO;
    new
}

fn config(grouped: bool) -> RouterConfig {
    let group = GroupConfig {
        name: String::from("ALL"),
        members: (0..INSTANCES).map(InstanceId).collect(),
        track_interfaces: vec![],
        track_scripts: vec![],
        tracking_weight: false,
    };
    RouterConfig {
        interfaces: (0..INTERFACES).map(|n| format!("eth{n}")).collect(),
        instances: (0..INSTANCES).map(instance).collect(),
        groups: if grouped { vec![group] } else { vec![] },
        scripts: vec![],
    }
}

fn boot(now: Instant, config: RouterConfig) -> Router {
    let mut router = Router::new(config);
    for interface in (0..INTERFACES).map(InterfaceId) {
        let address = Some(IpAddr::from([10, 0, 0, 1]));
        router.handle(
            now,
            Event::Link {
                interface,
                up: true,
            },
        );
        router.handle(
            now,
            Event::Address {
                interface,
                family: Family::V4,
                address,
            },
        );
    }
    router.handle(now, Event::Start);
    router
}

fn run(router: &mut Router, until: Instant) -> Vec<(Instant, Action)> {
    let mut actions = Vec::new();
    while let Some(at) = router.poll_timeout().filter(|at| *at <= until) {
        router.handle(at, Event::Timeout);
        while let Some(action) = router.poll_action() {
            actions.push((at, action));
        }
    }
    actions
}

fn sends(actions: &[(Instant, Action)]) -> usize {
    actions
        .iter()
        .filter(|(_, action)| matches!(action, Action::Send { .. }))
        .count()
}

fn masters(router: &Router) -> usize {
    let views = router.snapshot().instances;
    views
        .iter()
        .filter(|view| view.state == State::Master)
        .count()
}

#[test]
fn all_take_over_and_each_sends_once_an_interval() {
    let epoch = common::epoch();
    let mut router = boot(epoch, config(false));
    let actions = run(&mut router, epoch + Duration::from_secs(13));
    assert_eq!(masters(&router), usize::from(INSTANCES));
    // The first after 3.609 s, the last within the thirteenth second.
    assert_eq!(sends(&actions), 10 * usize::from(INSTANCES));
}

#[test]
fn a_large_group_moves_as_one() {
    let epoch = common::epoch();
    let mut router = boot(epoch, config(true));
    run(&mut router, epoch + Duration::from_secs(5));
    assert_eq!(masters(&router), usize::from(INSTANCES));
    let now = epoch + Duration::from_secs(5);
    router.handle(
        now,
        Event::Link {
            interface: InterfaceId(3),
            up: false,
        },
    );
    assert_eq!(masters(&router), 0);
    router.handle(
        now,
        Event::Link {
            interface: InterfaceId(3),
            up: true,
        },
    );
    run(&mut router, now + Duration::from_secs(5));
    assert_eq!(masters(&router), usize::from(INSTANCES));
}

#[test]
fn two_routers_agree() {
    let epoch = common::epoch();
    let mut low = boot(epoch, config(false));
    let mut high = {
        let mut config = config(false);
        config
            .instances
            .iter_mut()
            .for_each(|instance| instance.priority = 200);
        boot(epoch, config)
    };
    let until = epoch + Duration::from_secs(8);
    while let Some(at) = low
        .poll_timeout()
        .min(high.poll_timeout())
        .filter(|at| *at <= until)
    {
        for (from, to) in [(0, 1), (1, 0)] {
            let routers = [&mut low, &mut high];
            deliver(at, routers, from, to);
        }
    }
    assert_eq!(masters(&high), usize::from(INSTANCES));
    assert_eq!(masters(&low), 0);
}

/// Hands what one router sends to the other.
fn deliver(at: Instant, routers: [&mut Router; 2], from: usize, to: usize) {
    routers[from].handle(at, Event::Timeout);
    while let Some(action) = routers[from].poll_action() {
        if let Action::Send {
            interface,
            packet: Packet::V4(bytes),
            ..
        } = action
        {
            assert!(advert::decode(&Packet::V4(bytes.clone())).is_ok());
            routers[to].handle(
                at,
                Event::Datagram {
                    interface,
                    packet: Packet::V4(bytes),
                },
            );
        }
    }
}
