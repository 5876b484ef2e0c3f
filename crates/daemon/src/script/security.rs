//! Whether others than root can change what a script does.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The component of a path that is not root's alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsafe {
    component: PathBuf,
    uid: u32,
    gid: u32,
    mode: u32,
}

impl std::error::Error for Unsafe {}

impl fmt::Display for Unsafe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            component,
            uid,
            gid,
            mode,
        } = self;
        let component = component.display();
        write!(
            f,
            "{component} belongs to user {uid}, group {gid}, mode {mode:04o}"
        )
    }
}

/// Walks the path as it is written and as it resolves: every component must belong to root or `trusted`, and
/// be writable by nobody else. What cannot be looked at is for `exec` to refuse.
// keepalived: check_security
pub(super) fn check(path: &Path, trusted: u32) -> Result<(), Unsafe> {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    for path in [path, &resolved] {
        let mut components: Vec<_> = path.ancestors().collect();
        components.reverse();
        for component in components {
            check_component(component, trusted)?;
        }
    }
    Ok(())
}

fn check_component(component: &Path, trusted: u32) -> Result<(), Unsafe> {
    let Ok(facts) = facts(component) else {
        return Ok(());
    };
    let owned = facts.uid() == 0 || facts.uid() == trusted;
    // Nobody can replace another's entry in a sticky directory; a link's own mode means nothing.
    let is_sticky = facts.is_dir() && facts.mode() & 0o1000 != 0;
    let mode_counts = !(facts.is_symlink() || is_sticky);
    let by_group = facts.mode() & 0o020 != 0 && facts.gid() != 0;
    let by_others = facts.mode() & 0o002 != 0;
    if owned && !(mode_counts && (by_group || by_others)) {
        return Ok(());
    }
    Err(Unsafe {
        component: component.to_owned(),
        uid: facts.uid(),
        gid: facts.gid(),
        mode: facts.mode() & 0o7777,
    })
}

fn facts(component: &Path) -> io::Result<std::fs::Metadata> {
    component.symlink_metadata()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::testing::TempDir;

    fn us() -> u32 {
        nix::unistd::geteuid().as_raw()
    }

    fn tree() -> (TempDir, PathBuf) {
        let dir = TempDir::new();
        let sub = dir.path().join("scripts");
        fs::create_dir(&sub).unwrap();
        let script = sub.join("check.sh");
        fs::write(&script, "#!/bin/sh\n").unwrap();
        mode(dir.path(), 0o755);
        mode(&sub, 0o755);
        mode(&script, 0o755);
        (dir, script)
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn ours_alone_is_safe() {
        let (_dir, script) = tree();
        assert_eq!(check(&script, us()), Ok(()));
    }

    #[test]
    fn a_script_that_all_may_write() {
        let (_dir, script) = tree();
        mode(&script, 0o757);
        let found = check(&script, us()).unwrap_err();
        assert_eq!((&found.component, found.mode), (&script, 0o757));
        assert!(found.to_string().contains("mode 0757"), "{found}");
    }

    #[test]
    fn a_directory_that_all_may_write_is_safe_only_if_sticky() {
        let (_dir, script) = tree();
        let directory = script.parent().unwrap();
        mode(directory, 0o777);
        assert_eq!(check(&script, us()).unwrap_err().component, directory);
        mode(directory, 0o1777);
        assert_eq!(check(&script, us()), Ok(()));
    }

    #[test]
    fn the_target_of_a_link_counts_too() {
        let (dir, script) = tree();
        let link = dir.path().join("link");
        symlink(&script, &link).unwrap();
        assert_eq!(check(&link, us()), Ok(()));
        mode(&script, 0o757);
        assert_eq!(
            check(&link, us()).unwrap_err().component,
            script.canonicalize().unwrap()
        );
    }

    #[test]
    fn another_users_directory_is_unsafe() {
        if us() != 0 {
            return;
        }
        let (dir, script) = tree();
        nix::unistd::chown(dir.path(), Some(nix::unistd::Uid::from_raw(1234)), None).unwrap();
        let found = check(&script, 0).unwrap_err();
        assert_eq!((found.component.as_path(), found.uid), (dir.path(), 1234));
    }
}
