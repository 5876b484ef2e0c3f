//! What a power cut does besides killing everything.

use std::ffi::OsStr;
use std::fs;
use std::net::IpAddr;

use anyhow::{Context, Result};
use integration::Host;

/// Leaves the host as one that was just switched on: without virtual addresses and without pid files, both of which
/// live in memory. (The original takes a dead process that nobody has collected yet for a running one.)
pub(crate) fn switched_on(host: &Host, vips: &[IpAddr]) -> Result<()> {
    for held in host.addresses()? {
        if vips.contains(&held.address) {
            host.exec(&format!(
                "ip addr del {}/{} dev eth0",
                held.address, held.prefix
            ))?;
        }
    }
    let folder = host.folder();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("pid")) {
            fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
        }
    }
    Ok(())
}
