//! Thousands of bad days. `SIM_SEED=n` runs one again and shows its script and trace; `SIM_SEEDS=n` runs that many.

use std::env;
use std::panic;
use std::thread;

use sim::random::scenario;
use sim::{Scenario, Trace, Violation};

const SEEDS: u64 = 2_400;
/// Every so many seeds are run twice, to compare the traces.
const TWICE: u64 = 20;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

fn failure(scenario: &Scenario, trace: &Trace, violation: &Violation) -> String {
    let seed = scenario.seed;
    format!(
        "{scenario}\n{}\n{violation}\nrun it again: SIM_SEED={seed}",
        trace.tail()
    )
}

fn check(seed: u64) -> Result<(), String> {
    let scenario = scenario(seed);
    let run = || panic::catch_unwind(|| scenario.run());
    let (trace, result) = run().map_err(|_| format!("{scenario}\nthe core panicked"))?;
    result.map_err(|violation| failure(&scenario, &trace, &violation))?;
    if seed.is_multiple_of(TWICE) {
        let (again, _) = scenario.run();
        if trace.to_string() != again.to_string() || trace != again {
            return Err(format!("{scenario}\ntwo runs of one script differ"));
        }
    }
    Ok(())
}

#[test]
fn laws_hold_for_every_seed() {
    if let Some(seed) = number("SIM_SEED") {
        let scenario = scenario(seed);
        let (trace, result) = scenario.run();
        println!("{scenario}\n{trace}");
        assert_eq!(result, Ok(()));
        return;
    }
    let (seeds, workers) = (number("SIM_SEEDS").unwrap_or(SEEDS), 4);
    let broken: Vec<String> = thread::scope(|scope| {
        let work = |first| move || (first..seeds).step_by(4).find_map(|seed| check(seed).err());
        let threads: Vec<_> = (0..workers).map(|first| scope.spawn(work(first))).collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().unwrap())
            .collect()
    });
    // The shortest script is the one to read.
    if let Some(text) = broken.iter().min_by_key(|text| text.len()) {
        panic!("{text}");
    }
}

#[test]
fn one_seed_is_one_trace() {
    for seed in [1, 2, 3] {
        let scenario = scenario(seed);
        assert_eq!(scenario.run().0.to_string(), scenario.run().0.to_string());
    }
    assert_ne!(scenario(1).run().0, scenario(2).run().0);
}
