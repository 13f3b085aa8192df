"""A PDN connection of a 3GPP access: GTPv2-C with PCO, MME to gateway (TS 29.274, TS 24.008 clause 10.5.6.3)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Network

from samples.generator.codes import IPPROTO_UDP
from samples.generator.frames import ethernet, ip, udp
from samples.generator.network import Wire
from samples.generator.pcap import Frame

MME, GATEWAY = IPv4Address("198.51.100.2"), IPv4Address("198.51.100.3")
MME_MAC, GATEWAY_MAC = bytes.fromhex("020000000021"), bytes.fromhex("020000000022")
PORT = 2123
CREATE_SESSION_REQUEST, CREATE_SESSION_RESPONSE = 32, 33
IMSI, APN, PCO, F_TEID, PDN_TYPE = 1, 71, 78, 87, 99
"""Types of information elements."""
IPV6 = 2  # PDN type
S11_MME, S11_SGW = 10, 11
"""Interface types of F-TEIDs (TS 29.274 clause 8.22)."""


class Container(IntEnum):
    """PCO containers; from the network 8 holds the prefix, and 15 says that IFOM is supported."""

    HOME_AGENT_ADDRESS = 7
    HOME_NETWORK_PREFIX = 8
    IFOM_SUPPORT = 15


def pco(containers: Sequence[tuple[Container, bytes]]) -> bytes:
    """The element's value: configuration protocol 0, then containers."""
    return b"\x80" + b"".join(struct.pack("!HB", kind, len(data)) + data for kind, data in containers)


def _element(kind: int, data: bytes) -> bytes:
    return struct.pack("!BHB", kind, len(data), 0) + data


def _f_teid(interface: int, teid: int, address: IPv4Address) -> bytes:
    """The sender's end of the control plane (TS 29.274 clause 8.22); 0x80: an IPv4 address is present."""
    return _element(F_TEID, struct.pack("!BI", 0x80 | interface, teid) + address.packed)


def _message(kind: int, sequence: int, teid: int, *elements: bytes) -> bytes:
    body = b"".join(elements)
    return struct.pack("!BBHIHBB", 0x48, kind, len(body) + 8, teid, sequence >> 8, sequence & 255, 0) + body


def _digits(imsi: str) -> bytes:
    """Digits in pairs, the first of each in the low half (TS 29.274 clause 8.3)."""
    padded = imsi + "f" * (len(imsi) % 2)
    return bytes.fromhex("".join(high + low for low, high in zip(padded[::2], padded[1::2], strict=True)))


def _put(wire: Wire, data: bytes, *, answer: bool) -> None:
    ends = (GATEWAY, MME) if answer else (MME, GATEWAY)
    macs = (GATEWAY_MAC, MME_MAC) if answer else (MME_MAC, GATEWAY_MAC)
    packet = ip(*ends, IPPROTO_UDP, udp((ends[0], PORT), (ends[1], PORT), data))
    wire.frames.append(Frame(wire.now, ethernet(*macs, packet)))


def connect(
    wire: Wire, imsi: str, apn: str, asked: Sequence[Container], given: Sequence[tuple[Container, bytes]]
) -> None:
    """Create Session Request with what the UE asks for, and Response with what it is given."""
    request = pco([(kind, b"") for kind in asked])
    name = b"".join(bytes([len(label)]) + label.encode() for label in apn.split("."))
    control = _f_teid(S11_MME, 0x4701, MME)
    elements = (_element(IMSI, _digits(imsi)), control, _element(APN, name), _element(PDN_TYPE, bytes([IPV6])))
    wire.mark("PCO request")
    _put(wire, _message(CREATE_SESSION_REQUEST, 1, 0, *elements, _element(PCO, request)), answer=False)
    wire.answer_time(to_ue=True)
    control = _f_teid(S11_SGW, 0x4711, GATEWAY)
    wire.mark("PCO answer")
    _put(wire, _message(CREATE_SESSION_RESPONSE, 1, 0x4701, control, _element(PCO, pco(given))), answer=True)
    wire.wait(0.01)


def home_network_prefix(prefix: IPv6Network) -> tuple[Container, bytes]:
    """The prefix and its length."""
    return Container.HOME_NETWORK_PREFIX, prefix.network_address.packed + bytes([prefix.prefixlen])
