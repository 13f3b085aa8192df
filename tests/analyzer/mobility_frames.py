"""Frames of a registered UE with two accesses, byte by byte after RFC 6275, 5648, 6089, 6088 and 8415."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address
from pathlib import Path

from samples.generator.frames import ethernet, ip, udp
from samples.generator.pcap import EPOCH, Frame, write_pcap

HOME, AGENT = IPv6Address("2001:db8:1:2::10"), IPv6Address("2001:db8:ffff::1")
WLAN, CELLULAR = IPv6Address("2001:db8:77::99"), IPv6Address("2001:db8:88::7")
FAR = IPv6Address("2001:db8:5::80")
MACS = bytes(6), b"\2" * 6
MOBILITY, DESTINATION_OPTIONS, ROUTING, IPV6, TCP, UDP = 135, 60, 43, 41, 6, 17
FLOW_ON_BID_2 = bytes.fromhex("2d14 0001 0003 00 000202 00020308 02 00 0080 0000 01bb")
"""FID 1, priority 3, BID 2, IPv6 traffic selector: source port 443."""
FLOW_ACCEPTED = bytes.fromhex("2d06 0001 0003 00 00")


def _mobility(kind: int, fixed: bytes, options: bytes) -> bytes:
    """A Mobility Header whose options begin at byte 12; zeros at the end are Pad1. The checksum is left at 0."""
    body = fixed + options
    body += bytes(-(6 + len(body)) % 8)
    return struct.pack(">BBBBH", 59, (6 + len(body)) // 8 - 1, kind, 0, 0) + body


def bid(number: int, care_of: IPv6Address) -> bytes:
    """A Binding Identifier with its care-of address, brought to 8n+2 from byte 12 by a PadN of 6."""
    return bytes.fromhex("010400000000") + struct.pack(">BBHBB", 35, 20, number, 0, 5) + care_of.packed


def update(care_of: IPv6Address, sequence: int, options: bytes, flags: int = 0xD400) -> bytes:
    """A Binding Update with A, H, K and R for 3600 s, in clear."""
    header = _mobility(5, struct.pack(">HHH", sequence, flags, 900), options)
    home = bytes.fromhex("8702010200 00c910".replace(" ", "")) + HOME.packed
    return ethernet(*MACS, ip(care_of, AGENT, DESTINATION_OPTIONS, home + header))


def acknowledgement(care_of: IPv6Address, sequence: int, options: bytes) -> bytes:
    """The answer: accepted, K and R."""
    header = _mobility(6, struct.pack(">BBHH", 0, 0xC0, sequence, 900), options)
    home = bytes.fromhex("8702020100000000") + HOME.packed
    return ethernet(*MACS, ip(AGENT, care_of, ROUTING, home + header))


def down(care_of: IPv6Address, source_port: int) -> bytes:
    """A TCP segment of the correspondent, tunnelled to a care-of address."""
    segment = struct.pack(">HH", source_port, 40000) + bytes(16)
    return ethernet(*MACS, ip(AGENT, care_of, IPV6, ip(FAR, HOME, TCP, segment)))


def up(care_of: IPv6Address, ports: tuple[int, int], data: bytes) -> bytes:
    """A UDP datagram of the UE to its Home Agent, through the tunnel."""
    datagram = udp((HOME, ports[0]), (AGENT, ports[1]), data)
    return ethernet(*MACS, ip(care_of, AGENT, IPV6, ip(HOME, AGENT, UDP, datagram)))


def solicit(prefix_length: int) -> bytes:
    """A DHCPv6 Solicit that asks for a prefix of a length."""
    prefix = struct.pack(">HHIIB", 26, 25, 0, 0, prefix_length) + bytes(16)
    association = struct.pack(">HHIII", 25, 12 + len(prefix), 1, 0, 0) + prefix
    return b"\1\0\0\7" + association


REGISTERED = [
    update(WLAN, 1, bid(1, WLAN), flags=0xD440),  # O: whatever was bound before the capture is gone
    acknowledgement(WLAN, 1, bytes.fromhex("2304 0001 00 05")),
    update(CELLULAR, 2, bid(2, CELLULAR) + FLOW_ON_BID_2),
    acknowledgement(CELLULAR, 2, bytes.fromhex("2304 0002 00 05") + FLOW_ACCEPTED),
]
"""Frames 1 to 4: BID 1 by WLAN, BID 2 and a flow by cellular."""


def written(path: Path, frames: list[bytes]) -> Path:
    """A capture with a frame each second."""
    write_pcap(path, [Frame(EPOCH + at * 1_000_000_000, data) for at, data in enumerate(frames)])
    return path
