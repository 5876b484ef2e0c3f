//! Mail alerts.

use std::net::IpAddr;

use crate::config::global::MailServer;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

/// What only the end of the file settles.
#[derive(Default)]
pub(super) struct MailDraft {
    /// `smtp_server` was tried.
    server: bool,
    /// The first recipient.
    to: Option<Place>,
    /// The first setting that asks for alerts.
    wanted: Option<Place>,
}

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn mail_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "notification_email_from" => self.mail_from(statement),
            "notification_email" => self.mail_to(statement),
            "smtp_server" => self.mail_server(statement),
            "smtp_helo_name" => {
                if let Some(name) = self.word_setting(statement) {
                    self.global.config.mail.helo_name = name;
                }
            }
            "smtp_connect_timeout" => {
                // The misspelling is the original's.
                let log = |_| "smtp_conect_timeout must be greater than 0, setting to 1".to_owned();
                if let Some(seconds) = self.raised_setting(statement, "", log) {
                    self.global.config.mail.timeout = std::time::Duration::from_secs(seconds);
                }
            }
            "smtp_alert" | "smtp_alert_vrrp" | "smtp_alert_checker" => {
                self.mail_alert(keyword, statement);
            }
            "no_email_faults" => self.global.config.mail.no_faults = true,
            "no_checker_emails" => {
                self.global_bool(statement, |global| &mut global.mail.no_checkers);
            }
            _ => return false,
        }
        true
    }

    fn mail_alert(&mut self, keyword: &str, statement: &Statement) {
        let Some(on) = self.bool_setting(statement, "") else {
            return;
        };
        let (draft, mail) = (&mut self.global.mail, &mut self.global.config.mail);
        match keyword {
            "smtp_alert_vrrp" => mail.alert_vrrp = Some(on),
            "smtp_alert_checker" => mail.alert_checker = Some(on),
            _ => mail.alert = Some(on),
        }
        if on && draft.wanted.is_none() {
            draft.wanted = Some(statement.head().place.clone());
        }
    }

    // keepalived: emailfrom_handler
    fn mail_from(&mut self, statement: &Statement) {
        if let Some(extra) = statement.arguments().get(1) {
            let sentence = "notification_email_from takes one word; the rest is ignored";
            let log = format!("emailfrom - ignoring extra entries '{}' ...", extra.text());
            self.push(
                Diagnostic::warning(Code::ExtraWords, sentence)
                    .at(&extra.place)
                    .hint("put a display name and an address into double quotes: \"Name <user@host>\"")
                    .log(log)
                    .status(Status::General),
            );
        }
        if let Some(word) = statement.arguments().first() {
            self.global.config.mail.from = self.mail_address(word);
        }
    }

    // keepalived: email_handler
    fn mail_to(&mut self, statement: &Statement) {
        let words = statement.block.iter().flat_map(|entry| &entry.words);
        let mut any = false;
        for word in words.filter(|word| !word.bytes.is_empty()) {
            any = true;
            self.global
                .mail
                .to
                .get_or_insert_with(|| word.place.clone());
            let address = self.mail_address(word);
            self.global.config.mail.to.push(address);
        }
        if !any {
            let sentence = "notification_email has no address, so nobody gets mail";
            self.push(
                Diagnostic::warning(Code::MissingSetting, sentence)
                    .at(&statement.end)
                    .log("Warning - empty notification_email block")
                    .status(Status::General),
            );
        }
    }

    /// An address as it stands in the header of a mail.
    // keepalived: format_email_addr
    fn mail_address(&mut self, word: &Word) -> String {
        let text = word.text();
        let Some(inner) = text.strip_suffix('>') else {
            return text;
        };
        let Some(at) = inner.rfind('<') else {
            let sentence = format!("`{text}` is no mail address: there is no `<`");
            let log = format!("email address '{text}' invalid");
            self.push(
                Diagnostic::warning(Code::InvalidValue, sentence)
                    .about(&word.place)
                    .log(log),
            );
            return text;
        };
        let name = text[..at].trim_end();
        if !name.contains(|c| "()<>[]:;@\\,.".contains(c)) {
            return text;
        }
        // RFC 5322 §3.2.4
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{quoted}\"{}", &text[name.len()..])
    }

    // keepalived: smtpserver_handler
    fn mail_server(&mut self, statement: &Statement) {
        self.global.mail.server = true;
        let (host, port) = (&statement.words[1], statement.arguments().get(1));
        let name = host.text();
        let written = port.map_or_else(|| "25".to_owned(), Word::text);
        let log = format!("Invalid smtp server {name} {written}");
        let number = match port {
            None => Some(25),
            Some(word) => {
                let wrong = Wrong::new("the port of smtp_server", "no mail is sent", log.clone());
                self.unsigned(word, 1..=65535, &wrong)
                    .and_then(|port| u16::try_from(port).ok())
            }
        };
        let Some(port) = number else {
            return;
        };
        let address = self.resolved(&name);
        if address.is_none() {
            let sentence = format!(
                "{name} is no address, and there is no host of that name; no mail is sent while that is so"
            );
            self.push(
                Diagnostic::warning(Code::InvalidAddress, sentence)
                    .at(&host.place)
                    .expected("an address, or a name that can be resolved")
                    .log(log)
                    .status(Status::General),
            );
        }
        self.global.config.mail.server = Some(MailServer {
            host: name,
            address,
            port,
        });
    }

    fn resolved(&self, name: &str) -> Option<IpAddr> {
        name.parse().ok().or_else(|| self.host.resolve(name))
    }

    /// At the end of the file: what depends on other settings, and what goes nowhere.
    pub(super) fn finish_mail(&mut self) {
        let host_name = self.host.host_name();
        let mail = &mut self.global.config.mail;
        if mail.from.is_empty() {
            mail.from = format!("{}@{host_name}", self.host.our_name());
        }
        if mail.helo_name.is_empty() {
            mail.helo_name = host_name;
        }
        let draft = &self.global.mail;
        let problem = match (&draft.to, &draft.wanted, draft.server) {
            (Some(place), Some(_) | None, false) => {
                Some((place.clone(), "smtp_server is missing, so no mail is sent"))
            }
            (None, Some(place), _) => Some((
                place.clone(),
                "notification_email is missing, so nobody gets these alerts",
            )),
            (Some(_), Some(_) | None, true) | (None, None, _) => None,
        };
        if let Some((place, sentence)) = problem {
            self.push(Diagnostic::warning(Code::MissingSetting, sentence).at(&place));
        }
    }
}
