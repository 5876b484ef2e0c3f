//! Socket options that the crates have no safe name for.

use nix::libc;

/// Where in the message of a raw IPv6 socket the kernel fills in and verifies the checksum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ipv6Checksum;

nix::setsockopt_impl!(
    Ipv6Checksum,
    libc::IPPROTO_IPV6,
    libc::IPV6_CHECKSUM,
    libc::c_int,
    nix::sys::socket::sockopt::SetStruct<libc::c_int>
);

/// Offset of the checksum in a VRRP message of either version.
pub(super) const CHECKSUM_OFFSET: i32 = 6;
