//! `cargo xtask bench failover`.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use integration::Program;

use super::hogs::Hogs;
use super::pair::{Pair, Timing};
use super::table::{Table, Unit, percentile};
use crate::machine::{self, IPROUTE, ORIGINAL};
use crate::program::{self, Which};
use crate::stop;

/// What the bench takes.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Take-overs at 1 s, and stops; at 10 ms there are four times as many take-overs
    #[arg(long, default_value_t = 16)]
    rounds: u32,
    /// Seconds under load
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The program in the column of ours: `ours` or a path
    #[arg(long, default_value = "ours", value_name = "PROGRAM")]
    with: Which,
}

/// Version 2, the interval of most configurations.
const SLOW: Timing = Timing {
    version: 2,
    interval: Duration::from_secs(1),
};
/// Version 3, the shortest interval there is.
const FAST: Timing = Timing {
    version: 3,
    interval: Duration::from_millis(10),
};
/// Reloads of each.
const RELOADS: u32 = 8;

/// Ours, and the original.
type Both<T> = [T; 2];

/// Runs it and prints its table.
pub(super) fn run(options: &Options) -> Result<()> {
    machine::require_root("the benches make network namespaces")?;
    machine::provide(&[&IPROUTE, &ORIGINAL])?;
    let programs = [program::provide(&options.with)?, Program::Original];
    stop::watch()?;
    integration::clean("bench")?;

    let mut table = Table::default();
    println!("1 s, version 2: {} take-overs of each", options.rounds);
    {
        let mut pairs = start(&programs, SLOW)?;
        let late = together(&mut pairs, |pair| {
            repeat(options.rounds, || pair.take_over())
        })?;
        table.spread("v2 1 s, take-over later than its limit", &late);
        reload(&mut table, "v2 1 s", &mut pairs)?;
    }
    let fast_rounds = 4 * options.rounds;
    println!(
        "10 ms, version 3: {fast_rounds} take-overs and {} stops of each, alternating",
        options.rounds
    );
    let mut pairs = start(&programs, FAST)?;
    let late = alternate(&mut pairs, fast_rounds, Pair::take_over)?;
    table.spread("v3 10 ms, take-over later than its limit", &late);
    reload(&mut table, "v3 10 ms", &mut pairs)?;
    let stops = alternate(&mut pairs, options.rounds, Pair::stop)?;
    let goodbye = stops
        .each_ref()
        .map(|stops| stops.iter().map(|stop| stop.0).collect());
    table.spread("TERM → priority 0 advert", &goodbye);
    let gone = stops
        .each_ref()
        .map(|stops| stops.iter().map(|stop| stop.1).collect::<Vec<_>>());
    table.row(
        "TERM → addresses released, process gone: median",
        Unit::Milliseconds,
        gone.each_ref().map(|s| percentile(s, 0.5)),
    );

    let hogs = Hogs::start()?;
    println!(
        "10 ms, version 3: {} s under load, {} busy loops",
        options.seconds,
        hogs.count()
    );
    let changes = under_load(&mut pairs, Duration::from_secs(options.seconds))?;
    drop(hogs);
    let what = format!(
        "v3 10 ms, state changes in {} s under load",
        options.seconds
    );
    table.row(what, Unit::Count, changes);
    println!("\n{table}");
    Ok(())
}

fn start(programs: &Both<Program>, timing: Timing) -> Result<Both<Pair>> {
    let [ours, original] = programs.clone();
    Ok([Pair::start(ours, timing)?, Pair::start(original, timing)?])
}

fn repeat<T>(rounds: u32, mut act: impl FnMut() -> Result<T>) -> Result<Vec<T>> {
    (0..rounds).map(|_| act()).collect()
}

/// One of ours, one of theirs, and so on: nothing else runs while one is measured.
fn alternate<T>(
    pairs: &mut Both<Pair>,
    rounds: u32,
    mut act: impl FnMut(&mut Pair) -> Result<T>,
) -> Result<Both<Vec<T>>> {
    let mut found = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (pair, found) in pairs.iter_mut().zip(&mut found) {
            found.push(act(pair)?);
        }
    }
    Ok(found)
}

/// Both at the same time, half a round apart: what takes seconds of waiting would take twice as many one by one.
fn together<T: Send>(
    pairs: &mut Both<Pair>,
    act: impl Fn(&mut Pair) -> Result<T> + Sync,
) -> Result<Both<T>> {
    let [ours, original] = pairs;
    let act = &act;
    thread::scope(|scope| {
        let first = scope.spawn(move || act(ours));
        let second = scope.spawn(move || {
            stop::sleep(HALF_A_ROUND)?;
            act(original)
        });
        let results = [first.join(), second.join()];
        let [first, second] =
            results.map(|result| result.map_err(|_| anyhow!("a measurement panicked")));
        Ok([first??, second??])
    })
}

const HALF_A_ROUND: Duration = Duration::from_millis(2500);

/// One after the other: while one reads its file, the other one's adverts would be late.
fn reload(table: &mut Table, name: &str, pairs: &mut Both<Pair>) -> Result<()> {
    let quiet = alternate(pairs, RELOADS, Pair::no_reload)?;
    let found = alternate(pairs, RELOADS, Pair::reload)?;
    let gaps = |samples: &Both<Vec<Reload>>, share| {
        let gaps = |of: &Vec<Reload>| of.iter().map(|reload| reload.0).collect::<Vec<_>>();
        samples.each_ref().map(|of| percentile(&gaps(of), share))
    };
    let what = format!("{name}, longest gap / interval");
    let row =
        |(with, samples, share): (&str, _, _)| (format!("{what}, {with}"), gaps(samples, share));
    let rows = [
        ("reload of an unchanged file: median", &found, 0.5),
        ("reload of an unchanged file: largest", &found, 1.0),
        ("nothing happens: median", &quiet, 0.5),
        ("nothing happens: largest", &quiet, 1.0),
    ];
    for (what, both) in rows.map(row) {
        table.row(what, Unit::Times, both);
    }
    let changes = |of: &Vec<Reload>| of.iter().map(|reload| reload.1).sum::<usize>();
    let changes = found.each_ref().map(changes);
    let changes = changes.map(|changes| u32::try_from(changes).map_or(f64::NAN, f64::from));
    let what = format!("{name}, changes in the kernel in {RELOADS} reloads");
    table.row(what, Unit::Count, changes);
    Ok(())
}

/// The longest gap, and the changes in the kernel.
type Reload = (f64, usize);

/// How often both logs tell of a change while nothing happens but load.
fn under_load(pairs: &mut Both<Pair>, time: Duration) -> Result<Both<f64>> {
    let before = state_lines(pairs)?;
    stop::sleep(time)?;
    let after = state_lines(pairs)?;
    Ok([after[0] - before[0], after[1] - before[1]])
}

fn state_lines(pairs: &mut Both<Pair>) -> Result<Both<f64>> {
    let mut found = [0.0; 2];
    for (pair, found) in pairs.iter_mut().zip(&mut found) {
        *found = f64::from(u32::try_from(pair.state_lines()?).context("a count of lines")?);
    }
    Ok(found)
}
