//! Track scripts and tracked interfaces.

mod common;

use common::{A, B, secs, world};
use sim::topology::{instance, router, script, tracking};
use sim::{Step, World};
use vrrp::{InterfaceId, RouterConfig, ScriptConfig, ScriptOutcome, State, TrackInterface, Weight};

fn config(priority: u8, weight: i16, script: &ScriptConfig) -> RouterConfig {
    let mut config = router(vec![tracking(0, weight, instance(51, priority))]);
    config.scripts.push(script.clone());
    config
}

fn pair(weight: i16, script: &ScriptConfig) -> World {
    let mut world = world([config(150, weight, script), config(100, weight, script)]);
    world.run(world.settling_time());
    assert_eq!(world.masters("VI_1"), [A]);
    world
}

fn check(outcome: ScriptOutcome) -> Step {
    Step::Script {
        node: A,
        script: "check".to_owned(),
        outcome,
    }
}

const BAD: ScriptOutcome = ScriptOutcome::Exited(1);
const GOOD: ScriptOutcome = ScriptOutcome::Exited(0);

#[test]
fn a_failing_script_is_a_fault() {
    let bad = [
        BAD,
        ScriptOutcome::Signalled(9),
        ScriptOutcome::TimedOut,
        ScriptOutcome::NotRun,
    ];
    for outcome in bad {
        let mut world = pair(0, &script("check"));
        world.act(check(outcome));
        world.wait_for(A, "VI_1", State::Fault, secs(2));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [B], "{outcome:?}");
        world.act(check(GOOD));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A], "{outcome:?}");
    }
}

#[test]
fn a_weight_moves_the_priority() {
    for (weight, good, bad) in [(-60, 150, 90), (30, 180, 150), (-20, 150, 130)] {
        let mut world = pair(weight, &script("check"));
        let priority = |world: &World| world.view(A, "VI_1").map(|view| view.effective_priority);
        assert_eq!(priority(&world), Some(good));
        world.act(check(BAD));
        world.run(world.settling_time());
        assert_eq!(priority(&world), Some(bad));
        // B's script is good, so it has its share.
        let other = if weight > 0 { 130 } else { 100 };
        let expected = if bad > other { A } else { B };
        assert_eq!(world.masters("VI_1"), [expected], "{weight}");
        world.act(check(GOOD));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A], "{weight}");
    }
}

/// However often it goes up and down, the priority is where it was.
#[test]
fn a_flapping_script_does_not_drift() {
    let mut world = pair(-7, &script("check"));
    for _ in 0..200 {
        world.act(check(BAD));
        world.run(secs(3));
        world.act(check(GOOD));
        world.run(secs(3));
    }
    world.run(world.settling_time());
    assert_eq!(
        world.view(A, "VI_1").map(|view| view.effective_priority),
        Some(150)
    );
}

#[test]
fn rise_and_fall_are_counted() {
    let script = ScriptConfig {
        rise: 3,
        fall: 4,
        ..script("check")
    };
    let mut world = pair(0, &script);
    world.act(check(BAD));
    let took = world.wait_for(A, "VI_1", State::Fault, secs(5));
    assert!(took > secs(3), "fall 4 took {took:?}");
    world.run(world.settling_time());
    world.act(check(GOOD));
    let took = world.wait_for(A, "VI_1", State::Backup, secs(4));
    assert!(took > secs(2), "rise 3 took {took:?}");
}

/// Until its script has succeeded once, the instance stays out.
#[test]
fn a_script_that_fails_from_the_start() {
    for init_fail in [false, true] {
        let script = ScriptConfig {
            init_fail,
            ..script("check")
        };
        let mut world = World::new(1);
        world.add(config(150, 0, &script));
        world.add(config(100, 0, &script));
        world.act(check(BAD));
        world.start_all();
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [B]);
        assert_eq!(world.state(A, "VI_1"), Some(State::Fault));
    }
}

#[test]
fn tracked_interfaces() {
    for (value, priority, state) in [(0, None, State::Fault), (-80, Some(70), State::Backup)] {
        let config = |priority| {
            let mut config = router(vec![instance(51, priority)]);
            config.interfaces.push("eth1".to_owned());
            let weight = Weight {
                value,
                reverse: false,
            };
            let track = TrackInterface {
                interface: InterfaceId(1),
                weight,
            };
            config.instances[0].track_interfaces.push(track);
            config
        };
        let mut world = world([config(150), config(100)]);
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A]);
        world.act(Step::Link {
            node: A,
            segment: "eth1".to_owned(),
            up: false,
        });
        world.run(world.settling_time());
        assert_eq!(
            (world.masters("VI_1"), world.state(A, "VI_1")),
            (vec![B], Some(state))
        );
        let view = world.view(A, "VI_1").map(|view| view.effective_priority);
        assert!(priority.is_none() || view == priority);
        world.act(Step::Link {
            node: A,
            segment: "eth1".to_owned(),
            up: true,
        });
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A]);
    }
}
