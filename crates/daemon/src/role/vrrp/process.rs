//! What the process asks of the kernel before it begins: priority, memory, processors, its end.

use std::ffi::CString;
use std::io;

use conf::Global;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Pid, getppid};
use tracing::warn;

use super::scheduler;

/// Asks for SIGTERM when the supervisor dies. False: it is dead already.
pub(super) fn die_with_parent(parent: Pid) -> bool {
    if let Err(error) = prctl::set_pdeathsig(Signal::SIGTERM) {
        warn!("cannot ask for a signal at the supervisor's death: {error}");
    }
    // It may have died before the request.
    getppid() == parent
}

/// The supervisor, as seen at the very start.
pub(super) fn parent() -> Pid {
    getppid()
}

/// Every interface and family has a socket: as many as may be had. A role starts no other program.
pub(super) fn raise_file_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    said("limit of open files", raised.map_err(Into::into));
}

/// Applies what the configuration says. What the kernel refuses is said and done without.
pub(super) fn set_up(global: &Global, mask: u32) {
    umask(Mode::from_bits_truncate(mask));
    let process = &global.vrrp_process;
    if let Some(name) = &process.name {
        said("process name", set_name(name));
    }
    if process.nice != 0 {
        said(
            "vrrp_priority",
            scheduler::set_nice(i32::from(process.nice)),
        );
    }
    if !process.cpu_affinity.is_empty() {
        said("vrrp_cpu_affinity", set_affinity(&process.cpu_affinity));
    }
    if process.no_swap {
        // Pages are locked as they are touched: without this the stack's and heap's whole reserve would be.
        let flags = MlockAllFlags::MCL_CURRENT
            | MlockAllFlags::MCL_FUTURE
            | MlockAllFlags::from_bits_retain(nix::libc::MCL_ONFAULT);
        said("vrrp_no_swap", mlockall(flags).map_err(Into::into));
    }
    if let Some(priority) = process.rt_priority {
        said("vrrp_rt_priority", scheduler::set_round_robin(priority));
    }
}

fn said(what: &str, result: io::Result<()>) {
    if let Err(error) = result {
        warn!("{what}: {error}");
    }
}

fn set_name(name: &str) -> io::Result<()> {
    Ok(prctl::set_name(&CString::new(name)?)?)
}

fn set_affinity(processors: &[u16]) -> io::Result<()> {
    let mut set = CpuSet::new();
    for &processor in processors {
        set.set(usize::from(processor))?;
    }
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}
