//! Packets that should not be there.

mod common;

use common::{A, B, FLAVOURS, Flavour, cluster, latency, ms, sent, times};
use sim::{Harm, NodeId, Rng, Step, World, forge};
use vrrp::{Action, Packet, State};

fn settled(flavour: Flavour) -> World {
    let mut world = cluster(flavour, &[150, 100]);
    world.run(world.settling_time() * 2);
    assert_eq!(world.masters("VI_1"), [A], "{}", flavour.0);
    world
}

fn inject(world: &mut World, node: NodeId, packet: Packet) {
    let segment = "eth0".to_owned();
    world.act(Step::Inject {
        node,
        segment,
        packet,
        harm: Harm::Harmless,
    });
}

/// Every forgery there is, against one node.
fn arsenal(world: &World, node: NodeId) -> Vec<Packet> {
    let config = &world.node(node).config.instances[0];
    let port = world.node(node).ports["eth0"];
    let mut rng = Rng::new(1);
    [0, 1, 100, 150, 254, 255]
        .into_iter()
        .flat_map(|priority| forge::invalid(config, priority, &port))
        .map(|(_, packet)| packet)
        .chain((0..200).map(|_| forge::garbage(&mut rng)))
        .collect()
}

/// Between any two adverts of the master a flood arrives; none of it moves anything (a law), and the
/// adverts leave exactly at their interval. In the original two such packets per interval take the address away.
#[test]
fn a_flood_does_not_silence_the_master() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour);
        let (interval, _, _) = times(&world, A, 150);
        let packets = arsenal(&world, A);
        let before = sent(&world, A);
        let last = *before.last().unwrap();
        for packet in &packets {
            inject(&mut world, A, packet.clone());
            world.run(interval / 50);
        }
        let all = sent(&world, A);
        let (after, periods) = (&all[before.len()..], (world.now() - last).as_micros());
        let due = periods / interval.as_micros();
        assert_eq!(after.len(), usize::try_from(due).unwrap(), "{}", flavour.0);
        let mut expected = last;
        for at in after {
            expected += interval;
            assert!(
                *at <= expected + ms(1) && *at + ms(1) >= expected,
                "{} at {at:?}",
                flavour.0
            );
        }
        assert_eq!(world.masters("VI_1"), [A]);
    }
}

/// The same flood does not keep a backup from taking over, nor let it take over sooner.
#[test]
fn a_flood_does_not_hold_back_the_backup() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour);
        let (_, _, down) = times(&world, B, 100);
        let packets = arsenal(&world, B);
        world.act(Step::Kill(A));
        let died = world.now();
        let mut next = packets.iter().cycle();
        while world.state(B, "VI_1") != Some(State::Master) {
            assert!(world.now() - died <= down + latency(), "{}", flavour.0);
            for _ in 0..10 {
                inject(&mut world, B, next.next().unwrap().clone());
            }
            world.run(down / 200);
        }
    }
}

/// What a master sent itself comes back: a loop in the network, or a replay.
#[test]
fn a_master_that_hears_itself() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour);
        let (interval, _, _) = times(&world, A, 150);
        if world.node(A).config.instances[0].transport
            != world.node(B).config.instances[0].transport
        {
            continue;
        }
        let own = world
            .trace()
            .actions(A)
            .filter_map(|(_, _, action)| match action {
                Action::Send { packet, .. } => Some(sim::wire::through_kernel(packet.clone())),
                Action::AddVips { .. }
                | Action::RemoveVips { .. }
                | Action::Announce { .. }
                | Action::Notify { .. }
                | Action::RunScript { .. }
                | Action::Report(_)
                | Action::Reloaded { .. } => None,
            })
            .last()
            .unwrap();
        let before = sent(&world, A).len();
        for _ in 0..100 {
            inject(&mut world, A, own.clone());
            world.run(interval / 10);
        }
        assert_eq!(sent(&world, A).len() - before, 10, "{}", flavour.0);
    }
}

/// A believable lower advert makes the master answer, but answering does not use up its own adverts.
#[test]
fn a_flood_of_lower_adverts() {
    for flavour in FLAVOURS {
        let mut world = settled(flavour);
        let (interval, _, _) = times(&world, A, 150);
        let config = world.node(A).config.instances[0].clone();
        let port = world.node(A).ports["eth0"];
        let packet = forge::plausible(&config, 1, &port).packet();
        for _ in 0..100 {
            let (segment, packet) = ("eth0".to_owned(), packet.clone());
            world.act(Step::Inject {
                node: A,
                segment,
                packet,
                harm: Harm::Plausible,
            });
            world.run(interval / 10);
        }
        assert_eq!(world.state(A, "VI_1"), Some(State::Master), "{}", flavour.0);
        assert_eq!(world.state(B, "VI_1"), Some(State::Backup), "{}", flavour.0);
    }
}

/// Two nodes with different passwords do not hear each other, and both know it.
#[test]
fn different_passwords() {
    let with = |priority, word: &[u8; 8]| {
        let mut config = sim::topology::router(vec![sim::topology::instance(51, priority)]);
        config.instances[0].authentication = vrrp::Authentication::Pass(*word);
        config
    };
    let mut world = common::world([with(150, b"onesecre"), with(100, b"another\0")]);
    world.run(world.settling_time());
    assert_eq!(world.masters("VI_1"), [A, B]);
    for node in [A, B] {
        let counters = world.view(node, "VI_1").map(|view| view.counters);
        assert!(counters.is_some_and(|counters| counters.auth_failure > 0));
    }
}
