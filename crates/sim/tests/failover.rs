//! The master goes away, in every way a master can.

mod common;

use common::{A, B, C, FLAVOURS, Flavour, cluster, dual_master, latency, ms, secs, times};
use sim::{Harm, Quality, Step, World};
use vrrp::{Action, Family, State};

fn settled(flavour: Flavour, priorities: &[u8]) -> World {
    let mut world = cluster(flavour, priorities);
    world.run(world.settling_time() * 2);
    assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
    world
}

/// Take-over within the master-down time, counted from the last advert.
#[test]
fn kill_9() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour, &[150, 100, 50]);
        let (interval, _, down) = times(&world, B, 100);
        world.act(Step::Kill(A));
        let took = world.wait_for(B, "VI_1", State::Master, down + latency());
        assert!(
            took + interval + ms(10) >= down,
            "{}: {took:?} of {down:?}",
            flavour.0
        );
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [B]);
        world.act(Step::Start(A));
        world.run(world.settling_time() * 2);
        assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
    }
}

/// A goodbye makes the take-over a matter of the skew.
#[test]
fn graceful_stop() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour, &[150, 100, 50]);
        let (_, skew, _) = times(&world, B, 100);
        world.act(Step::Stop(A));
        let took = world.wait_for(B, "VI_1", State::Master, skew + latency());
        assert!(took + ms(10) >= skew, "{}: {took:?} of {skew:?}", flavour.0);
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [B], "{}", flavour.0);
    }
}

/// Whatever a router that was shut down is told, it does nothing.
#[test]
fn nothing_after_shutdown() {
    let mut world = settled(FLAVOURS[0], &[150, 100]);
    world.act(Step::Stop(A));
    let before = world.trace().actions(A).count();
    for up in [false, true] {
        world.act(Step::Link {
            node: A,
            segment: "eth0".to_owned(),
            up,
        });
        world.run(secs(10));
    }
    assert_eq!(world.trace().actions(A).count(), before);
}

#[test]
fn link_down_and_up() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour, &[150, 100]);
        let (_, _, down) = times(&world, B, 100);
        world.act(Step::Link {
            node: A,
            segment: "eth0".to_owned(),
            up: false,
        });
        assert_eq!(world.state(A, "VI_1"), Some(State::Fault));
        world.wait_for(B, "VI_1", State::Master, down + latency());
        world.run(world.settling_time());
        world.act(Step::Link {
            node: A,
            segment: "eth0".to_owned(),
            up: true,
        });
        assert_eq!(world.state(A, "VI_1"), Some(State::Backup));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
    }
}

#[test]
fn a_flapping_link() {
    let mut world = settled(FLAVOURS[0], &[150, 100]);
    for _ in 0..50 {
        for up in [false, true] {
            world.act(Step::Link {
                node: A,
                segment: "eth0".to_owned(),
                up,
            });
            world.run(ms(130));
        }
    }
    world.run(world.settling_time());
    assert_eq!(world.masters("VI_1"), [A]);
}

#[test]
fn the_own_address_goes_and_comes_back() {
    for (flavour, family) in [(FLAVOURS[0], Family::V4), (FLAVOURS[6], Family::V6)] {
        let mut world = settled(flavour, &[150, 100]);
        let address = |present| {
            let segment = "eth0".to_owned();
            Step::Address {
                node: A,
                segment,
                family,
                present,
            }
        };
        world.act(address(false));
        assert_eq!(world.state(A, "VI_1"), Some(State::Fault));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [B]);
        world.act(address(true));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A]);
    }
}

/// Two masters while the LAN is in two pieces, one when it is whole again.
#[test]
fn partition_and_healing() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour, &[150, 100, 50]);
        let segment = "eth0".to_owned();
        world.act(Step::Split {
            segment: segment.clone(),
            sides: vec![vec![A], vec![B, C]],
        });
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A, B], "{}", flavour.0);
        world.act(Step::Heal { segment });
        let (interval, _, _) = times(&world, A, 150);
        world.wait_for(B, "VI_1", State::Backup, interval + latency());
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
    }
}

/// B hears nothing and takes over; when it hears again the higher one stays.
#[test]
fn one_way_loss() {
    let mut world = settled(FLAVOURS[0], &[150, 100]);
    let deaf = |deaf| Step::Deaf {
        segment: "eth0".to_owned(),
        from: A,
        to: B,
        deaf,
    };
    world.act(deaf(true));
    world.run(secs(20));
    assert_eq!(world.masters("VI_1"), [A, B]);
    world.act(deaf(false));
    world.run(world.settling_time());
    assert_eq!(world.masters("VI_1"), [A]);
}

/// A backup that was stopped hears first and takes over then, which is not at all.
#[test]
fn a_stopped_backup_listens_before_it_speaks() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour, &[150, 100]);
        let (interval, _, _) = times(&world, A, 150);
        world.act(Step::Pause(B));
        world.run(interval * 10);
        world.act(Step::Resume(B));
        world.run(world.settling_time());
        let became = |action: &Action| matches!(action, Action::AddVips { .. });
        assert!(
            !world
                .trace()
                .actions(B)
                .any(|(_, _, action)| became(action)),
            "{}",
            flavour.0
        );
    }
}

#[test]
fn a_stopped_master_comes_back() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour, &[150, 100]);
        let (interval, _, _) = times(&world, A, 150);
        world.act(Step::Pause(A));
        world.run(interval * 10);
        assert_eq!(world.state(B, "VI_1"), Some(State::Master));
        world.act(Step::Resume(A));
        world.run(world.settling_time());
        assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
    }
}

/// The lower one was master, was stopped, and yields as soon as it is awake.
#[test]
fn a_stopped_lower_master_yields() {
    let mut world = settled(FLAVOURS[0], &[150, 100]);
    world.act(Step::Kill(A));
    world.run(secs(10));
    world.act(Step::Pause(B));
    world.act(Step::Start(A));
    world.run(secs(10));
    world.act(Step::Resume(B));
    assert_eq!(world.state(B, "VI_1"), Some(State::Backup));
    world.run(world.settling_time());
    assert_eq!(world.masters("VI_1"), [A]);
}

#[test]
fn somebody_removes_the_addresses() {
    let mut world = settled(FLAVOURS[0], &[150, 100]);
    world.act(Step::VipsLost {
        node: A,
        instance: "VI_1".to_owned(),
    });
    assert_eq!(world.state(A, "VI_1"), Some(State::Backup));
    world.run(world.settling_time());
    assert_eq!(world.masters("VI_1"), [A]);
}

/// Two lost adverts are no reason to move.
#[test]
fn two_lost_adverts_are_forgiven() {
    let mut world = settled(FLAVOURS[0], &[150, 100]);
    let changes = |world: &World| world.trace().actions(B).count();
    let before = changes(&world);
    for _ in 0..5 {
        world.act(Step::Deaf {
            segment: "eth0".to_owned(),
            from: A,
            to: B,
            deaf: true,
        });
        world.run(ms(2000));
        world.act(Step::Deaf {
            segment: "eth0".to_owned(),
            from: A,
            to: B,
            deaf: false,
        });
        world.run(ms(1100));
    }
    assert_eq!(changes(&world), before);
}

/// A noisy segment: one advert in twenty is lost, many come late or twice. No move is expected in ten minutes
/// of a lost advert now and then, and when it is quiet again there is one master.
#[test]
fn noise() {
    let mut world = dual_master();
    let noise = Quality {
        loss: 50,
        duplicate: 50,
        reorder: 100,
        ..Quality::GOOD
    };
    world.act(Step::Quality {
        segment: "eth0".to_owned(),
        quality: noise,
    });
    world.run(secs(600));
    world.act(Step::Quality {
        segment: "eth0".to_owned(),
        quality: Quality::GOOD,
    });
    world.run(world.settling_time());
    assert_eq!(
        (world.masters("VI_1"), world.masters("VI_2")),
        (vec![A], vec![B])
    );
}

/// A goodbye that anybody may forge costs one skew at the most, not the address.
#[test]
fn a_forged_goodbye_is_answered() {
    let mut world = settled(FLAVOURS[0], &[150, 100]);
    let config = &world.node(A).config.instances[0];
    let port = world.node(A).ports["eth0"];
    let packet = sim::forge::plausible(config, 0, &port).packet();
    let count = |world: &World| {
        world
            .trace()
            .actions(A)
            .filter(|(_, _, it)| matches!(it, Action::Send { .. }))
            .count()
    };
    let before = count(&world);
    let segment = "eth0".to_owned();
    world.act(Step::Inject {
        node: A,
        segment,
        packet,
        harm: Harm::Plausible,
    });
    assert_eq!(count(&world), before + 1);
    world.run(secs(10));
    assert_eq!(world.masters("VI_1"), [A]);
}
