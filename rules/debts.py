"""The obligations under way in all sessions: opened, offered what happens, settled when they fall due."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from dissectors.events import Sealed
from rules.kinds import NONE, REQUESTS, Kinds
from rules.model import PASSED, Outcome, Verdict, inconclusive
from rules.obligations import Deadlines, Debt, DebtRule
from rules.registry import AnyEvent
from rules.session import Context, World

MOST_DEBTS = 256
CROWDED = f"more than {MOST_DEBTS} obligations are open at once in this session"
MOST_ACROSS = 512
"""Obligations that an event of another session may discharge and that are offered it; the oldest go first."""
OVERTAKEN = f"more than {MOST_ACROSS} such obligations are open at once in all sessions"

MOST_LAPSED = 32
"""Requests of one session that were left unanswered and may still be sent again."""

Record = Callable[[Debt, Outcome, bool], None]
"""Takes down a verdict; true for a fail that only says that something was not seen."""
Crashed = Callable[[str, Exception], Outcome]
Doubt = Callable[[Debt, str], None]
"""Takes back a fail, and says why."""


class Debts:
    """Every open obligation, by session and by deadline."""

    def __init__(self, world: World, record: Record, crashed: Crashed, doubt: Doubt, withdraw: Doubt) -> None:
        self._world = world
        self._record = record
        self._crashed = crashed
        self._doubt = doubt
        self._withdraw = withdraw
        self._deadlines = Deadlines()
        self._of_session: dict[int, list[Debt]] = {}
        self._lapsed: dict[int, deque[Debt]] = {}
        self._across: deque[Debt] = deque()
        self._met_across = NONE

    def open(self, owed: DebtRule, event: AnyEvent, context: Context) -> Outcome | None:
        """An obligation begins; or, if it cannot be watched, the outcome that says why."""
        rule, number = owed.rule, context.session.number
        debts = self._of_session.setdefault(number, [])
        if len(debts) >= MOST_DEBTS:
            return inconclusive(CROWDED)
        try:
            expected, observed = owed.words(event, context)
            limit = rule.until(event, context) - event.at if rule.until else owed.limit
        except Exception as crash:
            return self._crashed(rule.id, crash)
        debt = Debt(owed, number, event, context, event.at + limit, event.frame, expected, observed, limit)
        debts.append(debt)
        self._deadlines.add(debt)
        if rule.across:
            self._across.append(debt)
            self._met_across |= owed.met
            if len(self._across) > MOST_ACROSS:
                self._across.popleft().hidden = OVERTAKEN
        return None

    def repeat(self, event: AnyEvent, context: Context) -> None:
        """A trigger was sent again: its deadline counts from this copy."""
        for debt in self._of_session.get(context.session.number, ()):
            if debt.trigger.frame == event.repeats and debt.owed.rule.from_last_copy:
                debt.push(event)
        lapsed = self._lapsed.get(context.session.number, ())
        for debt in [debt for debt in lapsed if debt.owed.answers and debt.trigger.frame == event.repeats]:
            self._reopen(debt, event)

    def _reopen(self, debt: Debt, copy: AnyEvent) -> None:
        """A request that was left unanswered is sent again later than its deadline: the last copy decides."""
        self._lapsed[debt.session].remove(debt)
        self._doubt(debt, f"sent again in frame {copy.frame}: whether the earlier copies arrived does not show")
        debt.done = False
        debt.push(copy)
        self._of_session.setdefault(debt.session, []).append(debt)
        self._deadlines.add(debt)

    def offer(self, kind: Kinds, event: AnyEvent, context: Context, sealed: Sealed | None) -> None:
        """Shows the open obligations what happens: they may be met, voided, hidden, or their asker may go on."""
        for debt in tuple(self._of_session.get(context.session.number, ())):
            owed = debt.owed
            if not kind & owed.of_interest:
                continue
            if sealed is not None and owed.reads_inside:
                if owed.may_hide(kind, context.role):
                    debt.hidden = debt.hidden or f"what was owed may be in a message that stays closed: {sealed}"
            else:
                self._show(debt, kind, event, context)
            if kind & REQUESTS and owed.answers and not debt.done:
                debt.note_request(event, context)
        if sealed is None:
            self._renew(kind, event, context)
        if kind & self._met_across and sealed is None and self._across:
            self._offer_across(kind, event, context)

    def _renew(self, kind: Kinds, event: AnyEvent, context: Context) -> None:
        """A trigger is sent anew later than its deadline: the last sending decides."""
        lapsed = self._lapsed.get(context.session.number)
        for debt in [debt for debt in lapsed or () if kind & debt.owed.renewed]:
            voids = debt.owed.rule.voids
            if lapsed is not None and (voids is None or voids(debt.trigger, event, context)):
                lapsed.remove(debt)
                self._withdraw(debt, f"sent anew in frame {event.frame}")

    def _offer_across(self, kind: Kinds, event: AnyEvent, context: Context) -> None:
        """Obligations of other sessions, which an event of this one may meet."""
        if any(debt.done for debt in self._across):
            self._across = deque(debt for debt in self._across if not debt.done)
        for debt in self._across:
            if debt.session != context.session.number and kind & debt.owed.met:
                self._show(debt, kind, event, context)

    def _show(self, debt: Debt, kind: Kinds, event: AnyEvent, context: Context) -> None:
        rule = debt.owed.rule
        try:
            if kind & debt.owed.met and rule.match(debt.trigger, event, context):
                self._close(debt, PASSED)
            elif kind & debt.owed.void and (rule.voids is None or rule.voids(debt.trigger, event, context)):
                self._close(debt, None)
            elif kind & debt.owed.void and rule.clouds is not None and rule.clouds(debt.trigger, event, context):
                debt.hidden = debt.hidden or f"what stays closed in frame {event.frame} may have ended it"
        except Exception as crash:
            self._close(debt, self._crashed(rule.id, crash))

    def settle(self, at: int) -> None:
        """Settles what fell due before ``at``."""
        while (debt := self._deadlines.due(at)) is not None:
            outcome = debt.outcome(self._world.evidence)
            self._close(debt, outcome)
            owed = debt.owed
            if outcome.verdict is Verdict.FAIL and (owed.renewed or (owed.answers and owed.rule.from_last_copy)):
                self._lapsed.setdefault(debt.session, deque(maxlen=MOST_LAPSED)).append(debt)

    def is_open(self, session: int) -> bool:
        """Whether any is under way in a session."""
        return bool(self._of_session.get(session))

    def open_now(self) -> list[Debt]:
        """Those under way, by deadline."""
        return self._deadlines.rest()

    def end(self, session: int | None = None) -> None:
        """The capture (or a session) ends: what is still open is not decided."""
        left = self._deadlines.rest() if session is None else list(self._of_session.get(session, ()))
        for debt in left:
            self._close(debt, debt.unfinished(self._world.evidence.last_at))
        if session is not None:
            self._of_session.pop(session, None)
            self._lapsed.pop(session, None)

    def _close(self, debt: Debt, outcome: Outcome | None) -> None:
        self._deadlines.close(debt)
        debts = self._of_session.get(debt.session, [])
        if debt in debts:
            debts.remove(debt)
        if outcome is not None:
            self._record(debt, outcome, outcome.verdict is Verdict.FAIL)
