"""A capture file on the disk, read at places.

It is not mapped: who touches a page of a mapping that was cut off, or that a broken disk does not give, is ended by the
system. Reading gives what there is, and says so where that is less.
"""

from __future__ import annotations

import os

CUT = "the file was cut while it was open"


class DiskFile:
    """A regular file that stays open as long as somebody may read it again: chunks in use, or an index of frames."""

    def __init__(self, descriptor: int, size: int) -> None:
        """Takes over the descriptor. What is appended behind ``size`` bytes later is left alone."""
        self.size = size
        self._descriptor = descriptor

    def read(self, at: int, size: int) -> tuple[bytes, str]:
        """The bytes from a place on, and why they are fewer than asked for although the file once had them."""
        wanted = max(0, min(size, self.size - at))
        data = b""
        try:
            while len(data) < wanted and (more := os.pread(self._descriptor, wanted - len(data), at + len(data))):
                data = data + more if data else more
        except OSError as error:
            return data, f"it cannot be read further ({error.strerror})"
        return data, CUT if len(data) < wanted else ""

    def __del__(self) -> None:
        os.close(self._descriptor)
