//! Two directors with a daemon each, and who plays which.

use std::fmt::Write;
use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use integration::{Capture, Daemon, Host, Lab, Log, Program, Signal, Stamp, wait_until};

/// How long anything may take; machines are noisy.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// What a noisy machine may add to a protocol time.
pub(crate) const NOISE: Duration = Duration::from_millis(700);

/// The VIP of `VI_1` where a scenario names no other.
pub(crate) const VIP: &str = "10.10.0.100";

/// Who is director 1, who is director 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairing {
    OursOurs,
    OursOriginal,
    OriginalOurs,
    OriginalOriginal,
}

impl Pairing {
    fn programs(self) -> Result<[Program; 2]> {
        Ok(match self {
            Self::OursOurs => [Program::ours()?, Program::ours()?],
            Self::OursOriginal => [Program::ours()?, Program::Original],
            Self::OriginalOurs => [Program::Original, Program::ours()?],
            Self::OriginalOriginal => [Program::Original, Program::Original],
        })
    }
}

/// Makes the four tests of each scenario, a `fn(&mut Site) -> Result<()>`.
macro_rules! pairings {
    ($($scenario:ident),* $(,)?) => {$(
        mod $scenario {
            use crate::site::{Pairing, run};
            #[test]
            fn ours_ours() -> anyhow::Result<()> {
                run(Pairing::OursOurs, super::$scenario)
            }
            #[test]
            fn ours_original() -> anyhow::Result<()> {
                run(Pairing::OursOriginal, super::$scenario)
            }
            #[test]
            fn original_ours() -> anyhow::Result<()> {
                run(Pairing::OriginalOurs, super::$scenario)
            }
            #[test]
            fn original_original() -> anyhow::Result<()> {
                run(Pairing::OriginalOriginal, super::$scenario)
            }
        }
    )*};
}

/// Makes the tests of a scenario that is about one program: `ours` and `original`.
macro_rules! programs {
    ($($scenario:ident),* $(,)?) => {$(
        mod $scenario {
            use crate::site::{Pairing, run};
            #[test]
            fn ours() -> anyhow::Result<()> {
                run(Pairing::OursOurs, super::$scenario)
            }
            #[test]
            fn original() -> anyhow::Result<()> {
                run(Pairing::OriginalOriginal, super::$scenario)
            }
        }
    )*};
}

/// Makes the tests of something that must be the same for both programs, a
/// `fn(&mut Site) -> Result<T>`; the original beside itself shows that it can be compared.
macro_rules! comparisons {
    ($($scenario:ident),* $(,)?) => {$(
        mod $scenario {
            use crate::site::{Pairing, compare};
            #[test]
            fn ours_like_original() -> anyhow::Result<()> {
                compare(Pairing::OursOurs, super::$scenario)
            }
            #[test]
            fn original_like_original() -> anyhow::Result<()> {
                compare(Pairing::OriginalOriginal, super::$scenario)
            }
        }
    )*};
}

/// Runs a scenario; when it fails, logs and adverts are shown.
pub(crate) fn run<T>(pairing: Pairing, scenario: fn(&mut Site) -> Result<T>) -> Result<T> {
    let mut site = Site::new(pairing)?;
    let outcome = scenario(&mut site);
    if outcome.is_err() {
        eprintln!("{}", site.report());
    }
    outcome
}

/// Runs a scenario with the original and with another, each on a LAN of its own, at the same time.
pub(crate) fn compare<T: PartialEq + std::fmt::Debug + Send>(
    pairing: Pairing,
    scenario: fn(&mut Site) -> Result<T>,
) -> Result<()> {
    let (theirs, found) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| run(Pairing::OriginalOriginal, scenario));
        let found = run(pairing, scenario);
        (theirs.join(), found)
    });
    let theirs = theirs.ok().context("the original's run panicked")?;
    let (theirs, found) = (theirs.context("the original")?, found.context("the other")?);
    if theirs != found {
        let lab = Lab::with_hosts("kascn", &[])?;
        let lines = difference(&lab, &theirs, &found)?;
        bail!("the original (-) and the other (+):\n{lines}");
    }
    Ok(())
}

/// What differs between two values that are printed over several lines.
fn difference<T: std::fmt::Debug>(lab: &Lab, theirs: &T, found: &T) -> Result<String> {
    let paths = ["original", "other"].map(|name| lab.folder().join(name));
    for (path, value) in paths.iter().zip([theirs, found]) {
        std::fs::write(path, format!("{value:#?}\n"))?;
    }
    let output = Command::new("diff")
        .arg("-U1")
        .args(&paths)
        .output()
        .context("run diff")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A LAN with two directors, of which some daemons run.
pub(crate) struct Site {
    // Dropped in this order: daemons before the LAN.
    daemons: Vec<(u8, Daemon)>,
    logs: Vec<(u8, Log)>,
    pub(crate) capture: Capture,
    pub(crate) programs: [Program; 2],
    pub(crate) lab: Lab,
}

impl Site {
    fn new(pairing: Pairing) -> Result<Self> {
        let programs = pairing.programs()?;
        let lab = Lab::new("kascn")?;
        let capture = Capture::start(&lab)?;
        Ok(Self {
            daemons: Vec::new(),
            logs: Vec::new(),
            capture,
            programs,
            lab,
        })
    }

    /// Starts the daemon of a director.
    pub(crate) fn start(&mut self, director: u8, config: &str) -> Result<()> {
        self.start_with(director, config, &[])
    }

    pub(crate) fn start_with(
        &mut self,
        director: u8,
        config: &str,
        options: &[&str],
    ) -> Result<()> {
        let program = self.program(director).clone();
        let host = self.lab.director(director);
        let daemon = Daemon::start_with(host, &program, config, options)?;
        self.logs.push((director, daemon.log().clone()));
        self.daemons.push((director, daemon));
        Ok(())
    }

    /// Starts director 1 until it is master with [`VIP`], then director 2 as its backup.
    ///
    /// One after the other: on a noisy machine a backup started at the same time may be first.
    pub(crate) fn start_pair(&mut self, first: &str, second: &str) -> Result<()> {
        self.start(1, first)?;
        self.wait_with(1, VIP)?;
        self.start(2, second)?;
        self.wait_log(2, "(VI_1) Entering BACKUP STATE")?;
        self.wait_master(1, 51, VIP)
    }

    pub(crate) fn program(&self, director: u8) -> &Program {
        &self.programs[usize::from(director - 1)]
    }

    /// Whether a director runs the program built here.
    pub(crate) fn is_ours(&self, director: u8) -> bool {
        matches!(self.program(director), Program::Ours(_))
    }

    pub(crate) fn host(&self, director: u8) -> &Host {
        self.lab.director(director)
    }

    /// The daemon that was started last on a director.
    ///
    /// # Panics
    /// If none was started there.
    pub(crate) fn daemon(&mut self, director: u8) -> &mut Daemon {
        let mut daemons = self.daemons.iter_mut().rev();
        let found = daemons.find(|(number, _)| *number == director);
        &mut found.expect("the scenario has started it").1
    }

    /// Whether the daemon that was started last on a director is still there.
    pub(crate) fn daemon_runs(&self, director: u8) -> bool {
        let found = self
            .daemons
            .iter()
            .rev()
            .find(|(number, _)| *number == director);
        found.is_some_and(|(_, daemon)| daemon.running())
    }

    /// The log of the daemon that was started last on a director.
    pub(crate) fn log(&self, director: u8) -> Log {
        let found = self
            .logs
            .iter()
            .rev()
            .find(|(number, _)| *number == director);
        found.map(|(_, log)| log.clone()).unwrap_or_default()
    }

    pub(crate) fn kill(&mut self, director: u8) -> Result<Stamp> {
        self.daemon(director).kill_all()
    }

    pub(crate) fn stop(&mut self, director: u8) -> Result<integration::Ended> {
        self.daemon(director).stop(Signal::SIGTERM)
    }

    /// Waits until this director holds the address, the other does not, and the last advert of the
    /// virtual router is this one's.
    pub(crate) fn wait_master(&self, director: u8, vrid: u8, vip: &str) -> Result<()> {
        let address: IpAddr = vip.parse()?;
        let (this, other) = (self.host(director), self.host(3 - director));
        wait_until(
            LIMIT,
            &format!("director{director} as only master with {vip}"),
            || {
                this.has(address)
                    && !other.has(address)
                    && self.speaker(vrid).as_ref() == Some(&this.name().to_owned())
            },
        )?;
        Ok(())
    }

    /// The host that sent the last advert of a virtual router.
    pub(crate) fn speaker(&self, vrid: u8) -> Option<String> {
        self.capture.adverts(vrid).pop().map(|record| record.host)
    }

    /// Waits for so many further adverts of a virtual router from a director.
    pub(crate) fn wait_adverts(&self, director: u8, vrid: u8, count: usize) -> Result<()> {
        let name = self.host(director).name();
        let mark = self.capture.mark();
        wait_until(
            LIMIT,
            &format!("{count} adverts of director{director}"),
            || {
                let records = self.capture.records();
                let further = records.iter().skip(mark);
                further
                    .filter(|r| r.host == name && r.advert_of(vrid).is_some())
                    .count()
                    >= count
            },
        )?;
        Ok(())
    }

    /// How many adverts of a virtual router a director has sent.
    pub(crate) fn sent(&self, director: u8, vrid: u8) -> usize {
        let name = self.host(director).name();
        self.capture
            .select(|r| r.host == name && r.advert_of(vrid).is_some())
            .len()
    }

    pub(crate) fn wait_log(&self, director: u8, text: &str) -> Result<()> {
        self.log(director)
            .wait(text, LIMIT)
            .with_context(|| format!("director{director}"))?;
        Ok(())
    }

    /// Gives a director an `eth1` that is up and leads nowhere.
    pub(crate) fn second_link(&self, director: u8) -> Result<()> {
        let host = self.host(director);
        host.exec("ip link add eth1 type veth peer name peer1")?;
        host.exec("ip link set peer1 up")?;
        host.exec("ip link set eth1 up")?;
        Ok(())
    }

    pub(crate) fn has(&self, director: u8, vip: &str) -> bool {
        vip.parse()
            .is_ok_and(|address| self.host(director).has(address))
    }

    /// Waits until a director has not got the address.
    pub(crate) fn wait_without(&self, director: u8, vip: &str) -> Result<()> {
        wait_until(LIMIT, &format!("director{director} without {vip}"), || {
            !self.has(director, vip)
        })?;
        Ok(())
    }

    pub(crate) fn wait_with(&self, director: u8, vip: &str) -> Result<()> {
        wait_until(LIMIT, &format!("director{director} with {vip}"), || {
            self.has(director, vip)
        })?;
        Ok(())
    }

    /// Logs and adverts, for the reader of a failure.
    fn report(&self) -> String {
        let mut text = format!("adverts, director1 {:?}:\n", self.programs);
        let records = self.capture.records();
        let start = records
            .iter()
            .find(|r| r.advert().is_some())
            .map_or(Stamp::ZERO, |r| r.time);
        text.push_str(&self.capture.summary());
        for (director, log) in &self.logs {
            let _ = writeln!(text, "log of director{director}:");
            for line in log.lines() {
                let since = line.time.as_secs_f64() - start.as_secs_f64();
                let _ = writeln!(text, "{since:8.3} {}", line.text);
            }
        }
        text
    }
}
