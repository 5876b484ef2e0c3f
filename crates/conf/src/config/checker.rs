//! Health checkers of real servers.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Command, HttpCheck};

/// One check of a real server; what it inherits is filled in.
///
/// There is one for each of tens of thousands of real servers: what only some have is boxed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checker {
    /// What is done.
    pub kind: CheckerKind,
    /// Where to; `None` for those that connect to nothing: MISC, FILE and BFD.
    pub connection: Option<Connection>,
    /// `retry`: failed tries before a checker that is up goes down, 0..=4294967295. Default of the real server,
    /// else 1; MISC 0, DNS 3. FILE and BFD do not retry.
    // keepalived: queue_checker, validate_check_config
    pub retry: u32,
    /// `delay_before_retry`: between those tries. Default of the real server, else 1 s; HTTP and SSL 3 s, DNS
    /// `delay_loop`.
    pub delay_before_retry: Duration,
    /// `delay_loop`: from one check to the next, 1 µs and more. Default of the real server.
    pub delay_loop: Duration,
    /// `warmup`: the first check comes at random within this. Default of the real server, else `delay_loop`.
    pub warmup: Duration,
    /// `alpha`: down until the first check says otherwise. Default of the real server; never for FILE.
    pub alpha: bool,
    /// `log_all_failures`: each failed try is logged; `checker_log_all_failures` asks for it everywhere.
    pub log_all_failures: bool,
}

/// Where a checker connects to, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// `connect_ip`, default the real server's address.
    pub connect_ip: IpAddr,
    /// `connect_port`, 1..=65535, default the real server's port. PING has no use for it.
    pub connect_port: u16,
    /// `connect_timeout`: 1 µs..=4294.967295 s, default of the real server.
    pub connect_timeout: Duration,
    /// `bindto`, `bind_port`, `bind_if` and `fwmark`.
    pub socket: Option<Box<Socket>>,
}

/// How the socket of a checker is set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Socket {
    /// `bindto`: source address, of the family of `connect_ip`.
    pub bindto: Option<IpAddr>,
    /// `bind_port`: source port, 1..=65535. Without `bindto` it has no effect in the original.
    pub bind_port: Option<u16>,
    /// `bind_if`: source interface, 15 bytes at the most; the scope of link-local addresses.
    pub bind_if: Option<String>,
    /// `fwmark`: mark of its packets; 0 is none.
    pub fwmark: u32,
}

/// What a checker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckerKind {
    /// `TCP_CHECK`: a connection is made.
    Tcp,
    /// `PING_CHECK`: an ICMP echo is answered.
    Ping,
    /// `UDP_CHECK`: a datagram is sent.
    Udp(Box<UdpCheck>),
    /// `HTTP_GET` and `SSL_GET`: every URL is as it should be.
    Http(Box<HttpCheck>),
    /// `SMTP_CHECK`: greeting, HELO, QUIT.
    Smtp(Box<SmtpCheck>),
    /// `DNS_CHECK`: a query is answered without an error.
    Dns(Box<DnsCheck>),
    /// `MISC_CHECK`: a script says so.
    Misc(Box<MiscCheck>),
    /// `FILE_CHECK`: the number in a file says so.
    File(Box<FileCheck>),
    /// `BFD_CHECK`: a session is up.
    Bfd(BfdCheck),
}

/// `UDP_CHECK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UdpCheck {
    /// `payload`, at least one byte. `None`: 32 bytes of `keepalived check - `, over and over.
    pub payload: Option<Vec<u8>>,
    /// `require_reply`: no answer is a failure.
    pub require_reply: bool,
    /// `require_reply HEX`: what the answer must be, as far as both are long; empty: anything.
    pub reply: Vec<u8>,
    /// As long as `reply`: bits that are set may be anything. Empty: none.
    pub reply_mask: Vec<u8>,
    /// `min_reply_length`: 0..=65535, default 0; only where `reply` is not empty.
    pub min_reply_length: u16,
    /// `max_reply_length`: 0..=65535, default 255; only where `reply` is not empty.
    pub max_reply_length: u16,
}

// keepalived: udp_check_handler
impl Default for UdpCheck {
    fn default() -> Self {
        Self {
            payload: None,
            require_reply: false,
            reply: Vec::new(),
            reply_mask: Vec::new(),
            min_reply_length: 0,
            max_reply_length: 255,
        }
    }
}

/// `SMTP_CHECK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpCheck {
    /// `helo_name`, default `smtpchecker.keepalived.org`.
    pub helo_name: String,
}

/// `DNS_CHECK`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsCheck {
    /// `type`, default SOA.
    pub record: DnsType,
    /// `name`, default that of the root: empty.
    pub name: String,
}

/// The type of a DNS query.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names are those of the DNS")]
pub enum DnsType {
    A,
    Ns,
    Cname,
    #[default]
    Soa,
    Mx,
    Txt,
    Aaaa,
    Rrsig,
    Dnskey,
}

/// `MISC_CHECK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MiscCheck {
    /// `misc_path` and `user`.
    pub command: Command,
    /// `misc_timeout`: whole seconds, 1..=4294; 0 and default: `delay_loop` of the virtual server.
    pub timeout: Duration,
    /// `misc_dynamic`: exit status 2..=255 is good and sets the weight to 0..=253.
    pub dynamic: bool,
}

/// `FILE_CHECK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCheck {
    /// `track_file`: the name of one.
    pub track_file: String,
    /// `weight`: what the number is multiplied by, -2147483647..=2147483647, default that of the track file. 0: a
    /// number other than 0 is a failure.
    pub weight: i32,
    /// `reverse`: the other way round.
    pub reverse: bool,
}

/// `BFD_CHECK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BfdCheck {
    /// `name`: that of a `bfd_instance`.
    pub name: String,
}
