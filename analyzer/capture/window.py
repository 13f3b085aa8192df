"""The part of a capture file that walkers look at: all of it when it is mapped, a moving part of a stream."""

from __future__ import annotations

import mmap

from analyzer.capture.chunk import Buffer
from analyzer.capture.streams import Stream

KEEP = 8 << 20
"""Mapped bytes that were walked are given back to the system in steps of at least this many."""


class Window:
    """`data[pos:]` is what is still to be walked; `base` is where data[0] stands in the file.

    `final` says that no more bytes will come, `trouble` why they end early.
    """

    def __init__(self, data: Buffer = b"", *, final: bool = False) -> None:
        self.data = data
        self.base = 0
        self.pos = 0
        self.final = final
        self.trouble = ""

    @property
    def left(self) -> int:
        return len(self.data) - self.pos

    def fill(self, wanted: int) -> None:
        """Get more bytes, so that at least `wanted` are left unless the file ends."""

    def release(self) -> None:
        """The bytes before `pos` will hardly be looked at again."""

    def close(self) -> None:
        self.data = b""
        self.final = True


class MappedWindow(Window):
    """A whole file, mapped."""

    def __init__(self, mapped: mmap.mmap) -> None:
        super().__init__(mapped, final=True)
        self._mapped: mmap.mmap | None = mapped
        self._released = 0

    def release(self) -> None:
        """Drop the pages from this process, so that its memory does not grow with the file.

        They stay in the system's cache, and come back when someone looks at a chunk of them.
        """
        end = self.pos - self.pos % mmap.PAGESIZE
        if self._mapped is not None and end - self._released >= KEEP and hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED, self._released, end - self._released)
            self._released = end

    def close(self) -> None:
        """Chunks in use keep the mapping alive; it goes with the last of them."""
        super().close()
        self._mapped = None


class StreamWindow(Window):
    """The bytes of a stream that have arrived and are not walked yet. Chunks keep the bytes they lie in."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def fill(self, wanted: int) -> None:
        parts = [bytes(self.data[self.pos :])]
        size = len(parts[0])
        while not self.final:
            more = self._stream.read()
            self.final = not more
            parts.append(more)
            size += len(more)
            if size >= wanted:
                break
        self.base += self.pos
        self.pos = 0
        self.data = b"".join(parts)
        self.trouble = self._stream.trouble
