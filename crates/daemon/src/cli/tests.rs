use std::path::Path;

use super::*;

type IsSet = fn(&Cli) -> bool;
type ValueOf = fn(&Cli) -> Option<&Path>;

fn read(line: &str) -> Cli {
    Cli::read(line.split_whitespace().map(OsString::from)).unwrap()
}

fn error(line: &str) -> String {
    Cli::read(line.split_whitespace().map(OsString::from)).unwrap_err()
}

#[test]
fn nothing_is_the_default() {
    let cli = read("");
    assert_eq!(cli.file, Path::new("/etc/keepalived/keepalived.conf"));
    assert_eq!(cli.facility(), Ok(Facility::DAEMON));
    assert_eq!(cli.umask(), Ok(None));
    assert_eq!(cli.not_built(), None);
}

#[test]
fn every_flag_has_both_names() {
    let flags: [(&str, &str, IsSet); 22] = [
        ("-P", "--vrrp", |c| c.vrrp),
        ("-C", "--check", |c| c.check),
        ("-B", "--no_bfd", |c| c.no_bfd),
        ("-l", "--log-console", |c| c.log_console),
        ("-D", "--log-detail", |c| c.detail == 1),
        ("-G", "--no-syslog", |c| c.no_syslog),
        ("-e", "--all-config", |c| c.all_config),
        ("-X", "--release-vips", |c| c.release_vips),
        ("-V", "--dont-release-vrrp", |c| c.keep_vips),
        ("-I", "--dont-release-ipvs", |c| c.keep_ipvs),
        ("-R", "--dont-respawn", |c| c.dont_respawn),
        ("-n", "--dont-fork", |c| c.dont_fork),
        ("-d", "--dump-conf", |c| c.dump_conf),
        ("-T", "--genhash", |c| c.genhash),
        ("-a", "--address-monitoring", |c| c.log_addresses),
        ("-x", "--snmp", |c| c.snmp),
        ("-m", "--core-dump", Cli::core_dump),
        ("-L", "--mem-check-log", |c| c.mem_check_log),
        ("-O", "--openssl-mem-check", |c| c.openssl_mem_check),
        ("-v", "--version", |c| c.version),
        ("-h", "--help", |c| c.help),
        ("-t", "--config-test", |c| {
            c.config_test.as_deref() == Some("".as_ref())
        }),
    ];
    for (short, long, is_set) in flags {
        assert!(is_set(&read(short)), "{short}");
        assert!(is_set(&read(long)), "{long}");
        assert!(!is_set(&read("")), "{short} is off by default");
    }
}

#[test]
fn long_only_flags() {
    assert!(read("--all").all);
    assert!(read("--flush-log-file").flush_log_file);
    assert!(read("--ignore-sigint").ignore_sigint);
    assert!(read("--no-mem-check").no_mem_check);
    assert!(read("--debug").debug() && read("--debug=Kc").debug());
    assert!(read("--perf").perf.is_some() && read("--perf=end").perf.is_some());
    assert_eq!(read("--config-fd 5").config_fd, Some("5".into()));
}

#[test]
fn values_attached_or_not() {
    let options: [(&str, &str, ValueOf); 6] = [
        ("-f", "--use-file", |c| Some(&c.file)),
        ("-p", "--pid", |c| c.pid_file.as_deref()),
        ("-r", "--vrrp_pid", |c| c.vrrp_pid_file.as_deref()),
        ("-c", "--checkers_pid", |c| c.checkers_pid_file.as_deref()),
        ("-b", "--bfd_pid", |c| c.bfd_pid_file.as_deref()),
        ("-A", "--snmp-agent-socket", |c| {
            c.snmp_agent_socket.as_deref().map(Path::new)
        }),
    ];
    for (short, long, value) in options {
        for line in [
            format!("{short} /x"),
            format!("{short}/x"),
            format!("-n{short} /x").replace("-n-", "-n"),
            format!("{long} /x"),
            format!("{long}=/x"),
        ] {
            assert_eq!(value(&read(&line)), Some(Path::new("/x")), "{line}");
        }
    }
    assert_eq!(read("-s blue").namespace.as_deref(), Some("blue"));
    assert_eq!(read("--namespace=blue").namespace.as_deref(), Some("blue"));
    assert_eq!(read("-i one").config_id.as_deref(), Some("one"));
    assert_eq!(read("--config-id one").config_id.as_deref(), Some("one"));
    assert_eq!(read("--signum=JSON").signum.as_deref(), Some("JSON"));
    assert_eq!(read("--signum JSON").signum.as_deref(), Some("JSON"));
    assert_eq!(read("-p -x").pid_file.as_deref(), Some(Path::new("-x")));
}

#[test]
fn optional_values_are_only_attached_ones() {
    let file = |cli: Cli| cli.config_test;
    assert_eq!(file(read("-t/x")), Some("/x".into()));
    assert_eq!(file(read("-lt/x")), Some("/x".into()));
    assert_eq!(file(read("--config-test=/x")), Some("/x".into()));
    let both = read("-l -t -f /x");
    assert_eq!(
        (both.config_test, both.file),
        (Some("".into()), "/x".into())
    );
    assert_eq!(read("-g").log_file, Some("/tmp/keepalived.log".into()));
    assert_eq!(read("-g/x").log_file, Some("/x".into()));
    assert_eq!(read("--log-file=/x").log_file, Some("/x".into()));
    assert_eq!(read("-M").core_pattern, Some("core".into()));
    assert_eq!(read("-M/x/%p").core_pattern, Some("/x/%p".into()));
    assert!(read("-M").core_dump());
}

#[test]
fn clusters_counts_repetitions_and_abbreviations() {
    let cli = read("-lnDDP -f /a -f /b");
    assert!(cli.log_console && cli.dont_fork && cli.vrrp);
    assert_eq!((cli.detail, cli.file), (2, "/b".into()));
    assert!(read("-G -G").no_syslog);
    assert!(read("--vers").version);
    assert!(read("--dont-fo").dont_fork);
}

#[test]
fn the_originals_sentences() {
    assert_eq!(error("-z"), "Unknown option -z");
    assert_eq!(error("-nz"), "Unknown option -z");
    assert_eq!(error("--zork"), "Unknown option --zork");
    assert_eq!(error("--zork=5"), "Unknown option --zork");
    assert_eq!(error("-p"), "Missing parameter for option -p");
    assert_eq!(error("-n -f"), "Missing parameter for option -f");
    assert_eq!(error("--pid"), "Missing parameter for option --pid");
    assert_eq!(error("extra"), "Unexpected argument(s): extra");
    assert_eq!(error("-t extra"), "Unexpected argument(s): extra");
}

#[test]
fn facilities() {
    assert_eq!(read("-S 3").facility(), Ok(Facility::local(3).unwrap()));
    assert_eq!(
        read("-S local7").facility(),
        Ok(Facility::local(7).unwrap())
    );
    assert_eq!(read("-S user").facility(), Ok(Facility::USER));
    assert_eq!(
        read("--log-facility=daemon").facility(),
        Ok(Facility::DAEMON)
    );
    assert_eq!(
        read("-S 8").facility(),
        Err("Invalid log facility '8'".into())
    );
    assert_eq!(
        read("-S kern").facility(),
        Err("Invalid log facility 'kern'".into())
    );
}

#[test]
fn umasks() {
    assert_eq!(read("-u 0177").umask(), Ok(Some(0o177)));
    assert_eq!(read("-u 18").umask(), Ok(Some(0o022)));
    assert_eq!(read("--umask=0x1f").umask(), Ok(Some(0o037)));
    assert_eq!(read("-u 0").umask(), Ok(Some(0)));
    assert_eq!(
        read("-u zz").umask(),
        Err("Invalid --umask option zz".into())
    );
    assert_eq!(
        read("-u 01000").umask(),
        Err("Invalid --umask option 01000".into())
    );
}

#[test]
fn what_is_not_built_is_refused() {
    for line in ["-x", "-T", "-C", "--perf", "--config-fd=3"] {
        assert!(read(line).not_built().is_some(), "{line}");
    }
    for line in [
        "-C -P",
        "-B",
        "-I",
        "-c /x",
        "-b /x",
        "-A /x",
        "-d",
        "--debug",
        "--no-mem-check",
    ] {
        assert_eq!(read(line).not_built(), None, "{line}");
    }
}

#[test]
fn signal_numbers() {
    let numbers = ["STOP", "RELOAD", "DATA", "STATS", "STATS_CLEAR", "JSON"].map(signum);
    assert_eq!(
        numbers,
        [Some(15), Some(1), Some(10), Some(12), Some(63), Some(36)]
    );
    assert_eq!(signum("TDUMP"), None);
    assert_eq!(signum("stop"), None);
}

#[test]
fn version_is_what_exporters_parse() {
    let text = version_text();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("Keepalived v2.4.3 ("));
    assert!(lines.next().is_some());
    assert!(text.contains("keepalived-rs 0.1.0"));
    assert!(!text.contains("--enable-json"), "there is no JSON dump yet");
}
