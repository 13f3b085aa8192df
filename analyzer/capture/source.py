"""A capture: one file or several, as one stream of numbered frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from analyzer.capture.chunk import Chunk
from analyzer.capture.facts import Address, Block, CaptureError, CaptureWarning, Facts, Interface, Secret
from analyzer.capture.merge import merged
from analyzer.capture.reader import FileReader
from analyzer.capture.window import BLOCK

CHUNK_FRAMES = 65536
ALL_BLOCKS, LEAST_BLOCK = 64 << 20, 64 << 10
"""Bytes that the blocks of all files may take together, and the least for each."""


class CaptureSource:
    """Frames of all files in order of time, in chunks; one file keeps its own order.

    All files are opened and recognised at once, or CaptureError says in a sentence which one cannot be and
    why. The frames can be gone through once. `interfaces`, `warnings`, `names`, `secrets` and `blocks`
    grow on the way.
    """

    def __init__(
        self, paths: Sequence[str | Path], *, chunk_frames: int = CHUNK_FRAMES, shifts: Sequence[int] = ()
    ) -> None:
        if isinstance(paths, str | Path):
            paths = [paths]
        if not paths:
            raise CaptureError("no capture file was given")
        self._limit = max(1, chunk_frames)
        self._facts = Facts()
        self._readers: list[FileReader] = []
        self._frames = 0
        self._shifts = shifts  # ns added to every time of a file, by its place
        block = min(BLOCK, max(LEAST_BLOCK, ALL_BLOCKS // len(paths)))
        try:
            for number, path in enumerate(paths):
                self._readers.append(FileReader(path, number, self._facts, block))
        except BaseException:
            self.close()
            raise
        self.files: list[str] = [reader.name for reader in self._readers]

    @property
    def interfaces(self) -> list[Interface]:
        return self._facts.interfaces

    @property
    def warnings(self) -> list[CaptureWarning]:
        return self._facts.warnings

    @property
    def names(self) -> dict[Address, str]:
        """Addresses and their names, as Name Resolution Blocks tell them."""
        return self._facts.names

    @property
    def secrets(self) -> list[Secret]:
        return self._facts.secrets

    @property
    def blocks(self) -> list[Block]:
        """Where the blocks stand that carry no frame: what a rewritten capture has to keep."""
        return self._facts.blocks

    @property
    def drops(self) -> int:
        """Frames that the capture itself reports as lost."""
        return sum(interface.drops for interface in self._facts.interfaces)

    @property
    def ended_at(self) -> int:
        """When capturing ended, ns, as a single file tells it itself; else 0.

        Silence after the last frame is then known to be silence. A file that holds other frames than its statistics
        count was filtered or cut, and is not believed.
        """
        seen = self._facts.interfaces
        if len(self.files) != 1 or not seen or sum(each.received or 0 for each in seen) != self._frames:
            return 0
        return min(each.ended_at for each in seen)

    @property
    def bytes_total(self) -> int | None:
        """Size of all files as they are on disk; None when one is a pipe."""
        sizes = [reader.size for reader in self._readers]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def bytes_read(self) -> int:
        return sum(reader.consumed for reader in self._readers)

    def __iter__(self) -> Iterator[Chunk]:
        for chunk in self._unnumbered():
            chunk.first = self._frames + 1
            self._frames += len(chunk)
            yield chunk

    def _unnumbered(self) -> Iterator[Chunk]:
        if len(self._readers) == 1:
            return self._readers[0].chunks(self._limit)
        # A first chunk of one frame shows when a file begins; the rest is read when its time has come.
        feeds = [reader.chunks(self._limit, first=1) for reader in self._readers]
        for place, shift in enumerate(self._shifts):
            feeds[place] = _shifted(feeds[place], shift)
        return merged(feeds, self._limit)

    def close(self) -> None:
        """Let go of the files. Chunks that are still in use stay readable."""
        for reader in self._readers:
            reader.close()

    def __enter__(self) -> CaptureSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _shifted(chunks: Iterator[Chunk], shift: int) -> Iterator[Chunk]:
    """The same frames by another clock."""
    for chunk in chunks:
        chunk.at = chunk.at + shift
        yield chunk
