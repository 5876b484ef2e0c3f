//! Virtual addresses that answer nobody.

use super::{Context, Lint, Written};
use crate::diagnostic::{Diagnostics, Severity};
use crate::tree::Statement;

pub(super) const UNREACHABLE: Lint = Lint {
    code: "unreachable-vip",
    severity: Severity::Warning,
    title: "The virtual addresses do not answer",
    why: "With `no_accept`, or in strict mode without `accept`, a master that is not the address owner (priority 255) \
          drops what is sent to the virtual addresses: it only routes. Ping, SSH and services on them do not work, which \
          hardly anybody wants. The example file of old releases had `vrrp_strict` in it.",
    what_to_do: "Remove `vrrp_strict` or `no_accept`. In strict mode with version 3, `accept` in the instance is the \
                 other way; version 2 has none.",
};

/// Instances that do not accept what is sent to their addresses.
pub(super) fn accept(context: &Context<'_>, found: &mut Diagnostics) {
    let globals = context.tree.blocks("global_defs");
    let strict = globals.filter_map(|block| block.find("vrrp_strict")).last();
    for instance in &context.instances {
        if instance.core.is_owner() || instance.shell.addresses.is_empty() {
            continue;
        }
        if let Some((written, is_strict)) = refuses(instance, strict) {
            let (name, head) = (&instance.core.name, written.head());
            let why = match is_strict {
                true => "in strict mode without accept",
                false => "with no_accept",
            };
            let sentence = format!(
                "{name} drops what is sent to its virtual addresses: {why}, and it is not the address owner"
            );
            let diagnostic = UNREACHABLE.at(instance.name_place(), sentence);
            let diagnostic =
                diagnostic.related(&head.place().span, format!("because of {}", head.text()));
            found.push(diagnostic);
        }
    }
}

/// The statement that makes an instance refuse, and whether it is strict mode.
// keepalived: vrrp_complete_instance
fn refuses<'a>(
    instance: &Written<'a>,
    global: Option<&'a Statement>,
) -> Option<(&'a Statement, bool)> {
    let accept = |s: &&Statement| s.head().is("accept") || s.head().is("no_accept");
    let last = instance.block.block().iter().rev().find(accept);
    if let Some(written) = last.filter(|s| s.head().is("no_accept")) {
        return Some((written, false));
    }
    let own = instance.block.find("strict_mode");
    let strict = own.or(global).filter(|s| is_on(s))?;
    let may_accept = instance.core.version == ::vrrp::Version::V3 && last.is_some();
    (!may_accept).then_some((strict, true))
}

fn is_on(statement: &Statement) -> bool {
    let word = statement.arguments().first().map(|word| word.text());
    !word.is_some_and(|word| matches!(word.as_str(), "false" | "off" | "no"))
}
