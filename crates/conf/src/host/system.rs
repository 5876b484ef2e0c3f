//! The machine we run on, asked.

use std::net::{IpAddr, ToSocketAddrs};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::unistd::{Group, User};

use super::{
    DirectoryFacts, Host, Insecure, InterfaceFacts, KeyFile, LocalAddress, PathFacts, ScriptFacts,
    UserFacts, file,
};

/// The machine we run on.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemHost;

impl Host for SystemHost {
    fn host_name(&self) -> String {
        nix::unistd::gethostname()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    fn environment(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn interface(&self, name: &str) -> Option<InterfaceFacts> {
        let index = if_nametoindex(name).ok()?;
        Some(
            interface_of_sysfs(name, index).unwrap_or_else(|| InterfaceFacts {
                loopback: is_loopback(name),
                ..InterfaceFacts::default()
            }),
        )
    }

    fn user(&self, name: &str) -> Option<UserFacts> {
        let user = User::from_name(name).ok()??;
        Some(UserFacts {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
        })
    }

    fn group(&self, name: &str) -> Option<u32> {
        Some(Group::from_name(name).ok()??.gid.as_raw())
    }

    fn ourselves(&self) -> UserFacts {
        UserFacts {
            uid: nix::unistd::geteuid().as_raw(),
            gid: nix::unistd::getegid().as_raw(),
        }
    }

    fn our_name(&self) -> String {
        let user = User::from_uid(nix::unistd::geteuid()).ok().flatten();
        user.map_or_else(|| "root".to_owned(), |user| user.name)
    }

    fn path(&self, path: &Path) -> PathFacts {
        match path.metadata() {
            Err(_) => PathFacts::Missing,
            Ok(found) if found.is_dir() => PathFacts::Directory,
            Ok(_) => PathFacts::Other,
        }
    }

    fn resolve(&self, name: &str) -> Option<IpAddr> {
        let mut found = (name, 0).to_socket_addrs().ok()?;
        found.next().map(|address| address.ip())
    }

    fn script(&self, program: &Path, user: UserFacts) -> ScriptFacts {
        let Some(path) = find_program(program) else {
            return ScriptFacts::Missing;
        };
        let executable = path
            .metadata()
            .is_ok_and(|m| m.is_file() && may_execute(&m, user));
        ScriptFacts::Found {
            executable,
            insecure: insecure_component(&path),
        }
    }

    fn directory(&self, path: &Path) -> DirectoryFacts {
        file::directory(path)
    }

    fn key_file(&self, path: &Path) -> KeyFile {
        file::key_file(path)
    }

    fn is_vrf(&self, interface: &str) -> bool {
        let events = std::fs::read_to_string(format!("/sys/class/net/{interface}/uevent"));
        events.is_ok_and(|text| text.lines().any(|line| line == "DEVTYPE=vrf"))
    }

    fn text(&self, path: &Path) -> Option<String> {
        /// A file of names is far smaller.
        const MOST: u64 = 1 << 20;
        let facts = path.metadata().ok()?;
        if !facts.is_file() || facts.len() > MOST {
            return None;
        }
        let bytes = std::fs::read(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn names_in(&self, directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    fn addresses(&self) -> Vec<LocalAddress> {
        let all = nix::ifaddrs::getifaddrs().into_iter().flatten();
        all.filter_map(|found| local_address(&found)).collect()
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        Some(path.metadata().ok()?.permissions().mode() & 0o7777)
    }

    fn processors(&self) -> u16 {
        std::thread::available_parallelism()
            .map_or(1, |count| u16::try_from(count.get()).unwrap_or(u16::MAX))
    }

    fn random(&self) -> u32 {
        use std::hash::{BuildHasher, RandomState};
        let bytes = RandomState::new().hash_one(0u8).to_ne_bytes();
        u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }
}

/// What sysfs says of one interface; `None` if it is not mounted or shows another network namespace.
fn interface_of_sysfs(name: &str, index: u32) -> Option<InterfaceFacts> {
    const LOOPBACK: u32 = 0x8; // IFF_LOOPBACK
    const MULTICAST: u32 = 0x1000; // IFF_MULTICAST
    const ETHERNET: &str = "1"; // ARPHRD_ETHER
    let read = |attribute: &str| {
        let text = std::fs::read_to_string(format!("/sys/class/net/{name}/{attribute}")).ok()?;
        Some(text.trim().to_owned())
    };
    let flags = u32::from_str_radix(read("flags")?.trim_start_matches("0x"), 16).ok()?;
    let same = read("ifindex")?.parse() == Ok(index);
    let events = read("uevent").unwrap_or_default();
    let is_a = |kind: &str| events.lines().any(|line| line == format!("DEVTYPE={kind}"));
    same.then_some(InterfaceFacts {
        loopback: flags & LOOPBACK != 0,
        mtu: read("mtu")?.parse().ok()?,
        multicast: flags & MULTICAST != 0,
        ethernet: read("type").as_deref() == Some(ETHERNET),
        macvlan: is_a("macvlan"),
        ipvlan: is_a("ipvlan"),
    })
}

fn local_address(found: &nix::ifaddrs::InterfaceAddress) -> Option<LocalAddress> {
    let address = ip(found.address.as_ref()?)?;
    let bits = match ip(found.netmask.as_ref()?)? {
        IpAddr::V4(mask) => mask.to_bits().count_ones(),
        IpAddr::V6(mask) => mask.to_bits().count_ones(),
    };
    Some(LocalAddress {
        interface: found.interface_name.clone(),
        address,
        prefix: u8::try_from(bits).ok()?,
    })
}

fn ip(address: &nix::sys::socket::SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
}

/// The list of all interfaces with all their addresses: dear where there are thousands, so a last resort.
fn is_loopback(name: &str) -> bool {
    nix::ifaddrs::getifaddrs().is_ok_and(|mut all| {
        all.any(|i| i.interface_name == name && i.flags.contains(InterfaceFlags::IFF_LOOPBACK))
    })
}

/// A path as it is; a bare name in PATH.
fn find_program(program: &Path) -> Option<PathBuf> {
    if program.as_os_str().is_empty() {
        return None;
    }
    if program.components().count() > 1 || program.is_absolute() {
        return program.exists().then(|| program.to_path_buf());
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

fn may_execute(file: &std::fs::Metadata, user: UserFacts) -> bool {
    let mode = file.permissions().mode();
    if user.uid == 0 {
        return mode & 0o111 != 0;
    }
    let shift = match () {
        () if file.uid() == user.uid => 6,
        () if file.gid() == user.gid => 3,
        () => 0,
    };
    mode >> shift & 1 != 0
}

/// The first component, symbolic links followed, that is not root's alone.
fn insecure_component(path: &Path) -> Option<Insecure> {
    let real = path.canonicalize().ok()?;
    let mut ancestors: Vec<_> = real.ancestors().collect();
    ancestors.reverse();
    ancestors.into_iter().find_map(|component| {
        let facts = component.metadata().ok()?;
        let mode = facts.permissions().mode();
        // The sticky bit keeps others from replacing what is in a directory.
        let writable = mode & 0o022 != 0 && !(facts.is_dir() && mode & 0o1000 != 0);
        (facts.uid() != 0 || writable).then(|| Insecure {
            path: component.to_path_buf(),
            uid: facts.uid(),
            gid: facts.gid(),
            mode: mode & 0o7777,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_is_known_with_and_without_sysfs() {
        let facts = SystemHost.interface("lo").expect("lo is everywhere");
        assert!(facts.loopback && facts.mtu > 1500, "{facts:?}");
        assert!(is_loopback("lo"));
        assert_eq!(interface_of_sysfs("lo", 0), None);
        assert_eq!(SystemHost.interface("no/such"), None);
    }
}
