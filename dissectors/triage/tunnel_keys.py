"""What tunnel packets are summed by, for many frames at once: a table with one key of 72 bytes a row.

The frames are those that :func:`~dissectors.triage.vector.triage` calls TUNNEL_DATA. Plain headers are read here, all
others by :mod:`dissectors.triage.tunnel_scalar`, which also says what a key holds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissectors.ip_numbers import IpProtocol
from dissectors.record import record
from dissectors.triage.columns import Bytes, Flags, Ints, columns, fields
from dissectors.triage.links import ODD
from dissectors.triage.tunnel_scalar import BY_VERSIONS, CODES, KEY, tunnel_key
from dissectors.triage.vector import TLV_SIZE, Places
from dissectors.tunnels import Encapsulation

OUTER = {
    4: fields(36, length=(2, ">u2"), protocol=(9, "u1"), addresses=(12, "2u4"), ports=(20, "u4"), source=(20, ">u2"),
              destination=(22, ">u2"), udp_length=(24, ">u2"),
              in_ip=(20, "u1"), in_udp=(28, "u1"), tlv_protocol=(29, "u1"), in_tlv=(32, "u1")),
    6: fields(56, length=(4, ">u2"), protocol=(6, "u1"), addresses=(8, "4u8"), ports=(40, "u4"), source=(40, ">u2"),
              destination=(42, ">u2"), udp_length=(44, ">u2"),
              in_ip=(40, "u1"), in_udp=(48, "u1"), tlv_protocol=(49, "u1"), in_tlv=(52, "u1")),
}  # fmt: skip
"""An outer header, behind it that of UDP and a TLV header if there are any, and the first byte behind each."""
INNER = {4: fields(20, addresses=(12, "2u4")), 6: fields(40, addresses=(8, "4u8"))}
FIXED = {4: 20, 6: 40}
WORDS = KEY.size // 8
"""Of 8 bytes, that a key consists of."""
IN_IP, UDP, TLV = 0, 1, 2
"""What the inner packet is behind, besides the outer IP header: nothing, UDP, or UDP and a TLV header."""
SKIPPED = (0, 8, 8 + TLV_SIZE)
FIRST = ("in_ip", "in_udp", "in_tlv")
NAMED = ("protocol", "", "tlv_protocol")
"""By these: bytes to the inner packet, the field that holds its first byte, the field that names its protocol."""
IN_UDP = {UDP: Encapsulation.UDP, TLV: Encapsulation.UDP_TLV}
WAYS = np.full(256, ODD, np.uint8)
WAYS[[IpProtocol.IPV4, IpProtocol.IPV6, IpProtocol.UDP]] = IN_IP, IN_IP, UDP


@record
class Keys:
    """``words`` has a row for every frame; it means something where ``known`` says so."""

    words: NDArray[np.uint64]
    known: Flags

    @property
    def numbers(self) -> NDArray[np.uint32]:
        return self.words.view(np.uint32)

    @property
    def octets(self) -> NDArray[np.uint8]:
        return self.words.view(np.uint8)

    def put_addresses(self, rows: Ints, place: int, version: int, addresses: NDArray[Any]) -> None:
        """Source and destination as they stand in a header; ``place`` counts bytes into the key."""
        if version == 6:
            self.words[rows, place // 8 : place // 8 + 4] = addresses
        else:
            self.numbers[rows, place // 4] = addresses[:, 0]
            self.numbers[rows, place // 4 + 4] = addresses[:, 1]


def tunnel_keys(view: Bytes, start: Ints, there: Ints, network: Places, link_type: NDArray[np.uint16]) -> Keys:
    """The key of every frame. ``start`` and ``there`` are inside ``view``; ``network`` is triage's, -1 for odd."""
    keys = Keys(np.zeros((len(start), WORDS), np.uint64), np.zeros(len(start), np.bool_))
    at = np.minimum(start + network, len(view) - 1)
    first = np.where(network >= 0, view[at], 0)
    for version, rows in ((4, np.flatnonzero(first == 0x45)), (6, np.flatnonzero(first >> 4 == 6))):
        if len(rows):
            _outer(view, keys, rows, at[rows], (there - network)[rows], version)
    for row in np.flatnonzero(~keys.known).tolist():
        key = tunnel_key(view[start[row] : start[row] + there[row]].tobytes(), int(link_type[row]))
        if key is not None:
            keys.octets[row] = np.frombuffer(key, np.uint8)
            keys.known[row] = True
    return keys


def _outer(view: Bytes, keys: Keys, rows: Ints, at: Ints, left: Ints, version: int) -> None:
    """Outer packets of one version without extension headers or options, by what the inner packet is behind."""
    ip, inside = columns(view, at, OUTER[version])
    said = ip["length"].astype(np.int64) + (40 if version == 6 else 0)
    whole = said > 40 if version == 6 else said >= 20  # else the length says nothing that could be
    left = np.where(whole & (said < left), said, left) - FIXED[version]
    way = np.where(inside, WAYS[ip["protocol"]], ODD)
    if (way == UDP).any():
        size = ip["udp_length"].astype(np.int64)
        left = np.where(way == UDP, np.where((size >= 8) & (size <= left), size, left) - 8, left)
        way[(way == UDP) & (ip["in_udp"] >> 4 == 0)] = TLV
        left = np.where(way == TLV, left - TLV_SIZE, left)
    for kind in (IN_IP, UDP, TLV):
        _behind(view, keys, _picked(way == kind, rows, ip, at + FIXED[version] + SKIPPED[kind], left), (version, kind))


def _picked(wanted: Flags, *arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The wanted rows of each; mostly that is all of them, which then are not copied."""
    return arrays if wanted.all() else tuple(array[wanted] for array in arrays)


def _behind(view: Bytes, keys: Keys, packets: tuple[NDArray[Any], ...], outer: tuple[int, int]) -> None:
    """Packets with one kind of header around the inner one; of it, there has to be a whole fixed header."""
    rows, ip, at, left = packets
    if not len(rows):
        return
    version, kind = outer
    first = ip[FIRST[kind]] >> 4
    for inner, protocol in ((4, IpProtocol.IPV4), (6, IpProtocol.IPV6)):
        these = (first == inner) & (left >= FIXED[inner])
        if kind != UDP:
            these &= ip[NAMED[kind]] == protocol
        if these.any():
            _write(view, keys, _picked(these, rows, ip, at), (version, kind, inner))


def _write(view: Bytes, keys: Keys, packets: tuple[NDArray[Any], ...], kinds: tuple[int, int, int]) -> None:
    rows, ip, at = packets
    version, kind, inner = kinds
    inner_ip, _ = columns(view, at, INNER[inner])  # which is inside, being captured
    keys.put_addresses(rows, 0, version, ip["addresses"])
    keys.put_addresses(rows, 32, inner, inner_ip["addresses"])
    if kind != IN_IP:
        keys.numbers[rows, 16] = ip["ports"]
    encapsulation = IN_UDP.get(kind) or BY_VERSIONS[inner, version]
    keys.octets[rows, 68:] = (CODES.index(encapsulation), version, inner, 1)
    keys.known[rows] = True
