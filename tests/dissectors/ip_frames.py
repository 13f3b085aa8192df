"""Bytes of frames, built by hand with struct: an independent second description of the headers."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

UE4, HA4 = IPv4Address("203.0.113.5"), IPv4Address("192.0.2.1")
UE6, HA6 = IPv6Address("2001:db8:77::99"), IPv6Address("2001:db8:ffff::1")
HOA = IPv6Address("2001:db8:1:2::10")
HAO = bytes.fromhex("01020000c910") + HOA.packed  # PadN 4 and the Home Address option: 22 bytes


def ethernet(payload: bytes, ethertype: int = 0x0800, *tags: tuple[int, int]) -> bytes:
    """``tags`` are pairs of TPID and TCI, outer to inner."""
    header = bytes.fromhex("001122334455 66778899aabb")
    for tpid, tci in tags:
        header += struct.pack(">HH", tpid, tci)
    return header + struct.pack(">H", ethertype) + payload


def ipv4(
    protocol: int, payload: bytes, *, flags: int = 0, identification: int = 7, length: int | None = None,
    options: bytes = b"", source: IPv4Address = UE4, destination: IPv4Address = HA4,
) -> bytes:  # fmt: skip
    """``flags`` are the three flags and the offset in units of 8 bytes, as on the wire."""
    size = 20 + len(options) + len(payload) if length is None else length
    first = 0x45 + len(options) // 4
    head = struct.pack(">BBHHHBBH", first, 0, size, identification, flags, 64, protocol, 0)
    return head + source.packed + destination.packed + options + payload


def ipv6(
    next_header: int, payload: bytes, *, length: int | None = None,
    source: IPv6Address = UE6, destination: IPv6Address = HA6,
) -> bytes:  # fmt: skip
    size = len(payload) if length is None else length
    return struct.pack(">IHBB", 6 << 28 | 0x12345, size, next_header, 63) + source.packed + destination.packed + payload


def udp(source: int, destination: int, payload: bytes, length: int | None = None) -> bytes:
    size = 8 + len(payload) if length is None else length
    return struct.pack(">HHHH", source, destination, size, 0) + payload


def options_header(next_header: int, options: bytes) -> bytes:
    """Hop-by-hop or destination options; ``options`` fill 8n + 6 bytes."""
    assert len(options) % 8 == 6
    return bytes((next_header, (len(options) + 2) // 8 - 1)) + options


def fragment_header(next_header: int, offset: int, more: bool, identification: int = 9) -> bytes:
    return struct.pack(">BBHI", next_header, 0, offset | more, identification)
