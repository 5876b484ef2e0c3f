//! Times that together are longer than anybody wants.

use std::time::Duration;

use super::{Context, Lint};
use crate::diagnostic::{Diagnostics, Severity};

/// Connections and people have given up by then.
const LONG: Duration = Duration::from_secs(30);

pub(super) const SLOW_TAKEOVER: Lint = Lint {
    code: "slow-takeover",
    severity: Severity::Warning,
    title: "A master that fails is missed for a long time",
    why: "A backup takes over when it has heard nothing for `down_timer_adverts` (3) intervals of `advert_int` and a \
          part of one more. Until then nobody answers for the virtual addresses.",
    what_to_do: "Shorten `advert_int`, on all routers at once: they have to agree. With version 3 it can be a part of a \
                 second.",
};

pub(super) const SLOW_SCRIPT: Lint = Lint {
    code: "script-timeout-over-interval",
    severity: Severity::Warning,
    title: "A script may run longer than its interval",
    why: "The next run is due while the last one is still running: it is left out, and a script that hangs is found \
          only after its `timeout`, not after `interval`.",
    what_to_do: "Make `timeout` no longer than `interval`, or leave it out: it is the interval then.",
};

/// How long it takes until a silent master is replaced.
pub(super) fn takeover(context: &Context<'_>, found: &mut Diagnostics) {
    for instance in &context.instances {
        let core = instance.core;
        let adverts = u32::from(core.down_timer_adverts);
        let silence = core.advert_interval * adverts;
        if silence < LONG {
            continue;
        }
        let (name, seconds) = (&core.name, silence.as_secs_f64());
        let interval = core.advert_interval.as_secs_f64();
        let sentence = format!(
            "a failed master of {name} is replaced after {seconds} seconds at the earliest: {adverts} adverts of {interval}"
        );
        let place = match instance.block.find("down_timer_adverts") {
            Some(_) if core.advert_interval <= Duration::from_secs(1) => {
                instance.place("down_timer_adverts")
            }
            Some(_) | None => instance.place("advert_int"),
        };
        found.push(SLOW_TAKEOVER.at(place, sentence));
    }
}

/// Scripts that may still run when they are due again.
pub(super) fn scripts(context: &Context<'_>, found: &mut Diagnostics) {
    let both = context
        .config
        .router
        .scripts
        .iter()
        .zip(&context.config.scripts);
    let slow = both.filter(|(core, command)| command.timeout > core.interval);
    for (core, command) in slow {
        let (name, timeout, interval) = (
            &core.name,
            command.timeout.as_secs_f64(),
            core.interval.as_secs_f64(),
        );
        let Some(written) = context.script(name).and_then(|block| block.find("timeout")) else {
            continue;
        };
        let sentence = format!(
            "{name} may run for {timeout} seconds but is due every {interval}: runs are left out meanwhile"
        );
        found.push(SLOW_SCRIPT.at(written.head().place(), sentence));
    }
}
