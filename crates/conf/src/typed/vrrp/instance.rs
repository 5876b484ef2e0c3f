//! `vrrp_instance`: reading what is written, in its order.

mod draft;
mod words;

use super::vmac::VirtualDraft;
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::schema::Form;
use crate::tree::Statement;
use crate::typed::Builder;

pub(in crate::typed) use draft::InstanceDraft;

impl Builder<'_> {
    pub(in crate::typed) fn vrrp_instance(&mut self, block: &Statement) {
        let [name] = block.arguments() else {
            return self.push(
                Diagnostic::error(
                    Code::MissingParameter,
                    "vrrp_instance takes one name; the instance is left out",
                )
                .at(&block.place())
                .log("vrrp_instance must have a name")
                .status(Status::General),
            );
        };
        if let Some(known) = self.instances.find(&name.text()) {
            let first = known.place.span.clone();
            let name_text = name.text();
            return self.push(
                Diagnostic::error(
                    Code::Duplicate,
                    format!("vrrp_instance {name_text} is there already; this one is left out"),
                )
                .at(&name.place)
                .related(&first, "the first one")
                .log(format!("vrrp instance {name_text} already defined"))
                .status(Status::General),
            );
        }
        let mut draft = InstanceDraft::new(name, &block.end);
        for statement in &block.block {
            self.instance_statement(statement, &mut draft);
        }
        self.end_of_instance(&mut draft);
        self.instances.push(draft.name.clone(), Box::new(draft));
    }

    fn instance_statement(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        const OF_UNICAST: [&str; 5] = [
            "unicast_peer",
            "unicast_src_ip",
            "unicast_fault_no_peer",
            "check_unicast_src",
            "old_unicast_checksum",
        ];
        let Some(row) = statement.keyword else {
            return;
        };
        let place = &statement.head().place;
        let value = statement.arguments().first();
        let value = value
            .filter(|_| row.form == Form::Value)
            .map(|word| &word.place);
        draft
            .places
            .insert(row.keyword, value.unwrap_or(place).clone());
        if row.missing_feature.is_some() {
            self.instance_not_built(statement, draft);
        }
        if OF_UNICAST.contains(&row.keyword) {
            draft.unicast.get_or_insert_with(|| place.clone());
        }
        if draft.set_flag(row.keyword) {
            return self.deprecated_polling(statement, draft);
        }
        if let Some(slot) = draft.choices.slot(row.keyword) {
            let read = self.bool_setting(statement, &draft.name);
            *slot = read.or(*slot);
            return;
        }
        if row.form.has_braces() {
            self.instance_block(statement, draft);
        } else if row.keyword.starts_with("notify") {
            let owner = format!("({})", draft.name);
            self.notify(&owner, statement, &mut draft.notify);
        } else {
            self.instance_value(statement, draft);
        }
    }

    fn deprecated_polling(&mut self, statement: &Statement, draft: &InstanceDraft) {
        if statement.head().is("linkbeat_use_polling") {
            let log = format!(
                "({}) 'linkbeat_use_polling' in vrrp instance deprecated - use linkbeat_interfaces block",
                draft.name
            );
            let sentence =
                "linkbeat_use_polling of an instance is deprecated; use linkbeat_interfaces";
            let diagnostic = Diagnostic::warning(Code::Deprecated, sentence);
            let diagnostic = diagnostic.at(&statement.head().place).log(log);
            self.push(diagnostic.status(Status::General));
        }
    }

    fn instance_block(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        match statement.head().text().as_str() {
            "virtual_ipaddress" => self.addresses(statement, draft),
            "virtual_ipaddress_excluded" => self.excluded_addresses(statement, draft),
            "virtual_routes" => self.instance_routes(statement, draft),
            "virtual_rules" => self.instance_rules(statement, draft),
            "unicast_peer" => self.unicast_peers(statement, draft),
            "authentication" => self.authentication(statement, draft),
            "auth_hmac" => self.auth_hmac(statement, draft),
            track if track.starts_with("track_") => {
                let name = draft.name.clone();
                self.tracks(&name, statement, &mut draft.tracks);
            }
            _ => self.not_built(statement),
        }
    }

    /// Keywords with one value, or a few words.
    fn instance_value(&mut self, statement: &Statement, draft: &mut InstanceDraft) {
        let name = draft.name.clone();
        match statement.head().text().as_str() {
            "interface" => self.instance_interface(&statement.words[1], draft),
            "vrf" => self.instance_vrf(&statement.words[1], draft),
            "state" => self.state(statement, draft),
            "virtual_router_id" => {
                draft.vrid = self.int_setting(statement, &name).or(draft.vrid);
            }
            "priority" => draft.priority = self.int_setting_or(statement, &name, 100),
            "version" => self.instance_version(statement, draft),
            "advert_int" => {
                let read = self.time_setting(statement, &name);
                draft.advert_interval = read.or(draft.advert_interval);
            }
            "preempt_delay" => {
                let read = self.time_setting(statement, &name);
                draft.preempt_delay = read.unwrap_or_default();
            }
            "unicast_ttl" => draft.ttl = self.int_setting(statement, &name).or(draft.ttl),
            "down_timer_adverts" => {
                let read = self.int_setting(statement, &name);
                draft.down_timer_adverts = read.or(draft.down_timer_adverts);
            }
            "debug" => {
                let read = self.int_setting(statement, &name);
                draft.settings.debug = read.unwrap_or(draft.settings.debug);
            }
            "mcast_src_ip" | "unicast_src_ip" => self.source(statement, draft),
            "mcast_dst_ip" => self.group(statement, draft),
            "old_unicast_checksum" => self.old_checksum(statement, draft),
            "timer_expired_backup" | "thread_timer_expired" => {
                self.timer_expired(statement, draft);
            }
            "kernel_rx_buf_size" => self.receive_buffer(statement, draft),
            "lvs_sync_daemon_interface" => self.sync_interface(statement, draft),
            "use_vmac" => self.use_vmac(statement, draft),
            "use_ipvlan" => self.use_ipvlan(statement, draft),
            "garp_extra_if" | "vmac_garp_intvl" => self.garp_extra_if(statement, draft),
            "native_ipv6" => self.native_ipv6(statement, draft),
            _ => self.garp(statement, &name, &mut draft.garp),
        }
    }

    /// What the original checks at the closing brace.
    // keepalived: vrrp_end_handler
    fn end_of_instance(&mut self, draft: &mut InstanceDraft) {
        let name = draft.name.clone();
        let is_virtual = draft.links.vmac.is_some() || draft.links.ipvlan.is_some();
        if let Some(unicast) = draft.unicast.as_ref().filter(|_| is_virtual) {
            let keyword = if draft.links.vmac.is_some() {
                "use_vmac"
            } else {
                "use_ipvlan"
            };
            let place = draft.place_of(keyword);
            let diagnostic = |sentence: String| {
                Diagnostic::warning(Code::Conflict, sentence)
                    .at(place)
                    .related(&unicast.span, "unicast here")
                    .related(&draft.end.span, "the block ends here")
                    .status(Status::General)
            };
            if draft.interface.is_none() {
                let log = format!(
                    "({name}): Cannot use VMAC/ipvlan with unicast and no interface - clearing use_vmac"
                );
                let sentence = format!("{keyword} needs an interface; ignored");
                self.push(diagnostic(sentence).log(log));
                draft.links = VirtualDraft::default();
            } else if !draft.settings.vmac_xmit_base {
                let log =
                    format!("({name}) unicast with use_vmac requires vmac_xmit_base - setting");
                let sentence = format!("{keyword} with unicast needs vmac_xmit_base; it is set");
                self.push(diagnostic(sentence).log(log));
                draft.settings.vmac_xmit_base = true;
            }
        }
        if draft.peers.is_empty() && draft.ttl.is_some() {
            let log = format!("({name}): Cannot use unicast_ttl without unicast peers - resetting");
            let sentence = "unicast_ttl needs unicast peers; ignored";
            let diagnostic = Diagnostic::warning(Code::Conflict, sentence)
                .at(draft.place_of("unicast_ttl"))
                .related(&draft.end.span, "the block ends here, without unicast_peer")
                .log(log);
            self.push(diagnostic.status(Status::General));
            draft.ttl = None;
        }
    }

    /// Keywords whose feature is not there: silence would promise what is not done.
    fn instance_not_built(&mut self, statement: &Statement, draft: &InstanceDraft) {
        let name = &draft.name;
        let keyword = statement.head().text();
        let sentence = match keyword.as_str() {
            // Said at the end of the file, where it is known whether it counts.
            "auth_hmac" | "strict_mode" | "unicast_fault_no_peer" => return,
            "no_accept" => format!(
                "no_accept is not supported yet: {name} accepts packets to its virtual addresses while master"
            ),
            "use_vmac" | "use_ipvlan" => format!(
                "{keyword} is not supported yet: {name} uses the interface itself with its own MAC, so hosts learn a take-over by gratuitous ARP"
            ),
            _ => return self.not_built(statement),
        };
        let diagnostic = Diagnostic::warning(Code::NotSupported, sentence);
        self.push(diagnostic.at(&statement.head().place));
    }
}
