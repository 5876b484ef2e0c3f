//! What one file tells: trackers that cannot do what they are there for.

use ::vrrp::Preempt;

use super::{Counts, Outcome, Paper, Subject, Tracker};
use crate::diagnostic::{Diagnostics, Place, Severity};
use crate::lint::{Context, Lint};

pub(crate) const PRIORITY_LIMIT: Lint = Lint {
    code: "priority-limit",
    severity: Severity::Warning,
    title: "Weights lift the priority above what it can be",
    why: "Priorities that are changed by trackers end at 254. What would be more is cut off, so that a failure takes less \
          off than the weight says, or nothing at all.",
    what_to_do: "Lower the base priorities of all nodes, or use negative weights.",
};

pub(crate) const NOPREEMPT_WEIGHT: Lint = Lint {
    code: "nopreempt-weight",
    severity: Severity::Note,
    title: "nopreempt and a tracker with a weight",
    why: "If the other routers have `nopreempt`, too, as is usual, they take nothing from a master that they hear, however \
          low its priority is: the weight does nothing.",
    what_to_do: "Track without a weight, so that a failure is a fault. `keepalived check` of all files together tells \
                 for sure.",
};

pub(crate) const GROUP_PRIORITIES: Lint = Lint {
    code: "sync-group-priorities",
    severity: Severity::Note,
    title: "The members of a sync group have different priorities",
    why: "A group becomes master only if each member can. If the other router has the higher priority for one of them, the \
          group cannot take over.",
    what_to_do: "Give all members of a group the same priority.",
};

pub(crate) const GROUP_WEIGHT: Lint = Lint {
    code: "sync-group-weight",
    severity: Severity::Warning,
    title: "A failure changes the priority of some members of a sync group only",
    why: "With `sync_group_tracking_weight` members keep weights of their own. The other router takes a group over only if \
          it can have every member, and the members that keep their priority prevent that.",
    what_to_do: "Track it in the `vrrp_sync_group`: there it counts for all members. Or track it without a weight: a \
                 fault of one member is a fault of all.",
};

pub(crate) const ALWAYS_FAULT: Lint = Lint {
    code: "always-fault",
    severity: Severity::Warning,
    title: "An instance is in FAULT whatever happens",
    why: "It tracks the same thing as it is and in reverse, both without a weight: one of them is always a fault. In a \
          sync group it is enough that another member does.",
    what_to_do: "Remove one of the two.",
};

/// Everything that is found with the election on paper.
pub(crate) fn rules(context: &Context<'_>, found: &mut Diagnostics) {
    let paper = Paper::new(context.config, context.tree);
    for at in 0..paper.election.standings.len() {
        always_fault(&paper, at, found);
        limits(&paper, at, found);
        nopreempt(&paper, at, found);
    }
    groups(&paper, found);
}

fn push(
    found: &mut Diagnostics,
    lint: &'static Lint,
    place: Option<&Place>,
    sentence: String,
    hint: &str,
) {
    let diagnostic = match place {
        Some(place) => lint.at(place, sentence),
        None => lint.found(sentence),
    };
    found.push(match hint {
        "" => diagnostic,
        hint => diagnostic.hint(hint),
    });
}

fn always_fault(paper: &Paper<'_>, at: usize, found: &mut Diagnostics) {
    let standing = &paper.election.standings[at];
    let contradicts = |tracker: &&Tracker<'_>| {
        tracker.counts(paper.election.good(tracker.subject)) == Counts::Fault
    };
    let Some(tracker) = standing.trackers.iter().find(contradicts) else {
        return;
    };
    let opposite = |other: &&Tracker<'_>| {
        other.subject == tracker.subject && !other.is_weighted() && other.good() != tracker.good()
    };
    if standing.trackers.iter().any(|other| opposite(&other)) {
        let (name, subject) = (standing.name(), tracker.subject);
        let sentence = format!(
            "{name} tracks {subject} both as it is and in reverse: it is in FAULT whatever happens"
        );
        push(
            found,
            &ALWAYS_FAULT,
            paper.tracker(at, tracker),
            sentence,
            "remove one of the two",
        );
    }
}

/// Sums that end at 254.
fn limits(paper: &Paper<'_>, at: usize, found: &mut Diagnostics) {
    let standing = &paper.election.standings[at];
    let Some(well) = paper.election.well_priority(at) else {
        return;
    };
    for tracker in standing
        .trackers
        .iter()
        .filter(|tracker| tracker.is_weighted())
    {
        let (Counts::Adds(up), Counts::Adds(down)) = (tracker.up, tracker.down) else {
            continue;
        };
        let Outcome::Priority(after) = paper.election.after(tracker.subject, at) else {
            continue;
        };
        let (means, does) = (up.abs_diff(down), u16::from(well.abs_diff(after)));
        if well < 254 || does >= means || up <= 0 && down <= 0 {
            continue;
        }
        let (name, base, subject) = (standing.name(), standing.core.priority, tracker.subject);
        let event = becomes(paper, subject);
        let then = match does {
            0 => format!("when {event} it stays {well}"),
            _ => format!("when {event} it falls by {does} to {after}, not by {means}"),
        };
        let sum = good_sum(paper, at);
        let sentence = format!(
            "{name}: priority {base} and the weights of what it tracks come to {sum}, but priorities end at 254: {then}"
        );
        push(
            found,
            &PRIORITY_LIMIT,
            paper.tracker(at, tracker),
            sentence,
            "lower the priorities of all routers, or use a negative weight",
        );
    }
}

/// What the priority would be, if there were no end, when all is well.
fn good_sum(paper: &Paper<'_>, at: usize) -> i32 {
    let standing = &paper.election.standings[at];
    let adds = |tracker: &Tracker<'_>| match tracker.counts(paper.election.good(tracker.subject)) {
        Counts::Adds(number) => i32::from(number),
        Counts::Fault | Counts::Any => 0,
    };
    i32::from(standing.core.priority) + standing.trackers.iter().map(adds).sum::<i32>()
}

/// The failure of a subject in words.
fn becomes(paper: &Paper<'_>, subject: Subject<'_>) -> String {
    subject.becomes(paper.election.good(subject).other())
}

fn nopreempt(paper: &Paper<'_>, at: usize, found: &mut Diagnostics) {
    let standing = &paper.election.standings[at];
    if standing.core.preempt != Preempt::Never || standing.core.is_owner() {
        return;
    }
    let Some(tracker) = standing
        .trackers
        .iter()
        .find(|tracker| tracker.is_weighted())
    else {
        return;
    };
    let (name, number) = (standing.name(), tracker.weight.value);
    let event = becomes(paper, tracker.subject);
    let sentence = format!(
        "{name} has nopreempt and weight {number} for {}: when {event} its priority falls, but routers with nopreempt take nothing from a master that they hear",
        tracker.subject
    );
    push(
        found,
        &NOPREEMPT_WEIGHT,
        paper.tracker(at, tracker),
        sentence,
        "without a weight the failure is a fault, and the addresses move",
    );
}

fn groups(paper: &Paper<'_>, found: &mut Diagnostics) {
    for team in &paper.election.teams {
        let members: Vec<_> = team
            .members
            .iter()
            .map(|at| (*at, &paper.election.standings[*at]))
            .collect();
        let Some(((_, first), others)) = members.split_first() else {
            continue;
        };
        let (group, priority) = (&team.core.name, first.core.priority);
        if let Some((at, other)) = others
            .iter()
            .find(|(_, other)| other.core.priority != priority)
        {
            let sentence = format!(
                "sync group {group}: {} has priority {priority}, but {} has {}: the group becomes master only where both can",
                first.name(),
                other.name(),
                other.core.priority
            );
            push(
                found,
                &GROUP_PRIORITIES,
                paper.setting(*at, "priority"),
                sentence,
                "give all members the same priority",
            );
        }
        uneven_weights(paper, &team.members, group, found);
    }
}

/// Weights that some members have and others have not.
fn uneven_weights(paper: &Paper<'_>, members: &[usize], group: &str, found: &mut Diagnostics) {
    let election = &paper.election;
    let falls = |at: usize, subject| match (election.well(at), election.after(subject, at)) {
        (Outcome::Priority(well), Outcome::Priority(after)) => Some(well.saturating_sub(after)),
        (Outcome::Fault | Outcome::Open | Outcome::Priority(_), _) => None,
    };
    for at in members {
        let own = election.standings[*at].trackers.iter();
        for tracker in own.filter(|tracker| tracker.is_weighted() && !tracker.of_group) {
            let subject = tracker.subject;
            let keeps = |other: &&usize| falls(**other, subject) == Some(0);
            let Some(other) = members
                .iter()
                .find(keeps)
                .filter(|_| falls(*at, subject) > Some(0))
            else {
                continue;
            };
            let (name, keeps) = (
                election.standings[*at].name(),
                election.standings[*other].name(),
            );
            let sentence = format!(
                "sync group {group}: when {} the priority of {name} falls, but {keeps} keeps its own, and the other router takes over both or neither: nothing moves",
                becomes(paper, subject)
            );
            let hint = format!(
                "track {subject} in vrrp_sync_group {group}, where it counts for all members, or without a weight"
            );
            push(
                found,
                &GROUP_WEIGHT,
                paper.tracker(*at, tracker),
                sentence,
                &hint,
            );
        }
    }
}
