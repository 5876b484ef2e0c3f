//! A network namespace that lives as long as its thread, with a pair of links: v0 (ours) and p0 (the LAN).

use std::net::IpAddr;
use std::panic::resume_unwind;
use std::process::Command;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use serde_json::Value;
use vip::{Address, AddressFlags, Change, Links, Manager, Monitor, Owner};

pub(crate) const ME: Owner = Owner(1);

/// Runs a test in a namespace.
pub(crate) fn in_namespace(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("these tests need root");
        ip("link set lo up");
        ip("link add v0 type veth peer name p0");
        ip("link set v0 up");
        ip("link set p0 up");
        test();
    });
    thread.join().unwrap_or_else(|panic| resume_unwind(panic));
}

/// Another program at work.
pub(crate) fn ip(arguments: &str) -> Vec<u8> {
    let output = Command::new("ip")
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "ip {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// The addresses of v0 as `ip` sees them, without what the kernel made itself.
pub(crate) fn seen() -> Vec<Value> {
    let links: Value = serde_json::from_slice(&ip("-j -d addr show dev v0")).unwrap();
    let all = links[0]["addr_info"].as_array().unwrap();
    let link_local = |a: &Value| a["local"].as_str().unwrap().starts_with("fe80:");
    all.iter().filter(|a| !link_local(a)).cloned().collect()
}

/// Just the addresses.
pub(crate) fn seen_addresses() -> Vec<String> {
    seen()
        .iter()
        .map(|a| a["local"].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn address(text: &str) -> Address {
    let (address, prefix) = text.split_once('/').unwrap();
    let address: IpAddr = address.parse().unwrap();
    let flags = if address.is_ipv6() {
        AddressFlags::NODAD
    } else {
        AddressFlags::empty()
    };
    Address {
        address,
        prefix: prefix.parse().unwrap(),
        interface: "v0".into(),
        label: None,
        scope: 0,
        peer: None,
        broadcast: None,
        flags,
        preferred_lifetime: None,
        track: true,
        use_vmac: false,
    }
}

/// What a role holds, driven to the end of each operation.
pub(crate) struct Host {
    runtime: tokio::runtime::Runtime,
    pub(crate) monitor: Monitor,
    pub(crate) links: Links,
    pub(crate) manager: Manager,
}

impl Host {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (monitor, links) = {
            let _context = runtime.enter();
            Monitor::open().unwrap()
        };
        let manager = Manager::open().unwrap();
        let mut host = Self {
            runtime,
            monitor,
            links,
            manager,
        };
        host.wait_up(&["v0", "p0"]);
        host
    }

    /// Until its carrier is there a link swallows what is sent.
    pub(crate) fn wait_up(&mut self, names: &[&str]) {
        let is_up = |links: &Links, name: &str| links.by_name(name).is_some_and(|link| link.up);
        while !names.iter().all(|name| is_up(&self.links, name)) {
            self.next();
        }
    }

    /// Wants and reconciles; everything must succeed.
    pub(crate) fn want(&mut self, owner: Owner, addresses: &[Address]) -> vip::Outcome {
        self.manager.want(owner, addresses.to_vec());
        self.reconcile()
    }

    pub(crate) fn reconcile(&mut self) -> vip::Outcome {
        let outcome = self.manager.reconcile(&self.links);
        assert_eq!(outcome.failed, []);
        outcome
    }

    /// The next changes, and whose addresses others took away in them.
    pub(crate) fn next(&mut self) -> (Vec<Change>, Vec<Owner>) {
        let next = self.monitor.next(&mut self.links);
        let limited = self
            .runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(10), next).await });
        let changes = limited.expect("changes within 10 s").unwrap();
        let robbed = changes
            .iter()
            .filter_map(|c| self.manager.removed_by_others(c))
            .collect();
        (changes, robbed)
    }

    /// Takes changes until one fits.
    pub(crate) fn until(&mut self, fits: impl Fn(&Change) -> bool) -> (Vec<Change>, Vec<Owner>) {
        let (mut changes, mut robbed) = (Vec::new(), Vec::new());
        while !changes.iter().any(&fits) {
            let (more, others) = self.next();
            changes.extend(more);
            robbed.extend(others);
        }
        (changes, robbed)
    }

    /// Takes changes until everything up to here has been seen: a mark is set and waited for.
    pub(crate) fn catch_up(&mut self) -> (Vec<Change>, Vec<Owner>) {
        let mark: IpAddr = "192.0.2.255".parse().unwrap();
        ip("addr add 192.0.2.255/32 dev lo");
        ip("addr del 192.0.2.255/32 dev lo");
        self.until(|c| matches!(c, Change::AddressRemoved { address, .. } if *address == mark))
    }
}
