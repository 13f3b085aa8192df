"""Two captures of one run, at the UE and at the Home Agent: clocks aligned, packets paired, losses told from silence.

A packet that both captures hold is one packet. It is judged as the Home Agent's side shows it, since only there the
addresses are those behind any NAT. A packet that only its sender's side holds was lost on the way: its sender did what
it had to, and nobody owes an answer to it. What neither side holds was not sent.

Protected packets are paired by their bytes from the IKE header or the SPI on, which no NAT touches. Of IKE messages the
flags tell the direction, and the least delays of both directions give the difference of the clocks, on the assumption
that the least delay is the same both ways (RFC 5905 section 8 rests on the same).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analyzer.capture.source import CaptureSource
from analyzer.sessions.duplicates import digest_of_protected
from dissectors.buffer import Reader
from dissectors.ikev2.decode import decode_ike
from dissectors.record import record
from dissectors.stack import Carried, dissect_frame
from dissectors.triage import FrameClass, triage

UE_SIDE, HA_SIDE = 0, 1
"""The captures' places among the files of the run."""
LONGEST_TRANSIT = 5_000_000_000
"""ns; a packet that takes longer from one end to the other is another one (a retransmission has the same bytes)."""
MOST_PACKETS = 2_000_000
PROTECTED = (FrameClass.IKE, FrameClass.ESP, FrameClass.MOBILITY, FrameClass.DSMIPV6_SIGNALLING)
CARRIED = (Carried.IKE, Carried.ESP, Carried.MOBILITY)


@record
class Seen:
    """One protected packet on one side. ``upward`` is whether the UE sent it, where that is known."""

    digest: bytes
    at: int  # ns by the clock of its side
    upward: bool | None


@dataclass(slots=True)
class Sides:
    """What pairing found. Add ``shift`` to the HA side's times to have them by the UE side's clock."""

    shift: int = 0  # ns
    round_trip: int | None = None  # ns, the least that was seen; None if only one direction was
    matched: int = 0
    only_ue: int = 0
    only_ha: int = 0
    spans: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))  # of each side, by the UE side's clock
    paired: set[tuple[int, int, bytes]] = field(default_factory=set)  # side, aligned time, digest

    def is_paired(self, side: int, at: int, digest: bytes) -> bool:
        """Whether the other side holds this packet too; ``at`` is aligned."""
        return (side, at, digest) in self.paired

    def other_was_listening(self, side: int, at: int) -> bool:
        """Whether the other side's capture covers this time."""
        begin, end = self.spans[1 - side]
        return begin <= at <= end

    def __str__(self) -> str:
        text = f"HA side's clock is {-self.shift / 1e9:+.6f} s off the UE side's; {self.matched} packets on both sides"
        return f"{text}, {self.only_ue} only at the UE, {self.only_ha} only at the HA"


def pair(ue_side: str | Path, ha_side: str | Path) -> Sides:
    """Goes through both captures once. Raises ``CaptureError`` for what is no capture."""
    ue, ue_span = _seen_in(ue_side)
    ha, ha_span = _seen_in(ha_side)
    shift, round_trip = _shift(ue, ha)
    sides = Sides(shift, round_trip)
    sides.spans = (ue_span, (ha_span[0] + shift, ha_span[1] + shift))
    _match(ue, ha, sides)
    return sides


def _seen_in(path: str | Path) -> tuple[list[Seen], tuple[int, int]]:
    begin, end = 0, 0
    found: list[Seen] = []
    with CaptureSource([path]) as source:
        for chunk in source:
            kinds = triage(chunk.data, chunk.offset, chunk.captured, chunk.link_type)
            begin = begin or int(chunk.at.min())
            end = max(end, int(chunk.at.max()))
            for index in np.flatnonzero(np.isin(kinds, PROTECTED)).tolist():
                if len(found) < MOST_PACKETS:
                    found += _seen(chunk.frame(index), int(chunk.link_type[index]), int(chunk.at[index]))
    return found, (begin, end)


def _seen(data: bytes, link_type: int, at: int) -> Iterator[Seen]:
    stack = dissect_frame(Reader(data), link_type)
    if stack.carried not in CARRIED:
        return
    body = stack.body
    upward = None
    if stack.carried is Carried.IKE:
        message = decode_ike(Reader(body.data, body.pos, body.end))
        upward = message.from_initiator
    yield Seen(digest_of_protected(body.data[body.pos : body.end]), at, upward)


def _shift(ue: list[Seen], ha: list[Seen]) -> tuple[int, int | None]:
    """The difference of the clocks from the least delays; packets with bytes of their own count."""
    at_ue, at_ha = _unique(ue), _unique(ha)
    up: list[int] = []
    down: list[int] = []
    for digest, seen in at_ue.items():
        other = at_ha.get(digest)
        if other is not None and seen.upward is not None:
            (up if seen.upward else down).append(other.at - seen.at)
    if up and down:
        # Up it took delay + difference, down difference - delay.
        least_up, least_down = min(up), max(down)
        return -(least_up + least_down) // 2, least_up - least_down
    one_way = [*up, *down] or [at_ha[d].at - s.at for d, s in at_ue.items() if d in at_ha]
    return (-sorted(one_way)[len(one_way) // 2], None) if one_way else (0, None)


def _unique(seen: list[Seen]) -> dict[bytes, Seen]:
    """The packets whose bytes were captured once."""
    count: dict[bytes, int] = defaultdict(int)
    for packet in seen:
        count[packet.digest] += 1
    return {packet.digest: packet for packet in seen if count[packet.digest] == 1}


def _match(ue: list[Seen], ha: list[Seen], sides: Sides) -> None:
    """Pairs equal packets in the order of their times; copies of one packet pair one by one."""
    waiting: dict[bytes, list[int]] = defaultdict(list)
    for packet in ha:
        waiting[packet.digest].append(packet.at + sides.shift)
    for packet in ue:
        times = waiting.get(packet.digest, [])
        near = next((at for at in times if abs(at - packet.at) <= LONGEST_TRANSIT), None)
        if near is None:
            sides.only_ue += 1
            continue
        times.remove(near)
        sides.matched += 1
        sides.paired.add((UE_SIDE, packet.at, packet.digest))
        sides.paired.add((HA_SIDE, near, packet.digest))
    sides.only_ha = sum(len(times) for times in waiting.values())
