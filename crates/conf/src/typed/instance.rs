//! `vrrp_instance`: reading what is written, in its order.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use vrrp::{Family, InitialState, Version};

use super::Builder;
use super::address::Vip;
use super::authentication::AuthenticationDraft;
use super::global::GarpDraft;
use super::group::NotifyDraft;
use super::hmac::HmacDraft;
use super::listed::Listed;
use super::net::VipPlaces;
use super::track::Tracks;
use super::vmac::{LONGEST_NAME, VirtualDraft};
use crate::config::{Instance, OldChecksum, Peer, Route, Rule};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::mend;
use crate::schema::Form;
use crate::tree::Statement;
use crate::word::Word;

/// One instance, as far as it was read.
pub(super) struct InstanceDraft {
    pub(super) name: String,
    pub(super) place: Place,
    /// Its closing brace.
    pub(super) end: Place,
    /// Where each of its keywords was last, its value if it has one.
    places: BTreeMap<&'static str, Place>,
    pub(super) interface: Option<Word>,
    pub(super) vrf: Option<Word>,
    pub(super) vrid: Option<u8>,
    /// Told by the first address of any kind.
    pub(super) family: Option<Family>,
    pub(super) version: Option<Version>,
    pub(super) priority: Option<u8>,
    pub(super) state: Option<InitialState>,
    pub(super) advert_interval: Option<Duration>,
    pub(super) addresses: Listed<IpAddr, Vip>,
    pub(super) excluded: Vec<Vip>,
    pub(super) seen: VipPlaces,
    pub(super) routes: Vec<Route>,
    pub(super) rules: Vec<Rule>,
    pub(super) authentication: AuthenticationDraft,
    pub(super) hmac: Option<HmacDraft>,
    /// A keyword of unicast was used.
    pub(super) unicast: Option<Place>,
    pub(super) peers: Listed<IpAddr, (Peer, Place)>,
    pub(super) source: Option<(IpAddr, Place)>,
    pub(super) group: Option<IpAddr>,
    pub(super) ttl: Option<u8>,
    pub(super) check_source: bool,
    pub(super) nopreempt: bool,
    pub(super) preempt_delay: Duration,
    pub(super) track_primary: bool,
    pub(super) tracks: Tracks,
    pub(super) links: VirtualDraft,
    pub(super) garp: GarpDraft,
    pub(super) garp_extra: Option<Duration>,
    pub(super) garp_extra_all: bool,
    pub(super) down_timer_adverts: Option<u8>,
    pub(super) accept: Option<bool>,
    pub(super) choices: Choices,
    pub(super) notify: NotifyDraft,
    /// What is taken as it is written.
    pub(super) settings: Instance,
}

/// Yes or no, or what is said elsewhere.
#[derive(Default)]
pub(super) struct Choices {
    pub(super) lower_prio_no_advert: Option<bool>,
    pub(super) higher_prio_send_advert: Option<bool>,
    pub(super) skip_check_adv_addr: Option<bool>,
    pub(super) strict: Option<bool>,
    pub(super) v3_checksum_as_v2: Option<bool>,
    pub(super) owner_ignore_adverts: Option<bool>,
    pub(super) smtp_alert: Option<bool>,
    pub(super) notify_priority_changes: Option<bool>,
}

impl Choices {
    fn slot(&mut self, keyword: &str) -> Option<&mut Option<bool>> {
        Some(match keyword {
            "lower_prio_no_advert" => &mut self.lower_prio_no_advert,
            "higher_prio_send_advert" => &mut self.higher_prio_send_advert,
            "skip_check_adv_addr" => &mut self.skip_check_adv_addr,
            "strict_mode" => &mut self.strict,
            "v3_checksum_as_v2" => &mut self.v3_checksum_as_v2,
            "owner_ignore_adverts" => &mut self.owner_ignore_adverts,
            "smtp_alert" => &mut self.smtp_alert,
            "notify_priority_changes" => &mut self.notify_priority_changes,
            _ => return None,
        })
    }
}

impl InstanceDraft {
    fn new(name: &Word, end: &Place) -> Self {
        Self {
            name: name.text(),
            place: name.place.clone(),
            end: end.clone(),
            places: BTreeMap::new(),
            interface: None,
            vrf: None,
            vrid: None,
            family: None,
            version: None,
            priority: None,
            state: None,
            advert_interval: None,
            addresses: Listed::default(),
            excluded: Vec::new(),
            seen: VipPlaces::default(),
            routes: Vec::new(),
            rules: Vec::new(),
            authentication: AuthenticationDraft::default(),
            hmac: None,
            unicast: None,
            peers: Listed::default(),
            source: None,
            group: None,
            ttl: None,
            check_source: false,
            nopreempt: false,
            preempt_delay: Duration::ZERO,
            track_primary: true,
            tracks: Tracks::default(),
            links: VirtualDraft::default(),
            garp: GarpDraft::default(),
            garp_extra: None,
            garp_extra_all: false,
            down_timer_adverts: None,
            accept: None,
            choices: Choices::default(),
            notify: NotifyDraft::default(),
            settings: Instance::default(),
        }
    }

    /// Whether an address fits the family; the first one tells it.
    pub(super) fn fits(&mut self, ip: IpAddr) -> bool {
        *self.family.get_or_insert(Family::of(ip)) == Family::of(ip)
    }

    /// Where a keyword was last; its name where it was not.
    pub(super) fn place_of(&self, keyword: &str) -> &Place {
        self.places.get(keyword).unwrap_or(&self.place)
    }

    /// Flags that nothing else depends on while reading.
    fn set_flag(&mut self, keyword: &str) -> bool {
        let settings = &mut self.settings;
        match keyword {
            "dont_track_primary" => self.track_primary = false,
            "accept" => self.accept = Some(true),
            "no_accept" => self.accept = Some(false),
            "preempt" => self.nopreempt = false,
            "nopreempt" => self.nopreempt = true,
            "check_unicast_src" => self.check_source = true,
            "no_virtual_ipaddress" => settings.no_addresses = true,
            "unicast_fault_no_peer" => settings.unicast_fault_no_peer = true,
            "use_vmac_addr" => settings.vmac_addresses = true,
            "vmac_xmit_base" => settings.vmac_xmit_base = true,
            "promote_secondaries" => settings.promote_secondaries = true,
            "track_src_ip" => settings.track_source = true,
            "linkbeat_use_polling" => settings.linkbeat_polling = true,
            _ => return false,
        }
        true
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
            let name_text = name.text();
            return self.push(
                Diagnostic::error(
                    Code::Duplicate,
                    format!("vrrp_instance {name_text} is there already; this one is left out"),
                )
                .at(&name.place)
                .related(&first, "the first one")
                .log(format!("vrrp instance {name_text} already defined"))
                .status(Status::General),
            );
        }
        let mut draft = InstanceDraft::new(name, &block.end);
        for statement in &block.block {
            self.instance_statement(statement, &mut draft);
        }
        self.end_of_instance(&mut draft);
        self.instances.push(draft.name.clone(), draft);
    }

    fn instance_statement(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        const OF_UNICAST: [&str; 5] = [
            "unicast_peer",
            "unicast_src_ip",
            "unicast_fault_no_peer",
            "check_unicast_src",
            "old_unicast_checksum",
        ];
        let Some(row) = statement.keyword else {
            return;
        };
        let place = &statement.head().place;
        let value = statement.arguments().first();
        let value = value
            .filter(|_| row.form == Form::Value)
            .map(|word| &word.place);
        draft
            .places
            .insert(row.keyword, value.unwrap_or(place).clone());
        if row.missing_feature.is_some() {
            self.instance_not_built(statement, draft);
        }
        if OF_UNICAST.contains(&row.keyword) {
            draft.unicast.get_or_insert_with(|| place.clone());
        }
        if draft.set_flag(row.keyword) {
            return self.deprecated_polling(statement, draft);
        }
        if let Some(slot) = draft.choices.slot(row.keyword) {
            let read = self.bool_setting(statement, &draft.name);
            *slot = read.or(*slot);
            return;
        }
        if row.form.has_braces() {
            self.instance_block(statement, draft);
        } else if row.keyword.starts_with("notify") {
            let owner = format!("({})", draft.name);
            self.notify(&owner, statement, &mut draft.notify);
        } else {
            self.instance_value(statement, draft);
        }
    }

    fn deprecated_polling(&mut self, statement: &Statement, draft: &InstanceDraft) {
        if statement.head().is("linkbeat_use_polling") {
            let log = format!(
                "({}) 'linkbeat_use_polling' in vrrp instance deprecated - use linkbeat_interfaces block",
                draft.name
            );
            let sentence =
                "linkbeat_use_polling of an instance is deprecated; use linkbeat_interfaces";
            let diagnostic = Diagnostic::warning(Code::Deprecated, sentence);
            let diagnostic = diagnostic.at(&statement.head().place).log(log);
            self.push(diagnostic.status(Status::General));
        }
    }

    fn instance_block(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        match statement.head().text().as_str() {
            "virtual_ipaddress" => self.addresses(statement, draft),
            "virtual_ipaddress_excluded" => self.excluded_addresses(statement, draft),
            "virtual_routes" => self.instance_routes(statement, draft),
            "virtual_rules" => self.instance_rules(statement, draft),
            "unicast_peer" => self.unicast_peers(statement, draft),
            "authentication" => self.authentication(statement, draft),
            "auth_hmac" => self.auth_hmac(statement, draft),
            track if track.starts_with("track_") => {
                let name = draft.name.clone();
                self.tracks(&name, statement, &mut draft.tracks);
            }
            _ => self.not_built(statement),
        }
    }

    /// Keywords with one value, or a few words.
    fn instance_value(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let name = draft.name.clone();
        match statement.head().text().as_str() {
            "interface" => self.instance_interface(&statement.words[1], draft),
            "vrf" => self.instance_vrf(&statement.words[1], draft),
            "state" => self.state(statement, draft),
            "virtual_router_id" => {
                draft.vrid = self.int_setting(statement, &name).or(draft.vrid);
            }
            "priority" => draft.priority = self.int_setting_or(statement, &name, 100),
            "version" => self.instance_version(statement, draft),
            "advert_int" => {
                let read = self.time_setting(statement, &name);
                draft.advert_interval = read.or(draft.advert_interval);
            }
            "preempt_delay" => {
                let read = self.time_setting(statement, &name);
                draft.preempt_delay = read.unwrap_or_default();
            }
            "unicast_ttl" => draft.ttl = self.int_setting(statement, &name).or(draft.ttl),
            "down_timer_adverts" => {
                let read = self.int_setting(statement, &name);
                draft.down_timer_adverts = read.or(draft.down_timer_adverts);
            }
            "debug" => {
                let read = self.int_setting(statement, &name);
                draft.settings.debug = read.unwrap_or(draft.settings.debug);
            }
            "mcast_src_ip" | "unicast_src_ip" => self.source(statement, draft),
            "mcast_dst_ip" => self.group(statement, draft),
            "old_unicast_checksum" => self.old_checksum(statement, draft),
            "timer_expired_backup" | "thread_timer_expired" => {
                self.timer_expired(statement, draft);
            }
            "kernel_rx_buf_size" => self.receive_buffer(statement, draft),
            "lvs_sync_daemon_interface" => self.sync_interface(statement, draft),
            "use_vmac" => self.use_vmac(statement, draft),
            "use_ipvlan" => self.use_ipvlan(statement, draft),
            "garp_extra_if" | "vmac_garp_intvl" => self.garp_extra_if(statement, draft),
            "native_ipv6" => self.native_ipv6(statement, draft),
            _ => self.garp(statement, &name, &mut draft.garp),
        }
    }

    // keepalived: vrrp_version_handler
    fn instance_version(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let name = draft.name.clone();
        let Some(number) = self.int_setting::<u8>(statement, &name) else {
            return;
        };
        let version = if number == 2 {
            Version::V2
        } else {
            Version::V3
        };
        let before = draft.version.filter(|before| *before != version);
        let six = draft.family == Some(Family::V6) && version == Version::V2;
        if before.is_none() && !six {
            draft.version = Some(version);
            return;
        }
        let deduced = match draft.version {
            Some(Version::V2) => 2,
            Some(Version::V3) => 3,
            None => 0,
        };
        let why = match before {
            Some(_) => format!("{name} is version {deduced} already"),
            None => "IPv6 needs version 3".to_owned(),
        };
        let log = format!(
            "({name}) vrrp_version {number} conflicts with configured or deduced version {deduced}; ignoring."
        );
        self.push(
            Diagnostic::warning(
                Code::Conflict,
                format!("{why}; version {number} is ignored"),
            )
            .at(&statement.words[1].place)
            .log(log)
            .status(Status::General),
        );
    }

    // keepalived: vrrp_native_ipv6_handler
    fn native_ipv6(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        if draft.family != Some(Family::V4) {
            draft.family = Some(Family::V6);
            draft.version = Some(Version::V3);
            return;
        }
        let log = format!(
            "({}) Cannot specify native_ipv6 with IPv4 addresses",
            draft.name
        );
        let sentence = "native_ipv6 does not go with IPv4 addresses; ignored";
        self.push(
            Diagnostic::warning(Code::Conflict, sentence)
                .at(&statement.head().place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: vrrp_unicast_chksum_handler
    fn old_checksum(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let old = if statement.arguments().is_empty() {
            Some(OldChecksum::Always)
        } else {
            let read = self.choice_setting(statement, &draft.name);
            read.map(|_| OldChecksum::Never)
        };
        let settings = &mut draft.settings;
        settings.old_unicast_checksum = old.unwrap_or(settings.old_unicast_checksum);
    }

    // keepalived: vrrp_timer_expired_backup_handler
    fn timer_expired(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        const HIGHEST: u8 = 254;
        let name = draft.name.clone();
        if statement.head().is("thread_timer_expired") {
            let log = format!(
                "({name}) thread_timer_expired - please replace with keyword 'timer_expired_backup'"
            );
            let sentence =
                "thread_timer_expired is another word for timer_expired_backup; use that";
            let diagnostic = Diagnostic::warning(Code::Deprecated, sentence);
            let diagnostic = diagnostic.at(&statement.head().place).log(log);
            self.push(diagnostic.status(Status::General));
        }
        let priority = if statement.arguments().is_empty() {
            Some(HIGHEST)
        } else {
            self.int_setting(statement, &name)
        };
        let settings = &mut draft.settings;
        settings.timer_expired_backup = priority.or(settings.timer_expired_backup);
    }

    /// One word, no more.
    // keepalived: kernel_rx_buf_size_handler
    fn receive_buffer(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let Some(extra) = statement.arguments().get(1) else {
            let read = self.int_setting(statement, &draft.name);
            draft.settings.receive_buffer = read.or(draft.settings.receive_buffer);
            return;
        };
        let log = format!("({}) invalid kernel_rx_buf_size specified", draft.name);
        let sentence = "kernel_rx_buf_size takes one number; ignored";
        self.push(
            Diagnostic::warning(Code::ExtraWords, sentence)
                .at(&extra.place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: vrrp_lvs_syncd_handler
    fn sync_interface(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let name = &draft.name;
        let blanks = " ".repeat(name.len().saturating_sub(2));
        let sentence =
            "lvs_sync_daemon_interface is deprecated; use lvs_sync_daemon in global_defs";
        let mut diagnostic = Diagnostic::warning(Code::Deprecated, sentence)
            .at(&statement.head().place)
            .log(format!(
                "({name}) Specifying lvs_sync_daemon_interface against a vrrp is deprecated."
            ))
            .log(format!("      {blanks}Please use global lvs_sync_daemon"))
            .status(Status::General);
        if self.global.has_sync_daemon() {
            diagnostic = diagnostic.hint("lvs_sync_daemon is there already, and counts");
        } else if let Some((interface, first)) = &self.sync_interface {
            diagnostic = diagnostic.related(&first.span, "and there is one already").log(format!(
                "({name}) lvs_sync_daemon_interface has already been specified as {interface} - ignoring"
            ));
        } else {
            let word = &statement.words[1];
            self.sync_interface = Some((word.text(), word.place.clone()));
            draft.settings.lvs_sync_interface = Some(word.text());
        }
        self.push(diagnostic);
    }

    /// What the original checks at the closing brace.
    // keepalived: vrrp_end_handler
    fn end_of_instance(&mut self, draft: &mut InstanceDraft) {
        let name = draft.name.clone();
        let is_virtual = draft.links.vmac.is_some() || draft.links.ipvlan.is_some();
        if let Some(unicast) = draft.unicast.as_ref().filter(|_| is_virtual) {
            let keyword = if draft.links.vmac.is_some() {
                "use_vmac"
            } else {
                "use_ipvlan"
            };
            let place = draft.place_of(keyword);
            let diagnostic = |sentence: String| {
                Diagnostic::warning(Code::Conflict, sentence)
                    .at(place)
                    .related(&unicast.span, "unicast here")
                    .related(&draft.end.span, "the block ends here")
                    .status(Status::General)
            };
            if draft.interface.is_none() {
                let log = format!(
                    "({name}): Cannot use VMAC/ipvlan with unicast and no interface - clearing use_vmac"
                );
                let sentence = format!("{keyword} needs an interface; ignored");
                self.push(diagnostic(sentence).log(log));
                draft.links = VirtualDraft::default();
            } else if !draft.settings.vmac_xmit_base {
                let log =
                    format!("({name}) unicast with use_vmac requires vmac_xmit_base - setting");
                let sentence = format!("{keyword} with unicast needs vmac_xmit_base; it is set");
                self.push(diagnostic(sentence).log(log));
                draft.settings.vmac_xmit_base = true;
            }
        }
        if draft.peers.is_empty() && draft.ttl.is_some() {
            let log = format!("({name}): Cannot use unicast_ttl without unicast peers - resetting");
            let sentence = "unicast_ttl needs unicast peers; ignored";
            let diagnostic = Diagnostic::warning(Code::Conflict, sentence)
                .at(draft.place_of("unicast_ttl"))
                .related(&draft.end.span, "the block ends here, without unicast_peer")
                .log(log);
            self.push(diagnostic.status(Status::General));
            draft.ttl = None;
        }
    }

    // keepalived: vrrp_int_handler
    fn instance_interface(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let (name, text) = (draft.name.clone(), word.text());
        if text.len() > LONGEST_NAME {
            let log = format!("Interface name '{text}' too long - ignoring");
            return self.bad_instance_interface(word, &text, log);
        }
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

    fn bad_instance_interface(&mut self, word: &Word, text: &str, log: String) {
        let sentence =
            format!("there is no interface {text}: a name has {LONGEST_NAME} bytes at the most");
        self.push(
            Diagnostic::error(Code::UnknownInterface, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: vrrp_vrf_handler
    fn instance_vrf(&mut self, word: &Word, draft: &mut InstanceDraft) {
        let (name, text) = (draft.name.clone(), word.text());
        if text.len() > LONGEST_NAME {
            let log = format!("({name}) VRF interface name '{text}' too long - ignoring");
            return self.bad_instance_interface(word, &text, log);
        }
        let before = draft.interface.as_ref().or(draft.vrf.as_ref());
        if let Some(before) = before {
            let (sentence, log) = if draft.interface.is_some() {
                (
                    "vrf is for an instance without interface; ignored".to_owned(),
                    format!("({name}) Cannot specify VRF interface and interface - ignoring"),
                )
            } else {
                (
                    format!("{name} has a vrf already; {text} is ignored"),
                    format!(
                        "({name}) VRF interface already specified as '{}' - ignoring",
                        before.text()
                    ),
                )
            };
            return self.push(
                Diagnostic::warning(Code::Conflict, sentence)
                    .at(&word.place)
                    .related(&before.place.span, "here")
                    .log(log)
                    .status(Status::General),
            );
        }
        let (sentence, log) = match self.interface(&text) {
            Some(facts) if facts.loopback => (
                format!("{text} is a loopback interface, which is no VRF; ignored"),
                format!("({name}) cannot use a loopback interface ({text}) for VRF - ignoring"),
            ),
            None if !self.global.config.dynamic_interfaces => {
                self.missing_interface = true;
                (
                    format!("there is no interface {text}"),
                    format!("({name}) WARNING - VRF interface {text} doesn't exist"),
                )
            }
            Some(_) | None => {
                draft.vrf = Some(word.clone());
                return;
            }
        };
        let diagnostic = Diagnostic::error(Code::UnknownInterface, sentence).at(&word.place);
        self.push(diagnostic.log(log).status(Status::General));
    }

    // keepalived: vrrp_state_handler
    fn state(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let (name, word) = (draft.name.clone(), &statement.words[1]);
        let text = word.text();
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
                    .maybe_fix(&word.place, mend::state(&text))
                    .log(format!(
                        "({name}) unknown state '{text}', defaulting to BACKUP"
                    ))
                    .status(Status::General),
                );
                draft.state = Some(InitialState::Backup);
                return;
            }
        };
        if draft.state == Some(InitialState::Master) && state == InitialState::Backup {
            return self.push(
                Diagnostic::warning(
                    Code::Duplicate,
                    "state was MASTER before; BACKUP is ignored",
                )
                .at(&word.place)
                .log(format!(
                    "({name}) state previously set as MASTER - ignoring BACKUP"
                ))
                .status(Status::General),
            );
        }
        draft.state = Some(state);
    }

    /// Keywords whose feature is not there: silence would promise what is not done.
    fn instance_not_built(&mut self, statement: &Statement, draft: &InstanceDraft) {
        let name = &draft.name;
        let keyword = statement.head().text();
        let sentence = match keyword.as_str() {
            // Said at the end of the file, where it is known whether it counts.
            "auth_hmac" | "strict_mode" => return,
            "no_accept" => format!(
                "no_accept is not supported yet: {name} accepts packets to its virtual addresses while master"
            ),
            "use_vmac" | "use_ipvlan" => format!(
                "{keyword} is not supported yet: {name} uses the interface itself with its own MAC, so hosts learn a take-over by gratuitous ARP"
            ),
            _ => return self.not_built(statement),
        };
        let diagnostic = Diagnostic::warning(Code::NotSupported, sentence);
        self.push(diagnostic.at(&statement.head().place));
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
