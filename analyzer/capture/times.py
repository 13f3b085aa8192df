"""Timestamps of any resolution into integer nanoseconds since 1970: pcapng's if_tsresol and if_tsoffset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyzer.capture.chunk import Ints

SECOND = 10**9
LATEST = 2**63 - 1
"""The last nanosecond an int64 can hold, in the year 2262."""

Units = NDArray[np.uint64]


def nanoseconds(units: Units, resolution: int, offset: int) -> tuple[Ints, int]:
    """The times that `units` mean, and how many of them had to be clamped to what int64 holds.

    `resolution` is an if_tsresol octet (high bit: power of two), `offset` is if_tsoffset in seconds.
    """
    exponent = resolution & 0x7F
    ceiling = _most_units(resolution)
    late = int(np.count_nonzero(units > np.uint64(ceiling)))
    if late:
        units = np.minimum(units, np.uint64(ceiling))
    times = _binary(units, exponent) if resolution & 0x80 else _decimal(units, exponent)
    return (times, late) if not offset else _shifted(times, offset, late)


def _most_units(resolution: int) -> int:
    """The units in LATEST nanoseconds."""
    exponent = resolution & 0x7F
    per_second: int = 1 << exponent if resolution & 0x80 else 10**exponent
    return min(LATEST * per_second // SECOND, 2**64 - 1)


def _decimal(units: Units, exponent: int) -> Ints:
    if exponent <= 9:
        return (units * np.uint64(10 ** (9 - exponent))).astype(np.int64)
    finer = 10 ** (exponent - 9)
    if finer >= 2**64:
        return np.zeros(len(units), np.int64)
    return (units // np.uint64(finer)).astype(np.int64)


def _binary(units: Units, exponent: int) -> Ints:
    """units * 10^9 / 2^exponent, rounded down; a product above 64 bits is kept in two halves."""
    whole = units >> np.uint64(exponent) if exponent < 64 else np.zeros_like(units)
    rest = units - (whole << np.uint64(exponent)) if exponent < 64 else units
    if exponent <= 32:
        part = rest * np.uint64(SECOND) >> np.uint64(exponent)
    else:
        low = (rest & np.uint64(0xFFFFFFFF)) * np.uint64(SECOND)
        high = (rest >> np.uint64(32)) * np.uint64(SECOND) + (low >> np.uint64(32))
        part = high >> np.uint64(exponent - 32) if exponent < 96 else np.zeros_like(units)
    return (whole * np.uint64(SECOND) + part).astype(np.int64)


def _shifted(times: Ints, offset: int, late: int) -> tuple[Ints, int]:
    shift = max(-LATEST, min(offset * SECOND, LATEST))
    if shift > 0:
        late += int(np.count_nonzero(times > LATEST - shift))
        times = np.minimum(times, LATEST - shift)
    return times + shift, late
