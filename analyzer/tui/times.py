"""Times as the list shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

SECOND = 1_000_000_000


class TimeForm(Enum):
    """How times are shown; the order is that in which a key goes through them."""

    START = "since start"
    DELTA = "delta"
    UTC = "UTC"
    LOCAL = "local"

    @property
    def next(self) -> TimeForm:
        forms = list(TimeForm)
        return forms[(forms.index(self) + 1) % len(forms)]

    @property
    def head(self) -> str:
        """The head of the column."""
        return {"START": "Time", "DELTA": "Delta", "UTC": "Time UTC", "LOCAL": "Time local"}[self.name]

    def width(self, span: int) -> int:
        """Characters that the times of a capture take that lasts for ``span`` ns."""
        if self in (TimeForm.UTC, TimeForm.LOCAL):
            return 15
        return max(10, len(seconds_text(span)) + 1)


def time_text(at: int, form: TimeForm, *, start: int, before: int) -> str:
    """A time in ns since 1970; ``start`` is that of the first frame, ``before`` of the row above."""
    if form is TimeForm.START:
        return seconds_text(at - start)
    if form is TimeForm.DELTA:
        return seconds_text(at - before)
    seconds, rest = divmod(at, SECOND)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
        if form is TimeForm.LOCAL:
            moment = moment.astimezone()
    except (OverflowError, OSError, ValueError):  # a capture may claim any year
        return seconds_text(at)
    return f"{moment:%H:%M:%S}.{rest // 1000:06}"


def seconds_text(ns: int) -> str:
    """``12.345678``, without the rounding of floats."""
    sign = "-" if ns < 0 else ""
    seconds, rest = divmod(abs(ns), SECOND)
    return f"{sign}{seconds}.{rest // 1000:06}"
