//! SNMP and D-Bus.

use std::time::Duration;

use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;

/// What only the end of the file settles.
#[derive(Default)]
pub(super) struct MonitorDraft {
    real_server_interval: Option<Duration>,
}

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn monitor_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        let snmp = &mut self.global.config.snmp;
        match keyword {
            "enable_traps" => snmp.traps = true,
            "enable_snmp_vrrp" => snmp.vrrp = true,
            "enable_snmp_keepalived" => {
                snmp.vrrp = true;
                self.renamed(statement, "enable_snmp_vrrp");
            }
            "enable_snmp_rfc" => (snmp.rfc_v2, snmp.rfc_v3) = (true, true),
            "enable_snmp_rfcv2" => snmp.rfc_v2 = true,
            "enable_snmp_rfcv3" => snmp.rfc_v3 = true,
            "enable_snmp_checker" => snmp.checker = true,
            "snmp_socket" => self.snmp_socket(statement),
            "snmp_vs_stats_update_interval" => {
                self.global_time(statement, |global| &mut global.snmp.virtual_server_interval);
            }
            "snmp_rs_stats_update_interval" => {
                let read = self.time_setting(statement, "");
                let draft = &mut self.global.monitor;
                draft.real_server_interval = read.or(draft.real_server_interval);
            }
            "enable_dbus" => self.global.config.dbus.enabled = true,
            "dbus_service_name" => {
                self.global_word(statement, |global| &mut global.dbus.service_name);
            }
            "dbus_no_interface_name" => {
                self.global_word(statement, |global| &mut global.dbus.no_interface_name);
            }
            _ => return false,
        }
        true
    }

    // keepalived: snmp_socket_handler
    fn snmp_socket(&mut self, statement: &Statement) {
        if let Some(extra) = statement.arguments().get(1) {
            let sentence = "snmp_socket takes one word; ignored";
            return self.push(
                Diagnostic::warning(Code::ExtraWords, sentence)
                    .at(&extra.place)
                    .log("Too many parameters specified for snmp_socket - ignoring")
                    .status(Status::General),
            );
        }
        let known = self.global.config.snmp.socket.clone();
        if self.is_first(statement, &known.unwrap_or_default()) {
            self.global.config.snmp.socket = self.word_setting(statement);
        }
    }

    pub(super) fn finish_monitor(&mut self) {
        let snmp = &mut self.global.config.snmp;
        let own = self.global.monitor.real_server_interval;
        snmp.real_server_interval = own.unwrap_or(snmp.virtual_server_interval);
    }
}
