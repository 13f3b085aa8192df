"""What a file is by its first bytes, and the one sentence for what is no capture."""

from __future__ import annotations

import io
import os
import stat
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from analyzer.capture.disk import DiskFile
from analyzer.capture.facts import CaptureError
from analyzer.capture.streams import GZIP_MAGIC, ZSTD_MAGIC, RawStream, unpacked
from analyzer.capture.window import BLOCK, FileWindow, StreamWindow, Window

PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_MAGICS = (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34)
PCAP_MAGICS = {struct.pack(f"{order}I", magic): (magic, order) for magic in _MAGICS for order in "<>"}
"""The first four bytes of a pcap file to its magic number and the byte order of its numbers."""

OTHERS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"BZh", "a bzip2 file, which is not supported"),
    (b"\xfd7zXZ", "an xz file, which is not supported"),
    (b"\x04\x22\x4d\x18", "an LZ4 file, which is not supported"),
    (GZIP_MAGIC, "a gzip file again"),
    (ZSTD_MAGIC, "a zstd file again"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"snoop\0", "a snoop capture, which is not supported"),
    (b"btsnoop\0", "a Bluetooth snoop log, which is not supported"),
    (b"GMBU", "a Network Monitor capture, which is not supported"),
    (b"RTSS", "a Network Monitor capture, which is not supported"),
    (b"TRSNIFF", "a Sniffer capture, which is not supported"),
    (b"SQLite format 3", "an SQLite database"),
    (b"-----BEGIN", "a PEM file"),
    (b"<?xml", "an XML document"),
    (b"\0\0\0\0", "empty space"),
)


@dataclass(slots=True)
class OpenFile:
    """A capture file that was opened and recognised."""

    name: str
    window: Window
    raw: io.FileIO
    stream: RawStream | None  # None when it is read at places
    size: int | None  # None when nobody knows, as with a pipe

    @property
    def consumed(self) -> int:
        return self.stream.consumed if self.stream else self.window.base + self.window.pos

    def close(self) -> None:
        self.window.close()
        self.raw.close()


def open_capture(path: str | Path, block: int = BLOCK) -> OpenFile:
    """Open a file, or standard input for ``-``, and see what is inside; CaptureError says why not.

    ``block``: bytes that are read at once.
    """
    name = "standard input" if str(path) == "-" else str(path) or "''"
    raw = _opened(path, name)
    try:
        return _recognised(name, raw, block)
    except BaseException:
        raw.close()
        raise


def _opened(path: str | Path, name: str) -> io.FileIO:
    try:
        raw = io.FileIO(sys.stdin.fileno(), closefd=False) if str(path) == "-" else io.FileIO(os.fspath(path))
    except FileNotFoundError:
        raise CaptureError(f"{name} does not exist") from None
    except IsADirectoryError:
        raise CaptureError(f"{name} is a folder, not a capture file") from None
    except PermissionError:
        raise CaptureError(f"{name} may not be read: permission denied") from None
    except (OSError, ValueError, AttributeError) as error:
        raise CaptureError(f"{name} cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    return raw


def _recognised(name: str, raw: io.FileIO, block: int) -> OpenFile:
    status = os.fstat(raw.fileno())
    regular = stat.S_ISREG(status.st_mode)
    if stat.S_ISDIR(status.st_mode):
        raise CaptureError(f"{name} is a folder, not a capture file")
    if regular and not status.st_size:
        raise CaptureError(f"{name} is empty (0 bytes)")
    size = status.st_size if regular else None
    if size is not None and raw.tell() == 0 and _is_capture(os.pread(raw.fileno(), 4, 0)):
        disk = DiskFile(os.dup(raw.fileno()), size)
        raw.close()  # the chunks keep the file
        return OpenFile(name, FileWindow(disk, block), raw, None, size)
    source = RawStream(raw)
    window = _streamed(name, source)
    return OpenFile(name, window, raw, source, size)


def _streamed(name: str, source: RawStream) -> StreamWindow:
    stream = unpacked(source)
    window = StreamWindow(stream)
    window.fill(4)
    head = bytes(window.data[:64])
    if _is_capture(head):
        return window
    packed = stream is not source
    if head:
        what = f"what {name} unpacks to" if packed else name
        raise CaptureError(f"{what} is not a pcap or pcapng capture: {_likeness(head, whole=window.final)}")
    if stream.trouble:
        raise CaptureError(f"{name} cannot be read: {stream.trouble}")
    raise CaptureError(f"{name} is empty (0 bytes{' when unpacked' if packed else ''})")


def _is_capture(head: bytes) -> bool:
    return head[:4] == PCAPNG_MAGIC or head[:4] in PCAP_MAGICS


def _likeness(head: bytes, *, whole: bool) -> str:
    for magic, what in OTHERS:
        if head.startswith(magic):
            return f"it looks like {what}"
    if whole and len(head) < 4:
        return f"it has only {len(head)} byte{'s' if len(head) > 1 else ''}"
    return "it looks like text" if _is_text(head) else f"it begins with {head[:4].hex(' ')}"


def _is_text(head: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head) and 0x7F not in head
