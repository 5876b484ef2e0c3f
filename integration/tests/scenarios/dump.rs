//! The data dump on USR1: what Debian's keepalived and ours say of the same instances.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, ensure};
use integration::{Signal, wait_until};

use crate::config::{Instance, file};
use crate::site::{LIMIT, Site};

comparisons!(data);

/// Lines that are there in one version only, or tell times, descriptors and passwords.
const OTHERWISE: [&str; 13] = [
    "   Last transition = ",
    "   Read timeout = ",
    "   Last advert sent = ",
    "   fd_in ",
    " fd_in ",
    "   Number of interface and track script faults = ",
    "   Number of tracker faults = ",
    "   Flags of interface faults - ",
    "   Highest other priority = ",
    "   VRRPv3 uses VRRPv2 checksum = ",
    "   Password = ",
    "   Init state = ",
    "   State = running",
];

/// The instances, groups and scripts of a master, one that preempts nobody, and a group.
fn data(site: &mut Site) -> Result<Vec<String>> {
    let check =
        "vrrp_script check {\n script /usr/bin/true\n interval 60\n weight 5\n rise 2\n fall 3\n}";
    let group = "vrrp_sync_group G {\n group {\n VI_2\n VI_3\n }\n}";
    let instances = [
        Instance::new("VI_1", 51, 150)
            .pass("geheim")
            .vip("10.10.0.100/24")
            .vip("10.10.0.101/32")
            .line("garp_master_delay 3\n track_script {\n check\n }")
            .line("virtual_ipaddress_excluded {\n 10.10.0.110/24\n }"),
        Instance::new("VI_2", 52, 100)
            .vip("10.10.0.120/24")
            .line("nopreempt"),
        Instance::new("VI_3", 53, 100)
            .version(2)
            .every(1)
            .vip("10.10.0.130/24"),
    ];
    site.start(1, &file(&[check, group], &instances))?;
    for address in ["10.10.0.100", "10.10.0.120", "10.10.0.130"] {
        site.wait_with(1, address)?;
    }
    let daemon = site.daemon(1);
    let path = daemon.folder().join("tmp/keepalived.data");
    daemon.signal(Signal::SIGUSR1)?;
    let whole = || fs::read_to_string(&path).is_ok_and(|text| text.contains(" Name = eth0"));
    wait_until(LIMIT, "the data dump", whole)?;
    let mode = fs::metadata(&path)?.permissions().mode();
    ensure!(mode & 0o777 == 0o600, "the mode of the dump is {mode:o}");
    let parent = path.with_file_name("keepalived_parent.data");
    wait_until(LIMIT, "the dump of the parent", || parent.exists())?;
    let text = fs::read_to_string(&path)?;
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("VRRP Topology"));
    let lines = lines.take_while(|line| !line.contains("< Interfaces >"));
    let is_common = |line: &&str| !OTHERWISE.iter().any(|start| line.starts_with(start));
    Ok(lines.filter(is_common).map(str::to_owned).collect())
}
