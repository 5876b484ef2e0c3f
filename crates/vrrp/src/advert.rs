//! Adverts on the wire.

use std::fmt;

/// Why a packet is not an advert for us: what was found, and what was needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// Shorter than its headers say, or than any advert is.
    Truncated {
        /// Bytes needed.
        need: usize,
        /// Bytes there.
        have: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { need, have } => write!(f, "advert needs {need} bytes, has {have}"),
        }
    }
}

impl std::error::Error for DecodeError {}
