//! Files that are written and read besides the configuration.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Directories and dumps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// `config_save_dir`: gets copies of configuration and state at each reload; no slash at its end.
    pub save_directory: Option<PathBuf>,
    /// `tmp_config_directory`: where the original keeps the text that its processes read.
    pub copy_directory: Option<PathBuf>,
    /// `data_use_instance`: names of dumps contain the instance and the network namespace.
    pub dumps_name_instance: bool,
    /// `json_version`: the shape of the JSON dump, 1 or 2, default 1.
    pub json_version: u8,
    /// `iproute_usr_dir`: the vendor's names of routing tables, protocols and scopes.
    pub iproute_vendor: PathBuf,
    /// `iproute_etc_dir`: the local ones, which come first.
    pub iproute_local: PathBuf,
    /// `state_dump_file`: a file, or with a slash at its end a directory; else `keepalived.data` in the temporary directory.
    pub state_dump: Option<PathBuf>,
    /// `stats_dump_file`; the original reads it and does nothing with it.
    pub stats_dump: Option<PathBuf>,
    /// `json_dump_file`; the original reads it and does nothing with it.
    pub json_dump: Option<PathBuf>,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            save_directory: None,
            copy_directory: None,
            dumps_name_instance: false,
            json_version: 1,
            iproute_vendor: "/usr/share/iproute2".into(),
            iproute_local: "/etc/iproute2".into(),
            state_dump: None,
            stats_dump: None,
            json_dump: None,
        }
    }
}

/// Reloads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reload {
    /// `reload_check_config`: a reload wants status 0 of `-t`; the file gets what it says. A bare keyword means `/dev/null`.
    pub check_log: Option<PathBuf>,
    /// `reload_time_file`: says when to reload.
    pub time_file: Option<PathBuf>,
    /// `reload_repeat`: that file is kept afterwards.
    pub repeat: bool,
    /// `reload_file`: exists while a reload goes on. A bare keyword means one beside the pid files.
    pub marker: Option<PathBuf>,
}

/// `reload_file` without a path.
// keepalived: init_global_data
pub(crate) fn default_marker(instance: Option<&str>, pid_directory: bool) -> PathBuf {
    match (instance, pid_directory) {
        (Some(name), _) => format!("/run/keepalived/keepalived_{name}.reload").into(),
        (None, true) => "/run/keepalived/keepalived.reload".into(),
        (None, false) => "/run/keepalived.reload".into(),
    }
}
