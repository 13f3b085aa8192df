"""The packet blocks of pcapng as columns: draft-ietf-opsawg-pcapng sections 4.3, 4.4 and appendix A."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyzer.capture import blocks
from analyzer.capture.chunk import Chunk, Ints
from analyzer.capture.drops import drop_counts
from analyzer.capture.gather import gather
from analyzer.capture.section import Section
from analyzer.capture.walker import MAX_FRAME
from analyzer.capture.window import Window

MAX_BLOCK = 64 << 20
"""A block length above this is corruption."""

HEADER = 28
SIMPLE_HEADER = 12
LENGTHS_DIFFER = "the lengths at the two ends of a block differ"
UNKNOWN_DROPS = 0xFFFF

Words = NDArray[np.uint32]


class PacketBlocks:
    """Blocks of types 6, 3 and 2 at the places `at` of a window; their lengths are not believed yet."""

    def __init__(self, section: Section, window: Window, at: Ints) -> None:
        self.section = section
        self.window = window
        self.at = at
        head: Words = gather(window.data, at, HEADER, section.order)
        self._head = head
        self.kind = head[:, 0]
        self.size = head[:, 1].astype(np.int64)
        self.captured = head[:, 5].astype(np.int64)
        self.length = head[:, 6].astype(np.int64)
        self.local = head[:, 2].astype(np.int64)
        self.header = np.full(len(at), HEADER, np.int64)
        if np.any(self.kind != blocks.PACKET):
            self._read_others()

    def _read_others(self) -> None:
        """Simple blocks hold an original length only; old ones two half words where others have one."""
        simple = self.kind == blocks.SIMPLE_PACKET
        self.length[simple] = self._head[simple, 2]
        self.captured[simple] = np.minimum(self.length[simple], self.size[simple] - SIMPLE_HEADER - 4)
        limit = self.section.snaplen
        if limit:
            self.captured[simple] = np.minimum(self.captured[simple], limit)
        self.header[simple] = SIMPLE_HEADER
        self.local[simple] = 0
        old = self.kind == blocks.OLD_PACKET
        self.local[old] = self.local[old] & 0xFFFF if self.section.order == "<" else self.local[old] >> 16

    def sound(self, *, whole: bool) -> tuple[int, str]:
        """How many blocks come before the first bad one, and what is wrong with it.

        Nothing is wrong with the last one when it is merely not `whole`.
        """
        room = self.size - self.header - 4
        length_lies = (room < 0) | (self.size % 4 != 0) | (self.size > MAX_BLOCK)
        lies = length_lies | (self.captured > np.minimum(room, MAX_FRAME))
        count = int(np.argmax(lies)) if lies.any() else len(lies)
        closed = count - (count == len(lies) and not whole)
        ends = gather(self.window.data, self.at[:closed] + self.size[:closed] - 4, 4, self.section.order)[:, 0]
        differ = np.flatnonzero(ends != self.size[:closed])
        if differ.size:
            return int(differ[0]), LENGTHS_DIFFER
        if count == len(lies):
            return closed, ""
        if length_lies[count]:
            return count, f"the block length {self.size[count]:,} cannot be true"
        return count, f"the next frame claims to hold {self.captured[count]:,} bytes"

    def shorten(self, index: int) -> bool:
        """Let a frame that the end of the file cuts hold what is there; False if nothing is."""
        there = len(self.window.data) - int(self.at[index] + self.header[index])
        usable = there > 0 or (there == 0 and self.captured[index] == 0)
        if usable:
            self.captured[index] = min(int(self.captured[index]), there)
        return usable

    def chunk(self, count: int, frames: int) -> Chunk | None:
        """The first `count` blocks as a chunk, but for those of an interface nobody described."""
        rows: slice | NDArray[np.intp] = slice(count)
        known = self.section.known(self.local[:count], self.at[:count] + self.window.base)
        if not known.all():
            first = int(np.argmin(known))
            said = "frames of an interface that was not described are left out"
            self.section.log.odd(said, self.window.base + int(self.at[first]), frames + int(known[:first].sum()))
            rows = np.flatnonzero(known)
            count = len(rows)
        return self._columns(rows) if count else None

    def _columns(self, rows: slice | NDArray[np.intp]) -> Chunk:
        local = self.local[rows]
        self._count_drops(rows)
        return Chunk(
            data=self.window.data,
            first=0,
            offset=(self.at + self.header)[rows],
            captured=self.captured[rows],
            length=self.length[rows],
            at=self._times(rows),
            link_type=self.section.link_types(local),
            interface=self.section.numbers(local),
            file=np.full(len(local), self.section.log.file, np.uint16),
            disk=self.window.disk,
            base=self.window.base,
        )

    def _times(self, rows: slice | NDArray[np.intp]) -> Ints:
        local, head = self.local[rows], self._head[rows]
        units = head[:, 3].astype(np.uint64) << np.uint64(32) | head[:, 4]
        simple = head[:, 0] == blocks.SIMPLE_PACKET
        units[simple] = 0
        times, late = self.section.times(local, units)
        if late:
            place = self.window.base + int(self.at[rows][0])
            self.section.log.odd("timestamps after the year 2262 are set to its last moment", place)
        if simple.any():
            times = self._carried(times, simple)
        self.section.last_at = int(times[-1])
        return times

    def _carried(self, times: Ints, simple: NDArray[np.bool_]) -> Ints:
        """Frames without a time get that of the frame before."""
        place = self.window.base + int(self.at[0])
        self.section.log.odd("frames without a time (simple packet blocks) get the time of the frame before", place)
        known = np.maximum.accumulate(np.where(simple, -1, np.arange(len(times))))
        return np.where(known < 0, self.section.last_at, times[np.maximum(known, 0)])

    def _count_drops(self, rows: slice | NDArray[np.intp]) -> None:
        """epb_dropcount of the blocks that have options, and the count every old packet block has."""
        end = self.at + self.size - 4
        begin = self.at + self.header + self.captured + -self.captured % 4
        more = (begin[rows] + 12 <= end[rows]) & (end[rows] + 4 <= len(self.window.data))
        more &= self.kind[rows] == blocks.PACKET
        if more.any():
            counts = drop_counts(self.window.data, begin[rows][more], end[rows][more], self.section.order)
            self.section.count_drops(self.local[rows][more], counts)
        old = self.kind[rows] == blocks.OLD_PACKET
        if old.any():
            word = self._head[rows][old, 2]
            counts = (word >> 16 if self.section.order == "<" else word & 0xFFFF).astype(np.int64)
            counts[counts == UNKNOWN_DROPS] = 0
            self.section.count_drops(self.local[rows][old], counts)
