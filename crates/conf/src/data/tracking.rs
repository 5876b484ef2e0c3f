//! Who tracks what: the lists of instances and groups, and the lists of trackers.

use std::fmt::{self, Write as _};

use vrrp::{InterfaceId, RouterConfig, ScriptId, TrackInterface, TrackScript, Weight};

use super::instance::Entry;
use crate::config::{Config, Tracked};

/// What an instance or a group tracks.
pub(super) struct Lists<'a> {
    pub(super) interfaces: &'a [TrackInterface],
    pub(super) scripts: &'a [TrackScript],
    pub(super) files: &'a [Tracked],
    pub(super) processes: &'a [Tracked],
    pub(super) bfds: &'a [Tracked],
}

impl Lists<'_> {
    /// `processes`: how the heading calls them.
    pub(super) fn write(
        &self,
        out: &mut String,
        router: &RouterConfig,
        processes: &str,
    ) -> fmt::Result {
        heading(out, "interfaces", self.interfaces.is_empty())?;
        for TrackInterface { interface, weight } in self.interfaces {
            let name = interface_name(router, *interface);
            writeln!(out, "     {name} weight {}", Shown(*weight))?;
        }
        heading(out, "scripts", self.scripts.is_empty())?;
        for TrackScript { script, weight } in self.scripts {
            let name = script_name(router, *script);
            writeln!(out, "     {name} weight {}", Shown(*weight))?;
        }
        let named = [
            ("files", self.files, ","),
            (processes, self.processes, ","),
            ("BFDs", self.bfds, ":"),
        ];
        for (what, list, mark) in named {
            heading(out, what, list.is_empty())?;
            for Tracked { name, weight } in list {
                writeln!(out, "     {name}{mark} weight {}", Shown(*weight))?;
            }
        }
        Ok(())
    }
}

fn heading(out: &mut String, what: &str, is_empty: bool) -> fmt::Result {
    match is_empty {
        true => Ok(()),
        false => writeln!(out, "   Tracked {what} :"),
    }
}

pub(super) fn interface_name(router: &RouterConfig, id: InterfaceId) -> &str {
    let name = router.interfaces.get(usize::from(id.0));
    name.map_or("(unknown)", String::as_str)
}

fn script_name(router: &RouterConfig, id: ScriptId) -> &str {
    let script = router.scripts.get(usize::from(id.0));
    script.map_or("(unknown)", |script| &script.name)
}

/// A weight in the dump.
pub(super) struct Shown(pub(super) Weight);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reverse = if self.0.reverse { " reverse" } else { "" };
        write!(f, "{}{reverse}", self.0.value)
    }
}

/// Who tracks something: a list of names with weights. The lists of a group are those of its members.
pub(super) struct Trackers<'a> {
    config: &'a Config,
    entries: &'a [Entry<'a>],
}

impl<'a> Trackers<'a> {
    pub(super) fn new(config: &'a Config, entries: &'a [Entry<'a>]) -> Self {
        Self { config, entries }
    }

    pub(super) fn of_script(&self, id: ScriptId) -> Vec<(&'a str, Weight)> {
        self.collect(|lists| {
            let found = lists.scripts.iter().find(|tracked| tracked.script == id);
            found.map(|tracked| tracked.weight)
        })
    }

    pub(super) fn of_file(&self, name: &str) -> Vec<(&'a str, Weight)> {
        self.collect(|lists| named(lists.files, name))
    }

    pub(super) fn of_process(&self, name: &str) -> Vec<(&'a str, Weight)> {
        self.collect(|lists| named(lists.processes, name))
    }

    pub(super) fn of_bfd(&self, name: &str) -> Vec<(&'a str, Weight)> {
        self.collect(|lists| named(lists.bfds, name))
    }

    /// Its own interface, and that of an address, count as tracked without weight.
    pub(super) fn of_interface(&self, name: &str) -> Vec<(&'a str, Weight)> {
        let mut found: Vec<(&str, Weight)> = Vec::new();
        for entry in self.entries {
            let weight = entry
                .stands_on(self.config, name)
                .then(Weight::default)
                .or_else(|| {
                    let is_it = |tracked: &TrackInterface| {
                        interface_name(&self.config.router, tracked.interface) == name
                    };
                    let pick = |lists: &Lists<'_>| {
                        lists.interfaces.iter().find(|t| is_it(t)).map(|t| t.weight)
                    };
                    self.weight(entry, &pick)
                });
            found.extend(weight.map(|weight| (entry.core.name.as_str(), weight)));
        }
        found
    }

    fn collect(&self, pick: impl Fn(&Lists<'_>) -> Option<Weight>) -> Vec<(&'a str, Weight)> {
        let entries = self.entries.iter();
        entries
            .filter_map(|entry| Some((entry.core.name.as_str(), self.weight(entry, &pick)?)))
            .collect()
    }

    fn weight(
        &self,
        entry: &Entry<'a>,
        pick: &dyn Fn(&Lists<'_>) -> Option<Weight>,
    ) -> Option<Weight> {
        pick(&entry.lists()).or_else(|| {
            let (core, settings) = entry.group(self.config)?;
            pick(&super::group::lists(core, settings))
        })
    }
}

fn named(list: &[Tracked], name: &str) -> Option<Weight> {
    let found = list.iter().find(|tracked| tracked.name == name);
    found.map(|tracked| tracked.weight)
}

/// The original's list, without a line if nobody tracks.
// keepalived: dump_tracking_obj_list
pub(super) fn write_trackers(out: &mut String, trackers: &[(&str, Weight)]) -> fmt::Result {
    if !trackers.is_empty() {
        writeln!(out, "   Tracking instances :")?;
    }
    write_tracking_lines(out, trackers)
}

pub(super) fn write_tracking_lines(out: &mut String, trackers: &[(&str, Weight)]) -> fmt::Result {
    for (name, weight) in trackers {
        writeln!(out, "     {name}, weight {}", Shown(*weight))?;
    }
    Ok(())
}
