//! Configuration texts.

use std::fmt::{Display, Write};

/// A `vrrp_instance` on `eth0`; version 3 with an interval of 200 ms unless told otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    name: String,
    vrid: u8,
    priority: u8,
    state: &'static str,
    version: u8,
    interval: String,
    vips: Vec<String>,
    lines: Vec<String>,
}

/// `VI_1` with vrid 51 and this priority.
pub(crate) fn vi_1(priority: u8) -> Instance {
    Instance::new("VI_1", 51, priority)
}

impl Instance {
    pub(crate) fn new(name: &str, vrid: u8, priority: u8) -> Self {
        Self {
            name: name.to_owned(),
            vrid,
            priority,
            state: "BACKUP",
            version: 3,
            interval: "0.2".to_owned(),
            vips: Vec::new(),
            lines: Vec::new(),
        }
    }

    pub(crate) fn master(mut self) -> Self {
        self.state = "MASTER";
        self
    }

    pub(crate) fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    pub(crate) fn every(mut self, interval: impl Display) -> Self {
        self.interval = interval.to_string();
        self
    }

    pub(crate) fn vip(mut self, line: impl Into<String>) -> Self {
        self.vips.push(line.into());
        self
    }

    pub(crate) fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Version 2 with a simple password, an advert a second.
    pub(crate) fn pass(self, password: &str) -> Self {
        let text = format!("authentication {{\n auth_type PASS\n auth_pass {password}\n }}");
        self.version(2).every(1).line(text)
    }

    /// Unicast between two addresses.
    pub(crate) fn unicast(self, source: impl Display, peer: impl Display) -> Self {
        self.line(format!(
            "unicast_src_ip {source}\n unicast_peer {{\n {peer}\n }}"
        ))
    }

    fn write(&self, text: &mut String) {
        let Self {
            name,
            vrid,
            priority,
            state,
            version,
            interval,
            ..
        } = self;
        let _ = writeln!(
            text,
            "vrrp_instance {name} {{\n interface eth0\n state {state}\n virtual_router_id {vrid}\n \
             priority {priority}\n version {version}\n advert_int {interval}"
        );
        for line in &self.lines {
            let _ = writeln!(text, " {line}");
        }
        text.push_str(" virtual_ipaddress {\n");
        let default = [format!("{}/24", crate::site::VIP)];
        let vips = if self.vips.is_empty() {
            &default[..]
        } else {
            &self.vips[..]
        };
        for vip in vips {
            let _ = writeln!(text, "  {vip}");
        }
        text.push_str(" }\n}\n");
    }
}

/// A whole file: global definitions, further blocks, instances.
pub(crate) fn file(blocks: &[&str], instances: &[Instance]) -> String {
    let mut text =
        "global_defs {\n router_id LAB\n script_user root\n enable_script_security\n}\n".to_owned();
    for block in blocks {
        let _ = writeln!(text, "{block}");
    }
    for instance in instances {
        instance.write(&mut text);
    }
    text
}

/// A file with nothing but one instance.
pub(crate) fn only(instance: Instance) -> String {
    file(&[], &[instance])
}
