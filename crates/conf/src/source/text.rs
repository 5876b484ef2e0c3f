//! Text that knows where each of its bytes comes from.

use std::ops::{Deref, Range};

use crate::diagnostic::{Place, Span};

/// A line, a part of one, or a word: bytes, and the places they came from.
///
/// Nearly all text stands in a file as it is, and is no more than the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    /// As the file has it.
    Written(Span),
    /// Put together.
    Made(Box<Made>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Made {
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
    /// As the file has it.
    Written(Span),
    /// Put in the place of something else.
    Replaced(Place),
}

impl Default for Text {
    fn default() -> Self {
        Self::Made(Box::default())
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

impl Text {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Written(span) => span.bytes(),
            Self::Made(made) => &made.bytes,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Written(span) => span.len(),
            Self::Made(made) => made.bytes.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of a file behind what there is.
    pub(crate) fn push_written(&mut self, span: &Span) {
        if self.is_empty() {
            *self = Self::Written(span.clone());
        } else if span.len() > 0 {
            let (bytes, origin) = (span.bytes(), Origin::Written(span.clone()));
            self.made().push(bytes, origin);
        }
    }

    /// Bytes that stand for what is at `place`.
    pub(crate) fn push_replaced(&mut self, bytes: &[u8], place: &Place) {
        if !bytes.is_empty() {
            self.made().push(bytes, Origin::Replaced(place.clone()));
        }
    }

    /// The same as a text that can grow.
    fn made(&mut self) -> &mut Made {
        if let Self::Written(span) = self {
            let mut made = Made::default();
            if span.len() > 0 {
                made.push(span.bytes(), Origin::Written(span.clone()));
            }
            *self = Self::Made(Box::new(made));
        }
        match self {
            Self::Made(made) => made,
            Self::Written(_) => unreachable!("it was replaced above"),
        }
    }

    /// A part of another text, origins and all.
    pub(crate) fn push_part(&mut self, other: &Self, range: Range<usize>) {
        match other {
            Self::Written(span) => self.push_written(&span.part(range)),
            Self::Made(made) => made.for_each_piece(range, |bytes, origin| match origin {
                Origin::Written(span) => self.push_written(&span),
                Origin::Replaced(place) => self.push_replaced(bytes, &place),
            }),
        }
    }

    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        match self {
            Self::Written(span) => Self::Written(span.part(range)),
            Self::Made(_) => {
                let mut text = Self::default();
                text.push_part(self, range);
                text
            }
        }
    }

    /// The text without the blanks around it.
    pub(crate) fn trimmed(self) -> Self {
        let bytes = self.bytes();
        let is_visible = |byte: &u8| !is_blank(*byte);
        let start = bytes.iter().position(is_visible).unwrap_or(bytes.len());
        let last = bytes.iter().rposition(is_visible);
        let end = last.map_or(start, |last| last + 1);
        if start == 0 && end == bytes.len() {
            self
        } else {
            self.part(start..end)
        }
    }

    /// Where a range of it was written; a place even for an empty range.
    pub(crate) fn place(&self, range: Range<usize>) -> Place {
        let start = range.start.min(self.len());
        let end = range.end.min(self.len()).max(start + 1);
        match self {
            Self::Written(span) => span.part(start..end).into(),
            Self::Made(made) => made.place(start..end),
        }
    }
}

impl Made {
    fn push(&mut self, bytes: &[u8], origin: Origin) {
        self.pieces.push(Piece {
            at: self.bytes.len(),
            origin,
        });
        self.bytes.extend_from_slice(bytes);
    }

    /// The pieces of a range, cut to it.
    fn for_each_piece(&self, range: Range<usize>, mut each: impl FnMut(&[u8], Origin)) {
        let mut at = range.start;
        let mut index = self.piece_index(at);
        while at < range.end {
            let next = self.pieces.get(index + 1);
            let end = next.map_or(self.bytes.len(), |next| next.at).min(range.end);
            let piece = &self.pieces[index];
            let origin = match &piece.origin {
                Origin::Written(span) => Origin::Written(span.part(at - piece.at..end - piece.at)),
                Origin::Replaced(place) => Origin::Replaced(place.clone()),
            };
            each(&self.bytes[at..end], origin);
            at = end;
            index += 1;
        }
    }

    /// Where a range with at least one byte was written; that byte may be the one after the end.
    fn place(&self, range: Range<usize>) -> Place {
        let Some(most) = self.bytes.len().checked_sub(1) else {
            return Span::nowhere().into();
        };
        let last = range.end - 1;
        let first = self.piece_place(range.start.min(most), range.start);
        if last <= range.start {
            return first;
        }
        let end = self.piece_place(last.min(most), last);
        Place {
            span: first.span.to(&end.span),
            definition: first.definition.or(end.definition),
        }
    }

    /// The place of the one byte at `at`, which is in the piece of byte `inside`.
    fn piece_place(&self, inside: usize, at: usize) -> Place {
        let piece = &self.pieces[self.piece_index(inside)];
        match &piece.origin {
            Origin::Written(span) => span.part(at - piece.at..at - piece.at + 1).into(),
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
