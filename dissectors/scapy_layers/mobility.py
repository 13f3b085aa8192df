"""Mobility Header messages for scapy (RFC 6275 section 6.1), to build packets with.

An independent second description of the formats: nothing that reads packets is imported here. scapy's own layers know
mobility options 2 to 16 and take the care-of address into the checksum when PadN stands beside the Home Address option.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Any, ClassVar

from scapy.fields import (
    ByteField,
    FlagsField,
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


def header(mh_type: int) -> list[Any]:
    """The fields that every message begins with."""
    return [
        ByteField("nh", 59),
        ByteField("len", None),
        ByteField("mhtype", mh_type),
        ByteField("res", 0),
        XShortField("cksum", None),
    ]


def options_from(at: int, before: Callable[[Any], int] = lambda _: 0) -> list[Any]:
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
        *header(255),
        StrLenField("data", bytes(2), length_from=lambda pkt: max(0, 8 * (pkt.len + 1) - 6)),
    ]

    @classmethod
    def dispatch_hook(cls, _pkt: bytes | None = None, *_args: Any, **_kwargs: Any) -> type[MobilityHeader]:
        """The layer for the type in the third byte, when the general one is asked to read."""
        if cls is not MobilityHeader or not _pkt or len(_pkt) < 8:
            return cls
        layer = MESSAGES.get(_pkt[2], cls)
        return layer if isinstance(layer, type) else layer(_pkt)

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
        elif isinstance(layer, IPv6ExtHdrRouting) and layer.type == 2 and layer.addresses and layer.segleft != 0:
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
    fields_desc: ClassVar[list[Any]] = [*header(0), ShortField("reserved", 0), *options_from(8)]


class MipHomeTestInit(MobilityHeader):
    """HoTI."""

    name = "Home Test Init"
    fields_desc: ClassVar[list[Any]] = [
        *header(1),
        ShortField("reserved", 0),
        StrFixedLenField("cookie", bytes(8), 8),
        *options_from(16),
    ]


class MipCareOfTestInit(MipHomeTestInit):
    """CoTI."""

    name = "Care-of Test Init"
    mhtype = 2


class MipHomeTest(MobilityHeader):
    """HoT."""

    name = "Home Test"
    fields_desc: ClassVar[list[Any]] = [
        *header(3),
        ShortField("index", 0),
        StrFixedLenField("cookie", bytes(8), 8),
        StrFixedLenField("token", bytes(8), 8),
        *options_from(24),
    ]


class MipCareOfTest(MipHomeTest):
    """CoT."""

    name = "Care-of Test"
    mhtype = 4


class MipBindingUpdate(MobilityHeader):
    """BU, with the flags of RFC 5555 and 5648; ``lifetime`` in units of 4 s."""

    name = "Binding Update"
    fields_desc: ClassVar[list[Any]] = [
        *header(5),
        ShortField("seq", 0),
        FlagsField("flags", "AH", 16, UPDATE_FLAGS),
        ShortField("lifetime", 0),
        *options_from(12),
    ]


class MipBindingAck(MobilityHeader):
    """BA; ``lifetime`` in units of 4 s."""

    name = "Binding Acknowledgement"
    fields_desc: ClassVar[list[Any]] = [
        *header(6),
        ByteField("status", 0),
        FlagsField("flags", 0, 8, ACK_FLAGS),
        ShortField("seq", 0),
        ShortField("lifetime", 0),
        *options_from(12),
    ]


class MipBindingError(MobilityHeader):
    """BE."""

    name = "Binding Error"
    fields_desc: ClassVar[list[Any]] = [
        *header(7),
        ByteField("status", 1),
        ByteField("reserved", 0),
        IP6Field("hoa", "::"),
        *options_from(24),
    ]


MESSAGES: dict[int, type[MobilityHeader] | Callable[[bytes], type[MobilityHeader]]] = {
    0: MipRefreshRequest,
    1: MipHomeTestInit,
    2: MipCareOfTestInit,
    3: MipHomeTest,
    4: MipCareOfTest,
    5: MipBindingUpdate,
    6: MipBindingAck,
    7: MipBindingError,
}
"""The layer of each MH type, or what chooses it by the message's bytes; other modules add theirs."""
