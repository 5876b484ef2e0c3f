//! Named steps, run one after the other, each with its time; a summary at the end.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What was run so far.
pub(crate) struct Steps {
    begun: Instant,
    done: Vec<Done>,
}

struct Done {
    name: &'static str,
    took: Duration,
    failure: Option<String>,
}

impl Steps {
    /// Nothing was run yet.
    pub(crate) fn new() -> Self {
        Self {
            begun: Instant::now(),
            done: Vec::new(),
        }
    }

    /// Runs one step. A failure is kept, so that one run shows all there is to mend.
    pub(crate) fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) {
        println!("==> {name}");
        let begun = Instant::now();
        let failure = step().err().map(|error| format!("{error:#}"));
        if let Some(failure) = &failure {
            println!("==> {name} FAILED: {failure}");
        }
        self.done.push(Done {
            name,
            took: begun.elapsed(),
            failure,
        });
    }

    /// Prints what was run and how it ended; an error if a step failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!();
        for step in &self.done {
            let verdict = if step.failure.is_some() {
                "FAILED"
            } else {
                "ok"
            };
            println!(
                "{:>7.1} s  {verdict:<6}  {}",
                step.took.as_secs_f64(),
                step.name
            );
            if let Some(failure) = &step.failure {
                println!("                     {failure}");
            }
        }
        let failed = self
            .done
            .iter()
            .filter(|step| step.failure.is_some())
            .count();
        let (steps, seconds) = (self.done.len(), self.begun.elapsed().as_secs());
        if failed > 0 {
            bail!("{failed} of {steps} steps failed, after {seconds} s");
        }
        println!("all {steps} steps passed in {seconds} s");
        Ok(())
    }
}

/// The cargo that started us.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command; an error names it.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command
        .status()
        .with_context(|| format!("cannot run {shown}"))?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// Runs a command and gives its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command
        .output()
        .with_context(|| format!("cannot run {shown}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{shown}: {}: {}", output.status, said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{shown}: not text"))
}

fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
