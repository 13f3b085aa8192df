"""What tunnel packets are summed by, for many frames at once: a table with one key of 72 bytes a row.

The frames are those that :func:`~dissectors.triage.vector.triage` calls TUNNEL_DATA. Plain headers are read here, all
others by :mod:`dissectors.triage.tunnel_scalar`, which also says what a key holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissectors.ip_numbers import IpProtocol
from dissectors.triage.columns import Bytes, Flags, Ints, columns, fields
from dissectors.triage.tunnel_scalar import CODES, IN_IP, KEY, tunnel_key
from dissectors.triage.vector import Places
from dissectors.tunnels import Encapsulation
from dissectors.udp import UdpPort

OUTER = {
    4: fields(32, length=(2, ">u2"), protocol=(9, "u1"), addresses=(12, "2u4"), ports=(20, "u4"),
              source=(20, ">u2"), destination=(22, ">u2"), udp_length=(24, ">u2"), in_ip=(20, "u1"), in_udp=(28, "u1")),
    6: fields(56, length=(4, ">u2"), protocol=(6, "u1"), addresses=(8, "4u8"), ports=(40, "u4"),
              source=(40, ">u2"), destination=(42, ">u2"), udp_length=(44, ">u2"), in_ip=(40, "u1"), in_udp=(48, "u1")),
}  # fmt: skip
"""An outer header, behind it that of UDP if there is one, and the first byte of the packet in either place."""
INNER = {4: fields(20, addresses=(12, "2u4")), 6: fields(40, addresses=(8, "4u8"))}
FIXED = {4: 20, 6: 40}
WORDS = KEY.size // 8
"""Of 8 bytes, that a key consists of."""
CODE_OF = {key: CODES.index(value) for key, value in IN_IP.items()}
IN_UDP = CODES.index(Encapsulation.UDP)
"""Places in CODES."""


@dataclass(frozen=True, slots=True)
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
    """Outer packets of one version without extension headers or options; what is behind decides who is known."""
    ip, inside = columns(view, at, OUTER[version])
    header = FIXED[version]
    said = ip["length"].astype(np.int64) + (40 if version == 6 else 0)
    whole = said > 40 if version == 6 else said >= 20  # else the length says nothing that could be
    left = np.where(whole & (said < left), said, left) - header
    is_udp = ip["protocol"] == IpProtocol.UDP
    is_udp &= (ip["source"] == UdpPort.DSMIPV6) | (ip["destination"] == UdpPort.DSMIPV6)
    size = ip["udp_length"].astype(np.int64)
    left = np.where(is_udp, np.where((size >= 8) & (size <= left), size, left) - 8, left)
    inner_at = at + np.where(is_udp, header + 8, header)
    first = np.where(is_udp, ip["in_udp"], ip["in_ip"]) >> 4
    for inner, protocol in ((4, IpProtocol.IPV4), (6, IpProtocol.IPV6)):
        these = inside & (first == inner) & (left >= FIXED[inner]) & (is_udp | (ip["protocol"] == protocol))
        _inner(view, keys, np.flatnonzero(these), (rows, ip, is_udp, inner_at), (version, inner))


def _inner(
    view: Bytes, keys: Keys, these: Ints, outer: tuple[Ints, NDArray[Any], Flags, Ints], versions: tuple[int, int]
) -> None:
    """Writes the keys of packets whose inner packet is of one version, with a whole header."""
    if not len(these):
        return
    version, inner = versions
    rows, ip, is_udp, inner_at = outer
    inner_ip, _ = columns(view, inner_at[these], INNER[inner])  # which is inside, being captured
    rows, ip, is_udp = rows[these], ip[these], is_udp[these]
    keys.put_addresses(rows, 0, version, ip["addresses"])
    keys.put_addresses(rows, 32, inner, inner_ip["addresses"])
    keys.numbers[rows, 16] = np.where(is_udp, ip["ports"], 0)
    tail = np.full((len(rows), 4), (CODE_OF[inner, version], version, inner, 1), np.uint8)
    tail[is_udp, 0] = IN_UDP
    keys.octets[rows, 68:] = tail
    keys.known[rows] = True
