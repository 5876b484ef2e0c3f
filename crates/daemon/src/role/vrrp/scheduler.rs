//! Scheduling class and nice value: two system calls that the crates have no safe name for.
#![allow(
    unsafe_code,
    reason = "nix has neither sched_setscheduler nor setpriority"
)]

use std::io;

use nix::libc;

/// Makes the calling thread real-time, round robin, with this priority (1..=99). Its children are not.
pub(super) fn set_round_robin(priority: u8) -> io::Result<()> {
    let parameters = libc::sched_param {
        sched_priority: i32::from(priority),
    };
    let policy = libc::SCHED_RR | libc::SCHED_RESET_ON_FORK;
    // SAFETY: the pointer is to a live value of the type the call reads; 0 is the calling thread.
    check(unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) })
}

/// Sets the calling thread's nice value (-20..=19).
pub(super) fn set_nice(value: i32) -> io::Result<()> {
    // SAFETY: takes numbers only; 0 is the calling thread.
    check(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, value) })
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
