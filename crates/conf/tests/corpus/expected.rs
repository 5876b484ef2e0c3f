//! What the original said about a file: exit status and messages, in each version and environment.

use std::collections::BTreeMap;
use std::path::Path;

/// One run of the original's `-t`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    /// A number, `timeout` or `signal N`.
    pub(crate) exit: String,
    /// What it wrote.
    pub(crate) messages: Vec<Message>,
}

/// One line it wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Message {
    /// The base name of the file, where it says it.
    pub(crate) file: Option<String>,
    /// The line, where it says it.
    pub(crate) line: Option<u32>,
    /// The rest.
    pub(crate) text: String,
}

impl Message {
    /// `(FILE: Line N) text`, `(Line N) text` or plain text.
    pub(crate) fn parse(line: &str) -> Self {
        let plain = || Self {
            file: None,
            line: None,
            text: line.trim().to_owned(),
        };
        let Some((place, text)) = line.strip_prefix('(').and_then(|l| l.split_once(") ")) else {
            return plain();
        };
        let (file, number) = match place.rsplit_once("Line ") {
            Some((file, number)) => (file.trim_end_matches(": "), number),
            None => return plain(),
        };
        let Ok(number) = number.parse() else {
            return plain();
        };
        Self {
            file: (!file.is_empty()).then(|| base_name(file)),
            line: Some(number),
            text: text.trim().to_owned(),
        }
    }
}

pub(crate) fn base_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// The verdicts on one file, by `VERSION ENVIRONMENT`.
pub(crate) fn verdicts(path: &Path) -> BTreeMap<String, Verdict> {
    let text = std::fs::read(path).expect("the expected messages");
    let text = String::from_utf8_lossy(&text);
    let mut verdicts = BTreeMap::new();
    let mut current: Option<(String, Verdict)> = None;
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("== keepalived ") {
            verdicts.extend(current.take());
            let (run, exit) = head.split_once(" exit: ").expect("an exit status");
            let verdict = Verdict {
                exit: exit.trim().to_owned(),
                messages: Vec::new(),
            };
            current = Some((run.replace("env=", ""), verdict));
        } else if let Some((_, verdict)) = &mut current
            && !line.trim().is_empty()
        {
            verdict.messages.push(Message::parse(line));
        }
    }
    verdicts.extend(current);
    verdicts
}
