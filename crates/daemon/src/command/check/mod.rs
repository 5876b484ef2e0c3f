//! `keepalived check`: everything that is wrong with configuration files, and what they mean that was hardly meant.
//! Needs neither root nor the machine they are for.

mod compare;
mod fix;
mod human;
mod json;
mod sarif;
mod schema;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use conf::lint::{self, Elsewhere};
use conf::{Diagnostic, LoadOptions, Loaded, Severity, SystemHost};

use super::{NOT_ANSWERED, complain, print};
use compare::Node;

/// There is a warning, and none is allowed.
const WARNINGS: u8 = 1;
/// There is an error.
const ERRORS: u8 = 2;

/// What is checked, and how it is told.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The configuration files, one for each router; two and more are also compared
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    files: Vec<PathBuf>,
    /// How the findings are told
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Writes into the files what has one right form
    #[arg(long)]
    fix: bool,
    /// Says nothing of findings of that code, but for errors
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,
    /// Ends with 1 if there is a warning
    #[arg(long, value_enum, value_name = "warnings")]
    deny: Option<Denied>,
    /// Takes lines beginning `@ID` as the router of that name does; once for all files, or once for each. One file with
    /// several ids is checked as several routers
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Vec<String>,
    /// Prints every keyword with its place, values and default instead
    #[arg(long, value_enum, value_name = "json", conflicts_with = "files")]
    schema: Option<Schema>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: the line and a caret
    Human,
    /// An array of objects, one a finding
    Json,
    /// SARIF 2.1.0, for editors and code review
    Sarif,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Denied {
    Warnings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Schema {
    Json,
}

pub(super) fn run(options: &Options) -> ExitCode {
    if let Some(Schema::Json) = options.schema {
        print(&schema::json());
        return ExitCode::SUCCESS;
    }
    if let Some(sentence) = unknown_code(&options.allow) {
        complain(&sentence);
        return ExitCode::from(NOT_ANSWERED);
    }
    let nodes = match compare::nodes(&options.files, &options.config_id) {
        Ok(nodes) => nodes,
        Err(sentence) => {
            complain(&sentence);
            return ExitCode::from(NOT_ANSWERED);
        }
    };
    if options.fix
        && let Err(error) = fix_all(options, &nodes)
    {
        complain(&error.to_string());
        return ExitCode::from(NOT_ANSWERED);
    }
    let findings = findings(options, &nodes);
    print(&match options.format {
        Format::Human => human::text(&findings),
        Format::Json => json::text(&findings),
        Format::Sarif => sarif::text(&findings),
    });
    exit_status(options, &findings)
}

/// Everything that is found in all the files, without what is allowed.
fn findings(options: &Options, nodes: &[Node]) -> Vec<Diagnostic> {
    let host = Elsewhere::new(&SystemHost);
    let allowed: BTreeSet<_> = options.allow.iter().map(String::as_str).collect();
    let loaded: Vec<_> = nodes.iter().map(load).collect();
    let mut findings = Vec::new();
    for one in &loaded {
        let found = lint::run(one, &host);
        found
            .left_out()
            .iter()
            .for_each(|sentence| complain(sentence));
        findings.extend(found.iter().cloned());
    }
    compare::once(&mut findings);
    findings.extend(compare::findings(nodes, &loaded));
    if nodes.len() > 1 {
        findings.sort_by_key(|found| Reverse(found.severity));
    }
    let is_told = |found: &Diagnostic| {
        found.severity == Severity::Error || !allowed.contains(found.code.as_str())
    };
    findings.retain(is_told);
    findings
}

fn load(node: &Node) -> Loaded {
    let load = LoadOptions {
        path: node.path.clone(),
        config_id: node.id.clone(),
        all_include_checks: false,
        keep_tree: true,
    };
    conf::load(&load, &Elsewhere::new(&SystemHost))
}

fn fix_all(options: &Options, nodes: &[Node]) -> std::io::Result<()> {
    /// Each round sees what the one before has uncovered: a block whose keyword was wrong.
    const ROUNDS: usize = 100;
    // What is printed to standard output is the findings', where a program reads it.
    let tell = |text: &str| match options.format {
        Format::Human => print(text),
        Format::Json | Format::Sarif => {}
    };
    for node in nodes {
        for _ in 0..ROUNDS {
            let found = lint::run(&load(node), &Elsewhere::new(&SystemHost));
            let fixed = fix::file(&node.path, &found)?;
            tell(&fixed.summary);
            if !fixed.changed {
                tell(&fixed.elsewhere);
                break;
            }
        }
    }
    Ok(())
}

fn unknown_code(allowed: &[String]) -> Option<String> {
    let known = lint::codes();
    let unknown = allowed.iter().find(|code| !known.contains(code.as_str()))?;
    Some(format!("--allow: there is nothing called {unknown}"))
}

fn exit_status(options: &Options, findings: &[Diagnostic]) -> ExitCode {
    let worst = findings.iter().map(|found| found.severity).max();
    match worst {
        Some(Severity::Error) => ExitCode::from(ERRORS),
        Some(Severity::Warning) if options.deny.is_some() => ExitCode::from(WARNINGS),
        Some(Severity::Warning | Severity::Note) | None => ExitCode::SUCCESS,
    }
}
