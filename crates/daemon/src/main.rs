//! The keepalived executable.

mod ipc;

fn main() {}
