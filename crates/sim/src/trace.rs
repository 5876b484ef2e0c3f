//! Everything that went in and came out, with its time. Equal runs have equal traces.

use std::fmt;
use std::time::Duration;

use vrrp::{Action, Subject};

use crate::node::{Input, NodeId};
use crate::step::{Step, describe_packet};

/// Lines of the trace that a failure shows.
const TAIL: usize = 60;

/// One line of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When, from the beginning of the world.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The script did something.
    Step(Step),
    /// A node was told something.
    In(NodeId, Input),
    /// A node's router wanted something, for the instance, group or script of this name.
    Out(NodeId, String, Action),
}

/// A run, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// In order.
    pub entries: Vec<Entry>,
}

impl Trace {
    pub(crate) fn push(&mut self, at: Duration, what: What) {
        self.entries.push(Entry { at, what });
    }

    /// The actions of a node, with time and name.
    pub fn actions(&self, node: NodeId) -> impl Iterator<Item = (Duration, &str, &Action)> {
        self.entries
            .iter()
            .filter_map(move |entry| match &entry.what {
                What::Out(who, name, action) if *who == node => {
                    Some((entry.at, name.as_str(), action))
                }
                What::Out(..) | What::In(..) | What::Step(_) => None,
            })
    }

    /// The last lines, for a failure.
    pub fn tail(&self) -> String {
        let skip = self.entries.len().saturating_sub(TAIL);
        self.entries[skip..]
            .iter()
            .map(|entry| format!("{entry}\n"))
            .collect()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries
            .iter()
            .try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>11} ", seconds(self.at))?;
        match &self.what {
            What::Step(step) => write!(f, "*    {step}"),
            What::In(node, input) => {
                write!(f, "{node} <- ")?;
                describe_input(input, f)
            }
            What::Out(node, name, action) => {
                write!(f, "{node} ->   ")?;
                describe_action(name, action, f)
            }
        }
    }
}

/// A time with its microseconds.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}

fn describe_input(input: &Input, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match input {
        Input::Start => write!(f, "start"),
        Input::Timeout => write!(f, "timeout"),
        Input::Frame(frame) => {
            write!(f, "{} ", frame.segment)?;
            describe_packet(&frame.packet, f)
        }
        Input::Link { segment, up } => {
            write!(f, "link {segment} {}", if *up { "up" } else { "down" })
        }
        Input::Address {
            segment,
            family,
            address,
        } => {
            write!(f, "address {segment} {family:?} {address:?}")
        }
        Input::ScriptDone { script, outcome } => write!(f, "script-done {script} {outcome:?}"),
        Input::VipsLost { instance } => write!(f, "vips-lost {instance}"),
        Input::Reload(_) => write!(f, "reload"),
        Input::Shutdown => write!(f, "shutdown"),
    }
}

fn describe_action(name: &str, action: &Action, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match action {
        Action::Send { packet, .. } => {
            write!(f, "send {name} ")?;
            describe_packet(packet, f)
        }
        Action::AddVips { .. } => write!(f, "add-vips {name}"),
        Action::RemoveVips { .. } => write!(f, "remove-vips {name}"),
        Action::Announce { repeat, .. } => write!(f, "announce {name} x{repeat}"),
        Action::Notify {
            subject,
            state,
            priority,
        } => {
            let kind = match subject {
                Subject::Instance(_) => "instance",
                Subject::Group(_) => "group",
            };
            write!(f, "notify {kind} {name} {state:?} {priority}")
        }
        Action::RunScript { .. } => write!(f, "run-script {name}"),
        Action::Report(report) => write!(f, "report {report:?}"),
        Action::Reloaded { kept } => {
            write!(f, "reloaded")?;
            kept.iter()
                .try_for_each(|(old, new)| write!(f, " {}->{}", old.0, new.0))
        }
    }
}
