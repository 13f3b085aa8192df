"""Home network options of DHCPv6 for scapy: RFC 6610 section 3, and draft-ietf-mip6-hiopt, which had 49 and 50 first.

>>> DHCP6_InfoRequest(trid=1) / DHCP6OptOptReq(reqopts=[69]) / Dhcp6HomeNetworkIdentifier(fqdn="ha-apn.example")
>>> DHCP6_Reply(trid=1) / Dhcp6IdentifiedHomeNetwork(options=[Dhcp6HomeAgentAddress(address="192.0.2.1")])

scapy reads these options as unknown ones; the layers here read the bytes of one option each. Of the layouts of the
draft only the id-type is certain.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, ClassVar

from scapy.fields import ByteField, FieldLenField, PacketListField, ShortField, StrLenField
from scapy.layers.inet6 import IP6Field

from dissectors.scapy_layers.layer import AddressField, Item
from dissectors.scapy_layers.names import NameField

IPV4_IN_IPV6 = int(IPv6Address("64:ff9b::"))
"""RFC 6610 section 3.2.5 writes an IPv4 Home Agent behind this prefix (RFC 6052)."""


class HomeAgentField(AddressField):
    """As RFC 6610 has it, 16 bytes: an IPv4 address is written behind 64:ff9b::/96."""

    def i2m(self, pkt: Any, x: Any) -> bytes:
        address = ip_address(x) if x and not isinstance(x, bytes) else None
        if isinstance(address, IPv4Address):
            return IPv6Address(IPV4_IN_IPV6 + int(address)).packed
        return super().i2m(pkt, x)


def _option(code: int, field: Any, *before: Any) -> list[Any]:
    """Code, length, single bytes ``before``, and the field of variable size."""
    length = FieldLenField(
        "optlen", None, length_of=field.name, fmt="!H", adjust=lambda _, size: size + len(before)
    )  # fmt: skip
    return [ShortField("optcode", code), length, *before, field]


def _name(*before: Any) -> NameField:
    return NameField("fqdn", "", length_from=lambda pkt: max(0, pkt.optlen - len(before)))


def _prefix(code: int) -> list[Any]:
    return [ShortField("optcode", code), ShortField("optlen", 17), ByteField("plen", 64), IP6Field("prefix", "::")]


class Dhcp6HomeNetworkIdentifier(Item):
    """49 of RFC 6610, MIP6_HNIDF: the home network's name."""

    name = "MIP6_HNIDF"
    fields_desc: ClassVar[list[Any]] = _option(49, _name())


class Dhcp6HomeNetworkPrefix(Item):
    """71, MIP6_HNP."""

    name = "MIP6_HNP"
    fields_desc: ClassVar[list[Any]] = _prefix(71)


class Dhcp6HomeAgentAddress(Item):
    """72, MIP6_HAA; ``address`` may be IPv4."""

    name = "MIP6_HAA"
    fields_desc: ClassVar[list[Any]] = _option(72, HomeAgentField("address", "::", length_from=lambda pkt: pkt.optlen))


class Dhcp6HomeAgentName(Item):
    """73, MIP6_HAF: the name to look up for the Home Agent."""

    name = "MIP6_HAF"
    fields_desc: ClassVar[list[Any]] = _option(73, _name())


class Dhcp6OtherOption(Item):
    """Any other option or sub-option."""

    name = "DHCPv6 option"
    fields_desc: ClassVar[list[Any]] = _option(0, StrLenField("data", b"", length_from=lambda pkt: pkt.optlen))


class DraftIdentifier(Item):
    """The draft's sub-option 1: the home network's name."""

    name = "Home Network Identifier sub-option"
    fields_desc: ClassVar[list[Any]] = _option(1, _name())


class DraftPrefix(Item):
    """The draft's sub-option 2."""

    name = "Home Network Prefix sub-option"
    fields_desc: ClassVar[list[Any]] = _prefix(2)


class DraftHomeAgentAddress(Item):
    """The draft's sub-option 3: 4 or 16 bytes."""

    name = "Home Agent Address sub-option"
    fields_desc: ClassVar[list[Any]] = _option(3, AddressField("address", "::", length_from=lambda pkt: pkt.optlen))


class DraftHomeAgentName(Item):
    """The draft's sub-option 4."""

    name = "Home Agent FQDN sub-option"
    fields_desc: ClassVar[list[Any]] = _option(4, _name())


HOME_OPTIONS: dict[int, type[Item]] = {
    49: Dhcp6HomeNetworkIdentifier,
    71: Dhcp6HomeNetworkPrefix,
    72: Dhcp6HomeAgentAddress,
    73: Dhcp6HomeAgentName,
}
DRAFT_SUB_OPTIONS: dict[int, type[Item]] = {
    1: DraftIdentifier,
    2: DraftPrefix,
    3: DraftHomeAgentAddress,
    4: DraftHomeAgentName,
}


def _inside(known: dict[int, type[Item]], *before: Any) -> PacketListField:
    """Options side by side, behind so many single bytes."""
    return PacketListField(
        "options",
        [],
        lambda data: known.get(int.from_bytes(data[:2], "big"), Dhcp6OtherOption)(data),
        length_from=lambda pkt: max(0, pkt.optlen - len(before)),
    )


class Dhcp6IdentifiedHomeNetwork(Item):
    """69, MIP6_IDINF: what belongs to the network that the identifier inside names."""

    name = "MIP6_IDINF"
    fields_desc: ClassVar[list[Any]] = _option(69, _inside(HOME_OPTIONS))


class Dhcp6VisitedHomeNetwork(Item):
    """50 of RFC 6610, MIP6_VDINF: what the visited network offers."""

    name = "MIP6_VDINF"
    fields_desc: ClassVar[list[Any]] = _option(50, _inside(HOME_OPTIONS))


class Dhcp6UnrestrictedHomeNetwork(Item):
    """70, MIP6_UDINF: what the administrator chose."""

    name = "MIP6_UDINF"
    fields_desc: ClassVar[list[Any]] = _option(70, _inside(HOME_OPTIONS))


_ID_TYPE = ByteField("idtype", 1)


class Dhcp6DraftHomeInformation(Item):
    """49 of the draft's last revision: ``idtype`` 0 visited, 1 target, 2 no preference; then sub-options."""

    name = "Home Network Information (draft)"
    fields_desc: ClassVar[list[Any]] = _option(49, _inside(DRAFT_SUB_OPTIONS, _ID_TYPE), _ID_TYPE)


_OLDER = (_ID_TYPE, ByteField("reserved", 0))


class Dhcp6DraftIdentifier(Item):
    """49 of older revisions: id-type, a reserved byte, the network's name."""

    name = "Home Network Identifier (draft)"
    fields_desc: ClassVar[list[Any]] = _option(49, _name(*_OLDER), *_OLDER)


class Dhcp6DraftRelay(Item):
    """50 of the draft: sub-options, which a relay hands to the server."""

    name = "Home network information from a relay (draft)"
    fields_desc: ClassVar[list[Any]] = _option(50, _inside(DRAFT_SUB_OPTIONS))
