"""Tunnel packets summed into segments, for a chunk at once."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dissectors.triage.classes import FrameClass
from dissectors.triage.columns import Ints
from dissectors.triage.tunnel_keys import WORDS, Keys, tunnel_keys
from dissectors.triage.tunnel_scalar import unpack_key
from dissectors.triage.vector import BLOCK, Classes, Places
from dissectors.tunnels import TunnelSegment

MOST = 1 << 20
"""Frames that are summed at once; three numbers up to it fit into 64 bits."""
MIX = np.array([0x9E3779B97F4A7C15 * (2 * n + 1) % 2**64 | 1 for n in range(2, WORDS + 2)], np.uint64)
"""Odd factors, one for every word of a key."""


class Frames(Protocol):
    """What a chunk of a capture tells of its frames; see ``analyzer.capture.chunk.Chunk``."""

    data: Any
    first: int
    offset: Ints
    captured: Ints
    length: Ints
    at: Ints
    link_type: NDArray[np.uint16]


def tunnel_segments(frames: Frames, classes: Classes, network: Places, cuts: Ints) -> list[TunnelSegment]:
    """The tunnel packets of a chunk, summed; in order of their first frames.

    ``classes`` and ``network`` are triage's, ``cuts`` the places of the frames that end a segment, in order.
    """
    rows = np.flatnonzero(classes == FrameClass.TUNNEL_DATA)
    found: list[TunnelSegment] = []
    for low in range(0, len(rows), MOST):
        found += _segments(frames, network, rows[low : low + MOST], cuts)
    return sorted(found, key=attrgetter("first_frame"))


def _segments(frames: Frames, network: Places, rows: Ints, cuts: Ints) -> list[TunnelSegment]:
    keys = _keys(frames, network, rows)
    words = keys.words
    if not keys.known.all():  # only if the two ways of triage disagreed
        rows, words = rows[keys.known], words[keys.known]
    if not len(rows):
        return []
    gaps = np.searchsorted(cuts, rows)
    order, begins = _groups(words, np.concatenate(([0], np.cumsum(gaps[1:] != gaps[:-1]))))
    return _sums(frames, rows[order], words[order[begins]], begins)


def _keys(frames: Frames, network: Places, rows: Ints) -> Keys:
    """In blocks, so that their columns stay in the processor's cache."""
    view = np.frombuffer(frames.data, np.uint8)
    words, known = np.empty((len(rows), WORDS), np.uint64), np.empty(len(rows), np.bool_)
    for low in range(0, len(rows), BLOCK):
        these = rows[low : low + BLOCK]
        start = np.clip(frames.offset[these], 0, len(view))
        there = np.clip(frames.captured[these], 0, len(view) - start)
        keys = tunnel_keys(view, start, there, network[these], frames.link_type[these])
        words[low : low + BLOCK], known[low : low + BLOCK] = keys.words, keys.known
    return Keys(words, known)


def _groups(words: NDArray[np.uint64], gaps: Ints) -> tuple[Ints, Ints]:
    """Rows so ordered that equal keys of a gap are neighbours, earlier ones first; and where each group begins.

    ``gaps`` numbers each row's gap from 0 without holes. Rows are sorted by gap, hash of the key and place, packed in
    one number. Should different keys share a hash, everything is sorted by the keys themselves.
    """
    bits = max(1, int(len(words) - 1).bit_length())
    free = 64 - bits - int(gaps[-1]).bit_length()
    order, begins = _sorted(gaps, _hashes(words) >> np.uint64(64 - free), free, bits)
    ordered = words[order]
    same = (ordered[1:] == ordered[:-1]).all(axis=1)
    same[begins[1:] - 1] = True
    if not same.all():
        rows = np.ascontiguousarray(words).view(f"V{8 * WORDS}")[:, 0]
        _, names = np.unique(rows, return_inverse=True)
        order, begins = _sorted(gaps, names.astype(np.uint64), bits, bits)
    return order, begins


def _hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    total = (words ^ words >> np.uint64(29)) @ MIX
    hashes: NDArray[np.uint64] = (total ^ total >> np.uint64(32)) * MIX[0]
    return hashes


def _sorted(gaps: Ints, names: NDArray[np.uint64], name_bits: int, bits: int) -> tuple[Ints, Ints]:
    packed = (gaps.astype(np.uint64) << np.uint64(name_bits) | names) << np.uint64(bits)
    packed |= np.arange(len(gaps), dtype=np.uint64)
    packed.sort()
    groups = packed >> np.uint64(bits)
    begins = np.concatenate(([0], np.flatnonzero(groups[1:] != groups[:-1]) + 1))
    return (packed & np.uint64((1 << bits) - 1)).astype(np.int64), begins


def _sums(frames: Frames, rows: Ints, keys: NDArray[np.uint64], begins: Ints) -> list[TunnelSegment]:
    """One segment for each group of rows. The numbers and times of its frames are views into two arrays for all."""
    at = frames.at[rows]
    numbers, times = (rows + frames.first).data, at.data
    ends = np.append(begins[1:], len(rows))
    sizes = np.add.reduceat(frames.length[rows], begins)
    falls = np.concatenate(([0], np.cumsum(at[1:] < at[:-1])))
    in_order = falls[begins] == falls[ends - 1]
    return [
        TunnelSegment(
            *unpack_key(key.tobytes()), numbers[low], numbers[high - 1], times[low], times[high - 1], high - low, size,
            numbers[low:high], times[low:high], ordered,
        )
        for key, low, high, size, ordered in zip(
            keys, begins.tolist(), ends.tolist(), sizes.tolist(), in_order.tolist(), strict=True
        )
    ]  # fmt: skip
