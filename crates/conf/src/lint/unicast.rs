//! Unicast that nobody hears, or only we.

use super::{Context, Lint, Written};
use crate::diagnostic::{Diagnostics, Severity};
use crate::tree::Statement;

/// Told by the loader: the original warns of it too.
pub(crate) const WITHOUT_PEERS: Lint = Lint {
    code: "unicast-without-peers",
    severity: Severity::Warning,
    title: "Unicast is configured, but there is nobody to send to",
    why: "`unicast_src_ip`, `unicast_ttl` and `check_unicast_src` mean something only with a `unicast_peer` block that \
          has an address in it. Without, the instance uses multicast, or sends to nobody: each router then thinks it \
          is alone and becomes master.",
    what_to_do: "List the addresses of the other routers in `unicast_peer`, or remove the settings of unicast.",
};

pub(super) const PEER_IS_SELF: Lint = Lint {
    code: "unicast-peer-is-self",
    severity: Severity::Warning,
    title: "A unicast peer is this router itself",
    why: "An advert that is sent to oneself reaches nobody. Where the same list of peers is given to every router, the \
          router hears its own adverts, which at best are dropped.",
    what_to_do: "Leave the router's own address out of its `unicast_peer`: the list has the other routers only.",
};

/// Peers that are ourselves.
pub(super) fn peers(context: &Context<'_>, found: &mut Diagnostics) {
    for instance in &context.instances {
        let block = instance.block.find("unicast_peer");
        let entries = block.map_or(&[][..], Statement::block);
        for entry in entries {
            own_address(context, instance, entry, found);
        }
    }
}

fn own_address(
    context: &Context<'_>,
    instance: &Written<'_>,
    entry: &Statement,
    found: &mut Diagnostics,
) {
    let word = entry.head();
    let Ok(ip) = word.text().parse() else {
        return;
    };
    let (name, place) = (&instance.core.name, word.place());
    if instance.core.source == Some(ip) {
        let sentence = format!("{ip} is the address that {name} sends from: it is no peer");
        let source = &instance.place("unicast_src_ip").span;
        let diagnostic = PEER_IS_SELF.at(place, sentence);
        found.push(diagnostic.related(source, "its own address"));
    } else if let Some(interface) = context.owner_of(ip) {
        let sentence =
            format!("{ip} is this machine's own, of {interface}: it is no peer of {name}");
        found.push(PEER_IS_SELF.at(place, sentence));
    }
}
