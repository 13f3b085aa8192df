"""Binary traffic selectors for scapy: RFC 6088. A word of flags, then the fields whose flag is set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from scapy.fields import ByteField, ConditionalField, IntField, IPField, ShortField, XIntField
from scapy.layers.inet6 import IP6Field

from dissectors.scapy_layers.layer import Layer

Bounds = Any
"""A value, or a pair of first and last; the pair's first may be ``None`` to plant an end without a start."""


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


SELECTORS: dict[int, type[Layer]] = {1: Ipv4Selector, 2: Ipv6Selector}
"""By TS format."""


def ipv4_bounds(**bounds: Bounds) -> Ipv4Selector:
    """The selector with these fields: ``ipv4_bounds(src="198.51.100.7", dport=(1000, 2000))``."""
    flags, values = _bounds(bounds, [name for name, _ in IPV4_ORDER], 32)
    return Ipv4Selector(flags=flags, **values)


def ipv6_bounds(**bounds: Bounds) -> Ipv6Selector:
    """As :func:`ipv4_bounds`."""
    flags, values = _bounds(bounds, [name for name, _ in IPV6_ORDER], 16)
    return Ipv6Selector(flags=flags, **values)


def _bounds(bounds: dict[str, Bounds], order: list[str], width: int) -> tuple[int, dict[str, Any]]:
    flags, values = 0, {}
    for name, bound in bounds.items():
        pair = bound if isinstance(bound, tuple) else (bound, None)
        for at, (value, which) in enumerate(zip(pair, ("start", "end"), strict=True)):
            if value is not None:
                flags |= 1 << (width - 1 - 2 * order.index(name) - at)
                values[f"{name}_{which}"] = value
    return flags, values
