//! What holds for all instances, and what they inherit.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vrrp::Version;

use super::garp::GarpDraft;
use crate::config::global::{GarpExtra, VrrpDefaults};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::host::PathFacts;
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value;

/// A start that is put off so long is told.
const LONG: Duration = Duration::from_secs(60);
const IGMP_SETTING: &str = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports";

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn vrrp_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "vrrp_version" => {
                let read = self.int_setting(statement, "");
                let version = read.map(|version: u8| match version {
                    2 => Version::V2,
                    _ => Version::V3,
                });
                self.global.version = version.or(self.global.version);
            }
            "vrrp_mcast_group4" => {
                self.global.group4 = self.mcast_group4(statement).or(self.global.group4)
            }
            "vrrp_mcast_group6" => {
                self.global.group6 = self.mcast_group6(statement).or(self.global.group6)
            }
            "vrrp_down_timer_adverts" => {
                let read = self.int_setting(statement, "");
                self.global.down_timer_adverts = read.or(self.global.down_timer_adverts);
            }
            "vrrp_garp_interval" | "vrrp_gna_interval" => self.garp_interval(keyword, statement),
            "vrrp_min_garp" => self.draft_bool(statement, |draft| &mut draft.min_garp),
            "vrrp_lower_prio_no_advert" => {
                self.draft_bool(statement, |draft| &mut draft.lower_prio_no_advert);
            }
            "vrrp_higher_prio_send_advert" => {
                self.draft_bool(statement, |draft| &mut draft.higher_prio_send_advert);
            }
            "vrrp_skip_check_adv_addr" => {
                self.draft_bool(statement, |draft| &mut draft.skip_check_adv_addr);
            }
            "vrrp_strict" => self.draft_bool(statement, |draft| &mut draft.strict),
            "vrrp_check_unicast_src" => self.global.check_unicast_src = true,
            "vrrp_owner_ignore_adverts" => {
                self.global_bool(statement, |global| &mut global.vrrp.owner_ignore_adverts);
            }
            "v3_checksum_as_v2" => self.global.config.vrrp.v3_checksum_as_v2 = true,
            "vrrp_garp_extra_if" => self.garp_extra(statement),
            "vrrp_vmac_garp_intvl" => {
                self.garp_extra_renamed(statement);
                self.garp_extra(statement);
            }
            garp if garp.starts_with("vrrp_garp_") => {
                let mut draft = std::mem::take(&mut self.global.garp);
                self.garp(statement, "", &mut draft);
                self.global.garp = draft;
            }
            _ => return self.vrrp_system_keyword(keyword, statement),
        }
        true
    }

    /// What is about the system more than about the protocol.
    fn vrrp_system_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "dynamic_interfaces" => self.dynamic_interfaces(statement),
            "default_interface" => {
                self.global_word(statement, |global| &mut global.default_interface);
            }
            "log_unknown_vrids" => self.global.config.log_unknown_vrids = true,
            "disable_local_igmp" => self.disable_local_igmp(statement),
            "vmac_prefix" => {
                if let Some(first) = self.first_word(statement) {
                    self.global.config.vmac.prefix = first;
                }
            }
            "vmac_addr_prefix" => {
                let read = self.first_word(statement);
                self.global.vmac_address_prefix = read.or(self.global.vmac_address_prefix.take());
            }
            "vrrp_startup_delay" => {
                if let Some(delay) = self.time_setting(statement, "") {
                    let longest = &mut self.global.config.startup_delay;
                    *longest = delay.max(*longest);
                    self.tell_long_delay(statement, delay);
                }
            }
            "vrrp_delay_after_boot" => {
                if let Some(delay) = self.time_setting(statement, "") {
                    let longest = &mut self.global.config.delay_after_boot;
                    *longest = delay.max(*longest);
                }
            }
            _ => return self.buffer_keyword(keyword, statement),
        }
        true
    }

    /// A word that may be said once.
    fn first_word(&mut self, statement: &Statement) -> Option<String> {
        let word = self.word_setting(statement)?;
        self.is_first(statement, &word).then_some(word)
    }

    fn tell_long_delay(&mut self, statement: &Statement, delay: Duration) {
        if delay < LONG {
            return;
        }
        let word = &statement.words[1];
        let found = word.text();
        let sentence = format!("vrrp_startup_delay is very large: nothing happens for {found} s");
        let log = format!("The vrrp_startup_delay is very large - {found} seconds");
        let diagnostic = Diagnostic::warning(Code::Adjusted, sentence).about(&word.place);
        self.push(diagnostic.log(log));
    }

    // keepalived: dynamic_interfaces_handler
    fn dynamic_interfaces(&mut self, statement: &Statement) {
        self.global.config.dynamic_interfaces = true;
        let Some(word) = statement.arguments().first() else {
            return;
        };
        if self.choice_setting(statement, "").is_some() {
            self.global.config.interfaces_may_change = true;
            let sentence = "allow_if_changes is not supported yet (interfaces that change their kind); it has no effect";
            self.push(Diagnostic::note(Code::NotSupported, sentence).at(&word.place));
        }
    }

    // keepalived: disable_local_igmp_handler
    fn disable_local_igmp(&mut self, statement: &Statement) {
        match self.host.path(IGMP_SETTING.as_ref()) {
            PathFacts::Directory | PathFacts::Other => self.global.config.disable_local_igmp = true,
            PathFacts::Missing => {
                let sentence =
                    format!("the kernel has no {IGMP_SETTING}; disable_local_igmp is ignored");
                self.push(
                    Diagnostic::warning(Code::InvalidValue, sentence)
                        .at(&statement.head().place)
                        .log(format!("kernel does not support {IGMP_SETTING}"))
                        .status(Status::General),
                );
            }
        }
    }

    // keepalived: vrrp_vmac_garp_extra_if_handler
    fn garp_extra(&mut self, statement: &Statement) {
        let name = statement.head().text();
        let mut extra = self.global.config.vmac.extra_garp.unwrap_or(GarpExtra {
            interval: Duration::ZERO,
            all: false,
        });
        let mut seconds = None;
        for word in statement.arguments() {
            if word.is("all") {
                extra.all = true;
                continue;
            }
            let log = format!("{name} '{}' invalid - ignoring", word.text());
            let wrong = Wrong::new(&name, "ignored", log);
            let Some(read) = self.unsigned(word, 1..=86400, &wrong) else {
                return;
            };
            seconds = Some(read);
        }
        match seconds {
            Some(seconds) => {
                extra.interval = Duration::from_secs(u64::from(seconds));
                self.global.config.vmac.extra_garp = Some(extra);
            }
            None => self.nothing_after(statement),
        }
    }

    fn garp_extra_renamed(&mut self, statement: &Statement) {
        let head = statement.head();
        let sentence = "vrrp_vmac_garp_intvl is deprecated; use vrrp_garp_extra_if";
        let log =
            "Keyword \"vrrp_vmac_garp_intvl\" is deprecated - please use \"vrrp_garp_extra_if\"";
        self.push(
            Diagnostic::warning(Code::Deprecated, sentence)
                .at(&head.place)
                .log(log)
                .status(Status::Deprecated),
        );
    }

    fn mcast_group4(&mut self, statement: &Statement) -> Option<Ipv4Addr> {
        let word = &statement.words[1];
        match value::address(&word.bytes) {
            Some(IpAddr::V4(group)) if group.is_multicast() => Some(group),
            found => {
                self.bad_group(statement, found, "IPv4");
                None
            }
        }
    }

    fn mcast_group6(&mut self, statement: &Statement) -> Option<Ipv6Addr> {
        let word = &statement.words[1];
        let group = match value::address(&word.bytes) {
            Some(IpAddr::V6(group)) if group.is_multicast() => group,
            found => {
                self.bad_group(statement, found, "IPv6");
                return None;
            }
        };
        if group.octets()[1] & 0xf != 2 {
            let name = word.text();
            let sentence =
                format!("vrrp_mcast_group6 should be link-local (ff02::/16), found {name}");
            let log = format!("vrrp_mcast_group6 [{name}] should be link-local multicast.");
            self.push(
                Diagnostic::warning(Code::InvalidAddress, sentence)
                    .at(&word.place)
                    .log(log)
                    .status(Status::Warning),
            );
        }
        Some(group)
    }

    fn bad_group(&mut self, statement: &Statement, read: Option<IpAddr>, family: &str) {
        let (name, word) = (statement.head().text(), &statement.words[1]);
        let found = word.text();
        let log = match read {
            None => format!("Can't parse {name} [{found}]. Skipping"),
            Some(ip) if ip.is_ipv4() != (family == "IPv4") => {
                format!("{name} [{found}] is not {family}. Skipping")
            }
            Some(_) => format!("{name} [{found}] is not multicast. Skipping"),
        };
        let sentence =
            format!("{name} must be an {family} multicast address, found {found}; ignored");
        self.push(
            Diagnostic::warning(Code::InvalidAddress, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
    }

    /// At the end of the file: the defaults of all that was not said.
    pub(super) fn finish_vrrp(&mut self) {
        let draft = &mut self.global;
        let vmac = &mut draft.config.vmac;
        let own = draft.vmac_address_prefix.take();
        vmac.address_prefix = own.unwrap_or_else(|| vmac.prefix.clone());
        let known = &draft.config.vrrp;
        draft.config.vrrp = VrrpDefaults {
            version: draft.version.unwrap_or(known.version),
            group4: draft.group4.unwrap_or(known.group4),
            group6: draft.group6.unwrap_or(known.group6),
            garp: GarpDraft::default().schedule(&draft.garp, draft.min_garp),
            down_timer_adverts: draft.down_timer_adverts.unwrap_or(known.down_timer_adverts),
            lower_prio_no_advert: draft.lower_prio_no_advert,
            higher_prio_send_advert: draft.higher_prio_send_advert,
            check_unicast_src: draft.check_unicast_src,
            skip_check_adv_addr: draft.skip_check_adv_addr,
            strict: draft.strict,
            owner_ignore_adverts: known.owner_ignore_adverts,
            v3_checksum_as_v2: known.v3_checksum_as_v2,
        };
    }
}
