"""Events in, findings out. Evidence is the engine's business, not the rules'.

A rule says what is wrong. What the onlooker could not see is told here: a sealed message, a capture that cut the
packet, lost frames, started late or ended early makes a verdict inconclusive. A retransmission is not judged twice.
Time is capture time: an event or a tick that passes a deadline settles it. A rule that crashes is reported and blinds
no other.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TypeAlias

from dissectors.events import Sealed
from dissectors.ikev2.messages import IkeMessage
from rules.debts import Debts
from rules.findings import Findings
from rules.kinds import AUTH, ESP, INIT, NONE, Kinds, hidden_kinds, kind_of, trigger, within
from rules.ledger import OBSERVATION, load_rules
from rules.machines.course import Course
from rules.machines.session import OBSERVATIONS, Machines
from rules.model import PASSED, Finding, Outcome, Verdict, inconclusive
from rules.obligations import Debt, DebtRule, drops_doubt
from rules.plans import CheckRule, plans_of
from rules.prohibitions import Ban, BanRule
from rules.registry import RULES, AnyEvent, Rule
from rules.session import Context, Session, World
from rules.tally import Tallies
from rules.watch import MOST_BANS, Watch

log = logging.getLogger(__name__)
Rules: TypeAlias = Mapping[str, list[Rule]]
CUT = "the capture cut the packet"


class Engine:
    """Judges the events of all sessions with a set of rules: by default every rule there is."""

    def __init__(self, world: World, rules: Rules | None = None) -> None:
        if rules is None:
            load_rules()
            rules = RULES
        self.world = world
        self._kinds = {rule: reduce(or_, map(trigger, declared), NONE) for rule, declared in rules.items()}
        self._kept = Findings([*rules, *OBSERVATIONS])
        self._plans = plans_of(rules, world.profile, self._kept.tallies)
        self._debts = Debts(world, self._record_debt, _crashed, self._doubt_debt, self._withdraw_debt)
        self._watches: dict[int, Watch] = {}
        self._over: set[int] = set()  # sessions that were closed
        self._left: dict[int, Course] = {}  # by session, of those that were forgotten
        self._new: list[Finding] = []

    # What is asked of it

    @property
    def findings(self) -> list[Finding]:
        """Fails and inconclusives, in the order they were made; repeats are folded into counts."""
        return self._kept.kept

    @property
    def tally(self) -> Tallies:
        """Counts per verdict by session number and rule, with the first passing frame."""
        return self._kept.tallies

    def verdict_of(self, session: int, rule: str) -> Verdict:
        """The worst verdict of a rule in a session."""
        return self._kept.tallies.verdict_of(session, rule)

    def is_absence(self, index: int) -> bool:
        """Whether ``findings[index]`` only says that something was not seen: later packets may take it back."""
        return self._kept.is_absence(index)

    def owed(self) -> list[Debt]:
        """The obligations that are open now, by deadline."""
        return self._debts.open_now()

    def session_findings(self, number: int) -> list[Finding]:
        """The findings of one session."""
        return self._kept.of_session(number)

    def machines_of(self, number: int) -> Machines | Course | None:
        """The UE and HA machines of a session, or the course they took in one that is over."""
        watch = self._watches.get(number)
        return watch.machines if watch else self._left.get(number)

    def owes(self, number: int) -> bool:
        """Whether any obligation is open in a session."""
        return self._debts.is_open(number)

    # What happens to it

    def feed(self, event: AnyEvent, context: Context) -> list[Finding]:
        """Judges an event as its session stood before it; gives the findings that came of it."""
        self._new = []
        self._debts.settle(event.at)
        kind = kind_of(event)
        if kind != NONE:
            watch = self._watch(context.session)
            sealed: Sealed | None = getattr(event.message, "sealed", None)
            if event.repeats:
                self._see_again(kind, event, context, sealed)
            else:
                self._see(watch, kind, event, context, sealed)
                if kind == ESP and sealed is not None:
                    self._see_hidden(watch, event, context, sealed)
                elif watch.closed:
                    watch.closed.clear()
        return self._new

    def tick(self, at: int) -> list[Finding]:
        """Capture time has come to ``at`` (ns): what is overdue is settled."""
        self._new = []
        self._debts.settle(at)
        return self._new

    def finish(self) -> list[Finding]:
        """The capture is over: everything open is settled, every rule accounts for itself in every session."""
        self._new = []
        self._debts.settle(self.world.evidence.last_at + 1)
        self._debts.end()
        for session in self.world.sessions:
            if session.number not in self._over:
                self._close_session(self._watch(session))
        doubt = drops_doubt(self.world.evidence)
        if doubt:
            self._kept.doubt_absences(doubt)
        return self._new

    def forget(self, number: int) -> None:
        """A session is over: settles what is open and drops its state; findings and tallies stay."""
        watch = self._watches.pop(number, None)
        if watch is None:
            return
        self._new = []
        self._debts.end(number)
        self._close_session(watch)
        self._kept.forget(number)
        self._left[number] = Course.of(watch.machines)

    def rest(self, number: int) -> None:
        """Nothing happens in a session for a while."""
        self._kept.tallies.pack(number)

    # One event

    def _see(self, watch: Watch, kind: Kinds, event: AnyEvent, context: Context, sealed: Sealed | None) -> None:
        plan = self._plans[kind]
        if sealed is None:
            if isinstance(event.message, IkeMessage):
                plan = plan.narrowed(event.message.contents.marks)
            self._check_open(plan.checks, event, context)
        else:
            for check in plan.checks:
                self._check(check, event, context, sealed)
        self._debts.offer(kind, event, context, sealed)
        for ban in tuple(watch.bans):
            self._hold(watch, ban, kind, event, context, sealed)
        for owed in plan.debts:
            self._open_debt(owed, event, context, sealed)
        for forbidden in plan.bans:
            self._open_ban(watch, forbidden, event, context, sealed)
        surprise = watch.machines.feed(event, context)
        if surprise is not None:
            observation, outcome = surprise
            self._record(observation, watch.session.number, event, outcome)

    def _see_hidden(self, watch: Watch, event: AnyEvent, context: Context, sealed: Sealed) -> None:
        """An ESP packet that stays closed may be a Mobility Header: what one would be judged by is not decided."""
        kind = hidden_kinds(event, context)
        if kind == NONE:
            return
        self._debts.offer(kind, event, context, sealed)
        for ban in tuple(watch.bans):
            self._hold(watch, ban, kind, event, context, sealed)
        if not watch.closed_again(kind):
            return
        plan = self._plans[kind]
        for check in plan.checks:
            if check.maybe(event, context):
                self._record(check.id, context.session.number, event, inconclusive(str(sealed)))
        for owed in plan.debts:
            self._open_debt(owed, event, context, sealed)
        for forbidden in plan.bans:
            self._open_ban(watch, forbidden, event, context, sealed)

    def _see_again(self, kind: Kinds, event: AnyEvent, context: Context, sealed: Sealed | None) -> None:
        """A retransmission: only rules that ask for it judge it, and its sender shows that it still waits."""
        for check in self._plans[kind].again:
            self._check(check, event, context, sealed)
        self._debts.repeat(event, context)

    def _check_open(self, checks: list[CheckRule], event: AnyEvent, context: Context) -> None:
        """As :meth:`_check` for a message that is not sealed: most are, and most checks pass."""
        number, passed = context.session.number, []
        for check in checks:
            try:
                if not check.when(event, context):
                    continue
                outcome = check.judge(event, context)
            except Exception as crash:
                outcome = _crashed(check.id, crash)
            if outcome is PASSED:
                passed.append(check.place)
            else:
                self._record(check.id, number, event, outcome)
        if passed:
            self._kept.tallies.add_passes(number, passed, event.frame)

    def _check(self, check: CheckRule, event: AnyEvent, context: Context, sealed: Sealed | None) -> None:
        try:
            if sealed is not None and check.hidden:
                if not check.maybe(event, context):
                    return
                outcome = inconclusive(str(sealed))
            elif check.when(event, context):
                outcome = check.judge(event, context)
            else:
                return
        except Exception as crash:
            outcome = _crashed(check.id, crash)
        if outcome is PASSED:
            self._kept.tallies.add_pass(context.session.number, check.id, event.frame)
        else:
            self._record(check.id, context.session.number, event, outcome)

    def _record(self, rule: str, session: int, event: AnyEvent, outcome: Outcome, *, absence: bool = False) -> None:
        if outcome is PASSED:  # an obligation that was met, as nearly all are
            self._kept.tallies.add_pass(session, rule, event.frame)
            return
        if outcome.verdict is Verdict.FAIL and not event.complete:
            outcome = inconclusive(CUT)
        finding = self._kept.add(rule, session, event, outcome, absence=absence or outcome.absence)
        if finding is not None:
            self._new.append(finding)

    def _called(self, opens: DebtRule | BanRule, event: AnyEvent, context: Context, sealed: Sealed | None) -> bool:
        """Whether an event opens an obligation or prohibition, or may do so unseen."""
        rule, session = opens.rule, context.session.number
        try:
            if sealed is None or not opens.reads_inside:
                return rule.when(event, context)
            if rule.maybe(event, context):
                self._record(rule.id, session, event, inconclusive(str(sealed)))
        except Exception as crash:
            self._record(rule.id, session, event, _crashed(rule.id, crash))
        return False

    # Obligations

    def _open_debt(self, owed: DebtRule, event: AnyEvent, context: Context, sealed: Sealed | None) -> None:
        if event.lost and owed.actor is not context.role:
            return  # it never arrived: nobody owes an answer
        if self._called(owed, event, context, sealed):
            outcome = self._debts.open(owed, event, context)
            if outcome is not None:
                self._record(owed.rule.id, context.session.number, event, outcome)

    def _record_debt(self, debt: Debt, outcome: Outcome, absence: bool) -> None:
        self._record(debt.owed.rule.id, debt.session, debt.trigger, outcome, absence=absence)

    def _doubt_debt(self, debt: Debt, reason: str) -> None:
        self._kept.doubt(debt.owed.rule.id, debt.session, debt.trigger.frame, reason)

    def _withdraw_debt(self, debt: Debt, reason: str) -> None:
        self._kept.withdraw(debt.owed.rule.id, debt.session, debt.trigger.frame, reason)

    # Prohibitions

    def _open_ban(
        self, watch: Watch, forbidden: BanRule, event: AnyEvent, context: Context, sealed: Sealed | None
    ) -> None:
        if self._called(forbidden, event, context, sealed):
            if len(watch.bans) >= MOST_BANS:
                self._close_ban(watch, watch.bans[0])
            watch.bans.append(Ban(forbidden, watch.session.number, event))

    def _hold(
        self, watch: Watch, ban: Ban, kind: Kinds, event: AnyEvent, context: Context, sealed: Sealed | None
    ) -> None:
        """Holds an event against a prohibition in force."""
        rule = ban.ban.rule
        try:
            outcome = ban.judge(kind, event, context, sealed)
            ends = ban.ends(kind, event, context, sealed)
        except Exception as crash:
            outcome, ends = _crashed(rule.id, crash), True
            ban.offended = True
        if outcome is not None:
            self._record(rule.id, watch.session.number, event, outcome)
        if ends:
            self._close_ban(watch, ban)

    def _close_ban(self, watch: Watch, ban: Ban) -> None:
        watch.bans.remove(ban)
        outcome = ban.settled()
        if outcome is not None:
            self._record(ban.ban.rule.id, watch.session.number, ban.opening, outcome)

    # Sessions

    def _watch(self, session: Session) -> Watch:
        watch = self._watches.get(session.number)
        if watch is None:
            watch = self._watches[session.number] = Watch(session)
            self._over.discard(session.number)
        return watch

    def _close_session(self, watch: Watch) -> None:
        """Prohibitions that held to the end are kept; rules that nothing called for are not applicable."""
        for ban in tuple(watch.bans):
            self._close_ban(watch, ban)
        number, late = watch.session.number, watch.starts_late()
        unseen = {"IKE_SA_INIT": INIT, "IKE_AUTH": INIT | AUTH}.get(late, NONE)
        uncalled = []
        for rule in self.tally.unjudged(number):
            if rule.startswith(OBSERVATION):
                continue
            if unseen and within(self._kinds[rule], unseen):
                self._add_late_start(watch.session, rule, late)
            else:
                uncalled.append(rule)
        self.tally.add_not_applicable(number, uncalled)
        self._over.add(number)

    def _add_late_start(self, session: Session, rule: str, late: str) -> None:
        reason = f"{late} of this session was not captured"
        self.tally.add(session.number, rule, Verdict.INCONCLUSIVE)
        finding = Finding(
            rule, session.number, Verdict.INCONCLUSIVE, session.first_frame, session.started_at, reason=reason
        )
        if self._kept.keep(finding) is not None:
            self._new.append(finding)


def _crashed(rule: str, crash: Exception) -> Outcome:
    """Our own fault: told as such, and no verdict on anyone."""
    log.error("rule %s crashed", rule, exc_info=log.isEnabledFor(logging.DEBUG))
    return inconclusive(f"rule {rule} crashed: {type(crash).__name__}")
