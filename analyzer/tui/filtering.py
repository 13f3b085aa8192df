"""The filter at work: a thread goes through the frames and lists those that match, while the list shows them.

The language is that of :mod:`analyzer.filters`, imported when the first filter is typed.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from analyzer.tui.model import Model
from analyzer.tui.spool import GoneError
from rules.model import Finding

Matcher: TypeAlias = Callable[[int], bool]
"""Whether a frame is let through."""
PAUSE = 0.05
"""Seconds to wait for frames that are not decoded yet."""


class FilterError(Exception):
    """The text is no filter; says why, and where (characters from the start)."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.position = position


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What filters may ask for beside the packet."""

    model: Model

    @property
    def start(self) -> int:
        return self.model.start

    def findings_of(self, frame: int) -> Sequence[Finding]:
        return self.model.findings_of(frame)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A filter as a function of frames. One that asks for verdicts has to wait until all are made."""

    matches: Matcher
    needs_verdicts: bool = False


def compile_matcher(text: str, model: Model) -> Compiled:
    """The filter that the text means, over a model; raises :class:`FilterError`."""
    from analyzer import filters

    try:
        compiled = filters.compile_filter(text)
    except filters.FilterError as error:
        raise FilterError(str(error), error.position) from None
    facts = ModelFacts(model)
    return Compiled(lambda number: compiled.matches(model.make_packet(number), facts), compiled.needs_findings)


def warm_up() -> None:
    """Imports the language and its parser in a thread, so that the first key typed is not kept waiting."""

    def work() -> None:
        from analyzer import filters

        filters.compile_filter("frame")

    threading.Thread(target=work, name="filter language", daemon=True).start()


def completed(text: str) -> str | None:
    """The text with the field, operator or value at its end spelled out, if there is one that begins so."""
    from analyzer.filters import complete

    for found in complete(text, len(text)):
        begun = text[found.start :]
        if begun and found.text.startswith(begun) and found.text != begun:
            return text[: found.start] + found.text
    return None


class Filtering:
    """One filter over one capture; ``chosen`` grows as it goes."""

    def __init__(self, model: Model, compiled: Compiled) -> None:
        self.chosen: array[int] = array("q")
        self.reached = 0
        self.trouble = ""
        self._model, self._compiled = model, compiled
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
                waits = self._compiled.needs_verdicts and not complete
                end = self.reached if waits else self._model.reached
                self._run_to(end)
                if complete and self.reached >= end:
                    return
                if self.reached >= end:
                    self._stop.wait(PAUSE)
        except Exception as error:  # a fault in a filter is told, not thrown into a thread nobody watches
            self.trouble = f"the filter failed at frame {self.reached + 1} ({type(error).__name__})"

    def _run_to(self, end: int) -> None:
        matches, append = self._compiled.matches, self.chosen.append
        for number in range(self.reached + 1, end + 1):
            try:
                if matches(number):
                    append(number)
            except GoneError:
                pass
            self.reached = number
            if self._stop.is_set():
                return
