//! The machines on which the original was asked.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use super::expected::Message;
use conf::{FakeHost, Host, InterfaceFacts, PathFacts, ScriptFacts, UserFacts};

const INTERFACES: [&str; 17] = [
    "eth0", "eth1", "eth2", "eth3", "ens3", "ens18", "ens32", "ens33", "ens160", "ens192",
    "enp0s3", "enp0s8", "em1", "em2", "eno1", "bond0", "lo",
];

/// Programs of a fresh Debian that files of the corpus name, with and without a directory.
const PROGRAMS: [&str; 18] = [
    "bash",
    "curl",
    "date",
    "echo",
    "false",
    "kill",
    "killall",
    "ls",
    "pgrep",
    "pidof",
    "ping",
    "service",
    "sh",
    "stat",
    "systemctl",
    "test",
    "touch",
    "true",
];

/// A fresh machine with the usual interfaces.
pub(crate) fn bare() -> FakeHost {
    let mut host = FakeHost::with_interfaces(&INTERFACES);
    let nobody = UserFacts {
        uid: 65534,
        gid: 65534,
    };
    host.users.insert("nobody".into(), nobody);
    host.hosts.insert("localhost".into(), [127, 0, 0, 1].into());
    let found = ScriptFacts::Found {
        executable: true,
        insecure: None,
    };
    for program in PROGRAMS.iter().chain(&["ip", "["]) {
        for directory in ["", "/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"] {
            let path = format!("{directory}{program}");
            host.scripts.insert(path.into(), found.clone());
        }
    }
    host
}

/// The machine of the file's author: its interfaces, scripts and users are there.
pub(crate) struct Field {
    pub(crate) host: FakeHost,
    /// Names that the original said are not there after all.
    pub(crate) missing: BTreeSet<String>,
}

/// The interfaces that messages say are not there.
pub(crate) fn missing_interfaces<'m>(
    messages: impl Iterator<Item = &'m Message>,
) -> BTreeSet<String> {
    const SIGNS: [(&str, &str); 4] = [
        ("WARNING - interface ", " specified "),
        ("WARNING - interface ", " for "),
        ("tracked interface ", " doesn't exist"),
        ("unknown interface ", " specified "),
    ];
    let named = |message: &'m Message| {
        SIGNS.iter().find_map(|(before, after)| {
            let (_, rest) = message.text.split_once(before)?;
            Some(rest.split_once(after)?.0.to_owned())
        })
    };
    messages.filter_map(named).collect()
}

impl Host for Field {
    fn host_name(&self) -> String {
        self.host.host_name()
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.host.environment(name)
    }

    fn interface(&self, name: &str) -> Option<InterfaceFacts> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-@:".contains(c);
        let is_name = !name.is_empty() && name.len() < 16 && name.chars().all(plain);
        // Nobody names a virtual interface that is there already.
        let is_there = is_name && !name.starts_with("vrrp") && !self.missing.contains(name);
        is_there.then_some(InterfaceFacts {
            loopback: name == "lo",
            // Whatever a file calls a virtual interface was none of the interfaces there.
            macvlan: true,
            ipvlan: true,
            ..InterfaceFacts::default()
        })
    }

    fn user(&self, name: &str) -> Option<UserFacts> {
        match name {
            "root" => Some(UserFacts { uid: 0, gid: 0 }),
            "keepalived_script" => None,
            _ => Some(UserFacts {
                uid: 1000,
                gid: 1000,
            }),
        }
    }

    fn group(&self, name: &str) -> Option<u32> {
        Some(if name == "root" { 0 } else { 1000 })
    }

    fn ourselves(&self) -> UserFacts {
        self.host.ourselves()
    }

    fn our_name(&self) -> String {
        self.host.our_name()
    }

    fn path(&self, path: &Path) -> PathFacts {
        self.host.path(path)
    }

    fn resolve(&self, name: &str) -> Option<IpAddr> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        let is_name = name.contains(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
        is_name.then_some([127, 0, 0, 1].into())
    }

    fn script(&self, program: &Path, user: UserFacts) -> ScriptFacts {
        // Those beside the files were not there.
        let is_beside = program
            .components()
            .any(|part| part.as_os_str() == "corpus");
        if program.is_absolute() && !is_beside {
            return ScriptFacts::Found {
                executable: true,
                insecure: None,
            };
        }
        self.host.script(program, user)
    }

    fn is_vrf(&self, interface: &str) -> bool {
        self.host.is_vrf(interface)
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
