//! What instances watch, and what each state of it counts for.

use std::fmt;

use vrrp::{
    GroupConfig, InstanceConfig, InterfaceId, ScriptId, TrackInterface, TrackScript, Weight,
};

use super::absent::{self, Absent};
use crate::config::{Config, Group, Instance, Tracked};

/// Something that works or does not, whoever watches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject<'c> {
    pub(crate) kind: Kind,
    pub(crate) name: &'c str,
}

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Interface,
    Script,
    File,
    Process,
    Bfd,
}

impl Kind {
    /// The block that lists what is tracked of it.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Interface => "track_interface",
            Self::Script => "track_script",
            Self::File => "track_file",
            Self::Process => "track_process",
            Self::Bfd => "track_bfd",
        }
    }

    /// The blocks that define one.
    pub(crate) fn definitions(self) -> &'static [&'static str] {
        match self {
            Self::Interface => &[],
            Self::Script => &["vrrp_script"],
            Self::File => &["track_file", "vrrp_track_file"],
            Self::Process => &["vrrp_track_process"],
            Self::Bfd => &["bfd_instance"],
        }
    }
}

impl Subject<'_> {
    /// What happens to it when it goes into a state: `chk_nginx fails`.
    pub(crate) fn becomes(self, state: Is) -> String {
        let name = self.name;
        match (self.kind, state) {
            (Kind::Interface, Is::Up) => format!("{name} comes up"),
            (Kind::Interface, Is::Down) => format!("{name} goes down"),
            (Kind::Script, Is::Up) => format!("{name} succeeds"),
            (Kind::Script, Is::Down) => format!("{name} fails"),
            (Kind::File, Is::Up) => format!("file {name} says 0"),
            (Kind::File, Is::Down) => format!("file {name} does not say 0"),
            (Kind::Process, Is::Up) => format!("process {name} runs"),
            (Kind::Process, Is::Down) => format!("process {name} is gone"),
            (Kind::Bfd, Is::Up) => format!("BFD session {name} comes up"),
            (Kind::Bfd, Is::Down) => format!("BFD session {name} goes down"),
        }
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Interface => "interface",
            Kind::Script => "script",
            Kind::File => "file",
            Kind::Process => "process",
            Kind::Bfd => "BFD session",
        };
        write!(f, "{kind} {}", self.name)
    }
}

/// The state of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Is {
    Up,
    Down,
}

impl Is {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// What a subject in one state counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// The instance cannot take part.
    Fault,
    /// So much is added to its priority.
    Adds(i16),
    /// Anything from -253 to 253 is added, or it cannot take part: a number in a file decides.
    Any,
}

/// One tracker of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tracker<'c> {
    pub(crate) subject: Subject<'c>,
    /// It is written in the sync group.
    pub(crate) of_group: bool,
    pub(crate) weight: Weight,
    pub(crate) up: Counts,
    pub(crate) down: Counts,
}

impl<'c> Tracker<'c> {
    // keepalived: process_script_update_priority, initialise_interface_tracking_priorities
    fn new(subject: Subject<'c>, weight: Weight, of_group: bool) -> Self {
        let sign = if weight.reverse { -1 } else { 1 };
        let (up, down) = match weight.value {
            0 if weight.reverse => (Counts::Fault, Counts::Adds(0)),
            0 => (Counts::Adds(0), Counts::Fault),
            _ if subject.kind == Kind::File => (Counts::Adds(0), Counts::Any),
            more if more > 0 => (Counts::Adds(sign * more), Counts::Adds(0)),
            less => (Counts::Adds(0), Counts::Adds(sign * less)),
        };
        Self {
            subject,
            of_group,
            weight,
            up,
            down,
        }
    }

    pub(crate) fn counts(&self, state: Is) -> Counts {
        match state {
            Is::Up => self.up,
            Is::Down => self.down,
        }
    }

    /// Whether it changes the priority and is no reason for a fault.
    pub(crate) fn is_weighted(&self) -> bool {
        self.up != Counts::Fault && self.down != Counts::Fault
    }

    /// The state in which all is well.
    pub(crate) fn good(&self) -> Is {
        match (self.up, self.down) {
            (Counts::Fault, _) => Is::Down,
            (Counts::Adds(up), Counts::Adds(down)) if down > up => Is::Down,
            (Counts::Adds(_) | Counts::Any, _) => Is::Up,
        }
    }
}

/// Everything that one instance watches.
pub(super) fn trackers<'c>(
    config: &'c Config,
    core: &'c InstanceConfig,
    settings: &'c Instance,
    group: Option<(&'c GroupConfig, &'c Group)>,
    absent: &Absent<'c>,
) -> Vec<Tracker<'c>> {
    let mut list = Lister {
        config,
        owner: core.is_owner(),
        own: core.interface,
        of_group: false,
        list: Vec::new(),
    };
    list.own_interfaces(core);
    list.interfaces(&core.track_interfaces);
    list.scripts(&core.track_scripts);
    let own_weights = group.is_none_or(|(core, _)| core.tracking_weight);
    list.absent(absent.of_instance(&core.name), own_weights);
    list.named(Kind::File, &settings.track_files);
    list.named(Kind::Process, &settings.track_processes);
    list.named(Kind::Bfd, &settings.track_bfds);
    if let Some((core, settings)) = group {
        list.of_group = true;
        list.interfaces(&core.track_interfaces);
        list.scripts(&core.track_scripts);
        list.absent(absent.of_group(&core.name), true);
        list.named(Kind::File, &settings.track_files);
        list.named(Kind::Process, &settings.track_processes);
        list.named(Kind::Bfd, &settings.track_bfds);
    }
    list.list
}

struct Lister<'c> {
    config: &'c Config,
    owner: bool,
    own: InterfaceId,
    of_group: bool,
    list: Vec<Tracker<'c>>,
}

impl<'c> Lister<'c> {
    fn interface(&self, id: InterfaceId) -> Subject<'c> {
        let name = self.config.router.interfaces.get(usize::from(id.0));
        Subject {
            kind: Kind::Interface,
            name: name.map_or("", String::as_str),
        }
    }

    fn script(&self, id: ScriptId) -> Subject<'c> {
        let script = self.config.router.scripts.get(usize::from(id.0));
        Subject {
            kind: Kind::Script,
            name: script.map_or("", |script| &script.name),
        }
    }

    fn push(&mut self, subject: Subject<'c>, weight: Weight) {
        // The priority of an owner does not change.
        if weight.value == 0 || !self.owner {
            self.list.push(Tracker::new(subject, weight, self.of_group));
        }
    }

    fn own_interfaces(&mut self, core: &InstanceConfig) {
        let own = core.track_primary.then_some(&core.interface);
        for id in own.into_iter().chain(&core.address_interfaces) {
            self.push(self.interface(*id), Weight::default());
        }
    }

    fn interfaces(&mut self, tracked: &[TrackInterface]) {
        for track in tracked {
            if track.interface != self.own {
                self.push(self.interface(track.interface), track.weight);
            }
        }
    }

    fn scripts(&mut self, tracked: &[TrackScript]) {
        for track in tracked {
            self.push(self.script(track.script), track.weight);
        }
    }

    /// The loader leaves weights out that do not count.
    fn absent(&mut self, tracked: &[absent::Tracked<'c>], weights: bool) {
        for (name, weight) in tracked {
            let kind = Kind::Script;
            if weights || weight.value == 0 {
                self.push(Subject { kind, name }, *weight);
            }
        }
    }

    fn named(&mut self, kind: Kind, tracked: &'c [Tracked]) {
        for track in tracked {
            let name = &track.name;
            self.push(Subject { kind, name }, track.weight);
        }
    }
}
