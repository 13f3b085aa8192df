"""User data in the tunnel between UE and Home Agent (RFC 5555 sections 2 and 4.1), summed and not told one by one.

A *tunnel segment* is what one inner sender sent to one inner receiver through one tunnel between two signalling frames.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from enum import Enum

from dissectors.events import Address
from dissectors.record import record


class Encapsulation(Enum):
    """How the innermost packet travels. ``NONE`` is no tunnel, as of signalling from an IPv6 care-of address."""

    NONE = "none"
    IPV6_IN_IPV6 = "IPv6 in IPv6"
    IPV4_IN_IPV6 = "IPv4 in IPv6"
    IPV6_IN_IPV4 = "IPv6 in IPv4"
    IPV4_IN_IPV4 = "IPv4 in IPv4"
    UDP = "UDP"
    UDP_TLV = "UDP with a TLV header"
    ESP_TUNNEL = "ESP tunnel"


@record
class TunnelClock:
    """When anything at all went through one tunnel between two signalling frames, whatever was inside."""

    frames: Sequence[int]
    times: Sequence[int]
    in_order: bool


@record
class TunnelSegment:
    """Tunnel packets with the same headers, between two signalling frames.

    A segment also ends where the reader's chunk ends: what follows in the same gap comes as one more segment. The inner
    addresses are None where no whole inner header was captured; ``inner_family`` (4 or 6) is then what the outer header
    announces, and 0 if that is neither.
    """

    outer_source: Address
    outer_destination: Address
    outer_source_port: int  # 0 outside UDP
    outer_destination_port: int
    encapsulation: Encapsulation
    inner_source: Address | None
    inner_destination: Address | None
    inner_family: int
    first_frame: int
    last_frame: int
    first_at: int  # ns since 1970, of the first frame
    last_at: int  # of the last frame
    packets: int
    bytes: int  # on the wire, of whole frames
    frames: Sequence[int] = field(default=(), compare=False, repr=False)  # the number of every frame, in order
    times: Sequence[int] = field(default=(), compare=False, repr=False)  # when each was captured
    in_order: bool = field(default=True, compare=False, repr=False)  # whether no time is before the one ahead of it
    beside: TunnelClock | None = field(default=None, compare=False, repr=False)  # where its tunnel holds other segments

    @property
    def name(self) -> str:
        """What it is, for a finding."""
        return "tunnelled data"

    @property
    def tunnel(self) -> TunnelClock:
        """When its tunnel was used, by this segment and by those of other inner addresses."""
        return self.beside or TunnelClock(self.frames, self.times, self.in_order)

    def first_at_or_after(self, at: int) -> tuple[int, int] | None:
        """The first frame captured at that time or later, with its time; None when there is none."""
        place = bisect_left(self.times, at) if self.in_order else self._search(at)
        return (self.frames[place], self.times[place]) if place < len(self.times) else None

    def _search(self, at: int) -> int:
        return next((place for place, time in enumerate(self.times) if time >= at), len(self.times))

    def each(self) -> Iterator[tuple[int, int]]:
        """Every frame's number and time."""
        return zip(self.frames, self.times, strict=True)

    def sum_only(self) -> TunnelSegment:
        """The same without single frames, to be kept: a segment holds on to its chunk's arrays (16 bytes a frame)."""
        return replace(self, frames=(), times=(), beside=None)
