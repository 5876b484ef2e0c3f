//! `global_defs`: what one setting does to another, and what only the end of the file tells.

use conf::ScriptFacts;

use super::*;

#[track_caller]
fn says(body: &str, line: &str, exit: u8) {
    let loaded = global(body);
    let log = logged(&loaded);
    assert!(log.contains(line), "{body}: {line:?} is not in\n{log}");
    assert_eq!(loaded.test_exit_code(), exit, "{body}: {log}");
}

const VIOLATION: &str = "SECURITY VIOLATION - start/shutdown scripts are being executed but script_security not enabled.";

#[test]
fn scripts_of_the_supervisor_want_script_security_whoever_runs_them() {
    says("startup_script /bin/ok", VIOLATION, 6);
    says("script_user nobody\nshutdown_script /bin/ok", VIOLATION, 6);
    says("startup_script /bin/ok nobody", VIOLATION, 6);
    says("startup_script /no/such", "this script is not run", 0);
    says("startup_script /bin/ok\nenable_script_security", "", 0);
    says(
        "enable_script_security\nstartup_script /bin/ok",
        "(Line 3) Unable to set default user keepalived_script for script\n(Line 3) Invalid startup script",
        5,
    );
    says(
        "script_user nosuch\nstartup_script /bin/ok",
        "(Line 3) Invalid startup script",
        5,
    );
}

#[test]
fn a_startup_script_that_others_may_change_is_not_run_as_root() {
    let insecure = conf::Insecure {
        path: "/bin/bad".into(),
        uid: 0,
        gid: 0,
        mode: 0o777,
    };
    let mut host = host();
    let found = ScriptFacts::Found {
        executable: true,
        insecure: Some(insecure),
    };
    host.scripts.insert("/bin/bad".into(), found);
    let load = |body: &str| {
        let text = format!("global_defs {{\n{body}\n}}\n");
        load_text("test.conf", text.as_bytes(), "director1", &host)
    };
    let secured = load("enable_script_security\nstartup_script /bin/bad root");
    assert_eq!(secured.config.global.startup_script, None);
    let as_nobody = load("enable_script_security\nstartup_script /bin/bad nobody");
    assert!(as_nobody.config.global.startup_script.is_some());
    let unsecured = load("startup_script /bin/bad");
    assert!(logged(&unsecured).contains(" There are insecure scripts."));
    assert_eq!(unsecured.test_exit_code(), 6);
}

#[test]
fn a_script_that_names_nobody_is_not_run_when_nobody_is_there() {
    let loaded = global("enable_script_security\nnotify_fifo /run/f\nstartup_script /bin/ok");
    let log = logged(&loaded);
    assert_eq!(
        log.matches("Unable to set default user").count(),
        1,
        "{log}"
    );
    assert_eq!(loaded.config.global.fifos.all, None);
    assert_eq!(loaded.config.global.startup_script, None);
}

#[test]
fn scripts_of_fifos_are_looked_at_where_something_runs() {
    let violation = "SECURITY VIOLATION - scripts are being executed";
    let fifo = "vrrp_notify_fifo /run/f\nvrrp_notify_fifo_script /bin/ok";
    says(fifo, violation, 6);
    let alone = load(&format!("global_defs {{\n{fifo}\n}}\n"));
    assert_eq!(alone.test_exit_code(), 0);
    let balancer = "lvs_notify_fifo /run/f\nlvs_notify_fifo_script /bin/ok";
    says(balancer, "", 0);
    let text = format!(
        "global_defs {{\n{balancer}\n}}\nvirtual_server 10.0.0.1 80 {{\nprotocol TCP\nlb_algo rr\nlb_kind NAT\nreal_server 10.0.0.2 80 {{\n}}\n}}\n"
    );
    let loaded = load(&text);
    assert!(logged(&loaded).contains("SECURITY VIOLATION - check scripts are being executed"));
    says(
        "notify_fifo_script /bin/no",
        "Unable to access script `/bin/no`",
        0,
    );
    says(
        "enable_script_security\nnotify_fifo_script /bin/ok root",
        "notify_fifo is missing, so this script is not run",
        0,
    );
}

#[test]
fn virtual_servers_inherit_whether_mail_is_sent() {
    let server = |globals: &str| {
        let loaded = load(&format!(
            "virtual_server 10.0.0.1 80 {{\nreal_server 10.0.0.2 80 {{\n}}\n}}\nglobal_defs {{\n{globals}\n}}\n"
        ));
        let server = &loaded.config.virtual_servers[0];
        (server.smtp_alert, server.real_servers[0].smtp_alert)
    };
    assert_eq!(server(""), (false, true));
    assert_eq!(server("smtp_alert"), (true, true));
    assert_eq!(server("smtp_alert\nsmtp_alert_checker off"), (false, false));
}

#[test]
fn mail_that_goes_nowhere_is_told_but_not_counted() {
    says("notification_email {\na@b\n}", "smtp_server is missing", 0);
    says("smtp_alert", "notification_email is missing", 0);
    let whole = global("smtp_server 10.0.0.9\nsmtp_alert\nnotification_email {\na@b\n}");
    assert_eq!(logged(&whole), "");
    // The name is what is wrong, not that there is none.
    let unknown = global("smtp_server no-such-host\nnotification_email {\na@b\n}");
    assert!(!logged(&unknown).contains("is missing"));
}

#[test]
fn old_spellings_are_told_but_not_counted() {
    for (old, new) in [
        ("lvs_process_name x", "checker_process_name"),
        ("lvs_flush_onstop", "lvs_flush_on_stop"),
        ("vrrp_rlimit_rtime 5", "vrrp_rlimit_rttime"),
        ("enable_snmp_keepalived", "enable_snmp_vrrp"),
    ] {
        says(old, &format!("is deprecated - please use '{new}'"), 0);
    }
}

#[test]
fn instances_and_globals_agree_on_what_is_inherited() {
    let loaded = global(
        "vrrp_min_garp\nvrrp_version 3\nvrrp_down_timer_adverts 7\nvrrp_garp_lower_prio_repeat 2",
    );
    let (global, instance) = (
        &loaded.config.global.vrrp,
        &loaded.config.router.instances[0],
    );
    assert_eq!(global.garp, instance.garp);
    assert_eq!(global.version, instance.version);
    assert_eq!(global.down_timer_adverts, instance.down_timer_adverts);
}
