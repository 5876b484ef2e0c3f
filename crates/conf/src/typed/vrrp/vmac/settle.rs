//! Virtual interfaces at the end of the file.

use super::VirtualDraft;
use crate::config::{Ipvlan, Vmac};
use crate::diagnostic::Code;
use crate::typed::Builder;
use crate::typed::vrrp::instance::InstanceDraft;
use crate::word::Word;

impl Builder<'_> {
    /// What virtual interfaces and a VRF do not go with.
    // keepalived: vrrp_complete_instance
    pub(in crate::typed) fn settle_links(&mut self, draft: &mut InstanceDraft, strict: bool) {
        let is_virtual = draft.links.vmac.is_some() || draft.links.ipvlan.is_some();
        if strict {
            self.strict_links(draft);
        }
        if is_virtual {
            self.settle_virtual(draft);
        }
        if draft.settings.vmac_xmit_base && draft.links.vmac.is_none() {
            let sentence = "vmac_xmit_base needs use_vmac; ignored";
            let log = "vmac_xmit_base is only valid with a vmac";
            self.clear_link(draft, "vmac_xmit_base", sentence, log);
            draft.settings.vmac_xmit_base = false;
        }
        if draft.vrf.is_some() && (draft.interface.is_some() || draft.peers.is_empty()) {
            let with = match draft.interface {
                Some(_) => "out interface",
                None => " unicast",
            };
            let log = format!("vrf can only be specified with{with} - clearing");
            let sentence = "vrf is for unicast without interface; ignored";
            self.clear_link(draft, "vrf", sentence, &log);
            draft.vrf = None;
        }
        draft.settings.track_source &= draft.source.is_some();
    }

    fn clear_link(&mut self, draft: &InstanceDraft, keyword: &str, sentence: &str, log: &str) {
        let log = format!("({}) {log}", draft.name);
        self.say(Code::Conflict, draft.place_of(keyword), sentence, log);
    }

    fn strict_links(&mut self, draft: &mut InstanceDraft) {
        let Some((vmac, _)) = &mut draft.links.vmac else {
            return;
        };
        if vmac.mac.take().is_some() {
            let log = format!(
                "({}): cannot specify MAC address with strict mode - clearing",
                draft.name
            );
            let sentence = "strict mode has the MAC address of the RFC; this one is ignored";
            self.say(Code::Conflict, draft.place_of("use_vmac"), sentence, log);
        }
        if draft.settings.vmac_xmit_base {
            let sentence = "strict mode has no vmac_xmit_base; ignored";
            let log = "xmit_base is incompatible with strict mode - resetting";
            self.clear_link(draft, "vmac_xmit_base", sentence, log);
            draft.settings.vmac_xmit_base = false;
        }
    }

    fn settle_virtual(&mut self, draft: &mut InstanceDraft) {
        let keyword = match draft.links.vmac {
            Some(_) => "use_vmac",
            None => "use_ipvlan",
        };
        let interface = draft.interface.as_ref().map(Word::text);
        let facts = interface.and_then(|name| self.interface(&name));
        if facts.is_some_and(|facts| !facts.ethernet) {
            let log = format!(
                "({}): vmacs are only supported on Ethernet type interfaces",
                draft.name
            );
            let sentence = format!("{keyword} needs an Ethernet interface");
            self.say(Code::Conflict, draft.place_of(keyword), sentence, log);
        }
        if draft.settings.promote_secondaries {
            let sentence = "promote_secondaries is set for virtual interfaces anyway; ignored";
            let log = "promote_secondaries is automatically set for vmacs - ignoring";
            self.clear_link(draft, "promote_secondaries", sentence, log);
            draft.settings.promote_secondaries = false;
        }
        let ipvlan = draft.links.ipvlan.as_ref();
        let has_address = ipvlan.is_none_or(|(ipvlan, _)| ipvlan.address.is_some());
        if !has_address && draft.family != Some(vrrp::Family::V6) {
            let sentence = "use_ipvlan needs an address of its own for IPv4";
            let log = "IPv4 ipvlan requires a source ip address to be configured. setting instance to fault state";
            self.clear_link(draft, "use_ipvlan", sentence, log);
        }
    }
}

impl VirtualDraft {
    /// The two with their name and group, and the VRID in an address that leaves it out.
    pub(in crate::typed) fn finish(self, vrid: u8) -> (Option<Vmac>, Option<Ipvlan>) {
        let name = self.name.map(|word| word.text());
        let vmac = self.vmac.map(|(mut vmac, _)| {
            if self.mac_of_vrid {
                vmac.mac = vmac.mac.map(|[a, b, c, d, e, _]| [a, b, c, d, e, vrid]);
            }
            Vmac {
                name: name.clone(),
                group: self.group,
                ..vmac
            }
        });
        let ipvlan = self.ipvlan.map(|(ipvlan, _)| Ipvlan {
            name,
            group: self.group,
            ..ipvlan
        });
        (vmac, ipvlan)
    }
}
