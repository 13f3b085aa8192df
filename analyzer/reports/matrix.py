"""The conformance matrix: requirement by session, and how far the captures put each requirement to the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from analyzer.reports.catalogue import State, state_of
from analyzer.results import Results
from dissectors.record import record
from rules.model import Requirement, Verdict
from rules.session import Session


class Coverage(Enum):
    """What the captures of a run did with a requirement."""

    VIOLATED = "violated"  # and thereby exercised
    EXERCISED = "exercised"
    NOT_EXERCISED = "not exercised"  # nothing called for it
    NOT_OBSERVABLE = "not observable"  # it was called for, and could not be seen; or no packet ever shows it
    OPEN = "open"  # no rule judges it yet


@dataclass(slots=True)
class Row:
    """One requirement over all sessions."""

    requirement: Requirement
    totals: Counter[Verdict] = field(default_factory=Counter)  # sessions by verdict
    failed_in: list[int] = field(default_factory=list)  # session numbers

    @property
    def rule(self) -> str:
        return self.requirement.id

    @property
    def coverage(self) -> Coverage:
        state = state_of(self.rule)
        if state is not State.JUDGED:
            return Coverage.OPEN if state is State.OPEN else Coverage.NOT_OBSERVABLE
        if self.totals[Verdict.FAIL]:
            return Coverage.VIOLATED
        if self.totals[Verdict.PASS]:
            return Coverage.EXERCISED
        return Coverage.NOT_OBSERVABLE if self.totals[Verdict.INCONCLUSIVE] else Coverage.NOT_EXERCISED


@record
class Matrix:
    """Every requirement of the ledger, in its order, over the sessions of a run."""

    rows: tuple[Row, ...]
    results: Results

    def verdict(self, session: int, rule: str) -> Verdict:
        """How a requirement stands in a session."""
        return self.results.verdicts.get((session, rule), Verdict.NOT_APPLICABLE)

    def column(self, session: Session) -> list[Verdict]:
        """How the requirements stand in a session, in the order of the rows."""
        verdicts = self.results.verdicts_of(session)
        return [verdicts.get(row.rule, Verdict.NOT_APPLICABLE) for row in self.rows]

    def rows_of(self, *wanted: Coverage) -> list[Row]:
        """The requirements with one of these coverages."""
        return [row for row in self.rows if row.coverage in wanted]

    def coverage(self) -> dict[str, int]:
        """Requirements by coverage; the violated ones count as exercised too."""
        count = Counter(row.coverage for row in self.rows)
        return {
            "requirements": len(self.rows),
            "exercised": count[Coverage.EXERCISED] + count[Coverage.VIOLATED],
            "violated": count[Coverage.VIOLATED],
            "not_exercised": count[Coverage.NOT_EXERCISED],
            "not_observable": count[Coverage.NOT_OBSERVABLE],
            "open": count[Coverage.OPEN],
        }


def matrix_of(results: Results) -> Matrix:
    """The matrix of a run; one walk over all verdicts."""
    rows = {rule: Row(requirement) for rule, requirement in results.ledger.items()}
    for (session, rule), verdict in results.verdicts.items():
        row = rows.get(rule)
        if row is None:  # an observation
            continue
        row.totals[verdict] += 1
        if verdict is Verdict.FAIL:
            row.failed_in.append(session)
    sessions = len(results.sessions)
    for row in rows.values():
        row.failed_in.sort()
        if state_of(row.rule) is State.JUDGED:
            row.totals[Verdict.NOT_APPLICABLE] += sessions - row.totals.total()
    return Matrix(tuple(rows.values()), results)


def coverage_line(matrix: Matrix) -> str:
    """``155 requirements: 55 exercised, 4 of them violated; 60 not exercised; 8 not observable; 32 not judged yet``."""
    count = matrix.coverage()
    pieces = [f"{count['exercised']} exercised, {count['violated']} of them violated"]
    pieces += [f"{count[name]} {name.replace('_', ' ')}" for name in ("not_exercised", "not_observable")]
    if count["open"]:
        pieces.append(f"{count['open']} not judged yet")
    return f"{count['requirements']} requirements: {'; '.join(pieces)}"


def as_data(matrix: Matrix) -> dict[str, Any]:
    """The matrix as JSON can hold it: totals per requirement; the verdicts of a session stand with the session."""
    return {
        "coverage": matrix.coverage(),
        "rules": {
            row.rule: {
                "coverage": row.coverage.value,
                **{verdict.value.replace(" ", "_"): row.totals[verdict] for verdict in Verdict},
            }
            for row in matrix.rows
        },
    }


FIXED = ("rule", "actor", "clause", "level", "coverage", "pass", "fail", "inconclusive", "not_applicable")
"""The columns of the CSV in front of those of the sessions."""
MOST_COLUMNS = 16_000
"""Sessions with a column of their own; spreadsheets take 16,384 columns."""


def csv_rows(matrix: Matrix) -> Iterator[list[str]]:
    """The matrix as a table: a header, then a row for each requirement, with a column for each session."""
    from analyzer.reports.violations import clause_of, guarded
    from dissectors.inert import inert

    sessions = matrix.results.sessions if len(matrix.results.sessions) <= MOST_COLUMNS else []
    yield [*FIXED, *(guarded(f"session {s.number} {inert(s.identity or str(s.ue or ''))}".strip()) for s in sessions)]
    columns = [matrix.column(session) for session in sessions]
    for place, row in enumerate(matrix.rows):
        judged = state_of(row.rule) is State.JUDGED
        requirement = row.requirement
        fixed = (row.rule, requirement.actor.value, clause_of(row.rule, requirement), requirement.level.value)
        totals = [str(row.totals[verdict]) for verdict in Verdict]
        cells = [column[place].value if judged else "" for column in columns]
        yield [*fixed, row.coverage.value, *totals, *cells]
