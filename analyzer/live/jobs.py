"""Work that another thread wants done while the reading thread holds still: reports on what there is so far."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

LOOK = 0.05
"""Seconds between two looks at whether the reading thread is still there."""


class _Job:
    """What is to be done, and how it ended."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self.error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # it is raised where the job came from: the reading thread has no part in it
            self.error = error
        finally:
            self.done.set()


class Jobs:
    """The jobs that wait."""

    def __init__(self) -> None:
        self._waiting: deque[_Job] = deque()

    def run(self) -> None:
        """Called by the reading thread at a place where nothing is half done."""
        while self._waiting:
            self._waiting.popleft().run()

    def do(self, work: Callable[[], None], is_reading: Callable[[], bool]) -> None:
        """Has the reading thread do it and waits; once nobody reads any more it is done here."""
        job = _Job(work)
        self._waiting.append(job)
        while not job.done.wait(LOOK):
            if not is_reading():
                self.run()
        if job.error is not None:
            raise job.error
