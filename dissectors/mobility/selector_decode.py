"""Reading binary traffic selectors: RFC 6088 sections 3.1 and 3.2."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any, NamedTuple

from dissectors.buffer import Reader
from dissectors.detail import expect_end
from dissectors.mobility.registry import SelectorFormat
from dissectors.mobility.selectors import Ipv4Selector, Ipv6Selector, Range, Selector, UnknownSelector

FLOW_LABEL_MASK = 0x000F_FFFF


class FieldPair(NamedTuple):
    """One field of a selector: its name and size; its two flags stand by its place in the table."""

    name: str
    size: int


IPV4_FIELDS = (
    FieldPair("source", 4),
    FieldPair("destination", 4),
    FieldPair("spi", 4),
    FieldPair("source_port", 2),
    FieldPair("destination_port", 2),
    FieldPair("ds", 1),
    FieldPair("protocol", 1),
)
IPV6_FIELDS = (
    FieldPair("source", 16),
    FieldPair("destination", 16),
    FieldPair("spi", 4),
    FieldPair("flow_label", 4),
    FieldPair("source_port", 2),
    FieldPair("destination_port", 2),
    FieldPair("ds", 1),
    FieldPair("protocol", 1),
)


def decode_selector(format: int, r: Reader) -> Selector:  # noqa: A002 - the RFC's name
    """The selector that fills ``r``. Raises :class:`DissectError` when it is cut or something follows it."""
    if format == SelectorFormat.IPV4_BINARY:
        flags, reserved = _flags(r, IPV4_FIELDS, 32)
        selector: Selector = Ipv4Selector(**_fields(r, IPV4_FIELDS, flags, IPv4Address), reserved=reserved)
    elif format == SelectorFormat.IPV6_BINARY:
        flags, _ = _flags(r, IPV6_FIELDS, 16)
        reserved = r.number("reserved", 2)
        selector = Ipv6Selector(**_fields(r, IPV6_FIELDS, flags, IPv6Address), reserved=reserved)
    else:
        selector = UnknownSelector(format, r.rest("selector"))
    expect_end(r)
    return selector


def _flags(r: Reader, fields: tuple[FieldPair, ...], width: int) -> tuple[int, int]:
    """The presence flags, the first field's start in the highest bit; and the bits below them, which are reserved."""
    unused = width - 2 * len(fields)
    value = r.number("flags", width // 8, lambda flags: _flags_text(flags >> unused, 2 * len(fields)))
    return value >> unused, value & ((1 << unused) - 1)


def _flags_text(flags: int, count: int) -> str:
    """The RFC's letters: A is the first field's start, B its end, and so on."""
    letters = "".join(chr(ord("A") + at) for at in range(count) if flags >> (count - 1 - at) & 1)
    return letters or "none"


def _fields(r: Reader, fields: tuple[FieldPair, ...], flags: int, address: Callable[[bytes], object]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at, field in enumerate(fields):
        pair = flags >> 2 * (len(fields) - 1 - at) & 3
        if pair:
            start = _value(r, field, "start", address) if pair & 2 else None
            found[field.name] = Range(start, _value(r, field, "end", address) if pair & 1 else None)
    return found


def _value(r: Reader, field: FieldPair, which: str, address: Callable[[bytes], object]) -> Any:
    name = f"{field.name}_{which}"
    if field.name in ("source", "destination"):
        return address(r.take(name, field.size, lambda data: str(address(data))))
    if field.name == "flow_label":
        return r.number(name, field.size, lambda value: f"0x{value & FLOW_LABEL_MASK:05x}") & FLOW_LABEL_MASK
    return r.number(name, field.size)
