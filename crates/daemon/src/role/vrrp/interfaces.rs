//! The interfaces of the configuration, as the kernel has them at the moment.

use std::collections::BTreeSet;
use std::net::IpAddr;

use vip::Links;
use vrrp::{Event, Family, InterfaceId};

use crate::report::Line;

/// What the router has been told of each interface, by [`InterfaceId`].
#[derive(Debug, Default)]
pub(super) struct Interfaces {
    known: Vec<Known>,
    /// Indexes of those that cannot be listened on: down, to the router.
    deaf: BTreeSet<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    name: String,
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct State {
    /// `None`: there is no interface of that name.
    index: Option<u32>,
    up: bool,
    v4: Option<IpAddr>,
    v6: Option<IpAddr>,
}

/// What a look at the kernel's state has brought.
#[derive(Debug, Default)]
pub(super) struct Refreshed {
    /// For the router.
    pub(super) events: Vec<Event>,
    /// For the log.
    pub(super) lines: Vec<Line>,
    /// An interface has appeared, gone, or been replaced by another of its name.
    pub(super) indexes_changed: bool,
}

/// Whether what is seen has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It may be as it has been for a long time.
    First,
    /// It was otherwise at the last look.
    Again,
}

impl Interfaces {
    /// Nothing is known: all are down and without addresses, which is what the router assumes too.
    pub(super) fn new(names: &[String]) -> Self {
        let known = |name: &String| Known {
            name: name.clone(),
            state: State::default(),
        };
        Self {
            known: names.iter().map(known).collect(),
            deaf: BTreeSet::new(),
        }
    }

    /// Which cannot be listened on; counts from the next [`Self::refresh`]. Returns whether that is news.
    pub(super) fn set_deaf(&mut self, deaf: BTreeSet<u32>) -> bool {
        let before = std::mem::replace(&mut self.deaf, deaf);
        before != self.deaf
    }

    /// The interfaces of another configuration, as the kernel has them.
    pub(super) fn seen(names: &[String], links: &Links, virtuals: &BTreeSet<IpAddr>) -> Self {
        let known = |name: &String| Known {
            name: name.clone(),
            state: look(links, name, virtuals),
        };
        Self {
            known: names.iter().map(known).collect(),
            deaf: BTreeSet::new(),
        }
    }

    /// Everything that is known.
    pub(super) fn tell_all(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (interface, Known { state, .. }) in (0..).map(InterfaceId).zip(&self.known) {
            for (family, address) in [(Family::V4, state.v4), (Family::V6, state.v6)] {
                events.push(Event::Address {
                    interface,
                    family,
                    address,
                });
            }
            events.push(Event::Link {
                interface,
                up: state.up,
            });
        }
        events
    }

    /// Compares with the kernel's state. `virtuals`: addresses that are never the interface's own.
    pub(super) fn refresh(
        &mut self,
        links: &Links,
        virtuals: &BTreeSet<IpAddr>,
        first: Look,
    ) -> Refreshed {
        let mut refreshed = Refreshed::default();
        for (id, known) in (0..).map(InterfaceId).zip(&mut self.known) {
            let mut state = look(links, &known.name, virtuals);
            state.up &= !state.index.is_some_and(|index| self.deaf.contains(&index));
            if first == Look::Again {
                say_link(&known.name, known.state, state, &mut refreshed.lines);
            }
            say_addresses(&known.name, known.state, state, &mut refreshed.lines);
            refreshed.indexes_changed |= known.state.index != state.index;
            tell(id, known.state, state, &mut refreshed.events);
            known.state = state;
        }
        refreshed
    }

    /// Index of an interface.
    pub(super) fn index(&self, id: InterfaceId) -> Option<u32> {
        self.known.get(usize::from(id.0))?.state.index
    }

    /// Index and name of an interface that exists.
    pub(super) fn existing(&self, id: InterfaceId) -> Option<(u32, &str)> {
        let known = self.known.get(usize::from(id.0))?;
        Some((known.state.index?, &known.name))
    }

    /// The interface with this index.
    pub(super) fn with_index(&self, index: u32) -> Option<InterfaceId> {
        let position = self
            .known
            .iter()
            .position(|known| known.state.index == Some(index))?;
        u16::try_from(position).ok().map(InterfaceId)
    }
}

fn look(links: &Links, name: &str, virtuals: &BTreeSet<IpAddr>) -> State {
    let Some(link) = links.by_name(name) else {
        return State::default();
    };
    let is_virtual = |address| virtuals.contains(&address);
    State {
        index: Some(link.index),
        up: link.up,
        v4: links.primary_v4(name, &is_virtual).map(IpAddr::from),
        v6: links.link_local_v6(name, &is_virtual).map(IpAddr::from),
    }
}

/// The differences, in the order in which they make the fewest transitions: an interface that comes up has
/// its addresses first, one that goes down loses them afterwards.
fn tell(interface: InterfaceId, before: State, after: State, events: &mut Vec<Event>) {
    let link = Event::Link {
        interface,
        up: after.up,
    };
    let replaced = before.index != after.index && before.up && after.up;
    if replaced {
        events.push(Event::Link {
            interface,
            up: false,
        });
    }
    let changed = before.up != after.up || replaced;
    if changed && !after.up {
        events.push(link.clone());
    }
    if before.v4 != after.v4 {
        events.push(Event::Address {
            interface,
            family: Family::V4,
            address: after.v4,
        });
    }
    if before.v6 != after.v6 {
        events.push(Event::Address {
            interface,
            family: Family::V6,
            address: after.v6,
        });
    }
    if changed && after.up {
        events.push(link);
    }
}

fn say_link(name: &str, before: State, after: State, lines: &mut Vec<Line>) {
    if before.index.is_some() && before.index != after.index {
        lines.push(Line::detail(format!("Interface {name} deleted")));
    }
    if after.index.is_some() && before.index != after.index {
        lines.push(Line::detail(format!("Interface {name} added")));
    }
    if before.up != after.up {
        let word = if after.up { "up" } else { "down" };
        lines.push(Line::info(format!("Netlink reports {name} {word}")));
    }
}

fn say_addresses(name: &str, before: State, after: State, lines: &mut Vec<Line>) {
    for (before, after) in [(before.v4, after.v4), (before.v6, after.v6)] {
        if before == after {
            continue;
        }
        if let Some(old) = before {
            lines.push(Line::detail(format!(
                "Deassigned address {old} from interface {name}"
            )));
        }
        if let Some(new) = after {
            lines.push(Line::detail(format!(
                "Assigned address {new} for interface {name}"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: InterfaceId = InterfaceId(0);

    fn state(up: bool, v4: Option<&str>) -> State {
        State {
            index: Some(2),
            up,
            v4: v4.map(|a| a.parse().unwrap()),
            v6: None,
        }
    }

    fn told(before: State, after: State) -> Vec<Event> {
        let mut events = Vec::new();
        tell(ID, before, after, &mut events);
        events
    }

    #[test]
    fn comes_up_with_its_address_first() {
        let after = state(true, Some("10.0.0.1"));
        let address = Event::Address {
            interface: ID,
            family: Family::V4,
            address: after.v4,
        };
        let up = Event::Link {
            interface: ID,
            up: true,
        };
        assert_eq!(told(State::default(), after), [address, up]);
    }

    #[test]
    fn goes_down_before_it_loses_its_address() {
        let before = state(true, Some("10.0.0.1"));
        let address = Event::Address {
            interface: ID,
            family: Family::V4,
            address: None,
        };
        let down = Event::Link {
            interface: ID,
            up: false,
        };
        assert_eq!(told(before, state(false, None)), [down, address]);
    }

    #[test]
    fn another_interface_of_the_same_name_was_down_in_between() {
        let before = state(true, Some("10.0.0.1"));
        let link = |up| Event::Link { interface: ID, up };
        assert_eq!(
            told(
                before,
                State {
                    index: Some(3),
                    ..before
                }
            ),
            [link(false), link(true)]
        );
    }

    #[test]
    fn no_difference_no_event() {
        assert_eq!(told(state(true, None), state(true, None)), []);
        assert_eq!(told(State::default(), State::default()), []);
    }
}
