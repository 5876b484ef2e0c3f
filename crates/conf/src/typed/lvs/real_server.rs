//! `real_server`.

use std::net::SocketAddr;
use std::time::Duration;

use super::checker::CheckerDraft;
use super::forwarding::ForwardingDraft;
use super::service::{ServiceDraft, label, spanning};
use super::virtual_server::VirtualServerDraft;
use crate::config::{CheckTiming, Family, Protocol};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::typed::Builder;
use crate::typed::command::CommandDraft;
use crate::word::Word;

/// What checkers inherit, as far as it is written: real server before virtual server before the default.
#[derive(Debug, Clone, Default)]
pub(super) struct TimingDraft {
    pub(super) delay_loop: Option<Duration>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) retry: Option<u32>,
    pub(super) delay_before_retry: Option<Duration>,
    pub(super) warmup: Option<Duration>,
}

impl TimingDraft {
    /// What is not set here is taken from there.
    pub(super) fn or(&self, outer: &Self) -> Self {
        Self {
            delay_loop: self.delay_loop.or(outer.delay_loop),
            connect_timeout: self.connect_timeout.or(outer.connect_timeout),
            retry: self.retry.or(outer.retry),
            delay_before_retry: self.delay_before_retry.or(outer.delay_before_retry),
            warmup: self.warmup.or(outer.warmup),
        }
    }

    // keepalived: alloc_vs
    pub(super) fn finish(self) -> CheckTiming {
        CheckTiming {
            delay_loop: self.delay_loop.unwrap_or(Duration::from_secs(60)),
            connect_timeout: self.connect_timeout.unwrap_or(Duration::from_secs(5)),
            retry: self.retry,
            delay_before_retry: self.delay_before_retry,
            warmup: self.warmup,
        }
    }
}

/// One real server, as far as it was read.
#[derive(Debug)]
pub(super) struct RealServerDraft {
    pub(super) place: Place,
    /// As it is written: port 0 where none is.
    pub(super) address: SocketAddr,
    /// The protocol of its virtual server where its block begins, for the log.
    pub(super) protocol: Option<Protocol>,
    pub(super) weight: Option<u32>,
    pub(super) forwarding: ForwardingDraft,
    pub(super) upper_threshold: u32,
    pub(super) lower_threshold: u32,
    pub(super) inhibit_on_failure: Option<bool>,
    pub(super) alpha: Option<bool>,
    pub(super) smtp_alert: Option<bool>,
    pub(super) notify_up: Option<Box<CommandDraft>>,
    pub(super) notify_down: Option<Box<CommandDraft>>,
    pub(super) virtualhost: Option<String>,
    pub(super) snmp_name: Option<String>,
    pub(super) timing: TimingDraft,
    pub(super) checkers: Vec<CheckerDraft>,
}

impl RealServerDraft {
    /// As the log has it.
    pub(super) fn label(&self) -> String {
        label(self.address, self.protocol)
    }
}

/// What a checker gets at the end of the file.
#[derive(Debug)]
pub(super) struct CheckerContext<'a> {
    /// The real server's, with its port filled in.
    pub(super) address: SocketAddr,
    /// What it inherits.
    pub(super) timing: &'a CheckTiming,
    pub(super) alpha: bool,
    /// `delay_loop` of the virtual server: the longest a script may run that says nothing else.
    pub(super) service_delay_loop: Duration,
    /// `virtualhost` of the real server: the Host header only.
    pub(super) virtualhost: Option<&'a str>,
    /// `virtualhost` of the virtual server: the Host header and SNI.
    pub(super) service_virtualhost: Option<&'a str>,
}

impl Builder<'_> {
    // keepalived: rs_handler, rs_end_handler
    pub(super) fn real_server(&mut self, block: &Statement, server: &mut VirtualServerDraft) {
        let Some(mut draft) = self.real_server_draft(block, server) else {
            return;
        };
        for statement in &block.block {
            self.real_server_statement(statement, server, &mut draft);
        }
        let family = Family::of(draft.address.ip());
        if draft.forwarding.is_tunnel() || family == *server.family.get_or_insert(family) {
            server.real_servers.push(draft);
        } else {
            self.server_of_other_family("real server", &draft.place, draft.address, &block.end);
        }
    }

    /// What it begins with: the address, and what it takes from its virtual server as that is so far.
    // keepalived: alloc_rs
    fn real_server_draft(
        &mut self,
        block: &Statement,
        server: &VirtualServerDraft,
    ) -> Option<RealServerDraft> {
        let words = block.arguments();
        let Some(word) = words.first() else {
            let (place, name) = (&block.head().place, "real_server");
            self.push(missing_parameter(place, name, name, 2));
            return None;
        };
        self.words_after(words.get(2..).unwrap_or_default(), "a port");
        let port = words.get(1).map_or("(null)".to_owned(), Word::text);
        let log = format!(
            "Invalid real server ip address/port {}/{port} - skipping",
            word.text()
        );
        let address = self.socket("real server", word, words.get(1), log)?;
        Some(RealServerDraft {
            place: spanning(&words[..words.len().min(2)], &word.place),
            address,
            protocol: server.protocol(),
            weight: None,
            forwarding: server.forwarding,
            upper_threshold: 0,
            lower_threshold: 0,
            inhibit_on_failure: None,
            alpha: None,
            smtp_alert: None,
            notify_up: None,
            notify_down: None,
            virtualhost: None,
            snmp_name: None,
            timing: TimingDraft::default(),
            checkers: Vec::new(),
        })
    }

    fn real_server_statement(
        &mut self,
        statement: &Statement,
        server: &VirtualServerDraft,
        draft: &mut RealServerDraft,
    ) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        match keyword.keyword {
            "weight" => keep(&mut draft.weight, self.int_setting(statement, "")),
            "lvs_method" => self.forwarding(statement, "real", &mut draft.forwarding),
            "uthreshold" => set(&mut draft.upper_threshold, self.int_setting(statement, "")),
            "lthreshold" => set(&mut draft.lower_threshold, self.int_setting(statement, "")),
            "inhibit_on_failure" => keep(
                &mut draft.inhibit_on_failure,
                self.bool_setting(statement, ""),
            ),
            "alpha" => keep(&mut draft.alpha, self.bool_setting(statement, "")),
            "smtp_alert" => keep(&mut draft.smtp_alert, self.bool_setting(statement, "")),
            "notify_up" => self.server_script(statement, &server.service, &mut draft.notify_up),
            "notify_down" => {
                self.server_script(statement, &server.service, &mut draft.notify_down);
            }
            "virtualhost" => {
                let missing = "real server virtualhost missing";
                self.text_once(statement, "rs virtualhost", missing, &mut draft.virtualhost);
            }
            "snmp_name" => self.snmp_name(statement, "rs", "real", &mut draft.snmp_name),
            name if name.ends_with("_CHECK") || name.ends_with("_GET") => {
                self.checker(statement, draft);
            }
            _ => self.check_timing(statement, &mut draft.timing),
        }
    }

    /// What checkers inherit: in a virtual server and in a real server.
    pub(super) fn check_timing(&mut self, statement: &Statement, timing: &mut TimingDraft) {
        let name = statement.keyword.map_or("", |keyword| keyword.keyword);
        if name == "retry" {
            return keep(&mut timing.retry, self.int_setting(statement, ""));
        }
        let slot = match name {
            "delay_loop" => &mut timing.delay_loop,
            "connect_timeout" => &mut timing.connect_timeout,
            "delay_before_retry" => &mut timing.delay_before_retry,
            "warmup" => &mut timing.warmup,
            _ => return self.not_built(statement),
        };
        keep(slot, self.time_setting(statement, ""));
    }

    /// A script of a server: the first one counts.
    pub(super) fn server_script(
        &mut self,
        statement: &Statement,
        service: &ServiceDraft,
        slot: &mut Option<Box<CommandDraft>>,
    ) {
        let Some(first) = slot else {
            *slot = self.server_command(statement).map(Box::new);
            return;
        };
        let name = statement.head().text();
        let script = statement.arguments().first().map(Word::text);
        let log = format!(
            "({}) {name} script already specified - ignoring {}",
            service.group_name(),
            script.unwrap_or_default()
        );
        let sentence = format!("there is a {name} already; this one is ignored");
        self.push(
            Diagnostic::warning(Code::Duplicate, sentence)
                .at(&statement.place())
                .related(&first.place.span, "the first one")
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: notify_script_init
    fn server_command(&mut self, statement: &Statement) -> Option<CommandDraft> {
        let Some(script) = CommandDraft::read(statement) else {
            let sentence = format!("{} needs a command; ignored", statement.head().text());
            let diagnostic = Diagnostic::warning(Code::MissingParameter, sentence);
            self.push(diagnostic.at(&statement.place()));
            return None;
        };
        if script.names_no_user() && self.checks_lack_user(&script.place) {
            let program = script.program();
            let sentence = format!("{} has no user to run as; it is not run", program.display());
            self.push(Diagnostic::warning(Code::Script, sentence).at(&script.place));
            return None;
        }
        Some(script)
    }

    /// `snmp_name`, in a virtual server and in a real server.
    pub(super) fn snmp_name(
        &mut self,
        statement: &Statement,
        short: &str,
        long: &str,
        slot: &mut Option<String>,
    ) {
        let log = format!("{long} server snmp_name missing or extra parameters");
        if let Some(extra) = statement.arguments().get(1) {
            let sentence = "snmp_name takes one word; ignored";
            return self.push(
                Diagnostic::warning(Code::ExtraWords, sentence)
                    .at(&extra.place)
                    .hint("put a name with blanks in double quotes")
                    .log(log)
                    .status(Status::General),
            );
        }
        self.text_once(statement, &format!("{short} snmp_name"), &log, slot);
    }

    /// A server whose packets cannot get there. The original says it where the block ends.
    pub(super) fn server_of_other_family(
        &mut self,
        what: &str,
        place: &Place,
        address: SocketAddr,
        end: &Place,
    ) {
        let (ip, family) = (
            address.ip(),
            if address.is_ipv4() { "IPv4" } else { "IPv6" },
        );
        let sentence =
            format!("{what} {ip} is {family} and the virtual server is not; it is left out");
        let log = format!(
            "Address family of virtual server and {what} {ip} don't match - skipping {what}."
        );
        self.push(
            Diagnostic::error(Code::FamilyMismatch, sentence)
                .at(end)
                .related(&place.span, "the address")
                .hint("only a tunnel (`lvs_method TUN`) goes from one family to the other")
                .log(log)
                .status(Status::General),
        );
    }
}

/// Keeps what was read; a wrong value changes nothing.
pub(super) fn keep<T>(slot: &mut Option<T>, read: Option<T>) {
    if read.is_some() {
        *slot = read;
    }
}

/// The same for what has a default.
pub(super) fn set<T>(slot: &mut T, read: Option<T>) {
    if let Some(read) = read {
        *slot = read;
    }
}
