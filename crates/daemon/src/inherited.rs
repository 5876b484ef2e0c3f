//! What a process is born with that is not what it needs: put right before anything else happens.

use std::ffi::CString;

use nix::sys::prctl;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::getppid;

/// Whoever starts a daemon may have blocked signals, which would stay so for ever, here and in every process
/// started from here; or may ignore SIGCHLD, and then nobody can wait for a child.
pub(crate) fn reset_signals() {
    // The only possible error is a wrong argument.
    let _ = SigSet::empty().thread_set_mask();
    hear_of_children();
}

#[allow(unsafe_code, reason = "nix cannot know that the action is a safe one")]
fn hear_of_children() {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default action runs no code of ours.
    let _ = unsafe { sigaction(Signal::SIGCHLD, &default) };
}

/// A role is executed as `/proc/self/exe`, and the kernel names it `exe`: `killall` and `pgrep` know it by the
/// supervisor's name, as they know the original's, which forks.
pub(crate) fn take_name_of_supervisor() {
    let comm = std::fs::read(format!("/proc/{}/comm", getppid())).unwrap_or_default();
    if let Ok(name) = CString::new(comm.trim_ascii_end()) {
        let name = if name.is_empty() {
            c"keepalived"
        } else {
            &name
        };
        let _ = prctl::set_name(name);
    }
}
