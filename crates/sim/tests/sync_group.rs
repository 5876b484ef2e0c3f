//! Instances that move together.

mod common;

use common::{A, B, latency, secs, world};
use sim::topology::{group, instance, on, router, script};
use sim::{Step, World};
use vrrp::{RouterConfig, ScriptId, ScriptOutcome, State, TrackScript, Weight};

/// Inside on eth0, outside on eth1, one fate.
fn config(priority: u8) -> RouterConfig {
    let mut config = router(vec![instance(51, priority), on(1, instance(52, priority))]);
    config.groups.push(group("G", 0..2));
    config
}

fn settled() -> World {
    let mut world = world([config(150), config(100)]);
    world.run(world.settling_time());
    both(&world, State::Master, State::Backup);
    world
}

fn both(world: &World, a: State, b: State) {
    for name in ["VI_1", "VI_2"] {
        assert_eq!(
            (world.state(A, name), world.state(B, name)),
            (Some(a), Some(b)),
            "{name}"
        );
    }
}

#[test]
fn kill_9() {
    let mut world = settled();
    world.act(Step::Kill(A));
    world.run(secs(8));
    let states = ["VI_1", "VI_2"].map(|name| world.state(B, name));
    assert_eq!(states, [Some(State::Master); 2]);
    world.act(Step::Start(A));
    world.run(world.settling_time());
    both(&world, State::Master, State::Backup);
}

#[test]
fn graceful_stop() {
    let mut world = settled();
    world.act(Step::Stop(A));
    let skew = secs(1) * 156 / 256;
    world.wait_for(B, "VI_1", State::Master, skew + latency());
    assert_eq!(world.state(B, "VI_2"), Some(State::Master));
}

/// One link of the master goes down: both addresses move.
#[test]
fn one_link_down_moves_both() {
    for segment in ["eth0", "eth1"] {
        let mut world = settled();
        let link = |up| Step::Link {
            node: A,
            segment: segment.to_owned(),
            up,
        };
        world.act(link(false));
        both(&world, State::Fault, State::Backup);
        world.run(secs(8));
        both(&world, State::Fault, State::Master);
        world.act(link(true));
        both(&world, State::Backup, State::Master);
        world.run(world.settling_time());
        both(&world, State::Master, State::Backup);
    }
}

/// While one member hears a master the group does not take over.
#[test]
fn half_a_partition_moves_nothing() {
    let mut world = settled();
    let segment = "eth1".to_owned();
    world.act(Step::Split {
        segment: segment.clone(),
        sides: vec![vec![A], vec![B]],
    });
    world.run(secs(60));
    both(&world, State::Master, State::Backup);
    world.act(Step::Heal { segment });
    world.run(secs(60));
    both(&world, State::Master, State::Backup);
}

#[test]
fn a_whole_partition_makes_two() {
    let mut world = settled();
    let split = |segment: &str| Step::Split {
        segment: segment.to_owned(),
        sides: vec![vec![A], vec![B]],
    };
    world.act(split("eth0"));
    world.act(split("eth1"));
    world.run(world.settling_time());
    both(&world, State::Master, State::Master);
    for segment in ["eth0", "eth1"] {
        world.act(Step::Heal {
            segment: segment.to_owned(),
        });
    }
    world.run(world.settling_time());
    both(&world, State::Master, State::Backup);
}

/// A script that the group tracks is everybody's.
#[test]
fn the_groups_script_moves_both() {
    let tracked = |priority| {
        let mut config = config(priority);
        config.scripts.push(script("check"));
        let weight = Weight::default();
        config.groups[0].track_scripts.push(TrackScript {
            script: ScriptId(0),
            weight,
        });
        config
    };
    let mut world = world([tracked(150), tracked(100)]);
    world.run(world.settling_time());
    both(&world, State::Master, State::Backup);
    let script = |outcome| Step::Script {
        node: A,
        script: "check".to_owned(),
        outcome,
    };
    world.act(script(ScriptOutcome::Exited(1)));
    world.run(world.settling_time());
    both(&world, State::Fault, State::Master);
    world.act(script(ScriptOutcome::Exited(0)));
    world.run(world.settling_time());
    both(&world, State::Master, State::Backup);
}

#[test]
fn a_reload_keeps_the_group() {
    let mut world = settled();
    world.act(Step::Reload {
        node: A,
        config: Box::new(config(150)),
    });
    both(&world, State::Master, State::Backup);
    world.act(Step::Reload {
        node: A,
        config: Box::new(config(50)),
    });
    world.run(world.settling_time());
    both(&world, State::Backup, State::Master);
}
