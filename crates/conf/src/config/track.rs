//! Trackers: scripts, files, processes; and what is said about interfaces.

use std::path::PathBuf;
use std::time::Duration;

use ::vrrp::Weight;
use serde::{Deserialize, Serialize};

use super::Command;

/// How a track script is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackScriptCommand {
    /// What is run.
    pub check: Check,
    /// A run longer than this fails, 1 ms..=4294 s (default the interval).
    pub timeout: Duration,
    /// `weight`: for whoever tracks it and says no other; -253..=253, default 0.
    pub weight: Weight,
}

/// What a `vrrp_script` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// Runs a command; exit status 0 is good.
    Command(Command),
    /// `script </path`: good if the file can be opened for reading.
    FileOpens(PathBuf),
}

/// A file, process or BFD session that an instance, group or real server tracks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// Its name.
    pub name: String,
    /// -254..=254 (BFD: -253..=253); default what the file, process or session says itself.
    pub weight: Weight,
}

/// A `track_file`: its content is a number.
// keepalived: track_file_end_handler
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackFile {
    /// Its name.
    pub name: String,
    /// `file`.
    pub path: PathBuf,
    /// `weight`: the number times this is added to the priority; -254..=254, default 1.
    pub weight: Weight,
    /// `init_file`: it is made at start.
    pub init: Option<InitFile>,
}

/// `init_file` of a track file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitFile {
    /// What is written: any 32 bits, sensibly -254..=254; default 0.
    pub value: i32,
    /// Also if it is there already.
    pub overwrite: bool,
}

/// A `vrrp_track_process`: good while enough processes of that name run.
// keepalived: vrrp_tprocess_end_handler
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackProcess {
    /// Its name.
    pub name: String,
    /// `process`: the first word.
    pub process: String,
    /// `process`: the words after it.
    pub params: Vec<String>,
    /// `param_match`; exact if there are parameters, else they are not compared.
    pub param_match: Option<ParamMatch>,
    /// `full_command`: the command line is looked at, not the name of the process; true with parameters.
    pub full_command: bool,
    /// `weight`: -254..=254, default 0: a fault.
    pub weight: Weight,
    /// `quorum`: so many must run, 1..=65535, default 1; 0 with `quorum_max 0`.
    pub quorum: u32,
    /// `quorum_max`: more must not run, 0..=65535; default unlimited.
    pub quorum_max: Option<u32>,
    /// `delay`, `terminate_delay`: wait after the quorum is lost, 1 µs..=3600 s, default 0.
    pub terminate_delay: Duration,
    /// `delay`, `fork_delay`: wait after the quorum is met, 1 µs..=3600 s, default 0.
    pub fork_delay: Duration,
}

/// How the parameters of a process are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParamMatch {
    /// All of them.
    Exact,
    /// The first ones; more may follow.
    Initial,
    /// As `Initial`, and the last may go on.
    Partial,
}

/// A `garp_group`: a gap between gratuitous ARP and NA packets that interfaces share.
// keepalived: garp_group_end_handler
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarpGroup {
    /// `garp_interval`: 0..=4294.967295 s; default none.
    pub garp_interval: Option<Duration>,
    /// `gna_interval`: 0..=4294.967295 s; default none.
    pub gna_interval: Option<Duration>,
    /// `interface`, `interfaces`: each in one group only.
    pub interfaces: Vec<String>,
}

/// An entry of `linkbeat_interfaces`: its link state is asked for once a second.
// keepalived: alloc_linkbeat_interface
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkBeat {
    /// Its name.
    pub interface: String,
    /// How; default whatever works.
    pub method: Option<LinkBeatMethod>,
}

/// How the state of a link is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkBeatMethod {
    /// Registers of the PHY.
    Mii,
    /// The ethtool request.
    Ethtool,
    /// The flags of the interface.
    Ioctl,
}

/// An entry of `interface_up_down_delays`: how long a change of its link must last.
// keepalived: alloc_if_up_down_delay
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkDelay {
    /// Its name.
    pub interface: String,
    /// Before it counts as down, 0..=255 s.
    pub down: Duration,
    /// Before it counts as up, 0..=255 s, default 0.
    pub up: Duration,
}
