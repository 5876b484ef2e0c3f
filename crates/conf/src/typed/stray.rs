//! Words where none belong, where one is missing, and where one was before.

use super::Builder;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::word::Word;

impl Builder<'_> {
    /// Words that follow what takes no more. The original passes over them.
    pub(super) fn words_after(&mut self, words: &[Word], what: &str) {
        if let Some(word) = words.first() {
            let text = word.text();
            let sentence = format!("`{text}` follows {what} and has no meaning; ignored");
            self.push(Diagnostic::warning(Code::ExtraWords, sentence).at(&word.place));
        }
    }

    /// A flag, whatever follows it: `no` does not take it back.
    pub(super) fn bare_flag(&mut self, statement: &Statement) -> Place {
        if let Some(word) = statement.arguments().first() {
            let (name, text) = (statement.head().text(), word.text());
            let no = crate::value::boolean(&word.bytes) == Some(false);
            let sentence = format!("{name} takes no value; `{text}` is ignored, and it is on");
            let diagnostic = Diagnostic::warning(Code::ExtraWords, sentence).at(&word.place);
            let hint = no.then(|| format!("leave {name} out to switch it off"));
            self.push(diagnostic.maybe_hint(hint));
        }
        statement.head().place.clone()
    }

    /// A text that is told when it is given again, or is missing. `what` is its name in the original's log.
    // keepalived: set_string
    pub(super) fn text_once(
        &mut self,
        statement: &Statement,
        what: &str,
        missing: &str,
        slot: &mut Option<String>,
    ) {
        let name = statement.head().text();
        let Some(word) = statement.arguments().first() else {
            let sentence = format!("{name} needs a value; ignored");
            return self.push(
                Diagnostic::warning(Code::MissingParameter, sentence)
                    .at(&statement.head().place)
                    .log(missing)
                    .status(Status::General),
            );
        };
        let text = word.text();
        if let Some(first) = slot {
            // What is secret is written nowhere.
            let (old, new) = match name.as_str() {
                "password" => ("****", "****"),
                _ => (first.as_str(), text.as_str()),
            };
            let sentence = format!("{name} was {old} before; using {new}");
            let log = format!("Duplicate {what} - overwriting {old} with {new}");
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence).at(&word.place);
            self.push(diagnostic.log(log).status(Status::General));
        }
        *slot = Some(text);
    }
}
