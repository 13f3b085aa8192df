"""Bytes that cannot be mapped: pipes, standard input, and what gzip or zstd unpack.

A stream's ``read`` returns what is there now, at most about `BLOCK` bytes, and ``b""`` at its end. When it
ends before its time, ``trouble`` says why; a broken stream never raises.
"""

from __future__ import annotations

import fcntl
import io
import os
import stat
import zlib
from typing import IO, Protocol, cast

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

BLOCK = 1 << 20
UNPACKED = 4 << 20
"""The most bytes one read unpacks: what a decompression bomb can cost."""

ZSTD_BLOCK = 128 << 10
"""What a block of zstd unpacks to at most."""

_WIDEN_PIPE = getattr(fcntl, "F_SETPIPE_SZ", None)  # Linux only


class Stream(Protocol):
    trouble: str

    def read(self) -> bytes: ...


class RawStream:
    """The bytes of a file descriptor as they arrive."""

    def __init__(self, raw: io.FileIO) -> None:
        self.trouble = ""
        self.consumed = 0
        self.waits = not stat.S_ISREG(os.fstat(raw.fileno()).st_mode)  # for someone who writes
        self._raw = raw
        self._ahead = b""
        self._widen()

    def _widen(self) -> None:
        """A pipe of 64 KiB would make chunks of a hundred frames."""
        if _WIDEN_PIPE is not None:
            try:
                fcntl.fcntl(self._raw.fileno(), _WIDEN_PIPE, BLOCK)
            except OSError:
                return  # no pipe, or not allowed

    def peek(self, size: int) -> bytes:
        """The first bytes, as many as asked for or as there are; they will be read again."""
        while len(self._ahead) < size:
            more = self._next()
            if not more:
                break
            self._ahead += more
        return self._ahead

    def read(self, size: int = -1) -> bytes:
        if self._ahead:
            cut = len(self._ahead) if size < 0 else size
            head, self._ahead = self._ahead[:cut], self._ahead[cut:]
            return head
        return self._next(size)

    def _next(self, size: int = -1) -> bytes:
        try:
            data = os.read(self._raw.fileno(), BLOCK if size < 0 else min(size, BLOCK))
        except OSError as error:
            self.trouble = f"it cannot be read further ({error.strerror})"
            return b""
        self.consumed += len(data)
        return data


class GzipStream:
    """RFC 1952: one gzip member after the other."""

    def __init__(self, source: RawStream) -> None:
        self.trouble = ""
        self._source = source
        self._unpack = zlib.decompressobj(wbits=31)
        self._pending = b""
        self._begun = False

    def read(self) -> bytes:
        while not self.trouble:
            if self._unpack.eof and not self._next_member():
                return b""
            if not self._pending:
                self._pending = self._source.read()
            if not self._pending:
                return self._ended()
            data = self._inflate()
            if data:
                return data
        return b""

    def _inflate(self) -> bytes:
        self._begun = True
        before = self._unpack.copy()
        try:
            data = self._unpack.decompress(self._pending, UNPACKED)
        except zlib.error:
            self.trouble = "its gzip data are corrupt"
            return _salvaged(before, self._pending)
        self._pending = self._unpack.unused_data if self._unpack.eof else self._unpack.unconsumed_tail
        return data

    def _ended(self) -> bytes:
        if self._begun:
            self.trouble = self._source.trouble or "its gzip data end early"
        return b""

    def _next_member(self) -> bool:
        """After a member comes another, zero padding, or nothing; anything else is left alone."""
        self._pending = self._pending.lstrip(b"\0")
        while len(self._pending) < len(GZIP_MAGIC):
            more = self._source.read()
            if not more:
                return False
            self._pending = (self._pending + more).lstrip(b"\0")
        if not self._pending.startswith(GZIP_MAGIC):
            self.trouble = "bytes that are not gzip follow its gzip data"
            return False
        self._unpack = zlib.decompressobj(wbits=31)
        return True


def _salvaged(unpack: zlib._Decompress, pending: bytes) -> bytes:
    """What stands before the fault: zlib drops it all when a step fails, so the steps get smaller."""
    parts = []
    for step in (1 << 16, 1 << 10, 1 << 4):
        while True:
            before = unpack.copy()
            try:
                parts.append(unpack.decompress(pending, step))
            except zlib.error:
                unpack = before
                break
            pending = unpack.unconsumed_tail
            if not parts[-1]:
                return b"".join(parts)
    return b"".join(parts)


class ZstdStream:
    """RFC 8878: zstd frames; the window is limited to zstd's own default of 128 MiB."""

    def __init__(self, source: RawStream) -> None:
        import zstandard  # only those who read zstd wait for it

        self.trouble = ""
        self._source = source
        self._error = zstandard.ZstdError
        unpack = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        # It needs nothing of a file but `read`.
        self._reader = unpack.stream_reader(cast(IO[bytes], source), read_size=BLOCK, read_across_frames=True)

    def read(self) -> bytes:
        """A failing step loses what it unpacked, so steps are small where many of them do not wait for a pipe."""
        if self._source.waits:
            return self._step(UNPACKED)
        parts = []
        for _ in range(0, UNPACKED, ZSTD_BLOCK):
            parts.append(self._step(ZSTD_BLOCK))
            if not parts[-1]:
                break
        return b"".join(parts)

    def _step(self, size: int) -> bytes:
        if self.trouble:
            return b""
        try:
            data: bytes = self._reader.read1(size)
        except self._error:
            self.trouble = "its zstd data are corrupt"
            return b""
        if not data:
            self.trouble = self._source.trouble
        return data


def unpacked(source: RawStream) -> Stream:
    """The stream itself, or what is inside when it is compressed."""
    head = source.peek(4)
    if head.startswith(GZIP_MAGIC):
        return GzipStream(source)
    return ZstdStream(source) if head.startswith(ZSTD_MAGIC) else source
