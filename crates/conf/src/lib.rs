//! The configuration language: `keepalived.conf` in, a typed [`Config`] and a list of [`Diagnostic`]s out.
//!
//! Never a panic, and never an error instead of a configuration: a bad line is a diagnostic, and what is left
//! of the file means what it would have meant in the original.

pub mod config;

pub use config::{
    Check, Command, Config, Global, Group, Instance, Notify, TrackScriptCommand, User,
};
