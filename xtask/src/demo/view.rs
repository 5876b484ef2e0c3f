//! What the demo prints while it runs: one line for each thing that happens, and one each second for how it goes.

use std::fmt::Display;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// The live output.
pub(super) struct View {
    begun: Instant,
    colour: bool,
}

/// Whose line it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    /// The demo itself.
    Demo,
    /// A host of the lab.
    Host(&'a str),
}

impl View {
    /// The clock begins.
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            colour: std::io::stdout().is_terminal(),
        }
    }

    /// A new part of the story.
    pub(super) fn headline(&self, text: &str) {
        let (bold, plain) = if self.colour {
            ("\x1b[1m", "\x1b[0m")
        } else {
            ("", "")
        };
        println!("\n{bold}── {text}{plain}");
    }

    /// Something happened just now.
    pub(super) fn line(&self, who: Who, what: impl Display) {
        let (name, colour) = match who {
            Who::Demo => ("", ""),
            Who::Host("director1") => ("director1", "\x1b[36m"),
            Who::Host("director2") => ("director2", "\x1b[33m"),
            Who::Host("client") => ("client", "\x1b[35m"),
            Who::Host(name) => (name, ""),
        };
        let seconds = self.begun.elapsed().as_secs_f64();
        if self.colour && !colour.is_empty() {
            println!("{seconds:7.2} s  {colour}{name:<11}{what}\x1b[0m");
        } else {
            println!("{seconds:7.2} s  {name:<11}{what}");
        }
    }
}

/// Milliseconds as people read them: `3,630 ms`.
pub(crate) fn milliseconds(time: Duration) -> String {
    let digits = time.as_millis().to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + " ms"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let shown = |time| milliseconds(Duration::from_millis(time));
        assert_eq!(shown(0), "0 ms");
        assert_eq!(shown(999), "999 ms");
        assert_eq!(shown(3630), "3,630 ms");
        assert_eq!(shown(1_234_567), "1,234,567 ms");
    }
}
