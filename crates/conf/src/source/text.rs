//! Text that knows where each of its bytes comes from.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Place, SourceLine, Span};

/// A logical line: bytes, and the places they came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

/// Bytes from `at` up to the next piece.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    at: usize,
    origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// As the file has it, from byte `start` of the line.
    Written { line: Arc<SourceLine>, start: usize },
    /// Put in the place of something else.
    Replaced(Place),
}

impl Text {
    /// A range of a line of a file.
    #[cfg(test)]
    pub(crate) fn written(line: &Arc<SourceLine>, range: Range<usize>) -> Self {
        let mut text = Self::default();
        text.push_written(line, range);
        text
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn push_written(&mut self, line: &Arc<SourceLine>, range: Range<usize>) {
        let origin = Origin::Written {
            line: Arc::clone(line),
            start: range.start,
        };
        self.push(&line.text[range], origin);
    }

    /// Bytes that stand for what is at `place`.
    pub(crate) fn push_replaced(&mut self, bytes: &[u8], place: &Place) {
        self.push(bytes, Origin::Replaced(place.clone()));
    }

    fn push(&mut self, bytes: &[u8], origin: Origin) {
        if !bytes.is_empty() {
            self.pieces.push(Piece {
                at: self.bytes.len(),
                origin,
            });
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// A part of another text, origins and all.
    pub(crate) fn push_part(&mut self, other: &Self, range: Range<usize>) {
        let mut at = range.start;
        let mut index = other.piece_index(at);
        while at < range.end {
            let end = other
                .pieces
                .get(index + 1)
                .map_or(other.len(), |next| next.at)
                .min(range.end);
            let piece = &other.pieces[index];
            let origin = match &piece.origin {
                Origin::Written { line, start } => Origin::Written {
                    line: Arc::clone(line),
                    start: start + (at - piece.at),
                },
                Origin::Replaced(place) => Origin::Replaced(place.clone()),
            };
            self.push(&other.bytes[at..end], origin);
            at = end;
            index += 1;
        }
    }

    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let mut text = Self::default();
        text.push_part(self, range);
        text
    }

    /// The text without the blanks around it.
    pub(crate) fn trimmed(&self) -> Self {
        let start = self
            .bytes
            .iter()
            .position(|b| !is_blank(*b))
            .unwrap_or(self.len());
        let end = self
            .bytes
            .iter()
            .rposition(|b| !is_blank(*b))
            .map_or(start, |last| last + 1);
        if start == 0 && end == self.len() {
            self.clone()
        } else {
            self.part(start..end)
        }
    }

    /// Where a range of it was written; a place even for an empty range.
    pub(crate) fn place(&self, range: Range<usize>) -> Place {
        if self.pieces.is_empty() {
            let nowhere = SourceLine {
                file: Arc::from(""),
                number: 0,
                text: Vec::new(),
            };
            return Span::new(Arc::new(nowhere), 0, 0).into();
        }
        let start = range.start.min(self.len());
        let last = range.end.min(self.len()).max(start + 1) - 1;
        let first = self.piece_place(start.min(self.len() - 1), start);
        if last <= start {
            return first;
        }
        let end = self.piece_place(last.min(self.len() - 1), last);
        let definition = first.definition.or(end.definition);
        Place {
            span: first.span.to(&end.span),
            definition,
        }
    }

    /// The place of the one byte at `at`, which is in the piece of byte `inside`.
    fn piece_place(&self, inside: usize, at: usize) -> Place {
        let piece = &self.pieces[self.piece_index(inside)];
        match &piece.origin {
            Origin::Written { line, start } => {
                let from = start + (at - piece.at);
                Span::new(Arc::clone(line), from, from + 1).into()
            }
            Origin::Replaced(place) => place.clone(),
        }
    }

    /// The piece that byte `at` is in.
    fn piece_index(&self, at: usize) -> usize {
        self.pieces
            .partition_point(|piece| piece.at <= at)
            .saturating_sub(1)
    }
}

pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\x0b' | b'\x0c')
}
