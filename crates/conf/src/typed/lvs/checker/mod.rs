//! Checkers: the blocks in a `real_server`.

mod connection;
mod datagram;
mod http;
mod misc;
mod regex;
mod smtp;
mod tracker;
mod url;

use super::real_server::{CheckerContext, RealServerDraft, TimingDraft};
use crate::config::{Checker, CheckerKind};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use connection::ConnectionDraft;
use misc::MiscDraft;

/// One checker, as far as it was read.
#[derive(Debug)]
pub(super) struct CheckerDraft {
    kind: KindDraft,
    settings: Settings,
}

#[derive(Debug)]
enum KindDraft {
    /// Nothing of it depends on what follows.
    Done(CheckerKind),
    /// Its script is looked at when the whole file is read.
    Misc(Box<MiscDraft>),
}

/// What all kinds have in common.
#[derive(Debug, Default)]
struct Settings {
    /// `None` for those that connect to nothing.
    connection: Option<ConnectionDraft>,
    timing: TimingDraft,
    alpha: Option<bool>,
    log_all_failures: bool,
}

impl Settings {
    /// Those of one that connects to the real server, unless told otherwise.
    fn connecting(server: &RealServerDraft) -> Self {
        Self {
            connection: Some(ConnectionDraft::to(server.address)),
            ..Self::default()
        }
    }
}

/// Keeps a checker that can be used.
fn keep(kind: KindDraft, settings: Settings, server: &mut RealServerDraft) {
    if server.checkers.is_empty() {
        // Most real servers have one, and a list that grows by itself begins with room for four.
        server.checkers.reserve_exact(1);
    }
    server.checkers.push(CheckerDraft { kind, settings });
}

impl Builder<'_> {
    /// Reads a `*_CHECK` or `*_GET` block into `server.checkers`.
    pub(super) fn checker(&mut self, block: &Statement, server: &mut RealServerDraft) {
        match block.keyword.map_or("", |keyword| keyword.keyword) {
            "TCP_CHECK" => self.plain_check(block, server, CheckerKind::Tcp),
            "PING_CHECK" => self.plain_check(block, server, CheckerKind::Ping),
            "UDP_CHECK" => self.udp_check(block, server),
            "DNS_CHECK" => self.dns_check(block, server),
            "HTTP_GET" | "SSL_GET" => self.http_check(block, server),
            "SMTP_CHECK" => self.smtp_check(block, server),
            "MISC_CHECK" => self.misc_check(block, server),
            "FILE_CHECK" => self.file_check(block, server),
            "BFD_CHECK" => self.bfd_check(block, server),
            _ => self.not_built(block),
        }
    }

    /// A checker that has nothing of its own.
    fn plain_check(&mut self, block: &Statement, server: &mut RealServerDraft, kind: CheckerKind) {
        let mut settings = Settings::connecting(server);
        for statement in &block.block {
            self.checker_setting(statement, &mut settings);
        }
        self.keep_checker(block, kind, settings, server);
    }

    /// What all have, or all that connect.
    // keepalived: install_checker_common_keywords
    fn checker_setting(&mut self, statement: &Statement, settings: &mut Settings) {
        let timing = &mut settings.timing;
        match statement.keyword.map_or("", |keyword| keyword.keyword) {
            "retry" => timing.retry = self.int_setting(statement, "").or(timing.retry),
            "nb_get_retry" => {
                self.deprecated(statement, "retry");
                timing.retry = self.int_setting(statement, "").or(timing.retry);
            }
            "delay_before_retry" => {
                let read = self.time_setting(statement, "");
                timing.delay_before_retry = read.or(timing.delay_before_retry);
            }
            "warmup" => timing.warmup = self.time_setting(statement, "").or(timing.warmup),
            "delay_loop" => {
                timing.delay_loop = self.time_setting(statement, "").or(timing.delay_loop);
            }
            "connect_timeout" => {
                let read = self.time_setting(statement, "");
                timing.connect_timeout = read.or(timing.connect_timeout);
            }
            "alpha" => settings.alpha = self.bool_setting(statement, "").or(settings.alpha),
            "log_all_failures" => {
                let read = self.bool_setting(statement, "");
                settings.log_all_failures = read.unwrap_or(settings.log_all_failures);
            }
            _ => match &mut settings.connection {
                Some(connection) => self.connection_setting(statement, connection),
                None => self.not_built(statement),
            },
        }
    }

    /// Keeps a checker at the end of its block, if it can connect.
    fn keep_checker(
        &mut self,
        block: &Statement,
        kind: CheckerKind,
        mut settings: Settings,
        server: &mut RealServerDraft,
    ) -> Kept {
        if let Some(connection) = &mut settings.connection
            && !self.can_connect(connection, &block.end)
        {
            return Kept::No;
        }
        keep(KindDraft::Done(kind), settings, server);
        Kept::Yes
    }

    /// All checkers of a real server, at the end of the file.
    pub(super) fn finish_checkers(
        &mut self,
        drafts: Vec<CheckerDraft>,
        context: &CheckerContext<'_>,
    ) -> Vec<Checker> {
        let mut checkers = Vec::with_capacity(drafts.len());
        let finished = drafts.into_iter();
        checkers.extend(finished.filter_map(|draft| self.finish_checker(draft, context)));
        checkers
    }

    /// What is left to the end of the file: what it inherits is known.
    // keepalived: validate_check_config
    fn finish_checker(
        &mut self,
        draft: CheckerDraft,
        context: &CheckerContext<'_>,
    ) -> Option<Checker> {
        let kind = match draft.kind {
            KindDraft::Done(mut kind) => {
                if let CheckerKind::Http(http) = &mut kind {
                    http::inherit(http, context);
                }
                kind
            }
            KindDraft::Misc(misc) => self.finish_misc(*misc, context)?,
        };
        let defaults = Defaults::of(&kind);
        let (settings, outer) = (draft.settings, context.timing);
        let own = &settings.timing;
        let delay_loop = own.delay_loop.unwrap_or(outer.delay_loop);
        let timeout = own.connect_timeout.unwrap_or(outer.connect_timeout);
        let retry = own.retry.or(outer.retry).unwrap_or(defaults.retry);
        let delay = own.delay_before_retry.or(outer.delay_before_retry);
        let is_file = matches!(kind, CheckerKind::File(_));
        Some(Checker {
            connection: settings
                .connection
                .map(|connection| connection.finish(context.address, timeout)),
            retry,
            delay_before_retry: delay.or(defaults.delay).unwrap_or(delay_loop),
            delay_loop,
            warmup: own.warmup.or(outer.warmup).unwrap_or(delay_loop),
            alpha: settings.alpha.unwrap_or(context.alpha) && !is_file,
            log_all_failures: settings.log_all_failures,
            kind,
        })
    }

    /// A keyword stands alone whose value its handler asks for.
    pub(in crate::typed) fn missing_value(&mut self, statement: &Statement, log: &str) {
        let name = statement.head().text();
        let expected = statement
            .keyword
            .map(|keyword| keyword.arguments)
            .unwrap_or_default();
        let sentence = format!("{name} needs a value ({expected}); ignored");
        self.push(
            Diagnostic::warning(Code::MissingParameter, sentence)
                .at(&statement.head().place)
                .log(log)
                .status(Status::General),
        );
    }

    /// What is wrong, but counted by nobody: the original only logs it while it runs.
    fn not_counted(&mut self, place: &Place, code: Code, sentence: String, log: Option<String>) {
        let diagnostic = Diagnostic::warning(code, sentence).about(place);
        self.push(match log {
            Some(log) => diagnostic.log(log),
            None => diagnostic,
        });
    }

    /// A checker that cannot be used; where its block ends.
    fn left_out(&mut self, place: &Place, code: Code, sentence: String, log: String) {
        self.push(
            Diagnostic::error(code, sentence)
                .at(place)
                .log(log)
                .status(Status::General),
        );
    }
}

/// Whether a checker can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Yes,
    No,
}

/// What a kind has where nobody says anything.
struct Defaults {
    retry: u32,
    /// `None`: `delay_loop`.
    delay: Option<std::time::Duration>,
}

impl Defaults {
    // keepalived: queue_checker, http_get_handler, dns_check_handler, misc_check_handler
    fn of(kind: &CheckerKind) -> Self {
        let seconds = |n| Some(std::time::Duration::from_secs(n));
        let (retry, delay) = match kind {
            CheckerKind::Tcp
            | CheckerKind::Ping
            | CheckerKind::Udp(_)
            | CheckerKind::Smtp(_)
            | CheckerKind::File(_)
            | CheckerKind::Bfd(_) => (1, seconds(1)),
            CheckerKind::Http(_) => (1, seconds(3)),
            CheckerKind::Misc(_) => (0, seconds(1)),
            CheckerKind::Dns(_) => (3, None),
        };
        Self { retry, delay }
    }
}
