"""What is owed: obligations between their trigger and their deadline, and why an absence may prove nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from itertools import count

from dissectors.ikev2.contents import marks_of
from rules.kinds import REQUESTS, RESPONSES, Kinds, spread, within
from rules.model import Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Obligation
from rules.session import Context, Evidence


class DebtRule:
    """An obligation with what the engine derives from its declaration."""

    __slots__ = ("actor", "answers", "held", "limit", "met", "of_interest", "reads_inside", "renewed", "rule", "void")

    def __init__(self, rule: Obligation, actor: Role, limit: int, *, reads_inside: bool) -> None:
        self.rule = rule
        self.actor = actor
        self.limit = limit  # ns
        self.held = marks_of(*rule.holding)
        self.met = spread(rule.met_by)
        self.void = spread(rule.void_by)
        self.reads_inside = reads_inside
        self.answers = within(spread(rule.on), REQUESTS) and within(self.met, RESPONSES)
        """It is owed an answer: who asks again under a higher Message ID must have got it."""
        self.renewed: Kinds = self.void & spread(rule.on)
        """Its trigger may be sent anew as another message (a Binding Update has a new number each time)."""
        self.of_interest: Kinds = self.met | self.void | (REQUESTS if self.answers else 0)

    def words(self, event: AnyEvent, context: Context) -> tuple[str, str]:
        """What is owed and what is there instead: worded when it begins, while the records stand as they did then."""
        return self.rule.words(event, context) if self.rule.words else (self.rule.expected, "")

    def may_hide(self, kind: Kinds, role: Role) -> bool:
        """Whether a sealed message of this kind, from this end, may be what discharges or voids it."""
        if kind & self.met and (self.actor not in (Role.UE, Role.HA) or role is self.actor):
            return self.reads_inside
        return bool(kind & self.void) and self.reads_inside


@dataclass(slots=True, eq=False)
class Debt:
    """One obligation under way."""

    owed: DebtRule
    session: int
    trigger: AnyEvent
    context: Context
    deadline: int  # ns since 1970
    last_copy: int  # frame of the last sending of the trigger
    expected: str
    observed: str  # what is there instead, if more than nothing
    limit: int  # ns from the trigger's last copy to the deadline
    hidden: str = ""  # why its discharge may be there and was not recognised
    went_on: int | None = None  # Message ID with which the asker went on, as if it had been answered
    done: bool = False

    def push(self, copy: AnyEvent) -> None:
        """The trigger was sent again: the asker still waits."""
        self.deadline = copy.at + self.limit
        self.last_copy = copy.frame
        self.went_on = None

    def note_request(self, event: AnyEvent, context: Context) -> None:
        """The asker sends a later request on the same SA: it has its answer, whatever the capture shows."""
        asked, now = self.trigger.message, event.message
        same = context.sa is self.context.sa and now.from_initiator == asked.from_initiator
        if same and now.message_id > asked.message_id:
            self.went_on = now.message_id

    def outcome(self, evidence: Evidence) -> Outcome:
        """The deadline has passed and nothing discharged it."""
        doubt = self.hidden or self._asker_went_on() or drops_doubt(evidence)
        if doubt:
            return inconclusive(doubt)
        again = f" after the last copy in frame {self.last_copy}" if self.last_copy != self.trigger.frame else ""
        related = (self.last_copy,) if again else ()
        nothing = f"nothing within {seconds(self.limit)}{again} (until {clock(self.deadline)})"
        return failed(expected=self.expected, observed=self.observed or nothing, related=related)

    def unfinished(self, end: int) -> Outcome:
        """The capture ends before the deadline."""
        seen = seconds(max(0, end - (self.deadline - self.limit)))
        limit = seconds(self.limit)
        reason = f"the capture ends {seen} after frame {self.last_copy}, before the deadline of {limit}"
        return inconclusive(self.hidden or reason)

    def _asker_went_on(self) -> str:
        if self.went_on is None:
            return ""
        who = self.context.role.value
        return f"{who} went on with message ID {self.went_on}: the answer was sent and not captured"


def drops_doubt(evidence: Evidence) -> str:
    """Why a capture that lost frames proves no absence; empty if it lost none."""
    return f"the capture lost {evidence.drops} frames" if evidence.drops else ""


def seconds(ns: int) -> str:
    """A span for a sentence: ``30 s``, ``2.5 s``."""
    return f"{ns / 1e9:.3f}".rstrip("0").rstrip(".") + " s"


def clock(ns: int) -> str:
    """A time of day, UTC."""
    whole, rest = divmod(ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(whole, UTC):%H:%M:%S}.{rest // 1_000_000:03d} UTC"


class Deadlines:
    """Debts in the order they fall due. A pushed deadline is noticed when the old one comes up: O(log n) each."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Debt]] = []
        self._order = count()
        self._open = 0

    def add(self, debt: Debt) -> None:
        self._open += 1
        heappush(self._heap, (debt.deadline, next(self._order), debt))

    def close(self, debt: Debt) -> None:
        """The debt is settled; its entry goes at once or, when many have gathered, all together."""
        if debt.done:
            return
        debt.done = True
        self._open -= 1
        if len(self._heap) > 2 * self._open + 1024:
            self._heap = [entry for entry in self._heap if not entry[2].done]
            heapify(self._heap)

    def due(self, at: int) -> Debt | None:
        """The next open debt whose deadline lies before ``at``."""
        while self._heap and self._heap[0][0] < at:
            fell_due, order, debt = heappop(self._heap)
            if debt.done:
                continue
            if debt.deadline == fell_due:
                return debt
            heappush(self._heap, (debt.deadline, order, debt))
        return None

    def rest(self) -> list[Debt]:
        """All open debts, by deadline."""
        left = [debt for _, _, debt in self._heap if not debt.done]
        return sorted(left, key=lambda debt: (debt.deadline, debt.trigger.frame))
