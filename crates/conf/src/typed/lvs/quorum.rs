//! Quorum and hysteresis against what the real servers weigh together.

use super::linked::Linked;
use super::servers::at_end;
use crate::diagnostic::Code;
use crate::lint::virtual_server::QUORUM;
use crate::typed::Builder;

/// What all real servers weigh.
fn total_weight(linked: &Linked<'_>) -> u64 {
    let draft = &linked.draft;
    let weights = draft.real_servers.iter().map(|server| server.weight);
    weights
        .map(|weight| u64::from(weight.unwrap_or(draft.weight)))
        .sum()
}

/// After servers have been left out of which the original says nothing: the quorum can be met without them.
pub(super) fn lower_quorum(linked: &mut Linked<'_>) {
    let total = u32::try_from(total_weight(linked)).unwrap_or(u32::MAX);
    let draft = &mut linked.draft;
    if let Some((quorum, _)) = &mut draft.quorum {
        *quorum = (*quorum).min(total).max(1);
    }
    let quorum = draft.quorum.as_ref().map_or(1, |(quorum, _)| *quorum);
    if let Some((hysteresis, _)) = &mut draft.hysteresis {
        *hysteresis = (*hysteresis).min(quorum - 1);
    }
}

impl Builder<'_> {
    pub(super) fn check_quorum(&mut self, linked: &mut Linked<'_>) {
        let total = total_weight(linked);
        let draft = &linked.draft;
        let place = draft
            .quorum
            .as_ref()
            .map_or(&draft.place, |(_, place)| place);
        let quorum = draft.quorum.as_ref().map_or(1, |(quorum, _)| *quorum);
        if u64::from(quorum) <= total {
            return self.check_hysteresis(linked, quorum);
        }
        // Without any weight the original makes it 0 and the hysteresis huge: it is never gained.
        let least = u32::try_from(total).unwrap_or(u32::MAX).max(1);
        let (place, label) = (place.clone(), linked.label());
        let (sentence, hint) = if total == 0 {
            (
                format!("all real servers weigh 0, so the quorum of {quorum} is never gained"),
                "give real servers a weight",
            )
        } else {
            (
                format!(
                    "all real servers weigh {total}, less than the quorum of {quorum}; using {least}"
                ),
                "the quorum counts weights, not servers",
            )
        };
        let log = format!(
            "Warning - quorum {quorum} for {label} exceeds total weight of real servers {total}, reducing quorum to {total}"
        );
        let code = Code::Lint(QUORUM.code);
        self.push(at_end(code, sentence, &place, log).hint(hint));
        linked.draft.quorum = Some((least, place));
        self.check_hysteresis(linked, u32::try_from(total).unwrap_or(u32::MAX));
    }

    /// `quorum` may be 0, as the original has it.
    fn check_hysteresis(&mut self, linked: &mut Linked<'_>, quorum: u32) {
        let draft = &linked.draft;
        let (hysteresis, place) = match &draft.hysteresis {
            Some((hysteresis, place)) => (*hysteresis, place),
            None => (0, &draft.place),
        };
        if hysteresis < quorum {
            return;
        }
        let (place, label) = (place.clone(), linked.label());
        let most = quorum.saturating_sub(1);
        let log = format!(
            "Virtual server {label}: hysteresis {hysteresis} >= quorum {quorum}; setting hysteresis to {}",
            quorum.wrapping_sub(1)
        );
        let sentence = format!(
            "hysteresis must be less than the quorum, {quorum}, found {hysteresis}; using {most}"
        );
        self.push(at_end(Code::Adjusted, sentence, &place, log));
        linked.draft.hysteresis = Some((most, place));
    }
}
