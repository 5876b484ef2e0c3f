//! Persistence: its engine, and how much of an address counts.

use std::net::Ipv4Addr;

use super::virtual_server::VirtualServerDraft;
use crate::config::{Family, Granularity};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value;
use crate::word::Word;

/// Seconds of persistence where it is wanted and nothing is said of its time.
pub(super) const PERSISTENCE: u32 = 360;

impl Builder<'_> {
    pub(super) fn persistence_engine(
        &mut self,
        statement: &Statement,
        draft: &mut VirtualServerDraft,
    ) {
        const MOST: usize = 16; // IP_VS_PENAME_MAXLEN
        let Some(word) = statement.arguments().first() else {
            return;
        };
        let most = word.bytes.len().min(MOST);
        let name = String::from_utf8_lossy(&word.bytes[..most]).into_owned();
        if word.bytes.len() > MOST {
            let text = word.text();
            let sentence = format!("persistence_engine has more than {MOST} bytes; using {name}");
            self.push(
                Diagnostic::warning(Code::Adjusted, sentence)
                    .at(&word.place)
                    .log(format!("persistence_name too long, truncating - {text}"))
                    .status(Status::General),
            );
        }
        draft.persistence_engine = Some(name);
    }

    /// The word decides about the family where nothing else has yet.
    // keepalived: pgr_handler
    pub(super) fn granularity(&mut self, statement: &Statement, draft: &mut VirtualServerDraft) {
        let Some(word) = statement.arguments().first() else {
            return;
        };
        let text = word.text();
        let family = draft.family.unwrap_or(if text.contains('.') {
            Family::Inet
        } else {
            Family::Inet6
        });
        let granularity = match family {
            Family::Inet => self.netmask(word),
            Family::Inet6 => {
                let log = format!("Invalid IPv6 persistence_granularity specified - {text}");
                let wrong = Wrong::new("persistence_granularity", "ignored", log);
                let length = self.unsigned(word, 1..=128, &wrong);
                length.and_then(|length| u8::try_from(length).ok().map(Granularity::Prefix))
            }
        };
        if granularity.is_some() {
            draft.granularity = granularity;
            draft.family = Some(family);
            draft.persistence_timeout.get_or_insert(PERSISTENCE);
        }
    }

    fn netmask(&mut self, word: &Word) -> Option<Granularity> {
        let text = word.text();
        // The original takes the mask 0.0.0.24 for it, which nobody means.
        if let Some(length) = text.parse().ok().filter(|length| (1..=32).contains(length)) {
            let mask = Ipv4Addr::from_bits(u32::MAX << (32 - length));
            let sentence = format!("persistence_granularity {text} is taken for the mask {mask}");
            self.push(
                Diagnostic::warning(Code::Adjusted, sentence)
                    .at(&word.place)
                    .hint(format!("write `persistence_granularity {mask}`"))
                    .fix(&word.place, mask.to_string()),
            );
            return Some(Granularity::Mask(mask));
        }
        if let Some(mask) = value::internet_address(&word.bytes) {
            return Some(Granularity::Mask(mask));
        }
        let log = format!("Invalid IPv4 persistence_granularity specified - {text}");
        let wrong = Wrong::new("persistence_granularity", "ignored", log);
        let expected = "a netmask such as 255.255.255.0";
        let diagnostic = wrong.diagnostic(Code::InvalidAddress, word, expected);
        let diagnostic = wrong.log(diagnostic).expected(expected);
        self.push(diagnostic.status(Status::General));
        None
    }
}
