"""pcap records into chunks: draft-ietf-opsawg-pcap, with the "modified" form of old Linux kernels."""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.capture.chunk import Chunk, Ints
from analyzer.capture.facts import CaptureError, FileLog, Interface
from analyzer.capture.gather import gather
from analyzer.capture.recognise import PCAP_MAGICS
from analyzer.capture.times import SECOND
from analyzer.capture.walker import MAX_FRAME, Walker
from analyzer.capture.window import Window

HEADER_SIZE = 24
NANOSECOND_MAGIC = 0xA1B23C4D
MODIFIED_MAGIC = 0xA1B2CD34
"""Its records have 8 more bytes: interface, protocol, packet type."""

SANE_FRAME = 256 << 10
"""A frame larger than this and than the snapshot length is corruption."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the file header says about all records."""

    order: str  # of struct and numpy, "<" or ">"
    record: int  # size of a record header
    resolution: int  # 6 or 9, as if_tsresol
    snaplen: int
    link_type: int
    version: tuple[int, int]

    @property
    def most(self) -> int:
        """The most bytes a frame may claim to hold."""
        return min(max(SANE_FRAME, self.snaplen), MAX_FRAME)


def decode_header(data: bytes) -> Header:
    """The 24 bytes at the start of a pcap file."""
    magic, order = PCAP_MAGICS[data[:4]]
    major, minor, _, _, snaplen, link = struct.unpack_from(order + "HHiIII", data, 4)
    # The upper half of the last field tells of a frame check sequence and is no part of the link type.
    record = 24 if magic == MODIFIED_MAGIC else 16
    return Header(order, record, 9 if magic == NANOSECOND_MAGIC else 6, snaplen, link & 0xFFFF, (major, minor))


class PcapWalker(Walker):
    """Walks the records of one pcap file."""

    def __init__(self, window: Window, log: FileLog) -> None:
        super().__init__(log)
        self.header = head = _read_header(window, log)
        self._unpack = struct.Struct(f"{head.order}8xI{head.record - 12}x").unpack_from
        self._interface = log.interface(Interface(log.file, head.link_type, head.snaplen, resolution=head.resolution))

    def walk(self, window: Window, limit: int) -> Chunk | None:
        """The next frames, at most `limit`; None when the window holds no more."""
        self.wanted = 0
        at, end = self._run(window, limit)
        head = gather(window.data, at, 16, self.header.order)
        captured = head[:, 2].astype(np.int64)
        window.pos = end
        count = self._believable(window, at, captured)
        if not self.done and (count < limit or end > len(window.data)):
            count = self._whole(window, at, captured)
        chunk = self._chunk(window, at[:count], head[:count], captured[:count]) if count else None
        self.settle(window, count)
        return chunk

    def _run(self, window: Window, limit: int) -> tuple[Ints, int]:
        """Where records begin, and where the walk came out: beyond the window if the last one is not whole.

        This loop sets the speed of reading. It looks at nothing but lengths and leaves by the exception.
        """
        data, pos, unpack, size = window.data, window.pos, self._unpack, self.header.record
        found = array("q")
        append = found.append
        try:
            for _ in range(limit):
                (captured,) = unpack(data, pos)
                append(pos)
                pos += captured + size
        except struct.error:
            pass
        return np.frombuffer(found, np.int64), pos

    def _believable(self, window: Window, at: Ints, captured: Ints) -> int:
        """How many records stand before the first whose length cannot be true."""
        lies = np.flatnonzero(captured > self.header.most)
        if not lies.size:
            return len(at)
        count = int(lies[0])
        window.pos = int(at[count])
        self.halt(f"the next frame claims to hold {captured[count]:,} bytes", window.base + window.pos)
        return count

    def _whole(self, window: Window, at: Ints, captured: Ints) -> int:
        """The window ends: how many records can be used. Of a frame that the file cuts, what is there is."""
        if window.pos <= len(window.data):
            self.lacks(window, self.header.record, "the file ends within a record header")
            return len(at)
        last = len(at) - 1
        window.pos = int(at[last])
        there = window.left - self.header.record
        self.lacks(window, self.header.record + int(captured[last]), "the last frame is cut by the end of the file")
        if not window.final or not there:
            return last
        captured[last] = there
        return len(at)

    def _chunk(self, window: Window, at: Ints, head: NDArray[np.uint32], captured: Ints) -> Chunk:
        fraction = 1 if self.header.resolution == 9 else 1000
        times = head[:, 0].astype(np.int64) * SECOND + head[:, 1].astype(np.int64) * fraction
        return Chunk(
            data=window.data,
            first=0,
            offset=at + self.header.record,
            captured=captured,
            length=head[:, 3].astype(np.int64),
            at=times,
            link_type=np.full(len(at), self.header.link_type, np.uint16),
            interface=np.full(len(at), self._interface, np.uint32),
            file=np.full(len(at), self.log.file, np.uint16),
            disk=window.disk,
            base=window.base,
        )


def _read_header(window: Window, log: FileLog) -> Header:
    if window.left < HEADER_SIZE:
        window.fill(HEADER_SIZE)
    if window.left < HEADER_SIZE:
        raise CaptureError(f"{log.path} ends within its file header, after {window.left} of {HEADER_SIZE} bytes")
    header = decode_header(bytes(window.data[:HEADER_SIZE]))
    window.pos = HEADER_SIZE
    if header.version[0] != 2:
        log.odd(f"pcap version {header.version[0]}.{header.version[1]} is unknown and read as 2.4", 4)
    return header
