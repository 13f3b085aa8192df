"""Which frames the list shows, and in which line: all of them, or those that a filter let through."""

from __future__ import annotations

from array import array
from bisect import bisect_left

from analyzer.tui.model import Model


class View:
    """Lines of the list, from 0, to frames. The first line moves only with :meth:`trim`, so that a drawing is one."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.chosen: array[int] | None = None  # frames that match, ascending; grows while a filter works

    @property
    def model(self) -> Model:
        return self._model

    @model.setter
    def model(self, model: Model) -> None:
        self._model, self._first = model, model.first

    def trim(self) -> int:
        """Leaves out the frames that are no longer kept; how many lines went at the top."""
        before, self._first = self._first, self._model.first
        if self.chosen is None:
            return self._first - before
        gone = bisect_left(self.chosen, self._first) if self._first > before else 0
        if gone:
            del self.chosen[:gone]
        return gone

    def __len__(self) -> int:
        return max(0, len(self._model) - self._first + 1) if self.chosen is None else len(self.chosen)

    @property
    def highest(self) -> int:
        """The highest frame number there is, for the width of its column."""
        return len(self._model)

    def number(self, line: int) -> int:
        """The frame in a line."""
        return line + self._first if self.chosen is None else self.chosen[line]

    def line(self, number: int) -> int:
        """The line of a frame, or of the first frame behind it that is shown."""
        if self.chosen is None:
            return max(0, number - self._first)
        return min(bisect_left(self.chosen, number), max(0, len(self.chosen) - 1))

    def shows(self, number: int) -> bool:
        """Whether the frame is among those shown."""
        if self.chosen is None:
            return self._first <= number <= len(self._model)
        line = bisect_left(self.chosen, number)
        return line < len(self.chosen) and self.chosen[line] == number
