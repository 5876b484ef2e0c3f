//! `lvs_method`: how packets get to a real server.

use crate::config::{Forwarding, Tunnel, TunnelChecksum};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

/// The method, as far as it was read. A tunnel may be known before there is a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ForwardingDraft {
    pub(super) method: Option<Method>,
    tunnel: Tunnel,
}

impl Default for ForwardingDraft {
    fn default() -> Self {
        Self {
            method: None,
            tunnel: Tunnel::Ipip,
        }
    }
}

/// The first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Nat,
    DirectRouting,
    Tunnel,
}

impl ForwardingDraft {
    /// NAT where nothing is said.
    pub(super) fn finish(self) -> Forwarding {
        match self.method {
            None | Some(Method::Nat) => Forwarding::Nat,
            Some(Method::DirectRouting) => Forwarding::DirectRouting,
            Some(Method::Tunnel) => Forwarding::Tunnel(self.tunnel),
        }
    }

    /// Only NAT changes the port of a packet.
    pub(super) fn is_nat(self) -> bool {
        matches!(self.method, None | Some(Method::Nat))
    }

    /// Only a tunnel takes packets of one family to a server of the other.
    pub(super) fn is_tunnel(self) -> bool {
        self.method == Some(Method::Tunnel)
    }
}

/// What follows the method.
#[derive(Default)]
struct Options {
    kind: TunnelKind,
    port: Option<u16>,
    checksum: TunnelChecksum,
}

#[derive(Default, PartialEq, Eq)]
enum TunnelKind {
    #[default]
    Ipip,
    Gue,
    Gre,
}

/// What is wrong with the options: our sentence, where, and the original's line.
struct Problem {
    sentence: String,
    place: Place,
    log: String,
}

impl Builder<'_> {
    /// Whose it is (`virtual`, `real` or `sorry`) is for the log. A wrong tunnel keeps the one before.
    // keepalived: svr_forwarding_handler
    pub(super) fn forwarding(
        &mut self,
        statement: &Statement,
        whose: &str,
        draft: &mut ForwardingDraft,
    ) {
        let Some(word) = statement.arguments().first() else {
            return;
        };
        draft.method = Some(match word.text().as_str() {
            "NAT" => Method::Nat,
            "DR" => Method::DirectRouting,
            "TUN" => Method::Tunnel,
            _ => return self.unknown_method(statement, word),
        });
        match self.tunnel(statement, whose) {
            Ok(tunnel) => draft.tunnel = tunnel,
            Err(Some(problem)) => self.wrong_tunnel(problem),
            Err(None) => {}
        }
    }

    fn unknown_method(&mut self, statement: &Statement, word: &Word) {
        let (name, text) = (statement.head().text(), word.text());
        let log = statement
            .keyword
            .and_then(|row| row.log)
            .unwrap_or_default();
        let sentence = format!("{name} must be NAT, DR or TUN, found {text}; ignored");
        let diagnostic = Diagnostic::warning(Code::InvalidValue, sentence).at(&word.place);
        let upper = text.to_ascii_uppercase();
        let diagnostic = match upper.as_str() {
            "NAT" | "DR" | "TUN" => diagnostic
                .hint(format!("it is written in capitals: {upper}"))
                .fix(&word.place, upper),
            "MASQ" => diagnostic.hint("masquerading is NAT here"),
            _ => diagnostic,
        };
        self.push(
            diagnostic
                .expected("NAT, DR or TUN")
                .log(log.replace("{value}", &text))
                .status(Status::General),
        );
    }

    fn wrong_tunnel(&mut self, problem: Problem) {
        let sentence = format!("{}; the tunnel stays as it was", problem.sentence);
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&problem.place)
                .expected("type ipip, type gue port PORT [csum|remcsum], or type gre [csum]")
                .log(problem.log)
                .status(Status::General),
        );
    }

    /// `Err(None)`: a number is wrong, and that is said.
    fn tunnel(&mut self, statement: &Statement, whose: &str) -> Result<Tunnel, Option<Problem>> {
        let mut options = Options::default();
        let mut words = statement.arguments()[1..].iter();
        while let Some(word) = words.next() {
            match word.text().as_str() {
                "type" => options.kind = tunnel_kind(words.next(), word, whose)?,
                "port" => options.port = Some(self.tunnel_port(words.next(), word, whose)?),
                "nocsum" => options.checksum = TunnelChecksum::None,
                "csum" => options.checksum = TunnelChecksum::Full,
                "remcsum" => options.checksum = TunnelChecksum::Remote,
                text => {
                    return Err(Some(Problem {
                        sentence: format!("a tunnel has no option {text}"),
                        place: word.place.clone(),
                        log: format!("Invalid tunnel option {text} for {whose} server."),
                    }));
                }
            }
        }
        Ok(options.tunnel(statement)?)
    }

    fn tunnel_port(
        &mut self,
        word: Option<&Word>,
        keyword: &Word,
        whose: &str,
    ) -> Result<u16, Option<Problem>> {
        let Some(word) = word else {
            return Err(Some(Problem {
                sentence: "`port` needs a number".to_owned(),
                place: keyword.place.clone(),
                log: format!("Missing port for {whose} server gue tunnel."),
            }));
        };
        let text = word.text();
        let log = format!("Invalid gue tunnel port {text} for {whose} server.");
        let wrong = Wrong::new("the port of a tunnel", "the tunnel stays as it was", log);
        let port = self.unsigned(word, 1..=65535, &wrong).ok_or(None)?;
        u16::try_from(port).map_err(|_| None)
    }
}

fn tunnel_kind(word: Option<&Word>, keyword: &Word, whose: &str) -> Result<TunnelKind, Problem> {
    let Some(word) = word else {
        return Err(Problem {
            sentence: "`type` needs ipip, gue or gre".to_owned(),
            place: keyword.place.clone(),
            log: format!("Missing tunnel type for {whose} server."),
        });
    };
    match word.text().as_str() {
        "ipip" => Ok(TunnelKind::Ipip),
        "gue" => Ok(TunnelKind::Gue),
        "gre" => Ok(TunnelKind::Gre),
        text => Err(Problem {
            sentence: format!("the type of a tunnel must be ipip, gue or gre, found {text}"),
            place: word.place.clone(),
            log: format!("Unknown tunnel type {text} for {whose} server."),
        }),
    }
}

impl Options {
    /// The tunnel, if its options go together.
    fn tunnel(self, statement: &Statement) -> Result<Tunnel, Problem> {
        let problem = |sentence: &str, log: &str| {
            Err(Problem {
                sentence: sentence.to_owned(),
                place: statement.place(),
                log: log.to_owned(),
            })
        };
        let port_log = "gue tunnels require port, otherwise cannot have port.";
        match (self.kind, self.port, self.checksum) {
            (TunnelKind::Gue, None, _) => problem("a gue tunnel needs `port PORT`", port_log),
            (TunnelKind::Ipip | TunnelKind::Gre, Some(_), _) => {
                problem("only a gue tunnel has a port", port_log)
            }
            (TunnelKind::Gue, Some(port), checksum) => Ok(Tunnel::Gue { port, checksum }),
            (TunnelKind::Ipip, None, TunnelChecksum::None) => Ok(Tunnel::Ipip),
            (TunnelKind::Ipip, None, TunnelChecksum::Full | TunnelChecksum::Remote) => problem(
                "an ipip tunnel has no checksum",
                "ipip tunnels do not support checksum option.",
            ),
            (TunnelKind::Gre, None, TunnelChecksum::Remote) => problem(
                "a gre tunnel has no remote checksum",
                "gre tunnels do not support remote checksum option.",
            ),
            (TunnelKind::Gre, None, checksum) => Ok(Tunnel::Gre {
                checksum: checksum == TunnelChecksum::Full,
            }),
        }
    }
}
