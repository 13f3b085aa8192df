"""A chunk: index arrays over frames whose bytes stay where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from analyzer.capture.disk import DiskFile

Buffer: TypeAlias = bytes | memoryview
Ints: TypeAlias = NDArray[np.int64]

COLUMNS = ("offset", "captured", "length", "at", "link_type", "interface", "file")


@dataclass(slots=True)
class Chunk:
    """A run of frames. Every array has one entry for each frame."""

    data: Buffer  # what `offset` indexes
    first: int  # number of its first frame in the merged capture, from 1
    offset: Ints  # where each frame's bytes begin in `data`
    captured: Ints  # bytes that are there
    length: Ints  # bytes there were on the wire
    at: Ints  # ns since 1970
    link_type: NDArray[np.uint16]  # LINKTYPE_* of each frame
    interface: NDArray[np.uint32]  # index into CaptureSource.interfaces
    file: NDArray[np.uint16]  # index into CaptureSource.files
    disk: DiskFile | None = None  # where `data` can be read again, from the byte `base` on
    base: int = 0

    def __len__(self) -> int:
        return len(self.offset)

    def frame(self, index: int) -> bytes:
        """A copy of one frame's bytes; `index` counts from 0 within the chunk."""
        start = int(self.offset[index])
        return bytes(self.data[start : start + int(self.captured[index])])

    def part(self, low: int, high: int) -> Chunk:
        """The frames from `low` up to `high` over the same bytes: arrays are views, nothing is copied."""
        rows = slice(low, high)
        return Chunk(
            self.data,
            self.first + low,
            self.offset[rows],
            self.captured[rows],
            self.length[rows],
            self.at[rows],
            self.link_type[rows],
            self.interface[rows],
            self.file[rows],
            self.disk,
            self.base,
        )
