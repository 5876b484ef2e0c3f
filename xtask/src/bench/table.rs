//! Figures and the table that holds them.

use std::fmt;

/// The unit of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    /// Shown as such; negative where something happened before its limit.
    Milliseconds,
    /// For what is small.
    Microseconds,
    /// Of memory.
    Megabytes,
    /// A plain number.
    Count,
    /// A factor.
    Times,
}

/// One measure, of both.
struct Row {
    what: String,
    unit: Unit,
    ours: f64,
    original: f64,
}

/// The result of a bench.
#[derive(Default)]
pub(super) struct Table(Vec<Row>);

impl Table {
    /// Adds a measure.
    pub(super) fn row(&mut self, what: impl Into<String>, unit: Unit, both: [f64; 2]) {
        let [ours, original] = both;
        self.0.push(Row {
            what: what.into(),
            unit,
            ours,
            original,
        });
    }

    /// Adds the smallest, the middle and the largest of a measure in milliseconds.
    pub(super) fn spread(&mut self, what: &str, samples: &[Vec<f64>; 2]) {
        let count = samples.iter().map(Vec::len).min().unwrap_or_default();
        let at = |share| samples.each_ref().map(|samples| percentile(samples, share));
        let rows = [
            (format!("{what}: median of {count}"), 0.5),
            (format!("{what}: smallest"), 0.0),
            (format!("{what}: largest"), 1.0),
        ];
        for (name, share) in rows {
            self.row(name, Unit::Milliseconds, at(share));
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .0
            .iter()
            .map(|row| row.what.chars().count())
            .max()
            .unwrap_or_default();
        writeln!(
            out,
            "{:width$}  {:>13}  {:>13}  {:>7}",
            "", "ours", "original", "ratio"
        )?;
        for row in &self.0 {
            let ratio = if row.original > 0.0 && row.ours >= 0.0 {
                format!("{:.2}", row.ours / row.original)
            } else {
                "-".to_owned()
            };
            let [ours, original] = [row.ours, row.original].map(|value| row.unit.show(value));
            writeln!(
                out,
                "{:width$}  {ours:>13}  {original:>13}  {ratio:>7}",
                row.what
            )?;
        }
        Ok(())
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        if value.is_nan() {
            return "nothing seen".to_owned();
        }
        match self {
            Self::Milliseconds => format!("{value:.3} ms"),
            Self::Microseconds => format!("{value:.3} µs"),
            Self::Megabytes => format!("{value:.1} MB"),
            Self::Count => format!("{value:.0}"),
            Self::Times => format!("{value:.3} ×"),
        }
    }
}

/// The value that a share of the samples does not exceed (nearest rank); not a number without samples.
pub(super) fn percentile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank =
        |share: f64| (1..=sorted.len()).find(|rank| *rank as f64 >= share * sorted.len() as f64);
    rank(share)
        .and_then(|rank| sorted.get(rank - 1))
        .copied()
        .unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let samples: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&samples, 0.5), 50.0);
        assert_eq!(percentile(&samples, 0.99), 99.0);
        assert_eq!(percentile(&[3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
        assert!(percentile(&[], 0.5).is_nan());
    }

    #[test]
    fn a_table_has_both_and_their_ratio() {
        let mut table = Table::default();
        table.row("stop", Unit::Milliseconds, [10.0, 1000.0]);
        table.row("changes", Unit::Count, [0.0, 0.0]);
        let shown = table.to_string();
        let mut lines = shown
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(
            lines.next().unwrap(),
            ["stop", "10.000", "ms", "1000.000", "ms", "0.01"]
        );
        assert_eq!(lines.next().unwrap(), ["changes", "0", "0", "-"]);
    }
}
