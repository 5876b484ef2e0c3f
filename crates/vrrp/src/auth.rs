//! Authentication of version 2 adverts (RFC 2338 §5.3.6). It keeps mistakes out, not attackers.

use crate::advert::DecodeError;
use crate::config::Authentication;

/// Length of the authentication data, which every v2 advert over IPv4 carries.
pub(crate) const DATA_LEN: usize = 8;

const NONE: u8 = 0;
const PASS: u8 = 1;
const AH: u8 = 2;

/// What goes into the authentication type field.
pub(crate) fn wire_type(authentication: &Authentication) -> u8 {
    match authentication {
        Authentication::None => NONE,
        Authentication::Pass(_) => PASS,
    }
}

/// What goes into the authentication data.
pub(crate) fn wire_data(authentication: &Authentication) -> [u8; DATA_LEN] {
    match authentication {
        Authentication::None => [0; DATA_LEN],
        Authentication::Pass(password) => *password,
    }
}

/// What an advert carries, whoever it is meant for.
pub(crate) fn read(found: u8, data: Option<[u8; DATA_LEN]>) -> Result<Authentication, DecodeError> {
    match (found, data) {
        (NONE, _) => Ok(Authentication::None),
        (PASS, Some(data)) => Ok(Authentication::Pass(data)),
        (found, _) => Err(DecodeError::UnknownAuthType(found)),
    }
}

/// Whether an advert carries what the instance needs.
pub(crate) fn check(
    need: &Authentication,
    found: u8,
    data: Option<[u8; DATA_LEN]>,
) -> Result<(), DecodeError> {
    if found != wire_type(need) {
        return Err(match found {
            NONE | PASS | AH => DecodeError::AuthType {
                found,
                need: wire_type(need),
            },
            unknown => DecodeError::UnknownAuthType(unknown),
        });
    }
    match need {
        Authentication::None => Ok(()),
        Authentication::Pass(password) => match data {
            Some(data) if same(&data, password) => Ok(()),
            Some(_) | None => Err(DecodeError::Password),
        },
    }
}

/// Compares in a time that does not tell how much was right.
fn same(left: &[u8; DATA_LEN], right: &[u8; DATA_LEN]) -> bool {
    left.iter()
        .zip(right)
        .fold(0, |difference, (l, r)| difference | (l ^ r))
        == 0
}
