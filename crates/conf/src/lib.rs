//! The configuration language: `keepalived.conf` in, a typed [`Config`] and a list of [`Diagnostic`]s out.
//!
//! Never a panic, and never an error instead of a configuration: a bad line is a diagnostic, and what is left
//! of the file means what it would have meant in the original. Only a block that is not closed is kinder here: it
//! ends where a block begins that it cannot have, and does not swallow it.

pub mod config;
pub mod data;
pub mod diagnostic;
mod dump;
pub mod host;
pub mod lint;
mod mend;
pub mod schema;
mod source;
mod tree;
mod typed;
mod value;
mod word;

use std::io;
use std::path::PathBuf;

pub use config::{
    Check, Command, Config, Global, Group, Instance, Notify, TrackScriptCommand, User,
};
use diagnostic::Effect;
pub use diagnostic::Place;
pub use diagnostic::{
    Code, Diagnostic, Diagnostics, Edit, Severity, Span, Status, shown_line, told,
};
pub use dump::{Dumped, Secrets};
pub use host::{
    DirectoryFacts, FakeHost, Host, Insecure, InterfaceFacts, KeyFile, LocalAddress, PathFacts,
    ScriptFacts, SystemHost, UserFacts,
};
use source::Reader;
use tree::Statements;
pub use tree::{Statement, Tree};
use typed::Builder;
pub use word::Word;

/// What is loaded, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// The main file (`-f`); a glob pattern, as in the original.
    pub path: PathBuf,
    /// `-i`; else the host name up to the first dot.
    pub config_id: Option<String>,
    /// `-e`: every include that fails is an error.
    pub all_include_checks: bool,
    /// Whether [`Loaded::tree`] is wanted; else a statement is dropped as soon as it is understood.
    pub keep_tree: bool,
}

/// A configuration and what there is to say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What could be understood, checked, with every default filled in.
    pub config: Config,
    /// Everything that was found.
    pub diagnostics: Diagnostics,
    /// What was read, for whoever asks where something is written; empty unless it was asked for.
    pub tree: Tree,
    /// How many statements the outermost level has.
    statements: usize,
}

impl Loaded {
    /// Whether the daemon may run this.
    pub fn can_run(&self) -> bool {
        self.diagnostics.effect() == Effect::Runs
    }

    /// Whether not one statement was found: a file that is empty, cut off, only comments, or not there.
    pub fn is_empty(&self) -> bool {
        self.statements == 0
    }

    /// The exit status of `-t`, as the original's.
    // keepalived: get_config_status
    pub fn test_exit_code(&self) -> u8 {
        match self.diagnostics.stop() {
            Some(Effect::MissingParameter) => return 2,
            Some(Effect::NoConfiguration) => return 6,
            Some(Effect::Runs | Effect::StopsVrrp | Effect::NoFile) | None => {}
        }
        match self.diagnostics.worst() {
            None => 0,
            Some(Status::FileNotFound | Status::BadInterface | Status::Fatal) => 4,
            Some(Status::ScriptSecurity) => 6,
            Some(_) => 5,
        }
    }

    /// What the daemon exits with if it cannot run this.
    pub fn start_exit_code(&self) -> u8 {
        match self.diagnostics.stop().unwrap_or(self.diagnostics.effect()) {
            Effect::Runs => 0,
            Effect::StopsVrrp | Effect::MissingParameter => 2,
            Effect::NoConfiguration | Effect::NoFile => 6,
        }
    }
}

/// Loads a file and what it includes.
pub fn load(options: &LoadOptions, host: &dyn Host) -> Loaded {
    let mut diagnostics = Diagnostics::default();
    let Some(reader) = open(options, host, &mut diagnostics) else {
        return Loaded {
            diagnostics,
            ..Loaded::default()
        };
    };
    let name = options.path.to_string_lossy();
    build(reader, &name, options.keep_tree, diagnostics, host)
}

/// Prints a file and what it includes as it is understood; the findings are those about the language only.
pub fn dump(
    options: &LoadOptions,
    secrets: Secrets,
    host: &dyn Host,
    out: &mut dyn io::Write,
) -> io::Result<Dumped> {
    let mut diagnostics = Diagnostics::default();
    let Some(reader) = open(options, host, &mut diagnostics) else {
        return Ok(Dumped::NoFile(diagnostics));
    };
    dump::print(Statements::new(reader), secrets, out, &mut diagnostics)?;
    Ok(Dumped::All(diagnostics))
}

/// Begins with the main file; `None` after a diagnostic.
fn open<'h>(
    options: &LoadOptions,
    host: &'h dyn Host,
    diagnostics: &mut Diagnostics,
) -> Option<Reader<'h>> {
    let config_id = options.config_id.clone().unwrap_or_else(|| host_id(host));
    let mut reader = Reader::new(&config_id, options.all_include_checks, host);
    if reader.begin_file(&options.path, diagnostics) {
        return Some(reader);
    }
    let path = options.path.display();
    let sentence = format!("no configuration: {path} cannot be used");
    diagnostics.push(Diagnostic::error(Code::FileMissing, sentence).effect(Effect::NoFile));
    None
}

/// Loads a text, for tests and fuzzing, and keeps its tree; includes are resolved against the working directory.
pub fn load_text(name: &str, text: &[u8], config_id: &str, host: &dyn Host) -> Loaded {
    let mut reader = Reader::new(config_id, false, host);
    let mut diagnostics = Diagnostics::default();
    reader.begin_text(name, text, &mut diagnostics);
    build(reader, name, true, diagnostics, host)
}

/// Prints a text as [`dump()`] does a file.
pub fn dump_text(name: &str, text: &[u8], config_id: &str, host: &dyn Host) -> Vec<u8> {
    let mut reader = Reader::new(config_id, false, host);
    let mut diagnostics = Diagnostics::default();
    reader.begin_text(name, text, &mut diagnostics);
    let (mut out, statements) = (Vec::new(), Statements::new(reader));
    dump::print(statements, Secrets::Shown, &mut out, &mut diagnostics)
        .expect("a vector takes everything");
    out
}

fn build(
    reader: Reader<'_>,
    name: &str,
    keep_tree: bool,
    mut diagnostics: Diagnostics,
    host: &dyn Host,
) -> Loaded {
    let (mut count, mut tree) = (0, Tree::default());
    let mut statements = Statements::new(reader);
    let mut builder = Builder::new(host, &mut diagnostics);
    while let Some(statement) = statements.next(builder.diagnostics) {
        builder.root(&statement);
        count += 1;
        if keep_tree {
            tree.statements.push(statement);
        }
    }
    if count == 0 && builder.diagnostics.is_empty() {
        // The original runs with nothing to do, and says nothing.
        let sentence = format!("{name} has no statement, so there is nothing to run");
        let hint = "an empty file is often one that was being written or was cut off";
        let empty = Diagnostic::warning(Code::Empty, sentence).hint(hint);
        builder.diagnostics.push(empty);
    }
    if statements.several_files() {
        builder.diagnostics.name_files();
    }
    Loaded {
        config: builder.finish(),
        diagnostics,
        tree,
        statements: count,
    }
}

/// The configuration id of a machine: its name up to the first dot.
fn host_id(host: &dyn Host) -> String {
    let name = host.host_name();
    name.split('.').next().unwrap_or_default().to_owned()
}
