//! The data dump: `-d` and USR1.
//!
//! ```text
//!  USR1 ─► supervisor ─► ToRole::Snapshot ─► role: what it knows ─► FromRole::Snapshot ─► supervisor
//!              │                                                                             │
//!              └─► keepalived_parent.data, _check.data, _bfd.data          keepalived.data ◄─┘
//! ```
//!
//! The role only tells; words and files are made on a thread of the supervisor that nobody waits for.

use std::path::PathBuf;
use std::sync::Arc;

use conf::data::{self, Part, VrrpState, When};
use tracing::{info, warn};

use super::Supervisor;
use crate::data::{System, dump_path, write_dump};
use crate::ipc::ToRole;
use crate::loader::Report;
use crate::log;

/// `-d`: the supervisor's part, and those of the roles that do not exist yet. VRRP logs its own.
pub(super) fn log_at_start(report: &Report, umask: u32) {
    let config = &report.config;
    let machine = System::new(config, umask);
    log::lines(&data::global(config, Part::Parent, &machine));
    log::lines(&data::checkers(config, &machine));
    log::lines(&data::bfd(config));
}

impl Supervisor {
    /// USR1.
    pub(super) fn dump_data(&mut self) {
        let pid = std::process::id();
        info!("Printing parent data for process({pid}) on signal");
        if let Some(role) = &mut self.role {
            role.tell(&ToRole::Snapshot { number: 1 });
        }
        let report = Arc::clone(&self.current);
        let umask = self.settings.role_options.umask;
        in_background(move || {
            let config = &report.config;
            let machine = System::new(config, umask);
            write(
                &report,
                "_parent",
                &data::global(config, Part::Parent, &machine),
            );
            if !config.virtual_servers.is_empty() {
                let text = data::global(config, Part::Checkers, &machine);
                write(
                    &report,
                    "_check",
                    &(text + &data::checkers(config, &machine)),
                );
            }
            if !config.bfds.is_empty() {
                let text = data::global(config, Part::Bfd, &machine);
                write(&report, "_bfd", &(text + &data::bfd(config)));
            }
        });
    }

    /// The role has told what it knows.
    pub(super) fn dump_vrrp(&self, generation: u32, state: Box<VrrpState>) {
        let Some(report) = self.generations.of(generation).map(Arc::clone) else {
            return;
        };
        let umask = self.settings.role_options.umask;
        in_background(move || {
            let config = &report.config;
            let machine = System::new(config, umask);
            let text = data::global(config, Part::Vrrp, &machine);
            let text = text + &data::vrrp(config, &state, When::Running, &machine);
            write(&report, "", &text);
        });
    }
}

/// A file system may hang, and the names of users may have to be asked for.
fn in_background(work: impl FnOnce() + Send + 'static) {
    drop(tokio::task::spawn_blocking(work));
}

fn write(report: &Report, process: &str, text: &str) {
    let path: PathBuf = dump_path(&report.config.global, process);
    if let Err(error) = write_dump(&path, text) {
        warn!("Can't open dump file {}: {error}", path.display());
    }
}
