"""What is owed while a capture goes on: by whom, until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from analyzer.tui.widgets.notes import Note
from dissectors.inert import inert
from rules.obligations import clock, seconds

if TYPE_CHECKING:
    from analyzer.tui.follow import Follow
    from rules.obligations import Debt
    from rules.session import Session

SECOND = 1_000_000_000
MOST = 60
"""Debts that are listed at once; the rest fall due later."""
CLOSE = 3 * SECOND
"""What falls due within this is marked."""


def left_text(debt: Debt, now: int) -> str:
    """``in 12 s``; a deadline that has passed is settled with the next tick."""
    left = debt.deadline - now
    if left <= 0:
        return "due"
    return f"in {left // SECOND + 1} s" if left < 600 * SECOND else f"in {left // (60 * SECOND)} min"


def debt_notes(debts: Iterable[Debt], now: int, *, of_session: bool = True) -> Iterator[Note]:
    """A note for each debt; Enter leads to the frame that began it."""
    shown = list(debts)
    for debt in shown[:MOST]:
        who = debt.owed.actor.value
        whose = f"session {debt.session}, " if of_session else ""
        since = f"since frame {debt.last_copy}, of {seconds(debt.limit)} until {clock(debt.deadline)}"
        text = f"{who} owes: {inert(debt.expected)}  ({whose}{since}, {debt.owed.rule.id})"
        tone = "warning" if debt.deadline - now <= CLOSE else ""
        yield Note(left_text(debt, now), text, debt.last_copy, tone)
    if len(shown) > MOST:
        yield Note("", f"… {len(shown) - MOST} more, due later", tone="dim")


def owed_notes(follow: Follow, session: Session) -> Iterator[Note]:
    """The part of a session's page."""
    debts = follow.debts_of(session.number)
    if debts:
        yield Note("", f"Owed: {len(debts)}", tone="head")
        yield from debt_notes(debts, follow.now, of_session=False)


def owed_words(follow: Follow, session: int) -> str:
    """A few words for a title."""
    debts = follow.debts_of(session)
    if not debts:
        return ""
    first = debts[0]
    more = f" and {len(debts) - 1} more" if len(debts) > 1 else ""
    return f"  owed: {first.owed.actor.value} {left_text(first, follow.now)}{more}"
