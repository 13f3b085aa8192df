"""A few bytes of many places in a buffer, as one structured array."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


def fields(size: int, **places: tuple[int, str]) -> np.dtype[np.void]:
    """A layout of ``size`` bytes: where each field stands, and its numpy type."""
    offsets, formats = zip(*places.values(), strict=True)
    return np.dtype({"names": list(places), "formats": formats, "offsets": offsets, "itemsize": size})


def columns(view: Bytes, at: Ints, layout: np.dtype[np.void]) -> tuple[NDArray[Any], Flags]:
    """The fields at each place, and whether the place is wholly inside the buffer; if not, they mean nothing.

    A view with one item at every byte makes numpy fetch each place's bytes as one item.
    """
    room = len(view) - layout.itemsize + 1
    if room <= 0:
        return np.zeros(len(at), layout), np.zeros(len(at), np.bool_)
    inside = at < room
    items = np.ndarray((room,), f"V{layout.itemsize}", buffer=view, strides=(1,))
    return items[at if inside.all() else np.minimum(at, room - 1)].view(layout), inside
