//! When a higher priority is a reason to move.

mod common;

use std::time::Duration;

use common::{A, B, FLAVOURS, latency, ms, secs, times, world};
use sim::topology::{instance, router};
use sim::{Step, World};
use vrrp::{InstanceConfig, Preempt, State};

/// B is master, A with the higher priority comes.
fn late_comer(flavour: common::Flavour, preempt: Preempt) -> World {
    let config = |me, priority| {
        let instance = InstanceConfig {
            preempt,
            ..instance(51, priority)
        };
        router(vec![flavour.1(instance, me, 2)])
    };
    let mut world = world([config(0, 150), config(1, 100)]);
    world.act(Step::Kill(A));
    world.run(world.settling_time());
    assert_eq!(world.masters("VI_1"), [B], "{}", flavour.0);
    world.act(Step::Start(A));
    world
}

#[test]
fn preempt_takes_one_master_down_time() {
    for flavour in FLAVOURS {
        let mut world = late_comer(flavour, Preempt::After(Duration::ZERO));
        let (_, _, down) = times(&world, A, 150);
        let took = world.wait_for(A, "VI_1", State::Master, down + latency());
        assert!(took + ms(10) >= down, "{}: {took:?} of {down:?}", flavour.0);
        world.run(latency());
        assert_eq!(world.masters("VI_1"), [A]);
    }
}

#[test]
fn nopreempt_never_moves() {
    for flavour in FLAVOURS {
        let mut world = late_comer(flavour, Preempt::Never);
        world.run(world.settling_time() * 10);
        assert_eq!(world.masters("VI_1"), [B], "{}", flavour.0);
        world.act(Step::Kill(B));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
        world.act(Step::Start(B));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
    }
}

/// The delay counts from the first lower advert; then the master-down time runs from the last one accepted.
#[test]
fn preempt_delay_is_kept() {
    for flavour in FLAVOURS {
        let unit = flavour.1(instance(51, 1), 0, 2).advert_interval;
        let delay = unit * 10;
        let mut world = late_comer(flavour, Preempt::After(delay));
        let (interval, _, down) = times(&world, A, 150);
        let limit = interval + delay + down + interval + latency();
        let took = world.wait_for(A, "VI_1", State::Master, limit);
        assert!(took >= delay, "{}: {took:?} of {delay:?}", flavour.0);
    }
}

/// A dead master is replaced at once, delay or not.
#[test]
fn preempt_delay_does_not_delay_failover() {
    let mut world = late_comer(FLAVOURS[0], Preempt::After(secs(300)));
    world.run(secs(30));
    assert_eq!(world.masters("VI_1"), [B]);
    world.act(Step::Kill(B));
    let (_, _, down) = times(&world, A, 150);
    world.wait_for(A, "VI_1", State::Master, down + latency());
}
