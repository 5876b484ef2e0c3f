//! `BFD Topology`.

use std::fmt::{self, Write as _};

use super::{capital_yes, truth};
use crate::config::{Bfd, Config};

pub(super) fn write(out: &mut String, config: &Config) -> fmt::Result {
    if !config.bfds.is_empty() {
        writeln!(out, "------< BFD Topology >------")?;
    }
    config
        .bfds
        .iter()
        .try_for_each(|bfd| write_session(out, bfd))
}

// keepalived: dump_bfd
fn write_session(out: &mut String, bfd: &Bfd) -> fmt::Result {
    writeln!(out, " BFD Instance = {}", bfd.name)?;
    writeln!(out, "   Neighbor IP = {}", bfd.neighbor)?;
    if let Some(source) = bfd.source {
        writeln!(out, "   Source IP = {source}")?;
    }
    writeln!(
        out,
        "   Required min RX interval = {} us",
        bfd.min_rx.as_micros()
    )?;
    writeln!(
        out,
        "   Desired min TX interval = {} us",
        bfd.min_tx.as_micros()
    )?;
    writeln!(
        out,
        "   Desired idle TX interval = {} us",
        bfd.idle_tx.as_micros()
    )?;
    writeln!(out, "   Detection multiplier = {}", bfd.multiplier)?;
    let ttl = match bfd.neighbor.is_ipv4() {
        true => "TTL",
        false => "hoplimit",
    };
    writeln!(out, "   {ttl} = {}", bfd.ttl)?;
    let hops = bfd.max_hops.map_or(-1, i16::from);
    writeln!(out, "   max_hops = {hops}")?;
    writeln!(out, "   passive = {}", truth(bfd.passive))?;
    writeln!(
        out,
        "   send event to VRRP process = {}",
        capital_yes(bfd.vrrp)
    )?;
    writeln!(
        out,
        "   send event to checker process = {}",
        capital_yes(bfd.checker)
    )
}
