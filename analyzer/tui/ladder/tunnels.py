"""Arrows of user data: whose a frame is, which packets one stands for, and what it says. Frames are read again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from analyzer.describe import describe
from analyzer.packets import Packet
from analyzer.reports.layout import amount, size_text
from analyzer.reports.tunnel_words import frames_text, in_what_text, much_text
from analyzer.tui.carried import Sum, Way
from analyzer.tui.model import Model
from analyzer.tui.spool import GoneError
from analyzer.tui.steady import steady
from dissectors.events import Address
from dissectors.inert import inert
from dissectors.triage import FrameClass

MOST_PACKETS, MOST_READ = 100, 2000
"""Packets that an unfolded arrow shows, and frames that are read to find them."""
MOST_WORDS = 400


def whose(model: Model, frame: int, arrows: Sequence[Sum]) -> Sum | None:
    """The arrow that a frame belongs to; None where the frame tells that it is of none of them, or is gone."""
    try:
        addressing = model.packet(frame).stack.addressing
    except GoneError:
        return None
    ends = addressing.outer_source.address, addressing.outer_destination.address
    same = [arrow for arrow in arrows if (arrow.way.source, arrow.way.destination) == ends]
    kind, family = addressing.encapsulation, addressing.source.version
    exact = (arrow for arrow in same if (arrow.way.encapsulation, arrow.way.family) == (kind, family))
    return next(exact, same[0] if same else None)


def session_of_data(model: Model, frame: int) -> int:
    """The session whose user data a frame is; 0 for what is none."""
    try:
        if not frame or model.index.kind(frame) != FrameClass.TUNNEL_DATA:
            return 0
    except GoneError:
        return 0
    nothing: list[tuple[int, Sum]] = []
    around = steady(partial(_around, model, frame), nothing)
    arrow = whose(model, frame, [arrow for _, arrow in around])
    return next((session for session, other in around if other is arrow), 0)


def _around(model: Model, frame: int) -> list[tuple[int, Sum]]:
    return list(model.trail.data.around(frame))


def packets_of(model: Model, arrow: Sum) -> tuple[list[int], int]:
    """The first frames of an arrow, and how many packets it has beyond them."""
    frames: list[int] = []
    read = 0
    for number in range(max(arrow.first, model.first), arrow.last + 1):
        if read >= MOST_READ or len(frames) >= MOST_PACKETS:
            break
        try:
            if model.index.kind(number) == FrameClass.TUNNEL_DATA:
                read += 1
                if _is_of(model.packet(number), arrow.way):
                    frames.append(number)
        except GoneError:  # it left a long capture meanwhile
            continue
    return frames, max(0, arrow.packets - len(frames))


def _is_of(packet: Packet, way: Way) -> bool:
    addressing = packet.stack.addressing
    source, destination = addressing.outer_source, addressing.outer_destination
    return (source.address, source.port, destination.address, destination.port, addressing.encapsulation) == way[
        1:6
    ] and way.family in (0, addressing.source.version)


def sum_words(arrow: Sum, ue: Address | None) -> str:
    """``212 packets, 180.0 kB IPv4 in UDP 4191, frames 120 to 431``.

    ``ue`` is where the message before came from or went to; the UE's end is named if it is another one.
    """
    return "".join(_parts(arrow, ue))


def sum_words_within(arrow: Sum, ue: Address | None, room: int) -> str:
    """The same in ``room`` columns: whole parts, as half a number is a wrong one; "…" for what has no room."""
    parts = _parts(arrow, ue)
    packets = amount(arrow.packets, "pkt")
    told = ["".join(parts), *("".join(parts[:count]) + "…" for count in range(len(parts) - 1, 0, -1))]
    told += [f"{packets}, {size_text(arrow.bytes).replace('bytes', 'B')}…", f"{packets}…"]
    return next((text for text in told if len(text) <= room), "…")


def _parts(arrow: Sum, ue: Address | None) -> list[str]:
    """What is told of an arrow, that which matters most first."""
    way = arrow.way
    parts = [much_text(arrow.packets, arrow.bytes)]
    parts.append(f" {in_what_text(way.encapsulation, way.family, way.agent_port)}")
    if way.ue != ue:
        parts.append(f", UE at {way.ue}")
    return [*parts, f", {frames_text(arrow.first, arrow.last)}"]


def packet_words(model: Model, frame: int) -> str:
    """One packet of an arrow, by what is inside."""
    try:
        line = describe(model.packet(frame))
    except GoneError as gone:
        return str(gone)
    text = inert(f"{line.source} → {line.destination} {line.protocol} {line.info}")
    return text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 1] + "…"
