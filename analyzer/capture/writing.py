"""Writing frames: pcap with nanoseconds (draft-ietf-opsawg-pcap), and pcapng (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from analyzer.capture.blocks import INTERFACE, PACKET, SECTION

NANOSECOND_MAGIC = 0xA1B23C4D
SNAPLEN = 262_144
NANOSECONDS = struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)
"""Option if_tsresol, and the end of options."""
COMMENT = 1
MOST_COMMENT = 0xFFF0
PRIVATE = 0o600


class FrameWriter(Protocol):
    """Takes frames one by one; ``at`` is in ns since 1970, ``length`` that on the wire."""

    def add(self, at: int, data: bytes, link_type: int, length: int, comment: str = "") -> None:
        """Writes one frame."""


class OtherLinkType(Exception):
    """A pcap file takes frames of one link type."""


class PcapWriter:
    """A pcap file. Comments have no place in it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._link_type: int | None = None

    def add(self, at: int, data: bytes, link_type: int, length: int, comment: str = "") -> None:
        """Writes one frame; raises :class:`OtherLinkType` if it is not of the first one's link type."""
        self.begin(link_type)
        if link_type != self._link_type:
            raise OtherLinkType
        seconds, nanoseconds = divmod(at, 1_000_000_000)
        head = struct.pack("<IIII", seconds & 0xFFFFFFFF, nanoseconds, len(data), max(length, len(data)))
        self._out.write(head + data)

    def begin(self, link_type: int) -> None:
        """Writes the header, unless it is there."""
        if self._link_type is None:
            self._link_type = link_type
            self._out.write(struct.pack("<IHHiIII", NANOSECOND_MAGIC, 2, 4, 0, 0, SNAPLEN, link_type))


class PcapngWriter:
    """A pcapng file with one interface for each link type."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._interfaces: dict[int, int] = {}
        self._block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))

    def add(self, at: int, data: bytes, link_type: int, length: int, comment: str = "") -> None:
        """Writes one frame."""
        interface = self._interfaces.get(link_type)
        if interface is None:
            interface = self._interfaces[link_type] = len(self._interfaces)
            self._block(INTERFACE, struct.pack("<HHI", link_type, 0, 0) + NANOSECONDS)
        size = max(length, len(data))
        head = struct.pack("<IIIII", interface, at >> 32 & 0xFFFFFFFF, at & 0xFFFFFFFF, len(data), size)
        self._block(PACKET, head + _padded(data) + _comment(comment))

    def _block(self, kind: int, body: bytes) -> None:
        size = struct.pack("<I", 12 + len(body))
        self._out.write(struct.pack("<I", kind) + size + body + size)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _comment(text: str) -> bytes:
    data = text.encode("utf-8")[:MOST_COMMENT]
    return struct.pack("<HH", COMMENT, len(data)) + _padded(data) + bytes(4) if data else b""


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A file that only its owner may read. It takes its place when it is complete; until then the old one stands.

    What is no regular file (a pipe, a terminal) is written to directly.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as out:
            yield out
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:32]}.")
    try:
        with os.fdopen(handle, "wb") as out:
            os.fchmod(out.fileno(), PRIVATE)
            yield out
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
