"""One section of a pcapng file: its byte order, its interfaces, and what its blocks tell."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from analyzer.capture import blocks
from analyzer.capture.chunk import Ints
from analyzer.capture.facts import MAX_INTERFACES, MAX_NAMES, FileLog, Interface
from analyzer.capture.times import SECOND, Units, nanoseconds

MICROSECONDS = 6
"""As if_tsresol."""
LONG_AGO = 10**8 * SECOND
"""ns: 1973. Microseconds that are taken for nanoseconds give a time before."""


class Section:
    """Interfaces are numbered from 0 in each section; here they get the numbers of the whole capture."""

    def __init__(self, order: str, log: FileLog, last_at: int = 0) -> None:
        self.order = order
        self.log = log
        self.last_at = last_at  # ns, of the last frame: simple packet blocks have no time of their own
        self._mine: list[Interface] = []
        self._global: list[int] = []
        self._born: list[int] = []  # where in the file each was described
        self._clock: list[int] = []  # each one's place in _clocks
        self._clocks: dict[tuple[int, int], int] = {}  # resolution and offset

    def note(self, kind: int, offset: int, body: bytes) -> None:
        """Take in a block that carries no frame."""
        self.log.block(offset, kind)
        if kind == blocks.INTERFACE and len(body) >= 8:
            self._describe(body, offset)
        elif kind == blocks.STATISTICS and len(body) >= 12:
            self._count(body)
        elif kind == blocks.NAMES:
            self._name(body)
        elif kind == blocks.SECRETS:
            secret = blocks.decode_secret(body, self.order)
            self.log.facts.secrets += [secret] if secret else []

    def _name(self, body: bytes) -> None:
        names = self.log.facts.names
        if len(names) < MAX_NAMES:
            names.update(blocks.decode_names(body, self.order))

    def _describe(self, body: bytes, offset: int) -> None:
        if len(self.log.facts.interfaces) >= MAX_INTERFACES:
            self.log.odd(f"more than {MAX_INTERFACES:,} interfaces are described; the rest is left out", offset)
            return
        interface = blocks.decode_interface(body, self.order, self.log.file)
        self._mine.append(interface)
        self._global.append(self.log.interface(interface))
        self._born.append(offset)
        clock = (interface.resolution, interface.offset)
        self._clock.append(self._clocks.setdefault(clock, len(self._clocks)))

    def _count(self, body: bytes) -> None:
        (local,) = struct.unpack_from(self.order + "I", body)
        lost = blocks.decode_drops(body, self.order)
        if local >= len(self._mine):
            return
        mine = self._mine[local]
        if lost is not None:
            mine.reported_drops = lost
        mine.received = blocks.decode_received(body, self.order)
        mine.ended_at = self._end(mine, *blocks.decode_end(body, self.order))

    def _end(self, interface: Interface, end: int, by_dumpcap: bool) -> int:
        """When the capture ended, ns; 0 if that is not known."""
        units = np.array([end], np.uint64)
        at = int(nanoseconds(units, interface.resolution, interface.offset)[0][0]) if end else 0
        if by_dumpcap and at < LONG_AGO:
            at = int(nanoseconds(units, MICROSECONDS, interface.offset)[0][0])
        return at

    def count_drops(self, local: Ints, counts: Ints) -> None:
        """Add frames lost, as packet blocks tell it."""
        numbers, inverse = np.unique(local, return_inverse=True)
        sums = np.zeros(len(numbers), np.int64)
        np.add.at(sums, inverse, counts)
        for number, lost in zip(numbers.tolist(), sums.tolist(), strict=True):
            self._mine[number].counted_drops += lost

    def times(self, local: Ints, units: Units) -> tuple[Ints, int]:
        """Timestamps in ns, and how many were clamped; interfaces of one clock are converted in one step."""
        if len(self._clocks) == 1:
            return nanoseconds(units, *next(iter(self._clocks)))
        clock = np.asarray(self._clock, np.int64)[local]
        order = np.argsort(clock, kind="stable")
        edges = np.flatnonzero(np.diff(clock[order])) + 1
        clocks = list(self._clocks)
        times, late = np.empty(len(local), np.int64), 0
        for rows in np.split(order, edges):
            times[rows], clamped = nanoseconds(units[rows], *clocks[int(clock[rows[0]])])
            late += clamped
        return times, late

    @property
    def snaplen(self) -> int:
        """Of the first interface, which simple packet blocks belong to; 0 is no limit."""
        return self._mine[0].snaplen if self._mine else 0

    def known(self, local: Ints, offset: Ints) -> NDArray[np.bool_]:
        """Which frames name an interface that was described before them."""
        if not self._born:
            return np.zeros(len(local), np.bool_)
        born = np.asarray(self._born, np.int64)
        return (local < len(born)) & (born[np.minimum(local, len(born) - 1)] < offset)

    def numbers(self, local: Ints) -> NDArray[np.uint32]:
        return np.asarray(self._global, np.uint32)[local]

    def link_types(self, local: Ints) -> NDArray[np.uint16]:
        return np.asarray([interface.link_type for interface in self._mine], np.uint16)[local]
