//! Pid files: one number and a newline, locked as long as the process runs.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};

/// A pid file that is ours. It is removed when dropped.
#[derive(Debug)]
pub(crate) struct PidFile {
    path: PathBuf,
    file: File,
}

/// Why a pid file could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PidFileError {
    /// Another process holds the lock: the daemon runs.
    #[error("daemon is already running")]
    Locked,
    /// The file cannot be written.
    #[error("pid file {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl PidFile {
    /// Locks the file. What an earlier daemon left in it does not matter: only the lock does.
    // keepalived: pidfile_write; OFD locks as there, so that each sees the other.
    pub(crate) fn lock(path: &Path) -> Result<Self, PidFileError> {
        loop {
            let file = Self::lock_once(path)?;
            // The daemon before may have removed it between our opening and its unlocking: then we have locked
            // a file that nobody else will ever find.
            if file.is_in_place() {
                return Ok(file);
            }
        }
    }

    fn lock_once(path: &Path) -> Result<Self, PidFileError> {
        let failed = |source| PidFileError::Io {
            path: path.to_owned(),
            source,
        };
        let file = open(path).map_err(failed)?;
        let whole = libc::flock {
            l_type: i16::try_from(libc::F_WRLCK).unwrap_or_default(),
            l_whence: i16::try_from(libc::SEEK_SET).unwrap_or_default(),
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        match fcntl(&file, FcntlArg::F_OFD_SETLK(&whole)) {
            Ok(_) => Ok(Self {
                path: path.to_owned(),
                file,
            }),
            Err(Errno::EAGAIN | Errno::EACCES) => Err(PidFileError::Locked),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// Whether the path still names the file that we have.
    fn is_in_place(&self) -> bool {
        let ours = self.file.metadata();
        let theirs = std::fs::symlink_metadata(&self.path);
        matches!((ours, theirs), (Ok(ours), Ok(theirs))
            if ours.dev() == theirs.dev() && ours.ino() == theirs.ino())
    }

    /// Writes the number, in place of the one before.
    pub(crate) fn write(&mut self, pid: u32) -> Result<(), PidFileError> {
        let write = || {
            self.file.set_len(0)?;
            io::Seek::rewind(&mut self.file)?;
            self.file.write_all(format!("{pid}\n").as_bytes())
        };
        let written: io::Result<()> = { write }();
        written.map_err(|source| PidFileError::Io {
            path: self.path.clone(),
            source,
        })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if self.is_in_place() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let directory = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty());
    if let Some(directory) = directory
        && !directory.exists()
    {
        std::fs::create_dir_all(directory)?;
        std::fs::set_permissions(directory, Permissions::from_mode(0o755))?;
    }
    let mut options = OpenOptions::new();
    options
        .create(true)
        .write(true)
        .truncate(false)
        // A pipe is opened at once, too.
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    // Whatever the umask is: monitoring reads it as another user.
    file.set_permissions(Permissions::from_mode(0o644))?;
    Ok(file)
}

/// Where the pid files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PidPaths {
    /// The supervisor's.
    pub(crate) parent: PathBuf,
    /// The VRRP role's.
    pub(crate) vrrp: PathBuf,
}

impl PidPaths {
    /// The options' files, else the default ones in `/run` or, with `use_pid_dir`, in `/run/keepalived`.
    pub(crate) fn new(
        parent: Option<&Path>,
        vrrp: Option<&Path>,
        use_pid_dir: bool,
        namespace: Option<&str>,
    ) -> Self {
        let own_directory = use_pid_dir || namespace.is_some();
        let suffix = namespace.map(|name| format!("_{name}")).unwrap_or_default();
        let default = |plain: &str, inside: &str| match own_directory {
            true => PathBuf::from(format!("/run/keepalived/{inside}{suffix}.pid")),
            false => PathBuf::from(format!("/run/{plain}.pid")),
        };
        let or = |option: Option<&Path>, default| option.map_or(default, Path::to_owned);
        Self {
            parent: or(parent, default("keepalived", "keepalived")),
            vrrp: or(vrrp, default("keepalived_vrrp", "vrrp")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn one_number_and_a_newline_for_everybody_to_read() {
        let dir = TempDir::new();
        let path = dir.path().join("sub/keepalived.pid");
        let mut file = PidFile::lock(&path).unwrap();
        file.write(123_456).unwrap();
        file.write(7).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "7\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644);
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let dir = TempDir::new();
        let path = dir.path().join("pipe");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert!(matches!(PidFile::lock(&path), Err(PidFileError::Io { .. })));
        assert!(matches!(
            PidFile::lock(dir.path()),
            Err(PidFileError::Io { .. })
        ));
        assert!(path.exists());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o400);
    }

    #[test]
    fn a_file_that_somebody_else_has_put_there_is_left_alone() {
        let dir = TempDir::new();
        let path = dir.path().join("keepalived.pid");
        let first = PidFile::lock(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let _second = PidFile::lock(&path).unwrap();
        drop(first);
        assert!(path.exists());
    }

    #[test]
    fn the_second_is_told_and_a_stale_file_is_no_obstacle() {
        let dir = TempDir::new();
        let path = dir.path().join("keepalived.pid");
        std::fs::write(&path, "1\nstale").unwrap();
        let mut first = PidFile::lock(&path).unwrap();
        first.write(42).unwrap();
        assert!(matches!(PidFile::lock(&path), Err(PidFileError::Locked)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "42\n");
        drop(first);
        PidFile::lock(&path).unwrap();
    }

    #[test]
    fn a_link_is_not_followed() {
        let dir = TempDir::new();
        let (target, link) = (
            dir.path().join("precious"),
            dir.path().join("keepalived.pid"),
        );
        std::fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(PidFile::lock(&link), Err(PidFileError::Io { .. })));
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    }

    #[test]
    fn default_places() {
        let plain = PidPaths::new(None, None, false, None);
        assert_eq!(plain.parent, Path::new("/run/keepalived.pid"));
        assert_eq!(plain.vrrp, Path::new("/run/keepalived_vrrp.pid"));
        let own = PidPaths::new(None, Some(Path::new("/x")), true, None);
        assert_eq!(own.parent, Path::new("/run/keepalived/keepalived.pid"));
        assert_eq!(own.vrrp, Path::new("/x"));
        let blue = PidPaths::new(None, None, false, Some("blue"));
        assert_eq!(blue.vrrp, Path::new("/run/keepalived/vrrp_blue.pid"));
    }
}
