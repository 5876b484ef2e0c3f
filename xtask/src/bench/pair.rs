//! Two directors of one program on a LAN of their own: one is master, the other waits.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use integration::{
    Capture, Daemon, Ended, Host, Lab, Log, Monitor, Program, Record, Signal, Stamp, longest_gap,
    take_over, wait_until,
};

use crate::{boot, stop};

const VRID: u8 = 51;
const VIP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 10, 0, 101));
const PRIORITY: u32 = 100;
/// Nothing here takes longer, on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// Version and interval of a pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// 2 or 3.
    pub(super) version: u32,
    /// Between adverts.
    pub(super) interval: Duration,
}

impl Timing {
    /// The silence after which a backup takes over: three intervals and the skew.
    ///
    /// RFC 9568 §6.1; version 2: RFC 3768 §6.1. Both programs compute the skew in microseconds: in
    /// whole centiseconds it would be nothing at the shortest interval.
    pub(super) fn master_down(self) -> Duration {
        let share = if self.version == 2 {
            Duration::from_secs(1)
        } else {
            self.interval
        };
        3 * self.interval + share * (256 - PRIORITY) / 256
    }

    /// The same for both: who is master stays it, and both wait equally long.
    fn configuration(self) -> String {
        format!(
            "global_defs {{\n router_id bench\n vrrp_version {version}\n}}\n\
             vrrp_instance VI_1 {{\n state BACKUP\n interface eth0\n virtual_router_id {VRID}\n \
             priority {PRIORITY}\n advert_int {interval}\n virtual_ipaddress {{\n  {VIP}/24\n }}\n}}\n",
            version = self.version,
            interval = self.interval.as_secs_f64(),
        )
    }
}

/// The pair.
pub(super) struct Pair {
    timing: Timing,
    program: Program,
    daemons: [Option<Daemon>; 2],
    master: usize,
    lab: Lab,
}

impl Pair {
    /// Starts both, and waits until one of them is master and the other one listens.
    pub(super) fn start(program: Program, timing: Timing) -> Result<Self> {
        let lab = Lab::new("bench")?;
        let mut pair = Self {
            timing,
            program,
            daemons: [None, None],
            master: 0,
            lab,
        };
        pair.switch_on(0)?;
        wait_until(PATIENCE, "the first master", || pair.host(0).has(VIP))?;
        pair.switch_on(1)?;
        pair.settle()?;
        Ok(pair)
    }

    /// Kills the master: by how much the other's first advert is later than the protocol wants, in milliseconds.
    pub(super) fn take_over(&mut self) -> Result<f64> {
        let capture = self.listen()?;
        let (old, mark) = (self.master, capture.mark());
        self.daemon(old)?.kill_all()?;
        self.daemons[old] = None;
        self.wait_for_other(&capture, mark)?;
        let found = take_over(&capture.records(), VRID).context("nobody took over")?;
        self.exchange()?;
        Ok(milliseconds(found.advert) - milliseconds(self.timing.master_down()))
    }

    /// Stops the master with TERM: milliseconds to its priority 0 advert, and to its end. The addresses must be gone by then.
    pub(super) fn stop(&mut self) -> Result<(f64, f64)> {
        let capture = self.listen()?;
        let (old, mark) = (self.master, capture.mark());
        let daemon = self.daemon(old)?;
        let ended = daemon
            .stop(Signal::SIGTERM)
            .with_context(|| said(daemon.program(), daemon.log()));
        let Ended { asked, took, .. } = ended?;
        ensure!(!self.host(old).has(VIP), "its address is still there");
        self.daemons[old] = None;
        self.wait_for_other(&capture, mark)?;
        let adverts = capture.adverts(VRID);
        let farewell =
            |record: &&Record| record.advert().is_some_and(|advert| advert.priority == 0);
        let farewell = adverts
            .iter()
            .find(farewell)
            .context("no priority 0 advert was sent")?;
        let farewell = farewell
            .time
            .checked_sub(asked)
            .context("it was sent before it was asked")?;
        self.exchange()?;
        Ok((milliseconds(farewell), milliseconds(took)))
    }

    /// Lets the master load its unchanged file: the longest gap between adverts from then on for half a second and
    /// an interval, over the interval, and the changes that the kernel reported.
    pub(super) fn reload(&mut self) -> Result<(f64, usize)> {
        self.longest_gap(|daemon| daemon.reload().map(drop))
    }

    /// The same time without a reload: what the machine does to the adverts.
    pub(super) fn no_reload(&mut self) -> Result<(f64, usize)> {
        self.longest_gap(|_| Ok(()))
    }

    fn longest_gap(&mut self, act: impl FnOnce(&Daemon) -> Result<()>) -> Result<(f64, usize)> {
        let capture = self.listen()?;
        let monitor = Monitor::start(self.host(self.master))?;
        // Not always at the same moment between two adverts.
        stop::sleep(self.timing.interval.mul_f64(0.37))?;
        act(self.daemon(self.master)?)?;
        stop::sleep(self.timing.interval.mul_f64(1.1) + Duration::from_millis(500))?;
        let name = self.host(self.master).name();
        let longest = longest_gap(&capture.records(), name, VRID, Stamp::ZERO);
        let longest = longest.context("the master sent no adverts")?.length;
        Ok((
            longest.as_secs_f64() / self.timing.interval.as_secs_f64(),
            monitor.changes().len(),
        ))
    }

    /// Changes of state that both logs tell of.
    pub(super) fn state_lines(&mut self) -> Result<usize> {
        let mut count = 0;
        for index in 0..2 {
            let lines = self.daemon(index)?.log().lines();
            count += lines
                .iter()
                .filter(|line| line.text.contains("Entering "))
                .count();
        }
        Ok(count)
    }

    /// The one that has just been stopped becomes the backup.
    fn exchange(&mut self) -> Result<()> {
        let old = self.master;
        self.master = 1 - old;
        boot::switched_on(self.host(old), &[VIP])?;
        self.switch_on(old)?;
        self.settle()
    }

    fn switch_on(&mut self, index: usize) -> Result<()> {
        let host = self.lab.director(if index == 0 { 1 } else { 2 });
        self.daemons[index] = Some(Daemon::start(
            host,
            &self.program,
            &self.timing.configuration(),
        )?);
        Ok(())
    }

    /// Until the backup has started and heard the master, and both are done with it.
    fn settle(&mut self) -> Result<()> {
        let backup = 1 - self.master;
        let log = self.daemon(backup)?.log().clone();
        log.wait("Entering BACKUP STATE", PATIENCE)
            .with_context(|| said(&self.program, &log))?;
        stop::sleep(self.timing.interval.mul_f64(1.2) + Duration::from_millis(200))
    }

    fn host(&self, index: usize) -> &Host {
        self.lab.director(if index == 0 { 1 } else { 2 })
    }

    fn daemon(&mut self, index: usize) -> Result<&mut Daemon> {
        self.daemons[index].as_mut().context("this director is off")
    }

    /// A capture that has heard the master, whoever that is: load may have made them change.
    fn listen(&mut self) -> Result<Capture> {
        let capture = Capture::start(&self.lab)?;
        let heard = capture.wait(PATIENCE, "an advert", |record| record.advert().is_some())?;
        self.master = usize::from(heard.host != self.host(0).name());
        Ok(capture)
    }

    /// Until the one that is not the master speaks.
    fn wait_for_other(&self, capture: &Capture, mark: usize) -> Result<Record> {
        let name = self.host(1 - self.master).name();
        capture.wait_after(mark, PATIENCE, "the other's advert", |record| {
            record.host == name && record.advert().is_some()
        })
    }
}

/// What a program said at the end, for whoever has to find out why it did not do what was wanted.
fn said(program: &Program, log: &Log) -> String {
    let lines: Vec<String> = log.lines().into_iter().map(|line| line.text).collect();
    let last = lines
        .split_at(lines.len().saturating_sub(15))
        .1
        .join("\n  ");
    format!("{}, which said:\n  {last}\n", program.path().display())
}

/// As figures are shown.
fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn master_down_is_the_protocol_s() {
        let down = |version, interval| {
            let timing = Timing {
                version,
                interval: Duration::from_millis(interval),
            };
            timing.master_down().as_micros()
        };
        assert_eq!(down(2, 1000), 3_609_375);
        assert_eq!(down(3, 10), 36_093);
        assert_eq!(down(3, 1000), 3_609_375);
    }
}
