//! What only the end of the file can tell of virtual servers: their groups, defaults, and what does not go together.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::linked::Linked;
use super::persistence::PERSISTENCE;
use super::real_server::{CheckerContext, RealServerDraft};
use super::service::{ServiceDraft, shown};
use super::virtual_server::VirtualServerDraft;
use crate::config::{
    Command, Config, Family, Persistence, Protocol, RealServer, Scheduler, SchedulerFlags, Service,
    SorryServer, VirtualServer,
};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::typed::Builder;
use crate::typed::command::CommandDraft;

/// What is said at the end of the file.
pub(super) fn at_end(code: Code, sentence: String, place: &Place, log: String) -> Diagnostic {
    let diagnostic = Diagnostic::warning(code, sentence).about(place);
    diagnostic.log(log).status(Status::General)
}

impl Builder<'_> {
    // keepalived: link_vsg_to_vs, validate_check_config
    pub(in crate::typed) fn finish_servers(&mut self, config: &mut Config) {
        let drafts = std::mem::take(&mut self.virtual_servers);
        let mut groups = std::mem::take(&mut self.server_groups);
        for draft in &drafts {
            if let ServiceDraft::Group(name) = &draft.service
                && let Some(group) = groups.find_mut(name)
            {
                group.used = true;
            }
        }
        self.unused_groups(&groups);
        let mut known = BTreeMap::new();
        let mut sequences = BTreeMap::new();
        for draft in drafts {
            let place = draft.place.clone();
            let Some(linked) = self.link(draft, &groups, &mut sequences) else {
                continue;
            };
            let server = self.finish_virtual_server(linked);
            self.same_service(&server, place, &mut known);
            config.virtual_servers.push(server);
        }
        config.virtual_server_groups = groups.into_iter().map(|group| group.config).collect();
        config.ssl = self.ssl.take().map(|ssl| ssl.config);
    }

    /// The kernel has one service for both; the original says nothing.
    fn same_service(
        &mut self,
        server: &VirtualServer,
        place: Place,
        known: &mut BTreeMap<ServiceKey, Place>,
    ) {
        let key = match server.service {
            Service::Address(address) => ServiceKey::Address(address, server.protocol),
            Service::FirewallMark(mark) => ServiceKey::Mark(mark, server.family),
            Service::Group { .. } => return,
        };
        let Some(first) = known.get(&key) else {
            known.insert(key, place);
            return;
        };
        let sentence = "this service is there already: the real servers of both share it, and the other settings are those of the first";
        let first = first.span.clone();
        self.push(
            Diagnostic::warning(Code::Duplicate, sentence)
                .about(&place)
                .related(&first, "the first one"),
        );
    }

    fn finish_virtual_server(&mut self, mut linked: Linked<'_>) -> VirtualServer {
        self.check_ha_suspend(&mut linked);
        self.check_protocol(&mut linked);
        self.check_persistence(&mut linked);
        self.check_scheduler(&mut linked);
        self.remove_duplicates(&mut linked);
        self.check_methods(&mut linked);
        let is_real_server = self.check_sorry_server(&mut linked);
        self.check_quorum(&mut linked);
        self.check_ports(&mut linked);
        self.complete_virtual_server(linked, is_real_server)
    }

    fn check_ha_suspend(&mut self, linked: &mut Linked<'_>) {
        if !linked.has_marks() {
            return;
        }
        if let Some(place) = linked.draft.ha_suspend.take() {
            let sentence = "ha_suspend needs an address to look for, and a mark has none; ignored";
            let log = format!(
                "Virtual server {}: cannot use ha_suspend with fwmarks - clearing ha_suspend",
                linked.label()
            );
            self.push(at_end(Code::Conflict, sentence.to_owned(), &place, log));
        }
    }

    fn check_protocol(&mut self, linked: &mut Linked<'_>) {
        let label = linked.label();
        if !linked.has_addresses() {
            if let Some((_, place)) = linked.draft.protocol.take() {
                let sentence = "a mark has packets of every protocol; protocol is ignored";
                let log = format!(
                    "Warning: Virtual server {label}: protocol specified for fwmark - protocol will be ignored"
                );
                self.push(at_end(Code::Conflict, sentence.to_owned(), &place, log));
            }
            return;
        }
        if linked.draft.protocol.is_none() {
            let place = linked.draft.place.clone();
            let sentence = "no protocol is set; using UDP".to_owned();
            let log = format!("Virtual server {label}: no protocol set - defaulting to UDP");
            let diagnostic = at_end(Code::MissingSetting, sentence, &place, log);
            self.push(diagnostic.hint("most services want `protocol TCP`"));
            linked.draft.protocol = Some((Protocol::Udp, place));
        }
        if linked.draft.protocol() != Some(Protocol::Udp)
            && let Some(place) = linked.draft.one_packet.take()
        {
            let sentence = "ops is for UDP only; ignored".to_owned();
            let log = format!(
                "Virtual server {}: one packet scheduling requires UDP - resetting",
                linked.label()
            );
            self.push(at_end(Code::Conflict, sentence, &place, log));
        }
    }

    fn check_persistence(&mut self, linked: &mut Linked<'_>) {
        if linked.draft.persistence_timeout.is_some() || !linked.has_port_zero() {
            return;
        }
        let sentence = format!(
            "a service for every port needs persistence; using persistence_timeout {PERSISTENCE}"
        );
        let log = format!(
            "Virtual server {}: zero port only valid for persistent services - setting",
            linked.label()
        );
        let diagnostic = at_end(Code::Adjusted, sentence, &linked.draft.place, log);
        self.push(diagnostic.hint("write a port behind the address, or a persistence_timeout"));
        linked.draft.persistence_timeout = Some(PERSISTENCE);
    }

    fn check_scheduler(&mut self, linked: &mut Linked<'_>) {
        if linked.draft.scheduler.is_none() {
            let sentence = "no lvs_sched is set; using wlc".to_owned();
            let log = format!(
                "Virtual server {}: no scheduler set, setting default 'wlc'",
                linked.label()
            );
            self.push(at_end(
                Code::MissingSetting,
                sentence,
                &linked.draft.place,
                log,
            ));
            linked.draft.scheduler = Some(Scheduler::Wlc);
        }
    }

    fn remove_duplicates(&mut self, linked: &mut Linked<'_>) {
        let all = std::mem::take(&mut linked.draft.real_servers);
        let mut known: BTreeMap<SocketAddr, usize> = BTreeMap::new();
        let mut kept: Vec<RealServerDraft> = Vec::with_capacity(all.len());
        for server in all {
            match known.get(&server.address) {
                None => {
                    known.insert(server.address, kept.len());
                    kept.push(server);
                }
                Some(first) => {
                    let sentence = format!(
                        "real server {} is there already; this one is left out",
                        shown(server.address)
                    );
                    let log = format!(
                        "VS {}: real server {} is duplicated - removing second rs",
                        linked.label(),
                        linked.label_of(&server)
                    );
                    let diagnostic = at_end(Code::Duplicate, sentence, &server.place, log);
                    let first = &kept[*first].place.span;
                    self.push(diagnostic.related(first, "the first one"));
                }
            }
        }
        linked.draft.real_servers = kept;
    }

    /// Whoever has no method takes that of the virtual server as it is at the end.
    fn check_methods(&mut self, linked: &mut Linked<'_>) {
        let draft = &mut linked.draft;
        let is_unset = |server: &RealServerDraft| server.forwarding.method.is_none();
        let sorry = draft.sorry_server.as_ref();
        let needed = draft.real_servers.iter().any(is_unset)
            || sorry.is_some_and(|sorry| sorry.forwarding.method.is_none());
        if needed && draft.forwarding.method.is_none() {
            let sentence = "no lvs_method is set; using NAT".to_owned();
            let log = format!(
                "Virtual server {}: no forwarding method set, setting default NAT",
                linked.label()
            );
            self.push(at_end(
                Code::MissingSetting,
                sentence,
                &linked.draft.place,
                log,
            ));
        }
        let draft = &mut linked.draft;
        let own = draft.forwarding;
        for server in draft.real_servers.iter_mut().filter(|s| is_unset(s)) {
            server.forwarding = own;
        }
        if let Some(sorry) = &mut draft.sorry_server
            && sorry.forwarding.method.is_none()
        {
            sorry.forwarding = own;
        }
    }

    /// Whether it is one of the real servers, which must be inhibited alike.
    fn check_sorry_server(&mut self, linked: &mut Linked<'_>) -> bool {
        let draft = &linked.draft;
        let Some(sorry) = &draft.sorry_server else {
            return false;
        };
        let mut servers = draft.real_servers.iter();
        let Some(server) = servers.find(|server| server.address == sorry.address) else {
            return false;
        };
        let inhibit = server
            .inhibit_on_failure
            .unwrap_or(draft.inhibit_on_failure);
        if sorry.inhibit == inhibit {
            return true;
        }
        let doing = if inhibit { "sett" } else { "clear" };
        let sentence = format!(
            "the sorry server is a real server too, so it has its inhibit_on_failure: {}",
            if inhibit { "on" } else { "off" }
        );
        let log = format!(
            "Virtual server {}: real server {} matches sorry server, but inhibit setting differs, {doing}ing on sorry server",
            linked.label(),
            linked.label_of(server)
        );
        let diagnostic = at_end(Code::Conflict, sentence, &sorry.place, log)
            .related(&server.place.span, "the real server");
        self.push(diagnostic);
        if let Some(sorry) = &mut linked.draft.sorry_server {
            sorry.inhibit = inhibit;
        }
        true
    }

    /// The typed virtual server, with everything inherited.
    fn complete_virtual_server(
        &mut self,
        linked: Linked<'_>,
        is_real_server: bool,
    ) -> VirtualServer {
        let Linked {
            mut draft, service, ..
        } = linked;
        let own = draft.timing.clone();
        let mail = self.global.config.mail.checker_default();
        let servers = std::mem::take(&mut draft.real_servers);
        let real_servers = servers
            .into_iter()
            .map(|server| self.complete_real_server(server, &draft, mail.unwrap_or(true)))
            .collect();
        let granularity = draft.granularity;
        VirtualServer {
            service,
            protocol: draft.protocol(),
            family: draft.family,
            scheduler: draft.scheduler.unwrap_or(Scheduler::Wlc),
            flags: SchedulerFlags {
                one_packet: draft.one_packet.is_some(),
                ..draft.flags
            },
            forwarding: draft.forwarding.finish(),
            persistence: draft.persistence_timeout.map(|seconds| Persistence {
                timeout: Duration::from_secs(seconds.into()),
                granularity,
            }),
            persistence_engine: draft.persistence_engine,
            ha_suspend: draft.ha_suspend.is_some(),
            smtp_alert: draft.smtp_alert.or(mail).unwrap_or(false),
            virtualhost: draft.virtualhost,
            snmp_name: draft.snmp_name,
            alpha: draft.alpha,
            omega: draft.omega,
            inhibit_on_failure: draft.inhibit_on_failure,
            quorum: draft.quorum.map_or(1, |(quorum, _)| quorum),
            hysteresis: draft.hysteresis.map_or(0, |(hysteresis, _)| hysteresis),
            quorum_up: self.boxed_script(draft.quorum_up),
            quorum_down: self.boxed_script(draft.quorum_down),
            weight: draft.weight,
            timing: own.finish(),
            sorry_server: draft.sorry_server.map(|sorry| SorryServer {
                address: sorry.address,
                forwarding: sorry.forwarding.finish(),
                inhibit: sorry.inhibit,
                is_real_server,
            }),
            real_servers,
        }
    }

    fn complete_real_server(
        &mut self,
        server: RealServerDraft,
        outer: &VirtualServerDraft,
        mail: bool,
    ) -> RealServer {
        let timing = server.timing.or(&outer.timing).finish();
        let alpha = server.alpha.unwrap_or(outer.alpha);
        let service_timing = outer.timing.clone().finish();
        let context = CheckerContext {
            address: server.address,
            timing: &timing,
            alpha,
            service_delay_loop: service_timing.delay_loop,
            virtualhost: server.virtualhost.as_deref(),
            service_virtualhost: outer.virtualhost.as_deref(),
        };
        let checkers = self.finish_checkers(server.checkers, &context);
        RealServer {
            address: server.address,
            weight: server.weight.unwrap_or(outer.weight),
            forwarding: server.forwarding.finish(),
            upper_threshold: server.upper_threshold,
            lower_threshold: server.lower_threshold,
            inhibit_on_failure: server
                .inhibit_on_failure
                .unwrap_or(outer.inhibit_on_failure),
            alpha,
            smtp_alert: server.smtp_alert.unwrap_or(mail),
            notify_up: self.boxed_script(server.notify_up),
            notify_down: self.boxed_script(server.notify_down),
            virtualhost: server.virtualhost.map(Into::into),
            snmp_name: server.snmp_name.map(Into::into),
            timing,
            checkers,
        }
    }

    fn boxed_script(&mut self, draft: Option<Box<CommandDraft>>) -> Option<Box<Command>> {
        self.notify_command(&*draft?).map(Box::new)
    }
}

/// What the kernel knows a service by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum ServiceKey {
    Address(SocketAddr, Option<Protocol>),
    Mark(u32, Option<Family>),
}
