//! Sending frames of any content from a host.

use std::os::fd::{AsRawFd, OwnedFd};

use anyhow::{Context, Result, ensure};
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{
    AddressFamily, LinkAddr, MsgFlags, SockFlag, SockType, SockaddrLike, sendto, socket,
};

use crate::Host;

/// Sends whole Ethernet frames out of a host's `eth0`.
#[derive(Debug)]
pub struct Injector {
    socket: OwnedFd,
    interface: LinkAddr,
}

impl Injector {
    /// Opens a packet socket inside the host's namespace.
    pub fn new(host: &Host) -> Result<Self> {
        host.run(|| {
            let kind = SockType::Raw;
            let socket = socket(AddressFamily::Packet, kind, SockFlag::SOCK_CLOEXEC, None)
                .context("open a packet socket")?;
            let mut links = getifaddrs()?.filter(|entry| entry.interface_name == "eth0");
            let interface = links.find_map(|entry| entry.address?.as_link_addr().copied());
            Ok(Self {
                socket,
                interface: interface.context("eth0 has no link address")?,
            })
        })?
    }

    /// Sends one frame, beginning with the destination's Ethernet address.
    pub fn send(&self, frame: &[u8]) -> Result<()> {
        ensure!(self.interface.len() > 0, "no interface");
        let flags = MsgFlags::empty();
        let sent = sendto(self.socket.as_raw_fd(), frame, &self.interface, flags)?;
        ensure!(sent == frame.len(), "sent {sent} of {} bytes", frame.len());
        Ok(())
    }
}
