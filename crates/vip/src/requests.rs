//! A netlink socket for requests. The kernel works a request off within the call that sends it, and a listing
//! within the calls that receive it, so the socket never waits.

use std::collections::BTreeMap;
use std::io;

use nix::errno::Errno;
use rtnetlink::sys::protocols::NETLINK_ROUTE;
use rtnetlink::sys::{Socket, SocketAddr};

use crate::error::Error;
use crate::links::Links;
use crate::message::{self, Body, Listing, Message};

/// Larger than any datagram that the kernel makes for us (32 KiB in a listing).
const DATAGRAM: usize = 64 * 1024;

/// How often a listing that was disturbed by changes is begun again.
const ATTEMPTS: usize = 10;

/// A request socket.
pub(crate) struct Requests {
    socket: Socket,
    port: u32,
    sequence: u32,
    buffer: Vec<u8>,
}

/// The kernel's word on one failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) errno: Errno,
    pub(crate) text: Option<String>,
}

impl Requests {
    pub(crate) fn open() -> Result<Self, Error> {
        let (socket, port) = Self::socket().map_err(|source| Error::Open {
            socket: "netlink request",
            source,
        })?;
        Ok(Self {
            socket,
            port,
            sequence: 0,
            buffer: Vec::with_capacity(DATAGRAM),
        })
    }

    fn socket() -> io::Result<(Socket, u32)> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        let port = socket.bind_auto()?.port_number();
        socket.set_non_blocking(true)?;
        // Both only make answers smaller or friendlier; kernels before 4.12 do without.
        let _ = socket.set_cap_ack(true);
        let _ = socket.set_ext_ack(true);
        Ok((socket, port))
    }

    /// The socket's netlink port, which the kernel names in the events that our IPv4 requests cause.
    pub(crate) fn port(&self) -> u32 {
        self.port
    }

    /// Reserves sequence numbers for a batch and gives the first.
    pub(crate) fn reserve(&mut self, count: u32) -> u32 {
        // Never 0: that is what events carry.
        if self.sequence > u32::MAX - count - 1 {
            self.sequence = 0;
        }
        let first = self.sequence + 1;
        self.sequence += count;
        first
    }

    /// Sends a batch whose last request asks for confirmation, and gives the requests that were refused, by
    /// sequence number.
    pub(crate) fn batch(
        &mut self,
        requests: &[u8],
        last: u32,
    ) -> Result<BTreeMap<u32, Refusal>, BatchError> {
        self.discard();
        let mut refused = BTreeMap::new();
        let sent = self.socket.send_to(requests, &SocketAddr::new(0, 0), 0);
        if let Err(error) = sent {
            return Err(BatchError {
                refused,
                error: Error::Send(error),
            });
        }
        loop {
            let answers = match self.receive() {
                Ok(answers) => answers,
                Err(error) => {
                    return Err(BatchError {
                        refused,
                        error: Error::Receive(error),
                    });
                }
            };
            for Message { sequence, body, .. } in answers {
                let Body::Error { errno, text } = body else {
                    continue;
                };
                if let Some(errno) = errno {
                    refused.insert(sequence, Refusal { errno, text });
                }
                if sequence == last {
                    return Ok(refused);
                }
            }
        }
    }

    /// Lists all links with their addresses.
    pub(crate) fn links(&mut self) -> Result<Links, Error> {
        let mut links = Links::default();
        let mut ignored = Vec::new();
        for listing in [Listing::Links, Listing::Addresses] {
            for message in self.list(listing)? {
                links.apply(message, &mut ignored);
            }
        }
        Ok(links)
    }

    fn list(&mut self, listing: Listing) -> Result<Vec<Message>, Error> {
        for _ in 0..ATTEMPTS {
            if let Some(messages) = self.try_list(listing)? {
                return Ok(messages);
            }
        }
        Err(Error::Unsteady {
            what: listing.name(),
        })
    }

    /// `None`: something changed meanwhile, the list may have holes.
    fn try_list(&mut self, listing: Listing) -> Result<Option<Vec<Message>>, Error> {
        self.discard();
        let sequence = self.reserve(1);
        let mut request = Vec::new();
        message::push_listing(listing, sequence, &mut request);
        self.socket
            .send_to(&request, &SocketAddr::new(0, 0), 0)
            .map_err(Error::Send)?;
        let mut list = Vec::new();
        let mut steady = true;
        loop {
            for message in self.receive().map_err(Error::Receive)? {
                if message.sequence != sequence {
                    continue;
                }
                steady &= !message.interrupted;
                match message.body {
                    Body::Done { errno: None } => return Ok(steady.then_some(list)),
                    Body::Done { errno: Some(errno) }
                    | Body::Error {
                        errno: Some(errno), ..
                    } => {
                        return Err(Error::Dump {
                            what: listing.name(),
                            errno,
                        });
                    }
                    Body::NewLink(_)
                    | Body::DelLink { .. }
                    | Body::NewAddress(_)
                    | Body::DelAddress(_)
                    | Body::Error { errno: None, .. }
                    | Body::Other => list.push(message),
                }
            }
        }
    }

    fn receive(&mut self) -> io::Result<Vec<Message>> {
        loop {
            if receive(&self.socket, &mut self.buffer)? == Sender::Kernel {
                return Ok(message::messages(&self.buffer).0);
            }
        }
    }

    /// Forgets answers to an earlier batch that was given up.
    fn discard(&mut self) {
        while receive(&self.socket, &mut self.buffer).is_ok() {}
    }
}

impl Listing {
    fn name(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::Addresses => "addresses",
        }
    }
}

/// A batch that was not worked off to its end, with what was refused until then.
pub(crate) struct BatchError {
    pub(crate) refused: BTreeMap<u32, Refusal>,
    pub(crate) error: Error,
}

/// Who sent a datagram. Any process may send to our port, but none may speak for the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Kernel,
    Stranger,
}

impl From<SocketAddr> for Sender {
    fn from(address: SocketAddr) -> Self {
        if address.port_number() == 0 {
            Self::Kernel
        } else {
            Self::Stranger
        }
    }
}

/// Receives one datagram into `buffer`, without waiting.
pub(crate) fn receive(socket: &Socket, buffer: &mut Vec<u8>) -> io::Result<Sender> {
    make_room(buffer);
    Ok(socket.recv_from(buffer, 0)?.1.into())
}

/// Empties a buffer and makes it large enough for any datagram.
pub(crate) fn make_room(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.reserve(DATAGRAM);
}
