"""Record headers out of a buffer, all at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyzer.capture.chunk import Buffer, Ints


def gather(data: Buffer, at: Ints, width: int, order: str) -> NDArray[np.uint32]:
    """The `width` bytes at each place as rows of 32-bit numbers; bytes beyond the end of the data are zero.

    `at` ascends. A view with one item at every byte makes numpy fetch an unaligned header as one item.
    """
    room = max(len(data) - width + 1, 0)
    inside = int(np.searchsorted(at, room))
    beyond = b"".join(bytes(data[int(p) : int(p) + width]).ljust(width, b"\0") for p in at[inside:])
    rows = _rows(data, at[:inside], width, room) if inside else b""
    words = np.frombuffer(rows + beyond if beyond else rows, dtype=f"{order}u4")
    return words.reshape(-1, width // 4).astype(np.uint32, copy=False)


def _rows(data: Buffer, at: Ints, width: int, room: int) -> bytes:
    view = np.ndarray((room,), dtype=f"V{width}", buffer=data, strides=(1,))
    return view[at].tobytes()
