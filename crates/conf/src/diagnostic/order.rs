//! The best first: what broke the structure of a file comes before what is wrong in it.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, Diagnostics, Severity};

/// Rank, whether it has no place, and where: the file's number, the line and the column.
type Order = (u8, bool, Option<(Option<usize>, u32, usize)>);

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
        let mut list = std::mem::take(&mut self.list);
        list.sort_by_cached_key(self.order());
        self.list = list;
    }

    /// What people are told, the best first.
    pub(super) fn sorted(&self) -> Vec<&Diagnostic> {
        let told = self.list.iter().filter(|found| !found.follows);
        let mut told: Vec<_> = told.collect();
        let key = self.order();
        told.sort_by_cached_key(|found| key(found));
        told
    }

    fn order(&self) -> impl Fn(&Diagnostic) -> Order + use<> {
        let names = self.remarks.files.iter().cloned();
        let files: BTreeMap<_, _> = names.enumerate().map(|(at, name)| (name, at)).collect();
        move |found| {
            let place = found.span.as_ref().map(|span| {
                let file = files.get(span.file_name()).copied();
                (file, span.line(), span.range().start)
            });
            // What has no place concerns everything, and comes last.
            (found.rank(), place.is_none(), place)
        }
    }
}
