//! Receive buffers of sockets.

use crate::config::global::{AdvertBuffer, ReceiveBuffer, ReceiveBuffers};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::word::Word;

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn buffer_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        if keyword == "vrrp_rx_bufs_policy" {
            self.advert_buffer(statement);
            return true;
        }
        if keyword == "vrrp_rx_bufs_multiplier" {
            self.advert_multiplier(statement);
            return true;
        }
        let (socket, is_force) = match keyword.strip_suffix("_force") {
            Some(socket) => (socket, true),
            None => (keyword, false),
        };
        let buffer: fn(&mut ReceiveBuffers) -> &mut ReceiveBuffer = match socket {
            "vrrp_netlink_cmd_rcv_bufs" => |buffers| &mut buffers.vrrp_commands,
            "vrrp_netlink_monitor_rcv_bufs" => |buffers| &mut buffers.vrrp_monitor,
            "process_monitor_rcv_bufs" => |buffers| &mut buffers.process_monitor,
            "lvs_netlink_cmd_rcv_bufs" => |buffers| &mut buffers.lvs_commands,
            "lvs_netlink_monitor_rcv_bufs" => |buffers| &mut buffers.lvs_monitor,
            _ => return false,
        };
        if is_force {
            if let Some(force) = self.bool_setting(statement, "") {
                buffer(&mut self.global.config.buffers).force = force;
            }
        } else if let Some(bytes) = self.int_setting(statement, "").filter(|bytes| *bytes > 0) {
            buffer(&mut self.global.config.buffers).bytes = Some(bytes);
        }
        true
    }

    // keepalived: vrrp_rx_bufs_policy_handler
    fn advert_buffer(&mut self, statement: &Statement) {
        let (mut mtu, mut advert, mut bytes) = (None, None, None);
        for word in statement.arguments() {
            let text = word.text();
            if text.eq_ignore_ascii_case("MTU") {
                mtu = Some(word);
            } else if text.eq_ignore_ascii_case("ADVERT") {
                advert = Some(word);
            } else {
                let log = format!("Invalid vrrp_rx_bufs_policy {text}");
                let wrong = Wrong::new("vrrp_rx_bufs_policy", "ignored", log);
                bytes = self.unsigned(word, 0..=u32::MAX, &wrong).or(bytes);
            }
        }
        let policy = match (bytes, mtu, advert) {
            (Some(bytes), mtu, advert) => {
                if let Some(word) = mtu.or(advert) {
                    let log = "Cannot set vrrp_rx_bufs_policy size and policy, ignoring policy";
                    self.advert_buffer_conflict(word, "a size leaves no room for a policy", log);
                }
                AdvertBuffer::Bytes(bytes)
            }
            (None, Some(_), advert) => {
                if let Some(word) = advert {
                    let log = "Cannot set both vrrp_rx_bufs_policy MTU and ADVERT, ignoring ADVERT";
                    self.advert_buffer_conflict(word, "it is MTU or ADVERT, not both", log);
                }
                AdvertBuffer::Mtu
            }
            (None, None, Some(_)) => AdvertBuffer::Advert,
            (None, None, None) => return,
        };
        self.global.config.buffers.adverts = policy;
    }

    fn advert_buffer_conflict(&mut self, word: &Word, why: &str, log: &str) {
        let sentence = format!("{why}; {} is ignored", word.text());
        self.push(
            Diagnostic::warning(Code::Conflict, sentence)
                .at(&word.place)
                .log(log)
                .status(Status::General),
        );
    }

    fn advert_multiplier(&mut self, statement: &Statement) {
        if let Some(extra) = statement.arguments().get(1) {
            let sentence = "vrrp_rx_bufs_multiplier takes one number; ignored";
            return self.push(
                Diagnostic::warning(Code::ExtraWords, sentence)
                    .at(&extra.place)
                    .log("Invalid vrrp_rx_bufs_multiplier")
                    .status(Status::General),
            );
        }
        self.global_int(statement, |global| &mut global.buffers.advert_multiplier);
    }
}
