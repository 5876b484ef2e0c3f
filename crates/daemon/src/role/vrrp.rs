//! The VRRP role.

use std::process::ExitCode;

/// Runs until the supervisor says stop.
pub(crate) fn run() -> ExitCode {
    ExitCode::from(70)
}
