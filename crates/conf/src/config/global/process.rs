//! How the processes run: names, priorities, memory, processors.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One of the three processes that do the work.
// keepalived: vrrp_process_name, vrrp_priority, vrrp_no_swap, vrrp_rt_priority, ... and the same of the others
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// `*_process_name`: comm name, 15 bytes at the most; else `process_name`, else the program's own.
    pub name: Option<String>,
    /// `*_priority`: nice value, -20..=19, default 0.
    pub nice: i8,
    /// `*_no_swap`: its memory stays in RAM.
    pub no_swap: bool,
    /// `*_rt_priority`: SCHED_RR priority, 1..=99, default none.
    pub rt_priority: Option<u8>,
    /// `*_cpu_affinity`: the processors it may use; empty: all.
    pub cpu_affinity: Vec<u16>,
    /// `*_rlimit_rttime`: RLIMIT_RTTIME while it has a realtime priority; 2 µs..=4295 s, default 10 ms.
    pub rlimit_rttime: Duration,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            name: None,
            nice: 0,
            no_swap: false,
            rt_priority: None,
            cpu_affinity: Vec::new(),
            rlimit_rttime: Duration::from_millis(10),
        }
    }
}

/// Whether a process that runs late gives itself a higher realtime priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoPriority {
    /// `max_auto_priority`: up to which one.
    pub ceiling: Ceiling,
    /// `min_auto_priority_delay`: how late it must be; 1 µs..=10 s, default 1 s.
    pub delay: Duration,
}

impl Default for AutoPriority {
    fn default() -> Self {
        Self {
            ceiling: Ceiling::Unset,
            delay: Duration::from_secs(1),
        }
    }
}

/// `max_auto_priority`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ceiling {
    /// Not there, or 0: never, with a notice at the start that it might help.
    #[default]
    Unset,
    /// -1: never, and no notice.
    Never,
    /// SCHED_RR priority, 1..=99; a bare keyword means 99.
    UpTo(u8),
}
