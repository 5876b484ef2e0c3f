//! What a configuration means, beyond whether it can be read.

pub mod cluster;
mod election;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};

/// The row of a lint.
#[derive(Debug, PartialEq, Eq)]
pub struct Lint {
    /// The stable name.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in a line.
    pub title: &'static str,
    /// Why it is worth a word.
    pub why: &'static str,
    /// What to do about it.
    pub what_to_do: &'static str,
}
