"""Reading what the loading thread writes meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

ValueT = TypeVar("ValueT")
TRIES = 4


def steady(make: Callable[[], ValueT], otherwise: ValueT) -> ValueT:
    """What ``make`` gives; where a dictionary grows under its hands it is tried again, and at last given up."""
    for _ in range(TRIES):
        try:
            return make()
        except RuntimeError:  # "dictionary changed size during iteration"
            continue
    return otherwise
