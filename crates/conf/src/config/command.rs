//! Scripts and who runs them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A script with its arguments and the user it runs as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The program: a path, or a bare name that is searched in PATH.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Named user; else `script_user`, else `keepalived_script`, else the daemon's own.
    pub user: Option<User>,
}

/// A user and group for scripts, by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Name as configured.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Group id: the named group's, else the user's own.
    pub gid: u32,
}
