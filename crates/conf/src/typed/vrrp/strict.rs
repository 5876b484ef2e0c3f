//! Strict mode, and what an instance takes from the globals unless strict mode says otherwise.

use std::time::Duration;

use vrrp::{Family, GarpSchedule, InitialState, Version};

use super::instance::InstanceDraft;
use crate::diagnostic::{Code, Diagnostic, Effect, Status};
use crate::typed::Builder;

/// Settings with a default elsewhere, worked out.
pub(in crate::typed) struct Inherited {
    pub(in crate::typed) down_timer_adverts: u8,
    pub(in crate::typed) garp: GarpSchedule,
    pub(in crate::typed) lower_prio_no_advert: bool,
    pub(in crate::typed) higher_prio_send_advert: bool,
    pub(in crate::typed) skip_check_adv_addr: bool,
    pub(in crate::typed) owner_ignore_adverts: bool,
    pub(in crate::typed) accept: bool,
}

const DOWN_TIMER_ADVERTS: u8 = 3;

impl Builder<'_> {
    pub(in crate::typed) fn is_strict(&self, draft: &InstanceDraft) -> bool {
        draft.choices.strict.unwrap_or(self.global.strict)
    }

    /// A correction at a keyword, in the original's words.
    fn correct(&mut self, draft: &InstanceDraft, keyword: &str, sentence: &str, log: &str) {
        let log = format!("({}) {log}", draft.name);
        self.say(Code::Conflict, draft.place_of(keyword), sentence, log);
    }

    /// IPv6 has no version 2 to the letter of the RFC.
    pub(super) fn strict_version(
        &mut self,
        draft: &InstanceDraft,
        family: Family,
        version: Version,
    ) -> Version {
        if family == Family::V4 || version == Version::V3 || !self.is_strict(draft) {
            return version;
        }
        let log = "cannot use IPv6 with VRRP version 2; setting version 3";
        let sentence = "in strict mode IPv6 has no version 2; using 3";
        self.correct(draft, "version", sentence, log);
        Version::V3
    }

    pub(super) fn strict_state(
        &mut self,
        draft: &InstanceDraft,
        priority: u8,
        state: InitialState,
    ) -> InitialState {
        let owner = priority == 255;
        if !self.is_strict(draft) || draft.state.is_none() {
            return state;
        }
        let right = if owner {
            InitialState::Master
        } else {
            InitialState::Backup
        };
        if draft.state != Some(right) {
            let log = "State MASTER must match being address owner";
            let sentence = "in strict mode the address owner (priority 255) begins as MASTER, others as BACKUP; corrected";
            self.correct(draft, "state", sentence, log);
        }
        right
    }

    /// `None`: not in strict mode, where the interface can do without unicast; why is said.
    pub(super) fn strict_unicast(&mut self, draft: &InstanceDraft) -> Option<()> {
        if !self.is_strict(draft) || draft.peers.is_empty() {
            return Some(());
        }
        let facts = self.interface(&draft.interface.as_ref()?.text())?;
        if !facts.multicast {
            return Some(());
        }
        let name = &draft.name;
        self.push(
            Diagnostic::error(
                Code::Conflict,
                format!("strict mode has no unicast; {name} cannot run"),
            )
            .about(draft.place_of("unicast_peer"))
            .hint("take out unicast_peer, or strict_mode and vrrp_strict")
            .log(format!(
                "({name}) Unicast peers are not supported in strict mode"
            ))
            .status(Status::General)
            .effect(Effect::StopsVrrp),
        );
        None
    }

    /// RFC 9568 §5.2.9: the first IPv6 address is the link-local one.
    pub(super) fn first_address(&mut self, draft: &InstanceDraft) {
        let Some(first) = draft.addresses.iter().next() else {
            return;
        };
        let std::net::IpAddr::V6(ip) = first.address.address else {
            return;
        };
        if !draft.peers.is_empty() || ip.is_unicast_link_local() {
            return;
        }
        let place = first.place.clone();
        let strict = self.is_strict(draft);
        let must = if strict { "must" } else { "should" };
        let log = format!(
            "({}) the first IPv6 VIP address {must} be link local",
            draft.name
        );
        let sentence = format!("the first IPv6 address {must} be a link-local one (fe80::/10)");
        let diagnostic = Diagnostic::warning(Code::InvalidAddress, sentence).about(&place);
        let diagnostic = diagnostic.log(log);
        self.push(match strict {
            true => diagnostic.status(Status::General),
            false => diagnostic,
        });
    }

    // keepalived: vrrp_complete_instance
    pub(super) fn inherit(
        &mut self,
        draft: &mut InstanceDraft,
        priority: u8,
        version: Version,
    ) -> Inherited {
        let owner = priority == 255;
        Inherited {
            down_timer_adverts: self.down_timer(draft),
            accept: self.accept(draft, owner, version),
            garp: self.garp_schedule(draft),
            lower_prio_no_advert: self.lower_prio_no_advert(draft),
            higher_prio_send_advert: self.higher_prio_send_advert(draft),
            skip_check_adv_addr: draft
                .choices
                .skip_check_adv_addr
                .unwrap_or(self.global.skip_check_adv_addr),
            owner_ignore_adverts: self.owner_ignore_adverts(draft, owner),
        }
    }

    fn down_timer(&mut self, draft: &InstanceDraft) -> u8 {
        let wanted = draft.down_timer_adverts.or(self.global.down_timer_adverts);
        let wanted = wanted.unwrap_or(DOWN_TIMER_ADVERTS);
        if wanted == DOWN_TIMER_ADVERTS || !self.is_strict(draft) {
            return wanted;
        }
        let log = "down_timer_adverts is incompatible with strict mode - resetting";
        let sentence = "in strict mode down_timer_adverts is 3; used";
        self.correct(draft, "down_timer_adverts", sentence, log);
        DOWN_TIMER_ADVERTS
    }

    /// What `accept` says; strict mode is not built as far as packets would have to be filtered.
    fn accept(&mut self, draft: &InstanceDraft, owner: bool, version: Version) -> bool {
        let strict = self.is_strict(draft);
        let accept = draft.accept.unwrap_or(owner || !strict);
        if accept && !owner && strict && version == Version::V2 {
            let log =
                "warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting";
            let sentence = "strict version 2 has no accept; ignored";
            self.correct(draft, "accept", sentence, log);
            return self.unfiltered(draft);
        }
        match !accept && draft.accept.is_none() {
            true => self.unfiltered(draft),
            false => accept,
        }
    }

    fn unfiltered(&mut self, draft: &InstanceDraft) -> bool {
        let name = &draft.name;
        let sentence = format!(
            "strict mode is not supported yet as a filter: {name} accepts packets to its virtual addresses while master"
        );
        let diagnostic = Diagnostic::warning(Code::NotSupported, sentence);
        self.push(diagnostic.about(draft.place_of("strict_mode")));
        false
    }

    fn garp_schedule(&mut self, draft: &InstanceDraft) -> GarpSchedule {
        let mut schedule = draft.garp.schedule(&self.global.garp, self.global.min_garp);
        if !self.is_strict(draft) {
            return schedule;
        }
        if draft.garp.lower_prio_repeat.is_some_and(|count| count > 0) {
            let log = "Strict mode requires no repeat garps. resetting";
            let sentence = "strict mode repeats no gratuitous ARP; using 0";
            self.correct(draft, "garp_lower_prio_repeat", sentence, log);
        }
        if draft.garp.lower_prio_delay.is_some_and(|delay| delay > 0) {
            let log = "Strict mode requires no repeat garp delay. resetting";
            let sentence = "strict mode repeats no gratuitous ARP; using 0";
            self.correct(draft, "garp_lower_prio_delay", sentence, log);
        }
        (schedule.lower_prio_repeat, schedule.lower_prio_delay) = (0, Duration::ZERO);
        schedule
    }

    fn lower_prio_no_advert(&mut self, draft: &InstanceDraft) -> bool {
        let wanted = draft.choices.lower_prio_no_advert;
        if !self.is_strict(draft) {
            return wanted.unwrap_or(self.global.lower_prio_no_advert);
        }
        if wanted == Some(false) {
            let log = "Strict mode requires no lower priority advert. resetting";
            let sentence = "strict mode needs lower_prio_no_advert; it is set";
            self.correct(draft, "lower_prio_no_advert", sentence, log);
        }
        true
    }

    fn higher_prio_send_advert(&mut self, draft: &InstanceDraft) -> bool {
        let wanted = draft.choices.higher_prio_send_advert;
        if !self.is_strict(draft) {
            return wanted.unwrap_or(self.global.higher_prio_send_advert);
        }
        if wanted == Some(true) {
            let log = "strict mode requires higher_prio_send_advert to be clear. resetting";
            let sentence = "strict mode has no higher_prio_send_advert; ignored";
            self.correct(draft, "higher_prio_send_advert", sentence, log);
        }
        false
    }

    /// The original overrules an owner that says no, in strict mode or not.
    fn owner_ignore_adverts(&mut self, draft: &InstanceDraft, owner: bool) -> bool {
        match (draft.choices.owner_ignore_adverts, owner) {
            (Some(true), true) => true,
            (Some(true), false) => {
                let log = "ignoring owner_ignore_adverts since priority is not 255";
                let sentence = "owner_ignore_adverts is for priority 255; ignored";
                self.correct(draft, "owner_ignore_adverts", sentence, log);
                false
            }
            (Some(false) | None, false) => false,
            (Some(false), true) => {
                let strict = self.is_strict(draft);
                let log = "strict_mode with priority 255 requires owner_ignore_adverts";
                let sentence = if strict {
                    "in strict mode an address owner ignores adverts; it is set"
                } else {
                    "keepalived overrules this for an address owner; here it counts"
                };
                self.correct(draft, "owner_ignore_adverts", sentence, log);
                strict
            }
            (None, true) => self.is_strict(draft) || self.global.config.vrrp.owner_ignore_adverts,
        }
    }
}
