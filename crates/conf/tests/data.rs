//! The data dump: the texts beside the files were compared with what keepalived 2.4.3 writes for them (`-d`, USR1).
//! `UPDATE=1` writes them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use conf::data::{Interface, Machine, Moments, Part, VrrpState, When};
use conf::{Config, FakeHost, ScriptFacts, UserFacts, data};
use vrrp::{Counters, Fault, GroupView, InstanceView, InterfaceId, ScriptView, Snapshot, State};

/// Root runs scripts, and no path has a symbolic link.
#[derive(Default)]
struct Plain {
    links: BTreeMap<PathBuf, PathBuf>,
    groups: Vec<u32>,
}

impl Machine for Plain {
    fn script_user(&self) -> UserFacts {
        UserFacts { uid: 0, gid: 0 }
    }

    fn found(&self, name: &Path) -> Option<PathBuf> {
        Some(Path::new("/usr/bin").join(name))
    }

    fn executed(&self, program: &Path) -> Option<PathBuf> {
        let target = self.links.get(program);
        Some(target.map_or(program, PathBuf::as_path).to_path_buf())
    }

    fn groups(&self, _: UserFacts) -> Vec<u32> {
        self.groups.clone()
    }

    fn umask(&self) -> u32 {
        0o177
    }

    fn local_time(&self, seconds: u64) -> String {
        format!("Sat Nov 21 04:20:{:02} 2026", seconds % 60)
    }
}

fn host() -> FakeHost {
    let mut host = FakeHost::with_interfaces(&["lo", "eth0", "eth1"]);
    let nobody = UserFacts {
        uid: 65534,
        gid: 65534,
    };
    let root = UserFacts { uid: 0, gid: 0 };
    host.users.insert("nobody".into(), nobody);
    host.users.insert("root".into(), root);
    let fine = ScriptFacts::Found {
        executable: true,
        insecure: None,
    };
    for program in ["/usr/bin/logger", "/usr/bin/pgrep", "/usr/bin/true", "true"] {
        host.scripts.insert(program.into(), fine.clone());
    }
    host
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn config(text: &str) -> Config {
    conf::load_text("keepalived.conf", text.as_bytes(), "lb1", &host()).config
}

fn file(name: &str) -> Config {
    let path = folder().join(name);
    config(&std::fs::read_to_string(path).expect("the file is there"))
}

#[track_caller]
fn check(name: &str, found: &str) {
    let path = folder().join(name);
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&path, found).expect("the text is written");
    }
    let wanted = std::fs::read_to_string(&path).expect("the text is there");
    for (number, (found, wanted)) in found.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(found, wanted, "{name}:{}", number + 1);
    }
    assert_eq!(found, wanted, "{name}");
}

fn at_start(config: &Config) -> String {
    data::vrrp(
        config,
        &VrrpState::default(),
        When::Start,
        &Plain::default(),
    )
}

#[test]
fn two_routers_with_scripts_routes_and_rules() {
    let config = file("vrrp.conf");
    let text = data::global(&config, Part::Vrrp, &Plain::default()) + &at_start(&config);
    check("vrrp.txt", &text);
}

#[test]
fn a_director_with_every_kind_of_check() {
    let config = file("lvs.conf");
    let machine = Plain::default();
    let text = data::global(&config, Part::Checkers, &machine);
    check("lvs.txt", &(text + &data::checkers(&config, &machine)));
}

#[test]
fn instances_with_every_kind_of_tracker() {
    let config = file("trackers.conf");
    let text = data::global(&config, Part::Bfd, &Plain::default()) + &data::bfd(&config);
    check("trackers.txt", &(text + &at_start(&config)));
}

fn view(name: &str, state: State) -> InstanceView {
    InstanceView {
        name: name.into(),
        state,
        faults: vec![],
        base_priority: 100,
        effective_priority: 90,
        source: Some(IpAddr::from([10, 0, 0, 1])),
        master: None,
        master_interval: Duration::from_secs(1),
        counters: Counters::default(),
    }
}

fn interface(index: u32, name: &str) -> Interface {
    Interface {
        index,
        name: name.into(),
        addresses: vec![
            [10, 0, 0, 1].into(),
            [10, 0, 0, 9].into(),
            [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into(),
            [0xfe80, 0, 0, 0, 0, 0, 0, 1].into(),
        ],
        mac: Some([2, 0, 0, 0, 0, 1]),
        up: true,
        loopback: false,
        point_to_point: false,
        no_arp: false,
        mtu: 1500,
    }
}

/// A master, a backup that hears it, one in fault, and what they share.
fn running() -> (Config, VrrpState) {
    let config = config(
        "vrrp_script s {\n script /usr/bin/true\n rise 2\n fall 3\n}
vrrp_instance M {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.100/24\n }\n track_script {\n s\n }\n}
vrrp_instance B {\n interface eth0\n virtual_router_id 2\n version 3\n virtual_ipaddress {\n 10.0.0.101/24\n }\n}
vrrp_instance F {\n interface eth1\n virtual_router_id 3\n virtual_ipaddress {\n 10.0.0.102/24\n }\n}
vrrp_sync_group G {\n group {\n B\n F\n }\n}\n",
    );
    let mut backup = view("B", State::Backup);
    backup.master = Some((IpAddr::from([10, 0, 0, 2]), 150));
    let mut fault = view("F", State::Fault);
    fault.faults = vec![Fault::Link(InterfaceId(1)), Fault::NoAddress];
    let script = ScriptView {
        name: "s".into(),
        up: true,
        has_run: true,
        running: true,
        last: None,
    };
    let router = Snapshot {
        instances: vec![view("M", State::Master), backup, fault],
        groups: vec![GroupView {
            name: "G".into(),
            state: State::Fault,
        }],
        scripts: vec![script],
        foreign_packets: 0,
    };
    let moments = |second| Moments {
        transition: Some(Duration::new(second, 5_000)),
        timeout: Some(Duration::from_secs(second + 1)),
        advert: None,
        sockets: Some((17, 18)),
    };
    let state = VrrpState {
        router: Some(router),
        moments: vec![moments(60), moments(61), Moments::default()],
        interfaces: vec![interface(2, "eth0"), interface(3, "eth1")],
    };
    (config, state)
}

#[test]
fn what_a_running_process_knows() {
    let (config, state) = running();
    let text = data::vrrp(&config, &state, When::Running, &Plain::default());
    check("running.txt", &text);
}

/// What exporters look for, in the words and with the spaces that they look for.
#[test]
fn exporters_find_their_lines() {
    let (config, state) = running();
    let text = data::vrrp(&config, &state, When::Running, &Plain::default());
    for line in [
        " VRRP Instance = M",
        "   State = MASTER",
        "   Wantstate = MASTER",
        "   Interface = eth0",
        "   Gratuitous ARP delay = 5",
        "   Virtual Router ID = 1",
        "   Virtual IP (1):",
        "     10.0.0.100/24 dev eth0 scope global set",
        "     10.0.0.101/24 dev eth0 scope global",
        " VRRP Script = s",
        "   Status = GOOD",
        "   State = running",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let mut lines = text
        .lines()
        .skip_while(|line| *line != "------< VRRP Topology >------");
    assert!(
        lines
            .by_ref()
            .take(7)
            .any(|line| line == "   State = MASTER")
    );
}

#[test]
fn a_configuration_that_begins_knows_no_state() {
    let text = at_start(&running().0);
    for words in [
        "   State = MASTER",
        "Effective priority",
        "Sockpool",
        "Interfaces >",
    ] {
        assert!(!text.contains(words), "{words}\n{text}");
    }
    assert!(text.contains("   No sockets allocated\n"));
}

#[test]
fn no_secret_is_shown() {
    let text = "SSL {\n password geheim\n}
vrrp_instance A {\n interface eth0\n virtual_router_id 1\n authentication {\n auth_type PASS\n auth_pass geheim\n }
virtual_ipaddress {\n 10.0.0.1\n }\n}\n";
    let config = config(text);
    let text = at_start(&config) + &data::checkers(&config, &Plain::default());
    assert!(text.contains("   Password = ********\n"));
    assert!(text.contains(" Password : ********\n"));
    assert!(!text.contains("geheim"));
}

#[test]
fn a_script_has_the_path_that_is_executed_and_its_groups() {
    let config = config(
        "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n notify_master \"true its\"\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n",
    );
    let machine = Plain {
        links: [("/usr/bin/true".into(), "/usr/bin/coreutils".into())].into(),
        groups: vec![0, 4],
    };
    let text = data::vrrp(&config, &VrrpState::default(), When::Start, &machine);
    let wanted = r"   Master state transition script = /usr/bin/coreutils, params = '/usr/bin/true' 'its', uid:gid 0:0
     Supplementary groups:
       0
       4
";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn nothing_is_written_of_what_is_not_there() {
    let config = config("global_defs {\n router_id x\n}\n");
    assert_eq!(at_start(&config), "");
    assert_eq!(data::checkers(&config, &Plain::default()), "");
    assert_eq!(data::bfd(&config), "");
}
