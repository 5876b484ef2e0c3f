//! The program as a process: `-t`, pid files, a second start, stopping, a role that dies.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use integration::{Signal, wait_until};

use crate::config::{Instance, file, only, vi_1};
use crate::site::{LIMIT, Site, VIP};

comparisons!(config_test, second_start);
programs!(
    diagnostics,
    stop_is_quick,
    interrupt_stops,
    pid_files,
    role_is_restarted
);

/// Broken files, and what they are called here; none of those that 2.4 and 2.2.7 see differently, such as an address
/// that is there twice.
fn broken_files() -> Vec<(&'static str, String)> {
    let good = only(vi_1(100));
    vec![
        ("good", good.clone()),
        (
            "missing brace",
            good.trim_end().trim_end_matches('}').to_owned(),
        ),
        ("extra brace", format!("{good}}}\n")),
        ("unknown word", good.replace("priority 100", "priorty 100")),
        ("unknown block", format!("{good}\nvrrp_instanze X {{\n}}\n")),
        (
            "priority out of range",
            good.replace("priority 100", "priority 300"),
        ),
        (
            "vrid out of range",
            good.replace("virtual_router_id 51", "virtual_router_id 256"),
        ),
        ("no vrid", good.replace("virtual_router_id 51", "")),
        (
            "word without its value",
            good.replace("virtual_router_id 51", "virtual_router_id"),
        ),
        ("no number", good.replace("priority 100", "priority high")),
        (
            "missing include",
            format!("include /nonexistent/file.conf\n{good}"),
        ),
        (
            "no such interface",
            good.replace("interface eth0", "interface eth77"),
        ),
        (
            "bad address",
            good.replace("10.10.0.100/24", "10.10.0.300/24"),
        ),
        (
            "interval of zero",
            good.replace("advert_int 0.2", "advert_int 0"),
        ),
        ("empty", String::new()),
        (
            "binary",
            "\u{1}\u{2}\u{3}\u{7f}\u{fffd}garbage {\n\u{4}".to_owned(),
        ),
        (
            "duplicate vrid",
            format!("{good}{}", only(Instance::new("VI_2", 51, 90))),
        ),
        (
            "script without security",
            notify("/usr/bin/true").replace(" enable_script_security\n", ""),
        ),
        ("script with security", notify("/usr/bin/true")),
        ("missing script", notify("/nonexistent/script")),
        ("long password", only(vi_1(100).pass("longerthaneight"))),
        (
            "authentication with version 3",
            only(vi_1(100).pass("short").version(3)),
        ),
        ("no address", good.replace("  10.10.0.100/24\n", "")),
        ("priority 0", only(vi_1(0))),
        (
            "master with nopreempt",
            only(vi_1(100).master().line("nopreempt")),
        ),
        (
            "group of strangers",
            file(
                &["vrrp_sync_group G {\n group {\n VI_9\n }\n}"],
                &[vi_1(100)],
            ),
        ),
        (
            "unknown script",
            only(vi_1(100).line("track_script {\n nobody\n }")),
        ),
        ("no interface", good.replace("interface eth0", "")),
        (
            "fraction of a second in version 2",
            only(vi_1(100).version(2).every("0.5")),
        ),
        (
            "mixed families",
            only(vi_1(100).vip("10.10.0.100/24").vip("fd00:10::100/64")),
        ),
        (
            "comments",
            good.replace("priority 100", "priority 100 # best\n ! another\n"),
        ),
    ]
}

fn notify(script: &str) -> String {
    only(vi_1(100).line(format!("notify {script}")))
}

/// The exit status of `-t` for each file.
fn config_test(site: &mut Site) -> Result<Vec<(&'static str, Option<i32>)>> {
    let mut found = Vec::new();
    for (what, text) in broken_files() {
        let path = site.host(1).folder().join("test.conf");
        fs::write(&path, text)?;
        let path = path.to_string_lossy().into_owned();
        let run = site.program(1).run(site.host(1), &["-t", "-f", &path])?;
        found.push((what, run.status.code()));
    }
    let run = site
        .program(1)
        .run(site.host(1), &["-t", "-f", "/nonexistent.conf"])?;
    found.push(("no file", run.status.code()));
    let run = site.program(1).run(site.host(1), &["--no-such-option"])?;
    found.push(("unknown option", run.status.code()));
    Ok(found)
}

/// A file with a mistake in line 11: the message says where. Ours shows the line, too.
fn diagnostics(site: &mut Site) -> Result<()> {
    let path = site.host(1).folder().join("test.conf");
    let text = only(vi_1(100)).replace("priority 100", "priorty 100");
    fs::write(&path, &text)?;
    let line = text
        .lines()
        .position(|line| line.contains("priorty"))
        .context("no such line")?
        + 1;
    let path = path.to_string_lossy().into_owned();
    let run = site.program(1).run(site.host(1), &["-t", "-f", &path])?;
    let output = run.lines.join("\n");
    ensure!(
        output.contains("priorty"),
        "the word is not named: {output}"
    );
    ensure!(
        output.contains(&format!("{line}")),
        "the line is not named: {output}"
    );
    if site.is_ours(1) {
        let place = format!("test.conf:{line}:");
        ensure!(output.contains(&place), "no {place:?} in: {output}");
        ensure!(output.contains("priority"), "no near word in: {output}");
        ensure!(output.contains('^'), "no caret in: {output}");
    }
    Ok(())
}

/// The second start with the same pid files says so and ends; the first goes on.
fn second_start(site: &mut Site) -> Result<Option<i32>> {
    site.start(1, &only(vi_1(100)))?;
    site.wait_with(1, VIP)?;
    let folder = site.host(1).folder().to_owned();
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let files = [
        "keepalived.conf",
        "keepalived.pid",
        "vrrp.pid",
        "checkers.pid",
    ]
    .map(file);
    let [config, parent, vrrp, checkers] = &files;
    let arguments = [
        "-n", "-l", "-f", config, "-p", parent, "-r", vrrp, "-c", checkers,
    ];
    let run = site.program(1).run(site.host(1), &arguments)?;
    let output = run.lines.join("\n");
    ensure!(
        output.contains("daemon is already running"),
        "it says: {output}"
    );
    site.wait_adverts(1, 51, 2)?;
    ensure!(site.has(1, VIP), "the first one has lost its address");
    ensure!(site.daemon(1).pid_file("keepalived.pid") == Some(site.daemon(1).pid()));
    Ok(run.status.code())
}

/// SIGTERM: gone, addresses released, nothing left. (The original waits a second for its scripts.)
fn stop_is_quick(site: &mut Site) -> Result<()> {
    site.start(
        1,
        &only(vi_1(100).vip("10.10.0.100/24").vip("10.10.0.101/24")),
    )?;
    site.wait_with(1, "10.10.0.101")?;
    site.wait_adverts(1, 51, 2)?;
    let ended = site.stop(1)?;
    ensure!(ended.status.success(), "{}", ended.status);
    ensure!(
        !site.has(1, "10.10.0.100") && !site.has(1, "10.10.0.101"),
        "addresses are left"
    );
    let limit = Duration::from_millis(if site.is_ours(1) { 800 } else { 4000 });
    ensure!(ended.took < limit, "it took {:?}", ended.took);
    Ok(())
}

fn interrupt_stops(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(100)))?;
    site.wait_with(1, VIP)?;
    let ended = site.daemon(1).stop(Signal::SIGINT)?;
    ensure!(ended.status.success() && !site.has(1, VIP), "{ended:?}");
    Ok(())
}

/// The pid files hold the parent's and the role's number, and go at the end.
fn pid_files(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(100)))?;
    site.wait_with(1, VIP)?;
    let daemon = site.daemon(1);
    ensure!(
        daemon.pid_file("keepalived.pid") == Some(daemon.pid()),
        "keepalived.pid"
    );
    let role = daemon.pid_file("vrrp.pid").context("no vrrp.pid")?;
    ensure!(
        daemon.children().contains(&role),
        "{role} of vrrp.pid is no child"
    );
    let folder = daemon.folder().to_owned();
    let text = fs::read_to_string(folder.join("keepalived.pid"))?;
    ensure!(
        text == format!("{}\n", daemon.pid()),
        "keepalived.pid holds {text:?}"
    );
    site.stop(1)?;
    for name in ["keepalived.pid", "vrrp.pid"] {
        ensure!(!folder.join(name).exists(), "{name} is left");
    }
    Ok(())
}

/// kill -9 of the vrrp process alone: it is started again and the address is there.
fn role_is_restarted(site: &mut Site) -> Result<()> {
    site.start(1, &only(vi_1(100)))?;
    site.wait_with(1, VIP)?;
    site.wait_adverts(1, 51, 2)?;
    let role = site.daemon(1).pid_file("vrrp.pid").context("no vrrp.pid")?;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(role), Signal::SIGKILL)?;
    site.wait_log(1, "Respawning")?;
    wait_until(LIMIT, "another process", || {
        site.daemon(1)
            .pid_file("vrrp.pid")
            .is_some_and(|pid| pid != role)
    })?;
    site.wait_adverts(1, 51, 3)?;
    site.wait_with(1, VIP)?;
    ensure!(site.daemon_runs(1), "the parent has ended");
    Ok(())
}
