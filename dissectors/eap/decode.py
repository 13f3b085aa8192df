"""Decoding EAP packets: RFC 3748 section 4; the AKA family's part is in :mod:`dissectors.eap.attributes`."""

from __future__ import annotations

from typing import NamedTuple

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import detailed
from dissectors.eap.attributes import decode_attributes
from dissectors.eap.methods import DETAILS
from dissectors.eap.packets import AkaAttribute, AkaSubtype, EapCode, EapPacket, EapType
from dissectors.events import Malformed

HEADER = Record(code=("B", EapCode), identifier="B", length="H")
AKA = Record(subtype=("B", AkaSubtype), reserved="H")
WITH_ATTRIBUTES = frozenset({EapType.AKA.value, EapType.AKA_PRIME.value, EapType.SIM.value})


class _Body(NamedTuple):
    type: int | None = None
    data: bytes = b""
    subtype: int | None = None
    attributes: tuple[AkaAttribute, ...] = ()
    fault: Malformed | None = None


def decode_eap(r: Reader) -> EapPacket:
    """The EAP packet that starts here. Never raises: a fault is in ``malformed``, beside what could be read."""
    start = r.pos
    if r.left < HEADER.size:
        return _cut_header(r)
    code, identifier, size = r.read(HEADER)
    fault = _size_fault(r, start, code, size)
    if fault:
        r.malformed(fault)
    end, r.end = r.end, max(r.pos, min(r.end, start + size))
    body = _body(r, code)
    r.end = end
    r.rest("padding")  # what follows the packet's length is the lower layer's: RFC 3748 section 4.1
    malformed = Malformed(fault.reason, fault.offset) if fault else body.fault
    return EapPacket(code, identifier, size, body.type, body.data, body.subtype, body.attributes, malformed)


def _cut_header(r: Reader) -> EapPacket:
    error = r.error(f"EAP header is {HEADER.size} bytes, {r.left} are there")
    head = r.rest("header").ljust(2, b"\0")
    r.malformed(error)
    return EapPacket(head[0], head[1], 0, malformed=Malformed(error.reason, error.offset))


def _size_fault(r: Reader, start: int, code: int, size: int) -> DissectError | None:
    there = r.end - start
    if size > there:
        return r.error(f"EAP length says {size} bytes, {there} are there", start + 2)
    if size < HEADER.size:
        return r.error(f"EAP length {size} is under the header's {HEADER.size}", start + 2)
    if code in (EapCode.SUCCESS, EapCode.FAILURE) and size != HEADER.size:
        return r.error(f"{EapCode(code).name.capitalize()} of {size} bytes instead of {HEADER.size}", start + 2)
    return None


def _body(r: Reader, code: int) -> _Body:
    if code not in (EapCode.REQUEST, EapCode.RESPONSE):
        return _Body(data=r.rest("data"))
    try:
        kind = r.number("type", 1, EapType)
    except DissectError as error:
        r.malformed(error)
        return _Body(fault=Malformed("Request or Response without a type", error.offset))
    if kind in WITH_ATTRIBUTES:
        return _aka(r, kind)
    return _Body(kind, detailed(r, "type_data", r.left, DETAILS.get(kind)))


def _aka(r: Reader, kind: int) -> _Body:
    try:
        subtype, _ = r.read(AKA)
    except DissectError as error:
        r.malformed(error)
        return _Body(kind, r.rest("data"), fault=Malformed(error.reason, error.offset))
    attributes, fault = decode_attributes(r)
    return _Body(kind, subtype=subtype, attributes=attributes, fault=fault)
