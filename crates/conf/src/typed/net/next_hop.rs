//! `nexthop`: the ways of a route that has several.

use vrrp::Family;

use super::line::{Dropped, Line};
use super::route::RouteDraft;
use crate::config::NextHop;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::typed::Builder;
use crate::word::Word;

impl Builder<'_> {
    /// Everything behind the first `nexthop`, to the end of the line.
    // keepalived: parse_nexthops
    pub(super) fn next_hops(
        &mut self,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<(), Dropped> {
        loop {
            let hop = self.next_hop(line, draft)?;
            draft.route.next_hops.push(hop);
            if !line.skip("nexthop") {
                break;
            }
        }
        if let Some(word) = line.peek() {
            let found = word.text();
            self.push(
                Diagnostic::warning(
                    Code::ExtraWords,
                    format!("{found} is no option of a nexthop, which must be the last of a route; the rest of the line is ignored"),
                )
                .at(&word.place)
                .log(format!(
                    "Route has trailing nonsense after nexthops - {found}"
                ))
                .status(Status::General),
            );
        }
        Ok(())
    }

    /// The options of one.
    fn next_hop(
        &mut self,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
    ) -> Result<NextHop, Dropped> {
        let mut hop = NextHop::default();
        while let Some(option) = line.peek() {
            match &*option.bytes {
                b"via" | b"dev" | b"weight" | b"onlink" | b"encap" | b"realms" | b"as" => {
                    line.next();
                    self.next_hop_option(option, line, draft, &mut hop)?;
                }
                _ => break,
            }
        }
        Ok(hop)
    }

    fn next_hop_option(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
        hop: &mut NextHop,
    ) -> Result<(), Dropped> {
        match &*option.bytes {
            b"via" => self.next_hop_gateway(line, draft, hop)?,
            b"dev" => hop.interface = Some(self.line_interface(line, "VROUTE nexthop")?),
            b"weight" => hop.weight = self.next_hop_weight(line)?,
            b"onlink" => hop.on_link = true,
            b"encap" => hop.encap = Some(self.encap_option(line, option)?),
            b"realms" => {
                let word = self.option_word(line)?;
                let log = format!("Invalid realms {} for route", word.text());
                hop.realms = Some(self.realms_option(word, log)?);
                let log = "realms are only supported for IPv4";
                self.one_family(&mut draft.family, "route", Family::V4, word, log)?;
            }
            _ => {
                self.option_word(line)?;
                return self.leave_line_out(
                    Code::NotSupported,
                    option,
                    "a nexthop has no address to translate to; the line is left out",
                    "'as [to]' (nat) not supported",
                );
            }
        }
        Ok(())
    }

    fn next_hop_gateway(
        &mut self,
        line: &mut Line<'_>,
        draft: &mut RouteDraft,
        hop: &mut NextHop,
    ) -> Result<(), Dropped> {
        let word = self.gateway_word(line, draft, "IPv4/6 mismatch for nexthop")?;
        let log = format!("invalid nexthop address {}", word.text());
        let address = self.plain_address(word, "the gateway of a nexthop", log)?;
        let log = "Address family mismatch for next hop";
        self.one_family(&mut draft.family, "route", Family::of(address), word, log)?;
        hop.gateway = Some(address);
        Ok(())
    }

    fn next_hop_weight(&mut self, line: &mut Line<'_>) -> Result<u16, Dropped> {
        let log = |found: &str| format!("Invalid weight {found} specified for route");
        let zero = line.peek().filter(|word| word.is("0"));
        let weight = self.number_option(line, 256, "weight", log)?;
        if weight == 0 {
            let word = zero.unwrap_or(line.head());
            return self.leave_line_out(
                Code::OutOfRange,
                word,
                "weight must be 1..=256, found 0; the line is left out",
                "Invalid weight 0 specified for route",
            );
        }
        u16::try_from(weight).map_err(|_| Dropped)
    }
}
