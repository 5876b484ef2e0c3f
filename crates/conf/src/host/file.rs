//! Files that the configuration names: where track files are, and keys.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::sys::statfs::statfs;
use nix::sys::statvfs::{FsFlags, statvfs};

/// Whether changes of files in a directory can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryFacts {
    /// They can.
    Watchable,
    /// There is no such directory.
    Missing,
    /// Its file system is read-only, or tells of no changes.
    Unwatchable,
}

/// A file with a key in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFile {
    /// It cannot be read.
    Missing,
    /// It has more than any key.
    TooLarge {
        /// Others than its owner may do something with it.
        open_to_others: bool,
    },
    /// It was read.
    Read {
        /// What is in it.
        bytes: Vec<u8>,
        /// Others than its owner may do something with it.
        open_to_others: bool,
    },
}

/// `hex:`, two digits for each of 64 bytes, and something at the end of the line.
const LARGEST_KEY_FILE: usize = 4 + 2 * 64 + 7;

pub(super) fn directory(path: &Path) -> DirectoryFacts {
    let Ok(path) = path.canonicalize() else {
        return DirectoryFacts::Missing;
    };
    let is_read_only = statvfs(&path).is_ok_and(|facts| facts.flags().contains(FsFlags::ST_RDONLY));
    let is_silent = statfs(&path).is_ok_and(|facts| tells_no_changes(facts.filesystem_type().0));
    if is_read_only || is_silent {
        DirectoryFacts::Unwatchable
    } else {
        DirectoryFacts::Watchable
    }
}

/// File systems without inotify events for changes from outside.
// keepalived: track_file_end_handler
#[allow(
    clippy::useless_conversion,
    reason = "a word of the kernel has 32 bits elsewhere"
)]
fn tells_no_changes(kind: nix::libc::__fsword_t) -> bool {
    const KINDS: [i64; 20] = [
        0xcafe_4a11, // bpf
        0x0027_e0eb, // cgroup
        0x6367_7270, // cgroup2
        0x6462_6720, // debugfs
        0x1cd1,      // devpts
        0xde5e_81e4, // efivarfs
        0x6573_5546, // fuse
        0x1980_0202, // mqueue
        0x6969,      // nfs
        0x5049_5045, // pipefs
        0x9fa0,      // proc
        0x7275,      // romfs
        0xf97c_ff8c, // selinux
        0x517b,      // smb
        0xfe53_4d42, // smb2
        0x534f_434b, // sockfs
        0x6265_6572, // sysfs
        0x012f_f7b6, // sysv2
        0x012f_f7b5, // sysv4
        0x7472_6163, // tracefs
    ];
    // Kinds have 32 bits; where words have no more, the upper ones are negative.
    KINDS.contains(&(i64::from(kind) & 0xffff_ffff))
}

pub(super) fn key_file(path: &Path) -> KeyFile {
    let Ok(mut file) = std::fs::File::open(path) else {
        return KeyFile::Missing;
    };
    let mode = file.metadata().map(|facts| facts.permissions().mode());
    let open_to_others = mode.is_ok_and(|mode| mode & 0o077 != 0);
    let mut bytes = Vec::new();
    let limit = u64::try_from(LARGEST_KEY_FILE + 1).unwrap_or(u64::MAX);
    match file.by_ref().take(limit).read_to_end(&mut bytes) {
        Err(_) => KeyFile::Missing,
        Ok(length) if length > LARGEST_KEY_FILE => KeyFile::TooLarge { open_to_others },
        Ok(_) => KeyFile::Read {
            bytes,
            open_to_others,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_tells_no_changes_and_what_is_not_there_is_missing() {
        assert_eq!(directory(Path::new("/proc")), DirectoryFacts::Unwatchable);
        assert_eq!(directory(Path::new("/no/such")), DirectoryFacts::Missing);
        assert_eq!(key_file(Path::new("/no/such")), KeyFile::Missing);
        let large = key_file(Path::new("/proc/self/maps"));
        assert!(matches!(large, KeyFile::TooLarge { .. }), "{large:?}");
    }
}
