//! `real_server`.

use std::net::SocketAddr;
use std::time::Duration;

use super::checker::CheckerDraft;
use super::command::CommandDraft;
use crate::config::{CheckTiming, Forwarding, Protocol};
use crate::diagnostic::Place;

/// What checkers inherit, as far as it is written: real server before virtual server before the default.
#[derive(Debug, Clone, Default)]
pub(super) struct TimingDraft {
    pub(super) delay_loop: Option<Duration>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) retry: Option<u32>,
    pub(super) delay_before_retry: Option<Duration>,
    pub(super) warmup: Option<Duration>,
}

impl TimingDraft {
    /// What is not set here is taken from there.
    pub(super) fn or(&self, outer: &Self) -> Self {
        Self {
            delay_loop: self.delay_loop.or(outer.delay_loop),
            connect_timeout: self.connect_timeout.or(outer.connect_timeout),
            retry: self.retry.or(outer.retry),
            delay_before_retry: self.delay_before_retry.or(outer.delay_before_retry),
            warmup: self.warmup.or(outer.warmup),
        }
    }

    // keepalived: alloc_vs
    pub(super) fn finish(self) -> CheckTiming {
        CheckTiming {
            delay_loop: self.delay_loop.unwrap_or(Duration::from_secs(60)),
            connect_timeout: self.connect_timeout.unwrap_or(Duration::from_secs(5)),
            retry: self.retry,
            delay_before_retry: self.delay_before_retry,
            warmup: self.warmup,
        }
    }
}

/// One real server, as far as it was read.
#[derive(Debug)]
pub(super) struct RealServerDraft {
    pub(super) place: Place,
    /// As it is written: port 0 where none is.
    pub(super) address: SocketAddr,
    /// The protocol of its virtual server where its block begins, for the log.
    pub(super) protocol: Option<Protocol>,
    pub(super) weight: Option<u32>,
    pub(super) forwarding: Option<Forwarding>,
    pub(super) upper_threshold: u32,
    pub(super) lower_threshold: u32,
    pub(super) inhibit_on_failure: Option<bool>,
    pub(super) alpha: Option<bool>,
    pub(super) smtp_alert: Option<bool>,
    pub(super) notify_up: Option<Box<CommandDraft>>,
    pub(super) notify_down: Option<Box<CommandDraft>>,
    pub(super) virtualhost: Option<Box<str>>,
    pub(super) snmp_name: Option<Box<str>>,
    pub(super) timing: TimingDraft,
    pub(super) checkers: Vec<CheckerDraft>,
}

/// What a checker gets at the end of the file.
#[derive(Debug)]
pub(super) struct CheckerContext<'a> {
    /// The real server's, with its port filled in.
    pub(super) address: SocketAddr,
    /// What it inherits.
    pub(super) timing: &'a CheckTiming,
    pub(super) alpha: bool,
    /// `delay_loop` of the virtual server: the longest a script may run that says nothing else.
    pub(super) service_delay_loop: Duration,
    /// `virtualhost` of the real server: the Host header only.
    pub(super) virtualhost: Option<&'a str>,
    /// `virtualhost` of the virtual server: the Host header and SNI.
    pub(super) service_virtualhost: Option<&'a str>,
}
