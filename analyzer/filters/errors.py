"""What is wrong with a filter, and where."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from dissectors.inert import inert

MOST_NEAR = 3
NEAR_ENOUGH = 0.6


class FilterError(Exception):
    """The text is no filter: one sentence, and the characters from ``position`` to ``end`` that it is about."""

    def __init__(self, message: str, position: int, end: int | None = None) -> None:
        self.message = inert(message)
        super().__init__(self.message)
        self.position = position
        self.end = max(position + 1, end or 0)

    def pointed(self, text: str) -> str:
        """The filter with a caret under what is wrong, on two lines."""
        shown = "".join(c if c.isprintable() else " " for c in text)
        width = max(1, min(self.end, len(text)) - self.position)
        return f"{shown}\n{' ' * self.position}{'^' * width}"


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """The known words most like one: those that hold it first, then those that are spelled much alike."""
    names = sorted(known)
    lower = word.lower()
    holding = [name for name in names if len(lower) > 2 and lower in name.lower()]
    folded = {name.lower(): name for name in reversed(names)}
    alike = [folded[name] for name in get_close_matches(lower, list(folded), MOST_NEAR, NEAR_ENOUGH)]
    return list(dict.fromkeys([*alike, *sorted(holding, key=len)]))[:MOST_NEAR]


def meant(word: str, known: Iterable[str]) -> str:
    """``; did you mean …?`` for the nearest words, or nothing."""
    near = nearest(word, known)
    return f"; did you mean {' or '.join(near)}?" if near else ""
