//! What holds for all virtual servers.

use std::net::IpAddr;
use std::slice::Iter;
use std::time::Duration;

use vrrp::InstanceConfig;

use crate::config::global::{FlushOnStop, SyncDaemon};
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

/// The longest name of an interface.
const INTERFACE: usize = 15;
/// What a datagram of UDP can carry.
const LONGEST: u32 = 65535 - 20 - 8;
const MOST_SECONDS: u32 = 31 * 24 * 3600;

/// `lvs_sync_daemon` as far as it was read.
pub(super) struct SyncDraft {
    daemon: SyncDaemon,
    id: Option<u8>,
    place: Place,
}

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn lvs_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "lvs_timeouts" => self.lvs_timeouts(statement),
            "lvs_flush" => self.global.config.lvs.flush = true,
            "lvs_flush_on_stop" => self.flush_on_stop(statement),
            "lvs_flush_onstop" => {
                self.renamed(statement, "lvs_flush_on_stop");
                self.flush_on_stop(statement);
            }
            "lvs_sync_daemon" => self.sync_daemon(statement),
            "checker_log_all_failures" => {
                self.global_bool(statement, |global| &mut global.lvs.log_all_failures);
            }
            "rs_init_notifies" => {
                self.global_bool(statement, |global| &mut global.lvs.init_notifies);
            }
            _ => return false,
        }
        true
    }

    fn flush_on_stop(&mut self, statement: &Statement) {
        self.global.config.lvs.flush_on_stop = if statement.arguments().is_empty() {
            FlushOnStop::Everything
        } else if self.choice_setting(statement, "").is_some() {
            FlushOnStop::VirtualServices
        } else {
            return;
        };
    }

    // keepalived: lvs_timeouts
    fn lvs_timeouts(&mut self, statement: &Statement) {
        if statement.arguments().len() < 2 {
            let log = "lvs_timeouts requires at least one option";
            return self.lvs_option(
                &statement.words[1],
                "lvs_timeouts needs `tcp`, `tcpfin` or `udp` and a number of seconds; ignored",
                log,
            );
        }
        let mut words = statement.arguments().iter();
        while let Some(word) = words.next() {
            let option = word.text();
            if !matches!(option.as_str(), "tcp" | "tcpfin" | "udp") {
                let log = format!("Unknown option {option} specified for lvs_timeouts");
                let sentence = format!("lvs_timeouts has no option {option}; ignored");
                self.lvs_option(word, &sentence, log);
                continue;
            }
            let Some(value) = words.next() else {
                let log = format!("No value specified for lvs_timeout {option} - ignoring");
                let sentence = format!("{option} needs a number of seconds; ignored");
                return self.lvs_option(word, &sentence, log);
            };
            let log = format!("Invalid lvs_timeout {option} ({}) - ignoring", value.text());
            let wrong = Wrong::new(&option, "ignored", log);
            let seconds = self.unsigned(value, 0..=MOST_SECONDS, &wrong);
            let timeouts = &mut self.global.config.lvs.timeouts;
            let timeout = match option.as_str() {
                "tcp" => &mut timeouts.tcp,
                "tcpfin" => &mut timeouts.tcp_fin,
                _ => &mut timeouts.udp,
            };
            let seconds = seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
            *timeout = seconds.or(*timeout);
        }
    }

    /// A complaint about one word.
    fn lvs_option(&mut self, word: &Word, sentence: &str, log: impl Into<String>) {
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
    }

    // keepalived: lvs_syncd_handler
    fn sync_daemon(&mut self, statement: &Statement) {
        if let Some(first) = &self.global.sync_daemon {
            let (interface, place) = (&first.daemon.interface, first.place.clone());
            let instance = first.daemon.instance.clone().unwrap_or_default();
            let sentence = "lvs_sync_daemon is there already; this one is ignored";
            let log = format!(
                "lvs_sync_daemon has already been specified as {interface} {instance} - ignoring"
            );
            return self.push(
                Diagnostic::warning(Code::Duplicate, sentence)
                    .at(&statement.head().place)
                    .related(&place.span, "the first one")
                    .log(log)
                    .status(Status::General),
            );
        }
        let interface = &statement.words[1];
        let name = interface.text();
        if name.len() > INTERFACE {
            let sentence =
                format!("the name of an interface has {INTERFACE} bytes at the most; ignored");
            let log = format!("lvs_sync_daemon interface name '{name}' too long - ignoring");
            return self.lvs_option(interface, &sentence, log);
        }
        let mut draft = SyncDraft {
            daemon: SyncDaemon {
                interface: name,
                instance: None,
                id: 0,
                max_length: None,
                port: None,
                ttl: None,
                group: None,
            },
            id: None,
            place: interface.place.clone(),
        };
        let mut words = statement.arguments()[1..].iter();
        let mut position = 2;
        while let Some(word) = words.next() {
            let before = words.len();
            self.sync_option(position, word, &mut words, &mut draft);
            position += 1 + before - words.len();
        }
        self.global.sync_daemon = Some(draft);
    }

    fn sync_option(
        &mut self,
        position: usize,
        word: &Word,
        words: &mut Iter<'_, Word>,
        draft: &mut SyncDraft,
    ) {
        let option = word.text();
        if !matches!(
            option.as_str(),
            "inst" | "id" | "maxlen" | "port" | "ttl" | "group"
        ) {
            return self.sync_old_form(position, word, draft);
        }
        let Some(value) = words.next() else {
            let then = if option == "id" {
                ", defaulting to vrid"
            } else {
                " - ignoring"
            };
            let log = format!("No value specified for lvs_sync_daemon {option}{then}");
            return self.lvs_option(word, &format!("{option} needs a value; ignored"), log);
        };
        let daemon = &mut draft.daemon;
        match option.as_str() {
            "inst" => self.sync_instance(value, draft),
            "id" => draft.id = self.sync_number(value, "id", 0..=255).or(draft.id),
            "maxlen" => {
                let read = self.sync_number(value, "maxlen", 1..=LONGEST);
                daemon.max_length = read.or(daemon.max_length);
            }
            "port" => {
                let read = self.sync_number(value, "port", 1..=65535);
                daemon.port = read.or(daemon.port);
            }
            "ttl" => daemon.ttl = self.sync_number(value, "ttl", 1..=255).or(daemon.ttl),
            _ => daemon.group = self.sync_group(value).or(daemon.group),
        }
    }

    /// `IF INSTANCE ID`, without the words before them.
    fn sync_old_form(&mut self, position: usize, word: &Word, draft: &mut SyncDraft) {
        match position {
            2 => draft.daemon.instance = Some(word.text()),
            3 => {
                if let Some(id) = self.sync_number(word, "id", 0..=255) {
                    draft.id = Some(id);
                    let sentence = format!("write `id {id}`");
                    let log = "Please use keyword \"id\" before lvs_sync_daemon SYNCID";
                    self.lvs_option(word, &sentence, log);
                }
            }
            _ => {
                let option = word.text();
                let sentence = format!("lvs_sync_daemon has no option {option}; ignored");
                let log = format!("Unknown option {option} specified for lvs_sync_daemon");
                self.lvs_option(word, &sentence, log);
            }
        }
    }

    fn sync_instance(&mut self, word: &Word, draft: &mut SyncDraft) {
        let Some(known) = &draft.daemon.instance else {
            draft.daemon.instance = Some(word.text());
            return;
        };
        let sentence = format!("the instance is {known} already; ignored");
        let log = format!(
            "lvs_sync_daemon vrrp instance has already been specified as {known} - ignoring"
        );
        self.lvs_option(word, &sentence, log);
    }

    fn sync_number<T: TryFrom<u32>>(
        &mut self,
        word: &Word,
        what: &str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Option<T> {
        let found = word.text();
        let log = match what {
            "id" => format!("Invalid syncid ({found}) - defaulting to vrid"),
            _ => format!("Invalid lvs_sync_daemon {what} ({found}) - ignoring"),
        };
        let wrong = Wrong::new(what, "ignored", log);
        self.unsigned(word, range, &wrong)
            .and_then(|value| T::try_from(value).ok())
    }

    fn sync_group(&mut self, word: &Word) -> Option<IpAddr> {
        let found = word.text();
        let log = match found.parse::<IpAddr>() {
            Ok(group) if group.is_multicast() => return Some(group),
            Ok(_) => format!("lvs_sync_daemon group address {found} is not multicast - ignoring"),
            Err(_) => format!("Invalid lvs_sync_daemon group ({found}) - ignoring"),
        };
        let sentence = format!("group must be a multicast address, found {found}; ignored");
        self.lvs_option(word, &sentence, log);
        None
    }

    /// At the end of the file: the instance it follows, and the id that comes from there.
    pub(in crate::typed) fn finish_sync_daemon(&mut self, instances: &[InstanceConfig]) {
        let Some(mut draft) = self.global.sync_daemon.take() else {
            return;
        };
        let vrid = |name: &str| Some(instances.iter().find(|i| i.name == name)?.vrid);
        let followed = draft
            .daemon
            .instance
            .as_deref()
            .map(|name| (name, vrid(name)));
        if let Some((name, None)) = followed {
            // The original finds out when it runs, not under -t.
            let sentence =
                format!("there is no vrrp_instance {name} that runs; lvs_sync_daemon is left out");
            let log = format!(
                "Unable to find vrrp instance {name} for lvs_syncd - clearing lvs_syncd config"
            );
            let diagnostic = Diagnostic::warning(Code::UnknownName, sentence).about(&draft.place);
            return self.push(diagnostic.log(log));
        }
        let vrid = followed.and_then(|(_, vrid)| vrid);
        draft.daemon.id = draft.id.or(vrid).unwrap_or(0);
        self.global.config.lvs.sync_daemon = Some(draft.daemon);
    }
}
