//! What can be said of a PCRE2 pattern without compiling it: brackets and quantifiers that can never be right.

use crate::config::RegexOption;

/// Why a pattern cannot be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Problem {
    /// In PCRE2's words.
    pub(super) what: &'static str,
    /// Bytes before it.
    pub(super) at: usize,
}

/// The first thing that no option makes right; `None`: none was found, which is no proof.
pub(super) fn problem(pattern: &str, options: &[RegexOption]) -> Option<Problem> {
    if turns_extended(pattern) {
        return None;
    }
    let mut scan = Scan {
        bytes: pattern.as_bytes(),
        at: 0,
        extended: options.contains(&RegexOption::Extended),
        empty_class: options.contains(&RegexOption::AllowEmptyClass),
        depth: 0,
        repeatable: false,
    };
    scan.run().err()
}

/// Whether `(?x)` stands in it: from there on comments may hold anything.
fn turns_extended(pattern: &str) -> bool {
    let after = pattern.split("(?").skip(1);
    let mut flags = after.map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next());
    flags.any(|flags| flags.is_some_and(|flags| flags.contains('x')))
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    extended: bool,
    empty_class: bool,
    depth: usize,
    /// What was read last can be repeated.
    repeatable: bool,
}

impl Scan<'_> {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }

    fn problem<T>(&self, what: &'static str) -> Result<T, Problem> {
        let at = self.at.min(self.bytes.len());
        Err(Problem { what, at })
    }

    fn run(&mut self) -> Result<(), Problem> {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.escape()?,
                b'[' => self.class()?,
                b'(' => self.open(),
                b')' => self.close()?,
                b'*' | b'+' | b'?' => self.quantifier()?,
                b'|' => self.repeatable = false,
                b'#' if self.extended => self.skip_past(b"\n"),
                b' ' | b'\t' | b'\n' | b'\r' if self.extended => {}
                _ => self.repeatable = true,
            }
        }
        if self.depth > 0 {
            return self.problem("missing closing parenthesis");
        }
        Ok(())
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<(), Problem> {
        match self.rest().first() {
            None => self.problem("\\ at end of pattern"),
            Some(b'Q') => {
                self.at += 1;
                self.skip_past(b"\\E");
                self.repeatable = true;
                Ok(())
            }
            Some(_) => {
                self.at += 1;
                self.repeatable = true;
                Ok(())
            }
        }
    }

    /// What follows `[`.
    fn class(&mut self) -> Result<(), Problem> {
        if self.rest().first() == Some(&b'^') {
            self.at += 1;
        }
        if self.rest().first() == Some(&b']') {
            self.at += 1;
            if self.empty_class {
                self.repeatable = true;
                return Ok(());
            }
        }
        loop {
            let rest = self.rest();
            match rest {
                [] => return self.problem("missing terminating ] for character class"),
                [b']', ..] => break,
                [b'\\', b'Q', ..] => self.skip_past(b"\\E"),
                [b'\\', ..] => self.at += 2,
                [b'[', mark @ (b':' | b'.' | b'='), name @ ..] => {
                    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'^';
                    let letters = name.iter().take_while(letter).count();
                    // `[:` that nothing ends is two characters.
                    self.at += match name[letters..] {
                        [end, b']', ..] if end == *mark => letters + 4,
                        _ => 1,
                    };
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.repeatable = true;
        Ok(())
    }

    /// What follows `(`.
    fn open(&mut self) {
        // After `(?…` and `(*…` it depends; only a bare one is looked at.
        self.repeatable = true;
        match self.rest() {
            [b'?', b'#', ..] | [b'*', ..] => self.skip_past(b")"),
            [b'?', ..] => {
                self.at += 1;
                self.depth += 1;
                // Whatever stands there, up to a character that cannot be a part of it.
                let part =
                    |byte: &u8| byte.is_ascii_alphanumeric() || b"<>=!:|'&_-^+".contains(byte);
                self.at += self.rest().iter().take_while(|byte| part(byte)).count();
            }
            _ => {
                self.depth += 1;
                self.repeatable = false;
            }
        }
    }

    fn close(&mut self) -> Result<(), Problem> {
        if self.depth == 0 {
            self.at -= 1;
            return self.problem("unmatched closing parenthesis");
        }
        self.depth -= 1;
        self.repeatable = true;
        Ok(())
    }

    /// `*`, `+` and `?`, with the `?` or `+` behind it.
    fn quantifier(&mut self) -> Result<(), Problem> {
        if !self.repeatable {
            return self.problem("quantifier does not follow a repeatable item");
        }
        if let Some(b'?' | b'+') = self.rest().first() {
            self.at += 1;
        }
        self.repeatable = false;
        Ok(())
    }

    fn skip_past(&mut self, end: &[u8]) {
        let rest = self.rest();
        let found = rest.windows(end.len()).position(|part| part == end);
        self.at += found.map_or(rest.len(), |found| found + end.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str) -> Option<(&'static str, usize)> {
        problem(pattern, &[]).map(|problem| (problem.what, problem.at))
    }

    #[test]
    fn what_can_never_be_right() {
        assert_eq!(found("(a"), Some(("missing closing parenthesis", 2)));
        assert_eq!(found("a)"), Some(("unmatched closing parenthesis", 1)));
        let class = "missing terminating ] for character class";
        assert_eq!(found("[a"), Some((class, 2)));
        assert_eq!(found("[]a"), Some((class, 3)));
        let quantifier = "quantifier does not follow a repeatable item";
        assert_eq!(found("*a"), Some((quantifier, 1)));
        assert_eq!(found("a|+"), Some((quantifier, 3)));
        assert_eq!(found("(?:a)(+b)"), Some((quantifier, 7)));
        assert_eq!(found("a**"), Some((quantifier, 3)));
        assert_eq!(found(r"a\\"), None);
        assert_eq!(found(r"a\"), Some((r"\ at end of pattern", 2)));
    }

    #[test]
    fn what_looks_odd_and_is_right() {
        let right = [
            "a+?",
            "(?<n>ab*)",
            "(?i)x(?-i)y",
            "[]a]",
            "[^]a]",
            "[[:alpha:]]+",
            "[[:]",
            r"\Q(*[\E",
            "(?#a comment)b",
            "(*UTF)a",
            r"\(",
            r"[\]]",
            "a{2}?",
            "x(?=y)*",
            "(?x) a # (",
            "",
            "(?|a|b)",
            r"[\Q]\E]",
            "a||b",
            "(|a)",
            "(a)?+",
            "a*+b",
        ];
        for pattern in right {
            assert_eq!(found(pattern), None, "{pattern}");
        }
        let options = [RegexOption::Extended];
        assert_eq!(problem("a # (", &options), None);
        assert_eq!(problem("[]", &[RegexOption::AllowEmptyClass]), None);
    }
}
