"""The conformance matrix of a load that may go on: totals are summed in slices, columns made when they are shown."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from analyzer.reports.catalogue import State, state_of
from analyzer.reports.matrix import Coverage, Row
from analyzer.reports.violations import clause_of
from analyzer.tui.tables import words_of
from rules.ledger import ledger
from rules.model import Finding, Verdict
from rules.tally import WORST, Tallies

if TYPE_CHECKING:
    from analyzer.tui.follow import Follow

SLICE = 16
"""Sessions after which the clock is looked at."""
REST = 8
"""Times as long as the last count took, until it is begun again."""
MOST_COLUMNS_KEPT = 2048
NONE = len(WORST)
"""The place of "no verdict yet"."""
SHOWN: tuple[Coverage | None, ...] = (None, Coverage.VIOLATED, Coverage.EXERCISED, Coverage.NOT_EXERCISED,
                                      Coverage.NOT_OBSERVABLE, Coverage.OPEN)  # fmt: skip
"""What a key goes through; ``None`` is everything."""


class Conformance:
    """Requirement by session, with totals and coverage."""

    def __init__(self, follow: Follow, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self.follow = follow
        self.rows: list[Row] = [Row(requirement) for requirement in ledger().values()]
        self.chosen: list[Row] = list(self.rows)
        self.shown: Coverage | None = None
        self.words: tuple[str, ...] = ()
        self.counted = 0  # sessions in the totals
        self._places: dict[str, int] = {}
        self._columns: dict[int, bytes] = {}
        self._clock = clock
        self._work: Iterator[None] | None = None
        self._made: object = None
        self._wanted: object = None
        self._cost, self._ended = 0.0, float("-inf")

    def renew(self, follow: Follow) -> None:
        """Totals of another load, or of one that began anew."""
        self.follow = follow
        self._columns.clear()
        self._work, self._made, self._ended = None, None, float("-inf")

    @property
    def tallies(self) -> Tallies | None:
        run = self.follow.run
        return run.engine.tally if run and run.engine else None

    @property
    def sessions(self) -> int:
        return self.follow.sessions

    @property
    def pending(self) -> bool:
        """Whether the totals are not yet what they should be."""
        return self._work is not None or self._made != self._wanted

    # Totals

    def catch_up(self, seconds: float = 0.01) -> bool:
        """Counts for up to ``seconds``; true if there are other totals than before."""
        follow = self.follow
        wanted = self._wanted = (follow.sessions, follow.model.reached, follow.model.complete)
        if self._work is None:
            if wanted == self._made or (self._clock() - self._ended < REST * self._cost and not follow.model.complete):
                return False
            self._columns.clear()
            self._work, self._cost = self._count(wanted), 0.0
        begun = self._clock()
        for _ in self._work:
            if self._clock() - begun > seconds:
                self._cost += self._clock() - begun
                return False
        self._work, self._ended = None, self._clock()
        self._cost += self._ended - begun
        return True

    def _count(self, wanted: object) -> Iterator[None]:
        tallies, sessions = self.tallies, self.sessions
        if tallies is None:
            self._made = wanted
            return
        self._places = {rule: place for place, rule in enumerate(tallies.rules)}
        totals = [Counter[int]() for _ in self._places]
        failed: list[list[int]] = [[] for _ in self._places]
        for session in range(1, sessions + 1):
            for place, verdict in enumerate(tallies.standing(session)):
                totals[place][verdict] += 1
                if not verdict:
                    failed[place].append(session)
            if not session % SLICE:
                yield
        self._made = wanted
        self.counted = sessions
        self._fill(totals, failed)
        self.choose(self.shown, self.words)

    def _fill(self, totals: list[Counter[int]], failed: list[list[int]]) -> None:
        for row in self.rows:
            place = self._places.get(row.rule)
            row.totals = Counter()
            row.failed_in = failed[place] if place is not None else []
            if place is None or state_of(row.rule) is not State.JUDGED:
                continue
            for verdict_place, verdict in enumerate(WORST):
                row.totals[verdict] = totals[place][verdict_place]
            row.totals[Verdict.NOT_APPLICABLE] += totals[place][NONE]

    # What is shown

    def choose(self, shown: Coverage | None, words: tuple[str, ...]) -> None:
        """Only requirements of one coverage, and that hold all the words."""
        self.shown, self.words = shown, words
        self.chosen = [row for row in self.rows if self._is_chosen(row)]

    def _is_chosen(self, row: Row) -> bool:
        coverage = row.coverage
        exercised = self.shown is Coverage.EXERCISED and coverage is Coverage.VIOLATED
        if self.shown is not None and coverage is not self.shown and not exercised:
            return False
        requirement = row.requirement
        text = f"{row.rule} {clause_of(row.rule, requirement)} {requirement.level.value} {requirement.requirement}"
        text = f"{text} {requirement.actor.value} {coverage.value}".casefold()
        return all(word in text for word in self.words)

    def search(self, text: str) -> None:
        """Only requirements that hold all the words typed."""
        self.choose(self.shown, words_of(text))

    def verdict(self, session: int, rule: str) -> Verdict | None:
        """How a requirement stands in a session; ``None`` where nothing is said yet."""
        tallies, place = self.tallies, self._places.get(rule)
        if tallies is None or place is None:
            return None
        column = self._columns.get(session)
        if column is None:
            if len(self._columns) >= MOST_COLUMNS_KEPT:
                self._columns.clear()
            column = self._columns[session] = tallies.standing(session)
        verdict = column[place]
        return WORST[verdict] if verdict < NONE else None

    def evidence(self, session: int, rule: str) -> tuple[int, Finding | None]:
        """The frame that decided it (0 for none), and the finding where there is one."""
        run = self.follow.run
        if run is None or run.engine is None:
            return 0, None
        order = {verdict: place for place, verdict in enumerate(WORST)}
        findings = [f for f in run.engine.session_findings(session) if f.rule == rule]
        finding = min(findings, key=lambda f: (order[f.verdict], f.frame), default=None)
        if finding is not None and finding.verdict is self.verdict(session, rule):
            return finding.frame, finding
        return run.engine.tally.first_pass(session, rule), None

    def coverage(self) -> Counter[Coverage]:
        """Requirements by coverage."""
        return Counter(row.coverage for row in self.rows)
