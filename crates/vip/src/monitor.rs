//! Events of links and addresses.

use std::future::poll_fn;
use std::io;

use nix::sys::socket::{setsockopt, sockopt};
use rtnetlink::sys::protocols::NETLINK_ROUTE;
use rtnetlink::sys::{AsyncSocket, SocketAddr, TokioSocket};

use crate::error::Error;
use crate::links::{Change, Links};
use crate::message;
use crate::requests::{Requests, Sender, make_room, receive};

const GROUPS: [u32; 3] = [
    nix::libc::RTNLGRP_LINK,
    nix::libc::RTNLGRP_IPV4_IFADDR,
    nix::libc::RTNLGRP_IPV6_IFADDR,
];

/// Room for some thousand events, so that our own mass changes do not overrun the socket.
const RECEIVE_BUFFER: usize = 4 << 20;

/// Datagrams taken per call of [`Monitor::next`], so that a storm of events does not keep the caller from
/// everything else.
const BUDGET: usize = 256;

/// A socket that hears of every change of links and addresses.
pub struct Monitor {
    events: TokioSocket,
    listing: Requests,
    buffer: Vec<u8>,
    /// Events were lost and the table has not been listed again yet.
    lost: bool,
}

impl Monitor {
    /// Subscribes, and only then lists, so that nothing falls in between: a change may be heard of twice, which
    /// changes nothing. Needs a tokio runtime.
    pub fn open() -> Result<(Self, Links), Error> {
        let opened = |source| Error::Open {
            socket: "netlink monitor",
            source,
        };
        let events = subscribe().map_err(opened)?;
        let mut listing = Requests::open()?;
        let links = listing.links()?;
        Ok((
            Self {
                events,
                listing,
                buffer: Vec::new(),
                lost: false,
            },
            links,
        ))
    }

    /// Waits for changes and takes them into the table. Cancel-safe. After an error the next call lists the
    /// whole table again, without waiting: a caller that goes on after errors must pause in between.
    pub async fn next(&mut self, links: &mut Links) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        while changes.is_empty() {
            if self.lost {
                return self.recover(links);
            }
            let first = self.wait().await;
            let taken = self.take_in(first, links, &mut changes);
            if changes.is_empty() {
                taken?;
            }
        }
        Ok(changes)
    }

    async fn wait(&mut self) -> io::Result<Sender> {
        make_room(&mut self.buffer);
        let sender = poll_fn(|cx| self.events.poll_recv_from(cx, &mut self.buffer)).await?;
        Ok(sender.into())
    }

    /// Takes in the datagram that is in the buffer, and what else has come. What was taken in counts even after
    /// an error: the table has it already.
    fn take_in(
        &mut self,
        first: io::Result<Sender>,
        links: &mut Links,
        changes: &mut Vec<Change>,
    ) -> Result<(), Error> {
        let mut first = Some(first);
        for _ in 0..BUDGET {
            let received = match first.take() {
                Some(first) => first,
                None => receive(self.events.socket_ref(), &mut self.buffer),
            };
            match received {
                Ok(Sender::Stranger) => {}
                Ok(Sender::Kernel) => {
                    let (messages, understood) = message::messages(&self.buffer);
                    messages
                        .into_iter()
                        .for_each(|message| links.apply(message, changes));
                    self.lost |= !understood;
                }
                Err(error) if would_block(&error) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_overrun(&error) => self.lost = true,
                Err(error) => {
                    self.lost = true;
                    return Err(Error::Receive(error));
                }
            }
            if self.lost {
                break;
            }
        }
        Ok(())
    }

    /// Empties the socket (what is in it is older than the listing, and has holes), then lists.
    fn recover(&mut self, links: &mut Links) -> Result<Vec<Change>, Error> {
        loop {
            match receive(self.events.socket_ref(), &mut self.buffer) {
                Err(error) if would_block(&error) => break,
                Err(error) if !is_overrun(&error) => return Err(Error::Receive(error)),
                Ok(_) | Err(_) => {}
            }
        }
        let listed = self.listing.links()?;
        let mut changes = Vec::new();
        links.replace(listed, &mut changes);
        self.lost = false;
        Ok(changes)
    }
}

fn subscribe() -> io::Result<TokioSocket> {
    let mut events = TokioSocket::new(NETLINK_ROUTE)?;
    let socket = events.socket_mut();
    // Without CAP_NET_ADMIN the system's limit holds.
    if setsockopt(&*socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
        let _ = setsockopt(&*socket, sockopt::RcvBuf, &RECEIVE_BUFFER);
    }
    socket.bind(&SocketAddr::new(0, 0))?;
    for group in GROUPS {
        socket.add_membership(group)?;
    }
    Ok(events)
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(nix::libc::ENOBUFS)
}
