"""IP protocol numbers, which are IPv6 next headers too, and ECN: the IANA registries, in words."""

from __future__ import annotations

from enum import IntEnum


class IpProtocol(IntEnum):
    """Assigned Internet Protocol Numbers, as far as they are met in practice."""

    HOP_BY_HOP = 0
    ICMP = 1
    IGMP = 2
    IPV4 = 4
    TCP = 6
    EGP = 8
    UDP = 17
    DCCP = 33
    IPV6 = 41
    ROUTING = 43
    FRAGMENT = 44
    RSVP = 46
    GRE = 47
    ESP = 50
    AH = 51
    ICMPV6 = 58
    NO_NEXT_HEADER = 59
    DESTINATION_OPTIONS = 60
    EIGRP = 88
    OSPF = 89
    ETHERIP = 97
    PIM = 103
    IPCOMP = 108
    VRRP = 112
    L2TP = 115
    SCTP = 132
    MOBILITY = 135
    UDPLITE = 136
    HIP = 139
    SHIM6 = 140


class Ip6Option(IntEnum):
    """Options of the hop-by-hop and destination options headers (RFC 8200 section 4.2)."""

    PAD1 = 0x00
    PADN = 0x01
    TUNNEL_ENCAPSULATION_LIMIT = 0x04
    ROUTER_ALERT = 0x05
    QUICK_START = 0x26
    JUMBO_PAYLOAD = 0xC2
    HOME_ADDRESS = 0xC9


class RoutingType(IntEnum):
    """Routing header types."""

    SOURCE_ROUTE = 0
    NIMROD = 1
    HOME_ADDRESS = 2
    RPL = 3
    SEGMENT_ROUTING = 4


ECN = ("not ECN-capable", "ECT(1)", "ECT(0)", "congestion experienced")


def traffic_class_text(value: int) -> str:
    """DSCP and ECN (RFC 2474, RFC 3168)."""
    return f"DSCP {value >> 2}, {ECN[value & 3]}"


def hex16(value: int) -> str:
    return f"0x{value:04x}"


def hex32(value: int) -> str:
    return f"0x{value:08x}"
