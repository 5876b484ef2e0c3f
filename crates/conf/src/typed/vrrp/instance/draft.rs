//! An instance, as far as it was read.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use vrrp::{Family, InitialState, Version};

use crate::config::{Instance, Peer, Route, Rule};
use crate::diagnostic::Place;
use crate::typed::global::GarpDraft;
use crate::typed::listed::Listed;
use crate::typed::net::{Vip, VipPlaces};
use crate::typed::track::Tracks;
use crate::typed::vrrp::authentication::AuthenticationDraft;
use crate::typed::vrrp::group::NotifyDraft;
use crate::typed::vrrp::hmac::HmacDraft;
use crate::typed::vrrp::vmac::VirtualDraft;
use crate::word::Word;

/// One instance, as far as it was read.
pub(in crate::typed) struct InstanceDraft {
    pub(in crate::typed) name: String,
    pub(in crate::typed) place: Place,
    /// Its closing brace.
    pub(in crate::typed) end: Place,
    /// Where each of its keywords was last, its value if it has one.
    pub(super) places: BTreeMap<&'static str, Place>,
    pub(in crate::typed) interface: Option<Word>,
    pub(in crate::typed) vrf: Option<Word>,
    pub(in crate::typed) vrid: Option<u8>,
    /// Told by the first address of any kind.
    pub(in crate::typed) family: Option<Family>,
    pub(in crate::typed) version: Option<Version>,
    pub(in crate::typed) priority: Option<u8>,
    pub(in crate::typed) state: Option<InitialState>,
    pub(in crate::typed) advert_interval: Option<Duration>,
    pub(in crate::typed) addresses: Listed<IpAddr, Vip>,
    pub(in crate::typed) excluded: Vec<Vip>,
    pub(in crate::typed) seen: VipPlaces,
    pub(in crate::typed) routes: Vec<Route>,
    pub(in crate::typed) rules: Vec<Rule>,
    pub(in crate::typed) authentication: AuthenticationDraft,
    pub(in crate::typed) hmac: Option<HmacDraft>,
    /// A keyword of unicast was used.
    pub(in crate::typed) unicast: Option<Place>,
    pub(in crate::typed) peers: Listed<IpAddr, (Peer, Place)>,
    pub(in crate::typed) source: Option<(IpAddr, Place)>,
    pub(in crate::typed) group: Option<IpAddr>,
    pub(in crate::typed) ttl: Option<u8>,
    pub(in crate::typed) check_source: bool,
    pub(in crate::typed) nopreempt: bool,
    pub(in crate::typed) preempt_delay: Duration,
    pub(in crate::typed) track_primary: bool,
    pub(in crate::typed) tracks: Tracks,
    pub(in crate::typed) links: VirtualDraft,
    pub(in crate::typed) garp: GarpDraft,
    pub(in crate::typed) garp_extra: Option<Duration>,
    pub(in crate::typed) garp_extra_all: bool,
    pub(in crate::typed) down_timer_adverts: Option<u8>,
    pub(in crate::typed) accept: Option<bool>,
    pub(in crate::typed) choices: Choices,
    pub(in crate::typed) notify: NotifyDraft,
    /// What is taken as it is written.
    pub(in crate::typed) settings: Instance,
}

/// Yes or no, or what is said elsewhere.
#[derive(Default)]
pub(in crate::typed) struct Choices {
    pub(in crate::typed) lower_prio_no_advert: Option<bool>,
    pub(in crate::typed) higher_prio_send_advert: Option<bool>,
    pub(in crate::typed) skip_check_adv_addr: Option<bool>,
    pub(in crate::typed) strict: Option<bool>,
    pub(in crate::typed) v3_checksum_as_v2: Option<bool>,
    pub(in crate::typed) owner_ignore_adverts: Option<bool>,
    pub(in crate::typed) smtp_alert: Option<bool>,
    pub(in crate::typed) notify_priority_changes: Option<bool>,
}

impl Choices {
    pub(super) fn slot(&mut self, keyword: &str) -> Option<&mut Option<bool>> {
        Some(match keyword {
            "lower_prio_no_advert" => &mut self.lower_prio_no_advert,
            "higher_prio_send_advert" => &mut self.higher_prio_send_advert,
            "skip_check_adv_addr" => &mut self.skip_check_adv_addr,
            "strict_mode" => &mut self.strict,
            "v3_checksum_as_v2" => &mut self.v3_checksum_as_v2,
            "owner_ignore_adverts" => &mut self.owner_ignore_adverts,
            "smtp_alert" => &mut self.smtp_alert,
            "notify_priority_changes" => &mut self.notify_priority_changes,
            _ => return None,
        })
    }
}

impl InstanceDraft {
    pub(super) fn new(name: &Word, end: &Place) -> Self {
        Self {
            name: name.text(),
            place: name.place.clone(),
            end: end.clone(),
            places: BTreeMap::new(),
            interface: None,
            vrf: None,
            vrid: None,
            family: None,
            version: None,
            priority: None,
            state: None,
            advert_interval: None,
            addresses: Listed::default(),
            excluded: Vec::new(),
            seen: VipPlaces::default(),
            routes: Vec::new(),
            rules: Vec::new(),
            authentication: AuthenticationDraft::default(),
            hmac: None,
            unicast: None,
            peers: Listed::default(),
            source: None,
            group: None,
            ttl: None,
            check_source: false,
            nopreempt: false,
            preempt_delay: Duration::ZERO,
            track_primary: true,
            tracks: Tracks::default(),
            links: VirtualDraft::default(),
            garp: GarpDraft::default(),
            garp_extra: None,
            garp_extra_all: false,
            down_timer_adverts: None,
            accept: None,
            choices: Choices::default(),
            notify: NotifyDraft::default(),
            settings: Instance::default(),
        }
    }

    /// Whether an address fits the family; the first one tells it.
    pub(in crate::typed) fn fits(&mut self, ip: IpAddr) -> bool {
        *self.family.get_or_insert(Family::of(ip)) == Family::of(ip)
    }

    /// Where a keyword was last; its name where it was not.
    pub(in crate::typed) fn place_of(&self, keyword: &str) -> &Place {
        self.places.get(keyword).unwrap_or(&self.place)
    }

    /// Flags that nothing else depends on while reading.
    pub(super) fn set_flag(&mut self, keyword: &str) -> bool {
        let settings = &mut self.settings;
        match keyword {
            "dont_track_primary" => self.track_primary = false,
            "accept" => self.accept = Some(true),
            "no_accept" => self.accept = Some(false),
            "preempt" => self.nopreempt = false,
            "nopreempt" => self.nopreempt = true,
            "check_unicast_src" => self.check_source = true,
            "no_virtual_ipaddress" => settings.no_addresses = true,
            "unicast_fault_no_peer" => settings.unicast_fault_no_peer = true,
            "use_vmac_addr" => settings.vmac_addresses = true,
            "vmac_xmit_base" => settings.vmac_xmit_base = true,
            "promote_secondaries" => settings.promote_secondaries = true,
            "track_src_ip" => settings.track_source = true,
            "linkbeat_use_polling" => settings.linkbeat_polling = true,
            _ => return false,
        }
        true
    }
}
