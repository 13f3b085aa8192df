"""epb_dropcount of many packet blocks at once: draft-ietf-opsawg-pcapng section 4.3."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyzer.capture.chunk import Buffer, Ints
from analyzer.capture.gather import gather

EPB_DROPCOUNT = 4
SIZE = 12
"""Of the option: code, length and a 64-bit number."""

ROUNDS = 16
"""Options looked at in a block; the count is among the first of any writer."""

SANE_COUNT = 2**40

Words = NDArray[np.uint32]


def drop_counts(data: Buffer, begin: Ints, end: Ints, order: str) -> Ints:
    """Frames lost before each packet block whose options lie from `begin` to `end`; 0 where it does not say."""
    lost = np.zeros(len(begin), np.int64)
    row = np.arange(len(begin))
    at = begin
    for _ in range(ROUNDS):
        inside = at + SIZE <= end[row]
        row, at = row[inside], at[inside]
        if not len(row):
            break
        head = gather(data, at, SIZE, order)
        code, size = _halves(head[:, 0], order)
        found = (code == EPB_DROPCOUNT) & (size == 8)
        lost[row[found]] = _wide(head[found, 1], head[found, 2], order)
        more = ~found & (code != 0)
        row, at = row[more], at[more] + 4 + size[more] + -size[more] % 4
    return lost


def _halves(word: Words, order: str) -> tuple[Ints, Ints]:
    low, high = (word & 0xFFFF).astype(np.int64), (word >> 16).astype(np.int64)
    return (low, high) if order == "<" else (high, low)


def _wide(first: Words, second: Words, order: str) -> Ints:
    low, high = (first, second) if order == "<" else (second, first)
    both = high.astype(np.uint64) << np.uint64(32) | low
    return np.where(both < SANE_COUNT, both, 0).astype(np.int64)
