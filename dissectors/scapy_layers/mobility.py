"""Mobility Header messages for scapy (RFC 6275 section 6.1, 5142, 5846, 5847, 7109), to build packets with.

An independent second description of the formats: nothing that reads packets is imported here. scapy's own layers know
mobility options 2 to 16 and take the care-of address into the checksum when PadN stands beside the Home Address option.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Any, ClassVar

from scapy.fields import (
    BitField,
    ByteField,
    FieldLenField,
    FieldListField,
    FlagsField,
    IntField,
    ShortField,
    StrFixedLenField,
    StrLenField,
    XShortField,
)
from scapy.layers.inet6 import HAO, IP6Field, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrRouting
from scapy.utils import checksum as internet_checksum

from dissectors.scapy_layers.layer import AutopadField, Layer, OptionsField
from dissectors.scapy_layers.mobility_options import MipPad1, MipPadN, option_of

MOBILITY = 135
UPDATE_FLAGS = "0123DSOTFPRMKLHA"
"""From the lowest bit up, as scapy has it; digits are bits without a letter."""
ACK_FLAGS = "0DSBTPRK"
REVOCATION_FLAGS = "0123456789abcGVP"


def _header(mh_type: int) -> list[Any]:
    return [
        ByteField("nh", 59),
        ByteField("len", None),
        ByteField("mhtype", mh_type),
        ByteField("res", 0),
        XShortField("cksum", None),
    ]


def _options(at: int, before: Callable[[Any], int] = lambda _: 0) -> list[Any]:
    """The options, which begin at byte ``at`` of the message; ``before`` counts whole 8 bytes more, in bytes."""
    return [
        AutopadField(),
        OptionsField(
            "options", option_of, at, (MipPad1, MipPadN), lambda pkt: 8 * (pkt.len + 1) - at - before(pkt), end=8
        ),
    ]


class MobilityHeader(Layer):
    """Any message; ``MobilityHeader(data)`` gives the layer of its type."""

    name = "Mobility Header"
    overload_fields: ClassVar[dict[Any, dict[str, int]]] = {
        IPv6: {"nh": MOBILITY},
        IPv6ExtHdrDestOpt: {"nh": MOBILITY},
        IPv6ExtHdrRouting: {"nh": MOBILITY},
    }
    fields_desc: ClassVar[list[Any]] = [
        *_header(255),
        StrLenField("data", bytes(2), length_from=lambda pkt: max(0, 8 * (pkt.len + 1) - 6)),
    ]

    @classmethod
    def dispatch_hook(cls, _pkt: bytes | None = None, *_args: Any, **_kwargs: Any) -> type[MobilityHeader]:
        """The layer for the type in the third byte, when the general one is asked to read."""
        if cls is not MobilityHeader or not _pkt or len(_pkt) < 8:
            return cls
        return MESSAGES.get(_pkt[2], _always(MobilityHeader))(_pkt)

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """Length, and the checksum when the addresses stand below."""
        if self.len is None:
            pkt = pkt[:1] + bytes([max(0, len(pkt) // 8 - 1)]) + pkt[2:]
        if self.cksum is None:
            addresses = final_addresses(self.underlayer)
            pkt = with_checksum(pkt, *addresses) if addresses else pkt
        return pkt + pay


def final_addresses(layer: Any) -> tuple[str, str] | None:
    """Source and destination for the checksum: RFC 6275 section 6.1.1. ``layer`` is what carries the message."""
    home = routed = None
    while layer is not None:
        if isinstance(layer, IPv6ExtHdrDestOpt):
            home = home or next((option.hoa for option in layer.options if isinstance(option, HAO)), None)
        elif isinstance(layer, IPv6ExtHdrRouting) and layer.type == 2 and layer.addresses:
            routed = routed or layer.addresses[-1]
        elif isinstance(layer, IPv6):
            return home or layer.src, routed or layer.dst
        layer = layer.underlayer
    return None


def with_checksum(message: bytes | Layer, source: object, destination: object) -> bytes:
    """The message's bytes with the checksum for these addresses, for instance to go into ESP."""
    data = bytes(message)
    data = data[:4] + bytes(2) + data[6:]
    ends = IPv6Address(str(source)).packed + IPv6Address(str(destination)).packed
    value = internet_checksum(ends + struct.pack(">II", len(data), MOBILITY) + data)
    return data[:4] + struct.pack(">H", value) + data[6:]


class MipRefreshRequest(MobilityHeader):
    """Binding Refresh Request."""

    name = "Binding Refresh Request"
    fields_desc: ClassVar[list[Any]] = [*_header(0), ShortField("reserved", 0), *_options(8)]


class MipHomeTestInit(MobilityHeader):
    """HoTI."""

    name = "Home Test Init"
    fields_desc: ClassVar[list[Any]] = [
        *_header(1),
        ShortField("reserved", 0),
        StrFixedLenField("cookie", bytes(8), 8),
        *_options(16),
    ]


class MipCareOfTestInit(MipHomeTestInit):
    """CoTI."""

    name = "Care-of Test Init"
    mhtype = 2


class MipHomeTest(MobilityHeader):
    """HoT."""

    name = "Home Test"
    fields_desc: ClassVar[list[Any]] = [
        *_header(3),
        ShortField("index", 0),
        StrFixedLenField("cookie", bytes(8), 8),
        StrFixedLenField("token", bytes(8), 8),
        *_options(24),
    ]


class MipCareOfTest(MipHomeTest):
    """CoT."""

    name = "Care-of Test"
    mhtype = 4


class MipBindingUpdate(MobilityHeader):
    """BU, with the flags of RFC 5555 and 5648; ``lifetime`` in units of 4 s."""

    name = "Binding Update"
    fields_desc: ClassVar[list[Any]] = [
        *_header(5),
        ShortField("seq", 0),
        FlagsField("flags", "AH", 16, UPDATE_FLAGS),
        ShortField("lifetime", 0),
        *_options(12),
    ]


class MipBindingAck(MobilityHeader):
    """BA; ``lifetime`` in units of 4 s."""

    name = "Binding Acknowledgement"
    fields_desc: ClassVar[list[Any]] = [
        *_header(6),
        ByteField("status", 0),
        FlagsField("flags", 0, 8, ACK_FLAGS),
        ShortField("seq", 0),
        ShortField("lifetime", 0),
        *_options(12),
    ]


class MipBindingError(MobilityHeader):
    """BE."""

    name = "Binding Error"
    fields_desc: ClassVar[list[Any]] = [
        *_header(7),
        ByteField("status", 1),
        ByteField("reserved", 0),
        IP6Field("hoa", "::"),
        *_options(24),
    ]


class MipHomeAgentSwitch(MobilityHeader):
    """Home Agent Switch."""

    name = "Home Agent Switch"
    fields_desc: ClassVar[list[Any]] = [
        *_header(12),
        FieldLenField("count", None, count_of="addresses", fmt="B"),
        ByteField("reserved", 0),
        FieldListField("addresses", [], IP6Field("", "::"), count_from=lambda pkt: pkt.count),
        *_options(8, lambda pkt: 16 * pkt.count),
    ]


class MipHeartbeat(MobilityHeader):
    """Heartbeat."""

    name = "Heartbeat"
    fields_desc: ClassVar[list[Any]] = [
        *_header(13),
        BitField("reserved", 0, 14),
        BitField("u", 0, 1),
        BitField("r", 0, 1),
        IntField("seq", 0),
        *_options(12),
    ]


class MipRevocation(MobilityHeader):
    """Binding Revocation Indication."""

    name = "Binding Revocation Indication"
    fields_desc: ClassVar[list[Any]] = [
        *_header(16),
        ByteField("brtype", 1),
        ByteField("trigger", 0),
        ShortField("seq", 0),
        FlagsField("flags", 0, 16, REVOCATION_FLAGS),
        *_options(12),
    ]


class MipRevocationAck(MobilityHeader):
    """Binding Revocation Acknowledgement."""

    name = "Binding Revocation Acknowledgement"
    fields_desc: ClassVar[list[Any]] = [
        *_header(16),
        ByteField("brtype", 2),
        ByteField("status", 0),
        ShortField("seq", 0),
        FlagsField("flags", 0, 16, REVOCATION_FLAGS),
        *_options(12),
    ]


class MipFlowBinding(MobilityHeader):
    """Flow Binding Indication."""

    name = "Flow Binding Indication"
    fields_desc: ClassVar[list[Any]] = [
        *_header(21),
        ShortField("fbtype", 1),
        ShortField("seq", 0),
        ByteField("trigger", 1),
        BitField("a", 0, 1),
        BitField("reserved", 0, 7),
        *_options(12),
    ]


class MipFlowBindingAck(MobilityHeader):
    """Flow Binding Acknowledgement."""

    name = "Flow Binding Acknowledgement"
    fields_desc: ClassVar[list[Any]] = [
        *_header(21),
        ShortField("fbtype", 2),
        ShortField("seq", 0),
        ByteField("status", 0),
        ByteField("reserved", 0),
        *_options(12),
    ]


def _always(layer: type[MobilityHeader]) -> Callable[[bytes], type[MobilityHeader]]:
    return lambda _: layer


MESSAGES: dict[int, Callable[[bytes], type[MobilityHeader]]] = {
    0: _always(MipRefreshRequest),
    1: _always(MipHomeTestInit),
    2: _always(MipCareOfTestInit),
    3: _always(MipHomeTest),
    4: _always(MipCareOfTest),
    5: _always(MipBindingUpdate),
    6: _always(MipBindingAck),
    7: _always(MipBindingError),
    12: _always(MipHomeAgentSwitch),
    13: _always(MipHeartbeat),
    16: lambda data: {1: MipRevocation, 2: MipRevocationAck}.get(data[6], MobilityHeader),
    21: lambda data: {1: MipFlowBinding, 2: MipFlowBindingAck}.get(data[7], MobilityHeader),
}
