//! From `getopt_long(3)` habits to words that clap reads the same way.
//!
//! `getopt_long` gives an option that needs a value the next word whatever it is, also `-x`; and a short option
//! with an optional value only what is attached to it (`-tFILE`, never `-t FILE`), also at the end of a
//! cluster (`-lt`). Here every value ends up behind the `=` of a long option.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use clap::{Arg, Command};

/// Takes clusters apart and attaches values. The error is the sentence for standard error.
pub(super) fn normalise(
    words: impl IntoIterator<Item = OsString>,
    command: &Command,
) -> Result<Vec<OsString>, String> {
    let mut out = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_bytes() {
            b"--" => {
                out.push(word);
                out.extend(words);
                return Ok(out);
            }
            [b'-', b'-', ..] => out.push(attach(word, &mut words, command)?),
            [b'-', cluster @ ..] if !cluster.is_empty() => {
                expand(cluster, &mut words, command, &mut out)?;
            }
            _ => out.push(word),
        }
    }
    Ok(out)
}

/// A long option, with the next word if it needs one.
fn attach(
    word: OsString,
    words: &mut impl Iterator<Item = OsString>,
    command: &Command,
) -> Result<OsString, String> {
    let argument = word
        .to_str()
        .and_then(|word| long_option(&word[2..], command));
    match argument.map_or(Value::None, value) {
        Value::None | Value::Optional => Ok(word),
        Value::Required => {
            let next = words
                .next()
                .ok_or_else(|| missing(&word.display().to_string()))?;
            Ok(joined(&word, &next))
        }
    }
}

/// The letters of `-abc`, each as an option of its own.
fn expand(
    mut cluster: &[u8],
    words: &mut impl Iterator<Item = OsString>,
    command: &Command,
    out: &mut Vec<OsString>,
) -> Result<(), String> {
    while let [letter, rest @ ..] = cluster {
        let short = char::from(*letter);
        let argument = command
            .get_arguments()
            .find(|a| a.get_short() == Some(short));
        let long = OsString::from(format!(
            "--{}",
            argument.and_then(Arg::get_long).unwrap_or("")
        ));
        let attached = (!rest.is_empty()).then(|| OsStr::from_bytes(rest).to_owned());
        match argument.map_or(Value::None, value) {
            Value::None => out.push(OsString::from(format!("-{short}"))),
            Value::Optional => {
                out.push(attached.map_or_else(|| long.clone(), |value| joined(&long, &value)));
                return Ok(());
            }
            Value::Required => {
                let value = attached.or_else(|| words.next());
                let value = value.ok_or_else(|| missing(&format!("-{short}")))?;
                out.push(joined(&long, &value));
                return Ok(());
            }
        }
        cluster = rest;
    }
    Ok(())
}

/// The option of that name, or the only one that begins so.
fn long_option<'a>(name: &str, command: &'a Command) -> Option<&'a Arg> {
    let longs = || {
        command
            .get_arguments()
            .filter_map(|a| Some((a.get_long()?, a)))
    };
    if let Some((_, exact)) = longs().find(|(long, _)| *long == name) {
        return Some(exact);
    }
    let mut begins = longs().filter(|(long, _)| long.starts_with(name));
    let (_, first) = begins.next()?;
    begins.next().is_none().then_some(first)
}

fn joined(option: &OsStr, value: &OsStr) -> OsString {
    let mut word = option.to_owned();
    word.push("=");
    word.push(value);
    word
}

// keepalived: parse_cmdline
fn missing(option: &str) -> String {
    format!("Missing parameter for option {option}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    None,
    Required,
    Optional,
}

fn value(argument: &Arg) -> Value {
    match (
        argument.get_action().takes_values(),
        argument.is_require_equals_set(),
    ) {
        (false, _) => Value::None,
        (true, false) => Value::Required,
        (true, true) => Value::Optional,
    }
}
