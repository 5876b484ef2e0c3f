//! Figures out of captures.

use std::net::IpAddr;
use std::time::Duration;

use crate::{ChangeKind, Monitor, Record, Stamp};

/// How a virtual router moved from one host to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeOver {
    /// The last advert of the old master.
    pub last: Stamp,
    /// The host that took over.
    pub host: String,
    /// Its first advert.
    pub first: Stamp,
    /// First advert after the last one.
    pub advert: Duration,
    /// When the VIP was in the new master's kernel, counted from the old master's last advert; needs
    /// a monitor there.
    pub address: Option<Duration>,
}

/// The silence between two adverts of one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The advert before it.
    pub from: Stamp,
    /// How long it was.
    pub length: Duration,
}

/// The last take-over of a virtual router in a capture.
pub fn take_over(records: &[Record], vrid: u8) -> Option<TakeOver> {
    take_over_after(records, vrid, Stamp::ZERO, None)
}

/// The first take-over whose first new advert comes after a moment; with the new master's monitor and
/// a VIP it also says when that was in the kernel.
pub fn take_over_after(
    records: &[Record],
    vrid: u8,
    after: Stamp,
    kernel: Option<(&Monitor, IpAddr)>,
) -> Option<TakeOver> {
    let adverts: Vec<&Record> = records
        .iter()
        .filter(|record| record.advert_of(vrid).is_some())
        .collect();
    let mut pairs = adverts.windows(2).filter_map(|pair| match pair {
        [old, new] if old.host != new.host && new.time > after => Some((*old, *new)),
        _ => None,
    });
    let found = if after == Stamp::ZERO {
        pairs.next_back()
    } else {
        pairs.next()
    };
    let (old, new) = found?;
    let address = kernel.and_then(|(monitor, vip)| {
        let mut changes = monitor.changes().into_iter();
        let added = ChangeKind::AddressAdded(vip);
        let change = changes.find(|change| change.kind == added && change.time >= old.time)?;
        Some(change.time - old.time)
    });
    Some(TakeOver {
        last: old.time,
        host: new.host.clone(),
        first: new.time,
        advert: new.time.saturating_sub(old.time),
        address,
    })
}

/// The gaps between the adverts of one host for a virtual router.
pub fn gaps(records: &[Record], host: &str, vrid: u8) -> Vec<Gap> {
    let ours = |record: &&Record| record.host == host && record.advert_of(vrid).is_some();
    let times: Vec<Stamp> = records
        .iter()
        .filter(ours)
        .map(|record| record.time)
        .collect();
    let gap = |pair: &[Stamp]| match *pair {
        [from, to] => Some(Gap {
            from,
            length: to.saturating_sub(from),
        }),
        _ => None,
    };
    times.windows(2).filter_map(gap).collect()
}

/// The longest of [`gaps`] that ends after a moment.
pub fn longest_gap(records: &[Record], host: &str, vrid: u8, after: Stamp) -> Option<Gap> {
    let late = |gap: &Gap| gap.from + gap.length > after;
    gaps(records, host, vrid)
        .into_iter()
        .filter(late)
        .max_by_key(|gap| gap.length)
}
