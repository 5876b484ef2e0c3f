//! Files of dumps, and what a dump asks of the machine.

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use conf::config::global::Global;
use conf::data::Machine;
use conf::{Config, Host as _, SystemHost, UserFacts};
use nix::unistd::{Gid, Uid, User, getgrouplist};

use crate::log::ctime;

/// Names that are tried for a new file before giving up.
const TRIES: usize = 16;

/// The machine we run on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System {
    script_user: UserFacts,
    supplementary_groups: bool,
    keeps_symlinks: bool,
    umask: u32,
}

impl System {
    pub(crate) fn new(config: &Config, umask: u32) -> Self {
        let global = &config.global;
        let user = global.script_user.as_ref().map(|user| UserFacts {
            uid: user.uid,
            gid: user.gid,
        });
        Self {
            script_user: user.unwrap_or_else(|| SystemHost.ourselves()),
            supplementary_groups: global.supplementary_groups,
            keeps_symlinks: global.use_symlink_paths,
            umask,
        }
    }
}

impl Machine for System {
    fn script_user(&self) -> UserFacts {
        self.script_user
    }

    // keepalived: find_path
    fn found(&self, name: &Path) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        let files = std::env::split_paths(&path).map(|directory| directory.join(name));
        files.into_iter().find(|file| file.is_file())
    }

    fn executed(&self, program: &Path) -> Option<PathBuf> {
        match self.keeps_symlinks {
            true => None,
            false => std::fs::canonicalize(program).ok(),
        }
    }

    fn groups(&self, user: UserFacts) -> Vec<u32> {
        if !self.supplementary_groups {
            return Vec::new();
        }
        let found = User::from_uid(Uid::from_raw(user.uid)).ok().flatten();
        let name = found.and_then(|found| CString::new(found.name).ok());
        let groups = name.and_then(|name| getgrouplist(&name, Gid::from_raw(user.gid)).ok());
        groups.into_iter().flatten().map(Gid::as_raw).collect()
    }

    fn umask(&self) -> u32 {
        self.umask
    }

    fn local_time(&self, seconds: u64) -> String {
        ctime(seconds)
    }
}

/// `process` is nothing, `_parent`, `_check` or `_bfd`.
// keepalived: open_dump_file
pub(crate) fn dump_path(global: &Global, process: &str) -> PathBuf {
    let temporary = std::env::var_os("TMPDIR").map(PathBuf::from);
    let temporary = temporary.filter(|path| path.is_absolute() && path.is_dir());
    dump_path_in(&temporary.unwrap_or_else(|| "/tmp".into()), global, process)
}

fn dump_path_in(temporary: &Path, global: &Global, process: &str) -> PathBuf {
    let wanted = global
        .files
        .state_dump
        .as_deref()
        .map(Path::to_string_lossy);
    let wanted = wanted.unwrap_or_default();
    let (directory, name) = wanted.rsplit_once('/').unwrap_or(("", &wanted));
    let directory = match wanted.starts_with('/') {
        true if directory.is_empty() => Path::new("/"),
        true => Path::new(directory),
        false => temporary,
    };
    let name = if name.is_empty() {
        "keepalived.data"
    } else {
        name
    };
    let (base, extension) = name.rfind('.').map_or((name, ""), |dot| name.split_at(dot));
    let whose = [&global.net_namespace, &global.instance];
    let whose = whose
        .into_iter()
        .flatten()
        .filter(|_| global.files.dumps_name_instance);
    let whose: Vec<_> = whose.map(String::as_str).collect();
    let whose = match whose.is_empty() {
        true => String::new(),
        false => format!(".{}", whose.join("_")),
    };
    directory.join(format!("{base}{process}{whose}{extension}"))
}

/// Writes a file that nobody sees half of, and that is new: whoever has an older one open does not see it, and a
/// link that somebody has put there is replaced, not followed.
// keepalived: fopen_safe
pub(crate) fn write_dump(path: &Path, text: &str) -> io::Result<()> {
    let (temporary, mut file) = create_beside(path)?;
    let result = file
        .write_all(text.as_bytes())
        .and_then(|()| std::fs::rename(&temporary, path));
    drop(file);
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
        return result;
    }
    // Who waits for the end of writing waits for it under this name.
    let mut options = OpenOptions::new();
    options
        .write(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options.open(path).map(drop)
}

/// The mode is what the umask leaves.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(0o666)
        .custom_flags(libc::O_NOFOLLOW);
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..TRIES {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{:016x}", RandomState::new().hash_one(number)));
        match options.open(&name) {
            Ok(file) => return Ok((name.into(), file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;
    use crate::testing::TempDir;

    fn path(state_dump: Option<&str>, process: &str) -> String {
        let mut global = Global::default();
        global.files.state_dump = state_dump.map(PathBuf::from);
        named(&global, process)
    }

    fn named(global: &Global, process: &str) -> String {
        let path = dump_path_in(Path::new("/tmp"), global, process);
        path.to_string_lossy().into_owned()
    }

    #[test]
    fn names_of_dumps_are_the_originals() {
        assert_eq!(path(None, ""), "/tmp/keepalived.data");
        assert_eq!(path(None, "_parent"), "/tmp/keepalived_parent.data");
        assert_eq!(path(Some("/run/"), "_check"), "/run/keepalived_check.data");
        assert_eq!(path(Some("/run/ka.txt"), "_bfd"), "/run/ka_bfd.txt");
        assert_eq!(path(Some("/ka"), "_bfd"), "/ka_bfd");
        assert_eq!(path(Some("ka.txt"), ""), "/tmp/ka.txt");
    }

    #[test]
    fn names_of_dumps_can_say_whose_they_are() {
        let mut global = Global {
            net_namespace: Some("red".into()),
            instance: Some("one".into()),
            ..Global::default()
        };
        assert_eq!(named(&global, ""), "/tmp/keepalived.data");
        global.files.dumps_name_instance = true;
        assert_eq!(
            named(&global, "_parent"),
            "/tmp/keepalived_parent.red_one.data"
        );
        global.net_namespace = None;
        assert_eq!(named(&global, ""), "/tmp/keepalived.one.data");
    }

    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let directory = TempDir::new();
        let (victim, dump) = (
            directory.path().join("victim"),
            directory.path().join("dump"),
        );
        std::fs::write(&victim, "mine").unwrap();
        symlink(&victim, &dump).unwrap();
        write_dump(&dump, "data").unwrap();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(std::fs::read_to_string(&dump).unwrap(), "data");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn an_older_dump_stays_what_it_is_for_whoever_has_it_open() {
        let directory = TempDir::new();
        let dump = directory.path().join("dump");
        write_dump(&dump, "old").unwrap();
        let (old, older) = (
            File::open(&dump).unwrap(),
            std::fs::metadata(&dump).unwrap(),
        );
        write_dump(&dump, "new").unwrap();
        assert_eq!(io::read_to_string(old).unwrap(), "old");
        let newer = std::fs::metadata(&dump).unwrap();
        assert_ne!(older.ino(), newer.ino());
        assert_eq!(newer.permissions().mode() & 0o111, 0);
    }

    #[test]
    fn a_dump_that_cannot_be_written_leaves_nothing_behind() {
        let directory = TempDir::new();
        let dump = directory.path().join("dump");
        std::fs::create_dir(&dump).unwrap();
        assert!(write_dump(&dump, "data").is_err());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
