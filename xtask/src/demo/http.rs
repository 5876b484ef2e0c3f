//! An HTTP server that answers every request with its own name: enough to see who answers.

use std::io::{Read, Write, stdin};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use integration::{Host, wait_until};

/// Ports below 1024 are ours: we are root.
pub(crate) const PORT: u16 = 80;

const PATIENCE: Duration = Duration::from_secs(2);
/// No request of our client is nearly as long.
const LONGEST_REQUEST: usize = 8192;

/// Runs the server; `cargo xtask serve NAME PORT`.
///
/// It ends with whoever holds the other end of its standard input, so none is left behind.
pub(crate) fn serve(name: &str, port: u16) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
        .with_context(|| format!("listen on port {port}"))?;
    let answer = answer(name);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            // A client that breaks off is its own affair.
            thread::spawn(move || drop(converse(stream, &answer)));
        }
    });
    stdin()
        .read_to_end(&mut Vec::new())
        .context("wait for the end of standard input")?;
    Ok(())
}

fn answer(name: &str) -> String {
    let length = name.len() + 1;
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{name}\n"
    )
}

fn converse(mut stream: TcpStream, answer: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < LONGEST_REQUEST {
        match stream.read(&mut part)? {
            0 => return Ok(()),
            length => request.extend_from_slice(&part[..length]),
        }
    }
    stream.write_all(answer.as_bytes())
}

/// A server in a host of the lab; it ends on drop.
pub(crate) struct Server(Child);

impl Server {
    /// Starts this program again, inside the host, and waits until it listens.
    pub(crate) fn start(host: &Host) -> Result<Self> {
        let program = std::env::current_exe().context("find this program")?;
        let mut command = Command::new(program);
        command
            .args(["serve", host.name(), &PORT.to_string()])
            .stdin(Stdio::piped());
        let server = Self(host.spawn(&mut command)?);
        let address = (host.ipv4(), PORT);
        wait_until(PATIENCE, "the HTTP server", || {
            matches!(host.run(|| TcpStream::connect(address)), Ok(Ok(_)))
        })?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either way it is collected.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_with_its_name() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            converse(stream, &answer("director1")).unwrap();
        });
        let got = super::super::client::fetch(address, PATIENCE).unwrap();
        server.join().unwrap();
        assert_eq!(got, "director1");
    }
}
