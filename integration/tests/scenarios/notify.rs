//! Notify calls and the wording of the log through the life of an instance.

use std::collections::BTreeMap;

use anyhow::Result;
use integration::{NotifyLog, wait_until};

use crate::config::{Instance, file};
use crate::site::{LIMIT, Site};

comparisons!(calls, state_lines);

/// The calls of each script in their order.
fn calls(site: &mut Site) -> Result<BTreeMap<String, Vec<String>>> {
    let notify = NotifyLog::new(site.host(1))?;
    live(site, &notify)?;
    wait_until(LIMIT, "the last call", || {
        notify
            .lines()
            .iter()
            .filter(|line| line.contains("stop-"))
            .count()
            >= 3
    })?;
    let mut calls: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in notify.lines() {
        let key = line.split(' ').next().unwrap_or_default().to_owned();
        calls.entry(key).or_default().push(line);
    }
    Ok(calls)
}

/// The log lines about instances and groups, in the order of each instance.
fn state_lines(site: &mut Site) -> Result<BTreeMap<String, Vec<String>>> {
    let notify = NotifyLog::new(site.host(1))?;
    live(site, &notify)?;
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let subjects = ["(VI_1)", "(VI_2)", "VRRP_Group(G1)"];
    for line in site.log(1).lines() {
        let subject = subjects
            .into_iter()
            .find(|subject| line.text.contains(subject));
        if let Some(subject) = subject.filter(|_| is_about_states(&line.text)) {
            lines.entry(subject.to_owned()).or_default().push(line.text);
        }
    }
    for text in [
        "Sending gratuitous ARP on eth0 for 10.10.0.100",
        "Netlink reports eth0",
    ] {
        let found = site.log(1).lines().into_iter().map(|line| line.text);
        let mut found: Vec<String> = found.filter(|line| line.contains(text)).collect();
        // The original says it once per packet, ours once per burst.
        found.dedup();
        lines.insert(text.to_owned(), found);
    }
    Ok(lines)
}

/// Not the reason of a fault, which ours tells at any time and the original at its start only.
fn is_about_states(line: &str) -> bool {
    !line.contains("entering FAULT state (")
}

/// BACKUP, MASTER, FAULT, BACKUP, MASTER, stop; `VI_2` with a group of its own beside `VI_1`.
fn live(site: &mut Site, notify: &NotifyLog) -> Result<()> {
    site.start(1, &config(notify))?;
    site.wait_with(1, "10.10.0.100")?;
    site.wait_with(1, "10.10.0.101")?;
    site.wait_adverts(1, 51, 2)?;
    site.lab.unplug(site.host(1))?;
    for instance in ["VI_1", "VI_2"] {
        site.wait_log(1, &format!("({instance}) Entering FAULT STATE"))?;
    }
    site.wait_without(1, "10.10.0.101")?;
    site.lab.plug(site.host(1))?;
    site.wait_with(1, "10.10.0.100")?;
    site.wait_with(1, "10.10.0.101")?;
    site.wait_adverts(1, 51, 2)?;
    site.stop(1)?;
    Ok(())
}

fn config(notify: &NotifyLog) -> String {
    let script = notify.script().display().to_string();
    let scripts = |name: &str| {
        let kinds = ["", "_master", "_backup", "_fault", "_stop"];
        let line = |kind: &&str| {
            let label = if kind.is_empty() {
                "any"
            } else {
                kind.trim_start_matches('_')
            };
            format!(" notify{kind} \"{script} {label}-{name} some 'more words'\"\n")
        };
        kinds.iter().map(line).collect::<String>()
    };
    let group = format!(
        "vrrp_sync_group G1 {{\n group {{\n VI_2\n }}\n{}}}",
        scripts("G1")
    );
    let one = Instance::new("VI_1", 51, 150)
        .vip("10.10.0.100/24")
        .line(scripts("VI_1"));
    let two = Instance::new("VI_2", 52, 150)
        .vip("10.10.0.101/24")
        .line(scripts("VI_2"));
    file(&[&group], &[one, two])
}
