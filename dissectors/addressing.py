"""Who a packet really is from and for, and what it was put into on its way: RFC 5555 section 4, RFC 6275 section 6.1.1.

The *outer* side is the packet that carries the tunnel: there the care-of address stands (or the NAT's, with its port).
The *final* addresses are those of the innermost packet above IP: the Home Address option's for its source, the type 2
routing header's for its destination.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address

from dissectors.dsmipv6 import Dsmipv6Encapsulation
from dissectors.events import Address, Endpoint, Layer
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.ip_extensions import AuthenticationHeader, FragmentHeader, OptionsHeader, RoutingHeader
from dissectors.ip_numbers import Ip6Option, RoutingType
from dissectors.record import record
from dissectors.tunnels import Encapsulation
from dissectors.udp import UdpHeader


@record
class Addressing:
    """The addresses of a packet from both ends of its layers.

    ``source`` and ``destination`` are the final ones, which the Mobility Header checksum covers. ``home_address`` is
    what a Home Address option of the innermost packet holds, ``routing_home_address`` what its type 2 routing header
    does; ``None`` where there is none.
    """

    source: Address
    destination: Address
    outer_source: Endpoint
    outer_destination: Endpoint
    encapsulation: Encapsulation = Encapsulation.NONE
    dsmipv6: Dsmipv6Encapsulation | None = None
    home_address: IPv6Address | None = None
    routing_home_address: IPv6Address | None = None


def addressing_of(
    layers: Sequence[Layer], addresses: tuple[Address, Address], ports: tuple[int, int], *, outside: int | None = None
) -> Addressing:
    """The addressing of a packet with these layers, outer to inner.

    ``addresses`` and ``ports`` are the innermost packet's, for a walk that began behind its IP header. ``outside`` is
    how many of the layers stand outside ESP when the others stand inside.
    """
    messages = [layer.message for layer in layers]
    packets = [at for at, message in enumerate(messages) if isinstance(message, (Ipv4Header, Ipv6Header))]
    udp = next((at for at, message in enumerate(messages) if isinstance(message, Dsmipv6Encapsulation)), None)
    around_udp = [at for at in packets if udp is not None and at < udp]
    outer = around_udp[-1] if around_udp else packets[0] if packets else None
    home, routing = _mobile_headers(messages[packets[-1] if packets else 0 :])
    routing_home = IPv6Address(routing.data[-16:]) if routing else None
    return Addressing(
        home or addresses[0],
        routing_home if routing and routing_home and routing.segments_left else addresses[1],
        *_outer_ends(messages, outer, addresses, ports),
        _encapsulation(messages, packets, udp, outside),
        _dsmipv6(messages, udp),
        home,
        routing_home,
    )


def _outer_ends(
    messages: list[object], outer: int | None, addresses: tuple[Address, Address], ports: tuple[int, int]
) -> tuple[Endpoint, Endpoint]:
    """The addresses of the packet at ``outer``, and its ports if it is UDP."""
    if outer is not None:
        header = messages[outer]
        assert isinstance(header, (Ipv4Header, Ipv6Header))
        addresses, ports = (header.source, header.destination), (0, 0)
        following = next((m for m in messages[outer + 1 :] if not isinstance(m, EXTENSIONS)), None)
        if isinstance(following, UdpHeader):
            ports = (following.source_port, following.destination_port)
    return Endpoint(addresses[0], ports[0]), Endpoint(addresses[1], ports[1])


def _encapsulation(messages: list[object], packets: list[int], udp: int | None, outside: int | None) -> Encapsulation:
    encapsulation = _dsmipv6(messages, udp)
    if encapsulation is not None:
        return Encapsulation.UDP_TLV if encapsulation.tlv else Encapsulation.UDP
    if len(packets) < 2:
        return Encapsulation.NONE
    if outside is not None and packets[0] < outside <= packets[1]:
        return Encapsulation.ESP_TUNNEL
    outer, inner = (4 if isinstance(messages[at], Ipv4Header) else 6 for at in packets[:2])
    return IP_IN_IP[inner, outer]


def _dsmipv6(messages: list[object], udp: int | None) -> Dsmipv6Encapsulation | None:
    found = messages[udp] if udp is not None else None
    return found if isinstance(found, Dsmipv6Encapsulation) else None


def _mobile_headers(messages: list[object]) -> tuple[IPv6Address | None, RoutingHeader | None]:
    """The Home Address option's address and the type 2 routing header among the innermost packet's headers."""
    home: IPv6Address | None = None
    routing: RoutingHeader | None = None
    for message in messages:
        for header in message.extensions if isinstance(message, Ipv6Header) else (message,):
            if isinstance(header, OptionsHeader):
                found = [option.data for option in header.options if option.kind == Ip6Option.HOME_ADDRESS]
                home = IPv6Address(found[-1]) if found else home
            elif isinstance(header, RoutingHeader) and header.routing_type == RoutingType.HOME_ADDRESS:
                routing = header
    return home, routing


EXTENSIONS = (OptionsHeader, RoutingHeader, FragmentHeader, AuthenticationHeader)
IP_IN_IP: dict[tuple[int, int], Encapsulation] = {
    (6, 6): Encapsulation.IPV6_IN_IPV6,
    (4, 6): Encapsulation.IPV4_IN_IPV6,
    (6, 4): Encapsulation.IPV6_IN_IPV4,
    (4, 4): Encapsulation.IPV4_IN_IPV4,
}
"""By the inner and the outer packet's version."""
