//! Mail alerts.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where alerts go, and by which server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// `smtp_server`; none: no mail is sent.
    pub server: Option<MailServer>,
    /// `smtp_helo_name`: default the local host name.
    pub helo_name: String,
    /// `smtp_connect_timeout`: for connecting and reading, 1..=4294 s, default 30 s.
    pub timeout: Duration,
    /// `notification_email_from`: default our user at the local host name.
    pub from: String,
    /// `notification_email`: who gets them, as they are put into `To:`.
    pub to: Vec<String>,
    /// `smtp_alert`: the default of the next two.
    pub alert: Option<bool>,
    /// `smtp_alert_vrrp`.
    pub alert_vrrp: Option<bool>,
    /// `smtp_alert_checker`.
    pub alert_checker: Option<bool>,
    /// `no_email_faults`: none for the state FAULT.
    pub no_faults: bool,
    /// `no_checker_emails`: for real servers as a whole only, not for each of their checks.
    pub no_checkers: bool,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            server: None,
            helo_name: String::new(),
            timeout: Duration::from_secs(30),
            from: String::new(),
            to: Vec::new(),
            alert: None,
            alert_vrrp: None,
            alert_checker: None,
            no_faults: false,
            no_checkers: false,
        }
    }
}

impl Mail {
    /// The default of instances and groups; `None`: none was given.
    pub fn vrrp_default(&self) -> Option<bool> {
        self.alert_vrrp.or(self.alert)
    }

    /// The default of virtual servers; `None`: none was given.
    pub fn checker_default(&self) -> Option<bool> {
        self.alert_checker.or(self.alert)
    }
}

/// `smtp_server`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// As it is written: an address or a name.
    pub host: String,
    /// What that was when the file was read; `None`: the name could not be resolved then.
    pub address: Option<IpAddr>,
    /// 1..=65535, default 25.
    pub port: u16,
}
