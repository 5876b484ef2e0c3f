//! Writes what was generated into files.

use std::fmt::Write as _;
use std::path::Path;

use crate::generate::{Item, Style, Way};

/// The main file's text; files it includes are written into the directory.
pub(crate) fn write(items: &[Item], directory: &Path) -> String {
    let mut writer = Writer {
        directory,
        count: 0,
    };
    let mut text = String::new();
    for line in items.iter().flat_map(|item| writer.item(item)) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

struct Writer<'a> {
    directory: &'a Path,
    /// For names that are there once.
    count: usize,
}

impl Writer<'_> {
    fn item(&mut self, item: &Item) -> Vec<String> {
        self.count += 1;
        let count = self.count;
        let lines = self.lines(item);
        match item.style.way {
            Way::Include => {
                let name = format!("part{count}.conf");
                let path = self.directory.join(&name);
                std::fs::write(path, lines.join("\n")).expect("a file for a part");
                vec![format!("include {name}")]
            }
            Way::Lines if lines.iter().all(|line| !line.trim().is_empty()) => {
                vec![
                    format!("$L{count}=\\\n{}", lines.join(" \\\n")),
                    format!("$L{count}"),
                ]
            }
            Way::Condition => lines.iter().map(|line| format!("@id {line}")).collect(),
            Way::Sequence if lines.len() == 1 => vec![format!("~SEQ(i,1,2) {}", lines[0])],
            Way::List if lines.len() == 1 => vec![format!("~LST(v,1,eth0,x) {} $v", lines[0])],
            Way::Plain | Way::Definition | Way::Lines | Way::Sequence | Way::List => lines,
        }
    }

    fn lines(&mut self, item: &Item) -> Vec<String> {
        let Style {
            way,
            blank,
            comment,
            brace_below,
        } = item.style;
        let mut lines = Vec::new();
        let mut words = item.words.clone();
        if way == Way::Definition && words.len() > 1 {
            let value = words.pop().expect("it has several");
            lines.push(format!("$D{}={value}", self.count));
            words.push(format!("$D{}", self.count));
        }
        let mut line = words.join(blank);
        let Some(block) = &item.block else {
            line.push_str(comment);
            lines.push(line);
            return lines;
        };
        if brace_below {
            lines.push(line);
            line = String::new();
        }
        let _ = write!(line, "{blank}{{{comment}");
        lines.push(line);
        for inner in block {
            lines.extend(self.item(inner).iter().map(|line| format!("{blank}{line}")));
        }
        lines.push(format!("}}{comment}"));
        lines
    }
}
