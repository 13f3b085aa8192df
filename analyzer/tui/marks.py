"""Which frames break a requirement, and how badly: the marks of the list, and the way from one to the next.

A severity is a sign and a letter, so that it can be told without colour.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from enum import IntEnum

from rules.ledger import requirement
from rules.model import Finding, Verdict


class Severity(IntEnum):
    """How much a failure weighs."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def mark(self) -> str:
        """Sign and letter."""
        return {"ERROR": "✖E", "WARNING": "▲W", "NOTE": "•N"}[self.name]


def severity_of(rule: str, overrides: Mapping[str, str]) -> Severity | None:
    """By the requirement's level, unless the profile says otherwise; ``None`` for what it wants ignored."""
    try:
        word = overrides.get(rule) or requirement(rule).level.severity
    except KeyError:
        word = "note"
    return Severity.__members__.get(word.upper())


class Marks:
    """Failures by frame. The loading thread adds, the screen reads."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        self.overrides = overrides or {}
        self.by_frame: dict[int, list[Finding]] = {}
        self.worst: dict[int, Severity] = {}
        self.fails = 0
        self.findings: list[Finding] = []  # all that count, as they came
        self.by_session: dict[int, list[Finding]] = {}
        self._frames: list[int] = []

    def add(self, findings: Iterable[Finding]) -> None:
        """Takes in findings; only failures count."""
        for finding in findings:
            severity = severity_of(finding.rule, self.overrides)
            if finding.verdict is not Verdict.FAIL or severity is None:
                continue
            frame = finding.frame
            self.fails += 1
            self.findings.append(finding)
            self.by_session.setdefault(finding.session, []).append(finding)
            if frame not in self.by_frame:
                insort(self._frames, frame)
            self.by_frame.setdefault(frame, []).append(finding)
            self.worst[frame] = max(severity, self.worst.get(frame, severity))

    def next_after(self, frame: int) -> int | None:
        """The next frame with a failure."""
        place = bisect_right(self._frames, frame)
        return self._frames[place] if place < len(self._frames) else None

    def last_before(self, frame: int) -> int | None:
        """The frame with a failure before this one."""
        place = bisect_left(self._frames, frame)
        return self._frames[place - 1] if place else None
