"""Mobility Header messages of the extensions, for scapy: RFC 5142, 5568, 5846, 5847, 6705, 7109."""

from __future__ import annotations

from typing import Any, ClassVar

from scapy.fields import BitField, ByteField, FieldLenField, FieldListField, FlagsField, IntField, ShortField
from scapy.layers.inet6 import IP6Field

from dissectors.scapy_layers.mobility import (
    MESSAGES,
    MipBindingAck,
    MipBindingUpdate,
    MipRefreshRequest,
    MobilityHeader,
    header,
    options_from,
)

REVOCATION_FLAGS = "0123456789abcGVP"


class MipFastBindingUpdate(MipBindingUpdate):
    """RFC 5568 section 6.2.2."""

    name = "Fast Binding Update"
    mhtype = 8


class MipFastBindingAck(MipBindingAck):
    """RFC 5568 section 6.2.3."""

    name = "Fast Binding Acknowledgement"
    mhtype = 9


class MipFastNeighborAdvertisement(MipRefreshRequest):
    """RFC 4068 section 6.3.3."""

    name = "Fast Neighbor Advertisement"
    mhtype = 10


class MipHomeAgentSwitch(MobilityHeader):
    """RFC 5142 section 3."""

    name = "Home Agent Switch"
    fields_desc: ClassVar[list[Any]] = [
        *header(12),
        FieldLenField("count", None, count_of="addresses", fmt="B"),
        ByteField("reserved", 0),
        FieldListField("addresses", [], IP6Field("", "::"), count_from=lambda pkt: pkt.count),
        *options_from(8, lambda pkt: 16 * pkt.count),
    ]


class MipHeartbeat(MobilityHeader):
    """RFC 5847 section 3.3; ``u`` unsolicited, ``r`` response."""

    name = "Heartbeat"
    fields_desc: ClassVar[list[Any]] = [
        *header(13),
        BitField("reserved", 0, 14),
        BitField("u", 0, 1),
        BitField("r", 0, 1),
        IntField("seq", 0),
        *options_from(12),
    ]


class MipRevocation(MobilityHeader):
    """BRI: RFC 5846 section 5.1."""

    name = "Binding Revocation Indication"
    fields_desc: ClassVar[list[Any]] = [
        *header(16),
        ByteField("brtype", 1),
        ByteField("trigger", 0),
        ShortField("seq", 0),
        FlagsField("flags", 0, 16, REVOCATION_FLAGS),
        *options_from(12),
    ]


class MipRevocationAck(MobilityHeader):
    """BRA: RFC 5846 section 5.2."""

    name = "Binding Revocation Acknowledgement"
    fields_desc: ClassVar[list[Any]] = [
        *header(16),
        ByteField("brtype", 2),
        ByteField("status", 0),
        ShortField("seq", 0),
        FlagsField("flags", 0, 16, REVOCATION_FLAGS),
        *options_from(12),
    ]


class MipFlowBinding(MobilityHeader):
    """FBI: RFC 7109 section 6.1.1."""

    name = "Flow Binding Indication"
    fields_desc: ClassVar[list[Any]] = [
        *header(21),
        ShortField("fbtype", 1),
        ShortField("seq", 0),
        ByteField("trigger", 1),
        BitField("a", 0, 1),
        BitField("reserved", 0, 7),
        *options_from(12),
    ]


class MipFlowBindingAck(MobilityHeader):
    """FBA: RFC 7109 section 6.1.2."""

    name = "Flow Binding Acknowledgement"
    fields_desc: ClassVar[list[Any]] = [
        *header(21),
        ShortField("fbtype", 2),
        ShortField("seq", 0),
        ByteField("status", 0),
        ByteField("reserved", 0),
        *options_from(12),
    ]


class MipHandoverInitiate(MobilityHeader):
    """RFC 5568 section 6.2.1.1."""

    name = "Handover Initiate"
    fields_desc: ClassVar[list[Any]] = [
        *header(14),
        ShortField("seq", 0),
        ByteField("flags", 0),
        ByteField("code", 0),
        *options_from(10),
    ]


class MipHandoverAck(MipHandoverInitiate):
    """RFC 5568 section 6.2.1.2."""

    name = "Handover Acknowledge"
    mhtype = 15


class MipLocalizedRouting(MobilityHeader):
    """RFC 6705 section 10.1; ``lifetime`` in units of 4 s."""

    name = "Localized Routing Initiation"
    fields_desc: ClassVar[list[Any]] = [
        *header(17),
        ShortField("seq", 0),
        ShortField("reserved", 0),
        ShortField("lifetime", 0),
        *options_from(12),
    ]


class MipLocalizedRoutingAck(MobilityHeader):
    """RFC 6705 section 10.2."""

    name = "Localized Routing Acknowledgement"
    fields_desc: ClassVar[list[Any]] = [
        *header(18),
        ShortField("seq", 0),
        BitField("u", 0, 1),
        BitField("reserved", 0, 7),
        ByteField("status", 0),
        ShortField("lifetime", 0),
        *options_from(12),
    ]


MESSAGES.update(
    {
        8: MipFastBindingUpdate,
        9: MipFastBindingAck,
        10: MipFastNeighborAdvertisement,
        12: MipHomeAgentSwitch,
        13: MipHeartbeat,
        14: MipHandoverInitiate,
        15: MipHandoverAck,
        16: lambda data: {1: MipRevocation, 2: MipRevocationAck}.get(data[6], MobilityHeader),
        17: MipLocalizedRouting,
        18: MipLocalizedRoutingAck,
        21: lambda data: {1: MipFlowBinding, 2: MipFlowBindingAck}.get(data[7], MobilityHeader),
    }
)
