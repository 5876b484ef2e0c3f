//! Performs what the router decides, and tells it what happens.

mod reload;
mod say;
mod view;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use conf::Config;
use tracing::warn;
use vip::{Announcer, Change, Links, Manager, Owner};
use vrrp::{Event, InstanceId, InterfaceId, Packet, Report, Router, ScriptId, ScriptOutcome};

use super::batch::{Batch, Now};
use super::healing::{Healing, Removals};
use super::interfaces::{Interfaces, Look as Seen};
use super::tables::Tables;
use crate::ipc::{Channel, FromRole, RoleOptions, ToRole};
use crate::report::Reporter;
use crate::socket::{Arrival, Deaf, Look, Receivers, Senders};

/// Address changes per turn: half a millisecond, so that adverts of other instances are not late.
const CHUNK: usize = 50;

/// Pause before an interface that could not be listened on is tried again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// What is opened before there is a shell.
pub(super) struct Parts {
    /// To the supervisor.
    pub(super) channel: Channel<FromRole, ToRole>,
    /// Of the command line.
    pub(super) options: RoleOptions,
    /// What is to be done.
    pub(super) config: Config,
    /// What the kernel has.
    pub(super) links: Links,
    /// Where adverts leave.
    pub(super) senders: Senders,
}

/// The router and its hands.
pub(super) struct Shell {
    router: Router,
    tables: Tables,
    interfaces: Interfaces,
    /// Kept up to date by the monitor.
    pub(super) links: Links,
    manager: Manager,
    removals: Removals,
    announcer: Announcer,
    announce_at: Option<Instant>,
    /// When to try again to listen where it failed.
    listen_at: Option<Instant>,
    senders: Senders,
    /// Where adverts come in.
    pub(super) receivers: Receivers,
    /// To the supervisor.
    pub(super) channel: Channel<FromRole, ToRole>,
    reporter: Reporter,
    options: RoleOptions,
    batch: Batch,
    /// The configuration that a reload is about to put in force.
    incoming: Option<Config>,
    /// `-V`, and the end has come: nothing is sent and nothing released.
    leaves_as_is: bool,
}

impl Shell {
    /// Opens what is missing, and removes the addresses that a crash left behind.
    pub(super) fn new(parts: Parts) -> Result<Self, vip::Error> {
        let Parts {
            channel,
            options,
            config,
            links,
            senders,
        } = parts;
        let global = &config.global;
        let announcer = Announcer::open(global.garp_interval, global.gna_interval)?;
        let reporter = Reporter::new(options.detail > 0, global.log_unknown_vrids);
        let mut manager = Manager::open()?;
        let tables = Tables::new(config);
        for failure in manager
            .adopt_or_clean(&tables.all_addresses(), &links)
            .failed
        {
            warn!("{failure}");
        }
        Ok(Self {
            router: Router::new(tables.config().router.clone()),
            interfaces: Interfaces::new(&tables.config().router.interfaces),
            tables,
            links,
            manager,
            removals: Removals::default(),
            announcer,
            announce_at: None,
            listen_at: None,
            senders,
            receivers: Receivers::new(),
            channel,
            reporter,
            options,
            batch: Batch::default(),
            incoming: None,
            leaves_as_is: false,
        })
    }

    /// Hands in what is known and starts.
    pub(super) fn start(&mut self) {
        self.refresh(Seen::First);
        self.reporter.set_beginning(true);
        self.handle(Event::Start);
        self.reporter.set_beginning(false);
        self.batch.tell.insert(0, FromRole::Started);
        self.work();
    }

    /// Whether the router's deadline has passed.
    pub(super) fn router_is_due(&self, now: Instant) -> bool {
        self.router.poll_timeout().is_some_and(|at| at <= now)
    }

    /// When something has to be done without anything having happened.
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.router.poll_timeout(), self.announce_at, self.listen_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether there is something to be done at once.
    pub(super) fn has_work(&self) -> bool {
        self.batch.vips_changed
    }

    /// Takes packets off the sockets. They count from when they came in, not from when we woke up for them.
    pub(super) fn receive(&mut self, look: Look, budget: usize) {
        let mut arrivals = Vec::new();
        self.receivers
            .drain(look, budget, |arrival| arrivals.push(arrival));
        for Arrival {
            interface,
            at,
            packet,
        } in arrivals
        {
            if let Some(interface) = self.interfaces.with_index(interface) {
                self.handle_at(at, Event::Datagram { interface, packet });
            }
        }
    }

    /// The router's deadline has passed.
    pub(super) fn on_timeout(&mut self) {
        self.handle(Event::Timeout);
    }

    /// Links or addresses have changed.
    pub(super) fn on_changes(&mut self, changes: &[Change]) {
        self.refresh(Seen::Again);
        let mut losers = BTreeSet::new();
        for change in changes {
            if self.options.log_addresses {
                self.say_change(change);
            }
            if let Some(owner) = self.manager.removed_by_others(change) {
                self.say_removed(change);
                losers.insert(owner);
            }
        }
        // What could not be done on a link that was down or not there may be possible.
        let is_addition = |change: &Change| matches!(change, Change::AddressAdded { .. });
        self.batch.vips_changed |= !changes.iter().all(is_addition);
        for owner in losers {
            self.on_lost(owner);
        }
    }

    /// A track script's run has ended.
    pub(super) fn on_script_done(
        &mut self,
        script: ScriptId,
        generation: u32,
        outcome: ScriptOutcome,
    ) {
        // One of another generation means another script.
        if generation == self.tables.generation() {
            self.handle(Event::ScriptDone { script, outcome });
        }
    }

    /// All counters begin again at zero.
    pub(super) fn clear_counters(&mut self) {
        self.handle(Event::ClearCounters);
    }

    /// Stops: everything that is still to be done is done.
    pub(super) fn stop(&mut self) {
        self.leaves_as_is = self.options.keep_vips;
        self.handle(Event::Shutdown);
        while self.batch.vips_changed {
            self.reconcile();
        }
        self.work();
        self.tell(&FromRole::Stopping);
    }

    /// Does a part of what the router wants done after the packets: addresses, announcements, telling, and
    /// last the log.
    pub(super) fn work(&mut self) {
        if self.listen_at.is_some_and(|at| at <= Instant::now()) {
            self.listen_again();
        }
        self.work_off();
        self.reporter.flush();
    }

    fn work_off(&mut self) {
        if self.batch.vips_changed {
            self.reconcile();
        }
        if self.batch.vips_changed {
            return;
        }
        let announcements = std::mem::take(&mut self.batch.announce);
        for &(instance, repeat) in &announcements {
            self.queue_announcement(instance, repeat);
        }
        let now = Instant::now();
        if !announcements.is_empty() || self.announce_at.is_some_and(|at| at <= now) {
            self.announce_at = self.announcer.flush(now);
        }
        for message in std::mem::take(&mut self.batch.tell) {
            self.tell(&message);
        }
        for (instance, _) in announcements {
            self.say_announced(instance);
        }
    }

    /// Tells the supervisor; if it does not read, it will kill and restart us.
    pub(super) fn tell(&mut self, message: &FromRole) {
        if let Err(error) = self.channel.send(message, None) {
            warn!("message to the supervisor: {error}");
        }
    }

    fn handle(&mut self, event: Event) {
        self.handle_at(Instant::now(), event);
    }

    fn handle_at(&mut self, now: Instant, event: Event) {
        self.router.handle(now, event);
        while let Some(action) = self.router.poll_action() {
            if let Some(first) = self.batch.sort(action, self.tables.generation()) {
                self.perform(now, first);
            }
        }
    }

    fn perform(&mut self, now: Instant, action: Now) {
        match action {
            Now::Send {
                instance,
                interface,
                packet,
            } => {
                self.send(now, instance, interface, &packet);
            }
            Now::Want(instance) => self.want(instance),
            Now::Release(instance) => self.release(instance),
            Now::Report(report) => {
                if let Report::Entered { instance, .. } = report {
                    self.tables.note_transition(instance);
                }
                self.reporter
                    .report(now, &self.tables.config().router, &report);
            }
            Now::Reloaded(kept) => self.replace_tables(&kept),
        }
    }

    fn send(
        &mut self,
        now: Instant,
        instance: InstanceId,
        interface: InterfaceId,
        packet: &Packet,
    ) {
        if self.leaves_as_is {
            return;
        }
        let Some(index) = self.interfaces.index(interface) else {
            return;
        };
        let sent = self.senders.send(index, packet);
        self.tables.note_advert(instance);
        self.say_sent(now, instance, packet, sent);
    }

    fn want(&mut self, instance: InstanceId) {
        self.tables.set_wanted(instance, true);
        if let Some(owner) = self.tables.owner(instance) {
            self.manager.want(owner, self.tables.addresses(instance));
        }
        self.say_vips(instance, "setting");
    }

    fn release(&mut self, instance: InstanceId) {
        self.tables.set_wanted(instance, false);
        if let Some(owner) = self.tables.owner(instance) {
            self.announcer.drop_owner(owner);
            self.removals.forget(owner);
            if !self.leaves_as_is {
                self.manager.release(owner);
            }
        }
        self.say_vips(instance, "removing");
    }

    /// Looks at the links, and hands in what is different.
    fn refresh(&mut self, seen: Seen) {
        let virtuals = self.tables.virtual_addresses();
        let refreshed = self.interfaces.refresh(&self.links, virtuals, seen);
        let now = Instant::now();
        for line in refreshed.lines {
            self.reporter.limited(now, None, line);
        }
        let news = refreshed.indexes_changed && self.sync_receivers();
        for event in refreshed.events {
            self.handle(event);
        }
        if news {
            self.refresh(seen);
        }
    }

    /// Opens the sockets that are needed. Returns whether other interfaces than before cannot be listened on.
    fn sync_receivers(&mut self) -> bool {
        let needs = self.tables.needs(&self.interfaces);
        let deaf = self.receivers.sync(&needs);
        self.listen_at = (!deaf.is_empty()).then(|| Instant::now() + LISTEN_AGAIN);
        let indexes = deaf.iter().map(|deaf| deaf.interface).collect();
        let news = self.interfaces.set_deaf(indexes);
        if news {
            for Deaf { name, error, .. } in deaf {
                warn!("cannot listen on {name}, which counts as down until we can: {error}");
            }
        }
        news
    }

    /// Tries again to listen where it failed.
    fn listen_again(&mut self) {
        if self.sync_receivers() {
            self.refresh(Seen::Again);
        }
    }

    fn reconcile(&mut self) {
        let outcome = self.manager.reconcile_some(&self.links, CHUNK);
        self.batch.vips_changed = outcome.more;
        for failure in &outcome.failed {
            self.say_failure(failure);
        }
    }

    /// Another program removed an owner's addresses.
    fn on_lost(&mut self, owner: Owner) {
        let Some(instance) = self.tables.holder(owner) else {
            return;
        };
        match self.removals.count(Instant::now(), owner) {
            // The next reconciliation puts them back; somebody else may have had them in between.
            Healing::Repair => {
                let repeat = self.tables.garp_repeat(instance);
                self.batch.announce.push((instance, repeat));
            }
            Healing::GiveUp => self.handle(Event::VipsLost { instance }),
        }
    }

    fn queue_announcement(&mut self, instance: InstanceId, repeat: u32) {
        let Some(owner) = self.tables.owner(instance) else {
            return;
        };
        self.announcer
            .queue(owner, &self.tables.addresses(instance), repeat, &self.links);
    }
}
