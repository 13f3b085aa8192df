"""Down a frame's layers to what it carries: the one walk and the one demultiplexer.

Faults never leave these functions as exceptions: the walk stops, :attr:`Stack.malformed` says where and why, and a
:class:`~dissectors.events.Malformed` stands as the last layer.
"""

from __future__ import annotations

from dissectors.buffer import DissectError, Reader
from dissectors.demux import dissect_tcp, dissect_udp
from dissectors.events import Endpoint, Malformed
from dissectors.ip import Ipv4Header, Ipv6Header, read_ipv4, read_ipv6
from dissectors.ip_extensions import READERS as EXTENSIONS
from dissectors.ip_extensions import FragmentHeader, read_chain
from dissectors.ip_numbers import IpProtocol
from dissectors.link import EtherType, LinkType, is_raw, read_link
from dissectors.reassembly import Datagram, Fragment, Key, Reassembly
from dissectors.walk import NOWHERE, Carried, Stack, Step, Walk

__all__ = ["Carried", "Stack", "dissect_frame", "dissect_ip", "dissect_payload"]


def dissect_frame(
    r: Reader,
    link_type: int,
    *,
    frame: int = 0,
    at: int = 0,
    complete: bool = True,
    reassembly: Reassembly | None = None,
) -> Stack:
    """The layers of a captured frame. Never raises.

    ``complete`` is false when the capture cut the frame. Without ``reassembly`` a fragment stays one.
    """
    walk = Walk(Stack(r, complete=complete), frame, at, reassembly)
    return _run(walk, r, lambda w, reader: _link(w, reader, link_type))


def dissect_ip(
    r: Reader,
    *,
    frame: int = 0,
    at: int = 0,
    complete: bool = True,
    reassembly: Reassembly | None = None,
    buffer: int = 0,
    outer: Stack | None = None,
) -> Stack:
    """The layers from an IP header on, as in an ESP tunnel. ``buffer`` is the number of the buffer ``r`` reads.

    ``outer`` is the walk that led to the sealed part, for :attr:`Stack.addressing`.
    """
    walk = Walk(Stack(r, complete=complete, buffer=buffer, outer=outer), frame, at, reassembly)
    return _run(walk, r, _ip)


def dissect_payload(
    r: Reader,
    protocol: int,
    *,
    source: Endpoint | None = None,
    destination: Endpoint | None = None,
    frame: int = 0,
    at: int = 0,
    complete: bool = True,
    reassembly: Reassembly | None = None,
    buffer: int = 0,
    outer: Stack | None = None,
) -> Stack:
    """The layers from a transport header on, as in ESP transport mode.

    ``outer`` is the walk that led to the sealed part: its addresses hold inside, and so do the Home Address option and
    the routing header that stand before ESP. Who has no such walk gives endpoints; of both only the addresses count,
    as the ports are those of the encapsulation.
    """
    known = outer.addresses if outer else (NOWHERE, NOWHERE)
    addresses = (source.address if source else known[0], destination.address if destination else known[1])
    stack = Stack(r, complete=complete, buffer=buffer, addresses=addresses, outer=outer)
    walk = Walk(stack, frame, at, reassembly)
    return _run(walk, r, lambda w, reader: _payload(w, reader, protocol))


def _run(walk: Walk, r: Reader, step: Step) -> Stack:
    """Takes ``step`` over the buffer that ``r`` reads; a fault ends the walk here."""
    end = r.end
    try:
        step(walk, r)
    except DissectError as error:
        _stop(walk, r, Malformed(error.reason, error.offset))
    r.end = end
    if r.left:
        r.part("trailer", r.left)
    return walk.stack


def _stop(walk: Walk, r: Reader, malformed: Malformed) -> None:
    stack = walk.stack
    r.malformed(r.error(malformed.reason, malformed.offset))
    walk.add(malformed, malformed.offset, max(r.end, malformed.offset))
    stack.malformed = malformed
    walk.end(r, Carried.MALFORMED, "undissected")


def _link(walk: Walk, r: Reader, link_type: int) -> None:
    if is_raw(link_type):
        return _ip(walk, r, RAW_VERSIONS.get(link_type, 0))
    start = r.pos
    header = read_link(r, link_type)
    if header is None:
        return walk.end(r, Carried.NOT_IP, "data")
    walk.add(header, start, r.pos)
    version = VERSIONS.get(header.protocol or 0)
    return _ip(walk, r, version) if version else walk.end(r, Carried.NOT_IP, "data")


def _ip(walk: Walk, r: Reader, version: int = 0) -> None:
    """An IPv4 or IPv6 packet; ``version`` is what the layer before calls it, 0 for either."""
    ahead = r.peek(1)
    if not ahead:
        raise r.error("nothing where an IP header should be")
    walk.deeper(r)
    found = ahead[0] >> 4
    if found not in READ_IP or version not in (0, found):
        raise r.error(f"IP version {found}" + (f" where IPv{version} was announced" if version else ""))
    READ_IP[found](walk, r)


def _ipv4(walk: Walk, r: Reader) -> None:
    start = r.pos
    header = read_ipv4(r, complete=walk.stack.complete)
    _enter(walk, r, header, start)
    if not header.is_fragment:
        return _payload(walk, r, header.protocol)
    key = (header.source, header.destination, header.identification, header.protocol)
    return _fragment(walk, r, key, header.fragment_offset, header.more_fragments, header.protocol)


def _ipv6(walk: Walk, r: Reader) -> None:
    start = r.pos
    header = read_ipv6(r, complete=walk.stack.complete)
    _enter(walk, r, header, start)
    if header.fragment is not None:
        return _ipv6_fragment(walk, r, header.fragment)
    if header.protocol in EXTENSIONS and header.malformed is not None:
        raise DissectError(header.malformed.reason, header.malformed.offset)
    return _payload(walk, r, header.protocol)


def _enter(walk: Walk, r: Reader, header: Ipv4Header | Ipv6Header, start: int) -> None:
    """The packet's addresses from here on, and whether all of it is there."""
    stack = walk.stack
    walk.add(header, start, start + header.header_size)
    stack.addresses = (header.source, header.destination)
    stack.ports = (0, 0)
    if header.size > r.end - start:
        stack.complete = False
    walk.fault(header.malformed)


def _ipv6_fragment(walk: Walk, r: Reader, header: FragmentHeader) -> None:
    key = (*walk.stack.addresses, header.identification, -1)
    _fragment(walk, r, key, header.fragment_offset, header.more_fragments, header.next_header)


def _fragment(walk: Walk, r: Reader, key: Key, offset: int, more: bool, protocol: int) -> None:
    """A fragment, and the datagram if it completes one. What the capture cut cannot take part."""
    whole: Datagram | str | None = None
    if walk.reassembly is not None and walk.stack.complete:
        fragment = Fragment(offset, more, protocol, bytes(r.peek(r.left)))
        whole = walk.reassembly.add(key, fragment, walk.frame, walk.at)
    if isinstance(whole, str):
        raise r.error(whole)
    if whole is not None:
        walk.deeper(r)
    walk.end(r, Carried.FRAGMENT, "fragment_data")
    if whole is not None:
        _datagram(walk, r.branch("reassembled", whole.data), whole)


def _datagram(walk: Walk, r: Reader, whole: Datagram) -> None:
    """On in a datagram that was put together, which is a buffer of its own."""
    walk.stack.buffer += 1
    walk.stack.frames = tuple(sorted({*walk.stack.frames, *whole.frames}))
    _run(walk, r, lambda w, reader: _payload(w, reader, whole.protocol))


def _payload(walk: Walk, r: Reader, protocol: int) -> None:
    step = PROTOCOLS.get(protocol)
    if step is not None:
        return step(walk, r)
    if protocol in EXTENSIONS:
        return _extensions(walk, r, protocol)
    carried, name = CARRIED.get(protocol, (Carried.OTHER, "data"))
    return walk.end(r, carried, name)


def _udp(walk: Walk, r: Reader) -> None:
    inside = dissect_udp(walk, r)
    if inside is not None:
        _payload(walk, r, inside)


def _extensions(walk: Walk, r: Reader, protocol: int) -> None:
    """Extension headers away from their IPv6 header: inside ESP, behind a Fragment header; AH in IPv4."""
    chain = read_chain(r, protocol)
    for extension in chain.extensions:
        walk.add(extension, extension.offset, extension.offset + extension.size)
    if chain.fault is not None:
        raise chain.fault
    if chain.fragment is not None:
        return _ipv6_fragment(walk, r, chain.fragment)
    return _payload(walk, r, chain.protocol)


RAW_VERSIONS: dict[int, int] = {LinkType.IPV4: 4, LinkType.IPV6: 6}
VERSIONS: dict[int, int] = {EtherType.IPV4: 4, EtherType.IPV6: 6}
READ_IP: dict[int, Step] = {4: _ipv4, 6: _ipv6}
PROTOCOLS: dict[int, Step] = {
    IpProtocol.UDP: _udp,
    IpProtocol.TCP: dissect_tcp,
    IpProtocol.IPV4: lambda walk, r: _ip(walk, r, 4),
    IpProtocol.IPV6: lambda walk, r: _ip(walk, r, 6),
}
CARRIED: dict[int, tuple[Carried, str]] = {
    IpProtocol.ESP: (Carried.ESP, "esp"),
    IpProtocol.MOBILITY: (Carried.MOBILITY, "mobility_header"),
    IpProtocol.ICMP: (Carried.ICMP, "icmp"),
    IpProtocol.ICMPV6: (Carried.ICMPV6, "icmpv6"),
}
