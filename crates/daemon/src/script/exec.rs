//! Starting a script: the one place where code runs between `fork` and `exec`.

use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, Command};

/// As whom a script runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// User.
    pub(crate) uid: u32,
    /// Group.
    pub(crate) gid: u32,
    /// Supplementary groups; none unless `set_supplementary_groups` is configured.
    pub(crate) groups: Vec<u32>,
}

/// Variables that would change what a shell or the dynamic linker does on behalf of another user.
// keepalived: set_privileges (HEAD)
const REMOVED_VARIABLES: [&str; 3] = ["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"];

/// Starts `path` under the name it is configured by: in a process group of its own, without descriptors or
/// terminal, to be ended with the daemon.
pub(super) fn spawn(
    path: &Path,
    name: &Path,
    args: &[String],
    identity: Option<&Identity>,
) -> io::Result<Child> {
    let mut command = Command::new(path);
    command.arg0(name).args(args).process_group(0);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for variable in REMOVED_VARIABLES {
        command.env_remove(variable);
    }
    // Unless it is what we are already, which need not be root.
    let identity = identity.filter(|wanted| !is_ours(wanted)).cloned();
    become_other(&mut command, identity);
    command.spawn()
}

fn is_ours(identity: &Identity) -> bool {
    let (uid, gid) = (
        nix::unistd::geteuid().as_raw(),
        nix::unistd::getegid().as_raw(),
    );
    (identity.uid, identity.gid) == (uid, gid) && identity.groups.is_empty() && uid != 0
}

#[allow(
    unsafe_code,
    reason = "std cannot set supplementary groups or the parent death signal"
)]
fn become_other(command: &mut Command, identity: Option<Identity>) {
    let last_words = move || {
        if let Some(Identity { uid, gid, groups }) = &identity {
            // SAFETY: plain system calls; the list lives in the closure.
            check(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) })?;
            // SAFETY: as above. The user last: it takes away the right to do the others.
            check(unsafe { libc::setgid(*gid) })?;
            // SAFETY: as above.
            check(unsafe { libc::setuid(*uid) })?;
        }
        // After setuid, which clears it.
        // SAFETY: as above.
        check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) })?;
        // What we were started with may have left descriptors open. Failure: a kernel before 5.11.
        // SAFETY: as above; std reports a failed exec through a descriptor that this keeps open until then.
        unsafe {
            libc::syscall(
                libc::SYS_close_range,
                3u32,
                u32::MAX,
                libc::CLOSE_RANGE_CLOEXEC,
            );
        }
        Ok(())
    };
    // SAFETY: the closure makes system calls only: no allocation, no lock, between fork and exec.
    unsafe { command.pre_exec(last_words) };
}

fn check(result: libc::c_int) -> io::Result<()> {
    match result {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
