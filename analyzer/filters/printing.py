"""Fields as text, a row for each packet: what ``tshark -T fields -e NAME`` prints of the same field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from analyzer.describe import Line, describe
from analyzer.filters.compiling import JUDGED
from analyzer.filters.errors import meant
from analyzer.filters.kinds import NANOSECONDS, Kind
from analyzer.filters.registry import FIELDS, GROUPS
from analyzer.filters.spec import FieldSpec
from analyzer.filters.view import Facts, View
from analyzer.packets import Packet
from dissectors.inert import inert

HEXADECIMAL = {
    "dhcp.id": 8, "dhcpv6.xid": 6, "dns.id": 4, "esp.protocol": 2, "esp.spi": 8, "eth.type": 4, "icmp.checksum": 4,
    "icmpv6.checksum": 4, "icmpv6.echo.identifier": 4, "ip.checksum": 4, "ip.dsfield": 2, "ip.id": 4,
    "ipv6.flow": 6, "ipv6.fraghdr.ident": 8, "ipv6.tclass": 8, "isakmp.flags": 2, "isakmp.messageid": 8,
    "isakmp.version": 2, "mip6.csum": 4, "udp.checksum": 4,
}  # fmt: skip
"""Numbers that Wireshark shows so, with their digits; all others are decimal."""
COLUMNS: dict[str, Callable[[View, Line], str]] = {
    "number": lambda view, line: str(view.packet.number),
    "time": lambda view, line: f"{(view.packet.at - view.facts.start) / NANOSECONDS:.6f}",
    "source": lambda view, line: line.source,
    "destination": lambda view, line: line.destination,
    "protocol": lambda view, line: line.protocol,
    "length": lambda view, line: str(view.packet.length),
    "info": lambda view, line: line.info,
}
"""The columns of the packet list, as ``_ws.col.info``; Wireshark 4.0 writes them with a capital."""
COLUMN = "_ws.col."
Values = Callable[[View], list[str]]


class UnknownFieldError(Exception):
    """A name is no field: one sentence."""


class Columns:
    """The fields named, in that order; raises :class:`UnknownFieldError`."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._values = [_values(name) for name in self.names]
        self.needs_findings = not JUDGED.isdisjoint(self.names)

    def of(self, packet: Packet, facts: Facts) -> list[list[str]]:
        """For each field its values in a packet, those of what was decrypted last; the text is inert."""
        view = View(packet, facts)
        return [values(view) for values in self._values]


def _values(name: str) -> Values:
    if name.lower().startswith(COLUMN):
        return _column(name)
    row = FIELDS.get(name)
    if row is None:
        if name in GROUPS:
            raise UnknownFieldError(f"{name} is a group of fields, such as {GROUPS[name][0].name}: name one of them")
        raise UnknownFieldError(f"there is no field {inert(name)}{meant(name, FIELDS)}")
    return lambda view: [_text(row, value) for value in row.extract(view)]


def _column(name: str) -> Values:
    column = COLUMNS.get(name.lower().removeprefix(COLUMN))
    if column is None:
        known = ", ".join(COLUMN + each for each in COLUMNS)
        raise UnknownFieldError(f"there is no column {inert(name)}: there are {known}")
    return lambda view: [inert(column(view, describe(view.packet)))]


def _text(row: FieldSpec, value: Any) -> str:
    if row.kind is Kind.NUMBER:
        digits = HEXADECIMAL.get(row.name)
        return str(value) if digits is None else f"0x{value:0{digits}x}"
    if row.kind is Kind.BOOLEAN:
        return str(int(value))
    if row.kind is Kind.BYTES:
        return value.hex() or "<MISSING>"  # tshark's word for no bytes
    if row.kind is Kind.TIME:
        seconds, rest = divmod(abs(value), NANOSECONDS)  # before the first frame, where they are not in order
        return f"{'-' * (value < 0)}{seconds}.{rest:09d}"
    return row.name if row.kind is Kind.PROTOCOL else inert(str(value))


def joined(cells: Sequence[Sequence[str]], between: str, aggregator: str, *, occurrence: str, quote: str) -> str:
    """One row: ``occurrence`` is f(irst), l(ast) or a(ll) of a field's values."""
    kept = {"f": slice(1), "l": slice(-1, None), "a": slice(None)}[occurrence]
    return between.join(f"{quote}{aggregator.join(values[kept])}{quote}" for values in cells)
