"""The classes, and the tables that both ways of triage share.

What a frame is follows from its outermost IP packet:

* UDP by port (the higher :class:`Rank` of the two, see there), SCTP port 36412 (S1AP carries PCO), else by IP protocol.
* A fragment is FRAGMENT unless it is TCP's: only whole datagrams tell more.
* A tunnel (IP in IP, or UDP 4191 after RFC 5555 section 4.1) is TUNNEL_DATA, unless an inner IPv6 packet is signalling:
  ESP or a Mobility Header, at once or behind extension headers, is DSMIPV6_SIGNALLING (fragments of it are FRAGMENT),
  UDP on the DHCPv6 ports is DHCPV6; in a whole inner IPv4 packet UDP on the DHCP ports is DHCPV4. All else in a tunnel
  is user data, be it DNS, ICMPv6, IKE or one more tunnel.
* On UDP 4191 what cannot be a tunnel packet is DSMIPV6_SIGNALLING, so that someone looks at it.
* What has no readable header, or a broken chain of extension headers, is OTHER. So is an empty datagram on 500 or 4500.
"""

from __future__ import annotations

from enum import IntEnum

from dissectors.dsmipv6 import SIGNALLING
from dissectors.ip_extensions import READERS as EXTENSIONS
from dissectors.ip_numbers import IpProtocol
from dissectors.udp import UdpPort


class FrameClass(IntEnum):
    """What a frame is worth looking into for."""

    OTHER = 0
    IKE = 1
    ESP = 2
    MOBILITY = 3
    DSMIPV6_SIGNALLING = 4
    TUNNEL_DATA = 5
    DHCPV6 = 6
    DNS = 7
    ICMPV6 = 8
    PCO = 9
    FRAGMENT = 10
    KEEPALIVE = 11
    DHCPV4 = 12


class Rank(IntEnum):
    """What a UDP port says. Of a datagram's two ports the higher wins; IKE and NAT_T go by the destination first."""

    NONE = 0
    GTP_C = 1
    DNS = 2
    DHCPV4 = 3
    DHCPV6 = 4
    DSMIPV6 = 5
    IKE = 6
    NAT_T = 7


PORTS: dict[int, Rank] = {
    UdpPort.GTP_C: Rank.GTP_C,
    UdpPort.DNS: Rank.DNS,
    UdpPort.DHCPV4_CLIENT: Rank.DHCPV4,
    UdpPort.DHCPV4_SERVER: Rank.DHCPV4,
    UdpPort.DHCPV6_CLIENT: Rank.DHCPV6,
    UdpPort.DHCPV6_SERVER: Rank.DHCPV6,
    UdpPort.DSMIPV6: Rank.DSMIPV6,
    UdpPort.IKE: Rank.IKE,
    UdpPort.IPSEC_NAT_T: Rank.NAT_T,
}
BY_RANK: dict[Rank, FrameClass] = {
    Rank.NONE: FrameClass.OTHER,
    Rank.GTP_C: FrameClass.PCO,
    Rank.DNS: FrameClass.DNS,
    Rank.DHCPV4: FrameClass.DHCPV4,
    Rank.DHCPV6: FrameClass.DHCPV6,
    Rank.IKE: FrameClass.IKE,
}
BY_PROTOCOL: dict[int, FrameClass] = {
    IpProtocol.ESP: FrameClass.ESP,
    IpProtocol.MOBILITY: FrameClass.MOBILITY,
    IpProtocol.ICMPV6: FrameClass.ICMPV6,
}
TUNNELS: dict[int, int] = {IpProtocol.IPV4: 4, IpProtocol.IPV6: 6}
"""IP in IP: the version of the inner packet, by protocol."""
INNER_RANKS: dict[int, Rank] = {4: Rank.DHCPV4, 6: Rank.DHCPV6}
"""By the version of an inner packet, which UDP ports are signalling there."""
INNER_SIGNALLING = SIGNALLING
EXTENSION_HEADERS = frozenset(EXTENSIONS)
S1AP_PORT = 36412
KEEPALIVE = 0xFF


def rank_of(destination: int, source: int) -> Rank:
    """What the two ports of a datagram say."""
    first, second = PORTS.get(destination, Rank.NONE), PORTS.get(source, Rank.NONE)
    return first if first >= Rank.IKE or first >= second else second
