//! Lints of instances.

use super::{found, instance};

#[test]
fn unicast() {
    assert_eq!(
        found(&instance(" unicast_src_ip 192.0.2.1")),
        ["6 unicast-without-peers"]
    );
    assert_eq!(
        found(&instance(" unicast_peer {\n }")),
        ["6 unicast-without-peers"]
    );
    let own = instance(" unicast_src_ip 192.0.2.3\n unicast_peer {\n 192.0.2.3\n192.0.2.2\n }");
    assert_eq!(found(&own), ["8 unicast-peer-is-self"]);
    let good = instance(" unicast_src_ip 192.0.2.1\n unicast_peer {\n 192.0.2.2\n }");
    assert_eq!(found(&good), [""; 0]);
}
