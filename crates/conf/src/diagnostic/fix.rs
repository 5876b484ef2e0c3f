//! Edits that make a line right.

use super::{Diagnostic, Place, Span};

/// Bytes of a file, and what is to stand in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What by.
    pub replacement: String,
}

impl Diagnostic {
    /// Says what has to stand at a place; more than one belong together. What came out of a definition is left as it
    /// is: the definition may be used elsewhere, where it is right.
    pub(crate) fn fix(mut self, place: &Place, replacement: impl Into<String>) -> Self {
        if place.definition.is_none() {
            self.fix.push(Edit {
                span: place.span.clone(),
                replacement: replacement.into(),
            });
        }
        self
    }

    pub(crate) fn maybe_fix(self, place: &Place, replacement: Option<impl Into<String>>) -> Self {
        match replacement {
            Some(replacement) => self.fix(place, replacement),
            None => self,
        }
    }
}
