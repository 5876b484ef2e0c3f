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
        // What follows a lower advert is as the global settings say, whatever the instance says of its take-over.
        // keepalived: set_vrrp_defaults
        let global_delay = global.master_delay.map_or(delay, seconds);
        let global_repeat = global.master_repeat.unwrap_or(repeat);
        let refresh = self.master_refresh.or(global.master_refresh);
        let refresh_repeat = self.master_refresh_repeat.or(global.master_refresh_repeat);
        let lower_delay = self.lower_prio_delay.or(global.lower_prio_delay);
        let lower_repeat = self.lower_prio_repeat.or(global.lower_prio_repeat);
        GarpSchedule {
            master_delay: self.master_delay.map_or(global_delay, seconds),
            master_repeat: self.master_repeat.unwrap_or(global_repeat),
            master_refresh: refresh.map_or(default.master_refresh, seconds),
            master_refresh_repeat: refresh_repeat.unwrap_or(default.master_refresh_repeat),
            lower_prio_delay: lower_delay.map_or(global_delay, seconds),
            lower_prio_repeat: lower_repeat.unwrap_or(global_repeat),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_advert_is_answered_as_the_globals_say() {
        let own = GarpDraft {
            master_delay: Some(300),
            master_repeat: Some(1),
            ..GarpDraft::default()
        };
        let lower = |global: &GarpDraft, min_garp| {
            let schedule = own.schedule(global, min_garp);
            assert_eq!(schedule.master_delay, Duration::from_secs(300));
            assert_eq!(schedule.master_repeat, 1);
            (
                schedule.lower_prio_delay.as_secs(),
                schedule.lower_prio_repeat,
            )
        };
        let mut global = GarpDraft::default();
        assert_eq!(lower(&global, false), (5, 5));
        assert_eq!(lower(&global, true), (0, 1));
        (global.master_delay, global.master_repeat) = (Some(3), Some(2));
        assert_eq!(lower(&global, false), (3, 2));
        (global.lower_prio_delay, global.lower_prio_repeat) = (Some(7), Some(0));
        assert_eq!(lower(&global, false), (7, 0));
    }
}
