"""Triage of one frame, whatever its shape, by the readers that dissection uses."""

from __future__ import annotations

from dissectors.buffer import DissectError, Reader
from dissectors.dsmipv6 import is_astray
from dissectors.ip import read_ipv4, read_ipv6
from dissectors.ip_extensions import read_chain
from dissectors.ip_numbers import IpProtocol
from dissectors.link import EtherType, LinkType, is_raw, read_link
from dissectors.triage.classes import (
    BY_PROTOCOL,
    BY_RANK,
    EXTENSION_HEADERS,
    INNER_RANKS,
    INNER_SIGNALLING,
    KEEPALIVE,
    PORTS,
    S1AP_PORT,
    TUNNELS,
    FrameClass,
    Rank,
    rank_of,
)
from dissectors.udp import read_udp

VERSIONS: dict[int, int] = {EtherType.IPV4: 4, EtherType.IPV6: 6}
RAW_VERSIONS: dict[int, int] = {LinkType.IPV4: 4, LinkType.IPV6: 6}


def triage_frame(frame: bytes, link_type: int) -> FrameClass:
    """The class of one frame. Never raises; what cannot be read is OTHER."""
    r = Reader(frame)
    try:
        if is_raw(link_type):
            return _packet(r, RAW_VERSIONS.get(link_type, 0))
        link = read_link(r, link_type)
        version = VERSIONS.get(link.protocol or 0) if link else None
        return _packet(r, version) if version else FrameClass.OTHER
    except DissectError:
        return FrameClass.OTHER


def _packet(r: Reader, version: int) -> FrameClass:
    """The outermost packet; ``version`` 0 is either."""
    ahead = r.peek(1)
    found = ahead[0] >> 4 if ahead else 0
    if found not in (4, 6) or version not in (0, found):
        return FrameClass.OTHER
    if found == 4:
        header = read_ipv4(r, complete=False)
        return _fragment(header.protocol) if header.is_fragment else _payload(r, header.protocol)
    header_6 = read_ipv6(r, complete=False)
    if header_6.fragment is not None:
        return _fragment(header_6.fragment.next_header)
    return FrameClass.OTHER if header_6.protocol in EXTENSION_HEADERS else _payload(r, header_6.protocol)


def _fragment(protocol: int) -> FrameClass:
    return FrameClass.OTHER if protocol == IpProtocol.TCP else FrameClass.FRAGMENT


def _payload(r: Reader, protocol: int) -> FrameClass:
    if protocol == IpProtocol.UDP:
        return _udp(r)
    if protocol in TUNNELS:
        return _inner(r, TUNNELS[protocol])
    if protocol in EXTENSION_HEADERS:
        return _extensions(r, protocol)
    if protocol == IpProtocol.SCTP:
        return _sctp(r)
    return BY_PROTOCOL.get(protocol, FrameClass.OTHER)


def _extensions(r: Reader, protocol: int) -> FrameClass:
    """Extension headers in IPv4, of which only AH belongs there."""
    chain = read_chain(r, protocol)
    if chain.fault is not None:
        return FrameClass.OTHER
    return _fragment(chain.protocol) if chain.fragment is not None else _payload(r, chain.protocol)


def _sctp(r: Reader) -> FrameClass:
    ports = r.peek(4)
    if len(ports) < 4:
        return FrameClass.OTHER
    carried = S1AP_PORT in (int.from_bytes(ports[:2]), int.from_bytes(ports[2:]))
    return FrameClass.PCO if carried else FrameClass.OTHER


def _udp(r: Reader) -> FrameClass:
    header = read_udp(r, complete=False)
    rank = rank_of(header.destination_port, header.source_port)
    if rank == Rank.DSMIPV6:
        return _tunnelled(r)
    if rank >= Rank.IKE and not r.left:
        return FrameClass.OTHER
    if rank == Rank.NAT_T:
        return _nat_traversal(r, header.data_size)
    if rank == Rank.NONE and is_astray(r.peek(7), r.left):
        return FrameClass.DSMIPV6_SIGNALLING
    return BY_RANK[rank]


def _nat_traversal(r: Reader, said: int | None) -> FrameClass:
    ahead = r.peek(4)
    if ahead == bytes(4):
        return FrameClass.IKE
    alone = r.left == 1 and said in (1, None)
    return FrameClass.KEEPALIVE if alone and ahead[0] == KEEPALIVE else FrameClass.ESP


def _tunnelled(r: Reader) -> FrameClass:
    """UDP 4191: an IP packet at once, or behind a TLV header (RFC 5845 section 7)."""
    ahead = r.peek(4)
    kind = ahead[0] >> 4 if ahead else -1
    if kind in (4, 6):
        return _inner(r, kind)
    if kind == 0 and len(ahead) == 4:
        r.pos += 4
        return _inner(r, TUNNELS.get(ahead[1], 0))
    return FrameClass.DSMIPV6_SIGNALLING


def _inner(r: Reader, version: int) -> FrameClass:
    """What is in a tunnel: data, unless it plainly is signalling. What the capture cut is data."""
    ahead = r.peek(7)
    if version not in (4, 6) or len(ahead) < 7 or ahead[0] >> 4 != version:
        return FrameClass.TUNNEL_DATA
    if version == 4:
        return _inner_ipv4(r.peek(64))
    if ahead[6] not in EXTENSION_HEADERS:
        return _inner_payload(r.peek(44)[40:], ahead[6])
    try:
        header = read_ipv6(r, complete=False)
    except DissectError:
        return FrameClass.TUNNEL_DATA
    if header.fragment is not None:
        ours = header.fragment.next_header in INNER_SIGNALLING
        return FrameClass.FRAGMENT if ours else FrameClass.TUNNEL_DATA
    return _inner_payload(r.peek(4), header.protocol)


def _inner_ipv4(packet: bytes) -> FrameClass:
    """By its first bytes; a fragment is data."""
    header = 4 * (packet[0] & 15)
    fragment = int.from_bytes(packet[6:8]) & 0x3FFF
    if header < 20 or fragment or len(packet) < header or packet[9] != IpProtocol.UDP:
        return FrameClass.TUNNEL_DATA
    return _inner_udp(packet[header : header + 4], 4)


def _inner_payload(ports: bytes, protocol: int) -> FrameClass:
    if protocol in INNER_SIGNALLING:
        return FrameClass.DSMIPV6_SIGNALLING
    return _inner_udp(ports, 6) if protocol == IpProtocol.UDP else FrameClass.TUNNEL_DATA


def _inner_udp(ports: bytes, version: int) -> FrameClass:
    wanted = INNER_RANKS[version]
    both = (int.from_bytes(ports[:2]), int.from_bytes(ports[2:])) if len(ports) == 4 else ()
    return BY_RANK[wanted] if any(PORTS.get(port) == wanted for port in both) else FrameClass.TUNNEL_DATA
