"""Facts from a run: when it began, and its findings by frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from rules.model import Finding


class FrameFacts:
    """Findings by the frame they name. ``start`` is asked for when it is needed, as a run learns it on the way."""

    def __init__(self, findings: Iterable[Finding] = (), start: Callable[[], int] = lambda: 0) -> None:
        self._start = start
        self._by_frame: dict[int, list[Finding]] = defaultdict(list)
        for finding in findings:
            self._by_frame[finding.frame].append(finding)

    @property
    def start(self) -> int:
        """The time of the first frame, ns since 1970."""
        return self._start()

    def findings_of(self, frame: int) -> Sequence[Finding]:
        """The findings that name this frame."""
        return self._by_frame.get(frame, ())
