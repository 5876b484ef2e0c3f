//! Gratuitous ARP, for all instances or one.

use std::time::Duration;

use vrrp::GarpSchedule;

use crate::diagnostic::{Code, Diagnostic};
use crate::tree::Statement;
use crate::typed::Builder;

/// What was said about it, for all instances or one.
#[derive(Debug, Clone, Default)]
pub(in crate::typed) struct GarpDraft {
    pub(in crate::typed) master_delay: Option<u32>,
    pub(in crate::typed) master_repeat: Option<u32>,
    pub(in crate::typed) master_refresh: Option<u32>,
    pub(in crate::typed) master_refresh_repeat: Option<u32>,
    pub(in crate::typed) lower_prio_delay: Option<u32>,
    pub(in crate::typed) lower_prio_repeat: Option<u32>,
}

impl GarpDraft {
    /// An instance's own settings, then the global ones, then the defaults.
    // keepalived: vrrp_complete_instance
    pub(in crate::typed) fn schedule(&self, global: &Self, min_garp: bool) -> GarpSchedule {
        let default = GarpSchedule::default();
        let seconds = |value: u32| Duration::from_secs(u64::from(value));
        let (delay, repeat) = if min_garp {
            (Duration::ZERO, 1)
        } else {
            (default.master_delay, default.master_repeat)
        };
        let master_delay = self
            .master_delay
            .or(global.master_delay)
            .map_or(delay, seconds);
        let master_repeat = self
            .master_repeat
            .or(global.master_repeat)
            .unwrap_or(repeat);
        let refresh = self.master_refresh.or(global.master_refresh);
        let refresh_repeat = self.master_refresh_repeat.or(global.master_refresh_repeat);
        // Those of all instances, not its own.
        // keepalived: set_vrrp_defaults
        let lower_delay = self.lower_prio_delay.or(global.lower_prio_delay);
        let lower_repeat = self.lower_prio_repeat.or(global.lower_prio_repeat);
        GarpSchedule {
            master_delay,
            master_repeat,
            master_refresh: refresh.map_or(default.master_refresh, seconds),
            master_refresh_repeat: refresh_repeat.unwrap_or(default.master_refresh_repeat),
            lower_prio_delay: lower_delay.or(global.master_delay).map_or(delay, seconds),
            lower_prio_repeat: lower_repeat.or(global.master_repeat).unwrap_or(repeat),
        }
    }
}

impl Builder<'_> {
    /// `garp_*` of an instance, `vrrp_garp_*` of all. `owner`: the instance.
    pub(in crate::typed) fn garp(
        &mut self,
        statement: &Statement,
        owner: &str,
        draft: &mut GarpDraft,
    ) {
        let name = statement.head().text();
        let prefix = if owner.is_empty() {
            String::new()
        } else {
            format!("({owner}): ")
        };
        let raised = |_| format!("{prefix}{name} must be greater than 0, setting to 1");
        match name.trim_start_matches("vrrp_") {
            "garp_master_delay" => {
                draft.master_delay = self.int_setting(statement, owner).or(draft.master_delay);
            }
            "garp_master_repeat" => {
                let read = self.raised_setting(statement, owner, raised);
                draft.master_repeat = read.or(draft.master_repeat);
            }
            "garp_master_refresh" => {
                let read = self.int_setting(statement, owner);
                draft.master_refresh = read.or(draft.master_refresh);
            }
            "garp_master_refresh_repeat" => {
                let read = self.raised_setting(statement, owner, raised);
                draft.master_refresh_repeat = read.or(draft.master_refresh_repeat);
            }
            "garp_lower_prio_delay" => {
                let read = self.int_setting(statement, owner);
                draft.lower_prio_delay = read.or(draft.lower_prio_delay);
            }
            "garp_lower_prio_repeat" => {
                let read = self.int_setting(statement, owner);
                draft.lower_prio_repeat = read.or(draft.lower_prio_repeat);
            }
            _ => self.not_built(statement),
        }
    }

    /// `vrrp_garp_interval` and `vrrp_gna_interval`.
    pub(super) fn garp_interval(&mut self, keyword: &str, statement: &Statement) {
        let Some(interval) = self.time_setting(statement, "") else {
            return;
        };
        let word = &statement.words[1];
        if interval >= Duration::from_secs(1) {
            let sentence = format!("{keyword} is very large: {} s between packets", word.text());
            let log = format!("The {keyword} is very large - {} seconds", word.text());
            let diagnostic = Diagnostic::warning(Code::Adjusted, sentence).about(&word.place);
            self.push(diagnostic.log(log));
        }
        if keyword == "vrrp_gna_interval" {
            self.global.config.gna_interval = interval;
        } else {
            self.global.config.garp_interval = interval;
        }
    }
}
