//! What the scenarios share.
#![allow(dead_code, reason = "every test binary uses its part")]

use std::time::Duration;

use sim::topology::{instance, ipv6, router, unicast, version3};
use sim::{NodeId, Quality, World};
use vrrp::{Action, Authentication, InstanceConfig, RouterConfig, Version};

/// The most that virtual time adds to a deadline on a good segment.
pub(crate) fn latency() -> Duration {
    Quality::GOOD.longest() + ms(1)
}

/// Times at which a node sent.
pub(crate) fn sent(world: &World, node: NodeId) -> Vec<Duration> {
    let actions = world.trace().actions(node);
    actions
        .filter(|(_, _, it)| matches!(it, Action::Send { .. }))
        .map(|(at, _, _)| at)
        .collect()
}

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A kind of virtual router: makes the instance of node `me` of `count`.
pub(crate) type Flavour = (
    &'static str,
    fn(InstanceConfig, usize, usize) -> InstanceConfig,
);

/// Every kind that the protocol has.
pub(crate) const FLAVOURS: [Flavour; 10] = [
    ("v2 1 s", |it, _, _| it),
    ("v2 pass", |it, _, _| InstanceConfig {
        authentication: Authentication::Pass(*b"secret\0\0"),
        ..it
    }),
    ("v2 unicast", |it, me, count| unicast(me, count, it)),
    ("v3 1 s", |it, _, _| version3(secs(1), it)),
    ("v3 100 ms", |it, _, _| version3(ms(100), it)),
    ("v3 10 ms", |it, _, _| version3(ms(10), it)),
    ("v3 IPv6 1 s", |it, _, _| ipv6(version3(secs(1), it))),
    ("v3 IPv6 100 ms", |it, _, _| ipv6(version3(ms(100), it))),
    ("v3 unicast 10 ms", |it, me, count| {
        unicast(me, count, version3(ms(10), it))
    }),
    ("v3 IPv6 unicast", |it, me, count| {
        unicast(me, count, ipv6(version3(secs(1), it)))
    }),
];

/// A world of routers with one VI_1 each, at these priorities, started.
pub(crate) fn cluster(flavour: Flavour, priorities: &[u8]) -> World {
    let count = priorities.len();
    let nodes = priorities.iter().enumerate();
    let configs =
        nodes.map(|(me, priority)| router(vec![flavour.1(instance(51, *priority), me, count)]));
    world(configs)
}

/// A started world.
pub(crate) fn world(configs: impl IntoIterator<Item = RouterConfig>) -> World {
    let mut world = World::new(1);
    for config in configs {
        world.add(config);
    }
    world.start_all();
    world
}

/// Two directors that are each other's backup: VI_1 prefers a, VI_2 prefers b.
pub(crate) fn dual_master() -> World {
    let pass = |it: InstanceConfig| InstanceConfig {
        authentication: Authentication::Pass(*b"k33p4l1v"),
        ..it
    };
    let config = |one, two| router(vec![pass(instance(51, one)), pass(instance(52, two))]);
    world([config(100, 99), config(99, 100)])
}

/// Interval and master-down time of VI_1 at a priority.
pub(crate) fn times(world: &World, node: NodeId, priority: u8) -> (Duration, Duration, Duration) {
    let config = &world.node(node).config.instances[0];
    let interval = config.advert_interval;
    let unit = match config.version {
        Version::V2 => secs(1),
        Version::V3 => interval,
    };
    let skew = unit * (256 - u32::from(priority)) / 256;
    (
        interval,
        skew,
        interval * u32::from(config.down_timer_adverts) + skew,
    )
}

pub(crate) const A: NodeId = NodeId(0);
pub(crate) const B: NodeId = NodeId(1);
pub(crate) const C: NodeId = NodeId(2);
