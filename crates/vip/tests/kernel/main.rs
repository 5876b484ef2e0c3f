//! Against the kernel, each test in a network namespace of its own. Needs root and `ip`.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod addresses;
mod announcing;
mod monitoring;
mod namespace;
