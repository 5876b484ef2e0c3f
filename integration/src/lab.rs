//! The LAN and its hosts.

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::ifaddrs::getifaddrs;

use crate::decode::Mac;
use crate::namespace::{self, Namespace};
use crate::process;

/// Where the folders of labs are: only root can write here, so scripts in it are trusted.
const STATE: &str = "/run";

/// A LAN with hosts; removed on drop.
#[derive(Debug)]
pub struct Lab {
    // Fields are dropped in this order: hosts and their processes, then the switch.
    hosts: Vec<Host>,
    switch: Namespace,
    folder: PathBuf,
}

/// One machine on the LAN: a network namespace with `eth0`.
#[derive(Debug)]
pub struct Host {
    name: String,
    namespace: Namespace,
    number: u8,
    folder: PathBuf,
}

/// An address as the kernel holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldAddress {
    /// The address.
    pub address: IpAddr,
    /// Its prefix length.
    pub prefix: u32,
}

impl Lab {
    /// A LAN with `director1`, `director2` and `client`.
    pub fn new(prefix: &str) -> Result<Self> {
        Self::with_hosts(prefix, &["director1", "director2", "client"])
    }

    /// A LAN with the named hosts: `directorN` is .N, `client` .10, `serverN` .10+N, others .30 on.
    pub fn with_hosts(prefix: &str, names: &[&str]) -> Result<Self> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        ensure!(
            !prefix.contains('-'),
            "a lab's prefix has no hyphen: {prefix}"
        );
        clean(prefix)?;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let unique = format!("{prefix}-{}-{number}", process::own());
        let folder = Path::new(STATE).join(&unique);
        fs::create_dir_all(&folder).context("make the lab's folder; are you root?")?;
        let switch = Namespace::create(format!("{unique}-switch"))?;
        let mut lab = Self {
            hosts: Vec::new(),
            switch,
            folder,
        };
        lab.make_switch()?;
        for (position, name) in (0_u8..).zip(names) {
            lab.add_host(&unique, name, host_number(name).unwrap_or(30 + position))?;
        }
        Ok(lab)
    }

    /// A host by its name.
    ///
    /// # Panics
    /// If the lab was made without it.
    pub fn host(&self, name: &str) -> &Host {
        let found = self.hosts.iter().find(|host| host.name == name);
        found.expect("the lab was made with this host")
    }

    /// `directorN`.
    pub fn director(&self, number: u8) -> &Host {
        self.host(&format!("director{number}"))
    }

    /// `client`.
    pub fn client(&self) -> &Host {
        self.host("client")
    }

    /// All hosts in the order in which they were named.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// A folder for this lab's files, removed with it; writable by root only.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Pulls a host's cable out of the switch: the host sees its carrier go.
    pub fn unplug(&self, host: &Host) -> Result<()> {
        self.switch.batch(&format!("link set {} down\n", host.name))
    }

    /// Puts the cable back.
    pub fn plug(&self, host: &Host) -> Result<()> {
        self.switch.batch(&format!("link set {} up\n", host.name))
    }

    /// Takes a host's port out of the bridge: it hears and reaches nobody, but has its carrier.
    pub fn isolate(&self, host: &Host) -> Result<()> {
        self.switch
            .batch(&format!("link set {} nomaster\n", host.name))
    }

    /// Ends an isolation.
    pub fn rejoin(&self, host: &Host) -> Result<()> {
        self.switch
            .batch(&format!("link set {} master lan\n", host.name))
    }

    pub(crate) fn switch(&self) -> &Namespace {
        &self.switch
    }

    fn make_switch(&self) -> Result<()> {
        self.switch
            .settings(&[("ipv6/conf/default/disable_ipv6", "1")])?;
        self.switch
            .batch("link add lan type bridge forward_delay 0 mcast_snooping 0\nlink set lan up\n")
    }

    fn add_host(&mut self, unique: &str, name: &str, number: u8) -> Result<()> {
        let namespace = Namespace::create(format!("{unique}-{name}"))?;
        // Before the link exists, so that it takes the settings over. No duplicate address
        // detection and no address of the kernel's own making: addresses are known and work at once.
        namespace.settings(&[
            ("ipv4/conf/all/rp_filter", "0"),
            ("ipv4/conf/default/rp_filter", "0"),
            ("ipv6/conf/all/accept_dad", "0"),
            ("ipv6/conf/default/accept_dad", "0"),
            ("ipv6/conf/default/accept_ra", "0"),
            ("ipv6/conf/default/addr_gen_mode", "1"),
            ("ipv6/conf/default/router_solicitations", "0"),
        ])?;
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        let host = Host {
            name: name.to_owned(),
            namespace,
            number,
            folder,
        };
        self.switch.batch(&format!(
            "link add {name} type veth peer name eth0 address {mac} netns {peer}\n\
             link set {name} master lan up\n",
            mac = host.mac(),
            peer = host.namespace.name(),
        ))?;
        host.namespace.batch(&format!(
            "link set lo up\n\
             addr add {v4}/24 brd + dev eth0\n\
             addr add {v6}/64 dev eth0 nodad\n\
             addr add {local}/64 dev eth0 nodad\n\
             link set eth0 up\n",
            v4 = host.ipv4(),
            v6 = host.ipv6(),
            local = host.link_local(),
        ))?;
        self.hosts.push(host);
        Ok(())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for host in &self.hosts {
            process::kill_namespace(host.namespace.name());
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Host {
    /// Its name in the lab.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of its network namespace, for `ip netns exec`.
    pub fn namespace(&self) -> &str {
        self.namespace.name()
    }

    /// A folder for its files, removed with the lab.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its own IPv4 address.
    pub fn ipv4(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 10, 0, self.number)
    }

    /// Its own global IPv6 address (its last part reads like the IPv4 one).
    pub fn ipv6(&self) -> Ipv6Addr {
        Ipv6Addr::new(0xfd00, 0x10, 0, 0, 0, 0, 0, u16::from(self.number))
    }

    /// Its own link-local address.
    pub fn link_local(&self) -> Ipv6Addr {
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, u16::from(self.number))
    }

    /// The Ethernet address of `eth0`.
    pub fn mac(&self) -> Mac {
        Mac([2, 0, 10, 10, 0, self.number])
    }

    /// Runs a closure on a thread inside the host's network namespace.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        self.namespace.run(work)
    }

    /// Runs a command line (words are split at blanks) to its end; its output, or an error.
    pub fn exec(&self, line: &str) -> Result<String> {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().context("an empty command line")?);
        command.args(words);
        let output = self
            .run(|| command.output())?
            .with_context(|| format!("run {line}"))?;
        if !output.status.success() {
            bail!(
                "{}: {line}: {}",
                self.name,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts a command inside the namespace; whoever starts it ends it (the lab's drop does so at
    /// the latest).
    pub fn spawn(&self, command: &mut Command) -> Result<Child> {
        self.run(|| command.spawn())?
            .with_context(|| format!("run {command:?}"))
    }

    /// The addresses of `eth0`, labels included; cheap enough to be polled.
    pub fn addresses(&self) -> Result<Vec<HeldAddress>> {
        self.addresses_of("eth0")
    }

    /// The addresses of an interface.
    pub fn addresses_of(&self, interface: &str) -> Result<Vec<HeldAddress>> {
        let found = self.run(|| -> Result<Vec<HeldAddress>> {
            let all = getifaddrs().context("read addresses")?;
            let ours =
                all.filter(|entry| entry.interface_name.split(':').next() == Some(interface));
            Ok(ours
                .filter_map(|entry| held(entry.address?, entry.netmask?))
                .collect())
        })??;
        Ok(found)
    }

    /// Whether `eth0` holds an address; false too if that cannot be found out.
    pub fn has(&self, address: IpAddr) -> bool {
        self.addresses()
            .is_ok_and(|all| all.iter().any(|held| held.address == address))
    }

    /// Whether an address answers to this host: by a TCP refusal, so nothing needs to listen there.
    pub fn reaches(&self, address: IpAddr) -> bool {
        let target = SocketAddr::new(address, 9);
        let answer = self.run(|| TcpStream::connect_timeout(&target, Duration::from_secs(2)));
        match answer {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => error.kind() == ErrorKind::ConnectionRefused,
            Err(_) => false,
        }
    }

    /// `ip -o -d addr show` of an interface, a line per address, without index and spacing: every
    /// property a user can see, for comparisons.
    pub fn address_lines(&self, interface: &str) -> Result<Vec<String>> {
        let text = self.exec(&format!("ip -o -d addr show dev {interface}"))?;
        let words = |line: &str| {
            let line = line.split_once(':').map_or(line, |(_, rest)| rest);
            line.split_whitespace()
                .filter(|word| *word != "\\")
                .collect::<Vec<_>>()
                .join(" ")
        };
        Ok(text
            .lines()
            .filter(|line| line.contains(" inet"))
            .map(words)
            .collect())
    }

    /// Sets `eth0` down, by the administrator's hand.
    pub fn link_down(&self) -> Result<()> {
        self.namespace.batch("link set eth0 down\n")
    }

    /// Sets `eth0` up again and gives it the IPv6 addresses back that the kernel took at `down`.
    pub fn link_up(&self) -> Result<()> {
        self.namespace.batch(&format!(
            "link set eth0 up\naddr replace {}/64 dev eth0 nodad\naddr replace {}/64 dev eth0 nodad\n",
            self.ipv6(),
            self.link_local(),
        ))
    }
}

/// Removes what dead runs with this prefix have left: processes, namespaces, folders.
pub fn clean(prefix: &str) -> Result<()> {
    for name in left_over(Path::new("/run/netns"), prefix) {
        namespace::remove(&name);
    }
    for name in left_over(Path::new(STATE), prefix) {
        let _ = fs::remove_dir_all(Path::new(STATE).join(name));
    }
    Ok(())
}

/// Entries called `PREFIX-PID-…` whose process is gone.
fn left_over(folder: &Path, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let dead = |name: &String| {
        let Some(rest) = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('-'))
        else {
            return false;
        };
        let pid = rest.split('-').next().and_then(|pid| pid.parse().ok());
        pid.is_some_and(|pid: i32| !process::alive(pid))
    };
    names.filter(dead).collect()
}

fn host_number(name: &str) -> Option<u8> {
    if let Some(number) = name.strip_prefix("director") {
        return number.parse().ok();
    }
    if let Some(number) = name.strip_prefix("server") {
        return number.parse::<u8>().ok().map(|number| 10 + number);
    }
    (name == "client").then_some(10)
}

fn held(
    address: nix::sys::socket::SockaddrStorage,
    netmask: nix::sys::socket::SockaddrStorage,
) -> Option<HeldAddress> {
    if let (Some(address), Some(mask)) = (address.as_sockaddr_in(), netmask.as_sockaddr_in()) {
        let prefix = u32::from(mask.ip()).leading_ones();
        return Some(HeldAddress {
            address: address.ip().into(),
            prefix,
        });
    }
    let (address, mask) = (address.as_sockaddr_in6()?, netmask.as_sockaddr_in6()?);
    let prefix = u128::from(mask.ip()).leading_ones();
    Some(HeldAddress {
        address: address.ip().into(),
        prefix,
    })
}
