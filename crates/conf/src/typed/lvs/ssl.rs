//! `SSL`: the certificate with which checkers speak TLS.

use crate::config::Ssl;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;

/// The block, and where it is.
pub(in crate::typed) struct SslDraft {
    pub(super) place: Place,
    pub(super) config: Ssl,
}

impl Builder<'_> {
    // keepalived: ssl_handler
    pub(in crate::typed) fn ssl(&mut self, block: &Statement) {
        self.note_not_built(block);
        let place = block.head().place.clone();
        if let Some(first) = &self.ssl {
            let diagnostic = Diagnostic::warning(
                Code::Duplicate,
                "there is an SSL block already; this one takes its place",
            )
            .at(&place)
            .related(&first.place.span, "the first one, which is not used")
            .log("SSL context already specified - replacing")
            .status(Status::General);
            self.push(diagnostic);
        }
        let mut config = Ssl::default();
        for statement in &block.block {
            self.ssl_statement(statement, &mut config);
        }
        self.ssl = Some(SslDraft { place, config });
    }

    fn ssl_statement(&mut self, statement: &Statement, ssl: &mut Ssl) {
        let (slot, name) = match statement.head().text().as_str() {
            "password" => {
                self.text_once(statement, "SSL", "SSL password missing", &mut ssl.password);
                return;
            }
            "ca" => (&mut ssl.ca, "cafile"),
            "certificate" => (&mut ssl.certificate, "certfile"),
            "key" => (&mut ssl.key, "keyfile"),
            _ => return,
        };
        let mut text = slot.take().map(|path| path.to_string_lossy().into_owned());
        self.text_once(statement, "SSL", &format!("SSL {name} missing"), &mut text);
        *slot = text.map(Into::into);
    }
}
