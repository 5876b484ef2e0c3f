//! A machine of which tests say everything.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::{
    DirectoryFacts, Host, InterfaceFacts, KeyFile, LocalAddress, PathFacts, ScriptFacts, UserFacts,
};

/// A machine made of tables, for tests.
#[derive(Debug, Clone, Default)]
pub struct FakeHost {
    /// Host name.
    pub host_name: String,
    /// Variables.
    pub environment: BTreeMap<String, String>,
    /// Interfaces.
    pub interfaces: BTreeMap<String, InterfaceFacts>,
    /// Users.
    pub users: BTreeMap<String, UserFacts>,
    /// Groups.
    pub groups: BTreeMap<String, u32>,
    /// Programs; others are missing.
    pub scripts: BTreeMap<PathBuf, ScriptFacts>,
    /// Directories with files to be watched, unless that is easy.
    pub directories: BTreeMap<PathBuf, DirectoryFacts>,
    /// Files with keys; others are missing.
    pub key_files: BTreeMap<PathBuf, KeyFile>,
    /// Hosts by name.
    pub hosts: BTreeMap<String, IpAddr>,
    /// Files and directories; others are missing.
    pub paths: BTreeMap<PathBuf, PathFacts>,
    /// Interfaces that are masters of VRFs.
    pub vrfs: BTreeSet<String>,
    /// Small files of text.
    pub files: BTreeMap<PathBuf, String>,
    /// Addresses of interfaces.
    pub addresses: Vec<LocalAddress>,
    /// The mode of every file.
    pub mode: Option<u32>,
    /// What `$_RANDOM` is made of.
    pub random: u32,
}

impl FakeHost {
    /// A machine with these interfaces, root, and nothing else.
    pub fn with_interfaces(names: &[&str]) -> Self {
        let facts = |name: &&str| {
            let facts = InterfaceFacts {
                loopback: *name == "lo",
                ..InterfaceFacts::default()
            };
            ((*name).to_owned(), facts)
        };
        Self {
            host_name: "director1.example".to_owned(),
            interfaces: names.iter().map(facts).collect(),
            users: BTreeMap::from([("root".to_owned(), UserFacts { uid: 0, gid: 0 })]),
            groups: BTreeMap::from([("root".to_owned(), 0)]),
            ..Self::default()
        }
    }

    /// The same with a program that is executable and in a safe place.
    pub fn with_script(mut self, path: &str) -> Self {
        self.scripts.insert(
            path.into(),
            ScriptFacts::Found {
                executable: true,
                insecure: None,
            },
        );
        self
    }

    /// The same with an address on an interface.
    pub fn with_address(mut self, interface: &str, address: IpAddr, prefix: u8) -> Self {
        self.addresses.push(LocalAddress {
            interface: interface.to_owned(),
            address,
            prefix,
        });
        self
    }
}

impl Host for FakeHost {
    fn host_name(&self) -> String {
        self.host_name.clone()
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    fn interface(&self, name: &str) -> Option<InterfaceFacts> {
        self.interfaces.get(name).copied()
    }

    fn user(&self, name: &str) -> Option<UserFacts> {
        self.users.get(name).copied()
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.groups.get(name).copied()
    }

    fn ourselves(&self) -> UserFacts {
        UserFacts { uid: 0, gid: 0 }
    }

    fn our_name(&self) -> String {
        "root".to_owned()
    }

    fn path(&self, path: &Path) -> PathFacts {
        self.paths.get(path).copied().unwrap_or(PathFacts::Missing)
    }

    fn resolve(&self, name: &str) -> Option<IpAddr> {
        self.hosts.get(name).copied()
    }

    fn script(&self, program: &Path, _user: UserFacts) -> ScriptFacts {
        self.scripts
            .get(program)
            .cloned()
            .unwrap_or(ScriptFacts::Missing)
    }

    fn directory(&self, path: &Path) -> DirectoryFacts {
        let known = self.directories.get(path).copied();
        known.unwrap_or(DirectoryFacts::Watchable)
    }

    fn key_file(&self, path: &Path) -> KeyFile {
        let known = self.key_files.get(path).cloned();
        known.unwrap_or(KeyFile::Missing)
    }

    fn is_vrf(&self, interface: &str) -> bool {
        self.vrfs.contains(interface)
    }

    fn text(&self, path: &Path) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn names_in(&self, directory: &Path) -> Vec<String> {
        let inside = self
            .files
            .keys()
            .filter(|path| path.parent() == Some(directory));
        let names = inside.filter_map(|path| path.file_name()?.to_str());
        names.map(str::to_owned).collect()
    }

    fn addresses(&self) -> Vec<LocalAddress> {
        self.addresses.clone()
    }

    fn mode(&self, _path: &Path) -> Option<u32> {
        self.mode
    }

    fn processors(&self) -> u16 {
        2
    }

    fn random(&self) -> u32 {
        self.random
    }
}
