"""What is forbidden for a while: prohibitions between their opening and their closing."""

from __future__ import annotations

from dataclasses import dataclass

from dissectors.events import Sealed
from dissectors.ikev2.contents import marks_of
from rules.kinds import Kinds, spread
from rules.model import PASSED, Outcome, Verdict, inconclusive
from rules.registry import AnyEvent, Prohibition
from rules.session import Context


class BanRule:
    """A prohibition with what the engine derives from its declaration."""

    __slots__ = ("closes", "held", "offence", "reads_inside", "rule")

    def __init__(self, rule: Prohibition, *, reads_inside: bool) -> None:
        self.rule = rule
        self.held = marks_of(*rule.holding)
        self.offence = spread(rule.offence)
        self.closes = spread(rule.closes)
        self.reads_inside = reads_inside and not rule.sealed


@dataclass(slots=True, eq=False)
class Ban:
    """One prohibition in force."""

    ban: BanRule
    session: int
    opening: AnyEvent
    hidden: str = ""  # an offence may be in a message that stayed closed
    unsure: str = ""  # a message that stayed closed may have ended it
    offended: bool = False

    def judge(self, kind: Kinds, event: AnyEvent, context: Context, sealed: Sealed | None) -> Outcome | None:
        """What a possible offence is; ``None`` if it is none."""
        if not kind & self.ban.offence:
            return None
        if sealed is not None and self.ban.reads_inside:
            self.hidden = self.hidden or str(sealed)
            return None
        outcome = self.ban.rule.judge(self.opening, event, context)
        if outcome.verdict not in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            return None
        self.offended = True
        if outcome.verdict is Verdict.FAIL and self.unsure:
            return inconclusive(f"a message that stays closed may have lifted it: {self.unsure}")
        return outcome

    def ends(self, kind: Kinds, event: AnyEvent, context: Context, sealed: Sealed | None) -> bool:
        """Whether this event lifts it."""
        if not kind & self.ban.closes:
            return False
        if sealed is not None and self.ban.reads_inside:
            self.unsure = self.unsure or str(sealed)
            return False
        closing = self.ban.rule.closing
        return closing is None or closing(self.opening, event, context)

    def settled(self) -> Outcome | None:
        """The verdict when it ends: kept, unless an offence was recorded."""
        if self.offended:
            return None
        if self.hidden:
            return inconclusive(f"an offence may be in a message that stays closed: {self.hidden}")
        return PASSED
