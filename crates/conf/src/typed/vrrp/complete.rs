//! One instance at the end of the file: inheritance, defaults, and what does not go together.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vrrp::{Authentication, Family, InitialState, Preempt, Transport, Version};

use super::addresses::overhead;
use super::authentication::Settled as SettledAuthentication;
use super::instance::InstanceDraft;
use super::strict::Inherited;
use crate::config::{Hmac, Secret};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::lint::UNICAST_WITHOUT_PEERS;
use crate::typed::Builder;

/// Settings that depend on each other, worked out.
pub(in crate::typed) struct Settled {
    pub(in crate::typed) family: Family,
    pub(in crate::typed) version: Version,
    pub(in crate::typed) priority: u8,
    pub(in crate::typed) initial_state: InitialState,
    pub(in crate::typed) advert_interval: Duration,
    pub(in crate::typed) authentication: Authentication,
    pub(in crate::typed) ah_password: Option<Secret>,
    pub(in crate::typed) hmac: Option<Hmac>,
    pub(in crate::typed) transport: Transport,
    pub(in crate::typed) preempt: Preempt,
    pub(in crate::typed) inherited: Inherited,
}

impl Builder<'_> {
    /// `None`: the instance cannot run; why is said.
    // keepalived: vrrp_complete_instance
    pub(in crate::typed) fn settle(&mut self, draft: &mut InstanceDraft) -> Option<Settled> {
        let family = draft.family.unwrap_or(Family::V4);
        let version = match (draft.version, family) {
            (Some(version), _) => self.strict_version(draft, family, version),
            (None, Family::V6) => Version::V3,
            (None, Family::V4) => self.global.version.unwrap_or(Version::V2),
        };
        let strict = self.is_strict(draft);
        let (priority, state) = self.priority(draft);
        let mut state = self.strict_state(draft, priority, state);
        let authentication = self.settle_authentication(draft, version, strict);
        let (authentication, ah_password) = match authentication {
            SettledAuthentication::Core(core) => (core, None),
            SettledAuthentication::Ah(password) => {
                state = self.ah_begins_as_backup(draft, priority, state);
                (Authentication::None, Some(password))
            }
        };
        let advert_interval = self.advert_interval(draft, version);
        let hmac = draft.hmac.take();
        let hmac =
            hmac.and_then(|hmac| self.settle_hmac(&draft.name, hmac, strict, advert_interval));
        let transport = self.transport(draft, family);
        let is_allowed = self.strict_unicast(draft);
        self.first_address(draft);
        self.settle_links(draft, strict);
        let overhead = overhead(family, version, ah_password.is_some(), hmac.is_some());
        self.count_addresses(draft, version, overhead);
        let preempt = self.preempt(draft, priority, state);
        let inherited = self.inherit(draft, priority, version);
        is_allowed?;
        Some(Settled {
            family,
            version,
            priority,
            initial_state: state,
            advert_interval,
            authentication,
            ah_password,
            hmac,
            transport,
            preempt,
            inherited,
        })
    }

    pub(in crate::typed) fn say(
        &mut self,
        code: Code,
        place: &Place,
        sentence: impl Into<String>,
        log: String,
    ) {
        let diagnostic = Diagnostic::warning(code, sentence).about(place);
        self.push(diagnostic.log(log).status(Status::General));
    }

    fn priority(&mut self, draft: &InstanceDraft) -> (u8, InitialState) {
        let master = draft.state == Some(InitialState::Master);
        let priority = match draft.priority {
            Some(priority) => priority,
            None if master => {
                let sentence = format!(
                    "state MASTER without priority makes {} the address owner: priority 255",
                    draft.name
                );
                self.push(
                    Diagnostic::warning(Code::Adjusted, sentence)
                        .at(draft.place_of("state"))
                        .hint("give a priority of 1..=254 unless the addresses are this machine's own"),
                );
                255
            }
            None => 100,
        };
        let state = match draft.state {
            Some(state) => state,
            None if priority == 255 => InitialState::Master,
            None => InitialState::Backup,
        };
        (priority, state)
    }

    // keepalived: vrrp_complete_instance
    fn advert_interval(&mut self, draft: &InstanceDraft, version: Version) -> Duration {
        let Some(interval) = draft.advert_interval else {
            return Duration::from_secs(1);
        };
        let place = draft.place_of("advert_int");
        let (name, text) = (&draft.name, format!("{:.6}", interval.as_secs_f64()));
        let micros = u64::try_from(interval.as_micros()).unwrap_or(u64::MAX);
        match version {
            Version::V2 => {
                let seconds = ((micros + 500_000) / 1_000_000).clamp(1, 255);
                if seconds * 1_000_000 != micros {
                    let log = format!(
                        "({name}) VRRPv2 advertisement interval {text}s must be an integer. rounding"
                    );
                    let sentence = format!("version 2 has whole seconds; using {seconds}");
                    self.say(Code::Adjusted, place, sentence, log);
                }
                Duration::from_secs(seconds)
            }
            Version::V3 => {
                let centiseconds = ((micros + 5_000) / 10_000).max(1);
                if centiseconds > 4095 {
                    let log = format!(
                        "({name}) VRRPv3 advertisement interval {:.2}s is out of range. Must be less than 40.96s. Setting to 40.95s",
                        interval.as_secs_f64()
                    );
                    self.say(
                        Code::OutOfRange,
                        place,
                        "version 3 has at most 40.95 seconds; using 40.95",
                        log,
                    );
                } else if centiseconds * 10_000 != micros {
                    let log = format!(
                        "({name}) VRRPv3 advertisement interval {text}s must be in units of 10ms - rounding"
                    );
                    self.say(
                        Code::Adjusted,
                        place,
                        "version 3 has steps of 0.01 seconds; rounded",
                        log,
                    );
                }
                Duration::from_millis(centiseconds.min(4095) * 10)
            }
        }
    }

    fn transport(&mut self, draft: &InstanceDraft, family: Family) -> Transport {
        if draft.peers.is_empty() {
            self.without_peers(draft);
            return Transport::Multicast {
                group: self.multicast_group(draft, family),
            };
        }
        if draft.group.is_some() {
            let name = &draft.name;
            let log = format!("({name}) multicast destination specified with unicast - ignoring");
            let sentence = "mcast_dst_ip does not go with unicast peers; ignored";
            self.say(
                Code::Conflict,
                draft.place_of("mcast_dst_ip"),
                sentence,
                log,
            );
        }
        Transport::Unicast {
            peers: draft.peers.iter().map(|(peer, _)| peer.address).collect(),
            ttl: draft.ttl.unwrap_or(255),
            check_source: draft.check_source || self.global.check_unicast_src,
        }
    }

    /// A unicast keyword without peers, or an interface that needs them.
    fn without_peers(&mut self, draft: &InstanceDraft) {
        let name = &draft.name;
        match &draft.unicast {
            Some(_) if draft.settings.unicast_fault_no_peer => {
                let log =
                    format!("({name}) Cannot use unicast without any peers - going to fault state");
                let sentence = format!(
                    "unicast_fault_no_peer is not supported yet: {name} has no peers, and is not run at all"
                );
                let place = draft.place_of("unicast_fault_no_peer");
                let diagnostic = Diagnostic::warning(Code::NotSupported, sentence);
                self.push(diagnostic.about(place).log(log));
            }
            Some(place) => self.push(
                UNICAST_WITHOUT_PEERS
                    .at(place, format!("{name} has a unicast keyword but no peers; using multicast"))
                    .hint("list the addresses of the other routers in unicast_peer")
                    .log(format!("({name}) A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration."))
                    .status(Status::Deprecated),
            ),
            None => {}
        }
        let Some(word) = &draft.interface else {
            return;
        };
        let interface = word.text();
        if self
            .interface(&interface)
            .is_some_and(|facts| !facts.multicast)
        {
            let log = format!(
                "({name}) interface {interface} does not support multicast, specify unicast peers - disabling"
            );
            let sentence = format!("{interface} has no multicast: {name} needs unicast_peer");
            self.say(Code::Conflict, &word.place, sentence, log);
        }
    }

    fn multicast_group(&self, draft: &InstanceDraft, family: Family) -> IpAddr {
        const ALL_ROUTERS_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);
        const ALL_ROUTERS_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);
        match (&draft.group, family) {
            (Some(group), _) => *group,
            (None, Family::V4) => self.global.group4.unwrap_or(ALL_ROUTERS_V4).into(),
            (None, Family::V6) => self.global.group6.unwrap_or(ALL_ROUTERS_V6).into(),
        }
    }

    // keepalived: vrrp_complete_instance
    fn preempt(&mut self, draft: &mut InstanceDraft, priority: u8, state: InitialState) -> Preempt {
        let name = draft.name.clone();
        let mut nopreempt = draft.nopreempt;
        let problem = if !nopreempt {
            None
        } else if priority == 255 {
            Some((
                "an address owner preempts; nopreempt is ignored",
                format!(
                    "({name}) nopreempt is incompatible with priority 255. resetting nopreempt"
                ),
            ))
        } else if state == InitialState::Master {
            Some((
                "nopreempt does not go with state MASTER; ignored",
                format!(
                    "({name}) Warning - nopreempt will not work with initial state MASTER - clearing"
                ),
            ))
        } else {
            None
        };
        if let Some((sentence, log)) = problem {
            let place = draft.place_of("nopreempt");
            let mut diagnostic = Diagnostic::warning(Code::Conflict, sentence).about(place);
            if priority != 255 {
                diagnostic = diagnostic.fix(draft.place_of("state"), "BACKUP");
            }
            self.push(diagnostic.log(log).status(Status::General));
            nopreempt = false;
        }
        if !nopreempt && draft.settings.timer_expired_backup.is_some() {
            let log = format!("({name}) expired_timer_backup requires nopreempt - resetting");
            let sentence = "timer_expired_backup needs nopreempt; ignored";
            let place = draft.place_of("timer_expired_backup");
            self.say(Code::Conflict, place, sentence, log);
            draft.settings.timer_expired_backup = None;
        }
        let delay = self.preempt_delay(draft, nopreempt, state);
        match nopreempt {
            true => Preempt::Never,
            false => Preempt::After(delay),
        }
    }

    fn preempt_delay(
        &mut self,
        draft: &InstanceDraft,
        nopreempt: bool,
        state: InitialState,
    ) -> Duration {
        if draft.preempt_delay.is_zero() {
            return Duration::ZERO;
        }
        let name = &draft.name;
        let with_nopreempt =
            || format!("({name}) preempt_delay is incompatible with nopreempt mode - resetting");
        let (sentence, log) = if state == InitialState::Master {
            (
                "preempt_delay does not go with state MASTER; ignored",
                format!(
                    "({name}) Warning - preempt delay will not work with initial state MASTER - clearing"
                ),
            )
        } else if self.is_strict(draft) {
            if nopreempt {
                let sentence = "nor does it go with nopreempt";
                let place = draft.place_of("preempt_delay");
                self.say(Code::Conflict, place, sentence, with_nopreempt());
            }
            (
                "strict mode has no preempt_delay; ignored",
                format!("({name}) preempt_delay is incompatible with strict mode - resetting"),
            )
        } else if nopreempt {
            (
                "preempt_delay does not go with nopreempt; ignored",
                with_nopreempt(),
            )
        } else {
            return draft.preempt_delay;
        };
        self.say(
            Code::Conflict,
            draft.place_of("preempt_delay"),
            sentence,
            log,
        );
        Duration::ZERO
    }
}
