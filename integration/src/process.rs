//! Processes by id: who is alive, whose child is whose.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

/// Whether a process runs; one that is dead and not yet collected does not.
pub(crate) fn alive(pid: i32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

/// The children of a process, and theirs, nearest first.
pub(crate) fn descendants(pid: i32) -> Vec<i32> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for process in all() {
        if let Some((_, parent)) = stat(process) {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut found = children.get(&pid).cloned().unwrap_or_default();
    let mut next = 0;
    while let Some(&process) = found.get(next) {
        found.extend(children.get(&process).into_iter().flatten());
        next += 1;
    }
    found
}

/// Kills a process and all below it so that none of them can react to another's death.
///
/// The parent is stopped first, so that it restarts nobody; it dies last, so that no child gets a
/// parent-death signal.
pub(crate) fn kill_tree(pid: i32) {
    let _ = send(pid, Signal::SIGSTOP);
    for child in descendants(pid) {
        let _ = send(child, Signal::SIGKILL);
    }
    let _ = send(pid, Signal::SIGKILL);
}

/// Kills what runs in a named network namespace.
pub(crate) fn kill_namespace(name: &str) {
    use std::os::unix::fs::MetadataExt;
    let Ok(wanted) = fs::metadata(format!("/run/netns/{name}")) else {
        return;
    };
    for process in all() {
        let inside = fs::metadata(format!("/proc/{process}/ns/net"))
            .is_ok_and(|found| found.ino() == wanted.ino() && found.dev() == wanted.dev());
        if inside && process != own() {
            let _ = send(process, Signal::SIGKILL);
        }
    }
}

/// Makes this process the parent of its descendants' orphans, so that it can collect them.
///
/// The dead that nobody collects keep their ids, and the original takes its old id for a running
/// daemon; the first process of a container often collects nobody.
pub(crate) fn adopt_orphans() -> Result<(), Errno> {
    nix::sys::prctl::set_child_subreaper(true)
}

/// Collects a dead process if it is ours now; whether its id is free.
pub(crate) fn collect(pid: i32) -> bool {
    let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
    !Path::new(&format!("/proc/{pid}")).exists()
}

pub(crate) fn send(pid: i32, signal: Signal) -> Result<(), Errno> {
    kill(Pid::from_raw(pid), signal)
}

pub(crate) fn own() -> i32 {
    nix::unistd::getpid().as_raw()
}

fn all() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// State letter and parent, from `/proc/PID/stat`: the name in brackets may hold anything.
fn stat(pid: i32) -> Option<(char, i32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut rest = text.rsplit_once(") ")?.1.split(' ');
    Some((rest.next()?.chars().next()?, rest.next()?.parse().ok()?))
}
