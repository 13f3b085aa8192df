"""IP fragments into datagrams (RFC 791 section 3.2, RFC 8200 section 4.5), bounded in number, bytes and age.

No clock: the time of a fragment is an argument, and age is counted in the capture's own time.

Where fragments overlap and agree, the first to arrive stays; that also takes in a packet captured twice. Where they
differ the datagram is dropped with all that still comes of it, as RFC 5722 demands for IPv6: which of two contents a
receiver takes is what evasion plays on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from dissectors.events import Address

MOST_DATAGRAMS = 1024
MOST_BYTES = 16 * 1024 * 1024
LIFETIME = 30_000_000_000
"""ns from the first fragment to arrive: Linux keeps IPv4 fragments for 30 s (RFC 8200 would have 60 s)."""
MOST_DONE = 64
"""Datagrams that were put together lately, so that second copies of their fragments open nothing new."""
LARGEST = 65535

OVERLAP = "overlapping fragments"
DISAGREE = "fragments disagree about where the datagram ends"
Key: TypeAlias = tuple[Address, Address, int, int]
"""Source, destination, identification, and the protocol (IPv4) or -1 (IPv6)."""


class Fragment(NamedTuple):
    """One fragment: ``offset`` in bytes of the payload, ``protocol`` what the payload is."""

    offset: int
    more: bool
    protocol: int
    data: bytes


class Datagram(NamedTuple):
    """A payload put together, and the frames it came in, in order of arrival."""

    data: bytes
    protocol: int
    frames: tuple[int, ...]


@dataclass(slots=True)
class _Waiting:
    """A datagram under way. ``starts`` and ``ends`` are the runs of bytes that are there, in order, apart."""

    started: int
    data: bytearray = field(default_factory=bytearray)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    size: int | None = None  # known from the last fragment
    reach: int = 0  # the farthest end of a fragment that has more behind it
    protocol: int = -1  # of the fragment at offset 0
    frames: list[int] = field(default_factory=list)
    dropped: bool = False

    @property
    def is_whole(self) -> bool:
        return self.size is not None and self.starts == [0] and self.ends == [self.size]

    def contradiction(self, fragment: Fragment) -> str:
        """Why the fragment cannot belong to the same datagram as those before it; empty if it can."""
        start, end = fragment.offset, fragment.offset + len(fragment.data)
        low, high = bisect_right(self.ends, start), bisect_left(self.starts, end)
        for at in range(low, high):
            a, b = max(start, self.starts[at]), min(end, self.ends[at])
            if self.data[a:b] != fragment.data[a - start : b - start]:
                return OVERLAP
        if self.size is not None and (end > self.size or (end == self.size) == fragment.more):
            return DISAGREE
        return DISAGREE if not fragment.more and end <= self.reach else ""

    def place(self, fragment: Fragment) -> bool:
        """Puts the bytes in their place; gives whether they told anything new."""
        start, end = fragment.offset, fragment.offset + len(fragment.data)
        low, high = bisect_left(self.ends, start), bisect_right(self.starts, end)
        if high - low == 1 and self.starts[low] <= start and end <= self.ends[low] and (fragment.more or self.size):
            return False
        self.data.extend(bytes(max(0, end - len(self.data))))
        self.data[start:end] = fragment.data  # where there were bytes, they are the same
        if not start:
            self.protocol = fragment.protocol
        if fragment.more:
            self.reach = max(self.reach, end)
        else:
            self.size = end
        if low < high:
            start, end = min(start, self.starts[low]), max(end, self.ends[high - 1])
        self.starts[low:high], self.ends[low:high] = [start], [end]
        return True


class Reassembly:
    """Datagrams under way, from fragments in the order of the capture."""

    def __init__(
        self, *, most_datagrams: int = MOST_DATAGRAMS, most_bytes: int = MOST_BYTES, lifetime: int = LIFETIME
    ) -> None:
        self.expired = 0
        """Datagrams given up: too old, or pushed out by newer ones."""
        self.overlapping = 0
        """Datagrams dropped because their fragments contradicted one another."""
        self._most_datagrams = most_datagrams
        self._most_bytes = most_bytes
        self._lifetime = lifetime
        self._waiting: OrderedDict[Key, _Waiting] = OrderedDict()
        self._bytes = 0
        self._done: OrderedDict[Key, Datagram] = OrderedDict()

    @property
    def waiting(self) -> int:
        """Datagrams of which something is missing yet; at the end of a capture, they never were complete."""
        return sum(not w.dropped for w in self._waiting.values())

    def add(self, key: Key, fragment: Fragment, frame: int, at: int) -> Datagram | str | None:
        """The whole datagram if this fragment completes it; why the fragment is malformed; None while it waits."""
        fault = fragment_fault(fragment)
        if fault:
            return fault
        self._expire(at)
        if self._is_copy(key, fragment):
            return None
        waiting = self._get(key, at)
        if waiting.dropped:
            return None
        contradiction = waiting.contradiction(fragment)
        if contradiction:
            self._drop(waiting)
            return contradiction
        before = len(waiting.data)
        if waiting.place(fragment) and frame not in waiting.frames[-1:]:
            waiting.frames.append(frame)
        self._bytes += len(waiting.data) - before
        if waiting.is_whole:
            return self._finish(key, waiting)
        self._bound(key)
        return None

    def _get(self, key: Key, at: int) -> _Waiting:
        known = self._waiting.get(key)
        if known is not None and abs(at - known.started) > self._lifetime:  # captures merged out of order
            self._give_up(key)
            known = None
        if known is None:
            known = self._waiting[key] = _Waiting(at)
        return known

    def _is_copy(self, key: Key, fragment: Fragment) -> bool:
        """Whether the fragment is one more capture of a fragment whose datagram is done."""
        done = self._done.get(key)
        if done is None or key in self._waiting:
            return False
        end = fragment.offset + len(fragment.data)
        if done.data[fragment.offset : end] == fragment.data and fragment.more == (end < len(done.data)):
            return True
        del self._done[key]  # the identification serves a new datagram
        return False

    def _finish(self, key: Key, waiting: _Waiting) -> Datagram:
        whole = Datagram(bytes(waiting.data), waiting.protocol, tuple(waiting.frames))
        del self._waiting[key]
        self._bytes -= len(waiting.data)
        self._done[key] = whole
        if len(self._done) > MOST_DONE:
            self._done.popitem(last=False)
        return whole

    def _drop(self, waiting: _Waiting) -> None:
        """The entry stays, without its bytes, so that later fragments of the datagram are dropped as well."""
        self._bytes -= len(waiting.data)
        waiting.data = bytearray()
        waiting.dropped = True
        self.overlapping += 1

    def _expire(self, at: int) -> None:
        while self._waiting:
            oldest = next(iter(self._waiting))
            if at - self._waiting[oldest].started <= self._lifetime:
                return
            self._give_up(oldest)

    def _bound(self, newest: Key) -> None:
        """The oldest make room; the newest stays unless it alone is too big."""
        while len(self._waiting) > self._most_datagrams or self._bytes > self._most_bytes:
            oldest = next(iter(self._waiting))
            self._give_up(oldest)
            if oldest == newest:
                return

    def _give_up(self, key: Key) -> None:
        waiting = self._waiting.pop(key)
        self._bytes -= len(waiting.data)
        self.expired += not waiting.dropped


def fragment_fault(fragment: Fragment) -> str:
    """Why a receiver would throw the fragment away by itself; empty for a good one."""
    size = len(fragment.data)
    if not size:
        return "fragment without data"
    if fragment.more and size % 8:
        return f"fragment of {size} bytes, not a multiple of 8, has more behind it"
    if fragment.offset + size > LARGEST:
        return f"fragment reaches beyond {LARGEST} bytes"
    return ""
