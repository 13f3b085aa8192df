"""Timestamps against exact arithmetic in Python's own numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzer.capture.times import LATEST, nanoseconds


@given(
    st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4),
    st.integers(0, 255),
    st.one_of(st.just(0), st.integers(-(2**31), 2**31), st.integers(-(2**63), 2**63 - 1)),
)
@example([2**64 - 1], 0x80 | 64, 0)
@example([2**64 - 1], 0x80 | 63, 0)
@example([2**64 - 1], 0x80, -(2**63))
@example([2**64 - 1], 19, 2**63 - 1)
@settings(max_examples=200, deadline=None)
def test_any_resolution_and_offset_give_the_exact_nanosecond(units: list[int], resolution: int, offset: int) -> None:
    times, late = nanoseconds(np.array(units, np.uint64), resolution, offset)
    per_second = Fraction(2 if resolution & 0x80 else 10) ** (resolution & 0x7F)
    shift = max(-LATEST, min(offset * 10**9, LATEST))
    for unit, time in zip(units, times.tolist(), strict=True):
        plain = int(unit * 10**9 // per_second)
        exact = plain + shift
        if plain <= LATEST and exact <= LATEST:
            assert time == exact
        else:
            assert late
            assert -LATEST <= time <= LATEST
