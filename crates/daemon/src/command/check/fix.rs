//! `--fix`: writes into a file what has one right form.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use conf::{Diagnostics, Edit};

/// What was done to a file.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    /// Something was.
    pub(super) changed: bool,
    /// What, like a diff.
    pub(super) summary: String,
    /// What stays, because it is in a file that was not named.
    pub(super) elsewhere: String,
}

/// Fixes one file. Files that it includes stay as they are.
pub(super) fn file(path: &Path, found: &Diagnostics) -> io::Result<Fixed> {
    let (mut ours, mut fixed) = (BTreeMap::new(), Fixed::default());
    for diagnostic in found {
        let Some(first) = diagnostic.fix.first() else {
            continue;
        };
        if diagnostic
            .fix
            .iter()
            .all(|edit| is_same(edit.span.file(), path))
        {
            add(&mut ours, &diagnostic.fix);
        } else {
            let (file, line) = (first.span.file(), first.span.line());
            let sentence = "not fixed, because this file was not named";
            let _ = writeln!(fixed.elsewhere, "{file}:{line}: {sentence}");
        }
    }
    if ours.is_empty() {
        return Ok(fixed);
    }
    let name = path.to_string_lossy();
    // A link is followed once: whatever it leads to by the end, what was read is what is replaced.
    let path = &path.canonicalize()?;
    let mut file = File::open(path)?;
    let (facts, mut old) = (file.metadata()?, Vec::new());
    file.read_to_end(&mut old)?;
    let mut new = Vec::with_capacity(old.len());
    for (number, line) in (1u32..).zip(old.split_inclusive(|b| *b == b'\n')) {
        match ours.get(&number).and_then(|edits| edited(line, edits)) {
            Some(better) => {
                show(&mut fixed.summary, &name, number, line, &better);
                new.extend_from_slice(&better);
            }
            None => new.extend_from_slice(line),
        }
    }
    fixed.changed = new != old;
    if fixed.changed {
        replace(path, &new, &facts)?;
    }
    Ok(fixed)
}

/// Whether a file that was read is the one that was named.
fn is_same(file: &str, path: &Path) -> bool {
    let file = Path::new(file);
    file == path
        || matches!((file.canonicalize(), path.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The edits of each line, by their place in it.
type Edits<'a> = BTreeMap<u32, BTreeMap<(usize, usize), &'a Edit>>;

/// Takes the edits of a finding, all or none: what overlaps another one waits for the next run.
fn add<'a>(edits: &mut Edits<'a>, fix: &'a [Edit]) {
    let overlaps = |edit: &Edit| {
        let range = edit.span.range();
        let known = edits.get(&edit.span.line()).into_iter().flatten();
        known.into_iter().any(|((start, end), known)| {
            *start < range.end.max(range.start + 1)
                && range.start < (*end).max(start + 1)
                && *known != edit
        })
    };
    if fix.iter().any(overlaps) {
        return;
    }
    for edit in fix {
        let range = edit.span.range();
        let line = edits.entry(edit.span.line()).or_default();
        line.insert((range.start, range.end), edit);
    }
}

/// The line with its edits; `None` if it is not the line any more that was read.
fn edited(line: &[u8], edits: &BTreeMap<(usize, usize), &Edit>) -> Option<Vec<u8>> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let mut out = Vec::with_capacity(line.len());
    let mut from = 0;
    for ((start, end), edit) in edits {
        if *edit.span.source().text != *text {
            return None;
        }
        out.extend_from_slice(&text[from..*start]);
        out.extend_from_slice(edit.replacement.as_bytes());
        from = *end;
    }
    out.extend_from_slice(&line[from..]);
    // What is left of a line that had nothing else is a blank line, which nobody asked for.
    let was_blank = text.trim_ascii().is_empty();
    if !was_blank && out.trim_ascii().is_empty() {
        out.clear();
    }
    Some(out)
}

fn show(summary: &mut String, name: &str, number: u32, old: &[u8], new: &[u8]) {
    let shown = |line: &[u8]| conf::shown_line(line).trim_end().to_owned();
    let _ = writeln!(summary, "{name}:{number}:\n- {}", shown(old));
    if !new.is_empty() {
        let _ = writeln!(summary, "+ {}", shown(new));
    }
}

/// Puts a new file in the place of the old one at once, with its mode and owner, unless somebody else has written it
/// or put another one there since it was read.
fn replace(path: &Path, content: &[u8], facts: &fs::Metadata) -> io::Result<()> {
    let beside = beside(path);
    let written = write(&beside, content, facts).and_then(|()| {
        if !is_unchanged(facts, &fs::symlink_metadata(path)?) {
            return Err(io::Error::other("changed while it was being fixed"));
        }
        fs::rename(&beside, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn is_unchanged(then: &fs::Metadata, now: &fs::Metadata) -> bool {
    let identity = |facts: &fs::Metadata| {
        (
            (facts.dev(), facts.ino(), facts.size()),
            (facts.mtime(), facts.mtime_nsec()),
        )
    };
    identity(then) == identity(now)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.fix", std::process::id()));
    path.with_file_name(name)
}

fn write(path: &Path, content: &[u8], facts: &fs::Metadata) -> io::Result<()> {
    let mut options = File::options();
    // Nobody reads it before it is as the old one was: there may be passwords in it.
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (facts.uid(), facts.gid()) {
        fchown(&file, Some(facts.uid()), Some(facts.gid()))?;
    }
    file.set_permissions(fs::Permissions::from_mode(facts.mode() & 0o7777))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_since_it_was_read_stays() {
        let dir = crate::testing::TempDir::new();
        let path = dir.path().join("k.conf");
        fs::write(&path, "old").unwrap();
        let facts = path.metadata().unwrap();
        fs::write(&path, "other").unwrap();
        assert!(replace(&path, b"new", &facts).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"other");

        let facts = path.metadata().unwrap();
        let elsewhere = dir.path().join("elsewhere.conf");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(replace(&path, b"new", &facts).is_err());
        assert_eq!(fs::read(&elsewhere).unwrap(), b"other");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);

        let facts = elsewhere.metadata().unwrap();
        replace(&elsewhere, b"new", &facts).unwrap();
        assert_eq!(fs::read(&elsewhere).unwrap(), b"new");
    }
}
