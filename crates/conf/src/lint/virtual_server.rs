//! Virtual servers whose servers nobody looks after, or that can never be up.

use std::collections::BTreeMap;

use super::{Context, Lint};
use crate::diagnostic::{Diagnostics, Severity};
use crate::tree::Statement;

pub(super) const WITHOUT_CHECK: Lint = Lint {
    code: "real-server-without-check",
    severity: Severity::Warning,
    title: "Nobody looks whether a real server works",
    why: "A real server without a check is always taken to be up: connections are sent to it when it is dead, and the \
          sorry server never gets its turn.",
    what_to_do: "Give the real server a check, such as `TCP_CHECK { }` or `HTTP_GET { ... }`. If something else takes \
                 care of it, allow this with a comment.",
};

/// Told by the loader: the original warns of it too.
pub(crate) const QUORUM: Lint = Lint {
    code: "quorum-out-of-reach",
    severity: Severity::Warning,
    title: "The quorum is more than all real servers together",
    why: "The quorum counts weights, not servers. It is lowered to what all real servers weigh together: as soon as one \
          of them is down the virtual server has lost its quorum, runs `quorum_down` and goes to the sorry server.",
    what_to_do: "Lower `quorum`, or add real servers or weight.",
};

pub(super) const SORRY_IS_REAL: Lint = Lint {
    code: "sorry-server-is-real-server",
    severity: Severity::Warning,
    title: "The sorry server is one of the real servers",
    why: "The sorry server gets the traffic when the real servers are down; it is one of them, and down as well, or it \
          is taken out and in again while it is still needed.",
    what_to_do: "Name a machine that does nothing else as sorry server.",
};

/// Both, in one walk.
pub(super) fn servers(context: &Context<'_>, found: &mut Diagnostics) {
    for block in context.tree.blocks("virtual_server") {
        let servers = block.block().iter().filter(|s| s.head().is("real_server"));
        let servers: Vec<_> = servers.collect();
        for server in &servers {
            without_check(server, found);
        }
        sorry_server(block, &servers, found);
    }
}

fn without_check(server: &Statement, found: &mut Diagnostics) {
    let is_check = |s: &Statement| s.keyword().is_some_and(|row| row.form.has_braces());
    if server.block().iter().any(is_check) {
        return;
    }
    let name = server.arguments().first().unwrap_or(server.head());
    let sentence = format!(
        "nothing checks real_server {}: it is always taken to be up",
        name.text()
    );
    found.push(WITHOUT_CHECK.at(name.place(), sentence));
}

fn sorry_server(block: &Statement, servers: &[&Statement], found: &mut Diagnostics) {
    let Some(sorry) = block.find("sorry_server") else {
        return;
    };
    let address = |s: &Statement| {
        let words = s.arguments().iter().take(2).map(|word| word.text());
        words.collect::<Vec<_>>()
    };
    let known: BTreeMap<_, _> = servers
        .iter()
        .map(|server| (address(server), *server))
        .collect();
    let words = address(sorry);
    let Some(server) = known.get(&words).filter(|_| !words.is_empty()) else {
        return;
    };
    let word = sorry.arguments().first().unwrap_or(sorry.head());
    let sentence = format!("the sorry server {} is a real server too", words.join(" "));
    let diagnostic = SORRY_IS_REAL.at(word.place(), sentence);
    found.push(diagnostic.related(&server.head().place().span, "the real server"));
}
