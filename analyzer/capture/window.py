"""The moving part of a capture file that walkers look at."""

from __future__ import annotations

from analyzer.capture.chunk import Buffer
from analyzer.capture.disk import DiskFile
from analyzer.capture.streams import Stream

FIRST, BLOCK = 64 << 10, 2 << 20
"""Bytes of a file that are read first, and then at once: what a processor's cache holds is walked fastest."""


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
        self.disk: DiskFile | None = None  # where the bytes can be read again

    @property
    def left(self) -> int:
        return len(self.data) - self.pos

    def fill(self, wanted: int) -> None:
        """Get more bytes, so that at least `wanted` are left unless the file ends."""

    def close(self) -> None:
        self.data = b""
        self.final = True


class FileWindow(Window):
    """A moving part of a file on the disk: a block of it at a time, so that memory stays what it is."""

    def __init__(self, disk: DiskFile, block: int = BLOCK) -> None:
        super().__init__()
        self.disk = disk
        self._block = FIRST  # many files may be open of which only the first frame is looked at for now
        self.fill(0)
        self._block = block

    def fill(self, wanted: int) -> None:
        if self.disk is None:
            return
        self.base += self.pos
        self.pos = 0
        self.data = b""  # the old block may go before the new one comes
        self.data, self.trouble = self.disk.read(self.base, max(wanted, self._block))
        self.final = bool(self.trouble) or self.base + len(self.data) >= self.disk.size

    def close(self) -> None:
        """The file stays open for chunks in use; it goes with the last of them."""
        super().close()
        self.disk = None


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
