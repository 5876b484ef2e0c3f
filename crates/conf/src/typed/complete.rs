//! One instance at the end of the file: inheritance, defaults, and what does not go together.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vip::Address;
use vrrp::{Authentication, Family, InitialState, Preempt, Transport, Version};

use super::Builder;
use super::address::Vip;
use super::instance::{AuthenticationKind, InstanceDraft};
use crate::diagnostic::{Code, Diagnostic, Effect, Place, Status};
use crate::lint::UNICAST_WITHOUT_PEERS;

/// What an advert needs besides the addresses, room for an AH header included.
// keepalived: vrrp_complete_instance
const OVERHEAD_V4: u32 = 20 + 24 + 8 + 8;
const OVERHEAD_V6: u32 = 40 + 24 + 8;
/// The count in an advert is one byte.
const MOST_ADDRESSES: usize = 255;

/// Settings that depend on each other, worked out.
pub(super) struct Settled {
    pub(super) family: Family,
    pub(super) version: Version,
    pub(super) priority: u8,
    pub(super) initial_state: InitialState,
    pub(super) advert_interval: Duration,
    pub(super) authentication: Authentication,
    pub(super) transport: Transport,
    pub(super) preempt: Preempt,
}

impl Builder<'_> {
    /// `None`: the instance cannot or must not run; why is said.
    pub(super) fn settle(&mut self, draft: &mut InstanceDraft) -> Option<Settled> {
        let family = self.family(draft);
        let version = match (draft.version, family) {
            (Some(version), _) => version,
            (None, Family::V6) => Version::V3,
            (None, Family::V4) => self.global.version.unwrap_or(Version::V2),
        };
        let (priority, initial_state) = self.priority(draft);
        self.strict(draft, version, priority);
        let authentication = self.settle_authentication(draft, version);
        let advert_interval = self.advert_interval(draft, version);
        let transport = self.transport(draft, family);
        let preempt = self.preempt(draft, priority, initial_state);
        self.count_addresses(draft, version);
        Some(Settled {
            family,
            version,
            priority,
            initial_state,
            advert_interval,
            authentication: authentication?,
            transport,
            preempt,
        })
    }

    fn say(&mut self, code: Code, place: &Place, sentence: impl Into<String>, log: String) {
        let diagnostic = Diagnostic::warning(code, sentence).about(place);
        self.push(diagnostic.log(log).status(Status::General));
    }

    fn family(&mut self, draft: &InstanceDraft) -> Family {
        match (draft.family, &draft.native_ipv6) {
            (Some(Family::V4), Some(place)) => {
                let log = format!(
                    "({}) Cannot specify native_ipv6 with IPv4 addresses",
                    draft.name
                );
                let sentence = "native_ipv6 does not go with IPv4 addresses; ignored";
                self.say(Code::Conflict, place, sentence, log);
                Family::V4
            }
            (Some(family), _) => family,
            (None, Some(_)) => Family::V6,
            (None, None) => Family::V4,
        }
    }

    fn priority(&mut self, draft: &InstanceDraft) -> (u8, InitialState) {
        let master = matches!(draft.state, Some((InitialState::Master, _)));
        let priority = match (&draft.state, draft.priority) {
            (_, Some(priority)) => priority,
            (Some((InitialState::Master, place)), None) => {
                let sentence = format!(
                    "state MASTER without priority makes {} the address owner: priority 255",
                    draft.name
                );
                self.push(
                    Diagnostic::warning(Code::Adjusted, sentence)
                        .at(place)
                        .hint("give a priority of 1..=254 unless the addresses are this machine's own"),
                );
                255
            }
            (Some((InitialState::Backup, _)) | None, None) => 100,
        };
        let state = if master || priority == 255 {
            InitialState::Master
        } else {
            InitialState::Backup
        };
        (priority, state)
    }

    /// Strict mode is not built; its absence must not pass for it.
    fn strict(&mut self, draft: &InstanceDraft, version: Version, priority: u8) {
        let (on, place) = match &draft.strict {
            Some((on, place)) => (*on, Some(place)),
            None => (self.global.strict, None),
        };
        if !on {
            return;
        }
        let name = &draft.name;
        let sentence = format!(
            "strict mode is not supported yet: {name} runs without its checks and accepts packets to its virtual addresses while master"
        );
        let place = place.unwrap_or(&draft.place).clone();
        let mut diagnostic = Diagnostic::warning(Code::NotSupported, sentence).about(&place);
        if draft.authentication.kind.is_some() && version == Version::V2 {
            diagnostic = diagnostic
                .log(format!(
                    "({name}) Strict mode does not support authentication. Ignoring."
                ))
                .status(Status::General);
        }
        let master = matches!(draft.state, Some((InitialState::Master, _)));
        if master != (priority == 255) {
            diagnostic = diagnostic
                .log(format!(
                    "({name}) State MASTER must match being address owner"
                ))
                .status(Status::General);
        }
        self.push(diagnostic);
    }

    /// `None`: a protection was asked for that is not there.
    fn settle_authentication(
        &mut self,
        draft: &InstanceDraft,
        version: Version,
    ) -> Option<Authentication> {
        let name = &draft.name;
        let (kind, place) = match &draft.authentication.kind {
            Some((kind, place)) => (*kind, place),
            None => {
                if let Some((_, place)) = &draft.authentication.password {
                    let sentence = format!(
                        "auth_pass without auth_type: adverts of {name} are not authenticated"
                    );
                    self.push(Diagnostic::warning(Code::MissingSetting, sentence).at(place));
                }
                return Some(Authentication::None);
            }
        };
        if version == Version::V3 {
            let log = format!("({name}) VRRP version 3 does not support authentication. Ignoring.");
            self.say(
                Code::Conflict,
                place,
                "version 3 has no authentication; ignored",
                log,
            );
            return Some(Authentication::None);
        }
        let password = draft
            .authentication
            .password
            .as_ref()
            .map(|(password, _)| password.as_slice());
        let Some(password) = password.filter(|password| !password.is_empty()) else {
            let log = format!("({name}) Authentication specified but no password given. Ignoring");
            self.say(
                Code::MissingSetting,
                place,
                "authentication without a password; ignored",
                log,
            );
            return Some(Authentication::None);
        };
        match kind {
            AuthenticationKind::Pass => {
                let mut padded = [0; 8];
                padded
                    .iter_mut()
                    .zip(password)
                    .for_each(|(to, from)| *to = *from);
                Some(Authentication::Pass(padded))
            }
            AuthenticationKind::Ah => {
                let sentence = format!(
                    "auth_type AH is not supported yet; {name} is not run, because it would accept adverts of anybody"
                );
                self.push(Diagnostic::error(Code::NotSupported, sentence).at(place));
                None
            }
        }
    }

    // keepalived: vrrp_complete_instance
    fn advert_interval(&mut self, draft: &InstanceDraft, version: Version) -> Duration {
        let Some((interval, place)) = &draft.advert_interval else {
            return Duration::from_secs(1);
        };
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

    fn transport(&mut self, draft: &mut InstanceDraft, family: Family) -> Transport {
        let name = draft.name.clone();
        if draft.peers.is_empty() {
            if let Some(place) = &draft.unicast {
                self.push(
                    UNICAST_WITHOUT_PEERS
                        .at(place, format!("{name} has a unicast keyword but no peers; using multicast"))
                        .hint("list the addresses of the other routers in unicast_peer")
                        .log(format!("({name}) A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration."))
                        .status(Status::Deprecated),
                );
            }
            if let Some((_, place)) = &draft.ttl {
                let log =
                    format!("({name}): Cannot use unicast_ttl without unicast peers - resetting");
                self.say(
                    Code::Conflict,
                    place,
                    "unicast_ttl needs unicast peers; ignored",
                    log,
                );
            }
            return Transport::Multicast {
                group: self.multicast_group(draft, family),
            };
        }
        if let Some((_, place)) = &draft.group {
            let log = format!("({name}) multicast destination specified with unicast - ignoring");
            self.say(
                Code::Conflict,
                place,
                "mcast_dst_ip does not go with unicast peers; ignored",
                log,
            );
        }
        Transport::Unicast {
            peers: draft.peers.iter().map(|(peer, _)| *peer).collect(),
            ttl: draft.ttl.as_ref().map_or(255, |(ttl, _)| *ttl),
            check_source: draft.check_source || self.global.check_unicast_src,
        }
    }

    fn multicast_group(&self, draft: &InstanceDraft, family: Family) -> IpAddr {
        const ALL_ROUTERS_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);
        const ALL_ROUTERS_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);
        match (&draft.group, family) {
            (Some((group, _)), _) => *group,
            (None, Family::V4) => self.global.group4.unwrap_or(ALL_ROUTERS_V4).into(),
            (None, Family::V6) => self.global.group6.unwrap_or(ALL_ROUTERS_V6).into(),
        }
    }

    // keepalived: vrrp_complete_instance
    fn preempt(&mut self, draft: &InstanceDraft, priority: u8, state: InitialState) -> Preempt {
        let name = &draft.name;
        let mut nopreempt = draft.nopreempt.as_ref();
        if let Some(place) = nopreempt {
            let problem = if priority == 255 {
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
                self.say(Code::Conflict, place, sentence, log);
                nopreempt = None;
            }
        }
        let mut delay = Duration::ZERO;
        if let Some((wanted, place)) = draft
            .preempt_delay
            .as_ref()
            .filter(|(delay, _)| !delay.is_zero())
        {
            if nopreempt.is_some() {
                let log = format!(
                    "({name}) preempt_delay is incompatible with nopreempt mode - resetting"
                );
                self.say(
                    Code::Conflict,
                    place,
                    "preempt_delay does not go with nopreempt; ignored",
                    log,
                );
            } else if state == InitialState::Master {
                let log = format!(
                    "({name}) Warning - preempt delay will not work with initial state MASTER - clearing"
                );
                self.say(
                    Code::Conflict,
                    place,
                    "preempt_delay does not go with state MASTER; ignored",
                    log,
                );
            } else {
                delay = *wanted;
            }
        }
        if nopreempt.is_some() {
            Preempt::Never
        } else {
            Preempt::After(delay)
        }
    }

    /// None at all, or too many for an advert.
    fn count_addresses(&mut self, draft: &mut InstanceDraft, version: Version) {
        let name = draft.name.clone();
        // An address on an interface that is not there was left out, which is said; nothing runs then.
        if draft.addresses.is_empty() && !draft.no_addresses && !self.missing_interface {
            let (word, effect) = match version {
                Version::V2 => ("sensible", Effect::Runs),
                Version::V3 => ("required", Effect::StopsVrrp),
            };
            self.push(
                Diagnostic::warning(
                    Code::MissingSetting,
                    format!("{name} has no virtual_ipaddress; at least one is {word}"),
                )
                .about(&draft.place)
                .log(format!("({name}) No VIP specified; at least one is {word}"))
                .status(Status::General)
                .effect(effect),
            );
        }
        let most = self.most_addresses(draft);
        let count = draft.addresses.len();
        if count <= most {
            return;
        }
        let moved = draft.addresses.split_off(most);
        let sentence = format!(
            "{count} virtual addresses do not fit into an advert; those from here on are put among the excluded ones"
        );
        let log = format!(
            "({name}) Number of VIPs ({count}) exceeds maximum/space available in packet (max {most} addresses) - excess moved to eVIPs"
        );
        self.say(Code::Adjusted, &moved[0].place, sentence, log);
        draft.excluded.splice(0..0, moved);
    }

    fn most_addresses(&mut self, draft: &InstanceDraft) -> usize {
        let interface = draft.interface.as_ref().map(|word| word.text());
        let mtu = interface
            .and_then(|name| self.interface(&name))
            .map_or(1500, |facts| facts.mtu);
        let room = match draft.family {
            Some(Family::V6) => mtu.saturating_sub(OVERHEAD_V6) / 16,
            Some(Family::V4) | None => mtu.saturating_sub(OVERHEAD_V4) / 4,
        };
        usize::try_from(room)
            .unwrap_or(MOST_ADDRESSES)
            .clamp(1, MOST_ADDRESSES)
    }
}

/// Addresses with the interface filled in.
pub(super) fn placed(vips: impl IntoIterator<Item = Vip>, interface: &str) -> Vec<Address> {
    let place = |vip: Vip| {
        let mut address = vip.address;
        if address.interface.is_empty() {
            interface.clone_into(&mut address.interface);
        }
        address
    };
    vips.into_iter().map(place).collect()
}
