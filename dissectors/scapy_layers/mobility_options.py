"""Mobility options for scapy: those that DSMIPv6 needs. scapy itself knows types 2 to 16."""

from __future__ import annotations

from typing import Any, ClassVar

from scapy.fields import (
    BitField,
    ByteField,
    ConditionalField,
    FieldLenField,
    IntField,
    IPField,
    ShortField,
    StrLenField,
    XIntField,
)
from scapy.layers.inet6 import IP6Field

from dissectors.scapy_layers.flows import MipFlowIdentification, MipFlowSummary
from dissectors.scapy_layers.layer import AddressField, Item, choose

ANY_IPV4 = "0.0.0.0"  # noqa: S104 - no binding


class MipPad1(Item):
    """RFC 6275 section 6.2.2."""

    name = "Pad1"
    fields_desc: ClassVar[list[Any]] = [ByteField("otype", 0)]


class MipPadN(Item):
    """RFC 6275 section 6.2.3."""

    name = "PadN"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 1),
        FieldLenField("olen", None, length_of="data", fmt="B"),
        StrLenField("data", b"", length_from=lambda pkt: pkt.olen),
    ]


class MipRefreshAdvice(Item):
    """RFC 6275 section 6.2.4; ``interval`` in units of 4 s."""

    name = "Binding Refresh Advice"
    alignment: ClassVar[tuple[int, int]] = (2, 0)
    fields_desc: ClassVar[list[Any]] = [ByteField("otype", 2), ByteField("olen", 2), ShortField("interval", 0)]


class MipAlternateCareOf(Item):
    """RFC 6275 section 6.2.5."""

    name = "Alternate Care-of Address"
    alignment: ClassVar[tuple[int, int]] = (8, 6)
    fields_desc: ClassVar[list[Any]] = [ByteField("otype", 3), ByteField("olen", 16), IP6Field("coa", "::")]


class MipNonceIndices(Item):
    """RFC 6275 section 6.2.6."""

    name = "Nonce Indices"
    alignment: ClassVar[tuple[int, int]] = (2, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 4),
        ByteField("olen", 4),
        ShortField("home", 0),
        ShortField("careof", 0),
    ]


class MipAuthorizationData(Item):
    """RFC 6275 section 6.2.7."""

    name = "Binding Authorization Data"
    alignment: ClassVar[tuple[int, int]] = (8, 2)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 5),
        FieldLenField("olen", None, length_of="data", fmt="B"),
        StrLenField("data", bytes(12), length_from=lambda pkt: pkt.olen),
    ]


class MipNetworkPrefix(Item):
    """RFC 3963 section 4.3."""

    name = "Mobile Network Prefix"
    alignment: ClassVar[tuple[int, int]] = (8, 4)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 6),
        ByteField("olen", 18),
        ByteField("reserved", 0),
        ByteField("plen", 64),
        IP6Field("prefix", "::"),
    ]


class MipNodeIdentifier(Item):
    """RFC 4283 section 3."""

    name = "Mobile Node Identifier"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 8),
        FieldLenField("olen", None, length_of="identifier", fmt="B", adjust=lambda pkt, size: size + 1),
        ByteField("subtype", 1),
        StrLenField("identifier", b"", length_from=lambda pkt: max(0, pkt.olen - 1)),
    ]


class MipVendorSpecific(Item):
    """RFC 5094 section 3."""

    name = "Vendor-Specific"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 19),
        FieldLenField("olen", None, length_of="data", fmt="B", adjust=lambda pkt, size: size + 5),
        IntField("vendor", 10415),
        ByteField("subtype", 0),
        StrLenField("data", b"", length_from=lambda pkt: max(0, pkt.olen - 5)),
    ]


class MipServiceSelection(Item):
    """RFC 5149 section 3."""

    name = "Service Selection"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 20),
        FieldLenField("olen", None, length_of="identifier", fmt="B"),
        StrLenField("identifier", b"", length_from=lambda pkt: pkt.olen),
    ]


class MipIpv4HomeAddress(Item):
    """RFC 5555 section 3.1.1; ``p`` asks for a prefix."""

    name = "IPv4 Home Address"
    alignment: ClassVar[tuple[int, int]] = (4, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 29),
        ByteField("olen", 6),
        BitField("plen", 32, 6),
        BitField("p", 0, 1),
        BitField("reserved", 0, 9),
        IPField("hoa", ANY_IPV4),
    ]


class MipIpv4AddressAck(Item):
    """RFC 5555 section 3.2.1."""

    name = "IPv4 Address Acknowledgement"
    alignment: ClassVar[tuple[int, int]] = (4, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 30),
        ByteField("olen", 6),
        ByteField("status", 0),
        BitField("plen", 32, 6),
        BitField("reserved", 0, 2),
        IPField("hoa", ANY_IPV4),
    ]


class MipNatDetection(Item):
    """RFC 5555 section 3.2.2; ``refresh`` in seconds."""

    name = "NAT Detection"
    alignment: ClassVar[tuple[int, int]] = (4, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 31),
        ByteField("olen", 6),
        BitField("f", 0, 1),
        BitField("reserved", 0, 15),
        IntField("refresh", 110),
    ]


class MipIpv4CareOf(Item):
    """RFC 5555 section 3.1.2."""

    name = "IPv4 Care-of Address"
    alignment: ClassVar[tuple[int, int]] = (4, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 32),
        ByteField("olen", 6),
        ShortField("reserved", 0),
        IPField("coa", ANY_IPV4),
    ]


class MipGreKey(Item):
    """RFC 5845 section 6.4; ``olen`` 2 for the form without a key."""

    name = "GRE Key"
    alignment: ClassVar[tuple[int, int]] = (4, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 33),
        ByteField("olen", 6),
        ShortField("reserved", 0),
        ConditionalField(XIntField("key", 0), lambda pkt: pkt.olen == 6),
    ]


class MipBindingIdentifier(Item):
    """RFC 5648 section 4.3, priority from RFC 6089 section 4.1; ``coa`` is empty, an IPv4 or an IPv6 address."""

    name = "Binding Identifier"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 35),
        FieldLenField("olen", None, length_of="coa", fmt="B", adjust=lambda pkt, size: size + 4),
        ShortField("bid", 1),
        ByteField("status", 0),
        BitField("h", 0, 1),
        BitField("priority", 0, 7),
        AddressField("coa", "", length_from=lambda pkt: max(0, pkt.olen - 4)),
    ]

    def needs(self) -> tuple[int, int]:
        """8n+2 with a care-of address, else 2n."""
        return (8, 2) if self.coa else (2, 0)


class MipUnknown(Item):
    """Any other option."""

    name = "Unknown mobility option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 255),
        FieldLenField("olen", None, length_of="data", fmt="B"),
        StrLenField("data", b"", length_from=lambda pkt: pkt.olen),
    ]


OPTIONS: dict[int, type[Item]] = {
    0: MipPad1,
    1: MipPadN,
    2: MipRefreshAdvice,
    3: MipAlternateCareOf,
    4: MipNonceIndices,
    5: MipAuthorizationData,
    6: MipNetworkPrefix,
    8: MipNodeIdentifier,
    19: MipVendorSpecific,
    20: MipServiceSelection,
    29: MipIpv4HomeAddress,
    30: MipIpv4AddressAck,
    31: MipNatDetection,
    32: MipIpv4CareOf,
    33: MipGreKey,
    35: MipBindingIdentifier,
    44: MipFlowSummary,
    45: MipFlowIdentification,
}


def option_of(data: bytes) -> Item:
    """The option that starts ``data``."""
    return choose(data, OPTIONS, MipUnknown)
