//! What several tests need.

use crate::spec::{Address, AddressFlags};

/// An address on eth0 with nothing else said.
pub(crate) fn address(text: &str, prefix: u8) -> Address {
    Address {
        address: text.parse().unwrap(),
        prefix,
        interface: "eth0".into(),
        label: None,
        scope: 0,
        peer: None,
        broadcast: None,
        flags: AddressFlags::empty(),
        preferred_lifetime: None,
        track: true,
        use_vmac: false,
    }
}
