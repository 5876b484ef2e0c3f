//! The whole role in a network namespace: real sockets, a real link, a supervisor that is this test.

use std::future::Future;
use std::net::IpAddr;
use std::os::fd::AsFd as _;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use conf::Config;
use nix::sched::{CloneFlags, unshare};
use vip::{Address, AddressFlags};
use vrrp::{
    Family, InstanceConfig, InstanceId, NotifyState, Packet, RouterConfig, State, Subject,
    Transport, Version,
};

use super::event_loop::EventLoop;
use crate::ipc::{Channel, FromRole, RoleOptions, ToRole, memfd};
use crate::socket::{Arrival, Look, Needs, Receivers};
use crate::testing;

/// Long enough for anything here, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test in a namespace of its own, which goes with its thread: `eth0` is ours, `peer0` the LAN's.
/// Without the permission to make one there is nothing to test.
fn in_namespace<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let thread = std::thread::spawn(|| {
        if unshare(CloneFlags::CLONE_NEWNET).is_err() {
            println!("no permission for a network namespace: not tested");
            return;
        }
        ip("link set lo up");
        ip("link add eth0 type veth peer name peer0");
        ip("link set eth0 addrgenmode none up");
        ip("link set peer0 addrgenmode none up");
        ip("addr add 10.0.0.1/24 dev eth0");
        ip("addr add fe80::1/64 dev eth0 nodad");
        // The peer's end is in the same namespace: what comes from our own address is welcome there.
        std::fs::write("/proc/sys/net/ipv4/conf/peer0/accept_local", "1").unwrap();
        std::fs::write("/proc/sys/net/ipv4/conf/all/rp_filter", "0").unwrap();
        std::fs::write("/proc/sys/net/ipv4/conf/peer0/rp_filter", "0").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let in_time = async { tokio::time::timeout(PATIENCE, test()).await };
        runtime
            .unwrap()
            .block_on(in_time)
            .expect("the test took too long");
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn ip(arguments: &str) {
    let status = Command::new("ip")
        .args(arguments.split(' '))
        .status()
        .unwrap();
    assert!(status.success(), "ip {arguments}");
}

fn addresses() -> String {
    let output = Command::new("ip")
        .args(["addr", "show", "dev", "eth0"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn has(address: &str) -> bool {
    addresses().contains(&format!(" {address} "))
}

/// An instance of version 3 which sends every 100 ms.
fn instance(name: &str, vrid: u8, group: &str, address: &str) -> (InstanceConfig, conf::Instance) {
    let (address, prefix) = address.split_once('/').unwrap();
    let address: IpAddr = address.parse().unwrap();
    let config = InstanceConfig {
        name: name.into(),
        vrid,
        family: Family::of(address),
        version: Version::V3,
        advert_interval: Duration::from_millis(100),
        addresses: vec![address],
        transport: Transport::Multicast {
            group: group.parse().unwrap(),
        },
        ..testing::instance()
    };
    let address = Address {
        address,
        prefix: prefix.parse().unwrap(),
        interface: "eth0".into(),
        label: None,
        scope: 0,
        peer: None,
        broadcast: None,
        flags: AddressFlags::NODAD,
        preferred_lifetime: None,
        track: true,
        use_vmac: false,
    };
    (
        config,
        conf::Instance {
            addresses: vec![address],
            ..conf::Instance::default()
        },
    )
}

fn v4(name: &str, vrid: u8, address: &str) -> (InstanceConfig, conf::Instance) {
    instance(name, vrid, "224.0.0.18", address)
}

fn config(list: Vec<(InstanceConfig, conf::Instance)>) -> Config {
    let (instances, shells) = list.into_iter().unzip();
    let router = RouterConfig {
        interfaces: vec!["eth0".into()],
        instances,
        ..RouterConfig::default()
    };
    Config {
        router,
        instances: shells,
        ..Config::default()
    }
}

/// The supervisor's side.
struct Supervisor {
    channel: Channel<ToRole, FromRole>,
}

impl Supervisor {
    /// A role on another task of this thread, and the way to it.
    fn start(config: Config) -> (Self, impl Future<Output = ExitCode>) {
        let (ours, theirs) = Channel::<ToRole, FromRole>::pair().unwrap();
        let theirs = Channel::from_fd(theirs).unwrap();
        let event_loop = EventLoop::open(theirs, RoleOptions::default(), config).unwrap();
        (Self { channel: ours }, event_loop.run())
    }

    async fn hear(&mut self) -> FromRole {
        self.channel
            .recv()
            .await
            .unwrap()
            .expect("the role is there")
            .0
    }

    async fn hear_state(&mut self, instance: InstanceId, wanted: NotifyState) {
        loop {
            if let FromRole::Notify { subject, state, .. } = self.hear().await
                && (subject, state) == (Subject::Instance(instance), wanted)
            {
                return;
            }
        }
    }

    async fn reload(&mut self, config: &Config) {
        let memory = memfd::write("test", config).unwrap();
        self.channel
            .send(&ToRole::Reload, Some(memory.as_fd()))
            .unwrap();
        while self.hear().await != FromRole::Reloaded {}
    }

    async fn hear_refusal(&mut self) -> String {
        loop {
            if let FromRole::ReloadRefused { reason } = self.hear().await {
                return reason;
            }
        }
    }

    async fn stop(&mut self) {
        self.channel.send(&ToRole::Stop, None).unwrap();
        while self.hear().await != FromRole::Stopping {}
    }
}

/// The other end of the wire.
struct Lan {
    receivers: Receivers,
}

impl Lan {
    fn open(family: Family, group: &str) -> Self {
        let index = nix::net::if_::if_nametoindex("peer0").unwrap();
        let mut needs = Needs::new();
        let need = needs.entry((index, family)).or_default();
        need.name = "peer0".into();
        need.groups.insert(group.parse().unwrap());
        let mut receivers = Receivers::new();
        let errors = receivers.sync(&needs);
        assert!(errors.is_empty(), "{errors:?}");
        Self { receivers }
    }

    /// The next adverts: their priorities.
    async fn priorities(&mut self) -> Vec<u8> {
        self.receivers.readable().await;
        let mut priorities = Vec::new();
        self.receivers
            .drain(Look::Reported, 100, |Arrival { packet, .. }| {
                priorities.push(match packet {
                    Packet::V4(bytes) => bytes[22],
                    Packet::V6 {
                        payload, hop_limit, ..
                    } => {
                        assert_eq!(hop_limit, 255);
                        payload[2]
                    }
                });
            });
        priorities
    }

    async fn wait_for(&mut self, priority: u8) {
        while !self.priorities().await.contains(&priority) {}
    }
}

/// Runs the script beside the role until both are done.
async fn beside(role: impl Future<Output = ExitCode>, script: impl Future<Output = ()>) {
    let (code, ()) = tokio::join!(role, script);
    assert_eq!(code, ExitCode::SUCCESS);
}

const A: InstanceId = InstanceId(0);
const B: InstanceId = InstanceId(1);

#[test]
fn becomes_master_and_leaves_nothing_behind() {
    in_namespace(|| async {
        let mut lan = Lan::open(Family::V4, "224.0.0.18");
        let (mut supervisor, role) = Supervisor::start(config(vec![v4("A", 51, "10.0.0.100/24")]));
        beside(role, async {
            assert_eq!(supervisor.hear().await, FromRole::Started);
            supervisor.hear_state(A, NotifyState::Master).await;
            assert!(has("10.0.0.100/24"), "who is told MASTER finds the address");
            lan.wait_for(100).await;
            supervisor.stop().await;
            assert!(!has("10.0.0.100/24"));
            lan.wait_for(0).await;
        })
        .await;
    });
}

#[test]
fn speaks_version_6_with_a_link_local_source() {
    in_namespace(|| async {
        let mut lan = Lan::open(Family::V6, "ff02::12");
        let vips = vec![instance("A", 61, "ff02::12", "2001:db8::6/64")];
        let (mut supervisor, role) = Supervisor::start(config(vips));
        beside(role, async {
            supervisor.hear_state(A, NotifyState::Master).await;
            assert!(has("2001:db8::6/64"), "{}", addresses());
            lan.wait_for(100).await;
            supervisor.stop().await;
            lan.wait_for(0).await;
        })
        .await;
    });
}

#[test]
fn an_address_that_is_removed_comes_back() {
    in_namespace(|| async {
        let (mut supervisor, role) = Supervisor::start(config(vec![v4("A", 51, "10.0.0.100/24")]));
        beside(role, async {
            supervisor.hear_state(A, NotifyState::Master).await;
            ip("addr del 10.0.0.100/24 dev eth0");
            while !has("10.0.0.100/24") {
                tokio::task::yield_now().await;
            }
            supervisor.stop().await;
        })
        .await;
    });
}

#[test]
fn a_link_that_goes_down_is_a_fault() {
    in_namespace(|| async {
        let (mut supervisor, role) = Supervisor::start(config(vec![v4("A", 51, "10.0.0.100/24")]));
        beside(role, async {
            supervisor.hear_state(A, NotifyState::Master).await;
            ip("link set eth0 down");
            supervisor.hear_state(A, NotifyState::Fault).await;
            assert!(!has("10.0.0.100/24"));
            ip("link set eth0 up");
            supervisor.hear_state(A, NotifyState::Backup).await;
            supervisor.hear_state(A, NotifyState::Master).await;
            supervisor.stop().await;
        })
        .await;
    });
}

#[test]
fn a_reload_that_cannot_be_read_is_refused_and_the_master_goes_on() {
    in_namespace(|| async {
        let mut lan = Lan::open(Family::V4, "224.0.0.18");
        let config = config(vec![v4("A", 51, "10.0.0.100/24")]);
        let (mut supervisor, role) = Supervisor::start(config.clone());
        beside(role, async {
            supervisor.hear_state(A, NotifyState::Master).await;
            supervisor.channel.send(&ToRole::Reload, None).unwrap();
            assert!(supervisor.hear_refusal().await.contains("missing"));
            let other = memfd::write("test", &"no configuration").unwrap();
            supervisor
                .channel
                .send(&ToRole::Reload, Some(other.as_fd()))
                .unwrap();
            supervisor.hear_refusal().await;
            supervisor.reload(&config).await;
            lan.wait_for(100).await;
            supervisor.stop().await;
        })
        .await;
    });
}

#[test]
fn a_reload_keeps_the_master_and_moves_an_address_without_touching_it() {
    in_namespace(|| async {
        let mut lan = Lan::open(Family::V4, "224.0.0.18");
        let mut moving = v4("A", 51, "10.0.0.100/24");
        let extra = v4("-", 1, "10.0.0.200/24").1.addresses;
        moving.1.excluded = extra.clone();
        let before = config(vec![moving, v4("B", 52, "10.0.0.101/24")]);
        let (mut supervisor, role) = Supervisor::start(before.clone());
        beside(role, async {
            supervisor.hear_state(A, NotifyState::Master).await;
            if !has("10.0.0.101/24") {
                supervisor.hear_state(B, NotifyState::Master).await;
            }
            let (mut monitor, mut links) = vip::Monitor::open().unwrap();
            supervisor.reload(&before).await;
            // The instances change places, and the excluded address its owner.
            let mut after = v4("B", 52, "10.0.0.101/24");
            after.1.excluded = extra;
            supervisor
                .reload(&config(vec![after, v4("A", 51, "10.0.0.100/24")]))
                .await;
            lan.wait_for(100).await;
            let changes = monitor.next(&mut links);
            let quiet = tokio::time::timeout(Duration::from_millis(300), changes).await;
            assert!(quiet.is_err(), "{quiet:?}");
            assert_eq!(states(&mut supervisor).await, [State::Master; 2]);
            supervisor.stop().await;
            assert!(!has("10.0.0.200/24"));
        })
        .await;
    });
}

async fn states(supervisor: &mut Supervisor) -> Vec<State> {
    supervisor
        .channel
        .send(&ToRole::Snapshot { number: 7 }, None)
        .unwrap();
    loop {
        if let FromRole::Snapshot {
            number: 7, state, ..
        } = supervisor.hear().await
        {
            let router = state.router.unwrap();
            return router
                .instances
                .iter()
                .map(|instance| instance.state)
                .collect();
        }
    }
}

#[test]
fn takes_over_on_time() {
    in_namespace(|| async {
        let mut quick = v4("A", 51, "10.0.0.100/24");
        quick.0.advert_interval = Duration::from_millis(10);
        let mut lan = Lan::open(Family::V4, "224.0.0.18");
        let begun = Instant::now();
        let (mut supervisor, role) = Supervisor::start(config(vec![quick]));
        beside(role, async {
            lan.wait_for(100).await;
            // Three intervals and the skew.
            assert!(begun.elapsed() >= Duration::from_millis(36));
            assert_eq!(supervisor.hear().await, FromRole::Started);
            supervisor.stop().await;
        })
        .await;
    });
}
