//! `global_defs` and the plain root keywords.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vrrp::{GarpSchedule, Version};

use super::Builder;
use super::read::Wrong;
use crate::config::Global;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::{Statement, missing_parameter};
use crate::value;
use crate::word::Word;

/// The longest comm name.
const COMM: usize = 15;

/// What is known of `global_defs`; the settings of instances are applied at the end of the file.
#[derive(Default)]
pub(super) struct GlobalDraft {
    pub(super) config: Global,
    pub(super) garp: GarpDraft,
    pub(super) min_garp: bool,
    pub(super) version: Option<Version>,
    pub(super) group4: Option<Ipv4Addr>,
    pub(super) group6: Option<Ipv6Addr>,
    pub(super) down_timer_adverts: Option<u8>,
    pub(super) lower_prio_no_advert: bool,
    pub(super) higher_prio_send_advert: bool,
    pub(super) skip_check_adv_addr: bool,
    pub(super) check_unicast_src: bool,
    pub(super) strict: bool,
    /// `script_user` names nobody: scripts without a user of their own cannot run.
    pub(super) script_user_failed: bool,
}

/// What was said about gratuitous ARP, for all instances or one.
#[derive(Debug, Clone, Default)]
pub(super) struct GarpDraft {
    pub(super) master_delay: Option<u32>,
    pub(super) master_repeat: Option<u32>,
    pub(super) master_refresh: Option<u32>,
    pub(super) master_refresh_repeat: Option<u32>,
    pub(super) lower_prio_delay: Option<u32>,
    pub(super) lower_prio_repeat: Option<u32>,
}

impl GarpDraft {
    /// An instance's own settings, then the global ones, then the defaults.
    // keepalived: vrrp_complete_instance
    pub(super) fn schedule(&self, global: &Self, min_garp: bool) -> GarpSchedule {
        let default = GarpSchedule::default();
        let seconds = |value: u32| Duration::from_secs(u64::from(value));
        let (delay, repeat) = if min_garp {
            (Duration::ZERO, 1)
        } else {
            (default.master_delay, default.master_repeat)
        };
        let master_delay = self
            .master_delay
            .or(global.master_delay)
            .map_or(delay, seconds);
        let master_repeat = self
            .master_repeat
            .or(global.master_repeat)
            .unwrap_or(repeat);
        let refresh = self.master_refresh.or(global.master_refresh);
        let refresh_repeat = self.master_refresh_repeat.or(global.master_refresh_repeat);
        let lower_delay = self.lower_prio_delay.or(global.lower_prio_delay);
        let lower_repeat = self.lower_prio_repeat.or(global.lower_prio_repeat);
        GarpSchedule {
            master_delay,
            master_repeat,
            master_refresh: refresh.map_or(default.master_refresh, seconds),
            master_refresh_repeat: refresh_repeat.unwrap_or(default.master_refresh_repeat),
            lower_prio_delay: lower_delay.map_or(master_delay, seconds),
            lower_prio_repeat: lower_repeat.unwrap_or(master_repeat),
        }
    }
}

impl Builder<'_> {
    pub(super) fn child_wait_time(&mut self, statement: &Statement) {
        let word = &statement.words[1];
        let log = format!("Invalid child_wait_time {}", word.text());
        let wrong = Wrong::new("child_wait_time", "ignored", log).in_parent();
        if let Some(seconds) = self.unsigned(word, 0..=u32::MAX, &wrong) {
            self.global.config.child_wait_time = Duration::from_secs(u64::from(seconds));
        }
    }

    pub(super) fn global_defs(&mut self, block: &Statement) {
        for statement in &block.block {
            self.global_statement(statement);
        }
    }

    fn global_statement(&mut self, statement: &Statement) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        if keyword.missing_feature.is_some() {
            return self.global_not_built(statement);
        }
        match keyword.keyword {
            "router_id" => self.router_id(statement),
            "process_names" => {
                self.global.config.vrrp_process_name = Some("keepalived_vrrp".to_owned());
            }
            "process_name" => {
                self.global.config.process_name = Some(self.comm_name(&statement.words[1]));
            }
            "vrrp_process_name" => {
                self.global.config.vrrp_process_name = Some(self.comm_name(&statement.words[1]));
            }
            "script_user" => self.script_user(statement),
            "enable_script_security" => self.global.config.script_security = true,
            "use_symlink_paths" => {
                self.global_flag(statement, |global| &mut global.config.use_symlink_paths);
            }
            "set_supplementary_groups" => {
                self.global_flag(statement, |global| &mut global.config.supplementary_groups);
            }
            "dynamic_interfaces" => self.dynamic_interfaces(statement),
            "default_interface" => self.default_interface(statement),
            "log_unknown_vrids" => self.global.config.log_unknown_vrids = true,
            "umask" => self.umask(&statement.words[1]),
            "reload_check_config" => self.global.config.reload_check_config = true,
            "include_check" => {} // The reader has acted on it.
            "vrrp_priority" | "vrrp_rt_priority" | "vrrp_cpu_affinity" => {
                self.process_setting(statement);
            }
            "vrrp_no_swap" => self.global.config.vrrp_no_swap = true,
            _ => self.vrrp_default(statement),
        }
    }

    /// Settings that instances inherit.
    fn vrrp_default(&mut self, statement: &Statement) {
        let name = statement.head().text();
        match name.as_str() {
            "vrrp_version" => self.global_version(&statement.words[1]),
            "vrrp_mcast_group4" => self.mcast_group4(&statement.words[1]),
            "vrrp_mcast_group6" => self.mcast_group6(&statement.words[1]),
            "vrrp_down_timer_adverts" => {
                let read = self.down_timer_adverts(statement, "");
                self.global.down_timer_adverts = read.or(self.global.down_timer_adverts);
            }
            "vrrp_garp_interval" | "vrrp_gna_interval" => self.garp_interval(statement),
            "vrrp_min_garp" => self.global_flag(statement, |global| &mut global.min_garp),
            "vrrp_lower_prio_no_advert" => {
                self.global_flag(statement, |global| &mut global.lower_prio_no_advert);
            }
            "vrrp_higher_prio_send_advert" => {
                self.global_flag(statement, |global| &mut global.higher_prio_send_advert);
            }
            "vrrp_skip_check_adv_addr" => {
                self.global_flag(statement, |global| &mut global.skip_check_adv_addr);
            }
            "vrrp_check_unicast_src" => self.global.check_unicast_src = true,
            garp if garp.starts_with("vrrp_garp_") => {
                let mut draft = self.global.garp.clone();
                self.garp(statement, "", &mut draft);
                self.global.garp = draft;
            }
            _ => self.not_built(statement),
        }
    }

    fn global_not_built(&mut self, statement: &Statement) {
        if statement.head().is("vrrp_strict") {
            self.global.strict = self.boolean(statement, String::new()).unwrap_or(false);
            return;
        }
        self.not_built(statement);
    }

    fn global_flag(&mut self, statement: &Statement, field: fn(&mut GlobalDraft) -> &mut bool) {
        let name = statement.head().text();
        if let Some(on) = self.boolean(statement, format!("Invalid value for {name} specified")) {
            *field(&mut self.global) = on;
        }
    }

    /// A handler that wants a word and has none.
    fn wants(&mut self, statement: &Statement, log: &str) {
        let name = statement.head().text();
        self.push(
            Diagnostic::warning(
                Code::MissingParameter,
                format!("{name} needs a value; ignored"),
            )
            .at(&statement.head().place)
            .in_parent()
            .log(log)
            .status(Status::General),
        );
    }

    fn router_id(&mut self, statement: &Statement) {
        match statement.arguments().first() {
            Some(word) => self.global.config.router_id = word.text(),
            None => self.wants(statement, "routerid name missing - ignoring"),
        }
    }

    fn comm_name(&mut self, word: &Word) -> String {
        let name = word.text();
        let cut: String = name
            .chars()
            .scan(0, |used, c| {
                *used += c.len_utf8();
                (*used <= COMM).then_some(c)
            })
            .collect();
        if cut.len() < name.len() {
            let sentence = format!("a process name has {COMM} bytes at the most; using {cut}");
            self.push(Diagnostic::note(Code::Adjusted, sentence).at(&word.place));
        }
        cut
    }

    fn script_user(&mut self, statement: &Statement) {
        let Some(user) = statement.arguments().first() else {
            return self.wants(statement, "No script username specified");
        };
        match self.user(user, statement.arguments().get(1)) {
            Ok(user) => {
                self.global.config.script_user = Some(user);
                self.global.script_user_failed = false;
            }
            Err(word) => {
                self.global.script_user_failed = true;
                let sentence = format!(
                    "there is no user or group {}; scripts without a user of their own are not run",
                    word.text()
                );
                self.push(
                    Diagnostic::error(Code::Script, sentence)
                        .at(&word.place)
                        .in_parent()
                        .log("Error setting global script uid/gid")
                        .status(Status::General),
                );
            }
        }
    }

    fn dynamic_interfaces(&mut self, statement: &Statement) {
        match statement.arguments().first() {
            None => self.global.config.dynamic_interfaces = true,
            Some(word) if word.is("allow_if_changes") => {
                self.global.config.dynamic_interfaces = true;
                let sentence = "allow_if_changes is not supported yet; it has no effect";
                self.push(Diagnostic::note(Code::NotSupported, sentence).at(&word.place));
            }
            Some(word) => {
                let found = word.text();
                self.push(
                    Diagnostic::warning(
                        Code::InvalidValue,
                        format!("dynamic_interfaces has no option {found}; ignored"),
                    )
                    .at(&word.place)
                    .in_parent()
                    .expected("allow_if_changes or nothing")
                    .log(format!("Unknown dynamic_interfaces option '{found}'"))
                    .status(Status::General),
                );
            }
        }
    }

    /// Only static addresses use it, which are not there yet.
    fn default_interface(&mut self, statement: &Statement) {
        match statement.arguments().first() {
            Some(word) => {
                let sentence = "default_interface is for static addresses, which are not supported \
                                yet; it has no effect";
                self.push(Diagnostic::note(Code::NotSupported, sentence).at(&word.place));
            }
            None => self.wants(statement, "default_interface requires interface name"),
        }
    }

    // keepalived: umask_handler
    fn umask(&mut self, word: &Word) {
        let text = word.text();
        let number = text.starts_with(|c: char| c.is_ascii_digit());
        let value = if number {
            c_number(&text)
        } else {
            umask_bits(&text)
        };
        match value.filter(|value| *value <= 0o777) {
            Some(value) => self.global.config.umask = Some(value),
            None => {
                let log = if number {
                    format!("invalid umask value {text}")
                } else {
                    format!("Unknown umask bit {text}")
                };
                self.push(
                    Diagnostic::warning(
                        Code::InvalidValue,
                        format!("umask must be a number of 0..=0777 or names of bits, found {text}; ignored"),
                    )
                    .at(&word.place)
                    .in_parent()
                    .expected("0..=0777, or IRUSR|IWUSR|IXUSR|IRGRP|...")
                    .log(log)
                    .status(Status::General),
                );
            }
        }
    }

    fn process_setting(&mut self, statement: &Statement) {
        let name = statement.head().text();
        let Some(word) = statement.arguments().first() else {
            let log = match name.as_str() {
                "vrrp_priority" => "No vrrp process priority specified",
                "vrrp_rt_priority" => "No vrrp process real-time priority specified",
                _ => "No vrrp cpu_id set specified",
            };
            return self.wants(statement, log);
        };
        match name.as_str() {
            "vrrp_priority" => {
                let log = "Invalid vrrp process priority specified";
                let wrong = Wrong::new(&name, "ignored", log).in_parent();
                let nice = self.integer(word, -20..=19, &wrong);
                if let Some(nice) = nice.and_then(|nice| i8::try_from(nice).ok()) {
                    self.global.config.vrrp_nice = nice;
                }
            }
            "vrrp_rt_priority" => self.rt_priority(word),
            _ => self.cpu_affinity(statement.arguments()),
        }
    }

    fn rt_priority(&mut self, word: &Word) {
        let found = word.text();
        let log = format!("vrrp process real-time priority '{found}' invalid");
        let wrong = Wrong::new("vrrp_rt_priority", "ignored", log).in_parent();
        let range = i64::from(i32::MIN)..=i64::from(i32::MAX);
        let Some(value) = self.integer(word, range, &wrong) else {
            return;
        };
        let used = value.clamp(1, 99);
        if used != value {
            let side = if value < used {
                "less than minimum 1 - setting to minimum"
            } else {
                "greater than maximum 99 - setting to maximum"
            };
            self.push(
                Diagnostic::warning(
                    Code::OutOfRange,
                    format!("vrrp_rt_priority must be 1..=99, found {found}; using {used}"),
                )
                .at(&word.place)
                .in_parent()
                .expected("1..=99")
                .log(format!("vrrp process real-time priority {found} {side}"))
                .status(Status::General),
            );
        }
        self.global.config.vrrp_rt_priority = u8::try_from(used).ok();
    }

    fn cpu_affinity(&mut self, words: &[Word]) {
        let last = i64::from(self.host.processors().saturating_sub(1));
        let mut processors = Vec::new();
        for word in words {
            let log = format!("Invalid cpu_id:{} specified for vrrp process", word.text());
            let wrong = Wrong::new("vrrp_cpu_affinity", "ignored", log).in_parent();
            processors.extend(
                self.integer(word, 0..=last, &wrong)
                    .and_then(|id| u16::try_from(id).ok()),
            );
        }
        self.global.config.vrrp_cpu_affinity = processors;
    }

    fn global_version(&mut self, word: &Word) {
        let log = "VRRP Error: Version must be either 2 or 3";
        let read = self.version(
            word,
            &Wrong::new("vrrp_version", "ignored", log).in_parent(),
        );
        self.global.version = read.or(self.global.version);
    }

    /// `version` of an instance or of all.
    pub(super) fn version(&mut self, word: &Word, wrong: &Wrong<'_>) -> Option<Version> {
        // The original reads a signed number here; only the message for huge ones shows it.
        let version = self.integer(word, 2..=3, wrong)?;
        Some(if version == 2 {
            Version::V2
        } else {
            Version::V3
        })
    }

    fn mcast_group4(&mut self, word: &Word) {
        match value::address(&word.bytes) {
            Some(IpAddr::V4(group)) if group.is_multicast() => self.global.group4 = Some(group),
            found => self.bad_group(word, "an IPv4", found.is_some_and(|ip| ip.is_ipv4())),
        }
    }

    fn mcast_group6(&mut self, word: &Word) {
        match value::address(&word.bytes) {
            Some(IpAddr::V6(group)) if group.is_multicast() => {
                self.global.group6 = Some(group);
                if group.octets()[1] & 0xf != 2 {
                    let name = word.text();
                    self.push(
                        Diagnostic::warning(
                            Code::InvalidAddress,
                            format!(
                                "vrrp_mcast_group6 should be link-local (ff02::/16), found {name}"
                            ),
                        )
                        .at(&word.place)
                        .in_parent()
                        .log(format!(
                            "vrrp_mcast_group6 [{name}] should be link-local multicast."
                        ))
                        .status(Status::General),
                    );
                }
            }
            found => self.bad_group(word, "an IPv6", found.is_some_and(|ip| ip.is_ipv6())),
        }
    }

    fn bad_group(&mut self, word: &Word, family: &str, is_address: bool) {
        let found = word.text();
        let name = if family == "an IPv4" {
            "vrrp_mcast_group4"
        } else {
            "vrrp_mcast_group6"
        };
        let log = if is_address {
            format!("{name} [{found}] is not multicast. Skipping")
        } else {
            format!("Can't parse {name} [{found}]. Skipping")
        };
        self.push(
            Diagnostic::warning(
                Code::InvalidAddress,
                format!("{name} must be {family} multicast address, found {found}; ignored"),
            )
            .at(&word.place)
            .in_parent()
            .log(log)
            .status(Status::General),
        );
    }

    pub(super) fn down_timer_adverts(&mut self, statement: &Statement, prefix: &str) -> Option<u8> {
        let (name, word) = (statement.head().text(), &statement.words[1]);
        let log = format!("{prefix}Invalid {name} [1:100] '{}'", word.text());
        let count = self.unsigned(word, 1..=100, &Wrong::new(&name, "ignored", log))?;
        u8::try_from(count).ok()
    }

    fn garp_interval(&mut self, statement: &Statement) {
        let (name, word) = (statement.head().text(), &statement.words[1]);
        let log = format!("{name} '{}' is invalid", word.text());
        let wrong = Wrong::new(&name, "ignored", log).in_parent();
        let Some(interval) = self.seconds(word, &(1..=4_294_967_295), &wrong) else {
            return;
        };
        if interval >= Duration::from_secs(1) {
            let sentence = format!("{name} is very large: {} between packets", word.text());
            self.push(
                Diagnostic::warning(Code::Adjusted, sentence)
                    .at(&word.place)
                    .in_parent()
                    .log(format!(
                        "The {name} is very large - {} seconds",
                        word.text()
                    )),
            );
        }
        if name == "vrrp_garp_interval" {
            self.global.config.garp_interval = interval;
        } else {
            self.global.config.gna_interval = interval;
        }
    }

    /// `garp_*` of an instance (`prefix` is its name), or `vrrp_garp_*`.
    pub(super) fn garp(&mut self, statement: &Statement, prefix: &str, draft: &mut GarpDraft) {
        let name = statement.head().text();
        let Some(word) = statement.arguments().first() else {
            let place = &statement.head().place;
            return self.push(missing_parameter(place, &name, &name, 2));
        };
        let found = word.text();
        let plain = format!("{prefix}{name} '{found}' invalid - ignoring");
        let with = |log: String| Wrong::new(&name, "ignored", log);
        match name.trim_start_matches("vrrp_") {
            "garp_master_delay" => {
                let read = self.unsigned(word, 0..=4294, &with(plain));
                draft.master_delay = read.or(draft.master_delay);
            }
            "garp_master_repeat" => {
                let read = self.at_least_one(word, prefix, &with(plain));
                draft.master_repeat = read.or(draft.master_repeat);
            }
            "garp_master_refresh" => {
                let log = format!("{prefix}Invalid {name} '{found}' - ignoring");
                let read = self.unsigned(word, 0..=u32::MAX, &with(log));
                draft.master_refresh = read.or(draft.master_refresh);
            }
            "garp_master_refresh_repeat" => {
                let read = self.at_least_one(word, prefix, &with(plain));
                draft.master_refresh_repeat = read.or(draft.master_refresh_repeat);
            }
            "garp_lower_prio_delay" => {
                let read = self.unsigned(word, 0..=4294, &with(plain));
                draft.lower_prio_delay = read.or(draft.lower_prio_delay);
            }
            "garp_lower_prio_repeat" => {
                let log = format!("{prefix}Invalid {name} '{found}'");
                let read = self.unsigned(word, 0..=2_147_483_647, &with(log));
                draft.lower_prio_repeat = read.or(draft.lower_prio_repeat);
            }
            _ => self.not_built(statement),
        }
    }

    /// A count; 0 becomes 1.
    fn at_least_one(&mut self, word: &Word, prefix: &str, wrong: &Wrong<'_>) -> Option<u32> {
        let count = self.unsigned(word, 0..=u32::MAX, wrong)?;
        if count == 0 {
            let name = wrong.what;
            self.push(
                Diagnostic::warning(
                    Code::OutOfRange,
                    format!("{name} must be at least 1; using 1"),
                )
                .at(&word.place)
                .log(format!(
                    "{prefix}{name} must be greater than 0, setting to 1"
                ))
                .status(Status::General),
            );
        }
        Some(count.max(1))
    }
}

/// A number as C reads it: 0 begins an octal one, 0x a hexadecimal one.
fn c_number(text: &str) -> Option<u32> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => u32::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}

fn umask_bits(text: &str) -> Option<u32> {
    text.split('|').try_fold(0, |mask, name| {
        let bit = match name.trim() {
            "IRUSR" => 0o400,
            "IWUSR" => 0o200,
            "IXUSR" => 0o100,
            "IRWXU" => 0o700,
            "IRGRP" => 0o040,
            "IWGRP" => 0o020,
            "IXGRP" => 0o010,
            "IRWXG" => 0o070,
            "IROTH" => 0o004,
            "IWOTH" => 0o002,
            "IXOTH" => 0o001,
            "IRWXO" => 0o007,
            _ => return None,
        };
        Some(mask | bit)
    })
}
