"""From the course of a session to the rungs of its ladder: messages, states, violations, in the order of frames.

Retransmissions, fragments and runs of user data fold into one rung each. A rung's words are made when it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.tui.ladder.asides import Asides, Beside
from analyzer.tui.ladder.rung import Kind, Rung
from analyzer.tui.trail import HOME_AGENT, Course, Mark, Trail
from rules.machines.reached import Reached
from rules.model import Finding, Role

MOST_MESSAGES = 20_000
"""Messages of one session that its ladder holds, the first ones."""
NOTHING = Beside()


@dataclass(slots=True)
class Folding:
    """What a person unfolded."""

    frames: set[int]
    everything: bool = False

    def is_open(self, frame: int) -> bool:
        return self.everything != (frame in self.frames)

    def turn(self, frame: int) -> None:
        self.frames ^= {frame}

    def turn_all(self) -> None:
        self.everything, self.frames = not self.everything, set()


def rungs_of(
    course: Course,
    trail: Trail,
    reached: Sequence[Reached],
    findings: Sequence[Finding],
    folding: Folding,
    copies: dict[int, int] | None = None,
    beside: Beside = NOTHING,
) -> list[Rung]:
    """All rungs. ``findings`` by frame; ``copies``: packets captured twice, by the frame of the second capture."""
    count = min(len(course), MOST_MESSAGES)
    messages = list(_messages(course, trail, count, folding, {f.frame for f in findings}, copies or {}))
    asides = Asides(
        beside,
        [rung.frame for rung in messages if not rung.is_part],
        [finding for finding in findings if not course.holds(finding.frame)],
    )
    taken = set(map(id, asides.taken))
    others = _Others(reached, [finding for finding in findings if id(finding) not in taken])
    rungs: list[Rung] = []
    for rung in messages:
        if not rung.is_part:
            rungs += _between(asides, others, rung.frame)
        rungs.append(rung)
        if rung.kind is not Kind.MOVE and not rung.is_part and not (rung.parts and folding.is_open(rung.frame)):
            rungs += others.up_to(_end(rung, course))
    if len(course) > count:
        rungs.append(Rung(Kind.MORE, course.frames[count], text=f"{len(course) - count:,} more messages"))
    else:
        rungs += _between(asides, others, None)
    return rungs


def _between(asides: Asides, others: _Others, frame: int | None) -> Iterator[Rung]:
    """What stands before the message of a frame, or behind the last one."""
    for group in asides.before(frame):
        yield from others.before(group.frame)
        yield from group.rungs
        yield from others.up_to(group.frame)
    yield from others.up_to(None) if frame is None else others.before(frame)


def _end(rung: Rung, course: Course) -> int:
    return course.frames[rung.last] if rung.kind is Kind.DATA else rung.frame


class _Others:
    """States, and violations that stand below no arrow of data, handed out as their frames come."""

    def __init__(self, reached: Sequence[Reached], findings: Sequence[Finding]) -> None:
        rungs = [Rung(Kind.STATE, states[0].frame, states=states) for states in _by_frame(reached)]
        rungs += [Rung(Kind.VIOLATION, f.frame, finding=f) for f in findings]
        self._rungs = sorted(rungs, key=lambda rung: (rung.frame, rung.kind is Kind.STATE))
        self._at = 0

    def before(self, frame: int) -> list[Rung]:
        """Those of frames that are no message of the session."""
        return self._take(lambda other: other < frame)

    def up_to(self, frame: int | None) -> list[Rung]:
        """Those of frames until then; all for ``None``."""
        return self._take(lambda other: frame is None or other <= frame)

    def _take(self, wanted: object) -> list[Rung]:
        begun = self._at
        while self._at < len(self._rungs) and wanted(self._rungs[self._at].frame):  # type: ignore[operator]
            self._at += 1
        return self._rungs[begun : self._at]


def _by_frame(reached: Sequence[Reached]) -> Iterator[tuple[Reached, ...]]:
    """What one frame led to, on both machines; the last word of each counts."""
    found: dict[int, dict[tuple[Role, int], Reached]] = {}
    for entry in reached:
        found.setdefault(entry.frame, {})[entry.role, entry.sa] = entry
    for frame in sorted(found):
        yield tuple(found[frame].values())


def _messages(
    course: Course, trail: Trail, count: int, folding: Folding, failed: set[int], copies: dict[int, int]
) -> Iterator[Rung]:
    parts = _parts(course, count, copies)
    hidden = {frame for frames in parts.values() for frame in frames}
    ue = -1
    at = 0
    while at < count:
        frame, mark = course.frames[at], course.marks[at]
        if frame in hidden:
            at += 1
            continue
        if mark & Mark.UPWARD and trail.peers[course.peers[at]][0] == HOME_AGENT:
            if ue not in (-1, course.ues[at]):
                yield Rung(Kind.MOVE, frame, at, text=f"UE now at {trail.addresses[course.ues[at]]}")
            ue = course.ues[at]
        if mark & Mark.DATA and frame not in failed and not folding.is_open(frame):
            end = _run(course, at, count, failed, hidden)
            if end > at:
                yield Rung(Kind.DATA, frame, at, end)
                at = end + 1
                continue
        folded = parts.get(frame, ())
        yield Rung(Kind.MESSAGE, frame, at, at, parts=folded)
        if folded and folding.is_open(frame):
            for part in folded:
                place = course.place(part)
                yield Rung(Kind.MESSAGE, part, place, place, is_part=True)
        at += 1


def _run(course: Course, at: int, count: int, failed: set[int], hidden: set[int]) -> int:
    """The last of the data packets that follow each other; the UE stays where it is."""
    end, ue = at, course.ues[at]
    for n in range(at + 1, count):
        frame = course.frames[n]
        if frame in hidden:
            continue
        if not course.marks[n] & Mark.DATA or frame in failed or course.ues[n] != ue:
            break
        end = n
    return end


def _parts(course: Course, count: int, copies: dict[int, int]) -> dict[int, tuple[int, ...]]:
    """By the frame of a message: its fragments, retransmissions and second captures, in order."""
    known = {course.frames[n] for n in range(count)}
    found: dict[int, list[int]] = {}
    for whole, frames in list(course.wholes.items()):
        found[whole] = [frame for frame in frames if frame != whole and frame in known]
    for n in range(count):
        frame, first = course.frames[n], course.repeats[n] or copies.get(course.frames[n], 0)
        if first in known and first != frame:
            found.setdefault(first, []).append(frame)
    return {frame: tuple(sorted(set(_with_own(found, frames)))) for frame, frames in found.items()}


def _with_own(found: dict[int, list[int]], frames: list[int]) -> Iterator[int]:
    """A retransmission in fragments hides them with it."""
    for frame in frames:
        yield frame
        yield from found.get(frame, ())
