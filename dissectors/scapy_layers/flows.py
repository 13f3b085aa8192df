"""Flow options for scapy: RFC 6089 (FID, summary), RFC 6088 (binary selectors), RFC 7109 (action, target)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from scapy.fields import (
    ByteField,
    ConditionalField,
    FieldLenField,
    FieldListField,
    IntField,
    IPField,
    ShortField,
    StrLenField,
    XIntField,
)
from scapy.layers.inet6 import IP6Field

from dissectors.scapy_layers.layer import AddressField, AutopadField, Item, Layer, OptionsField, choose

Bounds = Any
"""A value, or a pair of first and last; the pair's first may be ``None`` to plant an end without a start."""
SUB_OPTIONS_AT = 8
"""From the start of option 45, which itself stands at an even byte."""


class FlowPad1(Item):
    """One byte."""

    name = "Pad1 sub-option"
    fields_desc: ClassVar[list[Any]] = [ByteField("otype", 0)]


class FlowPadN(Item):
    """Two bytes and more."""

    name = "PadN sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 1),
        FieldLenField("olen", None, length_of="data", fmt="B"),
        StrLenField("data", b"", length_from=lambda pkt: pkt.olen),
    ]


class FlowBindingReference(Item):
    """RFC 6089 section 4.2.1.3."""

    name = "Binding Reference sub-option"
    alignment: ClassVar[tuple[int, int]] = (2, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 2),
        FieldLenField("olen", None, length_of="bids", fmt="B"),
        FieldListField("bids", [], ShortField("", 0), length_from=lambda pkt: pkt.olen),
    ]


class FlowTrafficSelector(Item):
    """RFC 6089 section 4.2.1.4; ``selector`` are the bytes of one of the layers below."""

    name = "Traffic Selector sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 3),
        FieldLenField("olen", None, length_of="selector", fmt="B", adjust=lambda pkt, size: size + 2),
        ByteField("ts_format", 1),
        ByteField("reserved", 0),
        StrLenField("selector", b"", length_from=lambda pkt: max(0, pkt.olen - 2)),
    ]


class FlowAction(Item):
    """RFC 7109 section 6.2.1."""

    name = "Flow Binding Action sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 4),
        ByteField("olen", 2),
        ByteField("reserved", 0),
        ByteField("action", 11),
    ]


class FlowTarget(Item):
    """RFC 7109 section 6.2.2; ``coa`` is an IPv4 or an IPv6 address."""

    name = "Target Care-of Address sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 5),
        FieldLenField("olen", None, length_of="coa", fmt="B", adjust=lambda pkt, size: size + 2),
        ShortField("reserved", 0),
        AddressField("coa", "::", length_from=lambda pkt: max(0, pkt.olen - 2)),
    ]


class FlowUnknown(Item):
    """Any other sub-option."""

    name = "Unknown sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 255),
        FieldLenField("olen", None, length_of="data", fmt="B"),
        StrLenField("data", b"", length_from=lambda pkt: pkt.olen),
    ]


SUB_OPTIONS: dict[int, type[Item]] = {
    0: FlowPad1,
    1: FlowPadN,
    2: FlowBindingReference,
    3: FlowTrafficSelector,
    4: FlowAction,
    5: FlowTarget,
}


class MipFlowSummary(Item):
    """Option 44 (RFC 6089 section 4.2.2)."""

    name = "Flow Summary option"
    alignment: ClassVar[tuple[int, int]] = (2, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 44),
        FieldLenField("olen", None, length_of="fids", fmt="B"),
        FieldListField("fids", [], ShortField("", 0), length_from=lambda pkt: pkt.olen),
    ]


class MipFlowIdentification(Item):
    """Option 45 (RFC 6089 section 4.2); with ``autopad=0`` the sub-options go out as they are."""

    name = "Flow Identification option"
    alignment: ClassVar[tuple[int, int]] = (2, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 45),
        FieldLenField("olen", None, length_of="suboptions", fmt="B", adjust=lambda pkt, size: size + 6),
        ShortField("fid", 1),
        ShortField("priority", 1),
        ByteField("reserved", 0),
        ByteField("status", 0),
        AutopadField(),
        OptionsField(
            "suboptions",
            lambda data: choose(data, SUB_OPTIONS, FlowUnknown),
            SUB_OPTIONS_AT,
            (FlowPad1, FlowPadN),
            lambda pkt: pkt.olen - 6,
        ),
    ]


def _masked(field: Any, bit: int, width: int) -> ConditionalField:
    """A selector's field, there if flag number ``bit`` (0 is A, the top one) is set."""
    return ConditionalField(field, lambda pkt, mask=1 << (width - 1 - bit): bool(pkt.flags & mask))


def _selector_fields(fields: Iterable[tuple[str, Callable[[str], Any]]], width: int) -> list[Any]:
    conditional: list[Any] = []
    for at, (name, make) in enumerate(fields):
        conditional += [_masked(make(f"{name}_start"), 2 * at, width), _masked(make(f"{name}_end"), 2 * at + 1, width)]
    return conditional


def _ipv4(name: str) -> IPField:
    return IPField(name, "0.0.0.0")  # noqa: S104 - no binding


def _ipv6(name: str) -> IP6Field:
    return IP6Field(name, "::")


def _int(name: str) -> XIntField:
    return XIntField(name, 0)


def _short(name: str) -> ShortField:
    return ShortField(name, 0)


def _byte(name: str) -> ByteField:
    return ByteField(name, 0)


IPV4_ORDER = (
    ("src", _ipv4), ("dst", _ipv4), ("spi", _int), ("sport", _short), ("dport", _short), ("ds", _byte),
    ("proto", _byte),
)  # fmt: skip
IPV6_ORDER = (
    ("src", _ipv6), ("dst", _ipv6), ("spi", _int), ("label", _int), ("sport", _short), ("dport", _short),
    ("tclass", _byte), ("nh", _byte),
)  # fmt: skip


class Ipv4Selector(Layer):
    """TS format 1 (RFC 6088 section 3.1): 32 flag bits, then the fields whose flag is set."""

    name = "IPv4 binary traffic selector"
    fields_desc: ClassVar[list[Any]] = [IntField("flags", 0), *_selector_fields(IPV4_ORDER, 32)]


class Ipv6Selector(Layer):
    """TS format 2 (RFC 6088 section 3.2): 16 flag bits, 16 zero bits, then the fields whose flag is set."""

    name = "IPv6 binary traffic selector"
    fields_desc: ClassVar[list[Any]] = [
        ShortField("flags", 0),
        ShortField("reserved", 0),
        *_selector_fields(IPV6_ORDER, 16),
    ]


def ipv4_selector(**bounds: Bounds) -> FlowTrafficSelector:
    """A sub-option with an IPv4 selector: ``ipv4_selector(src="198.51.100.7", sport=443, dport=(1000, 2000))``."""
    flags, values = _bounds(bounds, [name for name, _ in IPV4_ORDER], 32)
    return FlowTrafficSelector(ts_format=1, selector=bytes(Ipv4Selector(flags=flags, **values)))


def ipv6_selector(**bounds: Bounds) -> FlowTrafficSelector:
    """A sub-option with an IPv6 selector, as :func:`ipv4_selector`; names src dst spi label sport dport tclass nh."""
    flags, values = _bounds(bounds, [name for name, _ in IPV6_ORDER], 16)
    return FlowTrafficSelector(ts_format=2, selector=bytes(Ipv6Selector(flags=flags, **values)))


def _bounds(bounds: dict[str, Bounds], order: list[str], width: int) -> tuple[int, dict[str, Any]]:
    flags, values = 0, {}
    for name, bound in bounds.items():
        pair = bound if isinstance(bound, tuple) else (bound, None)
        for at, (value, which) in enumerate(zip(pair, ("start", "end"), strict=True)):
            if value is not None:
                flags |= 1 << (width - 1 - 2 * order.index(name) - at)
                values[f"{name}_{which}"] = value
    return flags, values
