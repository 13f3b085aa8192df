"""What stands between the messages of a ladder without being one: arrows of user data, messages with PCO.

Sums of one way through a tunnel fold into one arrow as long as no rung of a message stands between them. A violation
whose frame lies in an arrow stands below it; where several arrows pass that frame, the frame itself tells which.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from analyzer.tui.carried import PcoNote, Sum
from analyzer.tui.ladder.rung import Kind, Rung
from rules.model import Finding


def _first(_frame: int, sums: Sequence[Sum]) -> Sum:
    return sums[0]


def _folded(_sum: Sum) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Beside:
    """What a session has beside its messages."""

    data: Sequence[Sum] = ()
    pco: Sequence[PcoNote] = ()
    whose: Callable[[int, Sequence[Sum]], Sum] = _first
    """Which of several arrows a frame belongs to."""
    packets: Callable[[Sum], tuple[Sequence[int], int] | None] = _folded
    """The frames of an arrow that was unfolded, and how many packets there are beyond these."""


@dataclass(frozen=True, slots=True)
class Group:
    """An arrow, with its packets if it was unfolded, and the violations of their frames."""

    frame: int
    rungs: tuple[Rung, ...]


class Asides:
    """The groups of a ladder, handed out in order. ``taken``: the violations that stand in them."""

    def __init__(self, beside: Beside, messages: Sequence[int], findings: Sequence[Finding]) -> None:
        """``messages``: the frames of the rungs that part the arrows, in order; ``findings``: those of other frames."""
        self._beside, self._messages = beside, messages
        gaps = self._gaps()
        below: dict[int, list[Finding]] = {}  # by the first frame of an arrow, which no other arrow has
        notes = {note.frame for note in beside.pco}
        self.taken: list[Finding] = []
        for finding in findings:
            arrow = self._arrow(gaps, finding.frame)
            if arrow is not None or finding.frame in notes:
                below.setdefault(arrow.first if arrow else finding.frame, []).append(finding)
                self.taken.append(finding)
        groups = [self._data(arrow, below.get(arrow.first, ())) for arrows in gaps.values() for arrow in arrows]
        groups += self._pco(below)
        self._groups = sorted(groups, key=lambda group: group.frame)
        self._at = 0

    def before(self, frame: int | None) -> list[Group]:
        """Those that begin before a frame and were not handed out yet; all for ``None``."""
        begun = self._at
        while self._at < len(self._groups) and (frame is None or self._groups[self._at].frame < frame):
            self._at += 1
        return self._groups[begun : self._at]

    def _gaps(self) -> dict[int, list[Sum]]:
        """The arrows by how many of the messages came before them."""
        found: dict[int, dict[object, Sum]] = {}
        for data in self._beside.data:
            gap = found.setdefault(bisect_left(self._messages, data.first), {})
            known = gap.get(data.way)
            gap[data.way] = data if known is None else _joined(known, data)
        return {gap: list(arrows.values()) for gap, arrows in found.items()}

    def _arrow(self, gaps: dict[int, list[Sum]], frame: int) -> Sum | None:
        """The arrow that a frame belongs to."""
        arrows = gaps.get(bisect_left(self._messages, frame), ())
        around = [arrow for arrow in arrows if arrow.first <= frame <= arrow.last]
        return self._beside.whose(frame, around) if len(around) > 1 else around[0] if around else None

    def _data(self, arrow: Sum, findings: Sequence[Finding]) -> Group:
        rungs = [Rung(Kind.TUNNEL, arrow.first, sum=arrow, failed=_frames(findings))]
        shown = self._beside.packets(arrow)
        if shown is not None:
            frames, more = shown
            rungs += [Rung(Kind.TUNNEL, frame, sum=arrow, is_part=True) for frame in frames]
            if more:
                rungs.append(Rung(Kind.MORE, arrow.last, is_part=True, text=f"{more:,} more packets"))
        return Group(arrow.first, (*rungs, *_violations(findings)))

    def _pco(self, below: dict[int, list[Finding]]) -> list[Group]:
        """A frame may hold several messages: its violations stand below the last of them."""
        groups = []
        last = {note.frame: place for place, note in enumerate(self._beside.pco)}
        for place, note in enumerate(self._beside.pco):
            findings = below.get(note.frame, ()) if last[note.frame] == place else ()
            rung = Rung(Kind.PCO, note.frame, note=note, failed=_frames(findings))
            groups.append(Group(note.frame, (rung, *_violations(findings))))
        return groups


def _joined(one: Sum, more: Sum) -> Sum:
    return replace(one, last=more.last, packets=one.packets + more.packets, bytes=one.bytes + more.bytes)


def _violations(findings: Sequence[Finding]) -> list[Rung]:
    return [Rung(Kind.VIOLATION, finding.frame, finding=finding) for finding in findings]


def _frames(findings: Sequence[Finding]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(finding.frame for finding in findings)) if findings else ()
