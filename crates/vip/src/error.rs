//! What can go wrong, in words that name the act and the object.

use std::fmt;
use std::io;

use nix::errno::Errno;
use thiserror::Error;

use crate::spec::Address;

/// A socket that cannot be used. One failed address is a [`Failure`] instead.
#[derive(Debug, Error)]
pub enum Error {
    /// A socket could not be opened or set up.
    #[error("open the {socket} socket: {source}")]
    Open {
        /// Which.
        socket: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A request could not be sent.
    #[error("send to the kernel: {0}")]
    Send(io::Error),
    /// An answer could not be received.
    #[error("receive from the kernel: {0}")]
    Receive(io::Error),
    /// The kernel refused a dump.
    #[error("list {what}: {errno}")]
    Dump {
        /// Of what.
        what: &'static str,
        /// Why.
        errno: Errno,
    },
    /// Links and addresses kept changing while they were listed.
    #[error("list {what}: changed during every attempt")]
    Unsteady {
        /// Of what.
        what: &'static str,
    },
}

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Put an address on a link.
    Add,
    /// Take it away.
    Remove,
}

/// Why an address could not be added or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// There is no link of that name.
    NoDevice,
    /// The kernel refused.
    Kernel {
        /// Its error number.
        errno: Errno,
        /// Its explanation, where it gives one.
        text: Option<String>,
    },
    /// The address is on the link, but somebody else put it there with other properties. It counts as ours.
    Different,
    /// The request could not be sent, or its answer was lost.
    NoAnswer(String),
}

/// One change that did not succeed; the others went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What was tried.
    pub act: Act,
    /// With what.
    pub address: Address,
    /// Why it failed.
    pub reason: Reason,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, word) = match self.act {
            Act::Add => ("add", "to"),
            Act::Remove => ("remove", "from"),
        };
        let Address {
            address,
            prefix,
            interface,
            ..
        } = &self.address;
        write!(
            f,
            "{verb} {address}/{prefix} {word} {interface}: {}",
            self.reason
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDevice => f.write_str("no such device"),
            Self::Kernel { errno, text: None } => f.write_str(&lower_first(errno.desc())),
            Self::Kernel {
                errno,
                text: Some(text),
            } => write!(f, "{} ({text})", lower_first(errno.desc())),
            Self::Different => f.write_str("is there already, with other properties"),
            Self::NoAnswer(why) => write!(f, "no answer from the kernel: {why}"),
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(act: Act, reason: Reason) -> String {
        let address = crate::testing::address("10.0.0.1", 24);
        Failure {
            act,
            address,
            reason,
        }
        .to_string()
    }

    #[test]
    fn failures_name_act_object_and_reason() {
        assert_eq!(
            failure(Act::Add, Reason::NoDevice),
            "add 10.0.0.1/24 to eth0: no such device"
        );
        assert_eq!(
            failure(
                Act::Remove,
                Reason::Kernel {
                    errno: Errno::EPERM,
                    text: None
                }
            ),
            "remove 10.0.0.1/24 from eth0: operation not permitted"
        );
        assert_eq!(
            failure(
                Act::Add,
                Reason::Kernel {
                    errno: Errno::EINVAL,
                    text: Some("ipv4: Invalid scope value".into())
                }
            ),
            "add 10.0.0.1/24 to eth0: invalid argument (ipv4: Invalid scope value)"
        );
    }
}
