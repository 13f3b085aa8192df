"""IPv4, IPv6 and its extension headers for scapy: RFC 791, 8200, 6275 sections 6.3 and 6.4, RFC 4302, RFC 2473.

scapy's own headers are right; so they are used, with what they lack: a tunnel by the families of its ends, the Tunnel
Encapsulation Limit, length and next header of an Authentication Header. The Home Address option and the type 2 routing
header are made by :mod:`dissectors.scapy_layers.dsmipv6`.

>>> ip_tunnel(IPv6(src=home_address, dst=peer) / UDP(), src="192.0.2.77", dst="192.0.2.1")
>>> ip_tunnel(IP(src="10.64.0.9", dst="198.51.100.7"), src=care_of, dst=home_agent, limit=4)
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, ClassVar

from scapy.fields import ByteField
from scapy.layers.inet import IP
from scapy.layers.inet6 import (
    HAO,
    HBHOptUnknown,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    Jumbo,
    RouterAlert,
)
from scapy.layers.ipsec import AH

from dissectors.scapy_layers.layer import Item

__all__ = [
    "AH",
    "HAO",
    "IP",
    "HBHOptUnknown",
    "IPv6",
    "IPv6ExtHdrDestOpt",
    "IPv6ExtHdrFragment",
    "IPv6ExtHdrHopByHop",
    "IPv6ExtHdrRouting",
    "Jumbo",
    "RouterAlert",
    "TunnelLimit",
    "authentication_header",
    "ip_tunnel",
]


class TunnelLimit(Item):
    """Tunnel Encapsulation Limit, a destination option: RFC 2473 section 4.1.1."""

    name = "Tunnel Encapsulation Limit"
    fields_desc: ClassVar[list[Any]] = [ByteField("otype", 4), ByteField("optlen", 1), ByteField("limit", 4)]

    def alignment_delta(self, _: int) -> int:
        """It may stand anywhere."""
        return 0


def ip_tunnel(inner: Any, *, src: object, dst: object, limit: int | None = None, **fields: Any) -> Any:
    """``inner``, an IPv4 or IPv6 packet, in IPv4 or IPv6 as ``src`` is: RFC 2003, 2473, 4213.

    With a ``limit`` an IPv6 tunnel also says how often its packet may go into another. ``fields`` are the outer
    header's.
    """
    if ip_address(str(src)).version == 4:
        return IP(src=str(src), dst=str(dst), **fields) / inner
    outer = IPv6(src=str(src), dst=str(dst), **fields)
    return outer / inner if limit is None else outer / IPv6ExtHdrDestOpt(options=[TunnelLimit(limit=limit)]) / inner


def authentication_header(nh: int, icv: bytes, **fields: Any) -> Any:
    """An AH before what ``nh`` says, with its length (RFC 4302 section 2.2); scapy leaves both zero."""
    return AH(nh=nh, payloadlen=(12 + len(icv)) // 4 - 2, icv=icv, **fields)
