//! What the configuration needs to know of the machine, behind a trait so that tests can say it.

mod fake;
mod file;
mod system;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

pub use fake::FakeHost;
pub use file::{DirectoryFacts, KeyFile};
pub use system::SystemHost;

/// Facts about an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterfaceFacts {
    /// Cannot be used for VRRP.
    pub loopback: bool,
    /// Limits how many addresses an advert carries.
    pub mtu: u32,
    /// Adverts can be sent to a group.
    pub multicast: bool,
    /// Can have a virtual interface on it.
    pub ethernet: bool,
    /// Is a macvlan interface itself.
    pub macvlan: bool,
    /// Is an ipvlan interface itself.
    pub ipvlan: bool,
}

impl Default for InterfaceFacts {
    fn default() -> Self {
        Self {
            loopback: false,
            mtu: 1500,
            multicast: true,
            ethernet: true,
            macvlan: false,
            ipvlan: false,
        }
    }
}

/// A user's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserFacts {
    /// User id.
    pub uid: u32,
    /// The user's own group.
    pub gid: u32,
}

/// Facts about the program of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptFacts {
    /// There is no such file.
    Missing,
    /// There is one.
    Found {
        /// A regular file that the given user may execute.
        executable: bool,
        /// The component of its path that others than root may change.
        insecure: Option<Insecure>,
    },
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFacts {
    /// Nothing that we can see.
    Missing,
    /// A directory.
    Directory,
    /// Something else.
    Other,
}

/// A file or a directory that others than root may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insecure {
    /// Its path.
    pub path: PathBuf,
    /// Whose it is.
    pub uid: u32,
    /// Of which group.
    pub gid: u32,
    /// Who may do what, with the set-user-id, set-group-id and sticky bits.
    pub mode: u32,
}

impl fmt::Display for Insecure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            uid,
            gid,
            mode,
        } = self;
        let path = path.display();
        write!(f, "{path} (of user {uid} and group {gid}, mode {mode:04o})")
    }
}

/// An address that an interface has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAddress {
    /// The interface.
    pub interface: String,
    /// Its address.
    pub address: IpAddr,
    /// How long the prefix of its network is.
    pub prefix: u8,
}

/// What the loader asks of the machine.
pub trait Host {
    /// The host name.
    fn host_name(&self) -> String;
    /// A variable of the environment (`${_ENV NAME}`).
    fn environment(&self, name: &str) -> Option<String>;
    /// The interface of that name.
    fn interface(&self, name: &str) -> Option<InterfaceFacts>;
    /// The user of that name.
    fn user(&self, name: &str) -> Option<UserFacts>;
    /// The group of that name.
    fn group(&self, name: &str) -> Option<u32>;
    /// Who we are.
    fn ourselves(&self) -> UserFacts;
    /// The name of the user we are.
    fn our_name(&self) -> String;
    /// What a path leads to.
    fn path(&self, path: &Path) -> PathFacts;
    /// An address of a host by its name; may take as long as the machine's resolver does.
    fn resolve(&self, name: &str) -> Option<IpAddr>;
    /// The program of a script: a path, or a bare name that is searched in PATH.
    fn script(&self, program: &Path, user: UserFacts) -> ScriptFacts;
    /// A directory with files that are to be watched.
    fn directory(&self, _path: &Path) -> DirectoryFacts {
        DirectoryFacts::Watchable
    }
    /// A file with a key.
    fn key_file(&self, _path: &Path) -> KeyFile {
        KeyFile::Missing
    }
    /// Whether an interface is the master of a VRF.
    fn is_vrf(&self, interface: &str) -> bool;
    /// The content of a small file of text, such as `/etc/protocols`.
    fn text(&self, path: &Path) -> Option<String>;
    /// The names of what is in a directory, in order.
    fn names_in(&self, directory: &Path) -> Vec<String>;
    /// Whether the program of a script is there.
    fn has_program(&self, program: &Path) -> bool {
        self.script(program, UserFacts { uid: 0, gid: 0 }) != ScriptFacts::Missing
    }
    /// The addresses of all interfaces; none if nobody knows.
    fn addresses(&self) -> Vec<LocalAddress> {
        Vec::new()
    }
    /// Who may do what with a file.
    fn mode(&self, _path: &Path) -> Option<u32> {
        None
    }
    /// How many processors there are.
    fn processors(&self) -> u16;
    /// Any number (`$_RANDOM`).
    fn random(&self) -> u32;
}
