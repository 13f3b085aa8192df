"""A capture that is still going on, with the face of :class:`analyzer.capture.source.CaptureSource`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from analyzer.capture.chunk import Chunk
from analyzer.capture.facts import Facts, FileLog
from analyzer.capture.pcapng import PcapngWalker
from analyzer.capture.source import CaptureSource
from analyzer.capture.window import StreamWindow
from analyzer.live.child import Child
from analyzer.live.tail import Tail

CHUNK_FRAMES = 4096
MARGIN = 1_500_000_000
"""ns that capture time stays behind: dumpcap hands packets on up to half a second after they came."""


class CaptureClock:
    """Capture time while no packet comes: from the last packet on it runs as the monotonic clock does.

    So a step of the wall clock settles nothing. It is late by :data:`MARGIN` and by what a packet took to reach us,
    never early: a packet that is still on its way must not find its deadline settled.
    """

    def __init__(self, now: Callable[[], int] = time.monotonic_ns) -> None:
        self._now = now
        self.last = 0  # when the last packet came, by the capture's clock; 0 for none yet
        self._seen = 0  # when we saw it, by ours

    def saw(self, at: int) -> None:
        """A packet came at ``at``. One that was seen before, or comes late, is no news."""
        if at > self.last:
            self.last, self._seen = at, self._now()

    @property
    def silence(self) -> int | None:
        """ns since a packet was seen last; None before the first."""
        return self._now() - self._seen if self.last else None

    @property
    def at(self) -> int:
        """Capture time, as far as it has surely come."""
        return self.last + max(0, (self.silence or 0) - MARGIN)


class LiveSource(CaptureSource):
    """Frames as they are captured. Iterating waits for them, and ends when the child has ended and all is read."""

    def __init__(
        self,
        child: Child,
        name: str,
        *,
        clock: CaptureClock | None = None,
        on_wait: Callable[[], None] = lambda: None,
        before_read: Callable[[], None] = lambda: None,
        chunk_frames: int = CHUNK_FRAMES,
    ) -> None:
        """``clock`` goes on from an earlier reading of the same capture.

        ``on_wait`` is called while nothing comes, ``before_read`` before bytes are taken; either may raise.
        """
        self._facts = Facts()
        self._child = child
        self._limit = chunk_frames
        self._frames = 0
        self.clock = clock or CaptureClock()
        self.tail = Tail(child, on_wait, before_read)
        self.files = [name]

    @property
    def drops(self) -> int:
        """Frames reported lost, by the file or the child; a file that the ring overtook counts as one."""
        in_file = sum(interface.drops for interface in self._facts.interfaces)
        return max(in_file, self._child.said.drops or 0) + self.tail.lost_files

    @property
    def bytes_total(self) -> int | None:
        return None

    @property
    def bytes_read(self) -> int:
        return self.tail.consumed

    def __iter__(self) -> Iterator[Chunk]:
        for chunk in self._chunks():
            chunk.first = self._frames + 1
            self._frames += len(chunk)
            self.clock.saw(int(chunk.at.max()))
            yield chunk

    def _chunks(self) -> Iterator[Chunk]:
        window = StreamWindow(self.tail)
        walker = PcapngWalker(FileLog(self._facts, 0, self.files[0]))
        while not walker.done:
            chunk = walker.walk(window, self._limit)
            if chunk is not None:
                yield chunk
            elif walker.wanted:
                window.fill(walker.wanted)

    def close(self) -> None:
        self.tail.close()
