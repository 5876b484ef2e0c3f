//! New configurations under way.

mod common;

use common::{A, B, FLAVOURS, cluster, ms, secs, sent, world};
use sim::topology::{instance, on, router, version3};
use sim::{NodeId, Step, World};
use vrrp::{Action, RouterConfig, State};

fn reload(world: &World, node: NodeId, change: impl FnOnce(&mut RouterConfig)) -> Step {
    let mut config = world.node(node).config.clone();
    change(&mut config);
    Step::Reload {
        node,
        config: Box::new(config),
    }
}

/// Nothing but the acknowledgement (a law), and the adverts keep their pace, however often.
#[test]
fn the_same_configuration_changes_nothing() {
    for flavour in FLAVOURS {
        let mut world = cluster(flavour, &[150, 100]);
        world.run(world.settling_time() * 2);
        let interval = world.node(A).config.instances[0].advert_interval;
        let before = sent(&world, A).len();
        for _ in 0..70 {
            for node in [A, B] {
                let step = reload(&world, node, |_| ());
                world.act(step);
            }
            world.run(interval / 7);
        }
        let count = sent(&world, A).len() - before;
        assert!(
            (9..=11).contains(&count),
            "{}: {count} adverts in 10 intervals",
            flavour.0
        );
        assert_eq!(world.masters("VI_1"), [A]);
    }
}

/// A lower priority takes effect in the next election, without a gap in the adverts of the old master.
#[test]
fn a_lower_priority_moves_the_address() {
    for flavour in FLAVOURS {
        let mut world = cluster(flavour, &[150, 100]);
        world.run(world.settling_time() * 2);
        let step = reload(&world, A, |config| config.instances[0].priority = 50);
        world.act(step);
        assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [B], "{}", flavour.0);
    }
}

#[test]
fn a_new_name_keeps_the_master() {
    let mut world = cluster(FLAVOURS[0], &[150, 100]);
    world.run(world.settling_time());
    let step = reload(&world, A, |config| {
        config.instances[0].name = "web".to_owned()
    });
    world.act(step);
    assert_eq!(world.state(A, "web"), Some(State::Master));
    world.run(secs(60));
    assert_eq!(world.masters("web"), [A]);
    let taken = world
        .trace()
        .actions(A)
        .filter(|it| matches!(it.2, Action::AddVips { .. }));
    assert_eq!(taken.count(), 1);
}

/// An instance that is gone says goodbye first; the others do not notice.
#[test]
fn a_removed_instance_says_goodbye() {
    let config = |priority| router(vec![instance(51, priority), instance(52, priority)]);
    let mut world = world([config(150), config(100)]);
    world.run(world.settling_time());
    let step = reload(&world, A, |config| {
        config.instances.remove(0);
    });
    world.act(step);
    let skew = secs(1) * 156 / 256;
    world.wait_for(B, "VI_1", State::Master, skew + ms(2));
    assert_eq!(world.masters("VI_2"), [A]);
    world.run(world.settling_time());
    assert_eq!(
        (world.masters("VI_1"), world.masters("VI_2")),
        (vec![B], vec![A])
    );
}

/// The id that is gone is beyond the end of the new list.
#[test]
fn the_last_instance_is_removed() {
    let config = |priority| router(vec![instance(51, priority), instance(52, priority)]);
    for state in [State::Master, State::Backup] {
        let mut world = world([config(150), config(100)]);
        world.run(world.settling_time());
        let node = if state == State::Master { A } else { B };
        assert_eq!(world.state(node, "VI_2"), Some(state));
        let step = reload(&world, node, |config| config.instances.truncate(1));
        world.act(step);
        world.run(world.settling_time());
        let step = reload(&world, node, |config| config.instances.clear());
        world.act(step);
        world.run(world.settling_time());
    }
}

#[test]
fn an_added_instance_joins() {
    let mut world = world([
        router(vec![instance(51, 150)]),
        router(vec![instance(51, 100)]),
    ]);
    world.run(world.settling_time());
    for node in [A, B] {
        // It comes first in the list, so that every id changes, and on an interface of its own.
        let step = reload(&world, node, |config| {
            config.interfaces.push("eth1".to_owned());
            config.instances.insert(0, on(1, instance(60, 120)));
        });
        world.act(step);
        assert_eq!(world.masters("VI_1"), [A]);
    }
    world.run(world.settling_time());
    assert_eq!(
        (world.masters("VI_1"), world.masters("VI_10")),
        (vec![A], vec![B])
    );
}

#[test]
fn a_new_interval_is_used() {
    let config = |interval, priority| router(vec![version3(interval, instance(51, priority))]);
    let mut world = world([config(secs(1), 150), config(secs(1), 100)]);
    world.run(world.settling_time());
    for node in [A, B] {
        let step = reload(&world, node, |it| it.instances[0].advert_interval = ms(100));
        world.act(step);
    }
    world.run(secs(2));
    let before = sent(&world, A).len();
    world.run(secs(10));
    assert_eq!(sent(&world, A).len() - before, 100);
    assert_eq!(world.masters("VI_1"), [A]);
}
