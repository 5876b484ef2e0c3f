//! `virtual_server`: what it serves, and its settings.

use std::net::SocketAddr;

use super::forwarding::ForwardingDraft;
use super::persistence::PERSISTENCE;
use super::real_server::{RealServerDraft, TimingDraft, keep, set};
use super::scheduler::scheduler;
use super::service::{ServiceDraft, spanning, written_port};
use crate::config::{Family, Granularity, Protocol, Scheduler, SchedulerFlags};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::typed::command::CommandDraft;
use crate::typed::read::Wrong;
use crate::word::Word;

/// One virtual server, as far as it was read.
pub(in crate::typed) struct VirtualServerDraft {
    pub(super) place: Place,
    pub(super) service: ServiceDraft,
    pub(super) family: Option<Family>,
    pub(super) protocol: Option<(Protocol, Place)>,
    pub(super) scheduler: Option<Scheduler>,
    pub(super) one_packet: Option<Place>,
    pub(super) flags: SchedulerFlags,
    pub(super) forwarding: ForwardingDraft,
    pub(super) persistence_timeout: Option<u32>,
    pub(super) granularity: Option<Granularity>,
    pub(super) persistence_engine: Option<String>,
    pub(super) ha_suspend: Option<Place>,
    pub(super) smtp_alert: Option<bool>,
    pub(super) virtualhost: Option<String>,
    pub(super) snmp_name: Option<String>,
    pub(super) alpha: bool,
    pub(super) omega: bool,
    pub(super) inhibit_on_failure: bool,
    pub(super) quorum: Option<(u32, Place)>,
    pub(super) hysteresis: Option<(u32, Place)>,
    pub(super) quorum_up: Option<Box<CommandDraft>>,
    pub(super) quorum_down: Option<Box<CommandDraft>>,
    pub(super) weight: u32,
    pub(super) timing: TimingDraft,
    pub(super) sorry_server: Option<SorryServerDraft>,
    pub(super) real_servers: Vec<RealServerDraft>,
    /// A real server is written, whether or not it is one.
    names_real_server: bool,
}

/// A sorry server, as far as it was read.
pub(super) struct SorryServerDraft {
    pub(super) place: Place,
    pub(super) address: SocketAddr,
    pub(super) forwarding: ForwardingDraft,
    pub(super) inhibit: bool,
}

impl VirtualServerDraft {
    // keepalived: alloc_vs
    fn new(service: ServiceDraft, place: Place) -> Self {
        let family = match &service {
            ServiceDraft::Address(address) => Some(Family::of(address.ip())),
            ServiceDraft::Mark(_) | ServiceDraft::Group(_) => None,
        };
        Self {
            place,
            service,
            family,
            protocol: None,
            scheduler: None,
            one_packet: None,
            flags: SchedulerFlags::default(),
            forwarding: ForwardingDraft::default(),
            persistence_timeout: None,
            granularity: None,
            persistence_engine: None,
            ha_suspend: None,
            smtp_alert: None,
            virtualhost: None,
            snmp_name: None,
            alpha: false,
            omega: false,
            inhibit_on_failure: false,
            quorum: None,
            hysteresis: None,
            quorum_up: None,
            quorum_down: None,
            weight: 1,
            timing: TimingDraft::default(),
            sorry_server: None,
            real_servers: Vec::new(),
            names_real_server: false,
        }
    }

    pub(super) fn protocol(&self) -> Option<Protocol> {
        self.protocol.as_ref().map(|(protocol, _)| *protocol)
    }

    /// As the log has it, before it has its number in a group.
    fn label(&self) -> String {
        self.service.label(self.protocol(), 0)
    }
}

impl Builder<'_> {
    // keepalived: vs_handler, vs_end_handler
    pub(in crate::typed) fn virtual_server(&mut self, block: &Statement) {
        self.note_not_built(block);
        let Some(service) = self.service(block) else {
            return;
        };
        let words = block.arguments();
        let place = spanning(&words[..words.len().min(2)], &block.head().place);
        let mut draft = VirtualServerDraft::new(service, place);
        for statement in &block.block {
            self.virtual_server_statement(statement, &mut draft);
        }
        self.keep_virtual_server(draft, &block.end);
    }

    /// `IP [PORT]`, `fwmark N` or `group NAME`.
    fn service(&mut self, block: &Statement) -> Option<ServiceDraft> {
        let (name, words) = ("virtual_server", block.arguments());
        let Some(word) = words.first() else {
            self.push(missing_parameter(&block.head().place, name, name, 2));
            return None;
        };
        self.words_after(words.get(2..).unwrap_or_default(), "the service");
        match (word.text().as_str(), words.get(1)) {
            // The original crashes.
            (kind @ ("group" | "fwmark"), None) => {
                self.push(missing_parameter(&word.place, name, kind, 3));
                None
            }
            ("group", Some(name)) => Some(ServiceDraft::Group(name.text())),
            ("fwmark", Some(mark)) => self.service_mark(mark),
            (address, port) => {
                let port = written_port(port);
                let log = match port.map(Word::text) {
                    Some(port) => format!(
                        "Invalid virtual server IP address/port {address}/{port} - skipping"
                    ),
                    None => format!("Invalid virtual server IP address {address} - skipping"),
                };
                let address = self.socket("virtual server", word, port, log)?;
                Some(ServiceDraft::Address(address))
            }
        }
    }

    fn service_mark(&mut self, word: &Word) -> Option<ServiceDraft> {
        let log = format!(
            "virtual server fwmark '{}' must be in [0, {}] - ignoring",
            word.text(),
            u32::MAX
        );
        let wrong = Wrong::new("fwmark", "this virtual server is left out", log);
        let mark = self.unsigned(word, 0..=u32::MAX, &wrong)?;
        if mark > 0 {
            return Some(ServiceDraft::Mark(mark));
        }
        // The original takes it for a service without an address, which the kernel refuses.
        let sentence = "packets without a mark have the mark 0, which is no service; this virtual server is left out";
        self.push(
            Diagnostic::error(Code::OutOfRange, sentence)
                .at(&word.place)
                .log("Virtual server [(none)]:none:0: no protocol set - defaulting to UDP")
                .status(Status::General),
        );
        None
    }

    fn virtual_server_statement(&mut self, statement: &Statement, draft: &mut VirtualServerDraft) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        match keyword.keyword {
            "ip_family" => self.ip_family(statement, draft),
            "protocol" => self.protocol(statement, draft),
            "lb_algo" | "lvs_sched" => {
                let word = self.choice_setting(statement, "");
                keep(&mut draft.scheduler, word.and_then(scheduler));
            }
            "hashed" | "ops" | "flag-1" | "flag-2" | "flag-3" | "sh-port" | "sh-fallback"
            | "mh-port" | "mh-fallback" => self.scheduler_flag(statement, draft),
            "lb_kind" | "lvs_method" => {
                self.forwarding(statement, "virtual", &mut draft.forwarding);
            }
            "persistence_engine" => self.persistence_engine(statement, draft),
            "persistence_timeout" => {
                let timeout = if statement.arguments().is_empty() {
                    Some(PERSISTENCE)
                } else {
                    self.int_setting(statement, "")
                };
                keep(&mut draft.persistence_timeout, timeout);
            }
            "persistence_granularity" => self.granularity(statement, draft),
            "ha_suspend" => draft.ha_suspend = Some(self.bare_flag(statement)),
            "alpha" | "omega" | "inhibit_on_failure" => {
                self.bare_flag(statement);
                let flag = match keyword.keyword {
                    "alpha" => &mut draft.alpha,
                    "omega" => &mut draft.omega,
                    _ => &mut draft.inhibit_on_failure,
                };
                *flag = true;
            }
            "smtp_alert" => keep(&mut draft.smtp_alert, self.bool_setting(statement, "")),
            "virtualhost" => {
                let missing = "virtual server virtualhost missing";
                self.text_once(statement, "vs virtualhost", missing, &mut draft.virtualhost);
            }
            "snmp_name" => self.snmp_name(statement, "vs", "virtual", &mut draft.snmp_name),
            "quorum_up" => self.server_script(statement, &draft.service, &mut draft.quorum_up),
            "quorum_down" => self.server_script(statement, &draft.service, &mut draft.quorum_down),
            "quorum" => {
                let quorum = self.int_setting_or(statement, "", 1).unwrap_or(1);
                draft.quorum = Some((quorum, statement.place()));
            }
            "hysteresis" => {
                let hysteresis = self.int_setting(statement, "");
                keep(
                    &mut draft.hysteresis,
                    hysteresis.map(|n| (n, statement.place())),
                );
            }
            "weight" => set(&mut draft.weight, self.int_setting(statement, "")),
            "sorry_server" => self.sorry_server(statement, draft),
            "sorry_server_inhibit" | "sorry_server_lvs_method" => {
                self.sorry_server_setting(statement, draft);
            }
            "real_server" => {
                draft.names_real_server = true;
                self.real_server(statement, draft);
            }
            _ => self.check_timing(statement, &mut draft.timing),
        }
    }

    fn ip_family(&mut self, statement: &Statement, draft: &mut VirtualServerDraft) {
        let family = match self.choice_setting(statement, "") {
            Some("inet") => Family::Inet,
            Some("inet6") => Family::Inet6,
            Some(_) | None => return,
        };
        if family == *draft.family.get_or_insert(family) {
            return;
        }
        let Some(word) = statement.arguments().first() else {
            return;
        };
        let text = word.text();
        let sentence = format!("the addresses above are not {text}; ip_family is ignored");
        self.push(
            Diagnostic::warning(Code::FamilyMismatch, sentence)
                .at(&word.place)
                .log(format!(
                    "Virtual server specified family {text} conflicts with server family"
                ))
                .status(Status::General),
        );
    }

    fn protocol(&mut self, statement: &Statement, draft: &mut VirtualServerDraft) {
        let protocol = match self.choice_setting(statement, "") {
            Some("TCP") => Protocol::Tcp,
            Some("UDP") => Protocol::Udp,
            Some("SCTP") => Protocol::Sctp,
            Some(_) | None => return,
        };
        draft.protocol = Some((protocol, statement.place()));
    }

    fn sorry_server(&mut self, statement: &Statement, draft: &mut VirtualServerDraft) {
        let words = statement.arguments();
        let Some(word) = words.first() else {
            return;
        };
        self.words_after(words.get(2..).unwrap_or_default(), "a port");
        let log = format!("Invalid sorry server IP address {} - skipping", word.text());
        if let Some(address) = self.socket("sorry server", word, words.get(1), log) {
            draft.sorry_server = Some(SorryServerDraft {
                place: spanning(&words[..words.len().min(2)], &word.place),
                address,
                forwarding: draft.forwarding,
                inhibit: false,
            });
        }
    }

    fn sorry_server_setting(&mut self, statement: &Statement, draft: &mut VirtualServerDraft) {
        let is_inhibit = statement.head().is("sorry_server_inhibit");
        if let Some(sorry) = &mut draft.sorry_server {
            if is_inhibit {
                self.bare_flag(statement);
                sorry.inhibit = true;
            } else {
                self.forwarding(statement, "sorry", &mut sorry.forwarding);
            }
            return;
        }
        let name = statement.head().text();
        let log = if is_inhibit {
            "Ignoring sorry_server inhibit used before or without sorry_server"
        } else {
            "sorry_server forwarding used without sorry_server"
        };
        let sentence = format!("{name} needs a sorry_server above it; ignored");
        self.push(
            Diagnostic::warning(Code::MissingSetting, sentence)
                .at(&statement.place())
                .log(log)
                .status(Status::General),
        );
    }

    /// At the end of the block: what it has, and of which family that is.
    fn keep_virtual_server(&mut self, mut draft: VirtualServerDraft, end: &Place) {
        if draft.real_servers.is_empty() {
            let label = draft.label();
            let sentence = match draft.names_real_server {
                true => "none of its real servers can be used, so this virtual server is left out",
                false => "a virtual_server without a real_server serves nothing; it is left out",
            };
            return self.push(
                Diagnostic::error(Code::MissingSetting, sentence)
                    .at(end)
                    .related(&draft.place.span, "the virtual server")
                    .log(format!(
                        "Virtual server {label} has no real servers - ignoring"
                    ))
                    .status(Status::General),
            );
        }
        if let Some(sorry) = draft.sorry_server.take() {
            let family = Family::of(sorry.address.ip());
            if sorry.forwarding.is_tunnel() || family == *draft.family.get_or_insert(family) {
                draft.sorry_server = Some(sorry);
            } else {
                self.server_of_other_family("sorry server", &sorry.place, sorry.address, end);
            }
        }
        if draft.family.is_none() && !matches!(draft.service, ServiceDraft::Group(_)) {
            draft.family = Some(family_of_servers(&draft));
        }
        self.virtual_servers.push(draft);
    }
}

/// That of all servers, where all are tunnels to one family; else IPv4.
fn family_of_servers(draft: &VirtualServerDraft) -> Family {
    let sorry = draft.sorry_server.iter().map(|sorry| sorry.address);
    let real = draft.real_servers.iter().map(|server| server.address);
    let mut addresses = sorry.chain(real);
    if addresses.all(|address| address.is_ipv6()) {
        Family::Inet6
    } else {
        Family::Inet
    }
}
