"""The violations CSV of a live session while it runs."""

from __future__ import annotations

from typing import TextIO

from analyzer.live.session import LiveSession
from analyzer.pipeline import Run
from analyzer.reports.violation_log import ViolationLog
from analyzer.results import Results
from rules.ledger import ledger
from rules.tally import Tallies


class CsvFollower:
    """Looks at a session now and then, and appends what is new."""

    def __init__(self, session: LiveSession, out: TextIO) -> None:
        self._session = session
        self._log = ViolationLog(out)
        self._run: Run | None = None
        self._results: Results | None = None

    def look(self) -> None:
        """Append what has come to stand since the last look."""
        run = self._session.run
        if run is None or run.engine is None:
            return
        if run is not self._run or self._results is None:
            self._run, self._results = run, _unfinished(run)
            self._log.begin()
        self._log.take(run.engine, self._results, self._session.now)

    def finish(self, results: Results) -> None:
        """Append what the end has decided."""
        self._log.finish(results)


def _unfinished(run: Run) -> Results:
    """Of results that are still to come, what a row is made of."""
    return Results(
        files=tuple(run.source.files),
        world=run.world,
        profile=run.world.profile,
        counts=run.counts,
        material=run.material,
        findings=run.engine.findings if run.engine is not None else [],
        verdicts=Tallies(()).worst(),
        tallies={},
        ledger=ledger(),
        closed=[],
        warnings=[],
    )
