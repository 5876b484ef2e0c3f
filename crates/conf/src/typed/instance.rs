//! `vrrp_instance`: reading what is written, in its order.

use std::net::IpAddr;
use std::time::Duration;

use vrrp::{Family, InitialState, Version};

use super::Builder;
use super::address::Vip;
use super::global::GarpDraft;
use super::group::NotifyDraft;
use super::listed::Listed;
use super::net::VipPlaces;
use super::read::Wrong;
use super::track::Tracked;
use crate::config::{Route, Rule};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::word::Word;

/// One instance, as far as it was read.
pub(super) struct InstanceDraft {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) interface: Option<Word>,
    pub(super) vrid: Option<(u8, Place)>,
    /// Told by the first address of any kind.
    pub(super) family: Option<Family>,
    pub(super) native_ipv6: Option<Place>,
    pub(super) version: Option<Version>,
    pub(super) priority: Option<u8>,
    pub(super) state: Option<(InitialState, Place)>,
    pub(super) advert_interval: Option<(Duration, Place)>,
    pub(super) addresses: Listed<IpAddr, Vip>,
    pub(super) excluded: Vec<Vip>,
    pub(super) seen: VipPlaces,
    pub(super) routes: Vec<Route>,
    pub(super) rules: Vec<Rule>,
    pub(super) no_addresses: bool,
    pub(super) authentication: AuthenticationDraft,
    /// A keyword of unicast was used.
    pub(super) unicast: Option<Place>,
    pub(super) peers: Listed<IpAddr, (IpAddr, Place)>,
    pub(super) source: Option<(IpAddr, Place)>,
    pub(super) group: Option<(IpAddr, Place)>,
    pub(super) ttl: Option<(u8, Place)>,
    pub(super) check_source: bool,
    pub(super) nopreempt: Option<Place>,
    pub(super) preempt_delay: Option<(Duration, Place)>,
    pub(super) track_primary: bool,
    pub(super) track_interfaces: Listed<String, Tracked>,
    pub(super) track_scripts: Listed<String, Tracked>,
    pub(super) garp: GarpDraft,
    pub(super) down_timer_adverts: Option<u8>,
    pub(super) lower_prio_no_advert: Option<bool>,
    pub(super) higher_prio_send_advert: Option<bool>,
    pub(super) skip_check_adv_addr: Option<bool>,
    pub(super) strict: Option<(bool, Place)>,
    pub(super) notify: NotifyDraft,
    /// A protection was asked for that is not built: it must not run without.
    pub(super) refused: bool,
}

#[derive(Default)]
pub(super) struct AuthenticationDraft {
    pub(super) kind: Option<(AuthenticationKind, Place)>,
    pub(super) password: Option<(Vec<u8>, Place)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthenticationKind {
    Pass,
    Ah,
}

impl InstanceDraft {
    fn new(name: &Word) -> Self {
        Self {
            name: name.text(),
            place: name.place.clone(),
            interface: None,
            vrid: None,
            family: None,
            native_ipv6: None,
            version: None,
            priority: None,
            state: None,
            advert_interval: None,
            addresses: Listed::default(),
            excluded: Vec::new(),
            seen: VipPlaces::default(),
            routes: Vec::new(),
            rules: Vec::new(),
            no_addresses: false,
            authentication: AuthenticationDraft::default(),
            unicast: None,
            peers: Listed::default(),
            source: None,
            group: None,
            ttl: None,
            check_source: false,
            nopreempt: None,
            preempt_delay: None,
            track_primary: true,
            track_interfaces: Listed::default(),
            track_scripts: Listed::default(),
            garp: GarpDraft::default(),
            down_timer_adverts: None,
            lower_prio_no_advert: None,
            higher_prio_send_advert: None,
            skip_check_adv_addr: None,
            strict: None,
            notify: NotifyDraft::default(),
            refused: false,
        }
    }

    /// Whether an address fits the family; the first one tells it.
    pub(super) fn fits(&mut self, ip: IpAddr) -> bool {
        *self.family.get_or_insert(Family::of(ip)) == Family::of(ip)
    }
}

impl Builder<'_> {
    pub(super) fn vrrp_instance(&mut self, block: &Statement) {
        let [name] = block.arguments() else {
            return self.push(
                Diagnostic::error(
                    Code::MissingParameter,
                    "vrrp_instance takes one name; the instance is left out",
                )
                .at(&block.place())
                .log("vrrp_instance must have a name")
                .status(Status::General),
            );
        };
        if let Some(known) = self.instances.find(&name.text()) {
            let first = known.place.span.clone();
            let text = name.text();
            return self.push(
                Diagnostic::error(
                    Code::Duplicate,
                    format!("vrrp_instance {text} is there already; this one is left out"),
                )
                .at(&name.place)
                .related(&first, "the first one")
                .log(format!("vrrp instance {text} already defined"))
                .status(Status::General),
            );
        }
        let mut draft = InstanceDraft::new(name);
        for statement in &block.block {
            self.instance_statement(statement, &mut draft);
        }
        self.instances.push(draft.name.clone(), draft);
    }

    fn instance_statement(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        if keyword.missing_feature.is_some() {
            return self.instance_not_built(statement, draft);
        }
        let head = statement.head();
        match keyword.keyword {
            "dont_track_primary" => draft.track_primary = false,
            "accept" => {} // What is done anyway.
            "no_virtual_ipaddress" => draft.no_addresses = true,
            "preempt" => draft.nopreempt = None,
            "nopreempt" => draft.nopreempt = Some(head.place.clone()),
            "native_ipv6" => draft.native_ipv6 = Some(head.place.clone()),
            "check_unicast_src" => {
                draft.check_source = true;
                draft.unicast.get_or_insert(head.place.clone());
            }
            "virtual_ipaddress" => self.addresses(statement, draft),
            "virtual_ipaddress_excluded" => self.excluded_addresses(statement, draft),
            "unicast_peer" => self.unicast_peers(statement, draft),
            "track_interface" => {
                let name = draft.name.clone();
                self.track_interfaces(&name, statement, &mut draft.track_interfaces);
            }
            "track_script" => {
                let name = draft.name.clone();
                self.track_scripts(&name, statement, &mut draft.track_scripts);
            }
            "authentication" => self.authentication(statement, draft),
            "lower_prio_no_advert" => {
                let read = self.instance_flag(statement, draft);
                draft.lower_prio_no_advert = read.or(draft.lower_prio_no_advert);
            }
            "higher_prio_send_advert" => {
                let read = self.instance_flag(statement, draft);
                draft.higher_prio_send_advert = read.or(draft.higher_prio_send_advert);
            }
            "skip_check_adv_addr" => {
                let read = self.instance_flag(statement, draft);
                draft.skip_check_adv_addr = read.or(draft.skip_check_adv_addr);
            }
            notify if notify.starts_with("notify") => {
                let name = draft.name.clone();
                self.notify(&name, statement, &mut draft.notify);
            }
            garp if garp.starts_with("garp_") => {
                let name = draft.name.clone();
                self.garp(statement, &name, &mut draft.garp);
            }
            _ => self.instance_value(statement, draft),
        }
    }

    /// Keywords with one value.
    fn instance_value(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let Some(word) = statement.arguments().first() else {
            return self.not_built(statement);
        };
        let name = draft.name.clone();
        match statement.head().text().as_str() {
            "interface" => self.instance_interface(word, draft),
            "state" => self.state(word, draft),
            "virtual_router_id" => {
                let log = format!(
                    "({name}): VRID '{}' not valid - must be between 1 & 255",
                    word.text()
                );
                let wrong = Wrong::new("virtual_router_id", "ignored", log);
                if let Some(vrid) = self.byte(word, 1, &wrong) {
                    draft.vrid = Some((vrid, word.place.clone()));
                }
            }
            "priority" => {
                let log = format!(
                    "({name}) Priority not valid! must be between 1 & 255. Using default 100"
                );
                let wrong = Wrong::new("priority", "using 100", log);
                draft.priority = Some(self.byte(word, 1, &wrong).unwrap_or(100));
            }
            "version" => {
                let log = format!("({name}): Version must be either 2 or 3");
                let read = self.version(word, &Wrong::new("version", "ignored", log));
                draft.version = read.or(draft.version);
            }
            "advert_int" => {
                let log = format!(
                    "({name}) Advert interval ({}) not valid! Must be > 0 - ignoring",
                    word.text()
                );
                let wrong = Wrong::new("advert_int", "ignored", log);
                if let Some(interval) = self.seconds(word, &(10_000..=255_000_000), &wrong) {
                    draft.advert_interval = Some((interval, word.place.clone()));
                }
            }
            "preempt_delay" => {
                let log = format!("({name}) Preempt_delay not valid! must be between 0-1000");
                let wrong = Wrong::new("preempt_delay", "ignored", log);
                if let Some(delay) = self.seconds(word, &(0..=1_000_000_000), &wrong) {
                    draft.preempt_delay = Some((delay, word.place.clone()));
                }
            }
            "unicast_ttl" => {
                let log = format!(
                    "({name}): TTL '{}' not valid - must be between 0 & 255",
                    word.text()
                );
                if let Some(ttl) = self.byte(word, 0, &Wrong::new("unicast_ttl", "ignored", log)) {
                    draft.ttl = Some((ttl, word.place.clone()));
                }
            }
            "down_timer_adverts" => {
                let read = self.down_timer_adverts(statement, &format!("({name}): "));
                draft.down_timer_adverts = read.or(draft.down_timer_adverts);
            }
            "debug" => {
                // Accepted for its range; the original does nothing with it either.
                let log = format!(
                    "({name}) Debug value '{}' not valid; must be between 0-4",
                    word.text()
                );
                let _ = self.unsigned(word, 0..=4, &Wrong::new("debug", "ignored", log));
            }
            "mcast_src_ip" => self.source(word, draft),
            "unicast_src_ip" => {
                draft.unicast.get_or_insert(statement.head().place.clone());
                self.source(word, draft);
            }
            "mcast_dst_ip" => self.group(word, draft),
            _ => self.not_built(statement),
        }
    }

    fn byte(&mut self, word: &Word, least: u32, wrong: &Wrong<'_>) -> Option<u8> {
        self.unsigned(word, least..=255, wrong)
            .and_then(|value| u8::try_from(value).ok())
    }

    fn instance_flag(&mut self, statement: &Statement, draft: &InstanceDraft) -> Option<bool> {
        let word = statement
            .arguments()
            .first()
            .map(Word::text)
            .unwrap_or_default();
        let keyword = statement.head().text();
        self.boolean(
            statement,
            format!("({}) invalid {keyword} {word} specified", draft.name),
        )
    }

    // keepalived: vrrp_int_handler
    fn instance_interface(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let (name, text) = (draft.name.clone(), word.text());
        match self.interface(&text) {
            Some(facts) if facts.loopback => {
                return self.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        format!("{text} is a loopback interface, which has no VRRP; ignored"),
                    )
                    .at(&word.place)
                    .log(format!(
                        "({name}) cannot use a loopback interface ({text}) for vrrp - ignoring"
                    ))
                    .status(Status::General),
                );
            }
            None if !self.global.config.dynamic_interfaces => {
                self.missing_interface = true;
                self.push(
                    Diagnostic::error(
                        Code::UnknownInterface,
                        format!("there is no interface {text}"),
                    )
                    .at(&word.place)
                    .log(format!(
                        "WARNING - interface {text} for vrrp_instance {name} doesn't exist"
                    ))
                    .status(Status::General),
                );
            }
            Some(_) | None => {}
        }
        draft.interface = Some(word.clone());
    }

    // keepalived: vrrp_state_handler
    fn state(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let (name, text) = (draft.name.clone(), word.text());
        let state = match text.as_str() {
            "MASTER" => InitialState::Master,
            "BACKUP" => InitialState::Backup,
            _ => {
                self.push(
                    Diagnostic::warning(
                        Code::InvalidValue,
                        format!("state must be MASTER or BACKUP, found {text}; using BACKUP"),
                    )
                    .at(&word.place)
                    .expected("MASTER or BACKUP")
                    .maybe_hint(state_hint(&text))
                    .log(format!(
                        "({name}) unknown state '{text}', defaulting to BACKUP"
                    ))
                    .status(Status::General),
                );
                InitialState::Backup
            }
        };
        if let Some((InitialState::Master, first)) = &draft.state
            && state == InitialState::Backup
        {
            let first = first.span.clone();
            return self.push(
                Diagnostic::warning(
                    Code::Duplicate,
                    "state was MASTER before; BACKUP is ignored",
                )
                .at(&word.place)
                .related(&first, "MASTER here")
                .log(format!(
                    "({name}) state previously set as MASTER - ignoring BACKUP"
                ))
                .status(Status::General),
            );
        }
        draft.state = Some((state, word.place.clone()));
    }

    /// Keywords whose feature is not there: silence would promise what is not done.
    fn instance_not_built(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let name = &draft.name;
        let place = &statement.head().place;
        let keyword = statement.head().text();
        match keyword.as_str() {
            "auth_hmac" => {
                draft.refused = true;
                let sentence = format!(
                    "auth_hmac is not supported yet; {name} is not run, because it would accept adverts of anybody"
                );
                self.push(Diagnostic::error(Code::NotSupported, sentence).at(place));
            }
            "no_accept" => {
                let sentence = format!(
                    "no_accept is not supported yet: {name} accepts packets to its virtual addresses while master"
                );
                self.push(Diagnostic::warning(Code::NotSupported, sentence).at(place));
            }
            "use_vmac" | "use_ipvlan" => {
                let sentence = format!(
                    "{keyword} is not supported yet: {name} uses the interface itself with its own MAC, so hosts learn a take-over by gratuitous ARP"
                );
                self.push(Diagnostic::warning(Code::NotSupported, sentence).at(place));
            }
            "strict_mode" => {
                let word = statement
                    .arguments()
                    .first()
                    .map(Word::text)
                    .unwrap_or_default();
                let log = format!("({name}) invalid strict_mode {word} specified");
                if let Some(on) = self.boolean(statement, log) {
                    draft.strict = Some((on, place.clone()));
                }
            }
            "virtual_routes" => self.instance_routes(statement, draft),
            "virtual_rules" => self.instance_rules(statement, draft),
            "unicast_fault_no_peer" => {
                draft.unicast.get_or_insert(place.clone());
                self.not_built(statement);
            }
            _ => self.not_built(statement),
        }
    }
}

/// What a word that is no state was meant to be.
fn state_hint(word: &str) -> Option<String> {
    let upper = word.to_ascii_uppercase();
    match upper.as_str() {
        "MASTER" | "BACKUP" => Some(format!("states are written in capitals: {upper}")),
        "SLAVE" | "STANDBY" | "SECONDARY" => {
            Some("a router that waits for the master to fail is a BACKUP".to_owned())
        }
        _ => None,
    }
}
