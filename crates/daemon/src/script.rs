//! Scripts: who runs them, whether their path is safe, and how they are started.

pub(crate) mod exec;
mod security;
pub(crate) mod track;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use conf::Command;
use tokio::process::Child;

use crate::loader::Report;
use exec::Identity;
use security::Unsafe;

/// A script with its arguments, ready to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// As configured: a path, or a name that is searched in PATH.
    pub(crate) program: PathBuf,
    /// The configured arguments, and those that are appended.
    pub(crate) args: Vec<String>,
    /// As whom; `None` is the daemon's own user.
    pub(crate) identity: Option<Identity>,
    /// `enable_script_security`.
    pub(crate) security: bool,
}

/// Why a script was not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// There is no such program.
    #[error("there is no such program")]
    Missing,
    /// Others than root could change what it does.
    // keepalived: check_track_script_secure
    #[error("unsafe permissions, and script security is on: {0}")]
    Unsafe(#[from] Unsafe),
    /// Neither a binary, nor is there a `#!`.
    #[error("it is no binary, and its first line is no `#!` with an interpreter")]
    NoInterpreter,
    /// The system refuses.
    #[error("{0}")]
    Io(io::Error),
}

impl Invocation {
    /// A command of a configuration, with more arguments.
    pub(crate) fn new(
        report: &Report,
        command: &Command,
        more: impl IntoIterator<Item = String>,
    ) -> Self {
        let user = command
            .user
            .as_ref()
            .or(report.config.global.script_user.as_ref());
        let identity = user.map(|user| Identity {
            uid: user.uid,
            gid: user.gid,
            groups: report.groups.get(&user.name).cloned().unwrap_or_default(),
        });
        Self {
            program: command.program.clone(),
            args: command.args.iter().cloned().chain(more).collect(),
            identity,
            security: report.config.global.script_security,
        }
    }

    fn runs_as_root(&self) -> bool {
        match &self.identity {
            Some(identity) => identity.uid == 0,
            None => nix::unistd::geteuid().is_root(),
        }
    }

    /// Checks the path, as it is at this moment, and starts the program.
    pub(crate) fn start(&self) -> Result<Child, StartError> {
        let path = find(&self.program).ok_or(StartError::Missing)?;
        if self.security && self.runs_as_root() {
            security::check(&path, 0)?;
        }
        exec::spawn(&path, &self.program, &self.args, self.identity.as_ref()).map_err(|error| {
            match error.raw_os_error() {
                Some(libc::ENOENT) => StartError::Missing,
                Some(libc::ENOEXEC) => StartError::NoInterpreter,
                _ => StartError::Io(error),
            }
        })
    }
}

/// Where the program is.
fn find(program: &Path) -> Option<PathBuf> {
    if program.as_os_str().as_encoded_bytes().contains(&b'/') {
        return std::path::absolute(program).ok();
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// Says once what is wrong with a script, not each time it is due.
#[derive(Debug, Default)]
pub(crate) struct Complaints(BTreeSet<PathBuf>);

impl Complaints {
    /// Starts it; logs the first failure after a success.
    pub(crate) fn start(&mut self, invocation: &Invocation) -> Option<Child> {
        let program = &invocation.program;
        match invocation.start() {
            Ok(child) => {
                self.0.remove(program);
                Some(child)
            }
            Err(error) => {
                if self.0.insert(program.clone()) {
                    complain(program, &error);
                }
                None
            }
        }
    }
}

fn complain(program: &Path, error: &StartError) {
    let name = program.display();
    match error {
        StartError::Unsafe(component) => {
            tracing::warn!(
                "Unsafe permissions found for script '{name}' - disabling ({component})"
            );
        }
        StartError::Missing | StartError::NoInterpreter | StartError::Io(_) => {
            tracing::warn!("Script '{name}' cannot be run: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conf::User;

    fn report() -> Report {
        Report {
            groups: [("web".to_owned(), vec![33, 40])].into(),
            ..crate::testing::report(conf::Config::default())
        }
    }

    fn command(user: Option<User>) -> Command {
        Command {
            program: "/bin/x".into(),
            args: vec!["a".into()],
            user,
        }
    }

    #[test]
    fn named_user_then_script_user_then_our_own() {
        let mut report = report();
        let own = Invocation::new(&report, &command(None), None);
        assert_eq!(own.identity, None);
        report.config.global.script_user = Some(User {
            name: "s".into(),
            uid: 5,
            gid: 6,
        });
        let default = Invocation::new(&report, &command(None), None);
        assert_eq!(
            default.identity,
            Some(Identity {
                uid: 5,
                gid: 6,
                groups: vec![]
            })
        );
        let web = User {
            name: "web".into(),
            uid: 33,
            gid: 33,
        };
        let named = Invocation::new(&report, &command(Some(web)), ["b".to_owned()]);
        assert_eq!(
            named.identity,
            Some(Identity {
                uid: 33,
                gid: 33,
                groups: vec![33, 40]
            })
        );
        assert_eq!(named.args, ["a", "b"]);
    }

    #[test]
    fn bare_names_are_searched() {
        assert!(
            find(Path::new("sh")).is_some_and(|path| path.ends_with("sh") && path.is_absolute())
        );
        assert_eq!(find(Path::new("no-such-program-anywhere")), None);
        assert_eq!(find(Path::new("/no/such")), Some("/no/such".into()));
    }
}
