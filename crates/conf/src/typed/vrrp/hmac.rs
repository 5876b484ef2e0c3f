//! `auth_hmac`: its keys, and what it becomes.

use std::path::Path;
use std::time::Duration;

use super::instance::InstanceDraft;
use crate::config::{AntiReplay, Hmac, HmacKey, HmacMode, Secret};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::host::KeyFile;
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

const SHORTEST_KEY: usize = 32;
const LONGEST_KEY: usize = 64;
/// Of the clocks' difference, unless it is given.
const LEAST_WINDOW: Duration = Duration::from_secs(5);
const MOST_WINDOW: Duration = Duration::from_secs(300);

/// What was read of it.
#[derive(Clone)]
pub(in crate::typed) struct HmacDraft {
    pub(in crate::typed) place: Place,
    keys: Vec<(HmacKey, Place)>,
    active: Option<(u8, Place)>,
    window: Option<Duration>,
    anti_replay: AntiReplay,
    pub(super) mode: (HmacMode, Place),
}

impl Builder<'_> {
    pub(super) fn auth_hmac(&mut self, block: &Statement, draft: &mut InstanceDraft) {
        let place = block.head().place.clone();
        let owner = draft.name.clone();
        let mut hmac = draft.hmac.take().unwrap_or_else(|| HmacDraft {
            place: place.clone(),
            keys: Vec::new(),
            active: None,
            window: None,
            anti_replay: AntiReplay::default(),
            mode: (HmacMode::default(), place),
        });
        for statement in &block.block {
            self.hmac_statement(statement, &owner, &mut hmac);
        }
        draft.hmac = Some(hmac);
    }

    fn hmac_statement(&mut self, statement: &Statement, owner: &str, hmac: &mut HmacDraft) {
        let word = statement.arguments().first().unwrap_or(statement.head());
        match statement.head().text().as_str() {
            "key" => self.hmac_key(statement, owner, hmac),
            "active_key" => {
                if let Some(id) = self.int_setting(statement, owner) {
                    hmac.active = Some((id, word.place.clone()));
                }
            }
            "time_window" => {
                hmac.window = self.time_setting(statement, owner).or(hmac.window);
            }
            "anti_replay" => match self.choice_setting(statement, owner) {
                Some("monotonic") => hmac.anti_replay = AntiReplay::Monotonic,
                Some(_) => hmac.anti_replay = AntiReplay::Time,
                None => {}
            },
            "mode" => {
                let mode = match self.choice_setting(statement, owner) {
                    Some("permissive") => HmacMode::Permissive,
                    Some("receive-only") => HmacMode::ReceiveOnly,
                    Some(_) => HmacMode::Enforce,
                    None => hmac.mode.0,
                };
                hmac.mode = (mode, word.place.clone());
            }
            _ => self.not_built(statement),
        }
    }

    // keepalived: vrrp_auth_hmac_key_handler
    fn hmac_key(&mut self, statement: &Statement, owner: &str, hmac: &mut HmacDraft) {
        let [id, value, ..] = statement.arguments() else {
            let log = format!("({owner}) auth_hmac key needs an id and a value");
            return self.no_value(statement, "key needs an id and a value; ignored", log);
        };
        let log = format!(
            "({owner}) auth_hmac key id '{}' must be between 1 and 255",
            id.text()
        );
        let wrong = Wrong::new("the id of a key", "the key is left out", log);
        let Some(number) = self.unsigned(id, 1..=255, &wrong) else {
            return;
        };
        let secret = self.hmac_secret(value, owner);
        let length = secret.as_ref().map_or(0, Vec::len);
        let Some(secret) = secret.filter(|_| (SHORTEST_KEY..=LONGEST_KEY).contains(&length)) else {
            let sentence = format!(
                "a key has {SHORTEST_KEY} to {LONGEST_KEY} bytes, this one {length}; it is left out"
            );
            let log = format!(
                "({owner}) auth_hmac key {number} length {length} not in range [{SHORTEST_KEY}, {LONGEST_KEY}]"
            );
            let diagnostic = Diagnostic::error(Code::InvalidValue, sentence).at(&value.place);
            let diagnostic = diagnostic.hint("write it as text, as hex:DIGITS or as file:PATH");
            return self.push(diagnostic.log(log).status(Status::General));
        };
        let id_number = u8::try_from(number).unwrap_or(u8::MAX);
        if let Some((_, first)) = hmac.keys.iter().find(|(key, _)| key.id == id_number) {
            let sentence = format!("there is a key {number} already; this one is left out");
            let diagnostic = Diagnostic::error(Code::Duplicate, sentence).at(&id.place);
            let diagnostic = diagnostic.related(&first.span, "the first one");
            let log = format!("({owner}) duplicate auth_hmac key id {number}");
            return self.push(diagnostic.log(log).status(Status::General));
        }
        let key = HmacKey {
            id: id_number,
            secret: Secret(secret),
        };
        hmac.keys.push((key, id.place.clone()));
    }

    /// The bytes of a key: as written, `hex:DIGITS` or `file:PATH`.
    fn hmac_secret(&mut self, word: &Word, owner: &str) -> Option<Vec<u8>> {
        let Some(path) = word.bytes.strip_prefix(b"file:") else {
            return decode(&word.bytes);
        };
        let path = String::from_utf8_lossy(path).into_owned();
        let file = format!("({owner}) auth_hmac key file '{path}'");
        let bad = |code, sentence: String, log: String| {
            let diagnostic = Diagnostic::error(code, sentence).at(&word.place);
            diagnostic.log(log).status(Status::General)
        };
        match self.host.key_file(Path::new(&path)) {
            KeyFile::Missing => {
                let sentence = format!("the key file {path} cannot be opened");
                let log = format!("{file} cannot be opened");
                self.push(bad(Code::FileMissing, sentence, log));
                None
            }
            KeyFile::TooLarge { open_to_others } => {
                self.key_file_security(open_to_others, word, &path, &file);
                let sentence = format!("the key file {path} is too large for a key");
                self.push(bad(
                    Code::TooLarge,
                    sentence,
                    format!("{file} is too large"),
                ));
                None
            }
            KeyFile::Read {
                bytes,
                open_to_others,
            } => {
                self.key_file_security(open_to_others, word, &path, &file);
                let end = |b: &u8| *b == b'\n' || *b == b'\r';
                let length = bytes
                    .iter()
                    .rposition(|b| !end(b))
                    .map_or(0, |last| last + 1);
                decode(&bytes[..length])
            }
        }
    }

    fn key_file_security(&mut self, open_to_others: bool, word: &Word, path: &str, file: &str) {
        if open_to_others {
            let sentence = format!("others than its owner may read the key file {path}");
            self.push(
                Diagnostic::warning(Code::ScriptSecurity, sentence)
                    .at(&word.place)
                    .hint(format!("chmod 600 {path}"))
                    .log(format!("{file} is readable by group or others"))
                    .status(Status::ScriptSecurity),
            );
        }
    }

    /// What an instance has of it; `None` after a diagnostic.
    // keepalived: vrrp_complete_instance
    pub(super) fn settle_hmac(
        &mut self,
        owner: &str,
        draft: HmacDraft,
        strict: bool,
        advert_interval: Duration,
    ) -> Option<Hmac> {
        let active = draft.active.as_ref();
        let number = active.map_or(0, |(id, _)| *id);
        if !draft.keys.iter().any(|(key, _)| key.id == number) {
            let (sentence, place) = match active {
                Some((id, place)) => (format!("there is no key {id}"), place),
                None => ("auth_hmac has no active_key".to_owned(), &draft.place),
            };
            let sentence =
                format!("{sentence}; adverts of {owner} have no message authentication code");
            let log = format!(
                "({owner}) auth_hmac active_key {number} is not defined, disabling extension"
            );
            self.say(Code::MissingSetting, place, sentence, log);
            return None;
        }
        let (mut mode, place) = draft.mode;
        if strict && mode != HmacMode::Enforce {
            let log = format!("({owner}) strict mode requires auth_hmac mode enforce");
            let sentence = "strict mode needs mode enforce; used";
            self.say(Code::Conflict, &place, sentence, log);
            mode = HmacMode::Enforce;
        }
        let derived = Duration::from_secs(3 * advert_interval.as_secs());
        let default = match draft.anti_replay {
            AntiReplay::Time => derived.clamp(LEAST_WINDOW, MOST_WINDOW),
            AntiReplay::Monotonic => Duration::ZERO,
        };
        Some(Hmac {
            keys: draft.keys.into_iter().map(|(key, _)| key).collect(),
            active_key: number,
            time_window: draft.window.unwrap_or(default),
            anti_replay: draft.anti_replay,
            mode,
        })
    }
}

/// `hex:DIGITS` as bytes, blanks between them allowed; else the text itself.
// keepalived: read_hex_str
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let Some(digits) = text.strip_prefix(b"hex:") else {
        return Some(text.to_vec());
    };
    let nibble = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut bytes = Vec::new();
    for part in digits.split(|b| *b == b' ' || *b == b'\t') {
        for pair in part.chunks(2) {
            bytes.push(match *pair {
                [high, low] => nibble(high)? << 4 | nibble(low)?,
                [single] => nibble(single)?,
                _ => return None,
            });
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn keys_are_text_or_digits() {
        assert_eq!(decode(b"abc").as_deref(), Some(&b"abc"[..]));
        assert_eq!(decode(b"hex:0aFF 1").as_deref(), Some(&[10, 255, 1][..]));
        assert_eq!(decode(b"hex:0g"), None);
        assert_eq!(decode(b"hex:"), None);
    }
}
