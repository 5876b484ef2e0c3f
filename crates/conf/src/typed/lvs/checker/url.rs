//! `url` of `HTTP_GET` and `SSL_GET`.

use super::regex::RegexDraft;
use crate::config::{StatusCodes, Url};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::value;
use crate::word::Word;

/// What a status code may be.
const CODES: std::ops::RangeInclusive<i64> = 100..=599;

/// Hexadecimal digits of an MD5 digest.
const DIGEST_DIGITS: usize = 32;

/// A URL while its block is read.
#[derive(Default)]
struct UrlDraft {
    path: Option<String>,
    virtualhost: Option<String>,
    digest: Option<[u8; 16]>,
    status_codes: Vec<StatusCodes>,
    regex: RegexDraft,
    tls_compliant: bool,
}

impl Builder<'_> {
    // keepalived: url_check
    pub(super) fn url(&mut self, block: &Statement) -> Option<Url> {
        let mut draft = UrlDraft::default();
        for statement in &block.block {
            self.url_setting(statement, &mut draft);
        }
        let Some(path) = draft.path else {
            let sentence = "url has no path; it is left out".to_owned();
            let log = "HTTP/SSL_GET checker url has no path - ignoring".to_owned();
            self.left_out(&block.end, Code::MissingSetting, sentence, log);
            return None;
        };
        Some(Url {
            path,
            virtualhost: draft.virtualhost,
            digest: draft.digest,
            status_codes: apart(draft.status_codes),
            regex: self.finish_regex(draft.regex),
            tls_compliant: draft.tls_compliant,
        })
    }

    fn url_setting(&mut self, statement: &Statement, draft: &mut UrlDraft) {
        match statement.keyword.map_or("", |keyword| keyword.keyword) {
            "path" => self.text_once(statement, "path", "", &mut draft.path),
            "virtualhost" => {
                let (what, missing) = ("url virtualhost", "Missing HTTP_GET virtualhost name");
                self.text_once(statement, what, missing, &mut draft.virtualhost);
            }
            "digest" => self.digest(statement, draft),
            "status_code" => {
                if statement.arguments().is_empty() {
                    let place = &statement.head().place;
                    let sentence = "status_code without a code has no effect".to_owned();
                    self.not_counted(place, Code::MissingParameter, sentence, None);
                }
                for word in statement.arguments() {
                    draft.status_codes.extend(self.status_codes(word));
                }
            }
            "tls_compliant" => {
                let read = self.bool_setting(statement, "");
                draft.tls_compliant = read.unwrap_or(draft.tls_compliant);
            }
            _ => self.regex_setting(statement, &mut draft.regex),
        }
    }

    // keepalived: digest_handler
    fn digest(&mut self, statement: &Statement, draft: &mut UrlDraft) {
        let Some(word) = statement.arguments().first() else {
            return;
        };
        let (text, length) = (word.text(), word.bytes.len());
        let (code, sentence, log) = if draft.digest.is_some() {
            let sentence = format!("digest is set already; {text} is ignored");
            let log = format!("Digest '{text}' is a duplicate");
            (Code::Duplicate, sentence, log)
        } else if length != DIGEST_DIGITS {
            let sentence = format!(
                "digest must be the {DIGEST_DIGITS} hexadecimal digits of an MD5, found {length}; ignored"
            );
            let log = format!(
                "digest '{text}' character length should be {DIGEST_DIGITS} rather than {length}"
            );
            (Code::InvalidValue, sentence, log)
        } else {
            match digest(&word.bytes) {
                Ok(digest) => {
                    draft.digest = Some(digest);
                    return;
                }
                Err(at) => {
                    let pair = String::from_utf8_lossy(&word.bytes[at..at + 2]);
                    let sentence = format!("{pair} is no hexadecimal number; digest is ignored");
                    // The original has cut off what is behind the pair by then.
                    let cut = String::from_utf8_lossy(&word.bytes[..at + 2]);
                    let log = format!(
                        "Unable to interpret hex digit in '{cut}' at offset {at}/{}",
                        at + 1
                    );
                    (Code::InvalidValue, sentence, log)
                }
            }
        };
        self.push(
            Diagnostic::warning(code, sentence)
                .at(&word.place)
                .hint("`genhash` prints the digest of a page")
                .log(log)
                .status(Status::General),
        );
    }

    /// `N` or `N-M`.
    // keepalived: status_code_handler
    fn status_codes(&mut self, word: &Word) -> Option<StatusCodes> {
        let bytes = &word.bytes;
        let (first, last) = match bytes.iter().position(|byte| *byte == b'-') {
            Some(at) => (&bytes[..at], &bytes[at + 1..]),
            None => (&bytes[..], &bytes[..]),
        };
        let code = |bytes| u16::try_from(value::integer(bytes, &CODES).ok()?).ok();
        if let (Some(first), Some(last)) = (code(first), code(last))
            && first <= last
        {
            return Some(StatusCodes { first, last });
        }
        let found = word.text();
        let expected = "100..=599, or two of them with - between";
        let hint = found
            .contains(',')
            .then(|| "codes are parted by blanks".to_owned());
        self.push(
            Diagnostic::warning(
                Code::InvalidValue,
                format!("status_code must be {expected}, found {found}; ignored"),
            )
            .at(&word.place)
            .expected(expected)
            .maybe_hint(hint)
            .log(format!("Invalid HTTP_GET status code '{found}'"))
            .status(Status::General),
        );
        None
    }
}

/// The bytes of a digest. `Err`: where the last pair stands that is no number.
fn digest(text: &[u8]) -> Result<[u8; 16], usize> {
    let mut digest = [0; 16];
    for (index, pair) in text.chunks(2).enumerate().rev() {
        let digits = std::str::from_utf8(pair).ok();
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let slot = digest.get_mut(index).ok_or(2 * index)?;
        *slot = byte.ok_or(2 * index)?;
    }
    Ok(digest)
}

/// In order, none touching the next. None: 200..=299.
fn apart(mut codes: Vec<StatusCodes>) -> Vec<StatusCodes> {
    codes.sort_unstable();
    let mut apart: Vec<StatusCodes> = Vec::with_capacity(codes.len().max(1));
    for code in codes {
        match apart.last_mut() {
            Some(before) if code.first <= before.last + 1 => {
                before.last = before.last.max(code.last);
            }
            Some(_) | None => apart.push(code),
        }
    }
    if apart.is_empty() {
        apart.push(StatusCodes {
            first: 200,
            last: 299,
        });
    }
    apart
}
