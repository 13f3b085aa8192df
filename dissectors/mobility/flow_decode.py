"""Reading the flow options and their sub-options: RFC 6089 section 4.2, RFC 7109 section 6.2."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import expect_end, ipv4_text, ipv6_text, word
from dissectors.events import Malformed
from dissectors.mobility.flow_text import describe_sub_option
from dissectors.mobility.flows import (
    BindingReference,
    FlowBindingAction,
    FlowIdentification,
    FlowPad1,
    FlowPadN,
    FlowSubOption,
    FlowSummary,
    MalformedSubOption,
    OtherSubOption,
    TargetCareOfAddress,
    TrafficSelectorOption,
)
from dissectors.mobility.registry import FlowAction, FlowStatus, FlowSubOptionType, SelectorFormat
from dissectors.mobility.selector_decode import decode_selector

SubOptionDecoder: TypeAlias = Callable[[Reader, int], FlowSubOption]

FLOW = Record(flow_id="H", priority="H", reserved="B", status=("B", FlowStatus))
TLV = Record(type=("B", FlowSubOptionType), length="B")
SELECTOR = Record(format=("B", SelectorFormat), reserved="B")
ACTION = Record(reserved="B", action=("B", FlowAction))
TYPES = {kind.value: kind for kind in FlowSubOptionType}


def decode_flow_summary(r: Reader, offset: int) -> FlowSummary:
    """Option 44: identifiers to the end, at least one."""
    if not r.left:
        raise r.error("no Flow Identifier in a Flow Summary")
    return FlowSummary(_numbers(r, "flow_id"), offset=offset)


def decode_flow_identification(r: Reader, offset: int) -> FlowIdentification:
    """Option 45. A fault in a sub-option stays there; only the fixed part can raise."""
    start = r.pos - 2 - offset
    flow_id, priority, _, status = r.read(FLOW)
    sub_options: list[FlowSubOption] = []
    while r.left:
        sub_options.append(_sub_option(r, r.pos - start))
    return FlowIdentification(flow_id, priority, status, tuple(sub_options), offset=offset)


def _sub_option(r: Reader, offset: int) -> FlowSubOption:
    head, left = r.peek(2), r.left
    kind = head[0]
    if kind == FlowSubOptionType.PAD1:
        r.number("padding", 1, FlowSubOptionType)
        return FlowPad1(offset=offset)
    part = r.part("sub_option", min(2 + head[1], left) if left > 1 else left, TYPES.get(kind, kind))
    if left < 2 or 2 + head[1] > left:
        return _overrun(part, kind, offset, head)
    part.read(TLV)
    value_at = part.pos
    try:
        decode = DECODERS.get(kind)
        sub = decode(part, offset) if decode else OtherSubOption(kind, part.rest("data"), offset=offset)
        expect_end(part)
    except DissectError as error:
        part.malformed(error)
        part.rest("undissected")
        fault = Malformed(f"flow sub-option {kind}: {error.reason}", error.offset)
        return MalformedSubOption(kind, part.data[value_at : part.end], fault, offset=offset)
    return word(part, sub, describe_sub_option)


def _overrun(part: Reader, kind: int, offset: int, head: bytes) -> FlowSubOption:
    if len(head) < 2:
        error = part.error("sub-option without a length")
        part.number("type", 1, FlowSubOptionType)
    else:
        error = part.error(f"length says {head[1]} bytes, {part.left - 2} are left", part.pos + 1)
        part.read(TLV)
    data = part.rest("data")
    part.malformed(error)
    fault = Malformed(f"flow sub-option {kind}: {error.reason}", error.offset)
    return MalformedSubOption(kind, data, fault, offset=offset, fits=False)


def _pad_n(r: Reader, offset: int) -> FlowSubOption:
    return FlowPadN(r.rest("padding"), offset=offset)


def _binding_reference(r: Reader, offset: int) -> FlowSubOption:
    if not r.left:
        raise r.error("no Binding Identifier in a Binding Reference")
    return BindingReference(_numbers(r, "binding_id"), offset=offset)


def _traffic_selector(r: Reader, offset: int) -> FlowSubOption:
    form, _ = r.read(SELECTOR)
    return TrafficSelectorOption(form, decode_selector(form, r), offset=offset)


def _action(r: Reader, offset: int) -> FlowSubOption:
    _, action = r.read(ACTION)
    return FlowBindingAction(action, offset=offset)


def _target(r: Reader, offset: int) -> FlowSubOption:
    r.number("reserved", 2)
    if r.left == 4:
        return TargetCareOfAddress(IPv4Address(r.take("care_of_address", 4, ipv4_text)), offset=offset)
    return TargetCareOfAddress(IPv6Address(r.take("care_of_address", 16, ipv6_text)), offset=offset)


def _numbers(r: Reader, name: str) -> tuple[int, ...]:
    """16-bit numbers to the end."""
    if r.left % 2:
        raise r.error(f"{r.left} bytes do not hold whole identifiers")
    return tuple(r.number(name, 2) for _ in range(r.left // 2))


_T = FlowSubOptionType
DECODERS: dict[int, SubOptionDecoder] = {
    _T.PADN: _pad_n,
    _T.BINDING_REFERENCE: _binding_reference,
    _T.TRAFFIC_SELECTOR: _traffic_selector,
    _T.FLOW_BINDING_ACTION: _action,
    _T.TARGET_CARE_OF_ADDRESS: _target,
}
