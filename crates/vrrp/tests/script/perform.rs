//! Hands events to a router.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::advert::{self, Advert};
use vrrp::{
    Action, Event, Family, InstanceId, InterfaceId, Packet, Router, RouterConfig, ScriptId,
    ScriptOutcome, Transport,
};

use super::{declare, print};
use crate::common;

/// A router and what is needed to talk about it.
pub(crate) struct World {
    epoch: Instant,
    configs: BTreeMap<String, RouterConfig>,
    config: RouterConfig,
    /// In force from `Reloaded` on: what comes before has the old ids.
    next: Option<RouterConfig>,
    router: Router,
}

impl World {
    pub(crate) fn new(configs: BTreeMap<String, RouterConfig>) -> Self {
        let config = configs["first"].clone();
        let router = Router::new(config.clone());
        Self {
            epoch: common::epoch(),
            configs,
            router,
            config,
            next: None,
        }
    }

    /// Performs an event; what followed, in words.
    pub(crate) fn perform(&mut self, time: Duration, event: &str) -> Vec<String> {
        let now = self.epoch + time;
        let words: Vec<&str> = event.split_whitespace().collect();
        match words.as_slice() {
            ["boot"] => self.boot(now),
            ["run"] => return self.run(now),
            ["run", "states"] => {
                let mut lines = self.run(now);
                lines.retain(|line| line.contains(" -> "));
                return lines;
            }
            ["wake"] => return vec![self.wake()],
            ["show", name] => return print::view(&self.router.snapshot(), name),
            ["flood", count, rest @ ..] => {
                for _ in 0..count.parse().unwrap() {
                    let event = self.advert(rest);
                    self.router.handle(now, event);
                }
            }
            words => {
                let event = self.event(words);
                self.router.handle(now, event);
            }
        }
        self.drain()
    }

    /// Everything is up and has an address; then the start.
    fn boot(&mut self, now: Instant) {
        for (number, id) in (1u8..).zip(0..self.config.interfaces.len()) {
            let interface = InterfaceId(u16::try_from(id).unwrap());
            self.router.handle(
                now,
                Event::Link {
                    interface,
                    up: true,
                },
            );
            for (family, address) in [
                (Family::V4, IpAddr::from([10, 0, number - 1, 1])),
                (Family::V6, format!("fe80::{number}").parse().unwrap()),
            ] {
                let address = Some(address);
                self.router.handle(
                    now,
                    Event::Address {
                        interface,
                        family,
                        address,
                    },
                );
            }
        }
        self.router.handle(now, Event::Start);
    }

    /// All timers until now, each at its time.
    fn run(&mut self, now: Instant) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(at) = self.router.poll_timeout().filter(|at| *at <= now) {
            self.router.handle(at, Event::Timeout);
            let time = print::time(at - self.epoch);
            lines.extend(
                self.drain()
                    .into_iter()
                    .map(|action| format!("{time} {action}")),
            );
        }
        lines
    }

    fn wake(&self) -> String {
        let wake = self.router.poll_timeout();
        wake.map_or(String::from("never"), |at| print::time(at - self.epoch))
    }

    fn drain(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(action) = self.router.poll_action() {
            if matches!(action, Action::Reloaded { .. }) {
                self.config = self.next.take().unwrap();
            }
            lines.push(print::action(&self.config, action));
        }
        lines
    }

    fn event(&mut self, words: &[&str]) -> Event {
        match words {
            ["start"] => Event::Start,
            ["timeout"] => Event::Timeout,
            ["shutdown"] => Event::Shutdown,
            ["clear-counters"] => Event::ClearCounters,
            ["link", interface, state] => Event::Link {
                interface: self.interface(interface),
                up: *state == "up",
            },
            ["address", interface, family, address] => Event::Address {
                interface: self.interface(interface),
                family: if *family == "v4" {
                    Family::V4
                } else {
                    Family::V6
                },
                address: address.parse().ok(),
            },
            ["script", name, how, rest @ ..] => Event::ScriptDone {
                script: self.script(name),
                outcome: outcome(how, rest),
            },
            ["vips-lost", name] => Event::VipsLost {
                instance: self.instance(name),
            },
            ["advert", rest @ ..] => self.advert(rest),
            ["reload", name] => {
                let config = self.configs[*name].clone();
                self.next = Some(config.clone());
                Event::Reload(Box::new(config))
            }
            other => panic!("what is {other:?}?"),
        }
    }

    /// `INSTANCE from ADDRESS priority N`, and what is to be different from the instance's own.
    fn advert(&self, words: &[&str]) -> Event {
        let [name, words @ ..] = words else {
            panic!("whose advert?")
        };
        let config = &self.config.instances[usize::from(self.instance(name).0)];
        let mut advert = Advert {
            source: "192.0.2.1".parse().unwrap(),
            destination: match &config.transport {
                Transport::Multicast { group } => *group,
                Transport::Unicast { .. } => "10.0.0.1".parse().unwrap(),
            },
            hop_limit: 255,
            ip_id: 1,
            version: config.version,
            vrid: config.vrid,
            priority: config.priority,
            interval: config.advert_interval,
            authentication: config.authentication.clone(),
            addresses: config.addresses.clone(),
        };
        let mut damage = Damage::None;
        for pair in words.chunks(2) {
            match pair {
                ["from", value] => advert.source = value.parse().unwrap(),
                ["to", value] => advert.destination = value.parse().unwrap(),
                ["priority", value] => advert.priority = value.parse().unwrap(),
                ["interval", value] => advert.interval = declare::duration(value),
                ["address", value] => {
                    advert.addresses = value.split(',').map(|a| a.parse().unwrap()).collect();
                }
                ["version", value] => advert.version = declare::version(value),
                ["vrid", value] => advert.vrid = value.parse().unwrap(),
                ["ttl", value] => advert.hop_limit = value.parse().unwrap(),
                ["pass", value] => advert.authentication = declare::password(value),
                ["cut", value] => damage = Damage::Cut(value.parse().unwrap()),
                ["flip", value] => damage = Damage::Flip(value.parse().unwrap()),
                other => panic!("what is {other:?} of an advert?"),
            }
        }
        let packet = damage.done_to(advert::encode(&advert));
        Event::Datagram {
            interface: config.interface,
            packet,
        }
    }

    fn interface(&self, name: &str) -> InterfaceId {
        let position = self
            .config
            .interfaces
            .iter()
            .position(|known| known == name)
            .unwrap();
        InterfaceId(u16::try_from(position).unwrap())
    }

    fn script(&self, name: &str) -> ScriptId {
        let position = self
            .config
            .scripts
            .iter()
            .position(|known| known.name == name)
            .unwrap();
        ScriptId(u16::try_from(position).unwrap())
    }

    fn instance(&self, name: &str) -> InstanceId {
        let position = self
            .config
            .instances
            .iter()
            .position(|known| known.name == name)
            .unwrap();
        InstanceId(u16::try_from(position).unwrap())
    }
}

enum Damage {
    None,
    /// Bytes missing at the end.
    Cut(usize),
    /// A byte inverted.
    Flip(usize),
}

impl Damage {
    fn done_to(self, mut packet: Packet) -> Packet {
        let (Packet::V4(bytes) | Packet::V6 { payload: bytes, .. }) = &mut packet;
        match self {
            Self::None => {}
            Self::Cut(count) => bytes.truncate(bytes.len() - count),
            Self::Flip(at) => bytes[at] ^= 0xff,
        }
        packet
    }
}

fn outcome(how: &str, rest: &[&str]) -> ScriptOutcome {
    match (how, rest) {
        ("exit", [status]) => ScriptOutcome::Exited(status.parse().unwrap()),
        ("signal", [signal]) => ScriptOutcome::Signalled(signal.parse().unwrap()),
        ("timed-out", []) => ScriptOutcome::TimedOut,
        ("not-run", []) => ScriptOutcome::NotRun,
        other => panic!("what is {other:?} of a script?"),
    }
}
