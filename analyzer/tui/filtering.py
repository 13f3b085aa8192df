"""The filter at work: a thread goes through the frames and lists those that match, while the list shows them.

What a filter is comes from :func:`compile_matcher`; where the filter language is not installed, its text is searched
for in the rows.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

from analyzer.tui.frame_index import GoneError
from analyzer.tui.model import Model

Matcher: TypeAlias = Callable[[int], bool]
"""Whether a frame is let through."""
PAUSE = 0.05
"""Seconds to wait for frames that are not decoded yet."""


class FilterError(Exception):
    """The text is no filter; says why, and where (characters from the start, or -1)."""

    def __init__(self, reason: str, position: int = -1) -> None:
        super().__init__(reason)
        self.position = position


def compile_matcher(text: str, model: Model) -> Matcher:
    """A filter as a function of frames."""
    compiled = _language(text)
    if compiled is not None:
        return lambda number: bool(compiled.matches(model.make_packet(number)))
    needle = text.casefold()
    return lambda number: needle in model.make_row(number).text.casefold()


def _language(text: str) -> Any:
    """The filter by the filter language; ``None`` where there is no such module."""
    try:
        compile_filter = import_module("analyzer.filters").compile_filter
    except (ImportError, AttributeError):
        return None
    try:
        return compile_filter(text)
    except Exception as error:  # whatever the language calls its error, its text is for the user
        position = getattr(error, "position", None)
        raise FilterError(str(error), position if isinstance(position, int) else -1) from None


class Filtering:
    """One filter over one capture; ``chosen`` grows as it goes."""

    def __init__(self, model: Model, matcher: Matcher) -> None:
        self.chosen: array[int] = array("q")
        self.reached = 0
        self.trouble = ""
        self._model, self._matcher = model, matcher
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="filter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        self._thread.join(seconds)

    @property
    def busy(self) -> bool:
        return self._thread.is_alive()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                complete = self._model.complete  # asked before the end is: nothing may come between
                end = self._model.reached
                self._run_to(end)
                if complete and self.reached >= end:
                    return
                if self.reached >= end:
                    self._stop.wait(PAUSE)
        except Exception as error:  # a fault in a filter is told, not thrown into a thread nobody watches
            self.trouble = f"the filter failed at frame {self.reached + 1} ({type(error).__name__})"

    def _run_to(self, end: int) -> None:
        matcher, append = self._matcher, self.chosen.append
        for number in range(self.reached + 1, end + 1):
            try:
                if matcher(number):
                    append(number)
            except GoneError:
                pass
            self.reached = number
            if self._stop.is_set():
                return
