"""One capture file, from its first byte to the last chunk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from analyzer.capture.chunk import Chunk
from analyzer.capture.facts import Facts, FileLog
from analyzer.capture.pcap import PcapWalker
from analyzer.capture.pcapng import PcapngWalker
from analyzer.capture.recognise import PCAPNG_MAGIC, OpenFile, open_capture
from analyzer.capture.walker import Walker
from analyzer.capture.window import BLOCK


class FileReader:
    """Fills a window and lets the walker of the file's format look at it, until one of them has no more."""

    def __init__(self, path: str | Path, file: int, facts: Facts, block: int = BLOCK) -> None:
        """``block``: bytes that are read at once."""
        self.opened: OpenFile = open_capture(path, block)
        self.name = self.opened.name
        window = self.opened.window
        log = FileLog(facts, file, self.name)
        try:
            ng = bytes(window.data[:4]) == PCAPNG_MAGIC
            self._walker: Walker = PcapngWalker(log) if ng else PcapWalker(window, log)
        except BaseException:
            self.opened.close()
            raise

    @property
    def size(self) -> int | None:
        return self.opened.size

    @property
    def consumed(self) -> int:
        return self.opened.consumed

    def chunks(self, limit: int, first: int | None = None) -> Iterator[Chunk]:
        """All frames in the order of the file, at most `limit` in a chunk and `first` in the first one."""
        window, walker = self.opened.window, self._walker
        most = first or limit
        while not walker.done:
            chunk = walker.walk(window, most)
            if chunk is not None:
                yield chunk
                most = limit
            elif walker.wanted:
                window.fill(walker.wanted)

    def close(self) -> None:
        self._walker.done = True
        self.opened.close()
