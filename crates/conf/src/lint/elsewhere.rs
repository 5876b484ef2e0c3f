//! A machine that need not be the one a file is for.

use std::net::IpAddr;
use std::path::Path;

use crate::host::{Host, InterfaceFacts, KeyFile, LocalAddress, PathFacts, ScriptFacts, UserFacts};

/// Another machine's facts, but every interface, every script and the default user of scripts are there, and whoever
/// asks is root, as the daemon will be.
#[derive(Clone, Copy)]
pub struct Elsewhere<'h> {
    host: &'h dyn Host,
}

impl<'h> Elsewhere<'h> {
    /// What `host` knows is used where it fits.
    pub fn new(host: &'h dyn Host) -> Self {
        Self { host }
    }
}

impl Host for Elsewhere<'_> {
    fn host_name(&self) -> String {
        self.host.host_name()
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.host.environment(name)
    }

    fn interface(&self, name: &str) -> Option<InterfaceFacts> {
        let unknown = InterfaceFacts {
            loopback: name == "lo",
            ..InterfaceFacts::default()
        };
        Some(self.host.interface(name).unwrap_or(unknown))
    }

    fn user(&self, name: &str) -> Option<UserFacts> {
        /// Nobody's, and not root's.
        const SOMEBODY: UserFacts = UserFacts {
            uid: 65533,
            gid: 65533,
        };
        let is_default = name == "keepalived_script";
        self.host.user(name).or(is_default.then_some(SOMEBODY))
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.host.group(name)
    }

    fn ourselves(&self) -> UserFacts {
        UserFacts { uid: 0, gid: 0 }
    }

    fn our_name(&self) -> String {
        "root".to_owned()
    }

    fn path(&self, path: &Path) -> PathFacts {
        self.host.path(path)
    }

    fn resolve(&self, name: &str) -> Option<IpAddr> {
        self.host.resolve(name)
    }

    fn script(&self, program: &Path, user: UserFacts) -> ScriptFacts {
        match self.host.script(program, user) {
            ScriptFacts::Missing => ScriptFacts::Found {
                executable: true,
                insecure: None,
            },
            found @ ScriptFacts::Found { .. } => found,
        }
    }

    fn has_program(&self, program: &Path) -> bool {
        self.host.has_program(program)
    }

    fn key_file(&self, path: &Path) -> KeyFile {
        self.host.key_file(path)
    }

    fn addresses(&self) -> Vec<LocalAddress> {
        self.host.addresses()
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        self.host.mode(path)
    }

    fn is_vrf(&self, interface: &str) -> bool {
        self.host.interface(interface).is_none() || self.host.is_vrf(interface)
    }

    fn text(&self, path: &Path) -> Option<String> {
        self.host.text(path)
    }

    fn names_in(&self, directory: &Path) -> Vec<String> {
        self.host.names_in(directory)
    }

    fn processors(&self) -> u16 {
        self.host.processors()
    }

    fn random(&self) -> u32 {
        self.host.random()
    }
}
