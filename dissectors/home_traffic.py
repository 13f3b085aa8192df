"""Packets inside the tunnel that are looked at one by one: DHCP with the home network, and data of registered flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from dissectors.addressing import Addressing
from dissectors.dhcpv4 import Dhcpv4Message
from dissectors.dhcpv4.messages import MessageType as Dhcpv4Type
from dissectors.dhcpv6 import Dhcpv6, Dhcpv6Message, MessageType, RelayMessage
from dissectors.dsmipv6 import Dsmipv6Encapsulation
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.ip_numbers import IpProtocol
from dissectors.mobility.selectors import PacketFacts
from dissectors.record import record
from dissectors.tunnels import Encapsulation
from dissectors.udp import TcpHeader, UdpHeader
from dissectors.walk import Carried, Stack

Dhcp: TypeAlias = Dhcpv6 | Dhcpv4Message
DHCP_MESSAGES = (Dhcpv6Message, RelayMessage, Dhcpv4Message)
SPI_SIZE = 4


@record
class HomeConfiguration:
    """DHCP with the home network, and how it travelled: through the DSMIPv6 tunnel or, by mistake, outside."""

    message: Dhcp
    addressing: Addressing

    @property
    def in_tunnel(self) -> bool:
        """Inside another packet, as all traffic of the home network is."""
        return self.addressing.encapsulation is not Encapsulation.NONE

    @property
    def name(self) -> str:
        """``DHCPv6 INFORMATION_REQUEST``, ``DHCPv4 INFORM``."""
        if isinstance(self.message, Dhcpv4Message):
            known4 = {kind.value: kind.name for kind in Dhcpv4Type}
            return f"DHCPv4 {known4.get(self.message.message_type or 0, 'message')}"
        inner = self.message if isinstance(self.message, Dhcpv6Message) else self.message.inner
        known6 = {kind.value: kind.name for kind in MessageType}
        return f"DHCPv6 {known6.get(inner.type, 'message') if inner else 'message'}"


@record
class TunnelledPacket:
    """One packet of user data inside the tunnel: what a traffic selector looks at, and how it travelled."""

    facts: PacketFacts
    addressing: Addressing

    @property
    def name(self) -> str:
        """What it is, for a finding."""
        return "tunnelled data"


def tunnelled_packet(stack: Stack) -> TunnelledPacket | None:
    """The packet just inside the tunnel, whatever it may hold itself; ``None`` where there is no tunnel."""
    messages = [layer.message for layer in stack.layers]
    at = _inner_header(messages)
    if at is None:
        return None
    header = messages[at]
    assert isinstance(header, (Ipv4Header, Ipv6Header))
    following = messages[at + 1] if at + 1 < len(messages) else None
    ports: tuple[int | None, int | None] = (None, None)
    if isinstance(following, (UdpHeader, TcpHeader)):
        ports = (following.source_port, following.destination_port)
    facts = PacketFacts(
        header.source,
        header.destination,
        protocol=header.protocol,
        source_port=ports[0],
        destination_port=ports[1],
        spi=_spi(stack, header, following),
        ds=header.traffic_class,
        flow_label=header.flow_label if isinstance(header, Ipv6Header) else None,
    )
    return TunnelledPacket(facts, stack.addressing)


def _inner_header(messages: Sequence[object]) -> int | None:
    """Where the first IP header inside the tunnel stands: behind UDP on port 4191, else the second there is."""
    packets = [at for at, message in enumerate(messages) if isinstance(message, (Ipv4Header, Ipv6Header))]
    udp = next((at for at, message in enumerate(messages) if isinstance(message, Dsmipv6Encapsulation)), None)
    inside = packets[1:] if udp is None else [at for at in packets if at > udp]
    return inside[0] if inside else None


def _spi(stack: Stack, header: Ipv4Header | Ipv6Header, following: object) -> int | None:
    """Of the user's own ESP, straight in the inner packet."""
    ahead = stack.body.peek(SPI_SIZE)
    if stack.carried is not Carried.ESP or following is not None or header.protocol != IpProtocol.ESP:
        return None
    return int.from_bytes(ahead) if len(ahead) == SPI_SIZE else None
