"""Where the frames of the capture lie and when they came: a few bytes for each, so that a million stay cheap.

The loading thread appends, the screen reads; ``count`` is raised last, so a reader never sees half a frame and needs
no lock. While capturing, the index is a window: it keeps the frames whose bytes are kept, and ``first`` rises.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzer.capture.chunk import Chunk
from analyzer.capture.disk import DiskFile
from analyzer.tui.spool import GoneError as GoneError
from analyzer.tui.spool import Spool
from dissectors.triage import Classes

COLUMNS: dict[str, Any] = {
    "offset": np.int64,
    "captured": np.uint32,
    "length": np.uint32,
    "at": np.int64,
    "link_type": np.uint16,
    "kind": np.uint8,  # FrameClass
    "place": np.uint16,  # index into the places where bytes lie
}
ROOM = 1 << 14
"""Frames in a block of the index: blocks are never moved, and go as a whole."""
MOST_FRAMES = 4_000_000
"""Frames that are kept while capturing, however small they are: some 120 MB."""

Columns = dict[str, NDArray[Any]]


class FrameIndex:
    """Frames by number, from 1."""

    def __init__(self, most_spooled: int | None = None, most_frames: int = MOST_FRAMES) -> None:
        """``most_spooled``: bytes kept of what cannot be read again, with ``most_frames`` at most; None keeps all."""
        self.count = 0  # the number of the last frame
        self.first = 1  # the number of the first frame that is kept
        self.begun = 0  # when frame 1 came: ns since 1970
        self._most_spooled = most_spooled
        self._most_frames = most_frames
        self._blocks: dict[int, Columns] = {}
        self._places: list[DiskFile | Spool] = []
        self._spool: int | None = None
        self._chunks: deque[tuple[int, int]] = deque()  # with a bound: first frame of each, and its place in the spool

    def add(self, chunk: Chunk, kinds: Classes) -> None:
        """Takes note of a chunk; its bytes are copied only if they cannot be read again."""
        place, shift = self._place(chunk)
        if not self.count and len(chunk):
            self.begun = int(chunk.at[0])
        values: Columns = {
            "offset": chunk.offset + shift,
            "captured": chunk.captured,
            "length": chunk.length,
            "at": chunk.at,
            "link_type": chunk.link_type,
            "kind": np.asarray(kinds),
            "place": np.full(len(chunk), place, np.uint16),
        }
        done = 0
        while done < len(chunk):
            number, row = divmod(self.count + done, ROOM)
            some = min(ROOM - row, len(chunk) - done)
            block = self._blocks.get(number)
            if block is None:
                block = self._blocks[number] = {name: np.empty(ROOM, kind) for name, kind in COLUMNS.items()}
            for name, value in values.items():
                block[name][row : row + some] = value[done : done + some]
            done += some
        if self._most_spooled is not None and len(chunk):
            self._chunks.append((self.count + 1, int(chunk.offset.min()) + shift))
        self.count += len(chunk)
        self._forget()

    def _forget(self) -> None:
        """Frames whose bytes are no longer kept leave the index, and the oldest where there are too many."""
        spool = self._places[self._spool] if self._spool is not None else None
        while len(self._chunks) > 1 and isinstance(spool, Spool):
            first, offset = self._chunks[0]
            if offset >= spool.begin and self.count - first < self._most_frames:
                break
            self._chunks.popleft()
            self.first = self._chunks[0][0]
        for number in [n for n in self._blocks if (n + 1) * ROOM < self.first]:
            del self._blocks[number]

    def _place(self, chunk: Chunk) -> tuple[int, int]:
        """Which place the chunk's bytes are in, and what to add to their offsets."""
        if chunk.disk is not None:
            for number, known in enumerate(self._places):
                if known is chunk.disk:
                    return number, chunk.base
            self._places.append(chunk.disk)
            return len(self._places) - 1, chunk.base
        if self._spool is None:
            self._spool = len(self._places)
            self._places.append(Spool(self._most_spooled))
        spool = self._places[self._spool]
        assert isinstance(spool, Spool)
        low, high = int(chunk.offset.min()), int((chunk.offset + chunk.captured).max())
        return self._spool, spool.add(memoryview(chunk.data)[low:high]) - low

    def _cell(self, name: str, number: int) -> int:
        """What a column says of a frame; :class:`GoneError` where it has left the index."""
        block = self._blocks.get((number - 1) // ROOM)
        if block is None or not self.first <= number <= self.count:
            raise GoneError("this frame is no longer kept: newer ones have taken its room")
        return int(block[name][(number - 1) % ROOM])

    def at(self, number: int) -> int:
        """When the frame was captured: ns since 1970."""
        return self._cell("at", number)

    def length(self, number: int) -> int:
        """Bytes on the wire."""
        return self._cell("length", number)

    def kind(self, number: int) -> int:
        return self._cell("kind", number)

    def link_type(self, number: int) -> int:
        return self._cell("link_type", number)

    def data(self, number: int) -> bytes:
        """The frame's bytes; :class:`GoneError` where they are no longer there."""
        offset, size = self._cell("offset", number), self._cell("captured", number)
        place = self._places[self._cell("place", number)]
        if isinstance(place, Spool):
            return place.read(offset, size)
        data, trouble = place.read(offset, size)
        if trouble:
            raise GoneError(f"{trouble}: these bytes are gone")
        return data

    @property
    def bytes_held(self) -> int:
        """What the index itself takes in memory."""
        return sum(column.nbytes for block in list(self._blocks.values()) for column in block.values())

    def close(self) -> None:
        for place in self._places:
            if isinstance(place, Spool):
                place.close()
