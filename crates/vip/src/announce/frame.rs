//! The frames, byte for byte.

use std::net::{Ipv4Addr, Ipv6Addr};

use pnet_packet::arp::{ArpHardwareTypes, ArpOperations, MutableArpPacket};
use pnet_packet::ethernet::{EtherTypes, MutableEthernetPacket};
use pnet_packet::icmpv6::ndp::{
    MutableNdpOptionPacket, MutableNeighborAdvertPacket, NdpOptionTypes, NeighborAdvertFlags,
};
use pnet_packet::icmpv6::{Icmpv6Packet, Icmpv6Types, checksum};
use pnet_packet::ip::IpNextHeaderProtocols;
use pnet_packet::ipv6::MutableIpv6Packet;

const ETHERNET: usize = 14;
const ARP: usize = 28;
const IPV6: usize = 40;
const ADVERT: usize = 24;
const OPTION: usize = 8;

const BROADCAST: [u8; 6] = [0xff; 6];
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES_MAC: [u8; 6] = [0x33, 0x33, 0, 0, 0, 1];

/// Whether the sender of a neighbour advertisement forwards packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It does not.
    Host,
    /// It does: the router flag is set (RFC 4861 §4.4).
    Router,
}

/// A gratuitous ARP request for `address`, from `mac` to everybody. 42 bytes; the driver pads.
///
/// The target hardware address is all ones, not zero. keepalived: send_gratuitous_arp_immediate
pub fn garp_frame(mac: [u8; 6], address: Ipv4Addr) -> Vec<u8> {
    let mut frame = vec![0; ETHERNET + ARP];
    let (ethernet, arp) = frame.split_at_mut(ETHERNET);
    let mut ethernet =
        MutableEthernetPacket::new(ethernet).expect("14 bytes are an Ethernet header");
    ethernet.set_destination(BROADCAST.into());
    ethernet.set_source(mac.into());
    ethernet.set_ethertype(EtherTypes::Arp);

    let mut arp = MutableArpPacket::new(arp).expect("28 bytes are an ARP packet");
    arp.set_hardware_type(ArpHardwareTypes::Ethernet);
    arp.set_protocol_type(EtherTypes::Ipv4);
    arp.set_hw_addr_len(6);
    arp.set_proto_addr_len(4);
    arp.set_operation(ArpOperations::Request);
    arp.set_sender_hw_addr(mac.into());
    arp.set_sender_proto_addr(address);
    arp.set_target_hw_addr(BROADCAST.into());
    arp.set_target_proto_addr(address);
    frame
}

/// An unsolicited neighbour advertisement for `address`, from `mac` to all nodes. 86 bytes.
pub fn na_frame(mac: [u8; 6], address: Ipv6Addr, role: Role) -> Vec<u8> {
    let mut frame = vec![0; ETHERNET + IPV6 + ADVERT + OPTION];
    let (ethernet, packet) = frame.split_at_mut(ETHERNET);
    let mut ethernet =
        MutableEthernetPacket::new(ethernet).expect("14 bytes are an Ethernet header");
    ethernet.set_destination(ALL_NODES_MAC.into());
    ethernet.set_source(mac.into());
    ethernet.set_ethertype(EtherTypes::Ipv6);

    let (header, message) = packet.split_at_mut(IPV6);
    fill_ipv6(
        header,
        address,
        u16::try_from(ADVERT + OPTION).expect("32 fits"),
    );
    fill_advert(message, mac, address, role);
    frame
}

fn fill_ipv6(header: &mut [u8], source: Ipv6Addr, length: u16) {
    let mut header = MutableIpv6Packet::new(header).expect("40 bytes are an IPv6 header");
    header.set_version(6);
    header.set_payload_length(length);
    header.set_next_header(IpNextHeaderProtocols::Icmpv6);
    header.set_hop_limit(255);
    header.set_source(source);
    header.set_destination(ALL_NODES);
}

fn fill_advert(message: &mut [u8], mac: [u8; 6], address: Ipv6Addr, role: Role) {
    let (advert, option) = message.split_at_mut(ADVERT);
    let mut option = MutableNdpOptionPacket::new(option).expect("8 bytes are an option");
    option.set_option_type(NdpOptionTypes::TargetLLAddr);
    option.set_length(1);
    option.set_data(&mac);

    let mut advert =
        MutableNeighborAdvertPacket::new(advert).expect("24 bytes are an advertisement");
    advert.set_icmpv6_type(Icmpv6Types::NeighborAdvert);
    advert.set_flags(match role {
        Role::Host => NeighborAdvertFlags::Override,
        Role::Router => NeighborAdvertFlags::Override | NeighborAdvertFlags::Router,
    });
    advert.set_target_addr(address);

    let whole = Icmpv6Packet::new(message).expect("32 bytes are an ICMPv6 message");
    let sum = checksum(&whole, &address, &ALL_NODES);
    MutableNeighborAdvertPacket::new(message)
        .expect("unchanged since")
        .set_checksum(sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 6] = [0x3e, 0x3b, 0xa6, 0x2d, 0x6f, 0xe5];

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn garp_is_what_keepalived_2_2_7_sends() {
        let captured = bytes(
            "ffff ffff ffff 3e3b a62d 6fe5 0806 0001
             0800 0604 0001 3e3b a62d 6fe5 0a00 0064
             ffff ffff ffff 0a00 0064",
        );
        assert_eq!(garp_frame(MAC, "10.0.0.100".parse().unwrap()), captured);
    }

    #[test]
    fn na_of_a_host_is_what_keepalived_2_2_7_sends() {
        let captured = bytes(
            "3333 0000 0001 3e3b a62d 6fe5 86dd 6000
             0000 0020 3aff fd00 0000 0000 0000 0000
             0000 0000 0001 ff02 0000 0000 0000 0000
             0000 0000 0001 8800 084e 2000 0000 fd00
             0000 0000 0000 0000 0000 0000 0001 0201
             3e3b a62d 6fe5",
        );
        assert_eq!(
            na_frame(MAC, "fd00::1".parse().unwrap(), Role::Host),
            captured
        );
    }
}
