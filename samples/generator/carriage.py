"""What carries a packet between UE and HA: IPv6, IPv4, or UDP and IPv4 (RFC 5555 section 4.1, RFC 5845 section 7)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from samples.generator.codes import DSMIPV6_PORT, IPPROTO_IPV4, IPPROTO_IPV6, IPPROTO_UDP
from samples.generator.frames import udp
from samples.generator.network import Network, Wire
from samples.generator.payloads import Address


@dataclass(frozen=True, slots=True)
class Outer:
    """The outer header. ``ports`` (source, destination) puts UDP behind it, ``tlv`` the TLV header behind that."""

    source: Address
    destination: Address
    ports: tuple[int, int] | None = None
    tlv: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """User data: an IP packet, and what carries it; without ``outer`` it goes as it is, as on the home link."""

    packet: bytes
    outer: Outer | None
    sent: bool = True


def uplink(network: Network, *, in_udp: bool) -> Outer:
    """From the UE at its place in the network."""
    return Outer(network.ue, network.ha, (network.tunnel_port, DSMIPV6_PORT) if in_udp else None)


def back(outer: Outer) -> Outer:
    """The way back."""
    return Outer(outer.destination, outer.source, outer.ports and outer.ports[::-1])


def carry(wire: Wire, outer: Outer, packet: bytes, *, to_ue: bool) -> None:
    """Puts an IP packet on the wire inside ``outer``."""
    protocol = IPPROTO_IPV6 if packet[0] >> 4 == 6 else IPPROTO_IPV4
    if outer.ports:
        header = struct.pack("!BBH", 0, protocol, len(packet)) if outer.tlv else b""
        source_port, destination_port = outer.ports
        source, destination = (outer.source, source_port), (outer.destination, destination_port)
        packet, protocol = udp(source, destination, header + packet), IPPROTO_UDP
    wire.ip(outer.source, outer.destination, protocol, packet, to_ue=to_ue)


def deliver(wire: Wire, parcel: Parcel, *, to_ue: bool) -> None:
    """User data on the wire, unless the scenario keeps them back."""
    if parcel.sent and parcel.outer:
        carry(wire, parcel.outer, parcel.packet, to_ue=to_ue)
    elif parcel.sent:
        wire.put(parcel.packet, to_ue=to_ue)
