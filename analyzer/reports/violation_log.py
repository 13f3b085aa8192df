"""The violations CSV of a capture that still goes on: rows are appended when it is known that they stand.

It has the columns of :mod:`analyzer.reports.violations`. Nothing is ever written over; when a row has to be told anew,
it is appended again, and the last row of the same session, rule, frame, expected and observed holds. So the last rows
that say ``fail`` are the violations, the same as those of ``dsmip analyze`` on the saved capture.

* What a packet did wrong is written at once, or as soon as the UE's identity is known (it is part of the fingerprint),
  at most :data:`IDENTITY` later.
* That something was not sent is written :data:`GRACE` after its deadline: a message that comes late and takes over what
  was owed takes it back. If that happens later still, a row with another verdict than ``fail`` is appended.
* At the end what was held back is written, and what has changed (how often, which identity, doubts because the capture
  lost frames).
"""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import astuple, replace
from typing import TextIO

from analyzer.reports.violations import COLUMNS, Row, guarded, row_of
from analyzer.results import Results
from rules.engine import Engine
from rules.model import Finding, Verdict
from rules.session import Session

IDENTITY = 3_000_000_000
"""ns of capture time that a row waits for the identity of its UE."""
GRACE = 10_000_000_000
"""ns of capture time that a row about something unseen waits for being taken back."""

Key = tuple[int, str, int, str, str]


class ViolationLog:
    """Appends rows to a stream and flushes each."""

    def __init__(self, out: TextIO) -> None:
        """Writes the header."""
        self._out = out
        self._writer = csv.writer(out, lineterminator="\r\n")
        self._writer.writerow(COLUMNS)
        out.flush()
        self._written: dict[Key, Row] = {}
        self.rows = 0
        self.begin()

    def begin(self) -> None:
        """The capture is read again from its beginning; what was written is known and not repeated."""
        self._seen = 0
        self._held: deque[tuple[int, int]] = deque()  # index of a finding, and when it was made (capture time)
        self._absences: dict[int, Finding] = {}  # written, by index

    def take(self, engine: Engine, results: Results, now: int) -> None:
        """Looks at the findings so far; ``now`` is capture time. ``results`` need no more than sessions and ledger."""
        findings = engine.findings
        end = len(findings)
        self._held.extend((index, now) for index in range(self._seen, end))
        self._seen = end
        sessions = results.sessions
        for _ in range(len(self._held)):
            index, since = self._held.popleft()
            finding = findings[index]
            if finding.verdict is not Verdict.FAIL:
                continue
            session = sessions[finding.session - 1]
            absence = engine.is_absence(index)
            if now - since >= (GRACE if absence else IDENTITY) or (session.identity and not absence):
                self._write(finding, session, results)
                if absence:
                    self._absences[index] = finding
            else:
                self._held.append((index, since))
        self._take_back(findings, results)

    def _take_back(self, findings: list[Finding], results: Results) -> None:
        for index, finding in list(self._absences.items()):
            if findings[index].verdict is not Verdict.FAIL:
                del self._absences[index]
                self._write(findings[index], results.sessions[finding.session - 1], results)

    def finish(self, results: Results) -> None:
        """The end: what stands is written if it is not there yet, what does not stand any more is taken back."""
        sessions = {session.number: session for session in results.sessions}
        left = dict(self._written)
        for finding in results.failures:
            row = self._write(finding, sessions[finding.session], results)
            left.pop(_key(row), None)
        gone = {(f.session, f.rule, f.frame): f for f in results.findings if f.verdict is not Verdict.FAIL}
        for row in left.values():
            if row.verdict == Verdict.FAIL.value:
                now = gone.get((row.session, row.rule, row.frame))
                verdict = now.verdict if now is not None else Verdict.INCONCLUSIVE
                self._append(replace(row, verdict=verdict.value))

    def _write(self, finding: Finding, session: Session, results: Results) -> Row:
        row = row_of(finding, session, results)
        if self._written.get(_key(row)) != row:
            self._append(row)
        return row

    def _append(self, row: Row) -> None:
        self._written[_key(row)] = row
        self._writer.writerow([guarded(value) for value in astuple(row)])
        self._out.flush()
        self.rows += 1


def _key(row: Row) -> Key:
    return row.session, row.rule, row.frame, row.expected, row.observed
