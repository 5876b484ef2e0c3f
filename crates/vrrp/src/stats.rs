//! Counters, and what has been reported already.

use crate::advert::DecodeError;
use crate::event::Counters;

impl Counters {
    /// Counts a refused packet under the original's name for it.
    pub(crate) fn reject(&mut self, error: DecodeError) {
        let counter = match error {
            DecodeError::Truncated { .. }
            | DecodeError::Length { .. }
            | DecodeError::IpVersion(_)
            | DecodeError::HeaderLength(_)
            | DecodeError::TotalLength { .. } => &mut self.packet_length_errors,
            DecodeError::HopLimit(_) => &mut self.ttl_errors,
            DecodeError::Version { .. } => &mut self.version_errors,
            DecodeError::UnknownAuthType(_) => &mut self.invalid_auth_type,
            DecodeError::Protocol(_) | DecodeError::AuthType { .. } => &mut self.auth_type_mismatch,
            DecodeError::Password => &mut self.auth_failure,
            DecodeError::Interval { .. } => &mut self.advert_interval_errors,
            DecodeError::Type(_) => &mut self.invalid_type,
            DecodeError::Checksum { .. } => &mut self.checksum_errors,
            DecodeError::Destination(_) | DecodeError::Source(_) | DecodeError::UnknownVrid(_) => {
                &mut self.addressing_errors
            }
        };
        *counter += 1;
    }
}

/// Something that is reported once, until the state changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Once {
    Rejected(DecodeError),
    AddressMismatch,
    IntervalMismatch,
    SameAddress,
    LowerDiscarded,
    DuplicateOwner,
}

impl Once {
    /// A bit for each, whatever values it carries.
    fn bit(self) -> u32 {
        let position = match self {
            Self::Rejected(error) => match error {
                DecodeError::Truncated { .. } => 0,
                DecodeError::Length { .. } => 1,
                DecodeError::IpVersion(_) => 2,
                DecodeError::HeaderLength(_) => 3,
                DecodeError::Protocol(_) => 4,
                DecodeError::HopLimit(_) => 5,
                DecodeError::Version { .. } => 6,
                DecodeError::UnknownAuthType(_) => 7,
                DecodeError::AuthType { .. } => 8,
                DecodeError::Password => 9,
                DecodeError::Interval { .. } => 10,
                DecodeError::Type(_) => 11,
                DecodeError::TotalLength { .. } => 12,
                DecodeError::Checksum { .. } => 13,
                DecodeError::Destination(_) => 14,
                DecodeError::Source(_) => 15,
                DecodeError::UnknownVrid(_) => 16,
            },
            Self::AddressMismatch => 17,
            Self::IntervalMismatch => 18,
            Self::SameAddress => 19,
            Self::LowerDiscarded => 20,
            Self::DuplicateOwner => 21,
        };
        1 << position
    }
}

/// What has been reported since the state last changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reported(u32);

impl Reported {
    /// Whether this is the first time.
    pub(crate) fn first(&mut self, what: Once) -> bool {
        let bit = what.bit();
        let first = self.0 & bit == 0;
        self.0 |= bit;
        first
    }

    /// The state has changed: everything is news again.
    pub(crate) fn clear(&mut self) {
        self.0 = 0;
    }
}
