"""Neighbour discovery (RFC 4861) and Mobile IPv6's ICMPv6 messages (RFC 6275 sections 6.5 to 6.8) for scapy.

scapy's own messages and options are used where they are right. Layers of our own stand for what scapy cannot build or
read: link-layer addresses that are not Ethernet's, names that are not ASCII, and options behind a Mobile Prefix
Solicitation. Reading a message, scapy takes its own options for these; the layers here read the bytes of one option.

>>> IPv6(src=router) / ICMPv6ND_RA(M=1, H=1) / ICMPv6NDOptPrefixInfo(prefix="2001:db8:1::") / NdLinkLayer(lladdr=eui)
"""

from __future__ import annotations

from typing import Any, ClassVar

from scapy.fields import ByteField, FieldLenField, IntField, ShortField, StrLenField
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6HAADReply,
    ICMPv6HAADRequest,
    ICMPv6MPAdv,
    ICMPv6MPSol,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6ND_RS,
    ICMPv6NDOptAdvInterval,
    ICMPv6NDOptHAInfo,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptRouteInfo,
    ICMPv6NDOptUnknown,
    ICMPv6Unknown,
)

from dissectors.scapy_layers.layer import Item
from dissectors.scapy_layers.names import NamesField

UNIT = 8
"""An option's length counts so many bytes, type and length included."""

__all__ = [
    "ICMPv6EchoReply",
    "ICMPv6EchoRequest",
    "ICMPv6HAADReply",
    "ICMPv6HAADRequest",
    "ICMPv6MPAdv",
    "ICMPv6NDOptAdvInterval",
    "ICMPv6NDOptHAInfo",
    "ICMPv6NDOptMTU",
    "ICMPv6NDOptPrefixInfo",
    "ICMPv6NDOptRDNSS",
    "ICMPv6NDOptRouteInfo",
    "ICMPv6NDOptUnknown",
    "ICMPv6ND_NA",
    "ICMPv6ND_NS",
    "ICMPv6ND_RA",
    "ICMPv6ND_RS",
    "ICMPv6ND_Redirect",
    "ICMPv6Unknown",
    "MobilePrefixSolicitation",
    "NdLinkLayer",
    "NdSearchList",
]


class MobilePrefixSolicitation(ICMPv6MPSol):  # type: ignore[misc]  # scapy is untyped
    """RFC 6275 section 6.7, which leaves room for options; scapy reads these as raw bytes."""

    guess_payload_class = ICMPv6MPAdv.guess_payload_class


class UnitsField(StrLenField):  # type: ignore[misc]  # scapy is untyped
    """Bytes that fill their option, with zeros up to its length; the option has ``before`` bytes ahead of them."""

    __slots__ = ("before",)

    def __init__(self, name: str, before: int) -> None:
        super().__init__(name, b"", length_from=lambda pkt: max(0, UNIT * pkt.len - before))
        self.before = before

    def i2m(self, _pkt: Any, x: bytes) -> bytes:
        return x + bytes(-(self.before + len(x)) % UNIT)

    def i2len(self, pkt: Any, x: bytes) -> int:
        return len(self.i2m(pkt, x))


def _units(field: str, before: int) -> FieldLenField:
    return FieldLenField("len", None, fmt="B", length_of=field, adjust=lambda _, size: (before + size) // UNIT)


class NdLinkLayer(Item):
    """Source (type 1) or target (2) link-layer address of 6 + 8n bytes: RFC 4861 section 4.6.1; scapy has 6."""

    name = "link-layer address"
    fields_desc: ClassVar[list[Any]] = [ByteField("type", 1), _units("lladdr", 2), UnitsField("lladdr", 2)]


class NdSearchList(Item):
    """DNS search list: RFC 8106 section 5.2. A name is text, or the bytes that ``encoded_name`` makes."""

    name = "DNS search list"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("type", 31),
        _units("searchlist", 8),
        ShortField("res", 0),
        IntField("lifetime", 0xFFFFFFFF),
        NamesField("searchlist", UNIT, lambda pkt: max(0, UNIT * pkt.len - 8)),
    ]
