"""Worked Mobility Headers, each byte put down by hand after the RFCs' figures and read by tshark as they are meant."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

HOA, HA = IPv6Address("2001:db8:1:2::10"), IPv6Address("2001:db8:ffff::1")

A1_UPDATE = bytes.fromhex(
    "3b090500b2af 0102d4400384 010400000000"
    "23140001000520010db8007700000000000000000099"
    "2d190001000a0000 02020001 030d010082080000c633640701bb06 00"
    "1d06800000000000 01020000"
)
"""From an IPv6 care-of address: BID 1, flow 1 by an IPv4 selector, IPv4 Home Address 0.0.0.0."""
A2_ACK = bytes.fromhex("3b040600e18e00c001020384 1e0600800a400009 230400010005 2d0a0001000a000002020001 0100")
"""The answer: accepted, 10.64.0.9/32, BID without care-of address, flow with its binding reference."""
A3_UPDATE = bytes.fromhex("3b030500057c0103d4000384 1d06800000000000 20060000c0a80714 01020000")
"""From an IPv4 care-of address: IPv4 Home Address 0.0.0.0, IPv4 Care-of Address 192.168.7.20."""
A3_ACK = bytes.fromhex("3b030600944200c001030384 1e0600800a400009 1f0680000000006e 01020000")
"""The answer: 10.64.0.9/32, NAT Detection with F and 110 s."""
A3_PACKET = bytes.fromhex(
    "4500007c0001000040117c69cb007105c0000201 9c41105f006848ec"
    "6000000000383240 20010db8000100020000000000000010 20010db8ffff00000000000000000001"
    "1000a1b200000001 3b030500057c0103d4000384 1d06800000000000 20060000c0a80714 01020000"
    "0102 02 87 109ead7096990afcb1aeb328"
)
"""A3_UPDATE in ESP (NULL, HMAC-SHA1-96), IPv6, UDP 40001 to 4191 and IPv4 from 203.0.113.5."""
ROUTING_HEADER = bytes.fromhex("8702020100000000") + HOA.packed
"""Type 2, before a Mobility Header."""

BU, BA = 5, 6
UPDATE = struct.pack(">HHH", 7, 0xC000, 150)
"""Of a Binding Update: sequence 7, A and H, 600 s."""
ACK = struct.pack(">BBHH", 0, 0x80, 7, 150)


def mobility(kind: int, fixed: bytes, *options: bytes, units: int | None = None) -> bytes:
    """A Mobility Header; ``fixed`` is what stands before the options. Zeros at the end are Pad1."""
    body = fixed + b"".join(options)
    body += bytes(-(6 + len(body)) % 8)
    size = (6 + len(body)) // 8 - 1 if units is None else units
    return struct.pack(">BBBBH", 59, size, kind, 0, 0) + body


def option(kind: int, value: bytes | str = b"", length: int | None = None) -> bytes:
    """An option or sub-option; ``value`` in hex or as bytes."""
    data = bytes.fromhex(value) if isinstance(value, str) else value
    return bytes((kind, len(data) if length is None else length)) + data
