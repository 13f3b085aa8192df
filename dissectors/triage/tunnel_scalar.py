"""What one tunnel packet is summed by, whatever its shape, by the readers that dissection uses.

A *key* is 72 bytes: four addresses of 16 (IPv4 in the first 4), outer source and destination port, the encapsulation's
place in :data:`CODES`, outer and inner IP version, and 1 where the inner addresses were captured.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import NamedTuple

from dissectors.buffer import DissectError, Reader
from dissectors.events import Address
from dissectors.ip import read_ipv4, read_ipv6
from dissectors.ip_extensions import read_chain
from dissectors.ip_numbers import IpProtocol
from dissectors.link import is_raw, read_link
from dissectors.triage.classes import EXTENSION_HEADERS, TUNNELS
from dissectors.tunnels import Encapsulation
from dissectors.udp import read_udp

KEY = Struct(">16s16s16s16sHHBBBB")
CODES = tuple(Encapsulation)
BY_VERSIONS: dict[tuple[int, int], Encapsulation] = {
    (6, 6): Encapsulation.IPV6_IN_IPV6,
    (4, 6): Encapsulation.IPV4_IN_IPV6,
    (6, 4): Encapsulation.IPV6_IN_IPV4,
    (4, 4): Encapsulation.IPV4_IN_IPV4,
}
"""By the versions of the inner and the outer packet."""
ADDRESSES: dict[int, tuple[int, int, int, int]] = {4: (20, 12, 16, 4), 6: (40, 8, 24, 16)}
"""By version: size of the fixed header, where source and destination stand in it, size of an address."""


class TunnelKey(NamedTuple):
    """The common headers of tunnel packets; see :class:`~dissectors.tunnels.TunnelSegment`."""

    outer_source: Address
    outer_destination: Address
    outer_source_port: int
    outer_destination_port: int
    encapsulation: Encapsulation
    inner_source: Address | None
    inner_destination: Address | None
    inner_family: int


@lru_cache(maxsize=8192)
def unpack_key(key: bytes) -> TunnelKey:
    """The headers that a key stands for."""
    source, destination, inner_source, inner_destination, port, other_port, code, outer, inner, known = KEY.unpack(key)
    return TunnelKey(
        _address(source, outer), _address(destination, outer), port, other_port, CODES[code],
        _address(inner_source, inner) if known else None, _address(inner_destination, inner) if known else None, inner,
    )  # fmt: skip


@lru_cache(maxsize=8192)
def _address(packed: bytes, version: int) -> Address:
    return IPv4Address(packed[:4]) if version == 4 else IPv6Address(packed)


def tunnel_key(frame: bytes, link_type: int) -> bytes | None:
    """The key of a frame that triage calls TUNNEL_DATA; None if it is no tunnel packet after all. Never raises."""
    r = Reader(frame)
    try:
        if not is_raw(link_type) and read_link(r, link_type) is None:
            return None
        return _outer(r)
    except DissectError:
        return None


def _outer(r: Reader) -> bytes | None:
    start = r.pos
    outer = (r.peek(1) or b"\0")[0] >> 4
    if outer not in ADDRESSES:
        return None
    protocol = (read_ipv4 if outer == 4 else read_ipv6)(r, complete=False).protocol
    if protocol in EXTENSION_HEADERS:
        protocol = read_chain(r, protocol).protocol
    _, source, destination, size = ADDRESSES[outer]
    packet = r.data[start:]
    addresses = bytes(packet[source : source + size]), bytes(packet[destination : destination + size])
    if protocol in TUNNELS:
        inner = TUNNELS[protocol]
        return _key(r, addresses, (0, 0), BY_VERSIONS[inner, outer], outer, inner)
    if protocol != IpProtocol.UDP:
        return None
    udp = read_udp(r, complete=False)
    encapsulation, inner = _in_udp(r)
    return _key(r, addresses, (udp.source_port, udp.destination_port), encapsulation, outer, inner)


def _in_udp(r: Reader) -> tuple[Encapsulation, int]:
    """The packet at once, or behind a TLV header (RFC 5845 section 7), which is skipped."""
    ahead = r.peek(4)
    kind = ahead[0] >> 4 if ahead else 0
    if kind in ADDRESSES or len(ahead) < 4:
        return Encapsulation.UDP, kind
    r.pos += 4
    return Encapsulation.UDP_TLV, TUNNELS.get(ahead[1], 0)


def _key(
    r: Reader,
    outer: tuple[bytes, bytes],
    ports: tuple[int, int],
    encapsulation: Encapsulation,
    version: int,
    inner: int,
) -> bytes:
    header, source, destination, size = ADDRESSES.get(inner, (0, 0, 0, 0))
    ahead = r.peek(header)
    if not header or len(ahead) < header or ahead[0] >> 4 != inner:
        return KEY.pack(*outer, b"", b"", *ports, CODES.index(encapsulation), version, inner, 0)
    addresses = ahead[source : source + size], ahead[destination : destination + size]
    return KEY.pack(*outer, *addresses, *ports, CODES.index(encapsulation), version, inner, 1)
