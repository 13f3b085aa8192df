"""Several files into one stream by time, a chunk at a time.

The next frame is always the earliest of those that stand first in their files; equal times go by the order
of the files, and no file is sorted. So what counts for a frame is the latest time its file has shown until
then: by this key each file ascends, and a merge of the keys is the merge by heads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analyzer.capture.chunk import COLUMNS, Chunk, Ints

LONG_RUN = 256
"""So many frames of one file in a row are worth a chunk of their own, over bytes that stay where they are."""

GATHERED = 32 << 20
"""The most bytes that are copied into one chunk."""


class Feed:
    """One file in the merge: its current chunk, and how much of it was taken."""

    def __init__(self, place: int, chunks: Iterator[Chunk]) -> None:
        self.place = place
        self._chunks = chunks
        self._chunk: Chunk | None = None
        self._keys: Ints = np.empty(0, np.int64)
        self._taken = 0
        self.head = 0
        self.last = -(2**63)

    def ready(self) -> bool:
        """Whether there is a frame to take; gets the next chunk when this one is used up."""
        if self._chunk is not None and self._taken < len(self._keys):
            return True
        self._chunk = next(self._chunks, None)
        if self._chunk is None:
            return False
        self._keys = np.maximum(np.maximum.accumulate(self._chunk.at), self.last)
        self._taken = 0
        self.head, self.last = int(self._keys[0]), int(self._keys[-1])
        return True

    def take(self, bound: int, *, equal: bool) -> tuple[Chunk, Ints] | None:
        """The frames before `bound`, and those at it if `equal`, with their keys."""
        if self._chunk is None or self.head > bound:
            return None
        low = self._taken
        high = int(np.searchsorted(self._keys, bound, side="right" if equal else "left"))
        if high <= low:
            return None
        self._taken = high
        if high < len(self._keys):
            self.head = int(self._keys[high])
        return self._chunk.part(low, high), self._keys[low:high]


def merged(sources: Sequence[Iterator[Chunk]], limit: int) -> Iterator[Chunk]:
    """The chunks of all sources as one stream. Frames are not numbered yet."""
    live = [feed for place, chunks in enumerate(sources) if (feed := Feed(place, chunks)).ready()]
    while live:
        # Nothing later than the first end of a chunk can be placed before the next chunk is seen.
        bound, place = min((feed.last, feed.place) for feed in live)
        taken = [part for feed in live if (part := feed.take(bound, equal=feed.place <= place))]
        yield from woven(taken, limit)
        live = [feed for feed in live if feed.ready()]


def woven(parts: Sequence[tuple[Chunk, Ints]], limit: int) -> Iterator[Chunk]:
    """Parts of several files, in order of their keys; long runs of one file stay where they are."""
    if len(parts) == 1:
        yield parts[0][0]
        return
    weave = Weave([chunk for chunk, _ in parts], np.concatenate([keys for _, keys in parts]))
    done = 0
    for low, high in weave.long_runs():
        yield from weave.gathered(done, low, limit)
        yield weave.run(low, high)
        done = high
    yield from weave.gathered(done, len(weave.order), limit)


class Weave:
    """Frames of several chunks in a new order."""

    def __init__(self, chunks: list[Chunk], keys: Ints) -> None:
        self._chunks = chunks
        sizes = [len(chunk) for chunk in chunks]
        self.order: Ints = np.argsort(keys, kind="stable").astype(np.int64)
        self._owner: Ints = np.repeat(np.arange(len(chunks)), sizes)[self.order]
        self._begin = np.concatenate(([0], np.cumsum(sizes)))
        self._columns = {name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in COLUMNS}

    def long_runs(self) -> list[tuple[int, int]]:
        """From where to where frames of one chunk follow each other, if they are many."""
        edges = np.flatnonzero(np.diff(self._owner)) + 1
        begin = np.concatenate(([0], edges))
        end = np.concatenate((edges, [len(self.order)]))
        long = end - begin >= LONG_RUN
        return list(zip(begin[long].tolist(), end[long].tolist(), strict=True))

    def run(self, low: int, high: int) -> Chunk:
        owner = int(self._owner[low])
        first = int(self.order[low] - self._begin[owner])
        return self._chunks[owner].part(first, first + high - low)

    def gathered(self, low: int, high: int, limit: int) -> Iterator[Chunk]:
        """The frames from `low` to `high` copied next to each other, in chunks of bearable size."""
        if low >= high:
            return
        rows = self.order[low:high]
        ends = np.cumsum(self._columns["captured"][rows])
        at = 0
        while at < len(rows):
            before = int(ends[at - 1]) if at else 0
            fit = int(np.searchsorted(ends, before + GATHERED, side="right"))
            upto = min(at + limit, max(fit, at + 1), len(rows))
            yield self._copied(rows[at:upto], self._owner[low + at : low + upto])
            at = upto

    def _copied(self, rows: Ints, owner: Ints) -> Chunk:
        column = {name: values[rows] for name, values in self._columns.items()}
        views = [memoryview(chunk.data) for chunk in self._chunks]
        begin, captured = column["offset"], column["captured"]
        places = zip(owner.tolist(), begin.tolist(), (begin + captured).tolist(), strict=True)
        data = b"".join([views[which][low:high] for which, low, high in places])
        column["offset"] = np.cumsum(captured) - captured
        offset, captured, length, at, link_type, interface, file = (column[name] for name in COLUMNS)
        return Chunk(data, 0, offset, captured, length, at, link_type, interface, file)
