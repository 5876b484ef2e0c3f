//! `HTTP_GET` and `SSL_GET`.

use super::Settings;
use crate::config::{CheckerKind, HttpCheck, HttpProtocol};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::lvs::real_server::{CheckerContext, RealServerDraft};

impl Builder<'_> {
    // keepalived: http_get_handler, http_get_check_end
    pub(super) fn http_check(&mut self, block: &Statement, server: &mut RealServerDraft) {
        let mut settings = Settings::connecting(server);
        let mut http = HttpCheck {
            tls: block.head().is("SSL_GET"),
            ..HttpCheck::default()
        };
        for statement in &block.block {
            self.http_setting(statement, &mut http, &mut settings);
        }
        for url in &mut http.urls {
            url.tls_compliant |= http.tls_compliant;
        }
        if http.urls.is_empty() {
            let name = block.head().text();
            let sentence = format!("{name} has no url; it is left out");
            let log = "HTTP/SSL_GET checker has no urls specified - ignoring".to_owned();
            return self.left_out(&block.end, Code::MissingSetting, sentence, log);
        }
        let kind = CheckerKind::Http(Box::new(http));
        self.keep_checker(block, kind, settings, server);
    }

    fn http_setting(
        &mut self,
        statement: &Statement,
        http: &mut HttpCheck,
        settings: &mut Settings,
    ) {
        match statement.keyword.map_or("", |keyword| keyword.keyword) {
            name @ "virtualhost" => {
                let missing = "HTTP_GET virtualhost name missing";
                self.text_once(statement, name, missing, &mut http.virtualhost);
            }
            "http_protocol" => {
                http.protocol = self.http_protocol(statement).unwrap_or(http.protocol);
            }
            "enable_sni" => {
                http.enable_sni = self.bool_setting(statement, "").unwrap_or(http.enable_sni);
            }
            "sni_name" => self.sni_name(statement, http),
            "fast_recovery" => {
                let read = self.bool_setting(statement, "");
                http.fast_recovery = read.unwrap_or(http.fast_recovery);
            }
            "tls_compliant" => {
                let read = self.bool_setting(statement, "");
                http.tls_compliant = read.unwrap_or(http.tls_compliant);
            }
            "url" => http.urls.extend(self.url(statement)),
            _ => self.checker_setting(statement, settings),
        }
    }

    // keepalived: http_protocol_handler
    fn http_protocol(&mut self, statement: &Statement) -> Option<HttpProtocol> {
        let Some(word) = statement.arguments().first() else {
            self.missing_value(statement, "Missing http_protocol version");
            return None;
        };
        let protocol = match word.text().as_str() {
            "1.0" => HttpProtocol::Http10,
            "1.0C" | "1.0c" => HttpProtocol::Http10Close,
            "1.1" => HttpProtocol::Http11,
            found => {
                let expected = "1.0, 1.0C or 1.1";
                let sentence = format!("http_protocol must be {expected}, found {found}; ignored");
                self.push(
                    Diagnostic::warning(Code::InvalidValue, sentence)
                        .at(&word.place)
                        .expected(expected)
                        .log(format!("Invalid http_protocol version {found}"))
                        .status(Status::General),
                );
                return None;
            }
        };
        Some(protocol)
    }

    // keepalived: sni_name_handler
    fn sni_name(&mut self, statement: &Statement, http: &mut HttpCheck) {
        match &http.sni_name {
            Some(first) if statement.arguments().is_empty() => {
                let sentence =
                    format!("sni_name is {first} already; the default does not replace it");
                let log =
                    format!("sni_name already specified as {first} - ignoring setting to default");
                self.push(
                    Diagnostic::warning(Code::Duplicate, sentence)
                        .at(&statement.head().place)
                        .log(log)
                        .status(Status::General),
                );
            }
            Some(_) | None => {
                if !statement.arguments().is_empty() {
                    self.text_once(statement, "sni_name", "", &mut http.sni_name);
                }
                http.enable_sni = true;
            }
        }
    }
}

/// Names of hosts that the checker and its URLs may lack.
pub(super) fn inherit(http: &mut HttpCheck, context: &CheckerContext<'_>) {
    let service = context.service_virtualhost;
    http.server_virtualhost = context.virtualhost.or(service).map(Box::from);
    if http.enable_sni {
        http.service_virtualhost = service.map(Box::from);
    }
}
