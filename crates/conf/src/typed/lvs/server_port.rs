//! Ports of servers against those of their service: only NAT changes the port of a packet.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::linked::Linked;
use super::quorum::lower_quorum;
use super::real_server::RealServerDraft;
use super::server_group::ServerGroupDraft;
use super::servers::at_end;
use super::service::shown;
use crate::config::{GroupAddresses, Service};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::typed::Builder;

impl Builder<'_> {
    pub(super) fn check_ports(&mut self, linked: &mut Linked<'_>) {
        // Out of the way, so that the log can name the virtual server.
        let mut servers = std::mem::take(&mut linked.draft.real_servers);
        match (linked.group, &linked.service) {
            (Some(group), _) => {
                self.check_ports_of_marks(&servers, linked, group);
                self.check_ports_of_addresses(&servers, linked, group);
            }
            (None, Service::Address(address)) => {
                let port = address.port();
                self.adjust_ports(&mut servers, linked, port);
                self.adjust_sorry_port(linked, port);
            }
            (None, Service::FirewallMark(_)) => self.clear_ports(&mut servers, linked),
            (None, Service::Group { .. }) => {}
        }
        let written = servers.len();
        linked.draft.real_servers = self.remove_same_servers(servers);
        if linked.draft.real_servers.len() < written {
            lower_quorum(linked);
        }
    }

    fn adjust_ports(&mut self, servers: &mut [RealServerDraft], linked: &Linked<'_>, port: u16) {
        for server in servers {
            let (own, is_nat) = (server.address.port(), server.forwarding.is_nat());
            if own == port || own != 0 && is_nat {
                continue;
            }
            if own != 0 {
                let log = format!(
                    "WARNING - virtual server {} and real server {} ports don't match - resetting",
                    linked.label(),
                    linked.label_of(server)
                );
                self.port_is_kept(server.address, port, &server.place, log);
            }
            server.address.set_port(port);
        }
    }

    /// One that is NAT keeps 0, which is the port of the packet.
    fn adjust_sorry_port(&mut self, linked: &mut Linked<'_>, port: u16) {
        let label = linked.label();
        let Some(sorry) = &mut linked.draft.sorry_server else {
            return;
        };
        let (written, own) = (sorry.address, sorry.address.port());
        if own == port || sorry.forwarding.is_nat() {
            return;
        }
        sorry.address.set_port(port);
        if own != 0 {
            let place = sorry.place.clone();
            let log = format!(
                "WARNING - virtual server {label} and sorry server ports don't match - resetting"
            );
            self.port_is_kept(written, port, &place, log);
        }
    }

    fn port_is_kept(&mut self, written: SocketAddr, port: u16, place: &Place, log: String) {
        let sentence = format!(
            "DR and TUN leave the port of a packet as it is, so {} is reached on port {port}",
            shown(written)
        );
        let hint = "let the ports be the same, or use `lvs_method NAT`";
        self.push(at_end(Code::Adjusted, sentence, place, log).hint(hint));
    }

    /// A mark is of every port.
    fn clear_ports(&mut self, servers: &mut [RealServerDraft], linked: &mut Linked<'_>) {
        let label = linked.label();
        let needless = |server: &&mut RealServerDraft| {
            server.address.port() != 0 && !server.forwarding.is_nat()
        };
        for server in servers.iter_mut().filter(needless) {
            let log = format!(
                "WARNING - fwmark virtual server {label}, real server {} has port specified - clearing",
                linked.label_of(server)
            );
            self.port_of_mark(server.address, &server.place, log);
            server.address.set_port(0);
        }
        if let Some(sorry) = &mut linked.draft.sorry_server
            && sorry.address.port() != 0
            && !sorry.forwarding.is_nat()
        {
            let log = format!(
                "WARNING - virtual server {label}, sorry server has port specified - clearing"
            );
            self.port_of_mark(sorry.address, &sorry.place, log);
            sorry.address.set_port(0);
        }
    }

    fn port_of_mark(&mut self, written: SocketAddr, place: &Place, log: String) {
        let sentence = format!(
            "packets with a mark keep their port, so port {} of {} is ignored",
            written.port(),
            written.ip()
        );
        let hint = "leave the port out, or use `lvs_method NAT`";
        self.push(at_end(Code::Adjusted, sentence, place, log).hint(hint));
    }

    fn check_ports_of_marks(
        &mut self,
        servers: &[RealServerDraft],
        linked: &Linked<'_>,
        group: &ServerGroupDraft,
    ) {
        if group.config.marks.is_empty() {
            return;
        }
        let label = linked.label();
        let needless =
            |server: &&RealServerDraft| server.address.port() != 0 && !server.forwarding.is_nat();
        for server in servers.iter().filter(needless) {
            let log = format!(
                "WARNING - fwmark virtual server {label}, real server {} has port specified - port will be ignored",
                linked.label_of(server)
            );
            self.port_of_mark(server.address, &server.place, log);
        }
        if let Some(sorry) = &linked.draft.sorry_server
            && sorry.address.port() != 0
            && !sorry.forwarding.is_nat()
        {
            let log = format!(
                "WARNING - fwmark virtual server {label}, sorry server has port specified - port will be ignored"
            );
            self.port_of_mark(sorry.address, &sorry.place, log);
        }
    }

    fn check_ports_of_addresses(
        &mut self,
        servers: &[RealServerDraft],
        linked: &Linked<'_>,
        group: &ServerGroupDraft,
    ) {
        let (label, addresses) = (linked.label(), &group.config.addresses);
        let ports: BTreeSet<u16> = addresses.iter().map(|addresses| addresses.port).collect();
        let differs = |port: u16| port != 0 && ports.iter().any(|other| *other != port);
        let others = servers.iter().filter(|s| !s.forwarding.is_nat());
        // Each costs no more than the first, however long the group is.
        const TOLD: usize = 16;
        for server in others.filter(|server| differs(server.address.port())) {
            let port = server.address.port();
            let mut diagnostic = self.other_port(server.address, &server.place, group);
            let told = addresses.iter().filter(|addresses| addresses.port != port);
            let most = if self.diagnostics.has_room() { TOLD } else { 1 };
            for addresses in told.take(most) {
                diagnostic = diagnostic.log(format!(
                    "virtual server {label}:[{}] and real server {} ports don't match",
                    label_of_addresses(addresses),
                    linked.label_of(server)
                ));
            }
            self.push(diagnostic);
        }
        if let Some(sorry) = &linked.draft.sorry_server
            && !sorry.forwarding.is_nat()
            && differs(sorry.address.port())
        {
            let log = format!(
                "WARNING - virtual server {label}, sorry server has port specified - port will be ignored"
            );
            let diagnostic = self.other_port(sorry.address, &sorry.place, group);
            self.push(diagnostic.log(log));
        }
    }

    fn other_port(
        &self,
        written: SocketAddr,
        place: &Place,
        group: &ServerGroupDraft,
    ) -> Diagnostic {
        let sentence = format!(
            "DR and TUN leave the port of a packet as it is, and group {} has others than {}",
            group.config.name,
            written.port()
        );
        Diagnostic::warning(Code::Conflict, sentence)
            .about(place)
            .related(&group.place.span, "the group")
            .hint("leave the port out, or use `lvs_method NAT`")
            .status(Status::General)
    }

    /// Servers that are the same only once their ports are filled in. The original says nothing, and counts both.
    fn remove_same_servers(&mut self, servers: Vec<RealServerDraft>) -> Vec<RealServerDraft> {
        let mut known: BTreeMap<SocketAddr, usize> = BTreeMap::new();
        let mut kept: Vec<RealServerDraft> = Vec::with_capacity(servers.len());
        for server in servers {
            let Some(first) = known.get(&server.address) else {
                known.insert(server.address, kept.len());
                kept.push(server);
                continue;
            };
            let sentence = format!(
                "this is the real server {} again; it is left out",
                shown(server.address)
            );
            let first = &kept[*first].place.span;
            self.push(
                Diagnostic::warning(Code::Duplicate, sentence)
                    .about(&server.place)
                    .related(first, "the first one"),
            );
        }
        kept
    }
}

/// The members of a group for the log.
// keepalived: format_vsge
fn label_of_addresses(addresses: &GroupAddresses) -> String {
    let GroupAddresses { first, last, port } = addresses;
    if first == last {
        format!("{first},{port}")
    } else {
        format!("{first}-{last},{port}")
    }
}
