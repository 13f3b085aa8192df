"""Which frames the list shows, and in which line: all of them, or those that a filter let through."""

from __future__ import annotations

from array import array
from bisect import bisect_left

from analyzer.tui.model import Model


class View:
    """Lines of the list, from 0, to frames, from 1."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.chosen: array[int] | None = None  # frames that match, ascending; grows while a filter works

    def __len__(self) -> int:
        return len(self.model) if self.chosen is None else len(self.chosen)

    @property
    def highest(self) -> int:
        """The highest frame number there is, for the width of its column."""
        return len(self.model)

    def number(self, line: int) -> int:
        """The frame in a line."""
        return line + 1 if self.chosen is None else self.chosen[line]

    def line(self, number: int) -> int:
        """The line of a frame, or of the first frame behind it that is shown."""
        if self.chosen is None:
            return number - 1
        return min(bisect_left(self.chosen, number), max(0, len(self.chosen) - 1))

    def shows(self, number: int) -> bool:
        """Whether the frame is among those shown."""
        if self.chosen is None:
            return 1 <= number <= len(self.model)
        line = bisect_left(self.chosen, number)
        return line < len(self.chosen) and self.chosen[line] == number
