"""Reading the Mobility Header: RFC 6275 section 6.1.1, then each message's fixed part, then its options."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Any, TypeAlias

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import ipv6_text
from dissectors.events import Address, Malformed
from dissectors.ip_numbers import IpProtocol, hex16
from dissectors.mobility import layouts
from dissectors.mobility.checksum import checksum_ok
from dissectors.mobility.further_messages import (
    BindingRevocation,
    BindingRevocationAck,
    FastBindingAck,
    FastBindingUpdate,
    FastNeighborAdvertisement,
    FlowBinding,
    FlowBindingAck,
    HandoverAck,
    HandoverInitiate,
    Heartbeat,
    HomeAgentSwitch,
    LocalizedRoutingAck,
    LocalizedRoutingInitiation,
)
from dissectors.mobility.messages import (
    HEADER_UNIT,
    BindingAck,
    BindingError,
    BindingRefreshRequest,
    BindingUpdate,
    CareOfTest,
    CareOfTestInit,
    HomeTest,
    HomeTestInit,
    MobilityMessage,
    Options,
    OtherMobility,
)
from dissectors.mobility.option_decode import decode_options
from dissectors.mobility.registry import FlowBindingType, MhType, RevocationType

HEADER = Record(
    payload_proto=("B", IpProtocol),
    header_len=("B", lambda units: f"{units} ({HEADER_UNIT * (units + 1)} bytes)"),
    type=("B", MhType),
    reserved="B",
    checksum=("H", hex16),
)
LENGTH_AT = 1
ADDRESS_SIZE = 16


class _Body:
    """The message's part behind its header: reads it, remembers the first fault, knows what the header said."""

    __slots__ = ("checksum", "checksum_ok", "fault", "header_len", "kind", "payload_proto", "r", "start")

    def __init__(self, r: Reader, start: int) -> None:
        self.r, self.start = r, start
        self.payload_proto, self.header_len, self.kind, _, self.checksum = r.read(HEADER)
        self.checksum_ok: bool | None = None
        self.fault: Malformed | None = None

    def verify(self, source: Address | None, destination: Address | None) -> None:
        """Checks the checksum of a whole message between known addresses."""
        if not isinstance(source, IPv6Address) or not isinstance(destination, IPv6Address):
            return
        if int(source) and int(destination):
            r = self.r
            self.checksum_ok = checksum_ok(r.data[self.start : r.end], source, destination)
            r.note("checksum_status", self.checksum_ok, lambda ok: "correct" if ok else "incorrect")

    def options(self) -> Options:
        """The options, to the end of the message."""
        options = decode_options(self.r, self.start)
        if self.fault is None:
            self.fault = next((option.fault for option in options if option.fault), None)
        return options

    def tell(self, error: DissectError) -> None:
        """Keeps a fault, in the tree and as the message's if it is the first."""
        self.r.malformed(error)
        self.fault = self.fault or Malformed(error.reason, error.offset)

    @property
    def header(self) -> dict[str, Any]:
        """What every message has; asked for last, when the faults are known."""
        return {
            "payload_proto": self.payload_proto,
            "header_len": self.header_len,
            "checksum": self.checksum,
            "checksum_ok": self.checksum_ok,
            "size": self.r.end - self.start,
            "malformed": self.fault,
        }


MessageDecoder: TypeAlias = Callable[[_Body], MobilityMessage]


def decode_mobility(r: Reader, *, source: Address | None = None, destination: Address | None = None) -> MobilityMessage:
    """The Mobility Header message that starts here. Never raises: what is wrong is in ``malformed``.

    Where the header says more than is there, what is there is decoded; what follows the message is left aside. A
    message whose fixed fields are cut is :class:`OtherMobility`, as half of them might be taken for facts. ``source``
    and ``destination`` are the final addresses (:class:`~dissectors.addressing.Addressing`); with them a message that
    is whole has its checksum verified.
    """
    start, end = r.pos, r.end
    if r.left < HEADER.size:
        return _cut_header(r)
    body = _Body(r, start)
    declared = HEADER_UNIT * (body.header_len + 1)
    r.end = min(end, start + declared)
    if declared > end - start:
        body.tell(r.error(f"header says {declared} bytes, {end - start} are there", start + LENGTH_AT))
    else:
        body.verify(source, destination)
    message = _message(body)
    r.end = end
    r.rest("trailing_bytes")
    return message


def _message(body: _Body) -> MobilityMessage:
    try:
        return MESSAGES.get(body.kind, _other)(body)
    except DissectError as error:
        body.tell(error)
        return _other(body)


def _cut_header(r: Reader) -> MobilityMessage:
    """What the first bytes tell; a field that is not whole counts as zero."""
    error = r.error(f"a Mobility Header is at least 8 bytes, {r.left} are there")
    size = r.left
    head = r.rest("header").ljust(HEADER.size, b"\0")
    r.malformed(error)
    fault = Malformed(error.reason, error.offset)
    return OtherMobility(head[2], b"", payload_proto=head[0], header_len=head[1], size=size, malformed=fault)


def _simple(layout: Record, message: Callable[..., MobilityMessage], *skipped: str) -> MessageDecoder:
    """For a message whose values are the fields of its fixed part, in order; reserved ones are ``skipped``."""
    kept = [at for at, (name, *_) in enumerate(layout.fields) if name != "reserved" and name not in skipped]
    all_kept = len(kept) == len(layout.fields)

    def decode(body: _Body) -> MobilityMessage:
        values = body.r.read(layout)
        options = body.options()
        fields = values if all_kept else [values[at] for at in kept]
        return message(*fields, options, **body.header)

    return decode


def _binding_error(body: _Body) -> MobilityMessage:
    status, _, home_address = body.r.read(layouts.BINDING_ERROR)
    options = body.options()
    return BindingError(status, IPv6Address(home_address), options, **body.header)


def _home_agent_switch(body: _Body) -> MobilityMessage:
    count, _ = body.r.read(layouts.HOME_AGENT_SWITCH)
    r = body.r
    there = min(count, r.left // ADDRESS_SIZE)
    addresses = tuple(IPv6Address(r.take("address", ADDRESS_SIZE, ipv6_text)) for _ in range(there))
    if there < count:
        body.tell(r.error(f"{count} addresses announced, {there} are there"))
        r.rest("cut_data")
    options = body.options()
    return HomeAgentSwitch(addresses, options, **body.header)


def _revocation(body: _Body) -> MobilityMessage:
    kind = int.from_bytes(body.r.peek(1))
    return REVOCATIONS.get(kind, _other)(body)


def _flow_binding(body: _Body) -> MobilityMessage:
    kind = int.from_bytes(body.r.peek(2))
    return FLOW_BINDINGS.get(kind, _other)(body)


def _other(body: _Body) -> MobilityMessage:
    data = body.r.rest("data")
    return OtherMobility(body.kind, data, **body.header)


REVOCATIONS: dict[int, MessageDecoder] = {
    RevocationType.INDICATION: _simple(layouts.REVOCATION, BindingRevocation, "revocation_type"),
    RevocationType.ACKNOWLEDGEMENT: _simple(layouts.REVOCATION_ACK, BindingRevocationAck, "revocation_type"),
}
FLOW_BINDINGS: dict[int, MessageDecoder] = {
    FlowBindingType.INDICATION: _simple(layouts.FLOW_BINDING, FlowBinding, "flow_binding_type"),
    FlowBindingType.ACKNOWLEDGEMENT: _simple(layouts.FLOW_BINDING_ACK, FlowBindingAck, "flow_binding_type"),
}
_T = MhType
MESSAGES: dict[int, MessageDecoder] = {
    _T.BINDING_REFRESH_REQUEST: _simple(layouts.RESERVED_ONLY, BindingRefreshRequest),
    _T.HOME_TEST_INIT: _simple(layouts.TEST_INIT, HomeTestInit),
    _T.CARE_OF_TEST_INIT: _simple(layouts.TEST_INIT, CareOfTestInit),
    _T.HOME_TEST: _simple(layouts.TEST, HomeTest),
    _T.CARE_OF_TEST: _simple(layouts.TEST, CareOfTest),
    _T.BINDING_UPDATE: _simple(layouts.BINDING_UPDATE, BindingUpdate),
    _T.BINDING_ACKNOWLEDGEMENT: _simple(layouts.BINDING_ACK, BindingAck),
    _T.BINDING_ERROR: _binding_error,
    _T.FAST_BINDING_UPDATE: _simple(layouts.BINDING_UPDATE, FastBindingUpdate),
    _T.FAST_BINDING_ACKNOWLEDGEMENT: _simple(layouts.BINDING_ACK, FastBindingAck),
    _T.FAST_NEIGHBOR_ADVERTISEMENT: _simple(layouts.RESERVED_ONLY, FastNeighborAdvertisement),
    _T.HOME_AGENT_SWITCH: _home_agent_switch,
    _T.HEARTBEAT: _simple(layouts.HEARTBEAT, Heartbeat),
    _T.HANDOVER_INITIATE: _simple(layouts.HANDOVER, HandoverInitiate),
    _T.HANDOVER_ACKNOWLEDGE: _simple(layouts.HANDOVER, HandoverAck),
    _T.BINDING_REVOCATION: _revocation,
    _T.LOCALIZED_ROUTING_INITIATION: _simple(layouts.LOCALIZED_ROUTING, LocalizedRoutingInitiation),
    _T.LOCALIZED_ROUTING_ACKNOWLEDGEMENT: _simple(layouts.LOCALIZED_ROUTING_ACK, LocalizedRoutingAck),
    _T.FLOW_BINDING: _flow_binding,
}
"""What reads a message behind its header, by MH type; any other type keeps its bytes."""
