//! Virtual servers and the groups they name.

use std::collections::BTreeMap;

use super::real_server::RealServerDraft;
use super::server_group::ServerGroupDraft;
use super::service::{ServiceDraft, label};
use super::virtual_server::VirtualServerDraft;
use crate::config::{Family, Service};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::typed::Builder;
use crate::typed::listed::Listed;

/// A virtual server with its group.
pub(super) struct Linked<'g> {
    pub(super) draft: VirtualServerDraft,
    pub(super) service: Service,
    pub(super) group: Option<&'g ServerGroupDraft>,
}

impl Linked<'_> {
    pub(super) fn label(&self) -> String {
        let sequence = match self.service {
            Service::Group { sequence, .. } => sequence,
            Service::Address(_) | Service::FirewallMark(_) => 0,
        };
        let draft = &self.draft;
        draft.service.label(draft.protocol(), sequence)
    }

    pub(super) fn label_of(&self, server: &RealServerDraft) -> String {
        label(server.address, self.draft.protocol())
    }

    pub(super) fn has_addresses(&self) -> bool {
        match self.group {
            Some(group) => !group.config.addresses.is_empty(),
            None => matches!(self.service, Service::Address(_)),
        }
    }

    pub(super) fn has_marks(&self) -> bool {
        match self.group {
            Some(group) => !group.config.marks.is_empty(),
            None => matches!(self.service, Service::FirewallMark(_)),
        }
    }

    /// Some of its services is for every port.
    pub(super) fn has_port_zero(&self) -> bool {
        match (&self.service, self.group) {
            (_, Some(group)) => group.config.addresses.iter().any(|a| a.port == 0),
            (Service::Address(address), None) => address.port() == 0,
            (Service::FirewallMark(_) | Service::Group { .. }, None) => false,
        }
    }
}

impl Builder<'_> {
    pub(super) fn unused_groups(&mut self, groups: &Listed<String, ServerGroupDraft>) {
        for group in groups.iter().filter(|group| !group.used) {
            let name = &group.config.name;
            let sentence = format!("nothing uses virtual_server_group {name}");
            let diagnostic = Diagnostic::warning(Code::Unused, sentence).about(&group.place);
            self.push(diagnostic.hint(format!("`virtual_server group {name} {{` would")));
        }
    }

    /// Finds the group, and the family of both. The original counts nothing of this.
    pub(super) fn link<'g>(
        &mut self,
        mut draft: VirtualServerDraft,
        groups: &'g Listed<String, ServerGroupDraft>,
        sequences: &mut BTreeMap<usize, usize>,
    ) -> Option<Linked<'g>> {
        let name = match &draft.service {
            ServiceDraft::Address(address) => {
                return Some(Linked {
                    service: Service::Address(*address),
                    draft,
                    group: None,
                });
            }
            ServiceDraft::Mark(mark) => {
                return Some(Linked {
                    service: Service::FirewallMark(*mark),
                    draft,
                    group: None,
                });
            }
            ServiceDraft::Group(name) => name,
        };
        let Some((index, group)) = groups.position(name).zip(groups.find(name)) else {
            self.no_group(name, &draft.place, groups);
            return None;
        };
        if !self.link_families(&mut draft, group) {
            return None;
        }
        let next = sequences.entry(index).or_default();
        let sequence = *next;
        *next += 1;
        Some(Linked {
            service: Service::Group { index, sequence },
            draft,
            group: Some(group),
        })
    }

    fn no_group(&mut self, name: &str, place: &Place, groups: &Listed<String, ServerGroupDraft>) {
        let near = self.near(name, groups);
        let sentence =
            format!("there is no virtual_server_group {name}; this virtual server is left out");
        let log = format!(
            "Virtual server group {name} specified but not configured - ignoring virtual server [{name}]:0"
        );
        self.push(
            Diagnostic::error(Code::UnknownName, sentence)
                .about(place)
                .maybe_hint(near)
                .log(log),
        );
    }

    /// Whether the families of a virtual server and of its group go together.
    fn link_families(&mut self, draft: &mut VirtualServerDraft, group: &ServerGroupDraft) -> bool {
        let name = &group.config.name;
        let label = draft.service.label(draft.protocol(), 0);
        let of_group = group.family();
        let both = group.has_ipv4 && group.has_ipv6;
        if both && draft.family.is_some() {
            let sentence = format!(
                "group {name} has both families, and this virtual server one: it has servers that are no tunnels, or a family is written; it is left out"
            );
            let log = format!(
                "{name}: virtual server group with IPv4 & IPv6 doesn't match virtual server {label} - ignoring"
            );
            self.unlinked(draft, group, sentence, log);
            return false;
        }
        if let (Some(own), Some(other)) = (draft.family, of_group)
            && own != other
        {
            let sentence = format!(
                "group {name} has other addresses than this virtual server; it is left out"
            );
            let log =
                format!("{name}: address family doesn't match virtual server {label} - ignoring");
            self.unlinked(draft, group, sentence, log);
            return false;
        }
        draft.family = draft.family.or(of_group);
        if draft.family.is_none() && !both {
            draft.family = Some(Family::Inet);
            let sentence = format!("nothing tells the family of the marks of {name}; using IPv4");
            let log = format!(
                "{name}: Virtual server {label} address family cannot be determined, defaulting to IPv4"
            );
            let diagnostic = Diagnostic::warning(Code::MissingSetting, sentence);
            self.push(
                diagnostic
                    .about(&draft.place)
                    .hint("set ip_family")
                    .log(log),
            );
        }
        true
    }

    fn unlinked(
        &mut self,
        draft: &VirtualServerDraft,
        group: &ServerGroupDraft,
        sentence: String,
        log: String,
    ) {
        self.push(
            Diagnostic::error(Code::FamilyMismatch, sentence)
                .about(&draft.place)
                .related(&group.place.span, "the group")
                .log(log),
        );
    }
}
