//! What a configuration means that was hardly meant: it loads, and does not do what its author wants.
//!
//! Each lint is a function of a `Context` and has a row, a [`Lint`], beside it; [`ROWS`] lists the rows, `CHECKS`
//! the functions. `docs/lints.md` is made of the rows. The daemon never asks: neither what it runs nor an exit status
//! of its own depends on a lint.

mod address;
pub(crate) mod authentication;
pub mod cluster;
mod context;
mod election;
mod elsewhere;
mod explanation;
pub mod page;
mod placeholder;
mod reach;
mod script;
mod secret;
mod silence;
mod timer;
mod unicast;
pub(crate) mod virtual_server;
mod words;

use std::collections::BTreeSet;

use crate::Loaded;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
use crate::host::Host;

pub(crate) use context::{Context, Written};
pub use elsewhere::Elsewhere;
pub use explanation::{Explanation, explain, ordinary};
use silence::Silences;
pub(crate) use unicast::WITHOUT_PEERS as UNICAST_WITHOUT_PEERS;

/// The row of a lint.
#[derive(Debug, PartialEq, Eq)]
pub struct Lint {
    /// The stable name.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in a line.
    pub title: &'static str,
    /// Why it is worth a word.
    pub why: &'static str,
    /// What to do about it.
    pub what_to_do: &'static str,
}

impl Lint {
    /// A finding at a place.
    pub(crate) fn at(&'static self, place: &Place, message: impl Into<String>) -> Diagnostic {
        self.found(message).about(place)
    }

    /// The same for the loader, which says where.
    pub(crate) fn found(&'static self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.severity, Code::Lint(self.code), message.into())
    }
}

/// A function that looks for one thing, or a few that are found together.
type Check = fn(&Context<'_>, &mut Diagnostics);

/// Every function.
const CHECKS: &[Check] = &[
    placeholder::words,
    words::ignored,
    unicast::peers,
    address::in_two_instances,
    address::outside_of_networks,
    reach::accept,
    script::missing,
    timer::takeover,
    timer::scripts,
    virtual_server::servers,
    secret::readable,
    election::rules::rules,
];

/// Every row.
pub const ROWS: &[&Lint] = &[
    &silence::UNKNOWN_CODE,
    &unicast::WITHOUT_PEERS,
    &unicast::PEER_IS_SELF,
    &authentication::IN_VERSION_3,
    &authentication::LONG_PASSWORD,
    &address::IN_TWO_INSTANCES,
    &address::OUTSIDE,
    &placeholder::PLACEHOLDER,
    &reach::UNREACHABLE,
    &script::MISSING,
    &secret::READABLE,
    &timer::SLOW_SCRIPT,
    &timer::SLOW_TAKEOVER,
    &virtual_server::WITHOUT_CHECK,
    &virtual_server::QUORUM,
    &virtual_server::SORRY_IS_REAL,
    &words::FLAG_WITH_NO,
    &words::IGNORED,
    &election::rules::PRIORITY_LIMIT,
    &election::rules::NOPREEMPT_WEIGHT,
    &election::rules::GROUP_PRIORITIES,
    &election::rules::GROUP_WEIGHT,
    &election::rules::ALWAYS_FAULT,
    &cluster::lints::ONLY_ON_SOME,
    &cluster::lints::OTHER_VRID,
    &cluster::lints::VRID_TAKEN,
    &cluster::lints::VERSION,
    &cluster::lints::INTERVAL,
    &cluster::lints::ANOTHER_INTERVAL,
    &cluster::lints::AUTHENTICATION,
    &cluster::lints::TRANSPORT,
    &cluster::lints::PEERS,
    &cluster::lints::UNKNOWN_PEER,
    &cluster::lints::SAME_SOURCE,
    &cluster::lints::ADDRESSES,
    &cluster::lints::ADDRESS_PREFIX,
    &cluster::lints::ADDRESS_ORDER,
    &cluster::lints::ACCEPTS_OTHER_CHECKSUM,
    &cluster::lints::VMAC,
    &cluster::lints::ANOTHER_DOWN_TIMER,
    &cluster::lints::NOTIFY_DIFFERS,
    &cluster::lints::TRACKERS_DIFFER,
    &cluster::lints::OWNERS,
    &cluster::lints::EQUAL_PRIORITIES,
    &cluster::lints::STATE,
    &cluster::lints::ALL_MASTER,
    &cluster::lints::NOPREEMPT,
    &cluster::lints::PREEMPT_DELAY,
    &cluster::lints::NO_FAILOVER,
    &cluster::lints::NEEDS_SEVERAL,
    &cluster::lints::NOPREEMPT_TRACKER,
    &cluster::lints::GROUP_MEMBERS,
    &cluster::lints::GROUP_SPLIT,
    &cluster::lints::VIRTUAL_SERVERS,
    &cluster::lints::REAL_SERVERS,
    &cluster::lints::REAL_SERVER_WEIGHTS,
    &cluster::lints::SERVER_SETTINGS,
    &cluster::lints::NOT_COMPARED,
    &cluster::lints::ELECTION,
];

/// Everything there is to say about a file: what was found when it was loaded and what the lints find, without what the
/// file silences, the best first.
///
/// What looks at the meaning is left out while braces or quotes are wrong: it would tell of things that are not so.
pub fn run(loaded: &Loaded, host: &dyn Host) -> Diagnostics {
    let mut found = loaded.diagnostics.clone();
    if !found.iter().any(Diagnostic::breaks_structure) {
        let context = Context::new(loaded, host);
        for check in CHECKS {
            check(&context, &mut found);
        }
    }
    let silences = Silences::new(loaded, &mut found);
    found.retain(|diagnostic| !silences.hides(diagnostic));
    found.best_first();
    found
}

/// Every code that can be silenced or asked about.
pub fn codes() -> BTreeSet<&'static str> {
    let lints = ROWS.iter().map(|lint| lint.code);
    lints.chain(ordinary().map(Code::as_str)).collect()
}
