//! `include` and its variants: which files a pattern means, and which failures count.

use std::path::{Path, PathBuf};

use glob::MatchOptions;

use super::file::File;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Effect, Place, Status};

/// More alternatives in braces are not looked at.
const ALTERNATIVES: usize = 1000;
/// More files are not read.
const FILES: usize = 10_000;

/// Which failures of an include are errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Checks {
    /// A match that cannot be used.
    pub(crate) read: bool,
    /// A plain name that is missing.
    pub(crate) plain: bool,
    /// A wildcard that matches nothing.
    pub(crate) wildcard: bool,
    /// An alternative in braces that is missing.
    pub(crate) brace: bool,
}

impl Checks {
    /// `-e`, `includea`, a bare `include_check`.
    pub(crate) const ALL: Self = Self {
        read: true,
        plain: true,
        wildcard: true,
        brace: true,
    };

    /// The checks of a keyword; `None` if it is no include.
    fn of(keyword: &[u8], set: Self) -> Option<Self> {
        let read = Self {
            read: true,
            ..Self::default()
        };
        match keyword {
            b"include" => Some(set),
            b"includer" => Some(read),
            b"includem" => Some(Self {
                plain: true,
                ..read
            }),
            b"includew" => Some(Self {
                plain: true,
                wildcard: true,
                ..read
            }),
            b"includeb" => Some(Self {
                brace: true,
                ..read
            }),
            b"includea" => Some(Self::ALL),
            _ => None,
        }
    }

    /// One word of `include_check`; false if it is none.
    pub(crate) fn set(&mut self, word: &str) -> bool {
        let (name, on) = match word.strip_prefix('-') {
            Some(name) => (name, false),
            None => (word.strip_prefix('+').unwrap_or(word), true),
        };
        match name {
            "read" | "readable" => self.read = on,
            "match" => self.plain = on,
            "wildcard_match" => self.wildcard = on,
            "brace_match" => self.brace = on,
            _ => return false,
        }
        self.read |= on;
        true
    }
}

/// Whether a word is `include` or one of its variants.
pub(crate) fn is_include(word: &[u8]) -> bool {
    Checks::of(word, Checks::default()).is_some()
}

/// An include line: its checks and its pattern.
pub(super) fn parse(line: &[u8], set: Checks) -> Option<(Checks, &[u8])> {
    let end = line.iter().position(|b| super::text::is_blank(*b))?;
    let checks = Checks::of(&line[..end], set)?;
    let pattern = line[end..].trim_ascii();
    let unquoted = pattern
        .strip_prefix(b"\"")
        .and_then(|p| p.strip_suffix(b"\""));
    let pattern = unquoted.unwrap_or(pattern);
    (!pattern.is_empty()).then_some((checks, pattern))
}

/// Finds and opens what a pattern means.
pub(super) struct Finder<'a> {
    pub(super) checks: Checks,
    /// Where relative names begin.
    pub(super) directory: &'a Path,
    /// The include; `None` for the main file.
    pub(super) place: Option<&'a Place>,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl Finder<'_> {
    /// The files, in the order in which they are to be read.
    pub(super) fn open(&mut self, pattern: &str) -> Vec<File> {
        let mut files = Vec::new();
        for path in self.matches(pattern) {
            files.extend(self.open_one(&path));
        }
        files
    }

    fn matches(&mut self, pattern: &str) -> Vec<PathBuf> {
        let alternatives = alternatives(pattern);
        let (mut found, mut missing) = (Vec::new(), 0);
        for alternative in &alternatives {
            let matched = self.glob(alternative);
            missing += usize::from(matched.is_empty());
            found.extend(matched);
        }
        found.truncate(FILES);
        if missing > 0 {
            self.missing(pattern, &alternatives, found.is_empty());
        }
        found
    }

    fn glob(&self, pattern: &str) -> Vec<PathBuf> {
        let path = self.directory.join(pattern);
        if !is_wild(pattern) {
            return if path.symlink_metadata().is_ok() {
                vec![path]
            } else {
                Vec::new()
            };
        }
        let options = MatchOptions {
            require_literal_leading_dot: true,
            ..MatchOptions::new()
        };
        // The directory is taken as it is; only the pattern has wildcards.
        let directory = glob::Pattern::escape(&self.directory.to_string_lossy());
        let whole = Path::new(&directory).join(pattern);
        glob::glob_with(&whole.to_string_lossy(), options)
            .map(|paths| paths.filter_map(Result::ok).take(FILES).collect())
            .unwrap_or_default()
    }

    // keepalived: the messages of open_conf_file; a wildcard in a missing directory is a missing name.
    fn missing(&mut self, pattern: &str, alternatives: &[String], nothing: bool) {
        let missing = format!("Config files missing '{pattern}'.");
        let (fails, log, sentence) = if alternatives.len() > 1 {
            let log = format!("Some config files missing: \"{pattern}\".");
            let log = if nothing { missing } else { log };
            (
                self.checks.brace,
                log,
                format!("not every alternative of {pattern} exists; those that do are included"),
            )
        } else if is_wild(pattern) && self.has_directory(pattern) {
            if !self.checks.wildcard {
                return;
            }
            (
                true,
                format!("No config files matched '{pattern}'."),
                format!("no file matches {pattern}; nothing is included"),
            )
        } else {
            (
                self.checks.plain,
                missing,
                format!(
                    "{} does not exist; nothing is included",
                    self.directory.join(pattern).display()
                ),
            )
        };
        self.tell(fails, Code::FileMissing, log, sentence);
    }

    fn has_directory(&self, pattern: &str) -> bool {
        let directory = Path::new(pattern).parent().unwrap_or(Path::new(""));
        let directory = self.directory.join(directory);
        let here = directory.as_os_str().is_empty();
        here || is_wild(&directory.to_string_lossy()) || directory.is_dir()
    }

    fn open_one(&mut self, path: &Path) -> Option<File> {
        let name = path.display().to_string();
        let problem = match usable(path) {
            Ok(()) => match File::open(path) {
                Ok(file) => return Some(file),
                Err(error) => {
                    let error = os_text(&error);
                    (
                        format!("Configuration file '{name}' open problem ({error}) - skipping"),
                        error,
                    )
                }
            },
            Err(Unusable::Directory) => (
                format!("Configuration file '{name}/' is a directory - skipping"),
                "it is a directory".to_owned(),
            ),
            Err(Unusable::Kind) => (
                format!(
                    "Configuration file '{name}' is not a regular non-executable file - skipping"
                ),
                "it is not a regular file without execute permission".to_owned(),
            ),
        };
        let (log, why) = problem;
        self.tell(
            self.checks.read,
            Code::Include,
            log,
            format!("{name} is not read: {why}"),
        );
        None
    }

    fn tell(&mut self, fails: bool, code: Code, log: String, sentence: String) {
        let mut diagnostic = if fails {
            Diagnostic::error(code, sentence).status(Status::FileNotFound)
        } else {
            Diagnostic::warning(code, sentence)
        };
        diagnostic = diagnostic.log(log);
        if let Some(place) = self.place {
            diagnostic = diagnostic.at(place).in_parent();
            if fails {
                diagnostic = diagnostic.effect(Effect::NoConfiguration);
            }
        }
        self.diagnostics.push(diagnostic);
    }
}

/// An error of the operating system without the number.
fn os_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

enum Unusable {
    Directory,
    Kind,
}

fn usable(path: &Path) -> Result<(), Unusable> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(meta) = path.metadata() else {
        return Ok(());
    };
    if meta.is_dir() {
        return Err(Unusable::Directory);
    }
    let executable = meta.permissions().mode() & 0o111 != 0;
    if meta.is_file() && !executable {
        Ok(())
    } else {
        Err(Unusable::Kind)
    }
}

fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// `a{b,c}d` is `abd` and `acd`; braces nest.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(next) = open.pop() {
        match split_first(&next) {
            Some(parts) if done.len() + open.len() + parts.len() <= ALTERNATIVES => {
                open.extend(parts.into_iter().rev());
            }
            _ => done.push(next),
        }
    }
    done
}

/// The alternatives of the first braces that have a comma in them.
fn split_first(pattern: &str) -> Option<Vec<String>> {
    let start = pattern.find('{')?;
    let (mut depth, mut commas) = (0usize, Vec::new());
    for (at, byte) in pattern.bytes().enumerate().skip(start) {
        match byte {
            b'{' => depth += 1,
            b',' if depth == 1 => commas.push(at),
            b'}' if depth == 1 => {
                let (head, tail) = (&pattern[..start], &pattern[at + 1..]);
                let mut from = start + 1;
                let mut parts = Vec::new();
                for comma in commas.into_iter().chain([at]) {
                    parts.push(format!("{head}{}{tail}", &pattern[from..comma]));
                    from = comma + 1;
                }
                return (parts.len() > 1).then_some(parts);
            }
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::alternatives;

    #[test]
    fn braces_expand_in_order_and_nest() {
        assert_eq!(alternatives("a"), ["a"]);
        assert_eq!(alternatives("a{b,c}d"), ["abd", "acd"]);
        assert_eq!(alternatives("{a,b}{1,2}"), ["a1", "a2", "b1", "b2"]);
        assert_eq!(alternatives("x{a,b{1,2}}"), ["xa", "xb1", "xb2"]);
        assert_eq!(alternatives("x{a"), ["x{a"]);
        assert_eq!(alternatives("{}{a}"), ["{}{a}"]);
    }

    #[test]
    fn many_braces_stay_bounded() {
        assert!(alternatives(&"{a,b}".repeat(64)).len() <= super::ALTERNATIVES);
    }
}
