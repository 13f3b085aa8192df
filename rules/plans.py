"""Which rules an event calls for: one table, built once, so that no rule runs that cannot apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dissectors.ikev2.contents import Marks, marks_of
from dissectors.record import record
from rules.kinds import BITS, ESP, MOBILITY, NONE, Kinds, single, spread
from rules.ledger import requirement
from rules.obligations import DebtRule
from rules.profile import Profile
from rules.prohibitions import BanRule
from rules.registry import Check, Guard, Judge, Obligation, Rule
from rules.tally import Tallies

MOST_NARROWED = 1024
"""Sets of contents for which a plan keeps what is left of it; hostile messages may hold any set."""


@record
class CheckRule:
    """A check with what the engine derives from its declaration and the ledger."""

    id: str
    judge: Judge
    when: Guard
    maybe: Guard
    hidden: bool  # by a message that stays closed
    held: Marks  # of which an open IKE message must have one; none: any message may do
    place: int  # where its passes are counted


@dataclass(slots=True)
class Plan:
    """What an event of one kind sets off."""

    checks: list[CheckRule] = field(default_factory=list)
    again: list[CheckRule] = field(default_factory=list)  # those that see retransmissions as well
    debts: list[DebtRule] = field(default_factory=list)
    bans: list[BanRule] = field(default_factory=list)
    _narrowed: dict[Marks, Plan] = field(default_factory=dict)

    def narrowed(self, marks: Marks) -> Plan:
        """What is left of it for an open IKE message that holds this, and nothing else."""
        found = self._narrowed.get(marks)
        if found is None:
            if len(self._narrowed) >= MOST_NARROWED:
                self._narrowed.clear()
            found = self._narrowed[marks] = Plan(
                [check for check in self.checks if not check.held or check.held & marks],
                [check for check in self.again if not check.held or check.held & marks],
                [owed for owed in self.debts if not owed.held or owed.held & marks],
                [ban for ban in self.bans if not ban.held or ban.held & marks],
            )
        return found


Plans = dict[Kinds, Plan]


def reads_inside(needs: frozenset[str], kind: Kinds) -> bool:
    """Whether the ledger's evidence for a rule lies inside the protected part of this kind of message (ESP or IKE).

    What only an opened ESP packet decides needs an opened IKE message just as well.
    """
    return "esp" in needs if kind == ESP else "ike" in needs or needs == {"esp"}


def plans_of(rules: Mapping[str, Iterable[Rule]], profile: Profile, tallies: Tallies) -> Plans:
    """The table for a set of rules, whose passes are counted in ``tallies``."""
    plans = {bit: Plan() for bit in BITS.values()}
    for rule in (rule for declared in rules.values() for rule in declared):
        known = requirement(rule.id)
        inside = reads_inside(known.needs, NONE)
        if isinstance(rule, Check):
            _add_check(plans, rule, known.needs, tallies)
        elif isinstance(rule, Obligation):
            hides = inside or bool((spread(rule.on) | spread(rule.met_by) | spread(rule.void_by)) & MOBILITY)
            owed = DebtRule(rule, known.actor, profile.deadline(rule.within), reads_inside=hides)
            for kind in single(spread(rule.on)):
                plans[kind].debts.append(owed)
        else:
            hides = inside or bool((spread(rule.opens) | spread(rule.offence) | spread(rule.closes)) & MOBILITY)
            ban = BanRule(rule, reads_inside=hides)
            for kind in single(spread(rule.opens)):
                plans[kind].bans.append(ban)
    return plans


def _add_check(plans: Plans, rule: Check, needs: frozenset[str], tallies: Tallies) -> None:
    held, place = marks_of(*rule.holding), tallies.place_of_passes(rule.id)
    for kind in single(spread(rule.on)):
        hidden = reads_inside(needs, kind) and not rule.sealed
        planned = CheckRule(rule.id, rule.judge, rule.when, rule.maybe, hidden, held, place)
        plans[kind].checks.append(planned)
        if rule.retransmissions:
            plans[kind].again.append(planned)
