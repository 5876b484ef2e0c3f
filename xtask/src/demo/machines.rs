//! A director of the demo: keepalived and a web server, which live and die together.

use anyhow::Result;
use integration::{Daemon, Host, Program};

use super::VIPS;
use super::http::Server;
use super::view::{View, Who};
use crate::boot;

/// A director.
pub(super) struct Machine<'lab> {
    /// Where it is.
    pub(super) host: &'lab Host,
    /// Which of [`VIPS`] it holds, as last seen; nothing while it has no power.
    pub(super) holds: [bool; VIPS.len()],
    program: Program,
    configuration: String,
    running: Option<Running>,
}

struct Running {
    daemon: Daemon,
    server: Server,
    lines_seen: usize,
}

impl<'lab> Machine<'lab> {
    /// One without power.
    pub(super) fn new(host: &'lab Host, program: Program, configuration: String) -> Self {
        Self {
            host,
            holds: [false; VIPS.len()],
            program,
            configuration,
            running: None,
        }
    }

    /// Starts everything on it.
    pub(super) fn start(&mut self) -> Result<()> {
        boot::switched_on(self.host, &VIPS.map(|vip| vip.address.into()))?;
        let server = Server::start(self.host)?;
        let daemon = Daemon::start(self.host, &self.program, &self.configuration)?;
        self.running = Some(Running {
            daemon,
            server,
            lines_seen: 0,
        });
        Ok(())
    }

    /// Kills everything on it.
    pub(super) fn die(&mut self) -> Result<()> {
        self.holds = [false; VIPS.len()];
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        running.daemon.kill_all()?;
        drop(running.server);
        Ok(())
    }

    /// Shows what is new: log lines, addresses.
    pub(super) fn look(&mut self, view: &View) -> Result<()> {
        let Some(running) = &mut self.running else {
            return Ok(());
        };
        let who = Who::Host(self.host.name());
        let lines = running.daemon.log().lines();
        for line in lines
            .iter()
            .skip(running.lines_seen)
            .filter(|line| tells(&line.text))
        {
            view.line(who, format!("log: {}", line.text));
        }
        running.lines_seen = lines.len();

        let addresses = self.host.addresses()?;
        for (vip, holds) in VIPS.iter().zip(&mut self.holds) {
            let has = addresses.iter().any(|held| held.address == vip.address);
            if has != *holds {
                let verb = if has { "holds" } else { "gives up" };
                view.line(who, format!("{verb} {} ({})", vip.address, vip.name));
            }
            *holds = has;
        }
        Ok(())
    }
}

/// The few log lines that the story is about.
fn tells(line: &str) -> bool {
    ["Entering ", "Receive advertisement timeout", "advert from"]
        .iter()
        .any(|word| line.contains(word))
}
