"""pcapng blocks into chunks: draft-ietf-opsawg-pcapng section 3."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable

import numpy as np

from analyzer.capture import blocks
from analyzer.capture.chunk import Buffer, Chunk, Ints
from analyzer.capture.facts import FileLog
from analyzer.capture.packets import LENGTHS_DIFFER, MAX_BLOCK, PacketBlocks
from analyzer.capture.section import Section
from analyzer.capture.walker import Walker
from analyzer.capture.window import Window

SECTION_MAGIC = b"\x0a\x0d\x0d\x0a"
SECTION_SIZE = 28
TOLD = (blocks.INTERFACE, blocks.NAMES, blocks.STATISTICS, blocks.SECRETS)
CUT = "the last block is cut by the end of the file"


class PcapngWalker(Walker):
    """Walks the blocks of one pcapng file, section after section."""

    def __init__(self, log: FileLog) -> None:
        super().__init__(log)
        self._section = Section("<", log)
        self._unpack = struct.Struct("<II").unpack_from

    def walk(self, window: Window, limit: int) -> Chunk | None:
        """The next frames, at most `limit`; None when the window holds no more."""
        self.wanted = 0
        while not (self.done or self.wanted):
            if bytes(window.data[window.pos : window.pos + 4]) == SECTION_MAGIC:
                self._begin(window)
                self.settle(window, 0)
                continue
            chunk = self._frames(window, self._run(window, limit))
            self.settle(window, len(chunk) if chunk else 0)
            if chunk:
                return chunk
        return None

    def _begin(self, window: Window) -> None:
        """Section Header Block (section 4.1): the byte order comes before everything else."""
        start = window.base + window.pos
        if window.left < SECTION_SIZE:
            self.lacks(window, SECTION_SIZE, CUT)
            return
        head = bytes(window.data[window.pos : window.pos + SECTION_SIZE])
        order = blocks.BYTE_ORDERS.get(head[8:12])
        if order is None:
            self.halt("a section header shows no byte order", start)
            return
        size, _, major, minor = struct.unpack_from(order + "IIHH", head, 4)
        if major != 1:
            self.halt(f"pcapng version {major}.{minor} is unknown", start)
        elif self._complete(window, window.pos, size, SECTION_SIZE, order):
            self.log.block(start, blocks.SECTION)
            self._section = Section(order, self.log, self._section.last_at)
            self._unpack = struct.Struct(order + "II").unpack_from
            window.pos += size

    def _run(self, window: Window, limit: int) -> Ints:
        """Where blocks with frames begin. Others are taken in on the way; a new section ends the run.

        The window's `pos` comes out beyond its end if the last block is not whole. This loop sets the speed
        of reading: lengths are believed here and judged afterwards.
        """
        data, pos, unpack = window.data, window.pos, self._unpack
        packet, others = blocks.PACKET, (blocks.SIMPLE_PACKET, blocks.OLD_PACKET)
        found = array("q")
        append = found.append
        try:
            for _ in range(limit):
                kind, size = unpack(data, pos)
                if kind == packet or kind in others:
                    append(pos)
                elif not self._aside(window, found, pos, kind, size):
                    break
                pos += size
            window.pos = pos
        except struct.error:
            window.pos = pos
            if pos <= len(data):
                self.lacks(window, 12, "the file ends within a block header")
        return np.frombuffer(found, np.int64)

    def _aside(self, window: Window, found: array[int], pos: int, kind: int, size: int) -> bool:
        """A block without a frame; False if the run ends before it."""
        window.pos = pos
        if kind == blocks.SECTION or (found and not _closed(window.data, found[-1], self._unpack)):
            return False
        if not self._complete(window, pos, size, 12, self._section.order):
            return False
        body = bytes(window.data[pos + 8 : pos + size - 4]) if kind in TOLD else b""
        self._section.note(kind, window.base + pos, body)
        return True

    def _complete(self, window: Window, pos: int, size: int, least: int, order: str) -> bool:
        """Whether a block has a length that can be true and is all there."""
        if size < least or size % 4 or size > MAX_BLOCK:
            self.halt(f"the block length {size:,} cannot be true", window.base + pos)
        elif pos + size > len(window.data):
            self.lacks(window, size, CUT)
        elif struct.unpack_from(order + "I", window.data, pos + size - 4)[0] != size:
            self.halt(LENGTHS_DIFFER, window.base + pos)
        else:
            return True
        return False

    def _frames(self, window: Window, at: Ints) -> Chunk | None:
        if not len(at):
            return None
        packets = PacketBlocks(self._section, window, at)
        count = self._sound(window, packets)
        return packets.chunk(count, self.log.frames)

    def _sound(self, window: Window, packets: PacketBlocks) -> int:
        """How many blocks stand before the first that cannot be true, or that the window does not hold whole."""
        count, why = packets.sound(whole=window.pos <= len(window.data))
        if count == len(packets.at):
            return count
        window.pos = int(packets.at[count])
        if why:
            self.halt(why, window.base + window.pos)
            return count
        self.lacks(window, int(packets.size[count]), CUT)
        return count + (window.final and packets.shorten(count))


def _closed(data: Buffer, at: int, unpack: Callable[[Buffer, int], tuple[int, int]]) -> bool:
    """Whether the packet block before another block ends as it began. If not, what follows it is no block."""
    _, size = unpack(data, at)
    return size >= 16 and not size % 4 and unpack(data, at + size - 8)[1] == size
