"""What screens show of a capture: an index of all frames, and rows, packets and field trees made when asked for.

The loading thread calls :meth:`Model.add_chunk`, :meth:`Model.keep` and :meth:`Model.judge`; everything else is for
the screen, and never waits for that thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Generic, TypeVar

from analyzer.capture.chunk import Chunk
from analyzer.field_tree import Explanation, explain
from analyzer.packets import Packet
from analyzer.tui.frame_index import FrameIndex
from analyzer.tui.marks import Marks
from analyzer.tui.recall import Kept, Raw, kept_of, recall
from analyzer.tui.rows import Row, row_of
from analyzer.tui.spool import GoneError
from analyzer.tui.trail import Trail
from dissectors.triage import Classes
from rules.model import Finding

if TYPE_CHECKING:
    from analyzer.decoder import Decoder

ValueT = TypeVar("ValueT")
ROWS, PACKETS = 4096, 128
"""Rows and packets that are kept at hand."""


class Cache(Generic[ValueT]):
    """The values asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[int, ValueT] = OrderedDict()

    def get(self, key: int) -> ValueT | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: int, value: ValueT) -> ValueT:
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        self._values.clear()


class Model:
    """A capture as far as it has been read."""

    def __init__(self, marks: Marks | None = None, index: FrameIndex | None = None) -> None:
        self.index = index or FrameIndex()
        self.marks = marks or Marks()
        self.trail = Trail()
        self.complete = False
        self._kept: dict[int, Kept] = {}
        self._reached = 0  # the last frame that the run has come by
        self._judged = 0
        self._findings: dict[int, list[Finding]] = {}  # by frame, whatever the verdict
        self._rows: Cache[Row] = Cache(ROWS)
        self._packets: Cache[Packet] = Cache(PACKETS)

    # For the loading thread

    def add_chunk(self, chunk: Chunk, kinds: Classes) -> None:
        """More frames; those of chunks before are done with."""
        self._reached = self.index.count
        first = self.index.first
        self.index.add(chunk, kinds)
        if self.index.first > first:
            self._forget(self.index.first)

    def _forget(self, first: int) -> None:
        """Frames before this one are no longer kept; what was found of them stays."""
        for number in takewhile(lambda number: number < first, list(self._kept)):
            del self._kept[number]
        self.trail.forget(first)

    def listen(self, decoder: Decoder) -> None:
        """Hears of user data in tunnels and of PCO, which no packet tells."""
        decoder.tunnels.on_data, decoder.on_pco = self.trail.note_data, self.trail.pco.note

    def keep(self, packet: Packet) -> None:
        """A frame was decoded."""
        kept = kept_of(packet)
        if kept is not None:
            self._kept[packet.number] = kept
        self.trail.note(packet)
        self._reached = max(self._reached, packet.number)

    def judge(self, findings: Sequence[Finding]) -> None:
        """The findings so far, of which those are taken in that are new."""
        if len(findings) > self._judged:
            new = findings[self._judged :]
            self._judged += len(new)
            for finding in new:
                self._findings.setdefault(finding.frame, []).append(finding)
            self.marks.add(new)

    def settle(self) -> None:
        """Nothing more comes for now: the run has come by every frame there is."""
        self._reached = self.index.count

    def revise(self, findings: Sequence[Finding]) -> None:
        """The findings as they are now: what comes later may take some back, or raise their counts."""
        marks, by_frame = Marks(self.marks.overrides), dict[int, list[Finding]]()
        marks.add(findings)
        for finding in findings:
            by_frame.setdefault(finding.frame, []).append(finding)
        self.marks, self._findings, self._judged = marks, by_frame, len(findings)

    def finish(self, failures: Sequence[Finding]) -> None:
        """All is read; the end of the capture may have changed what was thought of some frames."""
        marks = Marks(self.marks.overrides)
        marks.add(failures)
        self.marks = marks
        self._reached = self.index.count
        self.complete = True
        self._rows.clear()
        self._packets.clear()

    # For the screen

    def findings_of(self, number: int) -> list[Finding]:
        """All that was found of a frame, what is inconclusive too."""
        return self._findings.get(number, [])

    def __len__(self) -> int:
        return self.index.count

    @property
    def reached(self) -> int:
        """The last frame that the run has come by."""
        return self._reached

    @property
    def start(self) -> int:
        """When the first frame came: ns since 1970."""
        return self.index.begun

    @property
    def span(self) -> int:
        """From the first frame to the last one so far, in ns."""
        return self.index.at(self.index.count) - self.index.begun if self.index.count else 0

    @property
    def first(self) -> int:
        """The first frame that is kept: above 1 while capturing for long."""
        return self.index.first

    def at(self, number: int) -> int | None:
        """When a frame came; None for one that is no longer kept."""
        try:
            return self.index.at(number)
        except GoneError:
            return None

    def row(self, number: int) -> Row:
        """The columns of a frame."""
        row = self._rows.get(number)
        if row is not None and (row.decoded or number > self._reached):
            return row
        decoded = number <= self._reached
        try:
            made = row_of(self.packet(number), decoded=decoded)
        except GoneError as gone:
            made = self._gone(number, str(gone))
        return self._rows.put(number, made)

    def _gone(self, number: int, why: str) -> Row:
        try:
            return Row(number, self.index.at(number), self.index.length(number), protocol="?", info=why)
        except GoneError:
            return Row(number, self.start, 0, protocol="?", info=why)

    def make_row(self, number: int) -> Row:
        """A row that is made anew and not kept: for threads that go through many frames."""
        return row_of(self.make_packet(number), decoded=number <= self._reached)

    def make_packet(self, number: int) -> Packet:
        """A packet that is made anew and not kept."""
        return recall(number, self._raw, self._kept.get(number))

    def packet(self, number: int) -> Packet:
        """The packet of a frame, with what the run knew of it; :class:`GoneError` where its bytes are gone."""
        known = self._packets.get(number)
        kept = self._kept.get(number)
        if known is not None and (kept is None or known.context is kept.context):
            return known
        return self._packets.put(number, self.make_packet(number))

    def session_of(self, number: int) -> int:
        """The session that a frame belongs to, else 0."""
        kept = self._kept.get(number)
        return kept.context.session.number if kept and kept.context else 0

    def opened_esp(self) -> list[int]:
        """The frames with ESP that was opened, in order."""
        return sorted(number for number, kept in list(self._kept.items()) if kept.esp is not None)

    def copy_of(self, number: int) -> int:
        """The frame that this one is a second capture of, else 0."""
        kept = self._kept.get(number)
        return max(0, kept.copy_of) if kept else 0

    def explain(self, number: int) -> Explanation:
        """The field tree of a frame."""
        return explain(self.packet(number))

    def _raw(self, number: int) -> Raw:
        index = self.index
        return index.at(number), index.link_type(number), index.length(number), index.data(number)

    def close(self) -> None:
        self.index.close()
