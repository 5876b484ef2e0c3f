//! What the end of the file tells about instances, groups and trackers: strict mode, what does not go together,
//! what is inherited. The lines are those of 2.4.3.

use serde_json::Value;

use super::*;

const KEY: &str = "key 1 0123456789abcdef0123456789abcdef\nactive_key 1\n";

#[test]
fn strict_mode() {
    let row = |body: &str, said: &str| {
        wrong(&[(&format!("strict_mode\n{body}"), said)], with);
    };
    row(
        "state MASTER\npriority 9",
        "(V) State MASTER must match being address owner",
    );
    row(
        "authentication {\nauth_type PASS\nauth_pass a\n}",
        "(V) Strict mode does not support authentication. Ignoring.",
    );
    row(
        "preempt_delay 5",
        "(V) preempt_delay is incompatible with strict mode - resetting",
    );
    row(
        "down_timer_adverts 4",
        "(V) down_timer_adverts is incompatible with strict mode - resetting",
    );
    row(
        "garp_lower_prio_repeat 2",
        "(V) Strict mode requires no repeat garps. resetting",
    );
    row(
        "garp_lower_prio_delay 2",
        "(V) Strict mode requires no repeat garp delay. resetting",
    );
    row(
        "lower_prio_no_advert off",
        "(V) Strict mode requires no lower priority advert. resetting",
    );
    row(
        "higher_prio_send_advert",
        "(V) strict mode requires higher_prio_send_advert to be clear. resetting",
    );
    row(
        "use_vmac 02:00:00:00:00:01",
        "(V): cannot specify MAC address with strict mode - clearing",
    );
    row(
        "use_vmac\nvmac_xmit_base",
        "(V) xmit_base is incompatible with strict mode - resetting",
    );
    row(
        &format!("auth_hmac {{\n{KEY}mode permissive\n}}"),
        "(V) strict mode requires auth_hmac mode enforce",
    );
    row(
        "unicast_peer {\n10.0.0.9\n}",
        "(V) Unicast peers are not supported in strict mode",
    );
    let loaded = with("strict_mode");
    let instance = &loaded.config.router.instances[0];
    assert!(instance.lower_prio_no_advert && !instance.higher_prio_send_advert);
    assert_eq!(instance.garp.lower_prio_repeat, 0);
    assert!(loaded.config.instances[0].strict && !loaded.config.instances[0].accept);
}

#[test]
fn what_does_not_go_together() {
    let rows = [
        (
            "use_vmac\nunicast_peer {\n10.0.0.9\n}",
            "(V) unicast with use_vmac requires vmac_xmit_base - setting",
        ),
        (
            "use_ipvlan",
            "(V) IPv4 ipvlan requires a source ip address to be configured.",
        ),
        (
            "use_vmac eth1",
            "(V) interface eth1 already exists and is not a private macvlan; ignoring vmac if_name",
        ),
        (
            "use_vmac a/b",
            "VMAC interface name 'a/b' too long or invalid characters - ignoring",
        ),
        ("use_vmac group nosuch", "VMAC group nosuch not found"),
        (
            "timer_expired_backup",
            "(V) expired_timer_backup requires nopreempt - resetting",
        ),
        (
            "owner_ignore_adverts",
            "(V) ignoring owner_ignore_adverts since priority is not 255",
        ),
        (
            "authentication {\nauth_type AH\nauth_pass a\n}\nstate MASTER\npriority 9",
            "(V) Initial state master is incompatible with AH authentication - clearing",
        ),
        (
            "kernel_rx_buf_size 5 6",
            "(V) invalid kernel_rx_buf_size specified",
        ),
    ];
    wrong(&rows, with);
}

#[test]
fn unicast_without_interface_is_typed_and_withheld() {
    let without = |vrf: &str, body: &str| {
        load(&format!(
            "vrrp_instance V {{\n{vrf}virtual_router_id 1\nvirtual_ipaddress {{\n10.0.0.1 dev eth0\n}}\n{body}\n}}\n"
        ))
    };
    let peers = "unicast_peer {\n10.0.0.9\n}";
    let loaded = without("vrf eth1\n", &format!("unicast_src_ip 10.0.0.7\n{peers}"));
    assert_eq!(loaded.test_exit_code(), 0, "{}", logged(&loaded));
    let withheld = &loaded.config.withheld[0];
    assert_eq!(withheld.settings.interface, None);
    assert_eq!(withheld.settings.vrf.as_deref(), Some("eth1"));
    assert_eq!(withheld.feature, "unicast without interface");
    assert!(loaded.config.router.instances.is_empty());
    let loaded = without("", peers);
    let line = "(V): Unicast instances must have unicast_src_ip or interface";
    assert!(logged(&loaded).contains(line), "{}", logged(&loaded));
    assert!(!loaded.can_run());
}

#[test]
fn groups_and_owners() {
    let trackers = "vrrp_script s {\nscript /bin/ok\nweight 5\n}\ntrack_file f {\nfile /tmp/f\n}\n\
                    track_file g {\nfile /tmp/g\nweight 3\n}\nbfd_instance b {\nneighbor_ip 10.0.0.9\n}\n";
    let tracks = "track_script {\ns\n}\ntrack_file {\nf\ng\n}\ntrack_bfd {\nb weight 4\n}\n\
                  track_interface {\neth1 weight 3\n}";
    let file = |v: &str, w: &str, group: &str| {
        let vip = "virtual_ipaddress {\n10.0.0.1\n}";
        load(&format!(
            "{SAFE}{trackers}vrrp_instance V {{\ninterface eth0\nvirtual_router_id 1\n{vip}\n{v}\n}}\n\
             vrrp_instance W {{\ninterface eth0\nvirtual_router_id 2\n{vip}\n{w}\n}}\n\
             vrrp_sync_group G {{\ngroup {{\nV\nW\n}}\n{group}\n}}\n"
        ))
    };
    let says = |loaded: &Loaded, lines: &[&str]| {
        let log = logged(loaded);
        for line in lines {
            assert!(log.contains(line), "{line} is not in\n{log}");
        }
    };
    let loaded = file(tracks, "", "");
    says(
        &loaded,
        &[
            "(V) ignoring eth1 tracked interface weight due to SYNC group",
            "(V) ignoring tracked script s with weights due to SYNC group",
            "(V) ignoring weight from tracked file f due to SYNC group. specify weight 0",
            "(V) ignoring tracked file g with weight 3 due to SYNC group",
            "(V) ignoring tracked bfd b with weight 4 due to SYNC group",
        ],
    );
    let files = &loaded.config.instances[0].track_files;
    assert_eq!((files.len(), files[0].weight.value), (1, 0));
    let loaded = file("priority 255\nstate MASTER", "state BACKUP", tracks);
    says(
        &loaded,
        &[
            "Sync group G has some member(s) as address owner and some not as address owner. This won't work.",
            "(G) Cannot have weighted track script 's' with member having priority 255 - clearing weight",
            "(G) Cannot have weighted track file 'g' with member having priority 255 - setting weight 0",
        ],
    );
    assert_eq!(loaded.config.groups[0].track_files[1].weight.value, 0);
    let loaded = file("", "", "track_interface {\neth0\n}");
    says(
        &loaded,
        &["(W) track_interface eth0 is configured on VRRP instance and sync group."],
    );
    let loaded = file("", "", "notify_priority_changes");
    assert!(loaded.config.instances[1].notify_priority_changes);
}

#[test]
fn what_instances_take_from_the_globals() {
    let global = "smtp_alert_vrrp\nvrrp_notify_priority_changes\nv3_checksum_as_v2\n\
                  vrrp_garp_extra_if all 60\nvrrp_owner_ignore_adverts\nvrrp_strict off";
    let file = |body: &str| {
        load(&format!(
            "global_defs {{\n{global}\n}}\nvrrp_instance V {{\ninterface eth0\nvirtual_router_id 1\n\
             virtual_ipaddress {{\n10.0.0.1\n}}\n{body}\n}}\n"
        ))
    };
    let all = |loaded: &Loaded| {
        let i = &loaded.config.instances[0];
        [
            i.smtp_alert,
            i.notify_priority_changes,
            i.v3_checksum_as_v2,
            i.owner_ignore_adverts,
            i.garp_extra.is_some_and(|extra| extra.all),
        ]
    };
    assert_eq!(all(&file("priority 255")), [true; 5]);
    let own = "smtp_alert no\nnotify_priority_changes no\nv3_checksum_as_v2 no\ngarp_extra_if 5";
    assert_eq!(all(&file(own)), [false; 5]);
}

#[test]
fn virtual_routers_of_one_number() {
    let instance = |name: &str, more: &str| {
        format!(
            "vrrp_instance {name} {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\n10.0.0.1\n}}\n{more}\n}}\n"
        )
    };
    let unicast = |source: &str| format!("unicast_src_ip {source}\nunicast_peer {{\n10.0.0.9\n}}");
    let said = |second: &str, first: &str| {
        let loaded = load(&(instance("A", first) + &instance("B", second)));
        logged(&loaded)
    };
    let both = "A and B both use VRID 1 with IPv4 on interface eth0";
    assert!(said("", "").contains(both));
    assert_eq!(said("mcast_dst_ip 224.0.0.19", ""), "");
    assert_eq!(said(&unicast("10.0.0.5"), ""), "");
    assert_eq!(said(&unicast("10.0.0.5"), &unicast("10.0.0.6")), "");
    let again = said(&unicast("10.0.0.5"), &unicast("10.0.0.5"));
    assert!(again.contains("(A) duplicate VRID conflict with B VRID 1"));
    let three = instance("A", "") + &instance("B", "") + &instance("C", "");
    let log = logged(&load(&three));
    assert!(log.contains("B and C both use VRID 1"), "{log}");
}

#[test]
fn a_key_is_not_shown() {
    let loaded = with(&format!("auth_hmac {{\n{KEY}}}"));
    let hmac = loaded.config.withheld[0].settings.hmac.clone();
    let shown = format!("{hmac:?}");
    assert!(
        shown.contains("***") && !shown.contains("48, 49"),
        "{shown}"
    );
    let window = serde_json::to_value(hmac).expect("JSON")["time_window"]["secs"].clone();
    assert_eq!(window, Value::from(5));
}

#[test]
fn a_script_that_nobody_is_left_to_track_is_not_run() {
    let text = "vrrp_script a {\nscript /a\nuser root\n}\nvrrp_script b {\nscript /b\nuser root\n}\n\
         vrrp_script c {\nscript /c\nuser root\n}\n\
         vrrp_sync_group G {\ngroup {\nnobody\n}\ntrack_script {\nc\n}\n}\n\
         vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\npriority 255\n\
         virtual_ipaddress {\n192.0.2.1\n}\ntrack_script {\na weight 5\nb\n}\n}\n";
    let user = conf::UserFacts { uid: 0, gid: 0 };
    let mut host = conf::FakeHost::default();
    host.users.insert("root".into(), user);
    host.interfaces
        .insert("eth0".into(), conf::InterfaceFacts::default());
    for path in ["/a", "/b", "/c"] {
        let found = conf::ScriptFacts::Found {
            executable: true,
            insecure: None,
        };
        host.scripts.insert(path.into(), found);
    }
    let loaded = conf::load_text("x", text.as_bytes(), "id", &host);
    let router = &loaded.config.router;
    let names: Vec<_> = router.scripts.iter().map(|s| s.name.as_str()).collect();
    assert_eq!((names, loaded.config.scripts.len()), (vec!["b"], 1));
    let tracked = &router.instances[0].track_scripts;
    assert_eq!((tracked.len(), tracked[0].script.0), (1, 0));
    let lines: Vec<_> = loaded.diagnostics.log_lines();
    for name in ["a", "c"] {
        let line = format!("Warning - script {name} is not used");
        assert!(
            lines.iter().any(|(_, text)| text.contains(&line)),
            "{name}: {lines:?}"
        );
    }
}
