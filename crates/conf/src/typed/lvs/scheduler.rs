//! `lvs_sched` and the flags of schedulers.

use super::virtual_server::VirtualServerDraft;
use crate::config::Scheduler;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;

impl Builder<'_> {
    /// Flags of `sh` and `mh` depend on the scheduler as it is set above them.
    // keepalived: lbflags_handler
    pub(super) fn scheduler_flag(&mut self, statement: &Statement, draft: &mut VirtualServerDraft) {
        let name = statement.head().text();
        let place = self.bare_flag(statement);
        let flags = &mut draft.flags;
        match (name.as_str(), draft.scheduler) {
            ("ops", _) => draft.one_packet = Some(place),
            ("flag-1", _)
            | ("sh-fallback", Some(Scheduler::Sh))
            | ("mh-fallback", Some(Scheduler::Mh)) => flags.flag_1 = true,
            ("flag-2", _) | ("sh-port", Some(Scheduler::Sh)) | ("mh-port", Some(Scheduler::Mh)) => {
                flags.flag_2 = true
            }
            ("flag-3", _) => flags.flag_3 = true,
            (_, scheduler) => self.useless_flag(&name, scheduler, &place),
        }
    }

    fn useless_flag(&mut self, name: &str, scheduler: Option<Scheduler>, place: &Place) {
        let sentence = match name.split_once('-') {
            Some((scheduler, _)) => {
                format!("{name} only counts below `lvs_sched {scheduler}`; ignored")
            }
            None => format!("{name} has no effect"),
        };
        let diagnostic = Diagnostic::warning(Code::Conflict, sentence).at(place);
        // The original says nothing where the other of the two is set.
        self.push(match scheduler {
            Some(Scheduler::Sh | Scheduler::Mh) => diagnostic,
            Some(_) | None => diagnostic
                .log(format!("{name} only applies to sh scheduler - ignoring"))
                .status(Status::General),
        });
    }
}

pub(super) fn scheduler(word: &str) -> Option<Scheduler> {
    Some(match word {
        "rr" => Scheduler::Rr,
        "wrr" => Scheduler::Wrr,
        "lc" => Scheduler::Lc,
        "wlc" => Scheduler::Wlc,
        "lblc" => Scheduler::Lblc,
        "lblcr" => Scheduler::Lblcr,
        "sh" => Scheduler::Sh,
        "mh" => Scheduler::Mh,
        "dh" => Scheduler::Dh,
        "fo" => Scheduler::Fo,
        "ovf" => Scheduler::Ovf,
        "sed" => Scheduler::Sed,
        "nq" => Scheduler::Nq,
        "twos" => Scheduler::Twos,
        _ => return None,
    })
}
