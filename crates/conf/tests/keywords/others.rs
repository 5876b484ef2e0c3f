//! `global_defs`, address lines, scripts, groups, and the table of keywords.

use std::time::Duration;

use conf::{Code, Loaded, Severity};
use vrrp::{Transport, Version, Weight};

use super::*;

#[test]
fn settings_of_global_defs() {
    let loaded = global(
        "router_id here\nscript_user nobody\nenable_script_security\nuse_symlink_paths\nset_supplementary_groups on\n\
         vrrp_garp_interval 0.5\nvrrp_gna_interval 0.000001\ndynamic_interfaces\nprocess_name a_name_that_is_\n\
         vrrp_process_name kv\nvrrp_priority -20\nvrrp_no_swap\nvrrp_rt_priority 99\nvrrp_cpu_affinity 0 1\numask 022\n\
         log_unknown_vrids\nreload_check_config",
    );
    let g = &loaded.config.global;
    assert_eq!(loaded.test_exit_code(), 0, "{}", logged(&loaded));
    assert_eq!(g.router_id, "here");
    assert_eq!(
        g.script_user
            .as_ref()
            .map(|u| (u.name.as_str(), u.uid, u.gid)),
        Some(("nobody", 65534, 65534))
    );
    assert!(
        g.script_security && g.use_symlink_paths && g.supplementary_groups && g.dynamic_interfaces
    );
    assert!(g.vrrp_process.no_swap && g.log_unknown_vrids && g.reload.check_log.is_some());
    assert_eq!(g.garp_interval, Duration::from_millis(500));
    assert_eq!(g.gna_interval, Duration::from_micros(1));
    assert_eq!(g.process_name.as_deref(), Some("a_name_that_is_"));
    assert_eq!(
        (g.vrrp_process.nice, g.vrrp_process.rt_priority),
        (-20, Some(99))
    );
    assert_eq!(
        (g.vrrp_process.cpu_affinity.as_slice(), g.umask),
        (&[0, 1][..], Some(0o22))
    );
    let masks = [("IRGRP|IWGRP", 0o60), ("18", 18), ("0x1f", 31), ("0", 0)];
    for (text, value) in masks {
        assert_eq!(
            global(&format!("umask {text}")).config.global.umask,
            Some(value),
            "{text}"
        );
    }
    let loaded = load("use_pid_dir\nchild_wait_time 9\n");
    assert!(loaded.config.global.use_pid_dir);
    assert_eq!(loaded.config.global.child_wait_time, Duration::from_secs(9));
}

#[test]
fn defaults_of_instances() {
    let loaded = global(
        "vrrp_version 3\nvrrp_mcast_group4 224.0.0.77\nvrrp_down_timer_adverts 9\nvrrp_lower_prio_no_advert\n\
         vrrp_higher_prio_send_advert\nvrrp_skip_check_adv_addr\nvrrp_check_unicast_src",
    );
    let i = &loaded.config.router.instances[0];
    assert_eq!((i.version, i.down_timer_adverts), (Version::V3, 9));
    assert_eq!(
        i.transport,
        Transport::Multicast {
            group: "224.0.0.77".parse().unwrap()
        }
    );
    assert!(i.lower_prio_no_advert && i.higher_prio_send_advert && i.skip_check_adv_addr);
}

#[test]
fn wrong_values_of_global_defs() {
    let rows = [
        ("router_id", "(Line 2) routerid name missing - ignoring"),
        ("script_user", "No script username specified"),
        (
            "script_user nosuch",
            "(Line 2) Error setting global script uid/gid",
        ),
        (
            "dynamic_interfaces x",
            "Unknown dynamic_interfaces option 'x'",
        ),
        (
            "default_interface",
            "default_interface requires interface name",
        ),
        (
            "vrrp_priority 20",
            "Invalid vrrp process priority specified",
        ),
        ("vrrp_priority", "No vrrp process priority specified"),
        (
            "vrrp_rt_priority 0",
            "vrrp process real-time priority 0 less than minimum 1 - setting to minimum",
        ),
        (
            "vrrp_rt_priority 300",
            "vrrp process real-time priority 300 greater than maximum 99 - setting to maximum",
        ),
        ("vrrp_cpu_affinity 2", "number '2' outside range [0, 1]"),
        ("umask 1777", "invalid umask value 1777"),
        ("umask x", "Unknown umask bit x"),
        (
            "vrrp_mcast_group4 10.0.0.1",
            "(Line 2) vrrp_mcast_group4 [10.0.0.1] is not multicast. Skipping",
        ),
        (
            "vrrp_mcast_group4 x",
            "Can't parse vrrp_mcast_group4 [x]. Skipping",
        ),
        (
            "vrrp_mcast_group6 ff05::1",
            "vrrp_mcast_group6 [ff05::1] should be link-local multicast.",
        ),
        (
            "vrrp_version 1",
            "VRRP Error: Version must be either 2 or 3",
        ),
        (
            "vrrp_garp_master_delay 1.5",
            "vrrp_garp_master_delay '1.5' invalid - ignoring",
        ),
        ("vrrp_garp_interval 0", "vrrp_garp_interval '0' is invalid"),
        (
            "vrrp_min_garp x",
            "Invalid value for vrrp_min_garp specified",
        ),
        (
            "vrrp_down_timer_adverts 101",
            "Invalid vrrp_down_timer_adverts [1:100] '101'",
        ),
        (
            "include_check foo",
            "Unknown include_check type 'foo' - ignoring",
        ),
    ];
    wrong(&rows, global);
}

#[test]
fn virtual_addresses() {
    let line = |line: &str| {
        let loaded = with(&format!("virtual_ipaddress_excluded {{\n {line}\n }}"));
        assert_eq!(loaded.test_exit_code(), 0, "{line}: {}", logged(&loaded));
        loaded.config.instances[0].excluded[0].clone()
    };
    let a = line(
        "10.1.0.2/24 dev eth1 label eth1:x scope link brd + no_track noprefixroute autojoin preferred_lft 7",
    );
    assert_eq!(
        (a.prefix, a.interface.as_str(), a.label.as_deref(), a.scope),
        (24, "eth1", Some("eth1:x"), 253)
    );
    assert_eq!(a.broadcast, Some("10.1.0.255".parse().unwrap()));
    assert_eq!((a.track, a.preferred_lifetime), (false, Some(7)));
    assert_eq!(
        a.flags,
        vip::AddressFlags::NOPREFIXROUTE | vip::AddressFlags::MCAUTOJOIN
    );
    assert_eq!(
        line("10.1.0.2/24 brd -").broadcast,
        Some("10.1.0.0".parse().unwrap())
    );
    assert_eq!(
        line("10.1.0.2/24 brd 10.1.0.9").broadcast,
        Some("10.1.0.9".parse().unwrap())
    );
    assert_eq!(
        (line("10.1.0.2").prefix, line("10.1.0.2/0").prefix),
        (32, 0)
    );
    assert_eq!(line("10.1.0.2 dev lo").scope, 254);
    let peer = line("10.1.0.2 peer 10.1.0.3");
    assert_eq!(
        (peer.peer, peer.prefix),
        (Some(("10.1.0.3".parse().unwrap(), 32)), 32)
    );
    let six = line("2001:db8::1/64 home mngtmpaddr");
    use vip::AddressFlags as F;
    assert_eq!(six.flags, F::NODAD | F::HOMEADDRESS | F::MANAGETEMPADDR);
    assert_eq!(line("2001:db8::1/64 -nodad").flags, F::empty());
    assert_eq!(line("2001:db8::1").preferred_lifetime, Some(0));
    assert_eq!(
        line("2001:db8::1 preferred_lft forever").preferred_lifetime,
        Some(u32::MAX)
    );
    assert_eq!(line("2001:db8::1/64").preferred_lifetime, None);
}

#[test]
fn an_address_without_room_for_a_broadcast_is_used_without() {
    for (written, prefix) in [("10.1.0.2 brd +", 32), ("10.1.0.2/31 brd - dev eth1", 31)] {
        let loaded = with(&format!("virtual_ipaddress {{\n {written}\n }}"));
        let address = &loaded.config.instances[0].addresses[1];
        assert_eq!(
            (address.prefix, address.broadcast),
            (prefix, None),
            "{written}"
        );
        assert_eq!(loaded.test_exit_code(), 5, "{written}");
    }
    let loaded = with("virtual_ipaddress {\n 10.1.0.2/30 brd +\n 10.1.0.6/30 brd -\n }");
    let addresses = &loaded.config.instances[0].addresses;
    assert_eq!(addresses[1].broadcast, Some([10, 1, 0, 3].into()));
    assert_eq!(addresses[2].broadcast, Some([10, 1, 0, 4].into()));
}

#[test]
fn wrong_virtual_addresses() {
    let rows = [
        (
            "10.0.0.2/33",
            "Invalid address prefix len 33 for address 10.0.0.2/33 - using 32",
        ),
        ("10.0.0.2/x", "invalid number 'x'"),
        (
            "300.0.0.1",
            "VRRP parsed invalid IP 300.0.0.1. skipping IP...",
        ),
        (
            "10.0.0.2 dev eth9",
            "WARNING - interface eth9 for ip address 10.0.0.2 doesn't exist",
        ),
        ("10.0.0.2 dev", "No dev parameter specified for 10.0.0.2"),
        (
            "10.0.0.2 label averyveryverylonglabel",
            "Address label averyveryverylonglabel is longer than maximum length 15 - removing address",
        ),
        (
            "10.0.0.2 scope foo",
            "Invalid scope 'foo' specified for 10.0.0.2 - ignoring",
        ),
        (
            "10.0.0.2 brd x",
            "VRRP is trying to assign invalid broadcast x. skipping VIP...",
        ),
        (
            "10.0.0.2 brd +",
            "Address prefix length 32 too long for broadcast",
        ),
        ("10.0.0.2 peer x", "Invalid peer address x"),
        (
            "10.0.0.2 peer fe80::1",
            "Peer address fe80::1 does not match address family",
        ),
        (
            "10.0.0.2/24 peer 10.0.0.3",
            "Cannot specify address prefix when specifying peer address - ignoring",
        ),
        (
            "10.0.0.2 foo",
            "Unknown configuration entry 'foo' for ip address - ignoring",
        ),
        ("10.0.0.2 preferred_lft x", "preferred_lft x is invalid"),
    ];
    wrong(&rows, |line| {
        with(&format!("virtual_ipaddress {{\n {line}\n}}"))
    });
}

fn scripted(body: &str, tracking: &str) -> Loaded {
    load(&format!(
        "{SAFE}vrrp_script s {{\n{body}\n}}\nvrrp_instance V {{\n interface eth0\n virtual_router_id 1\n \
         virtual_ipaddress {{\n 10.0.0.1\n }}\n track_script {{\n{tracking}\n}}\n}}\n"
    ))
}

#[test]
fn scripts() {
    let loaded = scripted(
        "script \"/bin/ok -a 'b c'\"\ninterval 2\ntimeout 1.5\nweight -10 reverse\nrise 3\nfall 4\nuser nobody\ninit_fail",
        "s",
    );
    assert_eq!(loaded.test_exit_code(), 0, "{}", logged(&loaded));
    let script = &loaded.config.router.scripts[0];
    assert_eq!(
        (script.interval, script.rise, script.fall),
        (Duration::from_secs(2), 3, 4)
    );
    assert!(script.init_fail);
    let runner = &loaded.config.scripts[0];
    assert_eq!(runner.timeout, Duration::from_millis(1500));
    let conf::Check::Command(command) = &runner.check else {
        panic!("a command")
    };
    assert_eq!(
        (command.program.to_str(), command.args.as_slice()),
        (Some("/bin/ok"), &["-a".to_owned(), "b c".to_owned()][..])
    );
    assert_eq!(command.user.as_ref().map(|u| u.uid), Some(65534));
    let tracked = loaded.config.router.instances[0].track_scripts[0];
    assert_eq!(
        tracked.weight,
        Weight {
            value: -10,
            reverse: true
        }
    );
    let loaded = scripted("script </etc/x", "s weight 7");
    assert_eq!(
        loaded.config.scripts[0].check,
        conf::Check::FileOpens("/etc/x".into())
    );
    assert_eq!(
        loaded.config.router.instances[0].track_scripts[0]
            .weight
            .value,
        7
    );
    assert_eq!(loaded.config.scripts[0].timeout, Duration::from_secs(1));
}

#[test]
fn wrong_scripts() {
    let rows = [
        ("interval x", "invalid number 'x'"),
        (
            "interval 0",
            "(s): vrrp script interval must be greater than 0, setting to 1",
        ),
        ("timeout x", "invalid number 'x'"),
        (
            "weight 300",
            "vrrp_script s weight 300 must be in [-253, 253]",
        ),
        ("weight 5 x", "vrrp_script s unknown weight option x"),
        (
            "rise 0",
            "(s): vrrp script rise value '0' invalid, defaulting to 1",
        ),
        (
            "fall x",
            "(s): vrrp script fall value 'x' invalid, defaulting to 1",
        ),
        ("user nosuch", "Unable to set uid/gid for script '/bin/ok'"),
        (
            "script /nowhere",
            "Disabling track script s since not found/accessible",
        ),
    ];
    wrong(&rows, |body| {
        scripted(&format!("script /bin/ok\n{body}"), "s")
    });
    let rows = [
        (
            "s weight",
            "(V) weight without value specified for track script s - ignoring",
        ),
        (
            "s weight 5 foo",
            "(V) unknown track_script s weight option foo - ignoring",
        ),
        ("s foo", "(V) unknown track script option foo - ignoring"),
        (
            "s weight -254",
            "(V) weight for s cannot be +/-254. Setting to +/-253",
        ),
        ("s\ns", "(V) duplicate track_script s - ignoring"),
        ("t", "(V) track script t not found, ignoring..."),
    ];
    wrong(&rows, |tracking| scripted("script /bin/ok", tracking));
    let rows = [("", "No script set for vrrp_script s - removing")];
    wrong(&rows, |body| scripted(body, "s"));
}

#[test]
fn notify_scripts() {
    let loaded = with(
        "notify /bin/ok\nnotify_master \"/bin/ok m\" nobody\nnotify_backup /bin/ok\nnotify_fault /bin/ok\n\
         notify_stop /bin/ok\nnotify_deleted\nnotify_master_rx_lower_pri /bin/ok",
    );
    assert_eq!(loaded.test_exit_code(), 0, "{}", logged(&loaded));
    let notify = &loaded.config.instances[0].notify;
    let all = [
        &notify.any,
        &notify.backup,
        &notify.fault,
        &notify.stop,
        &notify.master_rx_lower_pri,
    ];
    assert!(all.iter().all(|command| command.is_some()));
    let master = notify.master.as_ref().unwrap();
    assert_eq!(
        (master.args.as_slice(), master.user.as_ref().map(|u| u.uid)),
        (&["m".to_owned()][..], Some(65534))
    );
    assert!(notify.notify_deleted && notify.deleted.is_none());
    assert!(
        with("notify /nowhere").config.instances[0]
            .notify
            .any
            .is_none()
    );
}

#[test]
fn script_security() {
    let text = "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\nnotify /bin/ok\n}";
    let loaded = load(text);
    assert_eq!(loaded.test_exit_code(), 6);
    assert!(logged(&loaded).contains(
        "SECURITY VIOLATION - scripts are being executed but script_security not enabled."
    ));
    assert!(loaded.can_run(), "the original runs it too");
}

fn grouped(instances: &str, group: &str) -> Loaded {
    let member = |name: &str, vrid: u8, more: &str| {
        format!(
            "vrrp_instance {name} {{\ninterface eth0\nvirtual_router_id {vrid}\nvirtual_ipaddress {{\n10.0.0.{vrid}\n}}\n{more}\n}}\n"
        )
    };
    load(&format!(
        "{SAFE}vrrp_script s {{\nscript /bin/ok\nweight 5\n}}\n{}{}vrrp_sync_group G {{\n{group}\n}}\n",
        member("A", 1, instances),
        member("B", 2, "")
    ))
}

#[test]
fn sync_groups() {
    let loaded = grouped(
        "",
        "group {\nA\nB\n}\nnotify_master /bin/ok\ntrack_interface {\neth1 weight 3\n}\ntrack_script {\ns\n}\nsync_group_tracking_weight",
    );
    assert_eq!(loaded.test_exit_code(), 0, "{}", logged(&loaded));
    let group = &loaded.config.router.groups[0];
    assert_eq!((group.members.len(), group.tracking_weight), (2, true));
    assert_eq!(
        (
            group.track_interfaces[0].weight.value,
            group.track_scripts[0].weight.value
        ),
        (3, 5)
    );
    assert!(loaded.config.groups[0].notify.master.is_some());
    let loaded = grouped(
        "track_interface {\neth1 weight 5\n}\ntrack_script {\ns\n}",
        "group {\nA B\n}",
    );
    let log = logged(&loaded);
    assert!(
        log.contains("(A) ignoring eth1 tracked interface weight due to SYNC group"),
        "{log}"
    );
    assert!(
        log.contains("(A) ignoring tracked script s with weights due to SYNC group"),
        "{log}"
    );
    let a = &loaded.config.router.instances[0];
    assert_eq!(
        (a.track_interfaces[0].weight.value, a.track_scripts.len()),
        (0, 0)
    );
    let rows = [
        (
            "group {\nA\n}",
            "Sync group G has only 1 virtual router(s) - this probably isn't what you want",
        ),
        ("group {\n}", "Warning - sync group G has empty group block"),
        ("", "Sync group G has no members - removing"),
        (
            "group {\nA\nX\n}",
            "Virtual router X specified in sync group G doesn't exist - ignoring",
        ),
        (
            "group {\nA B A\n}",
            "Virtual router A cannot exist in more than one sync group; ignoring G",
        ),
        (
            "group {\nA\n}\ngroup {\nB\n}",
            "Group list already specified for sync group G",
        ),
        (
            "group {\nA B\n}\nglobal_tracking",
            "(G) global_tracking is deprecated.",
        ),
        (
            "group {\nA B\n}\n}\nvrrp_sync_group G {\ngroup {\nA\n}",
            "vrrp sync group G already defined",
        ),
        (
            "group {\nA B\n}\n}\nvrrp_sync_group H {\ngroup {\nA\n}",
            "Sync group H, no matching virtual router found in group declaration - removing",
        ),
    ];
    wrong(&rows, |group| grouped("", group));
}

#[test]
fn what_stops_the_daemon() {
    let vip = "virtual_ipaddress {\n10.0.0.1\n}\n";
    let rows = [
        (
            format!("interface eth0\n{vip}"),
            "(A) the virtual router id must be set",
        ),
        (
            format!("virtual_router_id 1\n{vip}"),
            "(A) Unknown interface!",
        ),
        (
            format!("virtual_router_id 1\ninterface eth9\n{vip}"),
            "Non-existent interface specified in configuration",
        ),
        (
            "virtual_router_id 1\ninterface eth0\nversion 3".to_owned(),
            "(A) No VIP specified; at least one is required",
        ),
    ];
    for (body, line) in rows {
        let loaded = load(&format!("vrrp_instance A {{\n{body}\n}}\n"));
        assert!(
            logged(&loaded).contains(line),
            "{body}: {}",
            logged(&loaded)
        );
        assert_eq!(
            (
                loaded.can_run(),
                loaded.start_exit_code(),
                loaded.test_exit_code()
            ),
            (false, 2, 5),
            "{body}"
        );
    }
    let twice = |name: &str, more: &str| {
        format!("vrrp_instance {name} {{\ninterface eth0\nvirtual_router_id 1\n{vip}{more}\n}}\n")
    };
    let loaded = load(&(twice("A", "") + &twice("B", "")));
    assert!(logged(&loaded).contains("A and B both use VRID 1 with IPv4 on interface eth0"));
    assert!(!loaded.can_run());
    let peers = |last: u8| format!("unicast_peer {{\n10.0.0.{last}\n}}");
    assert!(load(&(twice("A", &peers(8)) + &twice("B", &peers(9)))).can_run());
    assert!(!load(&(twice("A", &peers(8)) + &twice("B", &peers(8)))).can_run());
    let loaded = load(&(twice("A", "") + &twice("A", "")));
    assert!(logged(&loaded).contains("vrrp instance A already defined") && loaded.can_run());
}

#[test]
fn every_keyword_that_is_built_is_handled() {
    for keyword in
        conf::schema::all().filter(|k| k.missing_feature.is_none() && !k.block.ends_with("(line)"))
    {
        if keyword.form.has_braces() || keyword.block == "(config file)" {
            continue;
        }
        let statement = format!("{} 1", keyword.keyword);
        let text = match keyword.block {
            "(root)" => statement,
            block if block.contains('/') => {
                let (outer, inner) = block.split_once('/').unwrap();
                format!("{outer} V {{\n{inner} {{\n{statement}\n}}\n}}\n")
            }
            "global_defs" => format!("global_defs {{\n{statement}\n}}\n"),
            block => format!("{block} V {{\n{statement}\n}}\n"),
        };
        let loaded = load(&text);
        let silent = loaded
            .diagnostics
            .iter()
            .find(|d| d.code == Code::NotSupported && d.message.ends_with("has no effect"));
        let fine = keyword.keyword == "default_interface";
        assert!(
            silent.is_none() || fine,
            "{}/{}: {silent:?}",
            keyword.block,
            keyword.keyword
        );
    }
}

#[test]
fn every_keyword_that_is_not_built_is_noted_once() {
    for keyword in
        conf::schema::all().filter(|k| k.missing_feature.is_some() && k.block == "vrrp_instance")
    {
        let statement = if keyword.form.has_braces() {
            format!("{} {{\n}}", keyword.keyword)
        } else {
            keyword.keyword.to_owned()
        };
        let value = if keyword.form == conf::schema::Form::Value {
            " 7"
        } else {
            ""
        };
        let statement = format!("{statement}{value}");
        let loaded = with(&format!("{statement}\n{statement}"));
        let told: Vec<_> = loaded
            .diagnostics
            .iter()
            .filter(|d| d.code == Code::NotSupported)
            .collect();
        assert!(!told.is_empty(), "{} is ignored silently", keyword.keyword);
        let notes = told.iter().filter(|d| d.severity == Severity::Note).count();
        assert!(notes <= 1, "{}", keyword.keyword);
    }
}
