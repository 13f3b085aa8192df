"""A line for every signalling message of every session, kept during a run for the ladder excerpts of the reports.

Beside them, what a violation may rest on without being signalling on S2c: sums of user data, and messages with PCO.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from analyzer.describe import describe
from analyzer.packets import Packet
from analyzer.reports.tunnel_words import data_text, frames_text
from dissectors.events import Event
from dissectors.inert import inert
from dissectors.pco_carriers import PcoMessage, describe_pco_message
from dissectors.record import record
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.model import Role
from rules.session import Context

if TYPE_CHECKING:
    from analyzer.decoder import Decoder

MOST_LINES = 200_000
"""Lines that are kept, some 60 MB; of a longer run the beginning is shown."""
MOST_SPANS, MOST_PCO = 100_000, 10_000
"""Sums of user data and messages with PCO that are kept."""
MOST_WAYS = 64
"""Sums of a session that are looked through for those around a frame."""
LONGEST = 300
_frame, _first = attrgetter("frame"), attrgetter("first")


@record
class JournalLine:
    """One message: when, which way, what. The text is inert."""

    frame: int
    at: int  # ns since 1970
    sender: Role | None  # None: it goes between other nodes
    text: str


@dataclass(slots=True)
class Span:
    """User data of a session that went one way, with no message of the session between."""

    first: int  # frames
    last: int
    at: int  # ns since 1970, of the first
    sender: Role
    encapsulation: Encapsulation
    family: int  # of the packets inside; 0 where it cannot be told
    agent_port: int  # of the Home Agent's end; 0 outside UDP
    packets: int
    bytes: int

    @classmethod
    def begun_by(cls, segment: TunnelSegment, sender: Role) -> Span:
        """A span of one segment so far."""
        port = segment.outer_destination_port if sender is Role.UE else segment.outer_source_port
        frames = segment.first_frame, segment.last_frame, segment.first_at
        return cls(*frames, sender, segment.encapsulation, segment.inner_family, port, segment.packets, segment.bytes)

    def add(self, segment: TunnelSegment) -> None:
        """More that went the same way."""
        self.last = segment.last_frame
        self.packets += segment.packets
        self.bytes += segment.bytes

    @property
    def text(self) -> str:
        """In words."""
        told = data_text(self.packets, self.bytes, self.encapsulation, self.family, self.agent_port)
        return f"user data: {told}, {frames_text(self.first, self.last)}"


class Journal:
    """Lines by session number, in the order of their frames."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self.left = most
        self._lines: dict[int, list[JournalLine]] = {}
        self._spans: dict[int, list[Span]] = {}
        self._open: dict[tuple[int, object], tuple[int, Span]] = {}  # with how many lines the session had then
        self._spans_left = MOST_SPANS
        self._pco: dict[int, JournalLine] = {}
        self._sessions: dict[int, int] = {}  # by frame, of all lines that there were when somebody asked
        self._asked_at = most

    def listen(self, decoder: Decoder) -> None:
        """Has a run tell of what is no packet of a session."""
        decoder.tunnels.on_data, decoder.on_pco = self.note_data, self.note_pco

    def note(self, packet: Packet) -> None:
        """Keeps the line of a packet that a session was told of."""
        told = packet if packet.context is not None else packet.inner
        if told is None or told.context is None or self.left <= 0:
            return
        self.left -= 1
        text = describe(packet).info
        line = JournalLine(packet.number, packet.at, told.context.role, _cut(text))
        self._lines.setdefault(told.context.session.number, []).append(line)

    def note_data(self, segment: TunnelSegment, context: Context) -> None:
        """Keeps user data of a session; what goes on before its next message is one span."""
        session = context.session.number
        ends = (segment.outer_source, segment.outer_source_port, segment.outer_destination)
        way = (session, (*ends, segment.outer_destination_port, segment.encapsulation, segment.inner_family))
        lines = len(self._lines.get(session, ()))
        after, span = self._open.get(way, (-1, None))
        if span is not None and after == lines:
            span.add(segment)
            return
        span = Span.begun_by(segment, context.role)
        if self.add_span(session, span):
            self._open[way] = lines, span

    def add_span(self, session: int, span: Span) -> bool:
        """Keeps a span as long as there is room, in the order of first frames."""
        if self._spans_left > 0:
            self._spans_left -= 1
            self._spans.setdefault(session, []).append(span)
            return True
        return False

    def note_pco(self, event: Event[PcoMessage]) -> None:
        """Keeps a message with PCO."""
        self.add_pco(event.frame, event.at, describe_pco_message(event.message), event.message.nodes)

    def add_pco(self, frame: int, at: int, text: str, nodes: tuple[str, str]) -> None:
        """Keeps the line of such a message; a frame may hold several."""
        text = f"{' → '.join(nodes)}: {text}" if all(nodes) else text
        known = self._pco.get(frame)
        if known is not None:
            text = f"{known.text}; {text}"
        if known is not None or len(self._pco) < MOST_PCO:
            self._pco[frame] = JournalLine(frame, at, None, _cut(inert(text)))

    def around(self, session: int, frame: int, related: Iterable[int] = (), *, margin: int = 3) -> list[JournalLine]:
        """The lines of some frames, and up to ``margin`` before and after the first of them."""
        lines = self._lines.get(session, [])
        place = bisect_left(lines, frame, key=_frame)
        wanted = set(range(max(0, place - margin), min(len(lines), place + margin + 1)))
        for other in related:
            n = bisect_left(lines, other, key=_frame)
            if n < len(lines) and lines[n].frame == other:
                wanted.add(n)
        return [lines[n] for n in sorted(wanted)]

    def elsewhere(self, frame: int) -> JournalLine | None:
        """The message of a frame in whatever session has it, which the text then names."""
        if self._asked_at != self.left:
            self._sessions = {line.frame: number for number, lines in self._lines.items() for line in lines}
            self._asked_at = self.left
        session = self._sessions.get(frame)
        if session is None:
            return None
        lines = self._lines[session]
        line = lines[bisect_left(lines, frame, key=_frame)]
        return replace(line, text=_cut(f"session {session}: {line.text}"))

    def beside(self, session: int, frame: int, sender: Role) -> JournalLine | None:
        """A message with PCO, or the user data that a frame lies in: where several go that way, none is picked."""
        if frame in self._pco:
            return self._pco[frame]
        spans = self._spans.get(session, [])
        end = bisect_right(spans, frame, key=_first)
        around = [span for span in spans[max(0, end - MOST_WAYS) : end] if frame <= span.last]
        if sender in (Role.UE, Role.HA):
            around = [span for span in around if span.sender is sender]
        if len(around) != 1:
            return None
        span = around[0]
        return JournalLine(span.first, span.at, span.sender, _cut(span.text))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
