//! The best first: what broke the structure of a file comes before what is wrong in it.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, Diagnostics, Severity};

impl Code {
    /// Whether what follows in the file may have been read wrongly because of it.
    pub fn is_of_structure(self) -> bool {
        matches!(
            self,
            Self::UnexpectedBrace
                | Self::ExtraBrace
                | Self::MissingBrace
                | Self::UnclosedBlock
                | Self::UnmatchedQuote
                | Self::TooLarge
        )
    }
}

impl Diagnostic {
    pub(crate) fn breaks_structure(&self) -> bool {
        self.severity == Severity::Error && self.code.is_of_structure()
    }

    fn rank(&self) -> u8 {
        match self.severity {
            Severity::Error if self.breaks_structure() => 0,
            Severity::Error => 1,
            Severity::Warning => 2,
            Severity::Note => 3,
        }
    }
}

impl Diagnostics {
    /// Sorts: errors of structure, errors, warnings, notes; each in the order of files and lines.
    pub(crate) fn best_first(&mut self) {
        let names = self.remarks.files.iter();
        let files: BTreeMap<_, _> = names.enumerate().map(|(at, name)| (name, at)).collect();
        self.list.sort_by_cached_key(|found| {
            let place = found.span.as_ref().map(|span| {
                let file = files.get(span.file_name()).copied();
                (file, span.line(), span.range().start)
            });
            // What has no place concerns everything, and comes last.
            (found.rank(), place.is_none(), place)
        });
    }
}
