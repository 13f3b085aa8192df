"""Ethernet frames down to UDP and ICMPv6, with right lengths and checksums: RFC 791, 8200, 768, 4443, 4861, 1035."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from samples.generator.codes import IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_UDP
from samples.generator.payloads import Address

MTU = 1500
ALL_NODES = IPv6Address("ff02::1")


def checksum(data: bytes) -> int:
    """Internet checksum. A ones' complement sum of 16-bit words is the whole number modulo 65535."""
    if len(data) % 2:
        data += b"\0"
    return -int.from_bytes(data, "big") % 0xFFFF


def ethernet(source: bytes, destination: bytes, packet: bytes) -> bytes:
    """A frame around an IP packet, padded to the least size of a frame."""
    ether_type = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    return (destination + source + struct.pack("!H", ether_type) + packet).ljust(60, b"\0")


def ip(source: Address, destination: Address, protocol: int, data: bytes, *, ttl: int = 64, ident: int = 0) -> bytes:
    """An IP packet of the addresses' family; one that needs fragments is an error of the scenario."""
    if isinstance(source, IPv4Address):
        packet = _ipv4(source, destination, protocol, data, ttl, ident)
    else:
        packet = struct.pack("!IHBB", 0x60000000, len(data), protocol, ttl)
        packet += source.packed + destination.packed + data
    if len(packet) > MTU:
        raise ValueError(f"{len(packet)} bytes do not fit an MTU of {MTU}: give the sender a fragment size")
    return packet


def _ipv4(source: Address, destination: Address, protocol: int, data: bytes, ttl: int, ident: int) -> bytes:
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(data), ident, 0x4000, ttl, protocol)
    addresses = source.packed + destination.packed
    return head + struct.pack("!H", checksum(head + b"\0\0" + addresses)) + addresses + data


def _pseudo_header(source: Address, destination: Address, protocol: int, size: int) -> bytes:
    form = "!BBH" if source.version == 4 else "!I3xB"
    fields = (0, protocol, size) if source.version == 4 else (size, protocol)
    return source.packed + destination.packed + struct.pack(form, *fields)


def udp(
    source: tuple[Address, int], destination: tuple[Address, int], data: bytes, *, with_checksum: bool = True
) -> bytes:
    """A UDP datagram. ESP in UDP over IPv4 goes without checksum (RFC 3948 section 2.1)."""
    ports = struct.pack("!HHH", source[1], destination[1], 8 + len(data))
    pseudo = _pseudo_header(source[0], destination[0], IPPROTO_UDP, 8 + len(data))
    value = checksum(pseudo + ports + b"\0\0" + data) or 0xFFFF
    return ports + struct.pack("!H", value if with_checksum else 0) + data


def icmpv6(source: IPv6Address, destination: IPv6Address, kind: int, body: bytes, *, hops: int = 64) -> bytes:
    """A whole ICMPv6 packet; ``body`` starts behind the checksum."""
    pseudo = _pseudo_header(source, destination, IPPROTO_ICMPV6, 4 + len(body))
    value = checksum(pseudo + bytes([kind, 0, 0, 0]) + body)
    return ip(source, destination, IPPROTO_ICMPV6, struct.pack("!BBH", kind, 0, value) + body, ttl=hops)


def echo(source: IPv6Address, destination: IPv6Address, sequence: int, *, reply: bool) -> bytes:
    body = struct.pack("!HH", 0x4453, sequence) + bytes(range(0x61, 0x61 + 24))
    return icmpv6(source, destination, 129 if reply else 128, body)


def echo_ipv4(source: IPv4Address, destination: IPv4Address, sequence: int, *, reply: bool) -> bytes:
    """An ICMP echo message in an IPv4 packet of its own (RFC 792)."""
    body = struct.pack("!HH", 0x4453, sequence) + bytes(range(0x61, 0x61 + 24))
    value = checksum(bytes([0 if reply else 8, 0, 0, 0]) + body)
    data = struct.pack("!BBH", 0 if reply else 8, 0, value) + body
    return ip(source, destination, IPPROTO_ICMP, data, ident=sequence)


def router_advertisement(router: IPv6Address, mac: bytes, prefix: IPv6Network) -> bytes:
    """RA with the access network's own prefix."""
    link_layer = bytes([1, 1]) + mac
    on_link = struct.pack("!BBBBII4x", 3, 4, prefix.prefixlen, 0xC0, 2592000, 604800) + prefix.network_address.packed
    body = struct.pack("!BBHII", 64, 0, 1800, 0, 0) + link_layer + on_link
    return icmpv6(router, ALL_NODES, 134, body, hops=255)


def dns_query(source: Address, server: Address, port: int, ident: int, name: str) -> bytes:
    """A query for an A or AAAA record, whichever the family is."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    question = labels + struct.pack("!HH", 28 if source.version == 6 else 1, 1)
    data = struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 0) + question
    return ip(source, server, IPPROTO_UDP, udp((source, port), (server, 53), data), ident=ident)
