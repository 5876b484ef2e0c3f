//! `global_defs` and the plain root keywords.
//!
//! Each family of keywords has a file of its own, which says whether a keyword is of that family.

mod buffers;
mod fifo;
mod files;
mod firewall;
mod garp;
mod lvs;
mod mail;
mod monitor;
mod process;
mod script;
mod vrrp;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use ::vrrp::Version;

use super::Builder;
use crate::config::Global;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::schema::Form;
use crate::tree::Statement;

use fifo::FifoDrafts;
pub(super) use garp::GarpDraft;
use lvs::SyncDraft;
use mail::MailDraft;
use monitor::MonitorDraft;
use script::SupervisorScripts;

/// What is known of `global_defs`; what depends on other settings is settled at the end of the file.
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
    /// A script without a user was read: `keepalived_script` runs it, or we do.
    default_user_settled: bool,
    /// Where keywords that count once stand first.
    first: BTreeMap<&'static str, Place>,
    /// `net_namespace_ipvs`: a name, or none for the machine's own.
    ipvs_namespace: Option<Option<String>>,
    /// `reload_file`: a path, or none for the usual one.
    marker: Option<Option<PathBuf>>,
    vmac_address_prefix: Option<String>,
    mail: MailDraft,
    monitor: MonitorDraft,
    sync_daemon: Option<SyncDraft>,
    fifos: FifoDrafts,
    scripts: SupervisorScripts,
}

impl GlobalDraft {
    /// Whether `lvs_sync_daemon` was read.
    pub(super) fn has_sync_daemon(&self) -> bool {
        self.sync_daemon.is_some()
    }
}

impl Builder<'_> {
    /// A root keyword without a block. False: it is none.
    pub(super) fn plain_root_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        self.in_global = true;
        let known = self.root_setting(keyword, statement);
        self.in_global = false;
        let is_missing = statement
            .keyword
            .is_some_and(|row| row.missing_feature.is_some());
        if known && is_missing {
            self.not_built(statement);
        }
        known
    }

    fn root_setting(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "use_pid_dir" => self.global.config.use_pid_dir = true,
            "child_wait_time" => self.global_time(statement, |global| &mut global.child_wait_time),
            "linkbeat_use_polling" => self.global.config.poll_links = true,
            "net_namespace" | "net_namespace_ipvs" | "instance" => {
                self.name_of_machine(keyword, statement);
            }
            "namespace_with_ipsets" => {
                self.firewall_keyword(keyword, statement);
            }
            _ => return false,
        }
        true
    }

    /// The first one counts.
    fn name_of_machine(&mut self, keyword: &str, statement: &Statement) {
        let word = self.word_setting(statement);
        if word.is_none() && keyword != "net_namespace_ipvs" {
            return self.nothing_after(statement);
        }
        if !self.is_first(statement, word.as_deref().unwrap_or_default()) {
            return;
        }
        let config = &mut self.global.config;
        match keyword {
            "net_namespace" => (config.net_namespace, config.use_pid_dir) = (word, true),
            "instance" => (config.instance, config.use_pid_dir) = (word, true),
            _ => self.global.ipvs_namespace = Some(word),
        }
    }

    pub(super) fn global_defs(&mut self, block: &Statement) {
        self.in_global = true;
        for statement in &block.block {
            self.global_statement(statement);
        }
        self.in_global = false;
    }

    fn global_statement(&mut self, statement: &Statement) {
        let Some(row) = statement.keyword else {
            return;
        };
        // Strict mode is told of each instance.
        if row.missing_feature.is_some() && row.keyword != "vrrp_strict" {
            self.not_built(statement);
        }
        if row.form == Form::Checked && statement.arguments().is_empty() {
            return self.nothing_after(statement);
        }
        let keyword = row.keyword;
        let known = keyword == "router_id" && self.router_id(statement)
            || keyword == "random_seed" && self.random_seed(statement)
            || self.process_keyword(keyword, statement)
            || self.script_keyword(keyword, statement)
            || self.mail_keyword(keyword, statement)
            || self.fifo_keyword(keyword, statement)
            || self.monitor_keyword(keyword, statement)
            || self.lvs_keyword(keyword, statement)
            || self.firewall_keyword(keyword, statement)
            || self.file_keyword(keyword, statement)
            || self.vrrp_keyword(keyword, statement);
        debug_assert!(known, "nothing reads {keyword}");
    }

    fn router_id(&mut self, statement: &Statement) -> bool {
        self.global_word(statement, |global| &mut global.router_id);
        true
    }

    fn random_seed(&mut self, statement: &Statement) -> bool {
        let read = self.int_setting(statement, "");
        let seed = &mut self.global.config.random_seed;
        *seed = read.or(*seed);
        true
    }

    /// At the end of the file, before everything else: what depends on other settings.
    // keepalived: init_global_data
    pub(super) fn finish_global(&mut self) {
        if self.global.config.router_id.is_empty() {
            self.global.config.router_id = self.host.host_name();
        }
        let config = &mut self.global.config;
        for process in [
            &mut config.vrrp_process,
            &mut config.checker_process,
            &mut config.bfd_process,
        ] {
            if process.name.is_none() {
                process.name.clone_from(&config.process_name);
            }
        }
        let own = self.global.ipvs_namespace.take();
        config.ipvs_namespace = own.unwrap_or_else(|| config.net_namespace.clone());
        self.finish_mail();
        self.finish_monitor();
        self.finish_files();
        self.finish_vrrp();
    }

    /// At the end of the file: scripts of the supervisor and of FIFOs.
    pub(super) fn finish_global_scripts(&mut self) {
        self.finish_supervisor_scripts();
        self.finish_fifos();
    }

    fn global_bool(&mut self, statement: &Statement, field: fn(&mut Global) -> &mut bool) {
        if let Some(on) = self.bool_setting(statement, "") {
            *field(&mut self.global.config) = on;
        }
    }

    fn draft_bool(&mut self, statement: &Statement, field: fn(&mut GlobalDraft) -> &mut bool) {
        if let Some(on) = self.bool_setting(statement, "") {
            *field(&mut self.global) = on;
        }
    }

    fn global_int<T: TryFrom<i64>>(
        &mut self,
        statement: &Statement,
        field: fn(&mut Global) -> &mut T,
    ) {
        if let Some(value) = self.int_setting(statement, "") {
            *field(&mut self.global.config) = value;
        }
    }

    fn global_time(&mut self, statement: &Statement, field: fn(&mut Global) -> &mut Duration) {
        if let Some(time) = self.time_setting(statement, "") {
            *field(&mut self.global.config) = time;
        }
    }

    fn global_word(&mut self, statement: &Statement, field: fn(&mut Global) -> &mut String) {
        if let Some(word) = self.word_setting(statement) {
            *field(&mut self.global.config) = word;
        }
    }

    /// Whether a keyword stands here for the first time; says so if it does not. `value`: what its line of the log shows.
    fn is_first(&mut self, statement: &Statement, value: &str) -> bool {
        let Some(row) = statement.keyword else {
            return false;
        };
        let place = &statement.head().place;
        let Some(first) = self.global.first.get(row.keyword) else {
            self.global.first.insert(row.keyword, place.clone());
            return true;
        };
        let log = row.log.unwrap_or_default();
        let log = log
            .replace("{keyword}", row.keyword)
            .replace("{value}", value);
        let sentence = format!("{} is there already; this one is ignored", row.keyword);
        let diagnostic = Diagnostic::warning(Code::Duplicate, sentence)
            .at(place)
            .related(&first.span, "the first one")
            .log(log)
            .status(Status::General);
        self.push(diagnostic);
        false
    }

    /// A keyword that wants a word and has none; the original goes on.
    fn nothing_after(&mut self, statement: &Statement) {
        let Some(row) = statement.keyword else {
            return;
        };
        let log = row.log_missing.unwrap_or_default();
        self.missing_value(statement, &log.replace("{keyword}", row.keyword));
    }

    /// An old spelling that the original still takes, and does not count.
    fn renamed(&mut self, statement: &Statement, instead: &str) {
        let head = statement.head();
        let name = head.text();
        let sentence = format!("{name} is an old spelling; use {instead}");
        let log = format!("Keyword '{name}' is deprecated - please use '{instead}'");
        let diagnostic = Diagnostic::warning(Code::Deprecated, sentence).about(&head.place);
        self.push(diagnostic.log(log));
    }
}
