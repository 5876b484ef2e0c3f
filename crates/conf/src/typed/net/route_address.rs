//! Addresses in routes: destination, gateways, sources.

use vrrp::Family;

use super::line::{Dropped, Line};
use super::route::RouteDraft;
use crate::config::NextHop;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::typed::Builder;
use crate::value::c_unsigned;
use crate::word::Word;

impl Builder<'_> {
    /// Options with an address, and `inet` and `inet6`.
    pub(super) fn route_address(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<bool, Dropped> {
        const MIXED: &str = "Cannot mix IPv4 and IPv6 addresses for route";
        match &*option.bytes {
            b"inet" | b"inet6" => self.line_family(&mut draft.family, option, "route")?,
            b"src" => {
                let word = self.option_word(line)?;
                let log = format!("invalid route src address {}", word.text());
                let address = self.plain_address(word, "src", log)?;
                self.one_family(&mut draft.family, "route", Family::of(address), word, MIXED)?;
                draft.route.source = Some(address);
            }
            b"via" => self.route_gateway(line, draft, MIXED)?,
            b"gw" => {
                self.deprecated_option(
                    option,
                    "via",
                    "\"gw\" for routes is deprecated. Please use \"via\"",
                );
                self.route_gateway(line, draft, MIXED)?;
            }
            b"or" => self.second_gateway(option, line, draft)?,
            b"from" => {
                let word = self.option_word(line)?;
                let found = word.text();
                let log = format!("invalid route from address {found}");
                let target = self.target_option(word, "from", log)?;
                if target.family() != Some(Family::V6) {
                    return self.leave_line_out(
                        Code::FamilyMismatch,
                        word,
                        format!(
                            "from must be an IPv6 address, found {found}; the line is left out"
                        ),
                        format!("route from address only supported with IPv6 ({found})"),
                    );
                }
                self.one_family(&mut draft.family, "route", Family::V6, word, MIXED)?;
                draft.route.from = Some(target.of(Family::V6));
            }
            b"as" => {
                if self.option_word(line)?.is("to") {
                    line.next();
                }
                self.push(
                    Diagnostic::warning(
                        Code::NotSupported,
                        "a route does not translate addresses; as is ignored",
                    )
                    .at(&option.place)
                    .log("\"as to\" for MPLS only - ignoring")
                    .status(Status::General),
                );
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn deprecated_option(&mut self, option: &Word, instead: &str, log: &str) {
        let name = option.text();
        let sentence = format!("{name} is deprecated; use {instead}");
        self.push(
            Diagnostic::warning(Code::Deprecated, sentence)
                .at(&option.place)
                .log(log)
                .status(Status::General),
        );
    }

    fn route_gateway(
        &mut self,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
        mixed: &str,
    ) -> Result<(), Dropped> {
        let word = self.gateway_word(line, draft, mixed)?;
        let log = format!("invalid route via address {}", word.text());
        let address = self.plain_address(word, "via", log)?;
        self.one_family(&mut draft.family, "route", Family::of(address), word, mixed)?;
        draft.route.gateway = Some(address);
        Ok(())
    }

    /// The address behind `via`, and the family that may stand before it.
    pub(super) fn gateway_word<'e>(
        &mut self,
        line: &mut Line<'e>,
        draft: &mut RouteDraft,
        mixed: &str,
    ) -> Result<&'e Word, Dropped> {
        let word = self.option_word(line)?;
        let family = match &*word.bytes {
            b"inet" => Family::V4,
            b"inet6" => Family::V6,
            _ => return Ok(word),
        };
        self.one_family(&mut draft.family, "route", family, word, mixed)?;
        self.option_word(line)
    }

    /// `via A or B`: two next hops, as they were written once.
    fn second_gateway(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<(), Dropped> {
        let log = "\"or\" for routes is deprecated. Please use \"nexthop\"";
        self.deprecated_option(option, "nexthop", log);
        if !draft.route.next_hops.is_empty() {
            line.next();
            self.push(
                Diagnostic::warning(Code::Duplicate, "there is an or already; ignored")
                    .at(&option.place)
                    .log("\"or\" route already specified - ignoring subsequent")
                    .status(Status::General),
            );
            return Ok(());
        }
        let word = self.option_word(line)?;
        let log = format!("Invalid \"or\" address {}", word.text());
        let second = self.plain_address(word, "or", log)?;
        let first = draft.route.gateway.take();
        let hops = first.into_iter().chain([second]).map(|gateway| NextHop {
            gateway: Some(gateway),
            ..NextHop::default()
        });
        draft.route.next_hops = hops.collect();
        Ok(())
    }

    /// `[to] [TYPE] DESTINATION`: what no option is called.
    pub(super) fn route_destination(
        &mut self,
        word: &Word,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<(), Dropped> {
        let mut word = word;
        if word.is("to") {
            word = self.option_word(line)?;
        } else if let Some(kind) = route_type(&word.text()) {
            draft.route.kind = kind;
            word = self.option_word(line)?;
        }
        let found = word.text();
        let Some(target) = self.read_target(word) else {
            return self.unknown_route_word(word);
        };
        match target.family() {
            Some(family) => {
                let log = format!("Cannot mix IPv4 and IPv6 addresses for route ({found})");
                self.one_family(&mut draft.family, "route", family, word, log)?;
            }
            None if draft.family.is_some() => {
                self.better_here(
                    word,
                    "takes this for two families, and leaves the route out",
                );
            }
            None => {}
        }
        draft.destination = Some(target);
        Ok(())
    }

    /// What is no option and no destination either.
    fn unknown_route_word(&mut self, word: &Word) -> Result<(), Dropped> {
        let found = word.text();
        let sentence = if found.contains(['.', ':', '/']) {
            format!("the destination must be an address, found {found}; the line is left out")
        } else {
            format!("a route has no option {found}; the line is left out")
        };
        let near = self.near_option("virtual_routes (line)", &found);
        self.push(
            Diagnostic::error(Code::InvalidValue, sentence)
                .at(&word.place)
                .maybe_hint(near)
                .log(format!("VRRP parsed invalid IP {found}. skipping IP..."))
                .log(format!("unknown route keyword {found}"))
                .status(Status::General),
        );
        Err(Dropped)
    }
}

/// The kernel's number of a type of route, by name or number.
// keepalived: find_rttables_rtntype
pub(super) fn route_type(text: &str) -> Option<u8> {
    Some(match text {
        "unicast" => 1,
        "local" => 2,
        "broadcast" | "brd" => 3,
        "anycast" => 4,
        "multicast" => 5,
        "blackhole" => 6,
        "unreachable" => 7,
        "prohibit" => 8,
        "throw" => 9,
        "nat" => 10,
        "xresolve" => 11,
        number => u8::try_from(c_unsigned(number)?).ok()?,
    })
}
