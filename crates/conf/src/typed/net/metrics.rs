//! What a route tells TCP: numbers and times, some of which can be locked.

use std::time::Duration;

use super::line::{Dropped, Line};
use crate::config::{CongestionControl, Metric, RouteMetrics};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::schema::exact;
use crate::typed::Builder;
use crate::value::{self, NumberError};
use crate::word::Word;

/// The kernel's limits of times, in milliseconds.
const LEAST: u64 = 200;
const MOST: u64 = 120_000;

impl Builder<'_> {
    /// Whether an option is a metric; it is read then.
    pub(super) fn route_metric(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        metrics: &mut RouteMetrics,
    ) -> Result<bool, Dropped> {
        match &*option.bytes {
            b"mtu" => metrics.mtu = Some(self.lockable_metric(line, "mtu", "MTU")?),
            b"advmss" => metrics.advmss = Some(self.lockable_metric(line, "advmss", "advmss")?),
            b"reordering" => {
                metrics.reordering =
                    Some(self.lockable_metric(line, "reordering", "reordering value")?);
            }
            b"cwnd" => metrics.cwnd = Some(self.lockable_metric(line, "cwnd", "cwnd value")?),
            b"ssthresh" => {
                metrics.ssthresh =
                    Some(self.lockable_metric(line, "ssthresh", "ssthresh value")?);
            }
            b"rtt" => {
                let log = |found: &str| format!("Invalid rtt {found} for route");
                metrics.rtt = Some(self.time_metric(line, "rtt", 8, log)?);
            }
            b"rttvar" => {
                let log = |found: &str| format!("Invalid rttvar {found} for route");
                metrics.rttvar = Some(self.time_metric(line, "rttvar", 4, log)?);
            }
            b"rto_min" => {
                let log =
                    |found: &str| format!("Invalid rto_min value {found} specified for route");
                metrics.rto_min = Some(self.time_metric(line, "rto_min", 1, log)?);
            }
            b"window" => metrics.window = Some(self.plain_metric(line, "window", u32::MAX)?),
            b"initcwnd" => {
                metrics.initcwnd = Some(self.plain_metric(line, "initcwnd", u32::MAX)?)
            }
            b"initrwnd" => {
                metrics.initrwnd = Some(self.plain_metric(line, "initrwnd", u32::MAX)?)
            }
            b"quickack" => metrics.quickack = Some(self.plain_metric(line, "quickack", 1)? == 1),
            b"fastopen_no_cookie" => {
                let on = self.plain_metric(line, "fastopen_no_cookie", 1)? == 1;
                metrics.fastopen_no_cookie = Some(on);
            }
            b"hoplimit" => {
                let log = |found: &str| format!("Invalid hoplimit {found} specified for route");
                let limit = self.number_option(line, 255, "hoplimit", log)?;
                metrics.hop_limit = u8::try_from(limit).ok();
            }
            b"features" => metrics.ecn |= self.is_ecn(line)?,
            b"congctl" => {
                let lock = line.skip("lock");
                let name = self.option_word(line)?.text();
                metrics.congctl = Some(CongestionControl { name, lock });
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn plain_metric(&mut self, line: &mut Line<'_>, what: &str, most: u32) -> Result<u32, Dropped> {
        let log = |found: &str| format!("Invalid {what} value {found} specified for route");
        self.number_option(line, most, what, log)
    }

    fn lockable_metric(
        &mut self,
        line: &mut Line<'_>,
        what: &str,
        called: &str,
    ) -> Result<Metric<u32>, Dropped> {
        let lock = line.skip("lock");
        let log = |found: &str| format!("Invalid {called} {found} specified for route");
        let value = self.number_option(line, u32::MAX, what, log)?;
        Ok(Metric { value, lock })
    }

    fn is_ecn(&mut self, line: &mut Line<'_>) -> Result<bool, Dropped> {
        let word = self.option_word(line)?;
        if word.is("ecn") {
            return Ok(true);
        }
        let found = word.text();
        self.push(
            Diagnostic::warning(
                Code::InvalidValue,
                format!("a route has no feature {found}; ignored"),
            )
            .at(&word.place)
            .expected("ecn")
            .log(format!("feature {found} not supported"))
            .status(Status::General),
        );
        Ok(false)
    }

    /// `Ns`, `Nms`, or a number of the kernel's parts of a millisecond.
    // keepalived: get_time_rtt
    fn time_metric(
        &mut self,
        line: &mut Line<'_>,
        what: &str,
        parts: u64,
        log: impl Fn(&str) -> String,
    ) -> Result<Metric<Duration>, Dropped> {
        let lock = line.skip("lock");
        let word = self.option_word(line)?;
        // The original calls a variance rtt too.
        let called = if what == "rto_min" { "rto" } else { "rtt" };
        let found = word.text();
        let read = match written(&found) {
            Some((number, places)) => {
                let unit = if places.is_none() { 1 } else { parts };
                let range = 0..=MOST * parts;
                let number = value::decimal(number.as_bytes(), places.unwrap_or(0), &range);
                number.map(|number| (number.value * unit, number.rounded))
            }
            None => Err(NumberError::Invalid),
        };
        let (value, rounded) = match read {
            Ok(read) => read,
            Err(error) => return self.no_time(word, what, called, parts, error, log(&found)),
        };
        if rounded {
            self.too_fine(word, what);
        }
        let bounded = value.clamp(LEAST * parts, MOST * parts);
        if bounded != value {
            self.unusual_time(word, what, called, bounded > value);
        }
        let value = Duration::from_micros(bounded * 1000 / parts);
        Ok(Metric { value, lock })
    }

    fn no_time<T>(
        &mut self,
        word: &Word,
        what: &str,
        called: &str,
        parts: u64,
        error: NumberError,
        log: String,
    ) -> Result<T, Dropped> {
        let found = word.text();
        let mut diagnostic = Diagnostic::error(
            Code::InvalidNumber,
            format!("{what} must be a time, found {found}; the line is left out"),
        )
        .at(&word.place)
        .expected("200ms..=120s, as 1.5s, 250ms or a number of the kernel's units");
        if let Some(number) = written(&found) {
            diagnostic = diagnostic.log(reason(number, called, parts, error));
        }
        self.push(diagnostic.log(log).status(Status::General));
        Err(Dropped)
    }

    fn too_fine(&mut self, word: &Word, what: &str) {
        let found = word.text();
        let number = found.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        self.push(
            Diagnostic::warning(
                Code::Adjusted,
                format!("{what} is finer than the kernel counts; rounded"),
            )
            .at(&word.place)
            .log(format!("number '{number}' has too many decimal places"))
            .status(Status::InvalidNumber),
        );
    }

    fn unusual_time(&mut self, word: &Word, what: &str, called: &str, short: bool) {
        let found = word.text();
        let (used, log) = if short {
            (
                "200ms",
                format!("{called} value {found} below minimum 200ms, resetting"),
            )
        } else {
            (
                "120s",
                format!("{called} value {found} exceeds maximum 120s, resetting"),
            )
        };
        self.push(
            Diagnostic::warning(
                Code::OutOfRange,
                format!("{what} must be 200ms..=120s, found {found}; using {used}"),
            )
            .at(&word.place)
            .expected("200ms..=120s")
            .log(log)
            .status(Status::General),
        );
    }
}

/// The original's words for a number it does not take.
fn reason(
    (number, places): (&str, Option<u32>),
    called: &str,
    parts: u64,
    error: NumberError,
) -> String {
    if number.contains(['e', 'E']) {
        return format!("{called} value exponential form {number} no longer supported");
    }
    match error {
        NumberError::Invalid => format!("invalid number '{number}'"),
        NumberError::Negative => format!("negative number '{number}'"),
        NumberError::Range | NumberError::Huge => {
            let most = MOST * parts;
            let range = match places {
                Some(3) => format!("0.000, {}", exact(most, 3)),
                Some(_) | None => format!("0., {most}."),
            };
            format!("number '{number}' outside range [{range}]")
        }
    }
}

/// The number, and the places of it down to milliseconds if it has a unit. `None`: something else than a unit.
fn written(text: &str) -> Option<(&str, Option<u32>)> {
    let Some(at) = text.find(['s', 'S']) else {
        return Some((text, None));
    };
    let (number, unit) = text.split_at(at);
    let seconds = ["s", "sec", "secs"];
    if !seconds.iter().any(|known| unit.eq_ignore_ascii_case(known)) {
        return None;
    }
    let (number, places) = match number.strip_suffix(['m', 'M']) {
        Some(number) => (number, 0),
        None => (number, 3),
    };
    (!number.is_empty()).then_some((number, Some(places)))
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn units_are_found() {
        assert_eq!(written("100"), Some(("100", None)));
        assert_eq!(written("1.5s"), Some(("1.5", Some(3))));
        assert_eq!(written("250MS"), Some(("250", Some(0))));
        assert_eq!(written("3secs"), Some(("3", Some(3))));
        for wrong in ["s", "ms", "1sx", "1second"] {
            assert_eq!(written(wrong), None, "{wrong}");
        }
    }
}
