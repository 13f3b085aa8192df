"""The ladder of one session over a model that may still grow: nodes, rungs, and the words of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.cells import cell_len

from analyzer.tui.carried import Flow, Sum
from analyzer.tui.ladder import tunnels
from analyzer.tui.ladder.asides import Beside
from analyzer.tui.ladder.nodes import Nodes
from analyzer.tui.ladder.pco import Found, PcoNodes, notes_of
from analyzer.tui.ladder.rung import Kind, Rung
from analyzer.tui.ladder.rungs import MOST_MESSAGES, Folding, rungs_of
from analyzer.tui.ladder.words import words_of
from analyzer.tui.marks import Severity, severity_of
from analyzer.tui.model import Model
from analyzer.tui.spool import GoneError
from analyzer.tui.steady import steady
from analyzer.tui.times import seconds_text
from analyzer.tui.trail import HOME_AGENT, Course, Mark
from analyzer.tui.widgets.columns import fitted
from dissectors.events import Address
from dissectors.inert import inert
from rules.ledger import requirement
from rules.machines.reached import Reached
from rules.model import Finding, Role
from rules.session import Session

REST = 10
"""Times as long as the rungs took to make, until they are made again for what came since."""


class Ladder:
    """What a screen, a text and a picture show."""

    def __init__(
        self,
        model: Model,
        session: Session,
        reached: Callable[[], list[Reached]],
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.model, self.session = model, session
        self.folding = Folding(set())
        self.shows_data = True  # user data in tunnels
        self.rungs: list[Rung] = []
        self.nodes = Nodes(Course(), model.trail, session, 0)
        self._reached, self._clock = reached, clock
        self._course = Course()
        self._made: tuple[object, ...] = ()
        self._until = float("-inf")

    @property
    def course(self) -> Course:
        """The last one there was, where its frames have left a long capture."""
        self._course = self.model.trail.courses.get(self.session.number, self._course)
        return self._course

    def time_text(self, frame: int) -> str:
        """Seconds since the first frame of the capture."""
        at = self.model.at(frame)
        return "gone" if at is None else seconds_text(at - self.model.start)

    @property
    def flow(self) -> Flow:
        """The user data of the session."""
        return self.model.trail.data.flows.get(self.session.number) or Flow()

    @property
    def findings(self) -> list[Finding]:
        """Violations of the session, as they came."""
        return self.model.marks.by_session.get(self.session.number, [])

    def catch_up(self, *, at_once: bool = False) -> bool:
        """Makes the rungs anew if there is more to show; true if it did."""
        stamp = self._stamp()
        now = self._clock()
        if stamp == self._made or (now < self._until and not at_once):
            return False
        made = steady(self._make, None)
        if made is None:
            return False
        self.nodes, self.rungs = made
        self._made = stamp
        self._until = self._clock() + REST * (self._clock() - now)
        return True

    def _stamp(self) -> tuple[object, ...]:
        """What the rungs are made of; the first parts grow while the capture is read."""
        folding, trail = self.folding, self.model.trail
        grows = (len(self.course), self.flow.told, trail.pco.told)
        shown = (folding.everything, frozenset(folding.frames), self.shows_data)
        return (grows, len(self.findings), self.model.complete, *shown)

    @property
    def pending(self) -> bool:
        """Whether there may be more to show than the rungs tell."""
        return bool(self._made) and self._made[0] != self._stamp()[0]

    def _make(self) -> tuple[Nodes, list[Rung]]:
        course, model, flow = self.course, self.model, self.flow
        found = notes_of(self.session, model.trail.pco)
        pco = PcoNodes(found.notes)
        nodes = Nodes(course, model.trail, self.session, min(len(course), MOST_MESSAGES), pco)
        copies = {f: model.copy_of(f) for f, m in zip(course.frames, course.marks, strict=False) if m & Mark.COPY}
        findings = sorted(self.findings, key=lambda finding: finding.frame)
        data = model.trail.data.sums(self.session.number) if self.shows_data else ()
        beside = Beside(data, found.notes, self._whose, self._packets)
        rungs = rungs_of(course, model.trail, self._reached(), findings, self.folding, copies, beside)
        return nodes, [*rungs, *self._left_out(flow, found)]

    def _left_out(self, flow: Flow, found: Found) -> list[Rung]:
        """What there is beside and is not shown."""
        said = []
        if flow.left and self.shows_data:
            said.append(f"{flow.left:,} more packets of user data, for which too many others came before")
        if found.left:
            said.append(f"{found.left:,} more messages with PCO")
        if self.session.world.pco.blind:
            said.append(inert(self.session.world.pco.blind))
        return [Rung(Kind.MORE, 0, text=text) for text in said]

    def _whose(self, frame: int, arrows: Sequence[Sum]) -> Sum:
        owner = tunnels.whose(self.model, frame, arrows)
        return owner if owner is not None else arrows[0]

    def _packets(self, arrow: Sum) -> tuple[Sequence[int], int] | None:
        if arrow.first not in self.folding.frames:  # never all at once: each has to be looked for
            return None
        return tunnels.packets_of(self.model, arrow)

    # What a rung says

    def ends(self, rung: Rung) -> tuple[int, int]:
        """The columns where an arrow begins and ends; the same twice for what is none."""
        if rung.sum is not None:
            ends = (self.nodes.ue, self.nodes.peer((HOME_AGENT, rung.sum.way.agent)))
            return ends if rung.sum.way.upward else ends[::-1]
        if rung.note is not None:
            return self.nodes.pco_ends(rung.note)
        if rung.entry < 0:
            return self.nodes.ue, self.nodes.ue
        course = self.course
        peer = self.nodes.peer(self.model.trail.peers[course.peers[rung.entry]])
        ends = (self.nodes.ue, peer)
        return ends if course.marks[rung.entry] & Mark.UPWARD else ends[::-1]

    def agent(self, rung: Rung) -> int:
        """The column of the Home Agent whose states a rung tells."""
        number = rung.states[0].sa if rung.states else 0
        for sa in list(self.session.ike_sas):
            if sa.number == number:
                end = sa.responder if sa.initiator_role is Role.UE else sa.initiator
                return self.nodes.peer((HOME_AGENT, end.address))
        return self.nodes.ha

    def is_both_ways(self, rung: Rung) -> bool:
        """Data that goes up and down."""
        up = self._up(rung) if rung.kind is Kind.DATA else 0
        return 0 < up < rung.last - rung.entry + 1

    def _up(self, rung: Rung) -> int:
        marks = self.course.marks
        return sum(marks[n] & Mark.UPWARD for n in range(rung.entry, rung.last + 1))

    def words(self, rung: Rung) -> str:
        """The rung in words; inert."""
        if rung.kind is Kind.MESSAGE:
            return self._message(rung)
        if rung.kind is Kind.DATA:
            return self._data(rung)
        if rung.sum is not None:
            if rung.is_part:
                return tunnels.packet_words(self.model, rung.frame)
            return tunnels.sum_words(rung.sum, self._ue_before(rung.sum))
        if rung.note is not None:
            return rung.note.text
        if rung.kind is Kind.STATE:
            return ", ".join(f"{entry.role.value}: {entry.text}" for entry in rung.states)
        if rung.finding is not None:
            return violation_words(rung.finding, self.severity(rung))
        return rung.text

    def within(self, rung: Rung, words: str, room: int) -> str:
        """The words of a rung in so many columns."""
        if cell_len(words) <= room:
            return words
        if rung.sum is not None and not rung.is_part:
            return tunnels.sum_words_within(rung.sum, self._ue_before(rung.sum), room)
        return fitted(words, room)

    def _message(self, rung: Rung) -> str:
        try:
            text = words_of(self.model.packet(rung.frame))
        except GoneError as gone:
            return str(gone)
        course = self.course
        if rung.is_part:
            copy = course.marks[rung.entry] & Mark.COPY
            again = course.repeats[rung.entry]
            said = "captured twice" if copy else f"again, first in frame {again}" if again else "fragment"
            return f"{said}: {text}"
        whole = course.wholes.get(rung.frame, ())
        fragments = len(whole)
        again_count = sum(1 for part in rung.parts if course.repeats[course.place(part)] == rung.frame)
        notes = [f"{fragments} fragments"] if fragments > 1 else []
        notes += [f"sent {again_count + 1} times"] if again_count else []
        return f"({', '.join(notes)}) {text}" if notes else text

    def _data(self, rung: Rung) -> str:
        marks = self.course.marks
        count = rung.last - rung.entry + 1
        up = self._up(rung)
        closed = sum(bool(marks[n] & Mark.SEALED) for n in range(rung.entry, rung.last + 1))
        way = f", {up} up and {count - up} down" if 0 < up < count else ""
        return f"{count} ESP packets{way}{f', {closed} closed' if closed else ''}"

    def _ue_before(self, arrow: Sum) -> Address | None:
        """Where the UE was in the message before."""
        course, before = self.course, self.course.place(arrow.first) - 1
        return self.model.trail.addresses[course.ues[before]] if before >= 0 else None

    def severity(self, rung: Rung) -> Severity | None:
        """Of a violation, or the worst of a message's."""
        if rung.finding is not None:
            return severity_of(rung.finding.rule, self.model.marks.overrides)
        worst = self.model.marks.worst
        if rung.failed:
            return max((worst[frame] for frame in rung.failed if frame in worst), default=None)
        return worst.get(rung.frame) if rung.kind is Kind.MESSAGE else None

    # Finding one's way

    def place(self, frame: int) -> int:
        """The rung of a frame: its message or arrow, else what comes next."""
        aside = self._aside(frame)
        if aside is not None:
            return aside
        for number, rung in enumerate(self.rungs):
            if rung.kind is Kind.DATA and rung.frame <= frame <= self.course.frames[rung.last]:
                return number
            if rung.kind is Kind.MESSAGE and (rung.frame >= frame or frame in rung.parts):
                return number
        return max(0, len(self.rungs) - 1)

    def holds(self, frame: int) -> bool:
        """Whether a frame is one of the arrows beside the messages."""
        return self._aside(frame) is not None

    def _aside(self, frame: int) -> int | None:
        """The rung of user data or PCO that a frame belongs to."""
        own = self.course.holds(frame)
        around: dict[int, Sum] = {}
        for number, rung in enumerate(self.rungs):
            if rung.kind in (Kind.TUNNEL, Kind.PCO) and rung.frame == frame:
                return number
            if rung.sum is not None and not rung.is_part and not own and rung.sum.first <= frame <= rung.sum.last:
                around[number] = rung.sum
        owner = tunnels.whose(self.model, frame, list(around.values())) if around else None
        return next((number for number, arrow in around.items() if arrow is owner), None)

    def next_violation(self, place: int, by: int) -> int | None:
        """The rung of the next violation, or the one before."""
        steps = range(place + 1, len(self.rungs)) if by > 0 else range(place - 1, -1, -1)
        return next((n for n in steps if self.rungs[n].kind is Kind.VIOLATION), None)


def violation_words(finding: Finding, severity: Severity | None) -> str:
    """Sign, rule, what was expected and what was seen."""
    try:
        level = f" {requirement(finding.rule).level.value}"
    except KeyError:
        level = ""
    said = f"expected {finding.expected}; observed {finding.observed}" if finding.expected else finding.observed
    mark = severity.mark if severity else "•"
    return inert(f"{mark} {finding.rule}{level}: {said}")


def state_words(rung: Rung, role: Role) -> str:
    """The state that one machine came to."""
    return ", ".join(entry.text for entry in rung.states if entry.role is role)
