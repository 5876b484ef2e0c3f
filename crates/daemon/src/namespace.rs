//! `-s NAME`: life in a network namespace of `ip netns`.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use nix::sched::{CloneFlags, setns};

const DIRECTORY: &str = "/var/run/netns";

/// Why it cannot be entered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NamespaceError {
    /// The name is a path, or nothing.
    #[error("'{0}' is not the name of a network namespace")]
    Name(String),
    /// The system refuses.
    #[error("network namespace '{name}': {source}")]
    Enter {
        /// Which.
        name: String,
        /// Why.
        source: io::Error,
    },
}

/// Moves this thread, and what it starts from here on.
pub(crate) fn enter(name: &str) -> Result<(), NamespaceError> {
    if name.is_empty() || name == ".." || name == "." || name.contains('/') {
        return Err(NamespaceError::Name(name.to_owned()));
    }
    let path = PathBuf::from(DIRECTORY).join(name);
    let enter = || Ok(setns(File::open(path)?, CloneFlags::CLONE_NEWNET)?);
    enter().map_err(|source| NamespaceError::Enter {
        name: name.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_paths() {
        for name in ["", ".", "..", "../1/ns/net", "/proc/1/ns/net"] {
            assert!(
                matches!(enter(name), Err(NamespaceError::Name(_))),
                "{name}"
            );
        }
    }

    #[test]
    fn one_that_is_not_there() {
        let error = enter("no-such-namespace").unwrap_err().to_string();
        assert!(
            error.starts_with("network namespace 'no-such-namespace': "),
            "{error}"
        );
    }
}
