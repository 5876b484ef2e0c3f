//! Checkers: what they inherit, and what the table of cases cannot show.

use std::time::Duration;

use conf::config::{Checker, CheckerKind, Connection, HttpCheck};
use conf::{Loaded, Status};

use super::{load, logged};

const SAFE: &str = "global_defs {\nenable_script_security\nscript_user root\n}\n";

/// A file with one real server, and what stands in its virtual server and in it.
fn file(global: &str, service: &str, server: &str) -> Loaded {
    load(&format!(
        "{global}virtual_server 10.0.0.1 80 {{\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n{service}\n\
         real_server 10.0.0.2 80 {{\n{server}\n}}\n}}\n"
    ))
}

fn with(server: &str) -> Loaded {
    file(SAFE, "", server)
}

#[track_caller]
fn checkers(loaded: &Loaded) -> &[Checker] {
    &loaded.config.virtual_servers[0].real_servers[0].checkers
}

#[track_caller]
fn accepted(loaded: &Loaded) {
    assert_eq!(loaded.test_exit_code(), 0, "{}", logged(loaded));
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const ALL: &str = "TCP_CHECK {\n}\nHTTP_GET {\nurl {\npath /\n}\n}\nDNS_CHECK {\n}\n\
                   MISC_CHECK {\nmisc_path /bin/ok\n}\n";

/// Retries and the three times of each checker.
fn timing(loaded: &Loaded) -> Vec<(u32, Duration, Duration, Duration)> {
    let timing = |c: &Checker| (c.retry, c.delay_before_retry, c.delay_loop, c.warmup);
    checkers(loaded).iter().map(timing).collect()
}

#[test]
fn each_kind_has_its_defaults() {
    let loaded = with(ALL);
    accepted(&loaded);
    let minute = seconds(60);
    let wanted = [
        (1, seconds(1), minute, minute),
        (1, seconds(3), minute, minute),
        (3, minute, minute, minute),
        (0, seconds(1), minute, minute),
    ];
    assert_eq!(timing(&loaded), wanted);
}

#[test]
fn what_is_not_said_is_inherited() {
    let service = "delay_loop 10\nretry 5\ndelay_before_retry 2\nconnect_timeout 3\nalpha";
    let loaded = file(SAFE, service, ALL);
    accepted(&loaded);
    let wanted = (5, seconds(2), seconds(10), seconds(10));
    assert_eq!(timing(&loaded), [wanted; 4]);
    assert!(checkers(&loaded).iter().all(|checker| checker.alpha));

    let server = "TCP_CHECK {\nconnect_timeout 1\nwarmup 0\n}\ndelay_loop 7\nretry 4\nalpha no\n\
                  DNS_CHECK {\ndelay_loop 2\nalpha\n}\nMISC_CHECK {\nmisc_path /bin/ok\n}";
    let loaded = file(SAFE, service, server);
    accepted(&loaded);
    let [tcp, dns, misc] = checkers(&loaded) else {
        panic!("three checkers");
    };
    let timeout = |checker: &Checker| checker.connection.as_ref().map(|c| c.connect_timeout);
    assert_eq!(
        (tcp.retry, tcp.delay_loop, tcp.warmup),
        (4, seconds(7), Duration::ZERO)
    );
    assert_eq!((dns.delay_loop, dns.warmup), (seconds(2), seconds(2)));
    assert_eq!((tcp.alpha, dns.alpha), (false, true));
    assert_eq!(timeout(tcp), Some(seconds(1)));
    assert_eq!(timeout(dns), Some(seconds(3)));
    assert_eq!(timeout(misc), None);
    let CheckerKind::Misc(misc) = &misc.kind else {
        panic!("a script");
    };
    assert_eq!(misc.timeout, seconds(10), "that of the virtual server");
}

#[test]
fn dns_retries_after_its_own_delay_loop() {
    let loaded = with("DNS_CHECK {\ndelay_loop 4\n}");
    assert_eq!(timing(&loaded), [(3, seconds(4), seconds(4), seconds(4))]);
}

#[test]
fn a_host_of_smtp_is_a_checker() {
    let two = "host {\nconnect_ip 10.0.0.3\nretry 2\n}\nhost {\nconnect_port 26\n}\n";
    let ports = |loaded: &Loaded| -> Vec<(String, u16, u32)> {
        let of = |checker: &Checker| {
            let to = checker.connection.as_ref().expect("it connects");
            let ip = to.connect_ip.to_string();
            (ip, to.connect_port, checker.retry)
        };
        checkers(loaded).iter().map(of).collect()
    };
    let row = |ip: &str, port, retry| (ip.to_owned(), port, retry);
    let hosts = [row("10.0.0.3", 80, 2), row("10.0.0.2", 26, 7)];
    let loaded = with(&format!("SMTP_CHECK {{\n{two}retry 7\nhelo_name me\n}}"));
    accepted(&loaded);
    assert_eq!(ports(&loaded), hosts);
    for checker in checkers(&loaded) {
        assert!(matches!(&checker.kind, CheckerKind::Smtp(smtp) if smtp.helo_name == "me"));
    }
    let loaded = with(&format!("SMTP_CHECK {{\n{two}retry 7\nconnect_port 25\n}}"));
    let [first, second] = hosts;
    assert_eq!(ports(&loaded), [row("10.0.0.2", 25, 7), first, second]);
}

#[test]
fn addresses_fit_each_other() {
    let wrong = [
        (
            "connect_ip fe80::1",
            "Checker link local address fe80::1 requires a bind_if",
            0,
        ),
        (
            "bindto ::1",
            "bindto address ::1 does not match address family of connect_ip - skipping",
            1,
        ),
        (
            "bindto 10.0.0.9\nconnect_ip ::1",
            "connect_ip address ::1 does not match address family of bindto - skipping",
            1,
        ),
    ];
    for (body, log, left) in wrong {
        let loaded = with(&format!("TCP_CHECK {{\n{body}\n}}"));
        assert!(logged(&loaded).contains(log), "{body}: {}", logged(&loaded));
        assert_eq!(loaded.test_exit_code(), 5, "{body}");
        assert_eq!(checkers(&loaded).len(), left, "{body}");
    }
    let loaded = with("TCP_CHECK {\nconnect_ip fe80::1\nbind_if eth0\n}");
    accepted(&loaded);
    // SMTP_CHECK looks at the real server's address only when its block ends, and the original not at all.
    let loaded = with("SMTP_CHECK {\nbindto ::1\n}");
    accepted(&loaded);
    let socket = |c: &Connection| c.socket.as_ref().and_then(|socket| socket.bindto);
    assert_eq!(
        checkers(&loaded)[0].connection.as_ref().and_then(socket),
        None
    );
    // What follows an address is passed over, as in a range.
    let loaded = with("TCP_CHECK {\nconnect_ip 10.0.0.7/24\n}");
    accepted(&loaded);
    let ip = checkers(&loaded)[0]
        .connection
        .as_ref()
        .map(|c| c.connect_ip);
    assert_eq!(ip, "10.0.0.7".parse().ok());
}

fn http(loaded: &Loaded) -> &HttpCheck {
    let CheckerKind::Http(http) = &checkers(loaded)[0].kind else {
        panic!("it is not HTTP");
    };
    http
}

#[test]
fn names_of_hosts_come_from_the_nearest() {
    let hosts = |service: &str, server: &str, checker: &str| {
        let body = format!(
            "{server}\nSSL_GET {{\n{checker}\nurl {{\npath /\n}}\nurl {{\npath /u\nvirtualhost url\n}}\n}}"
        );
        let loaded = file(SAFE, service, &body);
        accepted(&loaded);
        let http = http(&loaded);
        let of = |n: usize| {
            let url = &http.urls[n];
            (
                http.host(url).map(str::to_owned),
                http.sni(url).map(str::to_owned),
            )
        };
        (of(0), of(1))
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(hosts("", "", ""), ((None, None), (some("url"), None)));
    assert_eq!(
        hosts("virtualhost vs", "virtualhost rs", "enable_sni"),
        ((some("rs"), some("vs")), (some("url"), some("url")))
    );
    assert_eq!(
        hosts("virtualhost vs", "", "virtualhost c\nsni_name s"),
        ((some("c"), some("s")), (some("url"), some("s")))
    );
}

#[test]
fn a_url_waits_for_close_notify_if_its_checker_does() {
    let url = |more: &str| format!("url {{\npath /\n{more}\n}}\n");
    let body = format!("SSL_GET {{\n{}tls_compliant\n}}", url("tls_compliant no"));
    assert!(http(&with(&body)).urls[0].tls_compliant);
}

#[test]
fn a_regex_that_cannot_be_used_is_told() {
    let url = |regex: &str| {
        with(&format!(
            "HTTP_GET {{\nurl {{\npath /\nregex {regex}\n}}\n}}"
        ))
    };
    let loaded = url("\"a(\"");
    assert!(
        logged(&loaded).contains("Invalid regex: 'a(' at offset 2: missing closing parenthesis")
    );
    assert!(http(&loaded).urls[0].regex.is_none());
    assert_eq!(loaded.test_exit_code(), 0, "the original does not count it");

    let loaded = url(r#""\d+ \\w""#);
    assert!(logged(&loaded).contains("loses its backslash"));
    let pattern = |loaded: &Loaded| {
        http(loaded).urls[0]
            .regex
            .as_ref()
            .map(|r| r.pattern.clone())
    };
    assert_eq!(pattern(&loaded).as_deref(), Some(r"d+ \w"));
}

#[test]
fn scripts_of_checks_need_a_user() {
    let check =
        "MISC_CHECK {\nmisc_path \"/bin/ok a\"\n}\nMISC_CHECK {\nmisc_path /bin/ok\nuser nobody\n}";
    let loaded = file("global_defs {\nenable_script_security\n}\n", "", check);
    let log = logged(&loaded);
    assert!(
        log.contains("Unable to set default user keepalived_script for script"),
        "{log}"
    );
    assert!(
        log.contains("Unable to set default user for misc script '/bin/ok' 'a' - removing"),
        "{log}"
    );
    assert_eq!(checkers(&loaded).len(), 1);

    let loaded = file("", "", check);
    let log = logged(&loaded);
    let line =
        "SECURITY VIOLATION - check scripts are being executed but script_security not enabled.";
    assert!(log.contains(line), "{log}");
    assert_eq!(loaded.test_exit_code(), 6);
    assert_eq!(checkers(&loaded).len(), 2);
}

#[test]
fn a_script_that_is_not_there_is_no_check() {
    let loaded = with("MISC_CHECK {\nmisc_path \"/no/such x\"\n}");
    let log = logged(&loaded);
    assert!(
        log.contains("Disabling misc script '/no/such' 'x' since not found/accessible"),
        "{log}"
    );
    assert!(checkers(&loaded).is_empty());
    assert_eq!(loaded.test_exit_code(), 0, "the original does not count it");
}

#[test]
fn what_follows_a_user_that_does_not_exist_is_not_looked_at() {
    let loaded = with("MISC_CHECK {\nuser nosuch\nretry x\nmisc_path /bin/ok\n}");
    let log = logged(&loaded);
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(
        log.contains("Failed to set uid/gid for misc checker script  - removing"),
        "{log}"
    );
}

#[test]
fn a_session_is_followed_once() {
    let above = format!("{SAFE}bfd_instance b {{\nneighbor_ip 10.0.0.9\n}}\n");
    let once = "BFD_CHECK {\nname b\n}\n";
    let loaded = file(&above, "", &format!("{once}{once}"));
    let log = logged(&loaded);
    assert!(
        log.contains("([10.0.0.2]:tcp:80) BFD_CHECK - RS already monitoring b"),
        "{log}"
    );
    assert_eq!(checkers(&loaded).len(), 1);
    let loaded = file(&above, "", "BFD_CHECK {\nname b\nname b\n}");
    assert!(logged(&loaded).contains("BFD_CHECK - BFD b already specified as b"));
    let below = format!(
        "{SAFE}virtual_server 10.0.0.1 80 {{\nprotocol TCP\nlb_algo rr\nlb_kind NAT\nreal_server 10.0.0.2 80 {{\n{once}}}\n}}\n\
         bfd_instance b {{\nneighbor_ip 10.0.0.9\n}}\n"
    );
    assert!(logged(&load(&below)).contains("BFD_CHECK - BFD b not configured"));
}

#[test]
fn a_track_file_has_two_keywords_and_a_file() {
    let follows = |above: &str| {
        let loaded = file(
            &format!("{SAFE}{above}\n"),
            "",
            "FILE_CHECK {\ntrack_file f\n}",
        );
        checkers(&loaded).len()
    };
    assert_eq!(follows("track_file f {\nfile /tmp/f\n}"), 1);
    assert_eq!(follows("vrrp_track_file f {\nfile /tmp/f\n}"), 1);
    assert_eq!(follows("track_file f {\n}"), 0);
}

/// Values that the table of cases has not: body of the checker, the original's line.
#[test]
fn wrong_values() {
    let url = |more: &str| format!("HTTP_GET {{\nurl {{\npath /\n{more}\n}}\n}}");
    let digest = "digest 000102030405060708090a0b0c0d0e0f";
    let rows = [
        (
            url("digest 12"),
            "digest '12' character length should be 32 rather than 2",
        ),
        (
            url(&format!("{digest}\n{digest}")),
            "Digest '000102030405060708090a0b0c0d0e0f' is a duplicate",
        ),
        (
            url("regex a\nregex b"),
            "Duplicate regex specified - replacing a with b",
        ),
        (
            url("virtualhost a\nvirtualhost b"),
            "Duplicate url virtualhost - overwriting a with b",
        ),
        (
            url("status_code 300-200"),
            "Invalid HTTP_GET status code '300-200'",
        ),
        (
            "HTTP_GET {\n}".to_owned(),
            "HTTP/SSL_GET checker has no urls specified - ignoring",
        ),
        (
            "UDP_CHECK {\npayload\n}".to_owned(),
            "UDP_CHECK payload requires a payload",
        ),
        (
            "UDP_CHECK {\nmin_reply_length 256\n}".to_owned(),
            "UDP_CHECK min_reply length 256 > max_reply_length 255 - will always fail",
        ),
        (
            "DNS_CHECK {\nname .a\n}".to_owned(),
            "DNS_CHECK name '.a' has empty label - ignoring",
        ),
        (
            "DNS_CHECK {\nname aa\nname bb\n}".to_owned(),
            "DNS_CHECK name already specified - ignoring",
        ),
        (
            "SMTP_CHECK {\nhelo_name a\nhelo_name b\n}".to_owned(),
            "SMTP_CHECK helo name already specified",
        ),
        (
            "FILE_CHECK {\n}".to_owned(),
            "FILE_CHECK has no track_file specified - ignoring",
        ),
        (
            "FILE_CHECK {\nweight\n}".to_owned(),
            "track file weight missing",
        ),
        (
            "BFD_CHECK {\nname a b\n}".to_owned(),
            "([10.0.0.2]:tcp:80) BFD_CHECK - No or too many names specified - skipping checker",
        ),
        (
            "MISC_CHECK {\nuser\n}".to_owned(),
            "No user specified for misc checker script ",
        ),
    ];
    for (body, line) in rows {
        let loaded = with(&body);
        let log = logged(&loaded);
        assert!(log.contains(line), "{body}: {line} is not in\n{log}");
        assert_eq!(loaded.diagnostics.worst(), Some(Status::General), "{body}");
    }
}

#[test]
fn a_name_whose_first_label_is_one_letter_is_a_name() {
    // The original says that `a.example` has an empty label.
    let loaded = with("DNS_CHECK {\nname a.example\n}");
    accepted(&loaded);
    assert!(matches!(&checkers(&loaded)[0].kind, CheckerKind::Dns(dns) if dns.name == "a.example"));
}

#[test]
fn a_checker_is_small() {
    assert!(size_of::<Checker>() <= 192, "{}", size_of::<Checker>());
}
