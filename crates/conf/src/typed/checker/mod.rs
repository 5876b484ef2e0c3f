//! Checkers: the blocks in a `real_server`.

use super::Builder;
use super::real_server::{CheckerContext, RealServerDraft};
use crate::config::Checker;
use crate::tree::Statement;

/// One checker, as far as it was read.
#[derive(Debug)]
pub(super) struct CheckerDraft {}

impl Builder<'_> {
    /// Reads a `*_CHECK` or `*_GET` block into `server.checkers`.
    pub(super) fn checker(&mut self, statement: &Statement, _server: &mut RealServerDraft) {
        self.deprecated_inside(statement);
    }

    /// What is left to the end of the file: what it inherits is known.
    pub(super) fn finish_checker(
        &mut self,
        _draft: CheckerDraft,
        _context: &CheckerContext<'_>,
    ) -> Option<Checker> {
        None
    }
}
