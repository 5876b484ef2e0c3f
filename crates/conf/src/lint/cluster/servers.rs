//! Virtual servers: whoever is master has to serve the same with the same real servers.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::lints::{REAL_SERVER_WEIGHTS, REAL_SERVERS, SERVER_SETTINGS, VIRTUAL_SERVERS};
use super::{Cluster, Node, listed, related};
use crate::config::{Config, Protocol, RealServer, Service, VirtualServer};
use crate::diagnostic::{Diagnostic, Place};
use crate::tree::Statement;

/// More than so many are counted, not listed.
const LISTED: usize = 4;

impl Cluster<'_> {
    /// Compares every node with the first that has virtual servers.
    pub(super) fn servers(&self, found: &mut Vec<Diagnostic>) {
        let has_some = |node: &&Node<'_>| !node.loaded.config.virtual_servers.is_empty();
        let Some(first) = self.nodes.iter().position(|node| has_some(&node)) else {
            return;
        };
        let here = Side::new(&self.nodes[first]);
        let others = self.nodes.iter().enumerate().filter(|(at, _)| *at != first);
        for (_, other) in others {
            let there = Side::new(other);
            found.extend(here.only_here(&there));
            found.extend(there.only_here(&here));
            for (key, server) in &here.servers {
                if let Some(their) = there.servers.get(key) {
                    here.compare(&there, key, server, their, found);
                }
            }
        }
    }
}

/// The service and the protocol of a virtual server.
type Key = (String, Option<Protocol>);

/// The virtual servers of one node.
struct Side<'a> {
    name: &'a str,
    servers: BTreeMap<Key, &'a VirtualServer>,
    /// Where they are written.
    blocks: BTreeMap<Key, &'a Statement>,
}

impl<'a> Side<'a> {
    fn new(node: &Node<'a>) -> Self {
        let config = &node.loaded.config;
        let servers = config.virtual_servers.iter();
        let servers = servers.map(|server| ((service(config, server), server.protocol), server));
        let mut blocks = BTreeMap::new();
        for block in node.loaded.tree.blocks("virtual_server") {
            let key = written_service(block).map(|service| (service, written_protocol(block)));
            if let Some(key) = key {
                blocks.entry(key).or_insert(block);
            }
        }
        Self {
            name: node.name,
            servers: servers.collect(),
            blocks,
        }
    }

    fn block(&self, key: &Key) -> Option<&'a Statement> {
        // Without `protocol` the default is the loader's to know.
        let unsaid = (key.0.clone(), None);
        self.blocks
            .get(key)
            .or_else(|| self.blocks.get(&unsaid))
            .copied()
    }

    fn place(&self, key: &Key) -> Option<&'a Place> {
        let block = self.block(key)?;
        let word = block.arguments().first();
        Some(word.unwrap_or_else(|| block.head()).place())
    }

    fn real_server(&self, key: &Key, address: SocketAddr) -> Option<&'a Place> {
        let block = self.block(key)?;
        let servers = block.block().iter().filter(|s| s.head().is("real_server"));
        let is_it = |s: &&Statement| written_address(s.arguments()) == Some(address);
        let found = servers.into_iter().find(is_it);
        found
            .and_then(|s| s.arguments().first())
            .map(crate::Word::place)
    }

    fn only_here(&self, other: &Self) -> Option<Diagnostic> {
        let only: Vec<&Key> = self
            .servers
            .keys()
            .filter(|key| !other.servers.contains_key(key))
            .collect();
        let first = only.first()?;
        let names: Vec<String> = only.iter().map(|key| in_words(key)).collect();
        let (here, there) = (self.name, other.name);
        let (is, serves) = match only.len() {
            1 => ("is", "it is not served"),
            _ => ("are", "they are not served"),
        };
        let message = format!(
            "{} {is} on {here}, but not on {there}: {serves} while {there} is master",
            shortened(&names)
        );
        Some(VIRTUAL_SERVERS.told(self.place(first), message))
    }

    fn compare(
        &self,
        other: &Self,
        key: &Key,
        server: &VirtualServer,
        their: &VirtualServer,
        found: &mut Vec<Diagnostic>,
    ) {
        let (here, there) = (by_address(server), by_address(their));
        found.extend(self.real_only_here(other, key, &here, &there));
        found.extend(other.real_only_here(self, key, &there, &here));
        found.extend(self.weights(other, key, &here, &there));
        let settings = differing_settings(server, their);
        if !settings.is_empty() {
            let message = format!(
                "{}: {} on {} and {} differ",
                in_words(key),
                listed(&settings),
                self.name,
                other.name
            );
            let diagnostic = SERVER_SETTINGS.told(self.place(key), message);
            found.push(related(
                diagnostic,
                other.place(key),
                format!("the one on {}", other.name),
            ));
        }
    }

    fn real_only_here(
        &self,
        other: &Self,
        key: &Key,
        here: &Reals<'_>,
        there: &Reals<'_>,
    ) -> Option<Diagnostic> {
        let only: Vec<SocketAddr> = here
            .keys()
            .filter(|a| !there.contains_key(a))
            .copied()
            .collect();
        let first = only.first()?;
        let names: Vec<String> = only.iter().map(SocketAddr::to_string).collect();
        let server = if only.len() == 1 {
            "real server"
        } else {
            "real servers"
        };
        let message = format!(
            "{}: {server} {} on {}, but not on {}",
            in_words(key),
            shortened(&names),
            self.name,
            other.name
        );
        let diagnostic = REAL_SERVERS.told(
            self.real_server(key, *first).or_else(|| self.place(key)),
            message,
        );
        Some(related(
            diagnostic,
            other.place(key),
            format!("the virtual server on {}", other.name),
        ))
    }

    fn weights(
        &self,
        other: &Self,
        key: &Key,
        here: &Reals<'_>,
        there: &Reals<'_>,
    ) -> Option<Diagnostic> {
        let mut both = here
            .iter()
            .filter_map(|(address, one)| Some((*address, one, there.get(address)?)));
        let (address, one, two) = both
            .find(|(_, one, two)| one.weight != two.weight || one.forwarding != two.forwarding)?;
        let (first, second) = (self.name, other.name);
        let what = match one.weight == two.weight {
            true => "another lvs_method".to_owned(),
            false => format!(
                "weight {} on {first} and {} on {second}",
                one.weight, two.weight
            ),
        };
        let message = format!("{}: real server {address} has {what}", in_words(key));
        let diagnostic = REAL_SERVER_WEIGHTS.told(self.real_server(key, address), message);
        Some(related(
            diagnostic,
            other.real_server(key, address),
            format!("the one on {second}"),
        ))
    }
}

type Reals<'c> = BTreeMap<SocketAddr, &'c RealServer>;

fn by_address(server: &VirtualServer) -> Reals<'_> {
    let servers = server.real_servers.iter();
    servers.map(|real| (real.address, real)).collect()
}

fn differing_settings(one: &VirtualServer, two: &VirtualServer) -> Vec<&'static str> {
    let settings = [
        (
            "lvs_sched",
            one.scheduler != two.scheduler || one.flags != two.flags,
        ),
        ("lvs_method", one.forwarding != two.forwarding),
        (
            "persistence",
            one.persistence != two.persistence || one.persistence_engine != two.persistence_engine,
        ),
        (
            "quorum",
            one.quorum != two.quorum || one.hysteresis != two.hysteresis,
        ),
        ("sorry_server", one.sorry_server != two.sorry_server),
    ];
    let differ = settings.into_iter().filter(|(_, differs)| *differs);
    differ.map(|(name, _)| name).collect()
}

/// The service as it is written, but always in the same way.
fn service(config: &Config, server: &VirtualServer) -> String {
    match &server.service {
        Service::Address(address) => format!("{} {}", address.ip(), address.port()),
        Service::FirewallMark(mark) => format!("fwmark {mark}"),
        Service::Group { index, .. } => {
            let group = config.virtual_server_groups.get(*index);
            format!("group {}", group.map_or("", |group| &group.name))
        }
    }
}

fn written_service(block: &Statement) -> Option<String> {
    let [first, others @ ..] = block.arguments() else {
        return None;
    };
    if first.is("group") || first.is("fwmark") {
        return Some(format!("{} {}", first.text(), others.first()?.text()));
    }
    let address = written_address(block.arguments())?;
    Some(format!("{} {}", address.ip(), address.port()))
}

fn written_protocol(block: &Statement) -> Option<Protocol> {
    let word = block.find("protocol")?.arguments().first()?.text();
    match word.to_ascii_uppercase().as_str() {
        "TCP" => Some(Protocol::Tcp),
        "UDP" => Some(Protocol::Udp),
        "SCTP" => Some(Protocol::Sctp),
        _ => None,
    }
}

fn written_address(words: &[crate::Word]) -> Option<SocketAddr> {
    let ip: IpAddr = words.first()?.text().parse().ok()?;
    let port = words.get(1).and_then(|word| word.text().parse().ok());
    Some(SocketAddr::new(ip, port.unwrap_or(0)))
}

fn in_words(key: &Key) -> String {
    let protocol = match key.1 {
        None => "",
        Some(Protocol::Tcp) => " TCP",
        Some(Protocol::Udp) => " UDP",
        Some(Protocol::Sctp) => " SCTP",
    };
    format!("virtual_server {}{protocol}", key.0)
}

fn shortened(names: &[String]) -> String {
    let more = names.len().saturating_sub(LISTED);
    match more {
        0 => listed(names),
        more => format!("{} and {more} more", names[..LISTED].join(", ")),
    }
}
