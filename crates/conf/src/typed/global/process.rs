//! Names, priorities, memory and processors of the processes.

use std::time::Duration;

use crate::config::global::{Ceiling, Process};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

/// The longest comm name.
const COMM: usize = 15;

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn process_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "process_names" => self.process_names(),
            "process_name" => {
                self.global.config.process_name = Some(self.comm_name(statement));
            }
            "max_auto_priority" => self.max_auto_priority(statement),
            "min_auto_priority_delay" => {
                if let Some(delay) = self.microseconds(statement) {
                    self.global.config.auto_priority.delay = delay;
                }
            }
            "lvs_process_name" => {
                self.renamed(statement, "checker_process_name");
                let name = self.comm_name(statement);
                self.global.config.checker_process.name = Some(name);
            }
            _ => return self.setting_of_a_process(keyword, statement),
        }
        true
    }

    fn process_names(&mut self) {
        let config = &mut self.global.config;
        for (process, name) in [
            (&mut config.vrrp_process, "keepalived_vrrp"),
            (&mut config.checker_process, "keepalived_lvs"),
            (&mut config.bfd_process, "keepalived_bfd"),
        ] {
            process.name = Some(name.to_owned());
        }
    }

    /// `vrrp_priority`, `checker_priority`, ...
    fn setting_of_a_process(&mut self, keyword: &str, statement: &Statement) -> bool {
        let Some((which, setting)) = keyword.split_once('_') else {
            return false;
        };
        let process: fn(&mut Self) -> &mut Process = match which {
            "vrrp" => |builder| &mut builder.global.config.vrrp_process,
            "checker" => |builder| &mut builder.global.config.checker_process,
            "bfd" => |builder| &mut builder.global.config.bfd_process,
            _ => return false,
        };
        match setting {
            "process_name" => process(self).name = Some(self.comm_name(statement)),
            "no_swap" => process(self).no_swap = true,
            "priority" => {
                if let Some(nice) = self.int_setting(statement, "") {
                    process(self).nice = nice;
                }
            }
            "rt_priority" => {
                if let Some(priority) = self.rt_priority(which, statement) {
                    process(self).rt_priority = Some(priority);
                }
            }
            "cpu_affinity" => process(self).cpu_affinity = self.cpu_affinity(statement),
            "rlimit_rttime" | "rlimit_rtime" => {
                if setting == "rlimit_rtime" {
                    self.renamed(statement, &format!("{which}_rlimit_rttime"));
                }
                if let Some(limit) = self.microseconds(statement) {
                    // Half of it must not be nothing.
                    process(self).rlimit_rttime = limit.max(Duration::from_micros(2));
                }
            }
            _ => return false,
        }
        true
    }

    /// A whole number of microseconds.
    fn microseconds(&mut self, statement: &Statement) -> Option<Duration> {
        self.int_setting(statement, "").map(Duration::from_micros)
    }

    // keepalived: save_process_name
    fn comm_name(&mut self, statement: &Statement) -> String {
        let word = &statement.words[1];
        let mut name = word.text();
        if name.len() <= COMM {
            return name;
        }
        let log = format!("Process name {name} more than {COMM} characters, truncating");
        let end = (0..=COMM).rev().find(|end| name.is_char_boundary(*end));
        name.truncate(end.unwrap_or(0));
        let sentence = format!("a process name has {COMM} bytes at the most; using {name}");
        self.push(
            Diagnostic::warning(Code::Adjusted, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
        name
    }

    // keepalived: max_auto_priority_handler
    fn max_auto_priority(&mut self, statement: &Statement) {
        let read = if statement.arguments().is_empty() {
            Some(99)
        } else {
            self.int_setting::<i64>(statement, "")
        };
        let Some(read) = read else {
            return;
        };
        self.global.config.auto_priority.ceiling = match u8::try_from(read) {
            Ok(0) => Ceiling::Unset,
            Ok(most) => Ceiling::UpTo(most),
            Err(_) => Ceiling::Never,
        };
    }

    /// What is too low or too high becomes the limit.
    // keepalived: get_realtime_priority
    fn rt_priority(&mut self, which: &str, statement: &Statement) -> Option<u8> {
        let row = statement.keyword?;
        let word = &statement.words[1];
        let found = word.text();
        let log = format!("{which} process real-time priority '{found}' invalid");
        let wrong = Wrong::new(row.keyword, "ignored", log);
        let range = i64::from(i32::MIN)..=i64::from(i32::MAX);
        let value = self.integer(word, range, &wrong)?;
        let used = value.clamp(1, 99);
        if used != value {
            let side = if value < used {
                "less than minimum 1 - setting to minimum"
            } else {
                "greater than maximum 99 - setting to maximum"
            };
            let log = format!("{which} process real-time priority {value} {side}");
            let wrong = Wrong::new(row.keyword, "", log);
            let sentence = format!(
                "{} must be 1..=99, found {found}; using {used}",
                row.keyword
            );
            let diagnostic = Diagnostic::warning(Code::OutOfRange, sentence).at(&word.place);
            let diagnostic = wrong.log(diagnostic).expected("1..=99");
            self.push(diagnostic.status(Status::General));
        }
        u8::try_from(used).ok()
    }

    /// The processors of a process; one that is not there makes the whole statement void.
    // keepalived: get_cpu_affinity
    fn cpu_affinity(&mut self, statement: &Statement) -> Vec<u16> {
        let Some(row) = statement.keyword else {
            return Vec::new();
        };
        let last = i64::from(self.host.processors().saturating_sub(1));
        let mut processors = Vec::new();
        for word in statement.arguments() {
            let read = leading_number(word).to_string();
            let log = row.log.unwrap_or_default().replace("{value}", &read);
            let wrong = Wrong::new(row.keyword, "using all processors", log);
            let id = self.integer(word, 0..=last, &wrong);
            let Some(id) = id.and_then(|id| u16::try_from(id).ok()) else {
                return Vec::new();
            };
            processors.push(id);
        }
        processors
    }
}

/// What C makes of a word that should be a number: the original's message shows that.
fn leading_number(word: &Word) -> i64 {
    let text = word.text();
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *at == 0 && matches!(c, '-' | '+')))
        .map_or(text.len(), |(at, _)| at);
    text[..end].parse().unwrap_or(0)
}
