//! One end of the socket pair between the supervisor and a role.
//!
//! ```text
//!  byte 0      1 …
//! +----------+---------------------------+
//! | INLINE   | the message, postcard     |      attachment: 0 or 1 descriptor
//! +----------+---------------------------+
//! | BESIDE   |                                  the message is in the first descriptor,
//! +----------+                                  an attachment is the second
//! ```

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::os::fd::{AsFd as _, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::task::{Context, Poll};

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_seqpacket::UnixSeqpacket;
use tokio_seqpacket::ancillary::{
    AncillaryMessageReader, AncillaryMessageWriter, OwnedAncillaryMessage,
};

use super::memfd;

const INLINE: u8 = 0;
const BESIDE: u8 = 1;

/// A message longer than this goes beside its packet: a packet is bounded by the socket's send buffer.
const INLINE_MAX: usize = 32 * 1024;

/// Messages that may wait for a peer that does not read.
const QUEUE_MAX: usize = 4096;

/// Room for the control message of two descriptors, and alignment.
const ANCILLARY: usize = 128;

/// Sends `S`, receives `R`. Neither ever waits for the peer: what the socket does not take is queued, and
/// [`Channel::recv`] and [`Channel::flush`] work the queue off.
#[derive(Debug)]
pub(crate) struct Channel<S, R> {
    socket: UnixSeqpacket,
    out: VecDeque<Packet>,
    buffer: Box<[u8]>,
    direction: PhantomData<fn(S) -> R>,
}

/// A message with its attachment.
type Received<R> = (R, Option<OwnedFd>);

#[derive(Debug)]
struct Packet {
    bytes: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

impl<S: Serialize, R: DeserializeOwned> Channel<S, R> {
    /// This process's end, and the other one to become a child's standard input.
    pub(crate) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = UnixSeqpacket::pair()?;
        let theirs = OwnedFd::from(theirs);
        Ok((Self::new(ours), theirs))
    }

    /// The end that this process was started with.
    pub(crate) fn from_stdin() -> io::Result<Self> {
        Self::from_fd(io::stdin().as_fd().try_clone_to_owned()?)
    }

    /// The end that somebody else made.
    pub(crate) fn from_fd(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self::new(UnixSeqpacket::try_from(fd)?))
    }

    fn new(socket: UnixSeqpacket) -> Self {
        let buffer = vec![0; INLINE_MAX + 1].into_boxed_slice();
        Self {
            socket,
            out: VecDeque::new(),
            buffer,
            direction: PhantomData,
        }
    }

    /// Sends a message, or queues it behind those that wait. `WouldBlock`: the queue is full.
    pub(crate) fn send(
        &mut self,
        message: &S,
        attachment: Option<BorrowedFd<'_>>,
    ) -> io::Result<()> {
        if self.out.len() >= QUEUE_MAX {
            let text = format!("{QUEUE_MAX} messages wait for the peer");
            return Err(io::Error::new(io::ErrorKind::WouldBlock, text));
        }
        let packet = Packet::new(message, attachment)?;
        if self.out.is_empty() {
            match packet.send_now(&self.socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
        }
        self.out.push_back(packet);
        Ok(())
    }

    /// The next message; `None` when the peer is gone. Cancel safe. Sends what waits in the meantime.
    pub(crate) async fn recv(&mut self) -> io::Result<Option<Received<R>>> {
        poll_fn(|context| self.poll_recv(context)).await
    }

    /// Waits until everything is sent.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|context| self.poll_flush(context)).await
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(packet) = self.out.front() {
            match packet.poll_send(&self.socket, context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(_)) => _ = self.out.pop_front(),
                Poll::Ready(Err(error)) => {
                    self.out.clear();
                    return Poll::Ready(Err(error));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<Received<R>>>> {
        // A send error means that the peer is gone, which the receiving side says as well: but only after
        // what the peer had still to say.
        let _ = self.poll_flush(context);
        let mut ancillary = [0; ANCILLARY];
        match self
            .socket
            .poll_recv_with_ancillary(context, &mut self.buffer, &mut ancillary)
        {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {
                Poll::Ready(Ok(None))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok((info, reader))) => {
                let descriptors = received(reader);
                Poll::Ready(decode(&self.buffer[..info.bytes_read()], descriptors))
            }
        }
    }
}

impl Packet {
    fn new<S: Serialize>(message: &S, attachment: Option<BorrowedFd<'_>>) -> io::Result<Self> {
        let mut bytes = vec![INLINE];
        let mut descriptors = Vec::new();
        bytes = postcard::to_extend(message, bytes).map_err(io::Error::other)?;
        if bytes.len() > INLINE_MAX {
            descriptors.push(memfd::write("keepalived message", message)?);
            bytes = vec![BESIDE];
        }
        if let Some(attachment) = attachment {
            descriptors.push(attachment.try_clone_to_owned()?);
        }
        Ok(Self { bytes, descriptors })
    }

    /// Does not wait for the reactor to have seen that the socket is writable.
    fn send_now(&self, socket: &UnixSeqpacket) -> io::Result<()> {
        let bytes = [IoSlice::new(&self.bytes)];
        let raw: Vec<RawFd> = self.descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let rights = [ControlMessage::ScmRights(&raw)];
        let control = if raw.is_empty() { &[][..] } else { &rights[..] };
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        sendmsg::<()>(socket.as_raw_fd(), &bytes, control, flags, None)?;
        Ok(())
    }

    fn poll_send(
        &self,
        socket: &UnixSeqpacket,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.descriptors.is_empty() {
            return socket.poll_send(context, &self.bytes);
        }
        let mut buffer = [0; ANCILLARY];
        let mut ancillary = AncillaryMessageWriter::new(&mut buffer);
        if ancillary.add_fds(&self.descriptors).is_err() {
            return Poll::Ready(Err(io::Error::other("two descriptors need more room")));
        }
        socket.poll_send_with_ancillary(context, &self.bytes, &mut ancillary)
    }
}

fn received(reader: AncillaryMessageReader<'_>) -> VecDeque<OwnedFd> {
    let mut descriptors = VecDeque::new();
    for message in reader.into_messages() {
        if let OwnedAncillaryMessage::FileDescriptors(more) = message {
            descriptors.extend(more);
        }
    }
    descriptors
}

fn decode<R: DeserializeOwned>(
    packet: &[u8],
    mut descriptors: VecDeque<OwnedFd>,
) -> io::Result<Option<Received<R>>> {
    let message = match packet {
        [] => return Ok(None),
        [INLINE, body @ ..] => postcard::from_bytes(body)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?,
        [BESIDE] => match descriptors.pop_front() {
            Some(body) => memfd::read(&body)?,
            None => return Err(invalid("the message's descriptor is missing")),
        },
        [..] => return Err(invalid("not a message of this protocol")),
    };
    Ok(Some((message, descriptors.pop_front())))
}

fn invalid(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::{FromRole, ToRole};

    type Ours = Channel<ToRole, FromRole>;
    type Theirs = Channel<FromRole, ToRole>;

    fn pair() -> (Ours, Theirs) {
        let (ours, theirs) = Ours::pair().unwrap();
        (ours, Theirs::new(UnixSeqpacket::try_from(theirs).unwrap()))
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap()
    }

    #[test]
    fn messages_come_in_order_with_their_attachment() {
        runtime().block_on(async {
            let (mut ours, mut theirs) = pair();
            let config = memfd::write("test", &7u32).unwrap();
            ours.send(&ToRole::Ping { number: 1 }, None).unwrap();
            ours.send(&ToRole::Reload, Some(config.as_fd())).unwrap();
            let (first, nothing) = theirs.recv().await.unwrap().unwrap();
            assert_eq!(first, ToRole::Ping { number: 1 });
            assert!(nothing.is_none());
            let (second, attachment) = theirs.recv().await.unwrap().unwrap();
            assert_eq!(second, ToRole::Reload);
            assert_eq!(memfd::read::<u32>(attachment.unwrap()).unwrap(), 7);
        });
    }

    #[test]
    fn a_long_message_goes_beside_its_packet() {
        runtime().block_on(async {
            let (ours, theirs) = UnixSeqpacket::pair().unwrap();
            let mut ours = Channel::<String, String>::new(ours);
            let mut theirs = Channel::<String, String>::new(theirs);
            let long = "x".repeat(3_000_000);
            ours.send(&long, None).unwrap();
            assert_eq!(theirs.recv().await.unwrap().unwrap().0, long);
        });
    }

    #[test]
    fn a_peer_that_does_not_read_blocks_nobody() {
        runtime().block_on(async {
            let (mut ours, mut theirs) = pair();
            let mut sent = 0;
            while ours.send(&ToRole::Ping { number: sent }, None).is_ok() {
                sent += 1;
            }
            assert!(sent >= 4096);
            let reader = async {
                for number in 0..sent {
                    let (message, _) = theirs.recv().await.unwrap().unwrap();
                    assert_eq!(message, ToRole::Ping { number });
                }
            };
            let (flushed, ()) = tokio::join!(ours.flush(), reader);
            flushed.unwrap();
        });
    }

    #[test]
    fn a_peer_that_is_gone_is_the_end() {
        runtime().block_on(async {
            let (mut ours, mut theirs) = pair();
            theirs.send(&FromRole::Stopping, None).unwrap();
            drop(theirs);
            assert_eq!(ours.recv().await.unwrap().unwrap().0, FromRole::Stopping);
            assert!(ours.recv().await.unwrap().is_none());
            assert!(ours.send(&ToRole::Stop, None).is_err());
        });
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(decode::<ToRole>(&[INLINE, 250], VecDeque::new()).is_err());
        assert!(decode::<ToRole>(&[BESIDE], VecDeque::new()).is_err());
        assert!(decode::<ToRole>(&[9, 9], VecDeque::new()).is_err());
        assert!(decode::<ToRole>(&[], VecDeque::new()).unwrap().is_none());
    }
}
