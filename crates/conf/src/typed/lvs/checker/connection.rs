//! `connect_ip`, `connect_port`, `bindto`, `bind_port`, `bind_if` and `fwmark`.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::config::{Connection, Socket};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::schema::Kind;
use crate::tree::Statement;
use crate::typed::Builder;
use crate::word::Word;

/// The longest name of an interface.
const LONGEST_NAME: usize = 15;

/// What was said about a connection.
#[derive(Debug, Default)]
pub(super) struct ConnectionDraft {
    /// Where to; `None`: the real server's, which is not looked at while this is read.
    pub(super) ip: Option<IpAddr>,
    /// `None`: the real server's.
    port: Option<u16>,
    socket: Option<Box<Socket>>,
    /// Something of it is written.
    is_set: bool,
}

impl ConnectionDraft {
    /// To a real server as it is written; its port may still change, but not for its checkers.
    pub(super) fn to(server: SocketAddr) -> Self {
        Self {
            ip: Some(server.ip()),
            port: port_of(server),
            ..Self::default()
        }
    }

    /// What is not said is the real server's.
    pub(super) fn or(self, server: SocketAddr) -> Self {
        Self {
            ip: self.ip.or(Some(server.ip())),
            port: self.port.or(port_of(server)),
            ..self
        }
    }

    pub(super) fn is_set(&self) -> bool {
        self.is_set
    }

    fn socket(&mut self) -> &mut Socket {
        self.socket.get_or_insert_default()
    }

    fn bound_to(&self) -> Option<IpAddr> {
        self.socket.as_ref()?.bindto
    }

    pub(super) fn finish(self, server: SocketAddr, connect_timeout: Duration) -> Connection {
        Connection {
            connect_ip: self.ip.unwrap_or(server.ip()),
            connect_port: self.port.unwrap_or(server.port()),
            connect_timeout,
            socket: self.socket,
        }
    }
}

fn port_of(server: SocketAddr) -> Option<u16> {
    Some(server.port()).filter(|port| *port != 0)
}

impl Builder<'_> {
    pub(super) fn connection_setting(
        &mut self,
        statement: &Statement,
        draft: &mut ConnectionDraft,
    ) {
        let Some(word) = statement.arguments().first() else {
            return;
        };
        draft.is_set = true;
        match statement.keyword.map_or("", |keyword| keyword.keyword) {
            "connect_ip" => self.connect_ip(statement, word, draft),
            "connect_port" => draft.port = self.int_setting(statement, "").or(draft.port),
            "bindto" => self.bindto(statement, word, draft),
            "bind_port" => {
                if let Some(port) = self.int_setting(statement, "") {
                    draft.socket().bind_port = Some(port);
                }
            }
            "bind_if" => self.bind_if(statement, word, draft),
            "fwmark" => {
                if let Some(mark) = self.int_setting(statement, "") {
                    draft.socket().fwmark = mark;
                }
            }
            _ => self.not_built(statement),
        }
    }

    // keepalived: co_ip_handler
    fn connect_ip(&mut self, statement: &Statement, word: &Word, draft: &mut ConnectionDraft) {
        let Some(ip) = self.checker_address(statement, word) else {
            return;
        };
        match draft.bound_to() {
            Some(bindto) if bindto.is_ipv4() != ip.is_ipv4() => {
                self.wrong_family(word, "connect_ip", "bindto");
            }
            Some(_) | None => draft.ip = Some(ip),
        }
    }

    // keepalived: co_srcip_handler
    fn bindto(&mut self, statement: &Statement, word: &Word, draft: &mut ConnectionDraft) {
        let Some(ip) = self.checker_address(statement, word) else {
            return;
        };
        match draft.ip {
            Some(connect_ip) if connect_ip.is_ipv4() != ip.is_ipv4() => {
                self.wrong_family(word, "bindto", "connect_ip");
            }
            Some(_) | None => draft.socket().bindto = Some(ip),
        }
    }

    /// An address; what follows it as in a range or a network is passed over.
    // keepalived: inet_stosockaddr
    fn checker_address(&mut self, statement: &Statement, word: &Word) -> Option<IpAddr> {
        let text = word.text();
        let address = text.split(['-', '/']).next().unwrap_or_default();
        let Ok(ip) = address.parse() else {
            let row = statement.keyword?;
            self.wrong_value(row, word, "", Code::InvalidAddress);
            return None;
        };
        if address.len() < text.len() {
            let sentence = format!(
                "{} takes one address; {} is passed over",
                statement.head().text(),
                &text[address.len()..]
            );
            self.push(Diagnostic::warning(Code::InvalidAddress, sentence).at(&word.place));
        }
        Some(ip)
    }

    fn wrong_family(&mut self, word: &Word, keyword: &str, other: &str) {
        let ip = word.text();
        let sentence =
            format!("{keyword} {ip} is not of the address family of {other}; it is ignored");
        self.push(
            Diagnostic::warning(Code::FamilyMismatch, sentence)
                .at(&word.place)
                .log(format!(
                    "{keyword} address {ip} does not match address family of {other} - skipping"
                ))
                .status(Status::General),
        );
    }

    // keepalived: co_srcif_handler
    fn bind_if(&mut self, statement: &Statement, word: &Word, draft: &mut ConnectionDraft) {
        let name = word.text();
        if word.bytes.len() > LONGEST_NAME {
            let Some(row) = statement.keyword else {
                return;
            };
            debug_assert_eq!(row.kind, Kind::Interface);
            return self.wrong_value(row, word, "", Code::InvalidValue);
        }
        if self.interface(&name).is_none() {
            let sentence = format!("there is no interface {name} now; checks fail until it comes");
            self.push(Diagnostic::warning(Code::UnknownInterface, sentence).at(&word.place));
        }
        draft.socket().bind_if = Some(name);
    }

    /// At the end of a block: whether a checker can do with its addresses.
    // keepalived: check_conn_opts
    pub(super) fn can_connect(&mut self, draft: &mut ConnectionDraft, end: &Place) -> bool {
        let Some(ip) = draft.ip else {
            return true;
        };
        if let Some(socket) = &mut draft.socket
            && let Some(bindto) = socket
                .bindto
                .take_if(|bindto| bindto.is_ipv4() != ip.is_ipv4())
        {
            let sentence = format!(
                "bindto {bindto} is not of the address family of {ip}, which is connected to; it is ignored"
            );
            self.push(Diagnostic::warning(Code::FamilyMismatch, sentence).at(end));
        }
        let has_interface = draft
            .socket
            .as_ref()
            .is_some_and(|socket| socket.bind_if.is_some());
        if !is_link_local(ip) || has_interface {
            return true;
        }
        self.push(
            Diagnostic::error(
                Code::MissingSetting,
                format!(
                    "{ip} is a link-local address, so the checker needs bind_if; it is left out"
                ),
            )
            .at(end)
            .log(format!(
                "Checker link local address {ip} requires a bind_if"
            ))
            .hint("`bind_if INTERFACE` says on which network the address is")
            .status(Status::General),
        );
        false
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}
