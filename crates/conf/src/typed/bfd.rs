//! `bfd_instance`.

use std::net::IpAddr;
use std::time::Duration;

use vrrp::Weight;

use super::Builder;
use crate::config::Bfd;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::{Statement, missing_parameter};
use crate::word::Word;

/// The longest name.
const LONGEST_NAME: usize = 31;
/// Intervals above this are hardly meant.
const SENSIBLE: Duration = Duration::from_secs(10);

/// One session, as far as it was read.
pub(super) struct BfdDraft {
    pub(super) name: String,
    pub(super) place: Place,
    neighbor: Option<(IpAddr, Place)>,
    /// The neighbour is not an address; why there is no session is said.
    neighbor_failed: bool,
    source: Option<(IpAddr, Place)>,
    min_rx: Duration,
    min_tx: Duration,
    idle_tx: Duration,
    multiplier: u8,
    passive: bool,
    ttl: Option<u8>,
    max_hops: Option<(i16, Place)>,
    multihop: bool,
    pub(super) weight: Weight,
    vrrp: bool,
    checker: bool,
    /// An instance or group tracks it.
    pub(super) used: bool,
    /// It can run.
    session: bool,
}

impl BfdDraft {
    // keepalived: alloc_bfd
    fn new(name: &Word) -> Self {
        Self {
            name: name.text(),
            place: name.place.clone(),
            neighbor: None,
            neighbor_failed: false,
            source: None,
            min_rx: Duration::from_millis(10),
            min_tx: Duration::from_millis(10),
            idle_tx: Duration::from_secs(1),
            multiplier: 5,
            passive: false,
            ttl: None,
            max_hops: None,
            multihop: false,
            weight: Weight::default(),
            vrrp: false,
            checker: false,
            used: false,
            session: false,
        }
    }

    /// Whether VRRP hears of it: also if no process is named.
    pub(super) fn is_for_vrrp(&self) -> bool {
        self.vrrp || !self.checker
    }

    pub(super) fn is_for_checkers(&self) -> bool {
        self.checker || !self.vrrp
    }

    fn source(&self) -> Option<IpAddr> {
        self.source.as_ref().map(|(source, _)| *source)
    }

    fn default_ttl(&self) -> u8 {
        match self.neighbor {
            Some((IpAddr::V6(_), _)) => 64,
            Some((IpAddr::V4(_), _)) | None => 255,
        }
    }

    /// The session, if it can run.
    pub(super) fn finish(self) -> Option<Bfd> {
        let ttl = self.ttl.unwrap_or(self.default_ttl());
        let max_hops = self.max_hops.as_ref().map_or(0, |(hops, _)| *hops);
        let session = Bfd {
            neighbor: self.neighbor.as_ref().map(|(ip, _)| *ip)?,
            source: self.source(),
            min_rx: self.min_rx,
            min_tx: self.min_tx,
            idle_tx: self.idle_tx,
            multiplier: self.multiplier,
            passive: self.passive,
            ttl,
            max_hops: u8::try_from(max_hops).ok(),
            multihop: self.multihop,
            weight: self.weight,
            vrrp: self.is_for_vrrp(),
            checker: self.is_for_checkers(),
            name: self.name,
        };
        self.session.then_some(session)
    }
}

impl Builder<'_> {
    // keepalived: bfd_handler
    pub(super) fn bfd_instance(&mut self, block: &Statement) {
        self.not_built(block);
        let Some(name) = block.arguments().first() else {
            let place = &block.head().place;
            return self.push(missing_parameter(place, "bfd_instance", "bfd_instance", 2));
        };
        if self.is_bad_bfd_name(name) {
            return;
        }
        let mut draft = BfdDraft::new(name);
        for statement in &block.block {
            self.bfd_statement(statement, &mut draft);
            if draft.neighbor_failed {
                break; // What follows is passed over.
            }
        }
        self.keep_bfd(draft, &block.end);
    }

    fn is_bad_bfd_name(&mut self, name: &Word) -> bool {
        let text = name.text();
        if name.bytes.len() > LONGEST_NAME {
            let sentence = format!(
                "the name of a bfd_instance has {LONGEST_NAME} bytes at the most; it is left out"
            );
            let log = format!(
                "Configuration error: BFD instance {text} name too long (maximum length is {LONGEST_NAME} characters) - ignoring"
            );
            self.push(
                Diagnostic::error(Code::InvalidValue, sentence)
                    .at(&name.place)
                    .log(format!("BFD name {text} too long"))
                    .log(log)
                    .status(Status::General),
            );
            return true;
        }
        let Some(known) = self.trackers.bfds.find(&text) else {
            return false;
        };
        let first = known.place.span.clone();
        let sentence = format!("bfd_instance {text} is there already; this one is left out");
        self.push(
            Diagnostic::error(Code::Duplicate, sentence)
                .at(&name.place)
                .related(&first, "the first one")
                .log(format!("BFD {text} already specified"))
                .status(Status::General),
        );
        true
    }

    fn bfd_statement(&mut self, statement: &Statement, draft: &mut BfdDraft) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        let name = draft.name.clone();
        let placed = |ip| (ip, statement.words[1].place.clone());
        match keyword.keyword {
            "neighbor_ip" | "neighbour_ip" => match self.ip_setting(statement, &name) {
                Some(ip) => draft.neighbor = Some(placed(ip)),
                None => draft.neighbor_failed = true,
            },
            "source_ip" => {
                let read = self.ip_setting(statement, &name).map(placed);
                draft.source = read.or(draft.source.take());
            }
            "min_rx" => draft.min_rx = self.bfd_interval(statement, &name, draft.min_rx),
            "min_tx" => draft.min_tx = self.bfd_interval(statement, &name, draft.min_tx),
            "idle_tx" => draft.idle_tx = self.bfd_interval(statement, &name, draft.idle_tx),
            "multiplier" => {
                let read = self.int_setting(statement, &name);
                draft.multiplier = read.unwrap_or(draft.multiplier);
            }
            "passive" => draft.passive = true,
            "ttl" | "hoplimit" => draft.ttl = self.int_setting(statement, &name).or(draft.ttl),
            "max_hops" => {
                let read = self.int_setting(statement, &name);
                let placed = read.map(|hops| (hops, statement.words[1].place.clone()));
                draft.max_hops = placed.or(draft.max_hops.take());
            }
            "multihop" => {
                let read = self.bool_setting(statement, &name);
                draft.multihop = read.unwrap_or(draft.multihop);
            }
            "weight" => self.bfd_weight(statement, draft),
            "vrrp" => draft.vrrp = true,
            "checker" => draft.checker = true,
            _ => self.not_built(statement),
        }
    }

    fn bfd_interval(&mut self, statement: &Statement, name: &str, before: Duration) -> Duration {
        let Some(interval) = self.time_setting(statement, name) else {
            return before;
        };
        if interval > SENSIBLE {
            let (keyword, word) = (statement.head().text(), &statement.words[1]);
            let found = word.text();
            let sentence =
                format!("{keyword} is in milliseconds: {found} is more than ten seconds");
            let log = format!(
                "Configuration warning: BFD instance {name} {keyword} value {found} is larger than max sensible (10000)"
            );
            let diagnostic = Diagnostic::warning(Code::Adjusted, sentence);
            self.push(diagnostic.at(&word.place).log(log));
        }
        interval
    }

    fn bfd_weight(&mut self, statement: &Statement, draft: &mut BfdDraft) {
        let name = &draft.name;
        if let Some(value) = self.int_setting(statement, name) {
            draft.weight.value = value;
        }
        let log = |option: &str| {
            format!("Configuration error: BFD instance {name} unknown weight option {option}")
        };
        draft.weight.reverse |= self.is_reverse(statement, log);
    }

    /// Tracked by its name in any case; without what a session needs it never comes up.
    // keepalived: bfd_end_handler
    fn keep_bfd(&mut self, mut draft: BfdDraft, end: &Place) {
        draft.session = self.is_session(&draft, end);
        if draft.session {
            self.limit_hops(&mut draft, end);
            if let Some((neighbor, _)) = draft.neighbor {
                let known = self.trackers.sessions.entry((neighbor, draft.multihop));
                known
                    .or_default()
                    .insert(draft.source(), draft.place.clone());
            }
        }
        self.trackers.bfds.push(draft.name.clone(), draft);
    }

    fn is_session(&mut self, draft: &BfdDraft, end: &Place) -> bool {
        if draft.neighbor_failed {
            return false;
        }
        let name = &draft.name;
        let error = format!("Configuration error: BFD instance {name}");
        let Some((neighbor, place)) = &draft.neighbor else {
            let sentence = format!("{name} has no neighbor_ip; it is left out");
            let log = format!("{error} has no neighbor address set, disabling instance");
            self.no_session(
                Diagnostic::error(Code::MissingSetting, sentence)
                    .at(end)
                    .log(log),
            );
            return false;
        };
        let source = draft.source.as_ref();
        if let Some((source, place)) =
            source.filter(|(source, _)| source.is_ipv4() != neighbor.is_ipv4())
        {
            let sentence = format!(
                "source_ip {source} and neighbor_ip {neighbor} are of different families; {name} is left out"
            );
            let log = format!(
                "{error} source address {source} and neighbor address {neighbor} are not of the same family, disabling instance"
            );
            self.no_session(
                Diagnostic::error(Code::FamilyMismatch, sentence)
                    .at(place)
                    .related(&end.span, "the block ends here")
                    .log(log),
            );
            return false;
        }
        // Without a source it may be any of those that are given.
        let known = self.trackers.sessions.get(&(*neighbor, draft.multihop));
        let first = known.and_then(|known| {
            let without = known.get(&None);
            without.or_else(|| match draft.source() {
                None => known.values().next(),
                source => known.get(&source),
            })
        });
        let Some(first) = first else {
            return true;
        };
        let log = match source {
            Some((source, _)) => format!(
                "{error} has duplicate source/neighbor address {source}/{neighbor}, ignoring instance"
            ),
            None => format!("{error} has duplicate neighbor address {neighbor}, ignoring instance"),
        };
        let sentence =
            format!("there is a session between these addresses already; {name} is left out");
        let diagnostic = Diagnostic::error(Code::Duplicate, sentence)
            .at(place)
            .related(&first.span, "the first one")
            .related(&end.span, "the block ends here")
            .log(log);
        self.no_session(diagnostic);
        false
    }

    fn no_session(&mut self, diagnostic: Diagnostic) {
        self.push(diagnostic.status(Status::General));
    }

    /// -1 counts as 255, as in the original.
    fn limit_hops(&mut self, draft: &mut BfdDraft, end: &Place) {
        let ttl = draft.ttl.unwrap_or(draft.default_ttl());
        let Some((hops, place)) = &mut draft.max_hops else {
            return;
        };
        let as_byte = u8::try_from(*hops).unwrap_or(u8::MAX);
        if as_byte <= ttl {
            return;
        }
        let sentence = format!("max_hops is at most ttl, {ttl}; found {hops}, using {ttl}");
        let log = format!(
            "BFD instance {}: max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit",
            draft.name
        );
        let diagnostic = Diagnostic::warning(Code::OutOfRange, sentence)
            .at(place)
            .related(&end.span, "the block ends here")
            .log(log)
            .status(Status::General);
        *hops = i16::from(ttl);
        self.push(diagnostic);
    }
}
