//! Wall-clock time as log lines write it.

use std::time::{SystemTime, UNIX_EPOCH};

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment in the local time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalTime {
    year: i32,
    month: usize,
    day: i32,
    week_day: usize,
    hour: i32,
    minute: i32,
    second: i32,
}

impl LocalTime {
    pub(super) fn now() -> Self {
        Self::at(SystemTime::now())
    }

    pub(super) fn at(time: SystemTime) -> Self {
        let seconds = time
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let tm = broken_down(libc::time_t::try_from(seconds).unwrap_or(0));
        Self {
            year: tm.tm_year + 1900,
            month: usize::try_from(tm.tm_mon).unwrap_or(0),
            day: tm.tm_mday,
            week_day: usize::try_from(tm.tm_wday).unwrap_or(0),
            hour: tm.tm_hour,
            minute: tm.tm_min,
            second: tm.tm_sec,
        }
    }

    /// `Fri Nov 20 23:57:29 2026`, as `ctime(3)`.
    pub(super) fn ctime(&self) -> String {
        format!(
            "{} {} {}",
            DAYS[self.week_day % 7],
            self.syslog(),
            self.year
        )
    }

    /// `Nov 20 23:57:29`, RFC 3164 §4.1.2.
    pub(super) fn syslog(&self) -> String {
        let Self {
            day,
            hour,
            minute,
            second,
            ..
        } = self;
        format!(
            "{} {day:2} {hour:02}:{minute:02}:{second:02}",
            MONTHS[self.month % 12]
        )
    }
}

#[allow(unsafe_code, reason = "neither std nor nix knows the local time zone")]
fn broken_down(time: libc::time_t) -> libc::tm {
    // SAFETY: a `tm` is integers and a pointer that nobody follows; zero is valid for both.
    let mut tm = unsafe { std::mem::zeroed::<libc::tm>() };
    // SAFETY: both pointers are to live values of the right type. localtime_r reads TZ, which nothing here
    // ever sets.
    unsafe { libc::localtime_r(&raw const time, &raw mut tm) };
    tm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let time = LocalTime {
            year: 2026,
            month: 10,
            day: 2,
            week_day: 1,
            hour: 3,
            minute: 7,
            second: 9,
        };
        assert_eq!(time.ctime(), "Mon Nov  2 03:07:09 2026");
        assert_eq!(time.syslog(), "Nov  2 03:07:09");
    }

    #[test]
    fn today_is_in_range() {
        let now = LocalTime::now();
        assert!(now.year >= 2026 && (1..=31).contains(&now.day));
    }
}
