"""Binary traffic selectors: RFC 6088. A word of flags says which fields follow, packed without gaps.

A selector is worded from the correspondent's side: source is the correspondent node, destination the Home Address.
For a packet that the UE sends, :meth:`PacketFacts.reversed` gives the facts to match.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Generic, TypeAlias, TypeVar

from dissectors.events import Address
from dissectors.record import record

ValueT = TypeVar("ValueT", int, Address)
DS_MASK = 0xFC
"""The two low bits of a DS field or traffic class are ECN's and do not count (RFC 6088 section 3.1)."""


@record
class Range(Generic[ValueT]):
    """From ``start`` to ``end``, both included; without ``end`` it is ``start`` alone."""

    start: ValueT | None = None
    end: ValueT | None = None

    @property
    def is_absent(self) -> bool:
        """Neither flag is set, so any value will do."""
        return self.start is None and self.end is None

    @property
    def problem(self) -> str | None:
        """Why no value can be meant, if so."""
        if self.end is None:
            return None
        if self.start is None:
            return "end without start"
        return "end below start" if int(self.end) < int(self.start) else None

    def holds(self, value: ValueT | None) -> bool:
        """Whether ``value`` is meant; ``None`` is a packet that has no such field."""
        if self.is_absent:
            return True
        if value is None or self.start is None:
            return False
        return int(self.start) <= int(value) <= int(self.start if self.end is None else self.end)

    def __str__(self) -> str:
        start = "?" if self.start is None else self.start
        return str(start) if self.end is None else f"{start}-{self.end}"


IntRange: TypeAlias = Range[int]
AddressRange: TypeAlias = Range[Address]
ANY_NUMBER: IntRange = Range()
ANY_ADDRESS: AddressRange = Range()


@record
class PacketFacts:
    """What a selector looks at. ``None`` where the packet has no such field."""

    source: Address
    destination: Address
    protocol: int | None = None
    source_port: int | None = None
    destination_port: int | None = None
    spi: int | None = None
    ds: int | None = None
    flow_label: int | None = None

    def reversed(self) -> PacketFacts:
        """The same flow's packet in the other direction, as far as addresses and ports tell it."""
        return replace(
            self,
            source=self.destination,
            destination=self.source,
            source_port=self.destination_port,
            destination_port=self.source_port,
        )


@record
class BinarySelector:
    """What both formats have. ``ds`` is the DS field or traffic class, ``protocol`` also the next header.

    ``reserved`` are the bits that are to be zero.
    """

    source: AddressRange = ANY_ADDRESS
    destination: AddressRange = ANY_ADDRESS
    spi: IntRange = ANY_NUMBER
    source_port: IntRange = ANY_NUMBER
    destination_port: IntRange = ANY_NUMBER
    ds: IntRange = ANY_NUMBER
    protocol: IntRange = ANY_NUMBER
    reserved: int = 0

    @property
    def ranges(self) -> tuple[tuple[str, AddressRange | IntRange], ...]:
        """The fields that are there, with their names."""
        named = ((name, getattr(self, name)) for name in FIELD_ORDER if hasattr(self, name))
        return tuple((name, value) for name, value in named if not value.is_absent)

    @property
    def problems(self) -> tuple[str, ...]:
        """Inverted ranges, ends without a start, reserved bits: each in a few words."""
        wrong = [f"{name.replace('_', ' ')}: {value.problem}" for name, value in self.ranges if value.problem]
        return (*wrong, *((f"reserved bits 0x{self.reserved:x}",) if self.reserved else ()))

    def matches(self, packet: PacketFacts) -> bool:
        """Whether all fields fit. A field with a problem fits nothing."""
        return (
            packet.source.version == packet.destination.version == VERSIONS[type(self)]
            and self.source.holds(packet.source)
            and self.destination.holds(packet.destination)
            and self.spi.holds(packet.spi)
            and self.source_port.holds(packet.source_port)
            and self.destination_port.holds(packet.destination_port)
            and self.protocol.holds(packet.protocol)
            and _class_range(self.ds).holds(None if packet.ds is None else packet.ds & DS_MASK)
        )


@record
class Ipv4Selector(BinarySelector):
    """TS format 1 (RFC 6088 section 3.1)."""


@record
class Ipv6Selector(BinarySelector):
    """TS format 2 (RFC 6088 section 3.2). Of ``flow_label`` 20 bits count, though the RFC draws 24."""

    flow_label: IntRange = ANY_NUMBER

    def matches(self, packet: PacketFacts) -> bool:
        """Whether all fields fit, the flow label included."""
        return BinarySelector.matches(self, packet) and self.flow_label.holds(packet.flow_label)


@record
class UnknownSelector:
    """A TS format that is not known; it matches nothing that could be told."""

    format: int
    data: bytes

    @property
    def problems(self) -> tuple[str, ...]:
        """That it cannot be read."""
        return (f"traffic selector format {self.format} is not known",)

    def matches(self, packet: PacketFacts) -> bool:
        """Never: what it asks for is not known."""
        return False


Selector: TypeAlias = Ipv4Selector | Ipv6Selector | UnknownSelector
FIELD_ORDER = ("source", "destination", "spi", "flow_label", "source_port", "destination_port", "ds", "protocol")
VERSIONS: dict[type[BinarySelector], int] = {Ipv4Selector: 4, Ipv6Selector: 6}


def _class_range(range_: IntRange) -> IntRange:
    start = None if range_.start is None else range_.start & DS_MASK
    return Range(start, None if range_.end is None else range_.end & DS_MASK)
