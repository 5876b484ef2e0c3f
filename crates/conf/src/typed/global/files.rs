//! Files, directories, reloads, and the file mode mask.

use std::path::{Path, PathBuf};

use crate::config::global::{Files, default_marker};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::host::PathFacts;
use crate::tree::Statement;
use crate::typed::Builder;
use crate::word::Word;

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn file_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "include_check" => {} // The reader has acted on it.
            "umask" => self.umask(statement),
            "config_save_dir" => self.save_directory(statement),
            "tmp_config_directory" => {
                if self.is_first(statement, "") {
                    self.global.config.files.copy_directory = self.path_setting(statement);
                }
            }
            "data_use_instance" => {
                self.global_bool(statement, |global| &mut global.files.dumps_name_instance);
            }
            "json_version" => self.global_int(statement, |global| &mut global.files.json_version),
            "iproute_usr_dir" => {
                self.one_path(statement, |files, path| files.iproute_vendor = path)
            }
            "iproute_etc_dir" => self.one_path(statement, |files, path| files.iproute_local = path),
            "state_dump_file" => {
                self.one_path(statement, |files, path| files.state_dump = Some(path));
            }
            "stats_dump_file" => {
                self.one_path(statement, |files, path| files.stats_dump = Some(path));
            }
            "json_dump_file" => {
                self.one_path(statement, |files, path| files.json_dump = Some(path));
            }
            _ => return self.reload_keyword(keyword, statement),
        }
        true
    }

    fn reload_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        let path = self.path_setting(statement);
        let reload = &mut self.global.config.reload;
        match keyword {
            "reload_check_config" => {
                reload.check_log = Some(path.unwrap_or_else(|| "/dev/null".into()));
            }
            "reload_repeat" => reload.repeat = true,
            "reload_file" => self.global.marker = Some(path),
            "reload_time_file" if statement.arguments().len() == 1 => reload.time_file = path,
            "reload_time_file" => self.not_one_path(statement),
            _ => return false,
        }
        true
    }

    /// A keyword with exactly one word; dumps need a name, directories do not in the original.
    fn one_path(&mut self, statement: &Statement, set: fn(&mut Files, PathBuf)) {
        let is_dump = statement.head().text().ends_with("_dump_file");
        match statement.arguments() {
            [word] if !(is_dump && word.bytes.is_empty()) => {
                set(&mut self.global.config.files, word.text().into());
            }
            _ => self.not_one_path(statement),
        }
    }

    fn not_one_path(&mut self, statement: &Statement) {
        let name = statement.head().text();
        let log = statement
            .keyword
            .and_then(|row| row.log)
            .unwrap_or_default();
        let word = statement.arguments().last().unwrap_or(statement.head());
        self.push(
            Diagnostic::warning(Code::ExtraWords, format!("{name} takes one path; ignored"))
                .at(&word.place)
                .hint("a path with blanks goes into double quotes")
                .log(log.replace("{keyword}", &name))
                .status(Status::General),
        );
    }

    /// The original makes the directory, under -t too; here whoever writes into it does.
    // keepalived: config_save_dir_handler
    fn save_directory(&mut self, statement: &Statement) {
        let word = &statement.words[1];
        let text = word.text();
        let path = Path::new(&text);
        let (sentence, log) = match self.host.path(path) {
            PathFacts::Directory => return self.keep_save_directory(&text),
            PathFacts::Other => (
                format!("{text} is no directory; ignored"),
                format!("config_save_dir {text} exists and is not a directory"),
            ),
            PathFacts::Missing => {
                let parent = path
                    .parent()
                    .filter(|parent| !parent.as_os_str().is_empty());
                let can_be_made = parent
                    .is_none_or(|parent| matches!(self.host.path(parent), PathFacts::Directory));
                if can_be_made {
                    return self.keep_save_directory(&text);
                }
                (
                    format!(
                        "{text} cannot be made, because the directory it would be in is missing; ignored"
                    ),
                    format!(
                        "Unable to create config_save_dir {text} (error 2 - No such file or directory)"
                    ),
                )
            }
        };
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
    }

    fn keep_save_directory(&mut self, text: &str) {
        let text = text.strip_suffix('/').unwrap_or(text);
        self.global.config.files.save_directory = Some(text.into());
    }

    // keepalived: umask_handler
    fn umask(&mut self, statement: &Statement) {
        let words = statement.arguments();
        let read = if words[0].bytes.first().is_some_and(u8::is_ascii_digit) {
            umask_number(words)
        } else {
            umask_bits(words)
        };
        let (word, log) = match read {
            Ok(mask) => {
                self.global.config.umask = Some(mask);
                return;
            }
            Err(problem) => problem,
        };
        let found = word.text();
        let sentence = format!(
            "umask must be a number of 0..=0777 or names of bits with `|` between them, found {found}; ignored"
        );
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&word.place)
                .expected("0..=0777, or IRUSR|IWUSR|IXUSR|IRGRP|...")
                .log(log)
                .status(Status::General),
        );
    }

    /// At the end of the file: names that depend on other settings.
    pub(super) fn finish_files(&mut self) {
        let config = &mut self.global.config;
        config.reload.marker = self.global.marker.take().map(|path| {
            path.unwrap_or_else(|| default_marker(config.instance.as_deref(), config.use_pid_dir))
        });
    }
}

/// A mask, or the word that is none and the original's line.
type Mask<'w> = Result<u32, (&'w Word, String)>;

fn umask_number(words: &[Word]) -> Mask<'_> {
    if let Some(extra) = words.get(1) {
        return Err((extra, "Extra parameter(s) to umask option".to_owned()));
    }
    let text = words[0].text();
    let wrong = || (&words[0], format!("invalid umask value {text}"));
    c_number(&text)
        .filter(|mask| *mask <= 0o777)
        .ok_or_else(wrong)
}

/// A number as C reads it: 0 begins an octal one, 0x a hexadecimal one.
fn c_number(text: &str) -> Option<u32> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => u32::from_str_radix(octal, 8).ok(),
        Some(_) | None => text.parse().ok(),
    }
}

/// Names of bits and `|` in turn; blanks only between words.
fn umask_bits(words: &[Word]) -> Mask<'_> {
    let (mut mask, mut wants_bar) = (0, false);
    for word in words {
        let text = word.text();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            if wants_bar {
                rest = rest
                    .strip_prefix('|')
                    .ok_or_else(|| (word, format!("Invalid umask syntax {text}")))?;
                wants_bar = false;
                continue;
            }
            let bit = rest.get(..5).and_then(umask_bit);
            mask |= bit.ok_or_else(|| (word, format!("Unknown umask bit {rest}")))?;
            (rest, wants_bar) = (&rest[5..], true);
        }
    }
    if wants_bar {
        Ok(mask)
    } else {
        Err((
            &words[words.len() - 1],
            "umask missing bit value".to_owned(),
        ))
    }
}

fn umask_bit(name: &str) -> Option<u32> {
    Some(match name {
        "IRUSR" => 0o400,
        "IWUSR" => 0o200,
        "IXUSR" => 0o100,
        "IRWXU" => 0o700,
        "IRGRP" => 0o040,
        "IWGRP" => 0o020,
        "IXGRP" => 0o010,
        "IRWXG" => 0o070,
        "IROTH" => 0o004,
        "IWOTH" => 0o002,
        "IXOTH" => 0o001,
        "IRWXO" => 0o007,
        _ => return None,
    })
}
