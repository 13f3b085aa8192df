"""Capture files that grow, read as one stream: a file that ends for now is not cut, the next of a ring goes on.

A pcapng file may hold several sections, so the files of a ring laid end to end are one capture: sessions and frame
numbers go on. Files are read, not mapped: one that is deleted stays readable, one that is cut does not end the process.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

from analyzer.live.child import Child

BLOCK, LARGE_BLOCK = 256 << 10, 1 << 20
"""Bytes read at once: few, so that what comes is told soon and a request to stop is heard; more of them, which take
less time each, when so many wait that we are late anyway."""
LATE = 4 << 20
WAIT = 0.05
"""Seconds between two looks at file and clock while no packet comes: what comes in large gulps holds up the screen."""


class Tail:
    """The bytes of a child's files, as :class:`analyzer.capture.streams.Stream` wants them; ``read`` waits for more."""

    def __init__(self, child: Child, on_wait: Callable[[], None], before_read: Callable[[], None]) -> None:
        self.trouble = ""
        self.lost_files = 0  # overwritten by the ring before they were read
        self.consumed = 0
        self._child = child
        self._on_wait = on_wait
        self._before_read = before_read
        self._next = 0  # index of the file to open next
        self._file: io.FileIO | None = None

    @property
    def current(self) -> Path | None:
        """The file being read."""
        return self._child.said.files[self._next - 1] if self._file is not None else None

    @property
    def behind(self) -> int:
        """Bytes that are written and not read yet. Others ask this while the file is read, and perhaps closed."""
        here, file = 0, self._file
        try:
            here = os.fstat(file.fileno()).st_size - file.tell() if file is not None else 0
        except (OSError, ValueError):
            here = 0
        return max(0, here) + sum(_size(path) for path in self._child.said.files[self._next :])

    def read(self) -> bytes:
        """More bytes, or ``b""`` once the child has ended and all its files are read."""
        while True:
            self._child.listen(0)
            self._before_read()
            complete = self._child.ended or len(self._child.said.files) > self._next
            data = self._available()
            if data or self.trouble:
                self.consumed += len(data)
                return data
            if self._file is not None and complete:
                self._leave()
            if self._file is None and self._open():
                continue
            if self._file is None and self._child.ended:
                return b""
            if not self._child.ended:
                self._on_wait()
                self._child.listen(WAIT)

    def _available(self) -> bytes:
        if self._file is None:
            return b""
        try:
            waiting = os.fstat(self._file.fileno()).st_size - self._file.tell()
            if waiting < 0:
                self.trouble = f"{self._child.said.files[self._next - 1].name} was cut while it was read"
                return b""
            return self._file.read(LARGE_BLOCK if waiting > LATE else BLOCK) or b""
        except OSError as error:
            self.trouble = f"reading stopped ({error.strerror})"
            return b""

    def _open(self) -> bool:
        """The next file that is still there."""
        while self._next < len(self._child.said.files):
            path = self._child.said.files[self._next]
            self._next += 1
            try:
                self._file = io.FileIO(path)
            except OSError:
                self.lost_files += 1
                continue
            return True
        return False

    def _leave(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        self._leave()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
