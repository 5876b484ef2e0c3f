//! `auth_hmac`: adverts with a message authentication code.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `auth_hmac` of an instance.
// keepalived: vrrp_auth_hmac_t
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hmac {
    /// `key`: all that are accepted, in the order of the file; ids are unique.
    pub keys: Vec<HmacKey>,
    /// `active_key`: the id of the one that we use, 1..=255.
    pub active_key: u8,
    /// `time_window`: accepted difference of clocks, 1..=300 s; default three advert intervals, at least 5 s.
    /// Without meaning, and 0 unless given, if `anti_replay` is monotonic.
    pub time_window: Duration,
    /// `anti_replay`, default by time.
    pub anti_replay: AntiReplay,
    /// `mode`, default enforce.
    pub mode: HmacMode,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HmacKey {
    /// 1..=255.
    pub id: u8,
    /// 32..=64 bytes: as written, from `hex:` digits, or from a file.
    pub secret: Secret,
}

/// Bytes that no log shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What tells a repeated advert.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AntiReplay {
    /// The clock, and the sequence.
    #[default]
    Time,
    /// The sequence alone.
    Monotonic,
}

/// What is done about adverts without a code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HmacMode {
    /// They are dropped.
    #[default]
    Enforce,
    /// They are accepted.
    Permissive,
    /// They are accepted, and ours have none either.
    ReceiveOnly,
}
