"""Rows in the order, choice and groups that a person asked for; arranged in slices, so that no key waits for it.

Without an order or a choice nothing is worked out, whatever the number of rows; a row is made when it comes into view.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

RowT = TypeVar("RowT")
SLICE = 64
"""Rows after which the clock is looked at."""
REST = 5
"""Times as long as the last arrangement took, until new rows are arranged again."""


@dataclass(frozen=True, slots=True)
class Column(Generic[RowT]):
    """A column: its head, its text, by what it is sorted, and how wide it may get.

    ``tone`` names a style of the table for a row's cell. ``spare``: without room for all it makes way first.
    """

    head: str
    text: Callable[[RowT], str]
    key: Callable[[RowT], Any]
    most: int = 40
    right: bool = False
    tone: Callable[[RowT], str] = lambda row: ""
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The line above rows that belong together."""

    name: str
    count: int
    folded: bool


Line = int | Group
"""A row by its number in the source, or the head of a group."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    sort: int | None = None  # index of a column; None is the order of the source
    reverse: bool = False
    words: tuple[str, ...] = ()
    group: str = ""

    @property
    def plain(self) -> bool:
        return self.sort is None and not self.words and not self.group


class Table(Generic[RowT]):
    """Arranges the rows of a source that grows."""

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        count: Callable[[], int],
        row: Callable[[int], RowT],
        *,
        text: Callable[[RowT], str] | None = None,
        groups: dict[str, Callable[[RowT], str]] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.columns, self.row = columns, row
        self.groups = groups or {}
        self.wish = Wish()
        self.lines: Sequence[Line] = range(0)
        self.folded: set[str] = set()
        self._count, self._clock = count, clock
        self._text = text or (lambda row: "  ".join(column.text(row) for column in columns))
        self._work: Iterator[None] | None = None
        self._done: tuple[Wish, int] | None = None  # what the lines are of
        self._wanted: tuple[Wish, int] | None = None  # what they should be of
        self._cost, self._ended = 0.0, float("-inf")
        self._sorted: list[tuple[str, int]] = []  # group and row, in order

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def total(self) -> int:
        """Rows of the source."""
        return self._count()

    @property
    def chosen(self) -> int:
        """Rows that are shown or folded away in a group."""
        return len(self.lines) if self.wish.plain else len(self._sorted)

    @property
    def pending(self) -> bool:
        """Whether the lines are not yet what they should be."""
        return not self.wish.plain and (self._work is not None or self._done != self._wanted)

    def line_of(self, row: int) -> int | None:
        """Where a row stands; ``None`` where it is not shown."""
        if isinstance(self.lines, range):
            at = row if not self.wish.reverse else len(self.lines) - 1 - row
            return at if 0 <= at < len(self.lines) else None
        try:
            return self.lines.index(row)
        except ValueError:
            return None

    def renew(self) -> None:
        """The source is another one: nothing is arranged yet."""
        self.lines, self._work, self._done = range(0), None, None

    # Wishes

    def ask(self, wish: Wish) -> None:
        """Another order, choice or grouping; what was begun is given up."""
        if wish != self.wish:
            self.wish, self._work, self._done, self._wanted = wish, None, None, (wish, 0)

    def fold(self, name: str) -> None:
        """Folds a group, or unfolds it."""
        self.folded ^= {name}
        self._lay_out()

    def fold_all(self) -> None:
        """Folds all groups; unfolds them where all are folded."""
        names = {name for name, _ in self._sorted}
        self.folded = set() if names <= self.folded else names
        self._lay_out()

    # Work

    def catch_up(self, version: int = 0, seconds: float = 0.01) -> bool:
        """Works for up to ``seconds``; true if the lines have changed. ``version`` says which state the rows are in."""
        total = self._count()
        if self.wish.plain:
            before, self._done = self.lines, None
            self.lines = range(total - 1, -1, -1) if self.wish.reverse else range(total)
            return before != self.lines
        wanted = self._wanted = (self.wish, hash((version, total)))
        if self._work is None:
            fresh = self._done is not None and self._done[0] == self.wish
            if wanted == self._done or (fresh and self._clock() - self._ended < REST * self._cost):
                return False
            self._work, self._cost = self._arrange(total, wanted), 0.0
        return self._go_on(seconds)

    def _go_on(self, seconds: float) -> bool:
        assert self._work is not None
        begun = self._clock()
        for _ in self._work:
            if self._clock() - begun > seconds:
                self._cost += self._clock() - begun
                return False
        self._work, self._ended = None, self._clock()
        self._cost += self._ended - begun
        return True

    def _arrange(self, total: int, wanted: tuple[Wish, int]) -> Iterator[None]:
        wish = self.wish
        key = self.columns[wish.sort].key if wish.sort is not None else None
        group = self.groups.get(wish.group)
        found: list[tuple[Any, str, int]] = []
        for number in range(total):
            row = self.row(number)
            if not wish.words or _holds(self._text(row), wish.words):
                found.append((key(row) if key else number, group(row) if group else "", number))
            if not number % SLICE:
                yield
        found.sort(key=lambda entry: entry[0], reverse=wish.reverse)
        if group:
            found.sort(key=lambda entry: entry[1])
        self._sorted = [(name, number) for _, name, number in found]
        self._done = wanted
        self._lay_out()

    def _lay_out(self) -> None:
        if not self.wish.group:
            self.lines = [number for _, number in self._sorted]
            return
        counts: dict[str, int] = {}
        for name, _ in self._sorted:
            counts[name] = counts.get(name, 0) + 1
        lines: list[Line] = []
        before = None
        for name, number in self._sorted:
            if name != before:
                before = name
                lines.append(Group(name, counts[name], name in self.folded))
            if name not in self.folded:
                lines.append(number)
        self.lines = lines


def words_of(text: str) -> tuple[str, ...]:
    """What was typed, as words that all have to occur."""
    return tuple(text.casefold().split())


def _holds(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)
