"""Where every frame of the capture lies and when it came: a few bytes for each, so that a million stay cheap.

The loading thread appends, the screen reads; ``count`` is raised last, so a reader never sees half a frame and needs
no lock.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzer.capture.chunk import Chunk
from analyzer.capture.disk import DiskFile
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
FIRST_ROOM = 1 << 14


class GoneError(Exception):
    """The bytes of a frame are no longer there: the file was cut while it was open."""


class Segment:
    """A part of a spool, in an unnamed file that goes with the last one who reads it."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.file = tempfile.TemporaryFile(prefix="dsmip-")  # noqa: SIM115 - lives as long as the segment


class Spool:
    """Bytes that cannot be read again where they came from (a pipe, an unpacked file), kept in unnamed files.

    With a bound it keeps the newest, as the ring of a live capture does.
    """

    def __init__(self, most: int | None = None) -> None:
        """``most``: bytes that are kept at least; up to twice as many take room on the disk."""
        self._most = most
        self._segments: tuple[Segment, ...] = (Segment(0),)
        self._end = 0

    def add(self, data: bytes | memoryview) -> int:
        """Where the bytes begin in the spool."""
        start, last = self._end, self._segments[-1]
        if self._most is not None and start - last.start >= self._most:
            last = Segment(start)
            self._segments = (self._segments[-1], last)
        last.file.seek(start - last.start)
        last.file.write(data)
        last.file.flush()
        self._end += len(data)
        return start

    def read(self, offset: int, size: int) -> bytes:
        """The bytes; :class:`GoneError` where they are no longer kept."""
        for segment in reversed(self._segments):
            if offset >= segment.start:
                return os.pread(segment.file.fileno(), size, offset - segment.start)
        raise GoneError("these bytes are no longer kept: newer ones have taken their room")

    def close(self) -> None:
        self._segments = ()


class FrameIndex:
    """All frames by number, from 1."""

    def __init__(self, most_spooled: int | None = None) -> None:
        """``most_spooled``: bytes kept of what cannot be read again; None keeps all."""
        self.count = 0
        self._most_spooled = most_spooled
        self._columns: dict[str, NDArray[Any]] = {name: np.empty(FIRST_ROOM, kind) for name, kind in COLUMNS.items()}
        self._places: list[DiskFile | Spool] = []
        self._spool: int | None = None

    def add(self, chunk: Chunk, kinds: Classes) -> None:
        """Takes note of a chunk; its bytes are copied only if they cannot be read again."""
        place, shift = self._place(chunk)
        end = self.count + len(chunk)
        self._grow(end)
        rows = slice(self.count, end)
        values = {
            "offset": chunk.offset + shift,
            "captured": chunk.captured,
            "length": chunk.length,
            "at": chunk.at,
            "link_type": chunk.link_type,
            "kind": kinds,
            "place": place,
        }
        for name, value in values.items():
            self._columns[name][rows] = value
        self.count = end

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

    def _grow(self, needed: int) -> None:
        room = len(self._columns["at"])
        if needed <= room:
            return
        room = max(needed, 2 * room)
        for name, old in self._columns.items():
            wider = np.empty(room, old.dtype)
            wider[: self.count] = old[: self.count]
            self._columns[name] = wider

    def column(self, name: str) -> NDArray[Any]:
        """One column of all frames there are now; entry 0 is frame 1."""
        count = self.count
        return self._columns[name][:count]

    def at(self, number: int) -> int:
        """When the frame was captured: ns since 1970."""
        return int(self._columns["at"][number - 1])

    def length(self, number: int) -> int:
        """Bytes on the wire."""
        return int(self._columns["length"][number - 1])

    def kind(self, number: int) -> int:
        return int(self._columns["kind"][number - 1])

    def link_type(self, number: int) -> int:
        return int(self._columns["link_type"][number - 1])

    def data(self, number: int) -> bytes:
        """The frame's bytes; :class:`GoneError` where the file no longer holds them."""
        row = number - 1
        offset, size = int(self._columns["offset"][row]), int(self._columns["captured"][row])
        place = self._places[int(self._columns["place"][row])]
        if isinstance(place, Spool):
            return place.read(offset, size)
        data, trouble = place.read(offset, size)
        if trouble:
            raise GoneError(f"{trouble}: these bytes are gone")
        return data

    def close(self) -> None:
        for place in self._places:
            if isinstance(place, Spool):
                place.close()
