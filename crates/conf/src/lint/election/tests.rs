//! Rows for the rules; and that `vrrp` itself never leaves the range that was worked out.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use vrrp::{Event, InterfaceId, Router, ScriptId, ScriptOutcome, Weight};

use super::tracker::Kind;
use super::*;
use crate::config::Tracked;
use crate::{FakeHost, Loaded, load_text};

fn load(text: &str) -> Loaded {
    let host = FakeHost::with_interfaces(&["eth0", "eth1", "eth2"]).with_script("/bin/ok");
    load_text("f.conf", text.as_bytes(), "lb1", &host)
}

fn script(name: &str, weight: &str) -> String {
    format!("vrrp_script {name} {{\n script /bin/ok\n weight {weight}\n}}\n")
}

fn instance(name: &str, priority: u8, more: &str) -> String {
    format!(
        "vrrp_instance {name} {{\n state BACKUP\n interface eth0\n virtual_router_id {priority}\n priority {priority}\n virtual_ipaddress {{\n 10.0.0.{priority}\n }}\n{more}\n}}\n"
    )
}

fn subject(kind: Kind, name: &str) -> Subject<'_> {
    Subject { kind, name }
}

#[test]
fn one_instance() {
    use Outcome::{Fault, Priority};
    let rows = [
        // priority, weight: well, after the script failed, lowest, highest
        (100, "0", Priority(100), Fault, (100, 100)),
        (100, "2", Priority(102), Priority(100), (100, 102)),
        (100, "-20", Priority(100), Priority(80), (80, 100)),
        (100, "-20 reverse", Priority(120), Priority(100), (100, 120)),
        (100, "5 reverse", Priority(100), Priority(95), (95, 100)),
        (100, "0 reverse", Priority(100), Fault, (100, 100)),
        (250, "20", Priority(254), Priority(250), (250, 254)),
        (10, "-200", Priority(10), Priority(1), (1, 10)),
        (255, "0", Priority(255), Fault, (255, 255)),
    ];
    for (priority, weight, well, after, range) in rows {
        let text = script("chk", weight) + &instance("VI_1", priority, "track_script {\n chk\n}");
        let loaded = load(&text);
        let election = Election::new(&loaded.config, &loaded.tree);
        let found = (
            election.well(0),
            election.after(subject(Kind::Script, "chk"), 0),
            election.standings[0].range(),
        );
        assert_eq!(found, (well, after, range), "{priority} {weight}");
    }
}

#[test]
fn links() {
    let text = instance("VI_1", 100, "track_interface {\n eth1\n eth2 weight -10\n}");
    let loaded = load(&text);
    let election = Election::new(&loaded.config, &loaded.tree);
    let after = |name| election.after(subject(Kind::Interface, name), 0);
    assert_eq!(after("eth0"), Outcome::Fault);
    assert_eq!(after("eth1"), Outcome::Fault);
    assert_eq!(after("eth2"), Outcome::Priority(90));

    let loaded = load(&instance("VI_1", 100, "dont_track_primary"));
    let election = Election::new(&loaded.config, &loaded.tree);
    let eth0 = subject(Kind::Interface, "eth0");
    assert_eq!(election.after(eth0, 0), Outcome::Priority(100));
}

#[test]
fn an_owner_does_not_change() {
    let text = script("chk", "-20") + &instance("VI_1", 255, "track_script {\n chk\n}");
    let loaded = load(&text);
    let election = Election::new(&loaded.config, &loaded.tree);
    assert_eq!(election.standings[0].range(), (255, 255));
}

#[test]
fn a_group() {
    let group = |more: &str| {
        script("chk", "-20")
            + &script("all", "-30")
            + &format!(
                "vrrp_sync_group G {{\n group {{\n A\n B\n }}\n track_script {{\n all\n }}\n{more}\n}}\n"
            )
            + &instance(
                "A",
                100,
                "track_script {\n chk\n}\ntrack_interface {\n eth1\n}",
            )
            + &instance("B", 101, "")
    };
    let chk = subject(Kind::Script, "chk");
    let all = subject(Kind::Script, "all");
    let eth1 = subject(Kind::Interface, "eth1");
    let outcomes = |loaded: &Loaded| {
        let election = Election::new(&loaded.config, &loaded.tree);
        let after = |subject| [election.after(subject, 0), election.after(subject, 1)];
        [after(chk), after(all), after(eth1)]
    };
    use Outcome::{Fault, Priority};
    // What a member brings itself is left out, what the group brings counts for all.
    let same = [
        [Priority(100), Priority(101)],
        [Priority(70), Priority(71)],
        [Fault, Fault],
    ];
    assert_eq!(outcomes(&load(&group(""))), same);
    let mut own = same;
    own[0] = [Priority(80), Priority(101)];
    assert_eq!(outcomes(&load(&group("sync_group_tracking_weight"))), own);
}

#[test]
fn files_processes_and_sessions() {
    let group = "vrrp_sync_group G {\n group {\n A\n B\n }\n}\n".to_owned();
    let mut loaded = load(&(group + &instance("A", 100, "") + &instance("B", 101, "")));
    let tracked = |name: &str, value: i16, reverse: bool| Tracked {
        name: name.to_owned(),
        weight: Weight { value, reverse },
    };
    let config = &mut loaded.config;
    config.instances[0].track_files = vec![tracked("load", 1, false), tracked("stop", 0, false)];
    config.instances[0].track_processes = vec![tracked("nginx", -20, false)];
    config.groups[0].track_bfds = vec![tracked("uplink", -30, false), tracked("spare", 0, true)];
    let election = Election::new(&loaded.config, &loaded.tree);
    let after = |kind, name| {
        let subject = subject(kind, name);
        [election.after(subject, 0), election.after(subject, 1)]
    };
    use Outcome::{Fault, Open, Priority};
    assert_eq!(election.well(0), Priority(100));
    assert_eq!(after(Kind::File, "load"), [Open, Priority(101)]);
    assert_eq!(after(Kind::File, "stop"), [Fault, Fault]);
    assert_eq!(after(Kind::Process, "nginx"), [Priority(80), Priority(101)]);
    assert_eq!(after(Kind::Bfd, "uplink"), [Priority(70), Priority(71)]);
    assert_eq!(after(Kind::Bfd, "spare"), [Fault, Fault]);
    assert_eq!(election.standings[0].range(), (1, 254));
    assert_eq!(election.standings[1].range(), (71, 101));
    let good = election.good(subject(Kind::Bfd, "spare"));
    assert_eq!(good, Is::Down);
}

/// On the machine of the check a script need not be there; on the one the file is for it mostly is.
#[test]
fn a_script_that_is_not_here() {
    let text = |path: &str| {
        let script = |name: &str| {
            format!("vrrp_script {name} {{\n script {path}\n weight -20 reverse\n}}\n")
        };
        let tracked = "track_script {\n own\n other weight 0\n}";
        script("own")
            + &script("other")
            + &script("all")
            + "vrrp_sync_group G {\n group {\n A\n B\n }\n track_script {\n all weight 5\n }\n}\n"
            + &instance("A", 100, tracked)
            + &instance("B", 101, "")
            + &instance("C", 102, tracked)
    };
    let [here, gone] = ["/bin/ok", "/bin/gone"].map(|path| load(&text(path)));
    assert!(gone.config.router.scripts.is_empty());
    let one = Election::new(&here.config, &here.tree);
    let two = Election::new(&gone.config, &gone.tree);
    for (one, two) in one.standings.iter().zip(&two.standings) {
        assert_eq!(one.trackers, two.trackers);
    }
    assert_eq!(one.standings[2].trackers.len(), 3);
}

/// Trackers of one instance, as text: kind, weight, reverse.
fn weights() -> impl Strategy<Value = Vec<(bool, i16, bool)>> {
    proptest::collection::vec((any::<bool>(), -253..=253i16, any::<bool>()), 0..5)
}

fn file(priority: u8, in_group: bool, tracking: bool, weights: &[(bool, i16, bool)]) -> String {
    let mut text = String::new();
    let (mut scripts, mut links) = (String::new(), String::new());
    for (at, (is_script, weight, reverse)) in weights.iter().enumerate() {
        let reverse = if *reverse { "reverse" } else { "" };
        match is_script {
            true => {
                text += &script(&format!("chk{at}"), "0");
                scripts += &format!(" chk{at} weight {weight} {reverse}\n");
            }
            false if at < 3 => links += &format!(" eth{at} weight {weight} {reverse}\n"),
            false => {}
        }
    }
    let trackers = format!("track_script {{\n{scripts}}}\ntrack_interface {{\n{links}}}");
    let tracking = if tracking {
        "sync_group_tracking_weight"
    } else {
        ""
    };
    let (own, of_group) = if in_group {
        ("", &*trackers)
    } else {
        (&*trackers, "")
    };
    text += &format!(
        "vrrp_sync_group G {{\n group {{\n VI_1\n VI_2\n }}\n{tracking}\n{of_group}\n}}\n"
    );
    text + &instance("VI_1", priority, own) + &instance("VI_2", 77, "")
}

proptest! {
    /// Whatever scripts and links do, `vrrp` comes to what is worked out here.
    #[test]
    fn vrrp_agrees(
        priority in 1..=254u8,
        in_group: bool,
        tracking: bool,
        weights in weights(),
        good in proptest::collection::vec(any::<bool>(), 8),
    ) {
        prop_assume!(priority != 77);
        let loaded = load(&file(priority, in_group, tracking, &weights));
        let router = loaded.config.router.clone();
        let election = Election::new(&loaded.config, &loaded.tree);
        let now = Instant::now();
        let link_up = |at: usize| router.interfaces[at] == "eth0" || good[at % good.len()];
        let script_up = |at: usize| good[(at + 3) % good.len()];

        let mut running = Router::new(router.clone());
        for id in 0..u16::try_from(router.interfaces.len()).unwrap() {
            let (interface, up) = (InterfaceId(id), link_up(usize::from(id)));
            running.handle(now, Event::Link { interface, up });
        }
        running.handle(now, Event::Start);
        for id in 0..u16::try_from(router.scripts.len()).unwrap() {
            let status = i32::from(!script_up(usize::from(id)));
            let outcome = ScriptOutcome::Exited(status);
            running.handle(now + Duration::from_millis(1), Event::ScriptDone { script: ScriptId(id), outcome });
        }

        for (standing, view) in election.standings.iter().zip(running.snapshot().instances) {
            let (low, high) = standing.range();
            prop_assert!((low..=high).contains(&view.effective_priority), "{low}..={high} {view:?}");
            let state = |subject: Subject<'_>| {
                let is_up = match subject.kind {
                    Kind::Interface => router.interfaces.iter().position(|n| n == subject.name).is_none_or(link_up),
                    Kind::Script => router.scripts.iter().position(|s| s.name == subject.name).is_none_or(script_up),
                    Kind::File | Kind::Process | Kind::Bfd => true,
                };
                if is_up { Is::Up } else { Is::Down }
            };
            match standing.outcome(state) {
                Outcome::Priority(priority) => prop_assert_eq!(priority, view.effective_priority),
                Outcome::Fault => {}
                Outcome::Open => prop_assert!(false, "no files here"),
            }
        }
    }
}
