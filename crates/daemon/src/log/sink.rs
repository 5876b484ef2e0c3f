//! Where lines end up: syslog, standard error, a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use tracing::Level;

use super::local_time::LocalTime;
use super::{Facility, LogOptions, Process};

const SYSLOG: &str = "/dev/log";

/// Everything that is written to.
pub(super) struct Sinks {
    console: bool,
    file: Option<File>,
    syslog: Option<Syslog>,
}

impl Sinks {
    /// Opens what the options ask for. What cannot be opened is said on standard error, and left out.
    pub(super) fn open(options: &LogOptions, tag: &str) -> Self {
        let path = options
            .file
            .as_ref()
            .map(|path| file_name(path, options.process));
        Self {
            console: options.console,
            file: path.and_then(|path| open_file(&path)),
            syslog: options.syslog.map(|facility| Syslog::new(facility, tag)),
        }
    }

    /// Writes one line. A failure is nobody's to hear: this is the log.
    pub(super) fn write(&mut self, level: Level, text: &str) {
        let now = LocalTime::now();
        if self.console || self.file.is_some() {
            let line = format!("{}: {text}\n", now.ctime());
            if self.console {
                let _ = io::stderr().write_all(line.as_bytes());
            }
            if let Some(file) = &mut self.file {
                let _ = file.write_all(line.as_bytes());
            }
        }
        if let Some(syslog) = &mut self.syslog {
            syslog.write(level, now, text);
        }
    }
}

/// `/var/log/ka.log` becomes `/var/log/ka_vrrp.log`. (keepalived: make_file_name)
fn file_name(path: &Path, process: Process) -> PathBuf {
    let suffix = process.suffix();
    if suffix.is_empty() {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn open_file(path: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    // The default is in /tmp, where anybody can leave a link to a file of ours.
    options
        .create(true)
        .append(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW);
    match options.open(path) {
        Ok(file) => Some(file),
        Err(error) => {
            let text = format!("cannot open log file {}: {error}\n", path.display());
            let _ = io::stderr().write_all(text.as_bytes());
            None
        }
    }
}

/// The local syslog socket. Never waited for: what it does not take at once is lost, and connecting is
/// tried again with the next line.
struct Syslog {
    facility: Facility,
    tag: String,
    socket: Option<UnixDatagram>,
}

impl Syslog {
    fn new(facility: Facility, tag: &str) -> Self {
        let tag = format!("{tag}[{}]", std::process::id());
        Self {
            facility,
            tag,
            socket: None,
        }
    }

    fn write(&mut self, level: Level, time: LocalTime, text: &str) {
        let line = self.line(level, time, text);
        for _ in 0..2 {
            let Some(socket) = self.connected() else {
                return;
            };
            match socket.send(line.as_bytes()) {
                Ok(_) => return,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // The syslog daemon was restarted.
                Err(_) => self.socket = None,
            }
        }
    }

    fn connected(&mut self) -> Option<&UnixDatagram> {
        if self.socket.is_none() {
            let socket = UnixDatagram::unbound().ok()?;
            socket.connect(SYSLOG).ok()?;
            socket.set_nonblocking(true).ok()?;
            self.socket = Some(socket);
        }
        self.socket.as_ref()
    }

    /// RFC 3164 without the host name, as `syslog(3)` sends it.
    fn line(&self, level: Level, time: LocalTime, text: &str) -> String {
        let priority = self.facility.0 | severity(level);
        format!("<{priority}>{} {}: {text}", time.syslog(), self.tag)
    }
}

fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_stands_before_the_last_dot() {
        let name = |path: &str, process| file_name(Path::new(path), process).display().to_string();
        assert_eq!(name("/var/log/ka.log", Process::Parent), "/var/log/ka.log");
        assert_eq!(
            name("/var/log/ka.log", Process::Vrrp),
            "/var/log/ka_vrrp.log"
        );
        assert_eq!(
            name("/var/log/a.b.log", Process::Vrrp),
            "/var/log/a.b_vrrp.log"
        );
        assert_eq!(name("/var/log.d/ka", Process::Vrrp), "/var/log.d/ka_vrrp");
    }

    #[test]
    fn syslog_line() {
        let syslog = Syslog::new(Facility::DAEMON, "Keepalived_vrrp");
        let line = syslog.line(
            Level::INFO,
            LocalTime::now(),
            "(VI_1) Entering MASTER STATE",
        );
        let end = format!(
            "Keepalived_vrrp[{}]: (VI_1) Entering MASTER STATE",
            std::process::id()
        );
        assert!(line.starts_with("<30>") && line.ends_with(&end), "{line}");
    }
}
