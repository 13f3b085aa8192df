"""How often each requirement was judged how, per session: a few numbers a rule, so that a million sessions fit."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping

from rules.model import Verdict

WORST = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.NOT_APPLICABLE)
"""The order in which verdicts of one requirement in one session count."""
PLACE = {verdict: n for n, verdict in enumerate(WORST)}
WIDTH = len(WORST) + 1  # the counts, then the frame of the first pass
PASSES, FIRST_PASS = PLACE[Verdict.PASS], WIDTH - 1
IDLE = PLACE[Verdict.NOT_APPLICABLE]
MOST = 0xFFFFFFFF
NO_VERDICT = bytes(len(WORST) * array("I").itemsize)

Key = tuple[int, str]
"""Session number, rule."""


class Tallies(Mapping[Key, Mapping[Verdict, int]]):
    """Counts per verdict by session and rule. A rule that gave no verdict in a session has no entry."""

    def __init__(self, rules: Iterable[str]) -> None:
        self._rules = {rule: n for n, rule in enumerate(rules)}
        self._rows: dict[int, array[int]] = {}
        self._notes: dict[Key, str] = {}

    def add(self, session: int, rule: str, verdict: Verdict, frame: int = 0, count: int = 1) -> None:
        """Counts a verdict; ``count`` may be negative, where a verdict is taken back."""
        if verdict is Verdict.PASS:
            self.add_pass(session, rule, frame)
            return
        row = self._rows.get(session) or self._row(session)
        place = self._rules[rule] * WIDTH + PLACE[verdict]
        row[place] = min(MOST, row[place] + count)

    def add_pass(self, session: int, rule: str, frame: int) -> None:
        """Counts a pass: by far the most frequent of all."""
        row = self._rows.get(session) or self._row(session)
        start = self._rules[rule] * WIDTH
        row[start + PASSES] += 1
        if not row[start + FIRST_PASS]:
            row[start + FIRST_PASS] = min(MOST, frame)

    def add_not_applicable(self, session: int, rules: Iterable[str]) -> None:
        """Counts that nothing called for some rules."""
        row = self._rows.get(session) or self._row(session)
        for rule in rules:
            row[self._rules[rule] * WIDTH + IDLE] += 1

    def place_of_passes(self, rule: str) -> int:
        """Where a rule's passes stand, for :meth:`add_passes`."""
        return self._rules[rule] * WIDTH + PASSES

    def add_passes(self, session: int, places: Iterable[int], frame: int) -> None:
        """Counts the passes of one message."""
        row = self._rows.get(session) or self._row(session)
        for place in places:
            row[place] += 1
            if not row[place + FIRST_PASS - PASSES]:
                row[place + FIRST_PASS - PASSES] = min(MOST, frame)

    def _row(self, session: int) -> array[int]:
        row = self._rows[session] = array("I", bytes(4 * WIDTH * len(self._rules)))
        return row

    def note(self, session: int, rule: str, text: str) -> None:
        """Keeps the first observation of a rule that is met."""
        self._notes.setdefault((session, rule), text)

    def note_of(self, session: int, rule: str) -> str:
        """What was observed where the rule was met first, or nothing."""
        return self._notes.get((session, rule), "")

    def first_pass(self, session: int, rule: str) -> int:
        """The frame in which the rule was met first, else 0."""
        row = self._rows.get(session)
        return row[self._rules[rule] * WIDTH + FIRST_PASS] if row is not None and rule in self._rules else 0

    def verdict_of(self, session: int, rule: str) -> Verdict:
        """The worst verdict; not applicable where nothing called for the rule."""
        row, place = self._rows.get(session), self._rules.get(rule)
        if row is None or place is None:
            return Verdict.NOT_APPLICABLE
        start = place * WIDTH
        return next((v for n, v in enumerate(WORST) if row[start + n]), Verdict.NOT_APPLICABLE)

    def unjudged(self, session: int) -> list[str]:
        """The rules that have no verdict in this session."""
        row = self._rows.get(session)
        if row is None:
            return list(self._rules)
        counts = row.tobytes()
        return [rule for n, rule in enumerate(self._rules) if counts.startswith(NO_VERDICT, n * WIDTH * row.itemsize)]

    def worst(self) -> dict[Key, Verdict]:
        """The worst verdict of each rule in each session; a rule that gave none has no entry."""
        found: dict[Key, Verdict] = {}
        for session, row in self._rows.items():
            counts = row.tolist()
            for rule, n in self._rules.items():
                fails, unsure, passes, idle = counts[n * WIDTH : n * WIDTH + len(WORST)]
                if fails or unsure or passes or idle:
                    found[session, rule] = WORST[0 if fails else 1 if unsure else 2 if passes else 3]
        return found

    def standing(self, session: int) -> bytes:
        """A byte for each rule of :attr:`rules`: the place of its worst verdict in ``WORST``, or how many there are."""
        row = self._rows.get(session)
        if row is None:
            return bytes([len(WORST)]) * len(self._rules)
        counts = row.tolist()
        columns = (counts[n::WIDTH] for n in range(len(WORST)))
        return bytes(0 if f else 1 if u else 2 if p else 3 if i else 4 for f, u, p, i in zip(*columns, strict=True))

    @property
    def rules(self) -> list[str]:
        """The rules in the order of :meth:`standing`."""
        return list(self._rules)

    def __getitem__(self, key: Key) -> dict[Verdict, int]:
        session, rule = key
        row, place = self._rows.get(session), self._rules.get(rule)
        counts = row[place * WIDTH : place * WIDTH + len(WORST)] if row is not None and place is not None else ()
        if not any(counts):
            raise KeyError(key)
        return {verdict: n for verdict, n in zip(WORST, counts, strict=True) if n}

    def __iter__(self) -> Iterator[Key]:
        return (
            (session, rule)
            for session, row in self._rows.items()
            for rule, n in self._rules.items()
            if any(row[n * WIDTH : n * WIDTH + len(WORST)])
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)
