//! Who becomes master.

mod common;

use common::{A, B, C, FLAVOURS, cluster, dual_master, latency, ms, secs, times, world};
use sim::Step;
use sim::topology::{group, instance, router, version3};
use vrrp::{InitialState, InstanceConfig, Preempt, State};

#[test]
fn the_highest_priority_wins() {
    for flavour in FLAVOURS {
        for priorities in [&[100, 99][..], &[99, 100], &[50, 200, 100], &[1, 254]] {
            let mut world = cluster(flavour, priorities);
            world.run(world.settling_time() * 2);
            let highest = priorities.iter().max().unwrap();
            let winner = priorities
                .iter()
                .position(|priority| priority == highest)
                .unwrap();
            let masters: Vec<usize> = world.masters("VI_1").iter().map(|id| id.0).collect();
            assert_eq!(masters, [winner], "{} {priorities:?}", flavour.0);
        }
    }
}

/// RFC 9568 §6.4.3: of two masters with one priority the higher address stays.
#[test]
fn equal_priorities_are_decided_by_the_address() {
    for flavour in FLAVOURS {
        let mut world = cluster(flavour, &[100, 100, 100]);
        world.run(world.settling_time() * 2);
        assert_eq!(world.masters("VI_1"), [C], "{}", flavour.0);
    }
}

/// A backup with the same priority is no reason to move.
#[test]
fn equal_priority_does_not_preempt() {
    for flavour in FLAVOURS {
        let mut world = cluster(flavour, &[100, 100]);
        world.act(Step::Kill(B));
        world.run(world.settling_time());
        world.act(Step::Start(B));
        world.run(world.settling_time() * 2);
        assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
    }
}

/// The first take-over at start: a whole master-down time for `state BACKUP`.
#[test]
fn a_backup_waits_its_master_down_time_at_start() {
    for flavour in FLAVOURS {
        let mut world = cluster(flavour, &[100]);
        let (_, _, down) = times(&world, A, 100);
        let took = world.wait_for(A, "VI_1", State::Master, down + ms(1));
        assert!(took + ms(10) > down, "{}: {took:?} of {down:?}", flavour.0);
    }
}

/// keepalived: `state MASTER` shortens the first wait of members of sync groups, and of nobody else.
#[test]
fn an_initial_master_in_a_group_waits_one_interval() {
    let config = InstanceConfig {
        initial_state: InitialState::Master,
        ..instance(51, 100)
    };
    let mut config = router(vec![config]);
    let mut alone = world([config.clone()]);
    config.groups.push(group("G", 0..1));
    let mut member = world([config]);
    let took = member.wait_for(A, "VI_1", State::Master, ms(1005));
    assert!(took >= secs(1), "{took:?}");
    let took = alone.wait_for(A, "VI_1", State::Master, ms(3615));
    assert!(took >= ms(3600), "{took:?}");
}

#[test]
fn the_owner_begins_at_once() {
    for preempt in [Preempt::After(secs(0)), Preempt::Never] {
        let owner = InstanceConfig {
            preempt,
            ..instance(51, 255)
        };
        let mut world = world([router(vec![instance(51, 100)]), router(vec![owner])]);
        world.wait_for(B, "VI_1", State::Master, ms(5));
        world.run(secs(20));
        assert_eq!(world.masters("VI_1"), [B]);
    }
}

/// A mistake of the operator: the higher address stays, and they do not take turns for ever.
#[test]
fn of_two_owners_one_stays() {
    let mut world = cluster(FLAVOURS[0], &[255, 255]);
    world.run(secs(60));
    assert_eq!(world.masters("VI_1"), [B]);
    world.act(Step::Kill(B));
    world.run(secs(10));
    assert_eq!(world.masters("VI_1"), [A]);
}

#[test]
fn dual_masters_share_the_work() {
    let mut world = dual_master();
    world.run(secs(20));
    assert_eq!(
        (world.masters("VI_1"), world.masters("VI_2")),
        (vec![A], vec![B])
    );
    world.act(Step::Kill(A));
    world.run(secs(20));
    assert_eq!(
        (world.masters("VI_1"), world.masters("VI_2")),
        (vec![B], vec![B])
    );
    world.act(Step::Start(A));
    world.run(secs(20));
    assert_eq!(
        (world.masters("VI_1"), world.masters("VI_2")),
        (vec![A], vec![B])
    );
}

/// RFC 9568 §6.4.2: a backup reckons with its master's interval.
#[test]
fn a_v3_backup_learns_the_interval() {
    let config = |interval, priority| router(vec![version3(interval, instance(51, priority))]);
    let mut world = world([config(secs(3), 200), config(secs(1), 100)]);
    world.act(Step::Kill(B));
    world.run(secs(15));
    world.act(Step::Start(B));
    world.run(secs(60));
    assert_eq!(world.masters("VI_1"), [A]);
    world.act(Step::Kill(A));
    let down = secs(3) * 3 + secs(3) * 156 / 256;
    let took = world.wait_for(B, "VI_1", State::Master, down + latency());
    assert!(took > secs(6), "{took:?}");
}

#[test]
fn an_hour_changes_nothing() {
    let mut world = dual_master();
    world.run(secs(3600));
    let changes = |node| {
        let actions = world.trace().actions(node);
        actions
            .filter(|(_, _, action)| matches!(action, vrrp::Action::AddVips { .. }))
            .count()
    };
    assert_eq!((changes(A), changes(B)), (1, 1));
}
