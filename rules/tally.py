"""How often each requirement was judged how, per session: a few numbers a rule, so that a million sessions fit."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import ItemsView, Iterable, Iterator, Mapping

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
        self._rows: dict[int, array[int] | None] = {}  # by session; ``None`` where it is packed
        self._packed: dict[int, bytes] = {}
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
        """The row to write to: a new one, or the one that was packed."""
        row = self._rows[session] = self._read(session) or array("I", bytes(4 * WIDTH * len(self._rules)))
        self._packed.pop(session, None)
        return row

    def _read(self, session: int) -> array[int] | None:
        """A row to look at; one that is packed stays so."""
        row = self._rows.get(session)
        if row is None and session in self._packed:
            row = array("I", zlib.decompress(self._packed[session]))
        return row

    def pack(self, session: int) -> None:
        """Nothing happens in a session for a while: nearly all its counts are 0, and take a tenth of the room so."""
        row = self._rows.get(session)
        if row is not None:
            self._rows[session], self._packed[session] = None, zlib.compress(row.tobytes(), 1)

    def note(self, session: int, rule: str, text: str) -> None:
        """Keeps the first observation of a rule that is met."""
        self._notes.setdefault((session, rule), text)

    def note_of(self, session: int, rule: str) -> str:
        """What was observed where the rule was met first, or nothing."""
        return self._notes.get((session, rule), "")

    def first_pass(self, session: int, rule: str) -> int:
        """The frame in which the rule was met first, else 0."""
        row = self._read(session)
        return row[self._rules[rule] * WIDTH + FIRST_PASS] if row is not None and rule in self._rules else 0

    def verdict_of(self, session: int, rule: str) -> Verdict:
        """The worst verdict; not applicable where nothing called for the rule."""
        return self.worst_of(session, rule) or Verdict.NOT_APPLICABLE

    def worst_of(self, session: int, rule: str) -> Verdict | None:
        """The worst verdict of a rule, if it gave any."""
        row, place = self._read(session), self._rules.get(rule)
        if row is None or place is None:
            return None
        start = place * WIDTH
        return next((v for n, v in enumerate(WORST) if row[start + n]), None)

    def unjudged(self, session: int) -> list[str]:
        """The rules that have no verdict in this session."""
        row = self._read(session)
        if row is None:
            return list(self._rules)
        counts = row.tobytes()
        return [rule for n, rule in enumerate(self._rules) if counts.startswith(NO_VERDICT, n * WIDTH * row.itemsize)]

    def sessions(self) -> list[int]:
        """The sessions in which anything was judged, in the order of their first verdicts."""
        return list(self._rows)

    def worst_in(self, session: int) -> dict[str, Verdict]:
        """The worst verdict of each rule in a session; a rule that gave none has no entry."""
        places = zip(self._rules, self.standing(session), strict=True)
        return {rule: WORST[place] for rule, place in places if place < len(WORST)}

    def standing(self, session: int) -> bytes:
        """A byte for each rule of :attr:`rules`: the place of its worst verdict in ``WORST``, or how many there are."""
        row = self._read(session)
        if row is None:
            return bytes([len(WORST)]) * len(self._rules)
        counts = row.tolist()
        columns = (counts[n::WIDTH] for n in range(len(WORST)))
        return bytes(0 if f else 1 if u else 2 if p else 3 if i else 4 for f, u, p, i in zip(*columns, strict=True))

    @property
    def rules(self) -> list[str]:
        """The rules in the order of :meth:`standing`."""
        return list(self._rules)

    def worst(self) -> Verdicts:
        """The worst verdict of each rule in each session."""
        return Verdicts(self)

    def __getitem__(self, key: Key) -> dict[Verdict, int]:
        session, rule = key
        row, place = self._read(session), self._rules.get(rule)
        counts = row[place * WIDTH : place * WIDTH + len(WORST)] if row is not None and place is not None else ()
        if not any(counts):
            raise KeyError(key)
        return {verdict: n for verdict, n in zip(WORST, counts, strict=True) if n}

    def __iter__(self) -> Iterator[Key]:
        return ((session, rule) for session in self._rows for rule in self.worst_in(session))

    def __len__(self) -> int:
        return sum(len(self.worst_in(session)) for session in self._rows)

    def items(self) -> TallyItems:
        """As any mapping's, and unpacks each session once."""
        return TallyItems(self)

    def counts_in(self, session: int) -> dict[str, dict[Verdict, int]]:
        """The counts of every rule that gave a verdict in a session."""
        row = self._read(session)
        counts = row.tolist() if row is not None else []
        found: dict[str, dict[Verdict, int]] = {}
        for rule, n in self._rules.items() if counts else ():
            given = counts[n * WIDTH : n * WIDTH + len(WORST)]
            if any(given):
                found[rule] = {verdict: count for verdict, count in zip(WORST, given, strict=True) if count}
        return found


class TallyItems(ItemsView[Key, Mapping[Verdict, int]]):
    """Keys and counts, session by session."""

    def __init__(self, tallies: Tallies) -> None:
        super().__init__(tallies)
        self._tallies = tallies

    def __iter__(self) -> Iterator[tuple[Key, Mapping[Verdict, int]]]:
        for session in self._tallies.sessions():
            for rule, counts in self._tallies.counts_in(session).items():
                yield (session, rule), counts


class Verdicts(Mapping[Key, Verdict]):
    """The worst verdict by session and rule, read off the counts when asked for: with very many sessions a table of
    all would be larger than all else.
    """

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies

    def of_session(self, session: int) -> dict[str, Verdict]:
        """The verdicts of one session by rule."""
        return self._tallies.worst_in(session)

    def __getitem__(self, key: Key) -> Verdict:
        verdict = self._tallies.worst_of(*key)
        if verdict is None:
            raise KeyError(key)
        return verdict

    def __iter__(self) -> Iterator[Key]:
        return iter(self._tallies)

    def __len__(self) -> int:
        return len(self._tallies)

    def items(self) -> VerdictItems:
        """As any mapping's, and unpacks each session once."""
        return VerdictItems(self, self._tallies)


class VerdictItems(ItemsView[Key, Verdict]):
    """Keys and verdicts, session by session."""

    def __init__(self, verdicts: Verdicts, tallies: Tallies) -> None:
        super().__init__(verdicts)
        self._tallies = tallies

    def __iter__(self) -> Iterator[tuple[Key, Verdict]]:
        for session in self._tallies.sessions():
            for rule, verdict in self._tallies.worst_in(session).items():
                yield (session, rule), verdict
