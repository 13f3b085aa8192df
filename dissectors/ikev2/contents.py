"""What a message holds, sorted once: every rule and every fold asks for the same few payloads of the same message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from dissectors.ikev2.payload_values import (
    Authentication,
    Certificate,
    CertificateRequest,
    Configuration,
    Delete,
    Eap,
    Encrypted,
    Identification,
    KeyExchange,
    MalformedPayload,
    Nonce,
    Notify,
    Payload,
    SecurityAssociation,
    TrafficSelectors,
    UnknownPayload,
    VendorId,
)
from dissectors.ikev2.registry import NotifyType, PayloadType

Marks: TypeAlias = int
"""What is there, as bits: payload types, notify types, a critical bit. Two messages alike have the same number."""

TYPES: dict[type[Payload], PayloadType] = {
    SecurityAssociation: PayloadType.SA,
    KeyExchange: PayloadType.KE,
    Certificate: PayloadType.CERT,
    CertificateRequest: PayloadType.CERTREQ,
    Authentication: PayloadType.AUTH,
    Nonce: PayloadType.NONCE,
    Notify: PayloadType.NOTIFY,
    Delete: PayloadType.DELETE,
    VendorId: PayloadType.VENDOR_ID,
    Configuration: PayloadType.CP,
    Eap: PayloadType.EAP,
}
CRITICAL: Marks = 1
PAYLOAD_MARKS: dict[int, Marks] = {kind.value: 1 << kind for kind in PayloadType if kind}
NOTIFY_MARKS: dict[int, Marks] = {kind.value: 1 << 64 + n for n, kind in enumerate(NotifyType)}
NO_NOTIFIES: Mapping[int, Notify] = MappingProxyType({})


def type_of(payload: Payload) -> int:
    """The payload type in the chain."""
    match payload:
        case UnknownPayload() | MalformedPayload():
            return payload.type
        case Identification():
            return PayloadType.IDi if payload.initiator else PayloadType.IDr
        case TrafficSelectors():
            return PayloadType.TSi if payload.initiator else PayloadType.TSr
        case Encrypted():
            return PayloadType.SKF if payload.total else PayloadType.SK
    return TYPES[type(payload)]


def marks_of(*kinds: PayloadType | NotifyType) -> Marks:
    """The bits of some payload and notify types; a notification that could not be read counts as one of its type."""
    marks = 0
    for kind in kinds:
        marks |= NOTIFY_MARKS[kind] if isinstance(kind, NotifyType) else PAYLOAD_MARKS[kind]
    return marks


class Contents:
    """The payloads of one message by class, and its notifications by type, the first of each."""

    __slots__ = ("by_class", "marks", "notifies", "types")

    def __init__(self, payloads: Sequence[Payload]) -> None:
        by_class: dict[type[Payload], list[Any]] = {}
        types: set[int] = set()
        marks = 0
        for payload in payloads:
            kind = type(payload)
            alike = by_class.get(kind)
            if alike is None:
                by_class[kind] = [payload]
            else:
                alike.append(payload)
            types.add(TYPES.get(kind) or type_of(payload))
            if payload.critical:
                marks |= CRITICAL
        for number in types:
            marks |= PAYLOAD_MARKS.get(number, 0)
        self.by_class: Mapping[type[Payload], Sequence[Any]] = by_class
        self.types = frozenset(types)
        self.notifies = _first_of_each(by_class[Notify]) if Notify in by_class else NO_NOTIFIES
        for number in self.notifies:
            marks |= NOTIFY_MARKS.get(number, 0)
        if MalformedPayload in by_class:
            marks |= _cut_notifies(by_class[MalformedPayload])
        self.marks: Marks = marks


def _first_of_each(notifies: list[Notify]) -> dict[int, Notify]:
    return {notify.type: notify for notify in reversed(notifies)}


def _cut_notifies(payloads: list[MalformedPayload]) -> Marks:
    """The marks of notifications whose SPI would leave the payload: their type stands before it."""
    cut = (int.from_bytes(p.data[2:4]) for p in payloads if p.type == PayloadType.NOTIFY)
    marks = 0
    for number in cut:
        marks |= NOTIFY_MARKS.get(number, 0)
    return marks
