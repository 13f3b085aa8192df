"""What the walkers of pcap and pcapng have in common: how they starve, and how they end."""

from __future__ import annotations

from analyzer.capture.chunk import Chunk
from analyzer.capture.facts import FileLog
from analyzer.capture.window import Window

MAX_FRAME = 16 << 20
"""No frame is larger. A length above this is corruption, whatever a snapshot length says."""


class Walker:
    """Finds the frames of one file in the windows it is shown.

    After `walk`, `done` tells that the file has ended for us, `wanted` how many bytes (from the window's
    `pos` on) it lacks to go on.
    """

    def __init__(self, log: FileLog) -> None:
        self.log = log
        self.wanted = 0
        self.done = False
        self._halt: tuple[str, int] | None = None

    def walk(self, window: Window, limit: int) -> Chunk | None:
        """The next frames, at most `limit`; None when the window holds no more."""
        raise NotImplementedError

    def halt(self, sentence: str, offset: int) -> None:
        """End here. It is said once the frames before this place are counted."""
        self.done = True
        self._halt = (sentence, offset)

    def lacks(self, window: Window, wanted: int, cut: str) -> None:
        """The window ends too early: ask for more bytes, or end because there are none."""
        if not window.final:
            self.wanted = wanted
        elif window.left:
            self.halt(cut, window.base + window.pos)
        else:
            self.done = True

    def settle(self, window: Window, frames: int) -> None:
        """Count frames, and give the one warning about where the file ended."""
        self.log.frames += frames
        if not self.done:
            return
        end = window.base + window.pos
        if self._halt is not None:
            sentence, offset = self._halt
            self.log.stop(f"{sentence}; {window.trouble}" if window.trouble else sentence, offset)
        elif window.trouble:
            self.log.stop(f"reading stopped: {window.trouble}", end)
