"""A line for every signalling message of every session, kept during a run for the ladder excerpts of the reports."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from analyzer.describe import describe
from analyzer.packets import Packet
from dissectors.record import record
from rules.model import Role

MOST_LINES = 200_000
"""Lines that are kept, some 60 MB; of a longer run the beginning is shown."""
LONGEST = 300


@record
class JournalLine:
    """One message: when, which way, what. The text is inert."""

    frame: int
    at: int  # ns since 1970
    sender: Role
    text: str


class Journal:
    """Lines by session number, in the order of their frames."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self.left = most
        self._lines: dict[int, list[JournalLine]] = {}

    def note(self, packet: Packet) -> None:
        """Keeps the line of a packet that a session was told of."""
        told = packet if packet.context is not None else packet.inner
        if told is None or told.context is None or self.left <= 0:
            return
        self.left -= 1
        text = describe(packet).info
        line = JournalLine(
            packet.number, packet.at, told.context.role, text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        )
        self._lines.setdefault(told.context.session.number, []).append(line)

    def around(self, session: int, frame: int, related: Iterable[int] = (), *, margin: int = 3) -> list[JournalLine]:
        """The lines of some frames, and up to ``margin`` before and after the first of them."""
        lines = self._lines.get(session, [])
        frames = [line.frame for line in lines]
        place = bisect_left(frames, frame)
        wanted = set(range(max(0, place - margin), min(len(lines), place + margin + 1)))
        for other in related:
            n = bisect_left(frames, other)
            if n < len(frames) and frames[n] == other:
                wanted.add(n)
        return [lines[n] for n in sorted(wanted)]
