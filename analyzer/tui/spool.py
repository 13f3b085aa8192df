"""Bytes that cannot be read again where they came from, kept in unnamed files."""

from __future__ import annotations

import os
import tempfile

PARTS = 16
"""A spool with a bound is given up part by part."""


class GoneError(Exception):
    """The bytes of a frame are no longer there: the file was cut while it was open, or newer ones took their room."""


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
        """``most``: bytes that are kept at least; up to a sixteenth more take room on the disk."""
        self._most = most
        self._segments: tuple[Segment, ...] = (Segment(0),)
        self._end = 0

    @property
    def begin(self) -> int:
        """The first place that is still kept."""
        return self._segments[0].start if self._segments else self._end

    def add(self, data: bytes | memoryview) -> int:
        """Where the bytes begin in the spool."""
        start, last = self._end, self._segments[-1]
        if self._most is not None and start - last.start >= self._most // PARTS:
            last = Segment(start)
            self._segments = (*self._segments, last)
            while start - self._segments[1].start >= self._most:
                self._segments = self._segments[1:]
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
