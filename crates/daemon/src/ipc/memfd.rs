//! Values of any size in memory files: the configuration, and messages too long for a packet.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt as _;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An empty memory file that can still be written and sealed.
pub(crate) fn create(name: &str) -> io::Result<OwnedFd> {
    Ok(memfd_create(
        name,
        MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING,
    )?)
}

/// Puts a value into an empty memory file.
pub(crate) fn put<T: Serialize>(fd: impl AsFd, value: &T) -> io::Result<()> {
    let bytes = postcard::to_stdvec(value).map_err(io::Error::other)?;
    File::from(fd.as_fd().try_clone_to_owned()?).write_all(&bytes)
}

/// Makes a memory file unchangeable for everybody, this process included.
pub(crate) fn seal(fd: impl AsFd) -> io::Result<()> {
    let seals = SealFlag::F_SEAL_SEAL
        | SealFlag::F_SEAL_SHRINK
        | SealFlag::F_SEAL_GROW
        | SealFlag::F_SEAL_WRITE;
    fcntl(fd, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(())
}

/// A sealed memory file with a value in it.
pub(crate) fn write<T: Serialize>(name: &str, value: &T) -> io::Result<OwnedFd> {
    let fd = create(name)?;
    put(&fd, value)?;
    seal(&fd)?;
    Ok(fd)
}

/// The value in a memory file, wherever its offset stands.
pub(crate) fn read<T: DeserializeOwned>(fd: impl AsFd) -> io::Result<T> {
    let file = File::from(fd.as_fd().try_clone_to_owned()?);
    let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    if length == 0 {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the memory file is empty",
        ));
    }
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0)?;
    postcard::from_bytes(&bytes).map_err(|error| {
        let text = format!("{length} bytes are not what was expected: {error}");
        io::Error::new(io::ErrorKind::InvalidData, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_comes_back_and_again() {
        let config = conf::Config {
            not_built: vec!["virtual_server".into()],
            ..Default::default()
        };
        let fd = write("test", &config).unwrap();
        assert_eq!(read::<conf::Config>(&fd).unwrap(), config);
        assert_eq!(read::<conf::Config>(&fd).unwrap(), config);
    }

    #[test]
    fn sealed_is_unchangeable() {
        let fd = write("test", &1u32).unwrap();
        let error = put(&fd, &2u32).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn empty_and_foreign_contents_are_errors() {
        let fd = create("test").unwrap();
        assert_eq!(
            read::<u32>(&fd).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
        put(&fd, &3u8).unwrap();
        assert_eq!(
            read::<conf::Config>(&fd).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
