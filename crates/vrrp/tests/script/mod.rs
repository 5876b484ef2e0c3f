//! The language of the step scripts, and what runs them.

mod declare;
mod perform;
mod print;

use std::collections::BTreeMap;
use std::time::Duration;

use vrrp::RouterConfig;

/// A script, as it is in the file.
pub(crate) struct Script {
    lines: Vec<Line>,
    configs: BTreeMap<String, RouterConfig>,
}

enum Line {
    /// Goes back into the file as it is.
    Kept(String),
    /// `at TIME EVENT`; what followed is worked out anew.
    Event { time: Duration, event: String },
}

/// Column that the actions stand in.
const COLUMN: usize = 56;

impl Script {
    /// Reads a script, leaving out what it expects.
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut configs = BTreeMap::new();
        let mut current = String::from("first");
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["=>", ..] => continue,
                ["at", time, ..] => {
                    let event = line.split("=>").next().unwrap().split_whitespace();
                    lines.push(Line::Event {
                        time: Duration::from_secs_f64(time.parse().unwrap()),
                        event: event.skip(2).collect::<Vec<_>>().join(" "),
                    });
                    continue;
                }
                ["config", name] => current = (*name).to_owned(),
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                words => declare::declare(configs.entry(current.clone()).or_default(), words),
            }
            lines.push(Line::Kept(line.to_owned()));
        }
        Self { lines, configs }
    }

    /// The script with what really happens.
    pub(crate) fn run(&self) -> String {
        let mut world = perform::World::new(self.configs.clone());
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Kept(line) => text.push_str(line),
                Line::Event { time, event } => {
                    let actions = world.perform(*time, event);
                    let head = format!("at {:.3} {event}", time.as_secs_f64());
                    text.push_str(&with_actions(&head, &actions));
                }
            }
            text.push('\n');
        }
        text
    }
}

fn with_actions(head: &str, actions: &[String]) -> String {
    let nothing = [String::from("nothing")];
    let actions = if actions.is_empty() {
        &nothing[..]
    } else {
        actions
    };
    let rows = actions.iter().enumerate().map(|(row, action)| {
        let head = if row == 0 { head } else { "" };
        format!("{head:COLUMN$} => {action}")
    });
    rows.collect::<Vec<_>>().join("\n")
}
