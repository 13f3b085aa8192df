"""Triage of many frames at once: columns of header bytes, gathered only for the frames that need them.

A *column set* is one gather of a few bytes per frame, which numpy then reads as a structured array. No byte beyond a
frame's own captured ones decides anything; frames that are not plain, and those at the very end of the buffer, go to
the scalar way.
"""

from __future__ import annotations

from collections.abc import Callable
from mmap import mmap
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dissectors.dsmipv6 import IPV6_HEADER
from dissectors.ip_numbers import IpProtocol
from dissectors.triage.classes import INNER_RANKS, KEEPALIVE, S1AP_PORT, FrameClass, Rank
from dissectors.triage.columns import Bytes, Flags, Ints, columns, fields
from dissectors.triage.links import NETWORK, ODD
from dissectors.triage.scalar import triage_frame
from dissectors.triage.tables import (
    INNER_TABLE,
    IS_SIGNALLING,
    PROTOCOL_TABLE,
    RANK_TABLE,
    RANKS,
    SCTP_NEXT,
    TUNNEL_4_NEXT,
    TUNNEL_NEXT,
    UDP_NEXT,
)

Buffer: TypeAlias = bytes | bytearray | mmap | memoryview
Classes: TypeAlias = NDArray[np.uint8]
Places: TypeAlias = NDArray[np.int16]

BLOCK = 1 << 15
"""Frames handled at once: few enough for their columns to stay in the processor's cache."""

IP = fields(12, first=(0, "u1"), length_6=(4, ">u2"), next_header=(6, "u1"), length_4=(2, ">u2"), flags=(6, ">u2"),
            protocol=(9, "u1"))  # fmt: skip
UDP = fields(16, source=(0, ">u2"), destination=(2, ">u2"), length=(4, ">u2"), data=(8, ">u4"),
             inner_length=(12, ">u2"), next_header=(14, "u1"))  # fmt: skip
PORT_PAIR = fields(4, source=(0, ">u2"), destination=(2, ">u2"))
INNER = fields(7, first=(0, "u1"), next_header=(6, "u1"))
INNER_4 = fields(24, first=(0, "u1"), flags=(6, ">u2"), protocol=(9, "u1"), source=(20, ">u2"), destination=(22, ">u2"))
INNER_PORTS_AT = 40
TLV_SIZE = 4


def triage(
    data: Buffer, offset: Ints, captured: Ints, link_type: NDArray[np.uint16], *, network: Places | None = None
) -> Classes:
    """The class of every frame, as :class:`~dissectors.triage.classes.FrameClass` values.

    ``offset`` and ``captured`` say where each frame's bytes are in ``data``; nothing else of ``data`` is looked at.
    ``network``, if given, is filled with where in each frame its IP packet begins; -1 is for the scalar way to find.
    """
    classes = np.zeros(len(offset), np.uint8)
    if not len(data):
        return classes
    view = np.frombuffer(data, np.uint8)
    for low in range(0, len(offset), BLOCK):
        rows = slice(low, low + BLOCK)
        start = np.clip(offset[rows], 0, len(view))
        there = np.clip(captured[rows], 0, len(view) - start)
        places = np.full(len(start), -1, np.int16) if network is None else network[rows]
        classes[rows] = _block(view, start, there, link_type[rows], places)
    return classes


def _block(view: Bytes, start: Ints, there: Ints, link_type: NDArray[np.uint16], network: Places) -> Classes:
    classes = _by_link_type(view, start, there, link_type, network)
    for at in np.flatnonzero(classes == ODD).tolist():
        frame = view[start[at] : start[at] + there[at]].tobytes()
        classes[at] = triage_frame(frame, int(link_type[at]))
    return classes


def _by_link_type(view: Bytes, start: Ints, there: Ints, link_type: NDArray[np.uint16], network: Places) -> Classes:
    first = int(link_type[0])
    if (link_type == first).all():
        classes, network[:] = _frames(view, start, there, first)
        return classes
    classes = np.zeros(len(start), np.uint8)
    for kind in np.unique(link_type).tolist():
        these = np.flatnonzero(link_type == kind)
        classes[these], network[these] = _frames(view, start[these], there[these], kind)
    return classes


def _frames(view: Bytes, start: Ints, there: Ints, link_type: int) -> tuple[Classes, Ints | int]:
    """Frames of one link type: their classes, and where their IP packets begin."""
    network = NETWORK.get(link_type)
    if network is None:
        return np.zeros(len(start), np.uint8), -1
    size, version = network(view, start, there)
    classes = np.where(version == ODD, np.uint8(ODD), np.uint8(FrameClass.OTHER))
    these = np.flatnonzero((version != ODD) & (version != 0))
    left = there - size
    if len(these) == len(start):
        return _packets(view, start + size, left, version), size
    classes[these] = _packets(view, (start + size)[these], left[these], version[these])
    return classes, np.where(version == ODD, -1, size)


def _packets(view: Bytes, at: Ints, left: Ints, version: Classes) -> Classes:
    """IP packets; ``version`` is what their link layer says, 1 for either."""
    ip, inside = columns(view, at, IP)
    first = ip["first"]
    is_4 = (first >> 4 == 4) & (version != 6)
    is_6 = (first >> 4 == 6) & (version != 4)
    header = np.where(is_4, 20, 40)
    said = np.where(is_4, ip["length_4"], ip["length_6"].astype(np.int64) + 40)
    whole = np.where(is_4, said >= 20, said > 40)  # else the length says nothing that could be
    classes = PROTOCOL_TABLE[np.where(is_4, ip["protocol"], ip["next_header"])]
    fragment = is_4 & (ip["flags"] & 0x3FFF != 0)
    classes[fragment] = np.where(ip["protocol"] == IpProtocol.TCP, FrameClass.OTHER, FrameClass.FRAGMENT)[fragment]
    odd = (left < header) | (is_4 & (first != 0x45)) | ~inside
    classes[~(is_4 | is_6)] = FrameClass.OTHER
    classes[odd] = ODD
    rest = np.where(whole & (said < left), said, left) - header
    _look_on(view, classes, at + header, rest)
    return classes


def _look_on(view: Bytes, classes: Classes, at: Ints, left: Ints) -> None:
    """Settles what the IP protocol alone does not; ``at`` is where the payload begins."""
    for code, settle in SETTLE.items():
        these = np.flatnonzero(classes == code)
        if len(these):
            classes[these] = settle(view, at[these], left[these])


def _sctp(view: Bytes, at: Ints, left: Ints) -> Classes:
    ports, inside = columns(view, at, PORT_PAIR)
    carried = ((ports["source"] == S1AP_PORT) | (ports["destination"] == S1AP_PORT)) & (left >= 4)
    classes = np.where(carried, np.uint8(FrameClass.PCO), np.uint8(FrameClass.OTHER))
    classes[~inside] = ODD
    return classes


def _udp(view: Bytes, at: Ints, left: Ints) -> Classes:
    udp, inside = columns(view, at, UDP)
    by_destination, by_source = RANKS[udp["destination"]], RANKS[udp["source"]]
    first = (by_destination >= Rank.IKE) | (by_destination >= by_source)
    rank = np.where(first, by_destination, by_source)
    said = udp["length"].astype(np.int64)
    size = np.where((said >= 8) & (said < left), said, left) - 8
    classes: Classes = RANK_TABLE[rank]
    classes[(rank == Rank.IKE) & (size <= 0)] = FrameClass.OTHER
    _ports_4500(classes, rank == Rank.NAT_T, udp, size)
    _astray(classes, np.flatnonzero(rank == Rank.NONE), udp, size)
    _ports_4191(view, classes, np.flatnonzero((rank == Rank.DSMIPV6) & inside), udp, at, size)
    classes[left < 8] = FrameClass.OTHER
    classes[~inside] = ODD
    return classes


def _ports_4500(classes: Classes, these: NDArray[np.bool_], udp: NDArray[Any], size: Ints) -> None:
    """IKE behind the non-ESP marker, a keepalive, or ESP."""
    if not these.any():
        return
    classes[these & (size > 0)] = FrameClass.ESP
    classes[these & (size >= 4) & (udp["data"] == 0)] = FrameClass.IKE
    alone = (size == 1) & ((udp["length"] == 9) | (udp["length"] < 8)) & (udp["data"] >> 24 == KEEPALIVE)
    classes[these & alone] = FrameClass.KEEPALIVE


def _astray(classes: Classes, these: Ints, udp: NDArray[Any], size: Ints) -> None:
    """Signalling on another port than 4191: see :func:`dissectors.dsmipv6.is_astray`."""
    these = these[IS_SIGNALLING[udp["next_header"][these]] & (udp["data"][these] >> 28 == 6)]
    whole = udp["inner_length"][these].astype(np.int64) + IPV6_HEADER == size[these]
    classes[these[whole]] = FrameClass.DSMIPV6_SIGNALLING


def _ports_4191(view: Bytes, classes: Classes, these: Ints, udp: NDArray[Any], at: Ints, size: Ints) -> None:
    """A tunnel packet by its first four bits, of which 0 begin a TLV header."""
    if not len(these):
        return
    size, kind = size[these], udp["data"][these] >> 28
    found = np.full(len(these), FrameClass.DSMIPV6_SIGNALLING, np.uint8)
    four = np.flatnonzero((kind == 4) & (size > 0))
    found[four] = _inner_4(view, at[these][four] + 8, size[four])
    found[(kind == 0) & (size > 0)] = ODD
    _behind_tlv(view, found, (kind == 0) & (size >= TLV_SIZE), udp["data"][these] >> 16 & 255, (at[these] + 8, size))
    six = np.flatnonzero((kind == 6) & (size > 0))
    found[six] = _inner(view, at[these][six] + 8, size[six], udp["next_header"][these][six])
    classes[these] = found


def _behind_tlv(view: Bytes, found: Classes, tlv: Flags, protocol: NDArray[Any], places: tuple[Ints, Ints]) -> None:
    """Classes of the packets behind a TLV header (RFC 5845 section 7), which names their protocol."""
    at, size = places
    for code, settle in ((IpProtocol.IPV4, _inner_4), (IpProtocol.IPV6, _tunnels)):
        these = np.flatnonzero(tlv & (protocol == code))
        if len(these):
            found[these] = settle(view, at[these] + TLV_SIZE, size[these] - TLV_SIZE)


def _tunnels(view: Bytes, at: Ints, left: Ints) -> Classes:
    """IPv6 in IP."""
    ip, inside = columns(view, at, INNER)
    classes = _inner(view, at, left, ip["next_header"])
    classes[(ip["first"] >> 4 != 6) | (left <= 0)] = FrameClass.TUNNEL_DATA
    classes[~inside] = ODD
    return classes


def _inner(view: Bytes, at: Ints, left: Ints, next_header: Classes) -> Classes:
    """IPv6 packets in a tunnel."""
    classes = INNER_TABLE[next_header]
    classes[left < 7] = FrameClass.TUNNEL_DATA
    these = np.flatnonzero(classes == UDP_NEXT)
    if len(these):
        ports, inside = columns(view, at[these] + INNER_PORTS_AT, PORT_PAIR)
        found = _inner_ports(ports, 6) & (left[these] >= INNER_PORTS_AT + 4)
        classes[these] = np.where(found, np.uint8(FrameClass.DHCPV6), np.uint8(FrameClass.TUNNEL_DATA))
        classes[these[~inside]] = ODD
    return classes


def _inner_4(view: Bytes, at: Ints, left: Ints) -> Classes:
    """IPv4 packets in a tunnel."""
    ip, inside = columns(view, at, INNER_4)
    udp = (ip["first"] >> 4 == 4) & (ip["protocol"] == IpProtocol.UDP) & (ip["flags"] & 0x3FFF == 0)
    plain = ip["first"] == 0x45
    found = udp & plain & (left >= INNER_4.itemsize) & _inner_ports(ip, 4)
    classes = np.where(found, np.uint8(FrameClass.DHCPV4), np.uint8(FrameClass.TUNNEL_DATA))
    classes[(udp & ~plain) | ~inside] = ODD
    return classes


def _inner_ports(ports: NDArray[Any], version: int) -> Flags:
    wanted = INNER_RANKS[version]
    either: Flags = (RANKS[ports["source"]] == wanted) | (RANKS[ports["destination"]] == wanted)
    return either


SETTLE: dict[int, Callable[[Bytes, Ints, Ints], Classes]] = {
    UDP_NEXT: _udp, TUNNEL_NEXT: _tunnels, TUNNEL_4_NEXT: _inner_4, SCTP_NEXT: _sctp,
}  # fmt: skip
