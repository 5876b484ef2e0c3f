//! Lints of virtual servers.

use super::found;

/// A virtual server with two real servers; the lines begin with 2.
fn lints(lines: &str) -> Vec<String> {
    let servers: String = ["192.0.2.11 80", "192.0.2.12 80"]
        .iter()
        .map(|address| format!(" real_server {address} {{\n TCP_CHECK {{\n }}\n }}\n"))
        .collect();
    let text = format!(
        "virtual_server 192.0.2.9 80 {{\n{lines}\n protocol TCP\n lb_algo rr\n lb_kind NAT\n{servers}}}\n"
    );
    let mut all = found(&text);
    all.retain(|found| !found.ends_with("not-supported"));
    all
}

#[test]
fn checks() {
    assert_eq!(lints(""), [""; 0]);
    let without = " real_server 192.0.2.13 80 {\n weight 1\n }";
    assert_eq!(lints(without), ["2 real-server-without-check"]);
    let allowed = " real_server 192.0.2.13 80 { # keepalived: allow(real-server-without-check)\n }";
    assert_eq!(lints(allowed), [""; 0]);
}

#[test]
fn quorum() {
    assert_eq!(lints(" quorum 2"), [""; 0]);
    assert_eq!(lints(" quorum 3"), ["2 quorum-out-of-reach"]);
    assert_eq!(lints(" quorum 3\n weight 2"), [""; 0]);
}

#[test]
fn sorry_server() {
    assert_eq!(lints(" sorry_server 192.0.2.13 80"), [""; 0]);
    assert_eq!(
        lints(" sorry_server 192.0.2.12 80"),
        ["2 sorry-server-is-real-server"]
    );
    assert_eq!(lints(" sorry_server 192.0.2.12 81"), [""; 0]);
}
