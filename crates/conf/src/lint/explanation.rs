//! What each code of an ordinary diagnostic means, for `docs/lints.md` and for who asks.

use super::{Lint, ROWS};
use crate::diagnostic::{Code, Severity};

/// What a code is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What was found, in a line.
    pub title: &'static str,
    /// Why it is worth a word.
    pub why: &'static str,
    /// What to do about it.
    pub what_to_do: &'static str,
    /// How bad it is; `None`: it depends.
    pub severity: Option<Severity>,
}

impl Explanation {
    const fn new(title: &'static str, why: &'static str, what_to_do: &'static str) -> Self {
        Self {
            title,
            why,
            what_to_do,
            severity: None,
        }
    }

    fn of(lint: &Lint) -> Self {
        Self {
            title: lint.title,
            why: lint.why,
            what_to_do: lint.what_to_do,
            severity: Some(lint.severity),
        }
    }
}

/// What a code is about.
pub fn explain(code: Code) -> Option<Explanation> {
    if let Code::Lint(name) = code {
        let lint = ROWS.iter().find(|lint| lint.code == name);
        return lint.map(|lint| Explanation::of(lint));
    }
    let found = ORDINARY.iter().find(|(known, _)| *known == code);
    found.map(|(_, explanation)| *explanation)
}

/// Every code that is no lint's.
pub fn ordinary() -> impl Iterator<Item = Code> {
    ORDINARY.iter().map(|(code, _)| *code)
}

#[rustfmt::skip]
const ORDINARY: &[(Code, Explanation)] = &[
    (Code::UnknownKeyword, Explanation::new(
        "A word is no keyword",
        "The line is left out, with the block that follows it. Most often the word is misspelt; a space that is none, such as a zero-width one, or punctuation of another width makes a word unknown too.",
        "Write the keyword as the hint shows it, or remove the line.",
    )),
    (Code::MisplacedKeyword, Explanation::new(
        "A keyword stands in a block that does not have it",
        "The line is left out. Often the block before was closed too early, or a keyword of a newer version was moved.",
        "Move the line into one of the blocks that the hint names; look whether a brace is missing or too many above it.",
    )),
    (Code::UnexpectedBrace, Explanation::new(
        "A `{` follows a word that opens no block",
        "What is in the braces is left out.",
        "Remove the braces, or write the keyword of the block before them.",
    )),
    (Code::ExtraBrace, Explanation::new(
        "A `}` closes nothing",
        "A block was closed before its end: what stands between its closing brace and this one was read as if it were outside.",
        "Look at the brace that closed the block, which is shown, and remove the one that is too many.",
    )),
    (Code::MissingBrace, Explanation::new(
        "A block has no `{`",
        "Whether what follows belongs to the block is a guess. The original may leave out the block, or everything up to the next brace.",
        "Write the `{` at the end of the line that begins the block.",
    )),
    (Code::UnclosedBlock, Explanation::new(
        "A block is not closed",
        "The original takes what follows to be inside of the block, up to the end of the file; here the block ends where another begins that it cannot have.",
        "Write the `}`; the lines that are shown tell where it is likely to be missing.",
    )),
    (Code::ExtraWords, Explanation::new(
        "A line has words that are not looked at",
        "What they were meant to do does not happen.",
        "Remove them; put a command and its arguments in double quotes; write one entry a line.",
    )),
    (Code::MissingParameter, Explanation::new(
        "A keyword has no value",
        "The original stops reading at once and does not start.",
        "Give the value, or remove the line.",
    )),
    (Code::UnmatchedQuote, Explanation::new(
        "A quote is not closed",
        "The word is left out.",
        "Close the quote. A quote inside of a word is not possible.",
    )),
    (Code::InvalidNumber, Explanation::new(
        "A word is no number",
        "The setting keeps its default, or the number's beginning is used.",
        "Write a plain number, without a unit.",
    )),
    (Code::OutOfRange, Explanation::new(
        "A number is too small or too large",
        "The setting keeps its default, or the nearest number that is possible is used; the finding says which.",
        "Write a number in the range that the finding names.",
    )),
    (Code::InvalidValue, Explanation::new(
        "A value is none of those that are possible",
        "The setting keeps its default.",
        "Write one of the values that the finding names.",
    )),
    (Code::InvalidAddress, Explanation::new(
        "A word is no address, or not one that can stand here",
        "The address is left out.",
        "Write a numeric address. Names are not resolved; a placeholder has to be filled in.",
    )),
    (Code::FamilyMismatch, Explanation::new(
        "IPv4 and IPv6 are mixed",
        "An instance sends adverts of one family; an address of the other one is left out.",
        "Put the addresses of the other family into `virtual_ipaddress_excluded`, or into an instance of their own.",
    )),
    (Code::UnknownInterface, Explanation::new(
        "There is no such interface",
        "The daemon does not start: it cannot tell a misspelt name from an interface that comes later.",
        "Write the name as `ip link` shows it, or set `dynamic_interfaces` in `global_defs`.",
    )),
    (Code::UnknownName, Explanation::new(
        "Something is named that is not defined",
        "What was to be tracked, or to belong together, does not.",
        "Define it, or write its name as it is defined: capitals count.",
    )),
    (Code::Duplicate, Explanation::new(
        "Something is there already",
        "Only one of the two counts; the finding says which.",
        "Remove one.",
    )),
    (Code::MissingSetting, Explanation::new(
        "A setting is missing that nothing can run without",
        "What it belongs to is left out, or a default is used that was hardly meant.",
        "Add the setting.",
    )),
    (Code::Conflict, Explanation::new(
        "Two settings do not go together",
        "One of them is ignored; the finding says which.",
        "Remove the one that is not wanted.",
    )),
    (Code::Adjusted, Explanation::new(
        "A value is used, but not as it is written",
        "What happens differs from what the file says, at times from what another router makes of the same file.",
        "Write what is used, or a value that can be used.",
    )),
    (Code::Deprecated, Explanation::new(
        "A keyword has another name today",
        "It works here as before; later versions of the original drop such words.",
        "Write the keyword that the finding names.",
    )),
    (Code::Script, Explanation::new(
        "A script cannot be run",
        "A check that cannot run counts as failed or is left out; a notification does not happen.",
        "Write the script's full path, make it executable for the user that runs it, and put arguments into one pair of double quotes.",
    )),
    (Code::ScriptSecurity, Explanation::new(
        "A script that others may change would run as root",
        "Whoever may change the script, or a directory on the way to it, can become root. With `enable_script_security` such a script is not run.",
        "Give the script and its directories to root and let nobody else write there; set `enable_script_security` and a `script_user`.",
    )),
    (Code::Unused, Explanation::new(
        "Something is defined that nobody uses",
        "It has no effect, which hardly is what it was written for.",
        "Use it, or remove it.",
    )),
    (Code::FileMissing, Explanation::new(
        "The configuration file is not there",
        "There is nothing to run.",
        "Name the file with `-f`, or create it.",
    )),
    (Code::Empty, Explanation::new(
        "The file has no statement",
        "The daemon would run with nothing to do. Often such a file was just being written, or was cut off.",
        "Look at how the file is made.",
    )),
    (Code::Include, Explanation::new(
        "An included file cannot be read",
        "What is in it is missing.",
        "Write the path as it is seen from the file that includes it; `include_check` says whether a missing file is an error.",
    )),
    (Code::IncludeLoop, Explanation::new(
        "A file includes itself",
        "It is left out the second time.",
        "Remove the include.",
    )),
    (Code::Definition, Explanation::new(
        "A definition is not there, or uses itself",
        "The `$NAME` stays in the text as it is, and is most likely wrong there.",
        "Define it before its use, on a line of its own: `$NAME=value`.",
    )),
    (Code::Repetition, Explanation::new(
        "A `~SEQ` or `~LST` is not understood",
        "The line is left out.",
        "Write `~SEQ(VAR,[START,[STEP,]]END) text` or `~LST(VAR,VALUE,...) text`.",
    )),
    (Code::LongLine, Explanation::new(
        "A line is too long",
        "The original cuts lines after 1023 bytes.",
        "Break the line, or put parts of it into a definition.",
    )),
    (Code::Encoding, Explanation::new(
        "The file is no plain text",
        "Bytes that are no UTF-8 are used as they are; a NUL byte costs its line. A file in UTF-16 or another encoding has no keyword that could be recognised.",
        "Save the file as UTF-8.",
    )),
    (Code::CommentInWord, Explanation::new(
        "A comment begins inside a word",
        "`#` and `!` begin a comment wherever they stand, so a password such as `s3c!ret` ends before the sign. Nothing else is said about it: the router runs, with another password than its peers.",
        "Write a backslash before the sign, or put the word in double quotes. Where a comment is meant, put a blank before it.",
    )),
    (Code::TooLarge, Explanation::new(
        "The configuration is too large, or definitions make too much of it",
        "It is read no further.",
        "Look for a definition or an include that goes in circles.",
    )),
    (Code::NotSupported, Explanation::new(
        "A feature is not built yet",
        "The original has it, this program has not: the setting has no effect.",
        "See `docs/compatibility.md` for what is missing.",
    )),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_once() {
        let mut names: Vec<_> = ordinary().map(Code::as_str).collect();
        names.extend(ROWS.iter().map(|lint| lint.code));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        // `Code` has no list of its variants; their text stands once in its source.
        let source = include_str!("../diagnostic/mod.rs");
        let variants = source.matches("=> \"").count();
        assert_eq!(ordinary().count(), variants);
        for code in ordinary() {
            let row = explain(code).expect("its row");
            assert!(
                !row.title.ends_with('.') && row.why.ends_with('.'),
                "{row:?}"
            );
            assert!(row.what_to_do.ends_with('.'), "{row:?}");
        }
    }
}
