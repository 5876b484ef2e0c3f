//! `SMTP_CHECK`, and its `host` blocks: a checker each.

use super::Settings;
use super::connection::ConnectionDraft;
use crate::config::{CheckerKind, SmtpCheck};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::lvs::real_server::RealServerDraft;

/// What is said in HELO by those who say nothing else.
const HELO_NAME: &str = "smtpchecker.keepalived.org";

impl Builder<'_> {
    // keepalived: smtp_check_handler, smtp_check_end_handler
    pub(super) fn smtp_check(&mut self, block: &Statement, server: &mut RealServerDraft) {
        let (mut settings, mut hosts, mut helo_name) = (nowhere(), Vec::new(), None);
        for statement in &block.block {
            match statement.keyword.map_or("", |keyword| keyword.keyword) {
                "helo_name" => self.helo_name(statement, &mut helo_name),
                "host" => {
                    let mut host = nowhere();
                    for inner in &statement.block {
                        self.checker_setting(inner, &mut host);
                    }
                    hosts.push(host);
                }
                _ => self.checker_setting(statement, &mut settings),
            }
        }
        if !hosts.is_empty() {
            self.host_is_deprecated(block);
        }
        for host in &mut hosts {
            host.timing = host.timing.or(&settings.timing);
            host.alpha = host.alpha.or(settings.alpha);
            host.log_all_failures |= settings.log_all_failures;
        }
        if hosts.is_empty() || says_where(&settings) {
            hosts.insert(0, settings);
        }
        let helo_name = helo_name.unwrap_or_else(|| HELO_NAME.to_owned());
        for mut settings in hosts {
            let helo_name = helo_name.clone();
            let kind = CheckerKind::Smtp(Box::new(SmtpCheck { helo_name }));
            settings.connection = settings.connection.map(|to| to.or(server.address));
            self.keep_checker(block, kind, settings, server);
        }
    }

    fn helo_name(&mut self, statement: &Statement, slot: &mut Option<String>) {
        let Some(word) = statement.arguments().first() else {
            return self.missing_value(statement, "SMTP_CHECK helo name missing");
        };
        if let Some(old) = slot.replace(word.text()) {
            let sentence = format!("helo_name is set twice: {} replaces {old}", word.text());
            self.push(
                Diagnostic::warning(Code::Duplicate, sentence)
                    .at(&word.place)
                    .log("SMTP_CHECK helo name already specified")
                    .status(Status::General),
            );
        }
    }

    fn host_is_deprecated(&mut self, block: &Statement) {
        let host = block.find("host").unwrap_or(block);
        self.push(
            Diagnostic::warning(
                Code::Deprecated,
                "host blocks are deprecated; each of them is a checker of its own",
            )
            .about(&host.head().place)
            .log("The SMTP_CHECK host block is deprecated. Please define additional checkers.")
            .hint("write one SMTP_CHECK for each host, with the same settings"),
        );
    }
}

/// Settings of a checker of which nothing is known, not even the family of its address.
fn nowhere() -> Settings {
    Settings {
        connection: Some(ConnectionDraft::default()),
        ..Settings::default()
    }
}

/// Whether anything is said about the connection.
fn says_where(settings: &Settings) -> bool {
    let connection = settings.connection.as_ref();
    settings.timing.connect_timeout.is_some() || connection.is_some_and(ConnectionDraft::is_set)
}
