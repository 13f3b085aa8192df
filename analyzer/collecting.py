"""How often Python looks for garbage while a capture is read.

What a run keeps (sessions, messages, findings) is no garbage, and what it drops goes by reference count: Python's own
search for cycles looks at the growing heap again and again, and finds next to nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

YOUNG = 50_000
"""Objects made and kept before the youngest are searched, where Python's default is 700: a few MB at most."""


class _Runs:
    """The runs under way, which may be several in one process: the last one out puts back what the first one found."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0
        self._found = gc.get_threshold()

    def enter(self) -> None:
        with self._lock:
            if self._count == 0:
                self._found = gc.get_threshold()
                if 0 < self._found[0] < YOUNG:  # 0: whoever started us wants no search at all
                    gc.set_threshold(YOUNG, *self._found[1:])
            self._count += 1

    def leave(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0:
                gc.set_threshold(*self._found)


_RUNS = _Runs()


def set_aside() -> None:
    """Takes what there is now out of every later search, which would stop the screen for longer and longer.

    The youngest are searched once more before. What dies in a cycle afterwards is not found until :func:`search_all`.
    """
    gc.collect(0)
    gc.freeze()


def take_back() -> None:
    """What was set aside is searched again like all else."""
    gc.unfreeze()


def search_all() -> None:
    """Something large was let go: frees it at once, wherever it was set aside."""
    gc.unfreeze()
    gc.collect()


@contextmanager
def seldom() -> Iterator[None]:
    """While this is entered, garbage is looked for seldom."""
    _RUNS.enter()
    try:
        yield
    finally:
        _RUNS.leave()
