"""Where verdicts go: passes are counted, fails and inconclusives kept, repeats folded, memory bounded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace

from rules.model import Finding, Outcome, Verdict
from rules.registry import AnyEvent
from rules.tally import Tallies

ALIKE_FAILS = 5
"""Fails of one rule in one session that say the same and are kept one by one; further ones add to the fifth's count."""
MOST_DIFFERENT = 50
"""Different texts of one rule and verdict in one session; what is more adds to the count of the last."""

Texts = tuple[str, str, str]


class Findings:
    """The findings in the order they were made, and the tallies."""

    def __init__(self, rules: Iterable[str]) -> None:
        self.kept: list[Finding] = []
        self.tallies = Tallies(rules)
        self._of_session: dict[int, dict[tuple[str, Verdict], dict[Texts, list[int]]]] = {}  # indexes into ``kept``
        self._by_session: dict[int, list[int]] = {}
        self._absences: list[int] = []  # indexes of fails that only say that something was not seen

    def add(
        self, rule: str, session: int, event: AnyEvent, outcome: Outcome, *, absence: bool = False
    ) -> Finding | None:
        """Records what a rule says of an event; gives the finding if it is one to tell."""
        frame, at = outcome.frame or event.frame, outcome.at or event.at
        session = outcome.session or session
        self.tallies.add(session, rule, outcome.verdict, frame)
        if outcome.verdict is Verdict.PASS or outcome.verdict is Verdict.NOT_APPLICABLE:
            if outcome.observed:
                self.tallies.note(session, rule, outcome.observed)
            return None
        subject = getattr(event.message, "name", type(event.message).__name__)
        finding = Finding(
            rule,
            session,
            outcome.verdict,
            frame,
            at,
            outcome.expected,
            outcome.observed,
            outcome.reason,
            outcome.related,
            subject=subject,
        )
        return self.keep(finding, absence=absence)

    def keep(self, finding: Finding, *, absence: bool = False) -> Finding | None:
        """Keeps a finding, or folds it into one like it and gives ``None``."""
        alike = self._of_session.setdefault(finding.session, {}).setdefault((finding.rule, finding.verdict), {})
        key = (finding.expected, finding.observed, finding.reason)
        indexes = alike.get(key)
        if indexes is None and len(alike) >= MOST_DIFFERENT:
            indexes = next(reversed(alike.values()))
        elif indexes is None or (finding.verdict is Verdict.FAIL and len(indexes) < ALIKE_FAILS):
            alike.setdefault(key, []).append(len(self.kept))
            self._by_session.setdefault(finding.session, []).append(len(self.kept))
            if absence:
                self._absences.append(len(self.kept))
            self.kept.append(finding)
            return finding
        last = self.kept[indexes[-1]]
        self.kept[indexes[-1]] = replace(last, count=last.count + finding.count)
        return None

    def doubt_absences(self, reason: str) -> None:
        """The capture turned out to have lost frames: what was not seen may have been sent."""
        for index in self._absences:
            finding = self.kept[index]
            if finding.verdict is not Verdict.FAIL:
                continue
            self.kept[index] = replace(finding, verdict=Verdict.INCONCLUSIVE, reason=reason)
            self.tallies.add(finding.session, finding.rule, Verdict.FAIL, count=-finding.count)
            self.tallies.add(finding.session, finding.rule, Verdict.INCONCLUSIVE, count=finding.count)
        self._absences.clear()

    def withdraw(self, rule: str, session: int, frame: int, reason: str) -> None:
        """A fail that said that nothing followed ``frame`` is none: another message took over what was owed."""
        self._take_back(rule, session, frame, reason, Verdict.NOT_APPLICABLE)

    def doubt(self, rule: str, session: int, frame: int, reason: str) -> None:
        """A fail that said that nothing followed ``frame`` came too early."""
        self._take_back(rule, session, frame, reason, Verdict.INCONCLUSIVE)

    def _take_back(self, rule: str, session: int, frame: int, reason: str, verdict: Verdict) -> None:
        for index in reversed(self._by_session.get(session, ())):
            finding = self.kept[index]
            if (finding.rule, finding.frame, finding.verdict) == (rule, frame, Verdict.FAIL) and finding.count == 1:
                self.kept[index] = replace(finding, verdict=verdict, reason=reason)
                self.tallies.add(session, rule, Verdict.FAIL, count=-1)
                self.tallies.add(session, rule, verdict)
                return

    def is_absence(self, index: int) -> bool:
        """Whether finding ``index`` only says that something was not seen: what comes later may take it back."""
        place = bisect_left(self._absences, index)
        return self._absences[place : place + 1] == [index]

    def of_session(self, session: int) -> list[Finding]:
        """The findings of one session, in the order they were made."""
        return [self.kept[index] for index in self._by_session.get(session, ())]

    def forget(self, session: int) -> None:
        """Drops what folding needs; findings and tallies stay."""
        self._of_session.pop(session, None)
        self.tallies.pack(session)
