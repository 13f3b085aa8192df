"""The demultiplexer above IP: what UDP carries by its ports, and TCP, which nothing here looks into.

On port 500 IKE stands at once; port 4500 is shared by IKE, ESP and keepalives (RFC 3948 section 2); port 4191 is
DSMIPv6's, with one more packet inside (RFC 5555 section 4.1).
"""

from __future__ import annotations

from collections.abc import Callable

from dissectors.buffer import Reader
from dissectors.dsmipv6 import is_astray, read_encapsulation
from dissectors.udp import TCP, TcpHeader, UdpHeader, UdpPort, read_udp
from dissectors.walk import Carried, Walk

NON_ESP_MARKER = bytes(4)
KEEPALIVE = b"\xff"
PLAIN = (Carried.UDP, "data")


def dissect_udp(walk: Walk, r: Reader) -> int | None:
    """A UDP datagram and what it carries: the protocol of the packet inside, or ``None`` where the walk is over."""
    stack, start = walk.stack, r.pos
    header = read_udp(r, complete=stack.complete)
    walk.add(header, start, r.pos)
    stack.ports = (header.source_port, header.destination_port)
    if header.size > r.end - start:
        stack.complete = False
    walk.fault(header.malformed)
    enter = UDP_PORTS.get(header.destination_port) or UDP_PORTS.get(header.source_port)
    is_tunnel = enter is None and UdpPort.DSMIPV6 in stack.ports
    if r.left and (is_tunnel or _is_astray(stack.ports, r)):
        return _dsmipv6(walk, r)
    if r.left and enter is not None:
        enter(walk, r, header)
    else:
        walk.end(r, *_beside(stack.ports) if r.left else PLAIN)
    return None


def _is_astray(ports: tuple[int, int], r: Reader) -> bool:
    return is_astray(r.peek(7), r.left) and _beside(ports) is PLAIN


def _beside(ports: tuple[int, int]) -> tuple[Carried, str]:
    """What helps to find a Home Agent and to get an address, or plain data."""
    return next(((carried, name) for known, carried, name in BESIDE if not known.isdisjoint(ports)), PLAIN)


def _dsmipv6(walk: Walk, r: Reader) -> int | None:
    """The encapsulation, which is a layer; a TLV header is counted as it may hold UDP, and that one more of its kind.

    Only where neither port is of IKE or ESP: 4191 may be a client's own port.
    """
    start = r.pos
    encapsulation = read_encapsulation(r, complete=walk.stack.complete)
    walk.add(encapsulation, start, r.pos)
    walk.fault(encapsulation.malformed)
    if encapsulation.tlv is not None:
        walk.deeper(r)
    return encapsulation.protocol


def _ike(walk: Walk, r: Reader, header: UdpHeader) -> None:
    walk.end(r, Carried.IKE, "ike")


def _nat_traversal(walk: Walk, r: Reader, header: UdpHeader) -> None:
    """RFC 3948 section 2: an SPI is never 0, so four zero bytes are the marker of what is not ESP."""
    ahead = r.peek(4)
    if ahead == NON_ESP_MARKER:
        r.take("non_esp_marker", 4)
        walk.end(r, Carried.IKE, "ike")
    elif ahead == KEEPALIVE and header.data_size in (1, None):
        walk.end(r, Carried.KEEPALIVE, "keepalive")
    else:
        walk.end(r, Carried.ESP, "esp")


def dissect_tcp(walk: Walk, r: Reader) -> None:
    """A TCP segment, of which the ports are read."""
    start = r.pos
    segment = r.part("tcp", r.left)
    source, destination = segment.read(TCP)
    segment.pos = start
    walk.add(TcpHeader(source, destination), start, start + TCP.size)
    walk.stack.carried, walk.stack.body = Carried.TCP, segment


UDP_PORTS: dict[int, Callable[[Walk, Reader, UdpHeader], None]] = {
    UdpPort.IKE: _ike,
    UdpPort.IPSEC_NAT_T: _nat_traversal,
}
"""What UDP carries, by port: the destination's first, then the source's, as a NAT may have changed either."""
BESIDE: tuple[tuple[frozenset[int], Carried, str], ...] = (
    (frozenset({UdpPort.DHCPV6_CLIENT, UdpPort.DHCPV6_SERVER}), Carried.DHCPV6, "dhcpv6"),
    (frozenset({UdpPort.DHCPV4_CLIENT, UdpPort.DHCPV4_SERVER}), Carried.DHCPV4, "dhcp"),
    (frozenset({UdpPort.DNS}), Carried.DNS, "dns"),
)
"""What goes by either port where neither is of those above, the first that fits: triage ranks ports alike."""
