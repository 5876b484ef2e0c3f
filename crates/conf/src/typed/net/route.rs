//! `virtual_routes` and `static_routes`: a route is a line.

use std::time::Duration;

use vrrp::Family;

use super::line::{Dropped, Line, Target};
use super::names::NameKind;
use super::statics::Kind;
use crate::config::{Network, OUR_PROTOCOL, Route, RouteMode, Table};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::word::Word;

/// A route, as far as its line was read.
pub(super) struct RouteDraft {
    /// Whether it is static, and may follow a group.
    kind: Kind,
    pub(super) family: Option<Family>,
    pub(super) destination: Option<Target>,
    /// The protocol, if one is given.
    protocol: Option<(u8, Word)>,
    pub(super) route: Route,
}

impl RouteDraft {
    fn new(kind: Kind) -> Self {
        let unknown = Network::everything(Family::V4);
        Self {
            kind,
            family: None,
            destination: None,
            protocol: None,
            route: Route::to(Family::V4, unknown),
        }
    }
}

/// Whether there are words to read.
enum Rest {
    Options,
    Nothing,
}

impl Builder<'_> {
    /// The routes of a block.
    pub(in crate::typed) fn routes(&mut self, block: &Statement, kind: Kind) -> Vec<Route> {
        let entries = block.block.iter();
        entries
            .filter_map(|entry| self.route_line(entry, kind).ok())
            .collect()
    }

    // keepalived: alloc_route
    fn route_line(&mut self, entry: &Statement, kind: Kind) -> Result<Route, Dropped> {
        let mut line = Line::new(entry);
        let mut draft = RouteDraft::new(kind);
        while let Some(word) = line.next() {
            match self.route_word(word, &mut line, &mut draft)? {
                Rest::Options => {}
                Rest::Nothing => break,
            }
        }
        self.complete_route(&line, draft)
    }

    fn route_word(
        &mut self,
        word: &Word,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<Rest, Dropped> {
        if word.is("nexthop") {
            return self
                .first_next_hop(word, line, draft)
                .map(|()| Rest::Nothing);
        }
        if self.route_address(word, line, draft)?
            || self.route_option(word, line, draft)?
            || self.route_option6(word, line, draft)?
            || self.route_metric(word, line, &mut draft.route.metrics)?
        {
            return Ok(Rest::Options);
        }
        if draft.kind == Kind::Static && word.is("track_group") {
            let group = &mut draft.route.track_group;
            let known = group.is_some();
            self.track_group(line, group)?;
            return if known {
                Err(Dropped)
            } else {
                Ok(Rest::Options)
            };
        }
        self.route_destination(word, line, draft)?;
        Ok(Rest::Options)
    }

    fn first_next_hop(
        &mut self,
        word: &Word,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<(), Dropped> {
        if draft.route.next_hops.is_empty() {
            return self.next_hops(line, draft);
        }
        self.push(
            Diagnostic::error(
                Code::Conflict,
                "a route has either or or nexthop; the line is left out",
            )
            .at(&word.place)
            .log("Cannot specify nexthops with \"or\" route")
            .log("Route has trailing nonsense - nexthop")
            .status(Status::General),
        );
        Err(Dropped)
    }

    /// Options of both families.
    fn route_option(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<bool, Dropped> {
        let route = &mut draft.route;
        match &*option.bytes {
            b"tos" | b"dsfield" => {
                let word = self.option_word(line)?;
                let log = format!("TOS value {} is invalid", word.text());
                route.tos = self.named_byte_option(word, NameKind::DsField, log)?;
            }
            b"table" => {
                let word = self.option_word(line)?;
                let log = format!("Routing table {} not found for route", word.text());
                route.table = Table::Number(self.named_option(word, NameKind::Table, log)?);
            }
            b"vrf" => route.table = self.route_vrf(line)?,
            b"protocol" => {
                let word = self.option_word(line)?;
                let log = format!("Protocol {} not found or invalid for route", word.text());
                let number = self.named_byte_option(word, NameKind::Protocol, log)?;
                draft.protocol = Some((number, word.clone()));
            }
            b"scope" => {
                let word = self.option_word(line)?;
                let log = format!("Scope {} not found or invalid for route", word.text());
                route.scope = Some(self.named_byte_option(word, NameKind::Scope, log)?);
            }
            b"metric" | b"priority" | b"preference" => {
                let log = |found: &str| format!("Invalid metric {found} specified for route");
                route.metric = Some(self.number_option(line, u32::MAX, "metric", log)?);
            }
            b"dev" | b"oif" => route.interface = Some(self.line_interface(line, "VROUTE nexthop")?),
            b"onlink" => route.on_link = true,
            b"encap" => route.encap = Some(self.encap_option(line, option)?),
            b"realms" => {
                let word = self.option_word(line)?;
                let log = format!("Invalid realms {} for route", word.text());
                route.realms = Some(self.realms_option(word, log)?);
                self.one_family(
                    &mut draft.family,
                    "route",
                    Family::V4,
                    option,
                    "realms are only valid for IPv4",
                )?;
            }
            b"ttl-propagate" => self.ttl_propagate(line, route)?,
            b"add" => route.mode = RouteMode::Add,
            b"prepend" => route.mode = RouteMode::Prepend,
            b"append" => route.mode = RouteMode::Append,
            b"no_track" => route.track = false,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn route_vrf(&mut self, line: &mut Line<'_>) -> Result<Table, Dropped> {
        let word = self.option_word(line)?;
        let name = word.text();
        let host = self.host;
        let is_vrf = self.statics.vrfs.entry(name.clone());
        if *is_vrf.or_insert_with(|| host.is_vrf(&name)) {
            return Ok(Table::Vrf(name));
        }
        let (sentence, log) = match self.interface(&name) {
            Some(_) => (
                format!("{name} is no VRF; the line is left out"),
                format!("Route specified VRF {name} is not a VRF"),
            ),
            None => (
                format!("there is no VRF {name}; the line is left out"),
                format!("VRF {name} not found for route"),
            ),
        };
        self.leave_line_out(Code::UnknownInterface, word, sentence, log)
    }

    /// The original takes a word it does not know for `disabled`.
    fn ttl_propagate(&mut self, line: &mut Line<'_>, route: &mut Route) -> Result<(), Dropped> {
        let word = self.option_word(line)?;
        match &*word.bytes {
            b"enabled" => route.ttl_propagate = Some(true),
            b"disabled" => route.ttl_propagate = Some(false),
            _ => {
                let found = word.text();
                self.push(
                    Diagnostic::warning(
                        Code::InvalidValue,
                        format!(
                            "ttl-propagate must be enabled or disabled, found {found}; ignored"
                        ),
                    )
                    .at(&word.place)
                    .expected("enabled or disabled")
                    .log(format!("ttl-propagate value {found} not recognised"))
                    .status(Status::General),
                );
            }
        }
        Ok(())
    }

    /// Options of IPv6 alone.
    fn route_option6(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<bool, Dropped> {
        match &*option.bytes {
            b"expires" => {
                let log = "expires is only valid for IPv6";
                self.one_family(&mut draft.family, "route", Family::V6, option, log)?;
                let log = |found: &str| format!("Invalid expires time {found} specified for route");
                let seconds = self.number_option(line, u32::MAX, "expires", log)?;
                draft.route.expires = Some(Duration::from_secs(u64::from(seconds)));
            }
            b"pref" => {
                let log = "pref is only valid for IPv6";
                self.one_family(&mut draft.family, "route", Family::V6, option, log)?;
                let number = match line.peek().map(|word| &*word.bytes) {
                    Some(b"medium") => 0,
                    Some(b"high") => 1,
                    Some(b"low") => 3,
                    Some(_) | None => {
                        let log =
                            |found: &str| format!("Invalid pref value {found} specified for route");
                        let number = self.number_option(line, 255, "pref", log)?;
                        draft.route.preference = u8::try_from(number).ok();
                        return Ok(true);
                    }
                };
                line.next();
                draft.route.preference = Some(number);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn complete_route(&mut self, line: &Line<'_>, draft: RouteDraft) -> Result<Route, Dropped> {
        let mut route = draft.route;
        let head = line.head();
        let Some(destination) = draft.destination else {
            let sentence = "a route must have a destination; the line is left out";
            let log = "Route must have a destination";
            return self.leave_line_out(Code::MissingSetting, head, sentence, log);
        };
        if let Some((protocol, word)) = draft.protocol {
            route.protocol = protocol;
            if route.track && protocol != OUR_PROTOCOL {
                route.protocol = OUR_PROTOCOL;
                self.not_our_protocol(&word, "Route");
            }
        }
        if route.track_group.is_some() && route.interface.is_none() {
            route.track_group = None;
            let log = "Static route cannot have track group if no oif specified";
            self.useless_track_group(head, "dev", log);
        }
        self.settle_track_group(head, route.track, &mut route.track_group);
        route.family = draft.family.unwrap_or(Family::V4);
        route.destination = destination.of(route.family);
        Ok(route)
    }

    /// A tracked route or rule is known by its protocol.
    pub(super) fn not_our_protocol(&mut self, word: &Word, what: &str) {
        let found = word.text();
        self.push(
            Diagnostic::warning(
                Code::Conflict,
                format!("what is tracked has protocol {OUR_PROTOCOL} (keepalived), not {found}; using {OUR_PROTOCOL}"),
            )
            .at(&word.place)
            .hint("with no_track it keeps its protocol")
            .log(format!("{what} cannot be tracked if protocol is not RTPROT_KEEPALIVED({OUR_PROTOCOL}), resetting protocol"))
            .status(Status::General),
        );
    }
}
